"""What may leave the store and what never does, and that the file stops growing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import space, store
from kiosk.clock import Anchor, Boot, Reading
from kiosk.reader import Epoch, Reader, SyncStatus
from kiosk.response import Response
from kiosk.retention import DAY_MS, may_go
from tests.conftest import until
from tests.fleet import begun
from tests.test_store import HERE, Bench, a_vote

NOW = 1_800_000_000_000
EPOCH = Epoch(1, "00c0ffee00c0ffee")


def a_row(seq: int, days_ago: float, boot: int = 1) -> Response:
    ms = round(1_000 * DAY_MS - days_ago * DAY_MS)
    return Response(seq, seq, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", "", boot, ms)


ANCHORED = Boot(1, "boot-one", (Anchor(1_000 * DAY_MS, NOW, "ntp"),))


def going(
    rows: list[Response],
    *,
    acknowledged: int = 1_000,
    now: Reading | None = None,
    boots: tuple[Boot, ...] = (ANCHORED,),
    epochs: tuple[Epoch, ...] = (EPOCH,),
    aside: tuple[int, ...] = (),
    highest: int = 1_000,
) -> list[int]:
    status = SyncStatus(watermarks={EPOCH.id: acknowledged}, aside={EPOCH.id: list(aside)})
    reading = now or Reading(1_000 * DAY_MS, NOW, "ntp")
    return may_go(rows, highest=highest, epochs=epochs, boots=boots, status=status, now=reading, days=90)


def test_what_is_acknowledged_and_old_may_go_and_the_first_that_is_young_ends_it() -> None:
    assert going([a_row(1, 100), a_row(2, 91), a_row(3, 89), a_row(4, 95)]) == [1, 2]


def test_what_is_not_acknowledged_never_goes_however_old() -> None:
    assert going([a_row(1, 900), a_row(2, 900)], acknowledged=1) == [1]
    assert going([a_row(1, 900)], epochs=(Epoch(1, "another epoch"),)) == []
    assert going([a_row(1, 900)], epochs=()) == []


def test_while_nobody_vouches_for_the_clock_nothing_goes() -> None:
    assert going([a_row(1, 900)], now=Reading(0, NOW, "nobody")) == []


def test_the_highest_row_stays_whatever_its_age() -> None:
    assert going([a_row(1, 900), a_row(2, 900)], highest=2) == [1]


def test_a_row_that_the_endpoint_would_not_have_is_kept_and_passed_over() -> None:
    assert going([a_row(1, 900), a_row(2, 900), a_row(3, 900)], aside=(2,)) == [1, 3]


def test_a_boot_without_a_clock_is_as_old_as_the_next_boot_proves() -> None:
    silent, later = Boot(1, "silent"), Boot(2, "later", (Anchor(0, NOW - 100 * DAY_MS, "ntp"),))
    assert going([a_row(1, 900)], boots=(silent, later)) == [1]
    assert going([a_row(1, 900)], boots=(silent,)) == []
    assert going([a_row(1, 900)], boots=(silent, Boot(2, "later", (Anchor(0, NOW - DAY_MS, "ntp"),)))) == []


def test_a_row_of_a_boot_that_nobody_knows_stays() -> None:
    assert going([a_row(1, 900, boot=7)]) == []


@given(
    ages=st.lists(st.floats(0, 400), max_size=30),
    acknowledged=st.integers(0, 40),
    aside=st.sets(st.integers(1, 40)),
    highest=st.integers(1, 40),
)
def test_whatever_the_rows_only_the_acknowledged_and_old_go(
    ages: list[float], acknowledged: int, aside: set[int], highest: int
) -> None:
    rows = [a_row(seq, age) for seq, age in enumerate(ages, 1)]
    gone = going(rows, acknowledged=acknowledged, aside=tuple(aside), highest=highest)
    for seq in gone:
        assert seq <= acknowledged
        assert seq < highest
        assert seq not in aside
        assert ages[seq - 1] >= 90
    assert gone == sorted(gone)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(store, "IDLE_S", 0.01)
    monkeypatch.setattr(store, "STEP_S", 0.0)
    # A reader in the way of a checkpoint, such as this test, has upkeep wait for the next round.
    monkeypatch.setattr(store, "RIDE_S", 0.5)
    monkeypatch.setattr(space, "SLABS", 2)
    bench = Bench(tmp_path)
    yield bench
    bench.stop()


def votes(bench: Bench, first: int, last: int, ms: int) -> None:
    for visit in range(first, last + 1, 100):
        rows = [a_vote(n, ms=ms) for n in range(visit, min(visit + 100, last + 1))]
        assert not bench.put(rows, visit).error


def kept(bench: Bench) -> list[int]:
    with Reader(bench.path) as reader:
        return [row.seq for row in reader.span(1, reader.last()).rows]


def test_old_rows_leave_in_steps_and_their_space_is_used_again(bench: Bench) -> None:
    """Year after year of 3,000 rows, each acknowledged: after the first two the file grows no more."""
    bench.reading = Reading(60_000, NOW, "ntp")
    bench.start()
    (epoch,) = until(lambda: begun(bench.path), "the store to begin")
    sizes = []
    for year in range(5):
        first = year * 3_000 + 1
        votes(bench, first, first + 2_999, 60_000 + year * 410 * DAY_MS)
        bench.status = SyncStatus(watermarks={epoch.id: first + 2_999})
        bench.reading = Reading(60_000 + year * 410 * DAY_MS, NOW + year * 410 * DAY_MS, "ntp")
        bench.restart(HERE)
        until(lambda f=first: min(kept(bench)) == (f if f > 1 else 1), "the year before to leave")  # type: ignore[misc]
        until(lambda: bench.slabs() == 2, "the space ahead")
        sizes.append(bench.path.stat().st_size)
    assert sizes[2:] == [sizes[2]] * 3
    with sqlite3.connect(bench.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
