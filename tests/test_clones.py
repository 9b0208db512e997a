"""One identity, two histories: cloned cards, cards rolled back, damage after a lost acknowledgement. Nothing twice."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kiosk import aside, store
from kiosk.reader import sync_db
from kiosk.store import Board
from tests.conftest import until
from tests.fleet import Fleet, Kiosk, fleet
from tests.test_damage import salvaged

HERE = Board("boot-one", "serial-one")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as found:
        yield found


def cloned(kiosk: Kiosk, name: str, board: Board) -> Kiosk:
    """The card copied byte by byte while the kiosk is off, and put into a board."""
    kiosk.stop()
    shutil.copytree(kiosk.folder, kiosk.folder.with_name(name))
    copy = Kiosk(kiosk.folder.with_name(name), kiosk.fleet, board)
    copy._visits = 1_000
    return copy


def test_a_clone_on_another_board_keeps_its_votes_under_an_epoch_of_its_own(tmp_path: Path, collector: Fleet) -> None:
    one = Kiosk(tmp_path / "one", collector, HERE).start()
    shared = one.vote(3)
    one.sync()
    two = cloned(one, "two", Board("boot-two", "serial-two")).start()
    one.start()
    mine, theirs = one.vote(4, "2/4"), two.vote(5, "3/4")
    for kiosk in (one, two, one):
        kiosk.sync()
    assert Counter(collector.rows().values()) == {"1/4": len(shared), "2/4": len(mine), "3/4": len(theirs)}
    assert collector.summary().all.votes == 12
    assert [a.kind for a in collector.summary().alarms] == ["epoch"]
    assert any("another board" in notice for notice in two.look())
    one.stop()
    two.stop()


@pytest.mark.parametrize("serials", [("serial-one", "serial-one"), ("", "")], ids=["same board", "no serial"])
def test_a_clone_that_can_t_be_told_from_its_original_is_a_fork_and_both_keep_every_vote(
    tmp_path: Path, collector: Fleet, serials: tuple[str, str]
) -> None:
    one = Kiosk(tmp_path / "one", collector, Board("boot-one", serials[0])).start()
    shared = one.vote(3)
    two = cloned(one, "two", Board("boot-two", serials[1])).start()
    one.start()
    mine, theirs = one.vote(4, "2/4"), two.vote(5, "3/4")
    one.sync()
    two.sync()
    notices = two.look()
    assert any("fork" in notice for notice in notices), notices
    assert len(set(two.epochs()) - set(one.epochs())) == 1
    two.vote(1, "4/4")
    for kiosk in (two, one, two):
        kiosk.sync()
    assert Counter(collector.rows().values()) == {
        "1/4": len(shared),
        "2/4": len(mine),
        "3/4": len(theirs),
        "4/4": 1,
    }
    assert collector.summary().all.votes == 13
    assert {a.kind for a in collector.summary().alarms} == {"fork", "epoch"}
    one.stop()
    two.stop()


@pytest.mark.parametrize("with_sync", [True, False], ids=["sync.db too", "votes.db alone"])
def test_a_card_rolled_back_to_an_older_copy_keeps_what_came_before_and_after(
    tmp_path: Path, collector: Fleet, with_sync: bool
) -> None:
    kiosk = Kiosk(tmp_path / "card", collector, HERE).start()
    kiosk.vote(3)
    kiosk.sync()
    kiosk.stop()
    shutil.copytree(kiosk.folder, tmp_path / "backup")
    kiosk.start()
    kiosk.vote(4, "2/4")
    kiosk.sync()
    kiosk.stop()
    for file in kiosk.folder.glob("votes.db*"):
        file.unlink()
    for file in (tmp_path / "backup").glob("votes.db*"):
        shutil.copy(file, kiosk.folder)
    if with_sync:
        shutil.copytree(sync_db(tmp_path / "backup").parent, sync_db(kiosk.folder).parent, dirs_exist_ok=True)
    kiosk.start()
    if not with_sync:
        assert any("older copy" in notice for notice in kiosk.look())
    kiosk.vote(5, "3/4")
    kiosk.sync()
    notices = kiosk.look()
    kiosk.vote(1, "4/4")
    kiosk.sync()
    assert Counter(collector.rows().values()) == {"1/4": 3, "2/4": 4, "3/4": 5, "4/4": 1}
    assert collector.summary().all.votes == 13
    assert any("epoch" in notice or "fork" in notice for notice in notices)
    assert "epoch" in {a.kind for a in collector.summary().alarms}
    kiosk.stop()


def test_an_acknowledgement_lost_just_before_the_damage_counts_nothing_twice(
    tmp_path: Path, collector: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "IDLE_S", 0.01)
    kiosk = Kiosk(tmp_path / "card", collector, HERE).start()
    kiosk.vote(5)
    kiosk.sync()
    before = {path: path.read_bytes() for path in sync_db(kiosk.folder).parent.iterdir()}
    kiosk.vote(20, "2/4")
    kiosk.sync()  # they arrive, but the kiosk never hears of it:
    for path, data in before.items():
        path.write_bytes(data)
    waiting = kiosk.vote(7, "3/4")
    kiosk.stop()
    damaged = bytearray(kiosk.bench.path.read_bytes())
    damaged[:4096] = bytes(4096)
    kiosk.bench.path.write_bytes(damaged)
    kiosk.start()
    until(lambda: aside.cases(kiosk.folder), "the store to be set aside")
    fresh = kiosk.vote(3, "4/4")
    kiosk.sync()  # fresh votes need not wait for what is being read
    salvaged(kiosk.bench)
    kiosk.sync()
    assert Counter(collector.rows().values()) == {"1/4": 5, "2/4": 20, "3/4": len(waiting), "4/4": len(fresh)}
    assert collector.summary().all.votes == 35
    assert any("damaged" in notice for notice in kiosk.look())
    kiosk.stop()


def test_a_clone_whose_store_is_damaged_before_the_fork_was_answered_keeps_every_vote(
    tmp_path: Path, collector: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody begins an epoch in what was read out of a damaged store: sync goes on under the one it would have had."""
    monkeypatch.setattr(store, "IDLE_S", 0.01)
    one = Kiosk(tmp_path / "one", collector, Board("boot-one", "")).start()
    shared = one.vote(3)
    two = cloned(one, "two", Board("boot-two", "")).start()
    one.start()
    mine, theirs = one.vote(4, "2/4"), two.vote(5, "3/4")
    one.sync()
    two.bench.open._suspect("on purpose", two.bench.path.stat().st_ino)  # type: ignore[union-attr]
    fresh = two.vote(2, "4/4")
    salvaged(two.bench)
    for _ in range(2):
        two.sync()
    assert Counter(collector.rows().values()) == {
        "1/4": len(shared),
        "2/4": len(mine),
        "3/4": len(theirs),
        "4/4": len(fresh),
    }
    assert collector.summary().all.votes == 14
    one.stop()
    two.stop()


