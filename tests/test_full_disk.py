"""A disk that is full, fails or turns read-only: no thanks without a commit, no crash, and well again by itself."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator

import pytest

from kiosk import store
from kiosk.pages import SIZES
from kiosk.reader import Reader
from kiosk.response import Draft
from kiosk.space import LOW_BYTES
from tests.conftest import until
from tests.disks import SmallDisk, small_disk
from tests.test_store import Bench, a_vote, an_end, made_with

PROMISED = 30_000
GROUP = 10
"""Visits put at once: how many share a commit changes nothing of the space they take."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_S", 0.05)
    monkeypatch.setattr(store, "RIDE_S", 0.5)  # a look of ours that is in the way of the upkeep makes it wait so long
    monkeypatch.setattr(store, "IDLE_S", 0.01)
    monkeypatch.setattr(store, "STEP_S", 0.0)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(64) as disk:
        yield disk


@contextlib.contextmanager
def a_bench(disk: SmallDisk) -> Iterator[Bench]:
    """A store on that disk, which is let go of whatever happens."""
    bench = Bench(disk.path)
    try:
        yield bench
    finally:
        bench.stop()


@pytest.fixture
def bench(disk: SmallDisk) -> Iterator[Bench]:
    with a_bench(disk) as bench:
        yield bench


def an_answer(visit: int) -> Draft:
    return Draft(visit, 1, "choice", "visit/1", "improve", "waiting", "digital", "en", "", 7_000)


def grown(bench: Bench) -> None:
    """Wait until the store has all its space ahead, in its file and not only in the log: a look of ours delays that."""

    def is_laid_down() -> bool:
        with contextlib.closing(sqlite3.connect(f"file:{bench.path}?mode=ro", uri=True)) as connection:
            size, pages, free = (
                connection.execute(f"PRAGMA {of}").fetchone()[0] for of in ("page_size", "page_count", "freelist_count")
            )
        return bench.path.stat().st_size >= pages * size and free * size >= LOW_BYTES

    until(lambda: bench.slabs() == 24 and is_laid_down(), "the space ahead")


@pytest.mark.parametrize("page_bytes", SIZES)
def test_a_full_disk_takes_thirty_thousand_votes_more_then_says_so_and_recovers(
    quick: None, disk: SmallDisk, bench: Bench, page_bytes: int
) -> None:
    made_with(bench.path, page_bytes)
    bench.start()
    bench.put([a_vote(1)], 1)
    grown(bench)
    bench.stop()
    disk.fill()
    bench.start()  # a restart on the full disk loses nothing of it
    thanked: list[int] = []
    for visit in itertools.count(2, GROUP):
        rows = [row for n in range(visit, visit + GROUP) for row in (a_vote(n), an_answer(n), an_end(n))]
        settled = bench.put(rows, visit)
        if settled.error:
            break
        thanked += [row.seq for row in settled.rows]
        if visit == 2 + 1_000 * GROUP:
            bench.restart()
        assert visit < 10 * PROMISED, "the disk is not full at all"
    assert visit > PROMISED
    assert "full" in settled.error
    assert any("disk is full" in notice for notice in bench.notices)
    for again in range(3):
        assert bench.put([a_vote(1_000_000 + again)], 1_000_000 + again).error
    disk.empty()
    until(lambda: not bench.put([a_vote(2_000_000)], 2_000_000).error, "votes to be taken again")
    bench.stop()
    with Reader(bench.path) as reader:
        kept = {row.seq for row in reader.span(1, reader.last()).rows}
    assert kept.issuperset(thanked)


def test_a_disk_that_turned_read_only_is_mended_by_a_restart(quick: None, disk: SmallDisk, bench: Bench) -> None:
    bench.start()
    thanked = [bench.put([a_vote(n)], n).rows[0].seq for n in range(1, 20)]
    disk.fail_to_read_only()
    for n in range(20, 23):
        assert bench.put([a_vote(n)], n).error
    bench.stop()
    disk.mend()
    bench.start()
    assert bench.put([a_vote(30)], 30).rows
    bench.stop()
    with Reader(bench.path) as reader:
        assert {row.seq for row in reader.span(1, 99).rows}.issuperset(thanked)


def test_a_card_that_gives_errors_is_never_thanked_for(quick: None) -> None:
    with small_disk(32) as disk, a_bench(disk) as bench:
        bench.start()
        thanked = [bench.put([a_vote(n)], n).rows[0].seq for n in range(1, 20)]
        disk.begin_to_fail()
        assert any(bench.put([a_vote(n)], n).error for n in range(20, 20_000)), "the card never failed"
        bench.stop()
        disk.mend()
        bench.start()
        assert until(lambda: bench.put([a_vote(30_000)], 30_000).rows, "votes to be taken again")
        bench.stop()
        with Reader(bench.path) as reader:
            assert {row.seq for row in reader.span(1, 99_999).rows}.issuperset(thanked)