def test_a_card_flashed_anew_is_the_same_kiosk_in_another_epoch_and_both_count(
    tmp_path: Path, collector: Fleet
) -> None:
    """The same board, the same id: an image written over the card leaves nothing of the store before."""
    before = Kiosk(tmp_path / "before", collector, HERE).start()
    first = before.vote(3)
    before.sync()
    before.stop()
    after = Kiosk(tmp_path / "after", collector, Board("boot-two", HERE.serial)).start()
    second = after.vote(5, "4/4")
    assert {row.seq for row in first} & {row.seq for row in second}, "the numbers begin anew"
    after.sync()
    after.sync()
    assert Counter(collector.rows().values()) == {"1/4": 3, "4/4": 5}
    found = collector.summary()
    assert [(kiosk.kiosk, kiosk.all.votes) for kiosk in found.kiosks] == [("south", 8)]
    assert sorted((epoch.kiosk, sum(epoch.rows.values())) for epoch in found.epochs) == [("south", 3), ("south", 5)]
    (alarm,) = found.alarms
    assert (alarm.kind, alarm.times, alarm.epoch) == ("epoch", 1, after.epochs()[-1])
    assert "the card was flashed anew" in alarm.detail
    with httpx.Client(base_url=collector.url) as client:
        page = client.get("/").text
    assert "the card was flashed anew" in page
    assert "south" in page
    after.stop()
