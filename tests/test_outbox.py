"""The next batch out of a real votes.db: oldest first, one epoch at a time, what can't be sent listed as missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.clock import Reading
from kiosk.errors import StoreError
from kiosk.reader import Reader, SyncStatus
from kiosk.response import checksum_of
from kiosk.store import Board
from sync import outbox as outbox_module
from sync import protocol
from sync.outbox import Outbox, Parcel
from sync.protocol import Batch
from sync.state import SyncState
from tests.conftest import until
from tests.test_store import HERE, Bench, a_vote, an_end

THERE = Board("boot-two", "serial-two")


class Desk:
    """A store with votes in it, its epochs, and what sync knows of them."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.state = SyncState(folder / "sync.db")
        self.votes = 0
        self.move_to(HERE)

    def vote(self, times: int = 1, value: str = "1/4") -> None:
        first = self.votes + 1
        self.votes += times
        self.bench.put([a_vote(visit, value, ms=visit * 1_000) for visit in range(first, self.votes + 1)], first)

    def move_to(self, board: Board) -> None:
        self.bench.restart(board)
        until(lambda: self.bench.path.exists() and board.boot_id in self.boots(), "the store to begin")

    def boots(self) -> list[str]:
        try:
            with Reader(self.bench.path) as reader:
                return [boot.id for boot in reader.boots() if boot.anchors]
        except StoreError:  # its tables are just being made
            return []

    def epochs(self) -> list[str]:
        with Reader(self.bench.path) as reader:
            return [epoch.id for epoch in reader.epochs()]

    def change(self, sql: str, *values: object) -> None:
        """Change the store behind its writer's back, as a failing card does."""
        connection = sqlite3.connect(self.bench.path, isolation_level=None, timeout=20)
        connection.execute(sql, values)
        connection.close()

    def damage(self, *seqs: int) -> None:
        for seq in seqs:
            self.change("UPDATE responses SET ms = (ms | 1) - (ms & 1) WHERE seq = ?", seq)

    def delete(self, *seqs: int) -> None:
        for seq in seqs:
            self.change("DELETE FROM responses WHERE seq = ?", seq)

    @contextmanager
    def outbox(self, boot: str = "boot-one", boottime_ms: int = 99_999) -> Iterator[Outbox]:
        with Reader(self.bench.path) as reader:
            yield Outbox([reader], self.state, boot=boot, boottime_ms=lambda: boottime_ms)

    def next(self, limit: int = 1_000) -> Parcel | None:
        with self.outbox() as outbox:
            return outbox.next(limit)

    def trial(self, seq: int, epoch: str | None = None, run: int = 1) -> Parcel | None:
        with self.outbox() as outbox:
            return outbox.trial(seq, epoch or self.epochs()[0], run)

    def close(self) -> None:
        self.bench.stop()
        self.state.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def opened(parcel: Parcel | None) -> Batch:
    """What is in a parcel; it says the same outside."""
    assert parcel is not None
    batch = protocol.decode(parcel.body, epoch=parcel.epoch, nonce=parcel.nonce)
    assert (batch.start, batch.first, batch.last) == (parcel.start, parcel.first, parcel.last)
    assert parcel.span == batch.last - batch.first + 1
    return batch


def seqs(parcel: Parcel | None) -> list[int]:
    return [row.seq for row in opened(parcel).rows]


def gaps(parcel: Parcel | None) -> list[tuple[int, int]]:
    return opened(parcel).missing


def test_an_empty_store_has_nothing_to_send(desk: Desk) -> None:
    assert desk.next() is None
    assert desk.trial(1) is None
    with desk.outbox() as outbox:
        assert outbox.waiting() == 0


def test_the_oldest_rows_come_first_and_no_more_than_the_limit(desk: Desk) -> None:
    desk.vote(5)
    (epoch,) = desk.epochs()
    sent = []
    while (parcel := desk.next(2)) is not None:
        sent.append(seqs(parcel))
        assert (parcel.epoch, parcel.start, parcel.highest, parcel.aside) == (epoch, 1, 5, None)
        desk.state.acknowledge(epoch, parcel.last)
    assert sent == [[1, 2], [3, 4], [5]]


def test_a_batch_tells_rows_boots_and_the_clock_as_they_are(desk: Desk) -> None:
    desk.bench.reading = Reading(61_900, 1_790_000_000_000, "ntp")
    desk.bench.restart()
    desk.bench.put([a_vote(1, "3/4", ms=5_999), an_end(1)], 1)
    batch = opened(desk.next())
    assert [(r.seq, r.visit, r.kind, r.value, r.boot, r.boottime) for r in batch.rows] == [
        (1, 1, "vote", "3/4", "boot-one", 5),
        (2, 1, "end", "done", "boot-one", 9),
    ]
    assert (batch.boot, batch.boottime) == ("boot-one", 99)
    assert [(b.id, b.anchors) for b in batch.boots] == [
        ("boot-one", [(60, 1_790_000_000, "nobody"), (61, 1_790_000_000, "ntp")])
    ]


def test_the_endpoint_s_own_word_about_the_time_never_travels_back_to_it(desk: Desk) -> None:
    anchor = (9, 1, 70_000, 1_790_000_010_000, "endpoint")
    desk.change("INSERT INTO anchors VALUES (?, ?, ?, ?, ?, ?)", *anchor, checksum_of("anchors", anchor))
    desk.vote()
    assert [b.anchors for b in opened(desk.next()).boots] == [[(60, 1_790_000_000, "nobody")]]


def test_every_parcel_has_a_nonce_of_its_own(desk: Desk) -> None:
    desk.vote()
    parcels = [desk.next() for _ in range(50)]
    assert len({parcel.nonce for parcel in parcels if parcel}) == 50


def test_a_batch_never_crosses_the_end_of_an_epoch(desk: Desk) -> None:
    desk.vote(3)
    desk.move_to(THERE)
    desk.vote(2)
    old, new = desk.epochs()
    first = desk.next()
    assert (seqs(first), first and first.epoch, first and first.start) == ([1, 2, 3], old, 1)
    assert first is not None
    assert first.highest == 5
    desk.state.acknowledge(old, 3)
    second = desk.next()
    assert (seqs(second), second and second.epoch, second and second.start) == ([4, 5], new, 4)
    desk.state.acknowledge(new, 5)
    assert desk.next() is None


def test_a_watermark_below_the_epoch_s_start_or_beyond_its_end_does_no_harm(desk: Desk) -> None:
    desk.vote(2)
    desk.move_to(THERE)
    desk.vote(2)
    old, new = desk.epochs()
    desk.state.acknowledge(old, 90)
    desk.state.acknowledge(new, 1)
    assert seqs(desk.next()) == [3, 4]
    with desk.outbox() as outbox:
        assert outbox.waiting() == 2


def test_a_forked_epoch_ends_before_the_fork(desk: Desk) -> None:
    desk.vote(5)
    (epoch,) = desk.epochs()
    desk.state.fork(epoch, 4)
    assert seqs(desk.next()) == [1, 2, 3]
    with desk.outbox() as outbox:
        assert outbox.waiting() == 3
    desk.state.acknowledge(epoch, 3)
    assert desk.next() is None


def test_an_epoch_forked_at_its_first_row_sends_nothing_and_the_next_one_goes_on(desk: Desk) -> None:
    desk.vote(3)
    (old,) = desk.epochs()
    desk.state.fork(old, 1)
    assert desk.next() is None
    desk.bench.status = SyncStatus(forks={old: 1})
    desk.bench.restart()
    desk.bench.restart()
    (new,) = desk.epochs()
    assert new != old
    parcel = desk.next()
    assert (seqs(parcel), parcel and parcel.epoch) == ([1, 2, 3], new)


def test_a_fork_beyond_the_epoch_s_end_changes_nothing(desk: Desk) -> None:
    desk.vote(3)
    desk.state.fork(desk.epochs()[0], 9)
    parcel = desk.next()
    assert (seqs(parcel), gaps(parcel)) == ([1, 2, 3], [])


@pytest.mark.parametrize(
    ("spoil", "rows", "missing"),
    [
        (lambda desk: desk.damage(1), [2, 3, 4, 5], [(1, 1)]),
        (lambda desk: desk.damage(3), [1, 2, 4, 5], [(3, 3)]),
        (lambda desk: desk.damage(5), [1, 2, 3, 4], [(5, 5)]),
        (lambda desk: desk.damage(2, 4), [1, 3, 5], [(2, 2), (4, 4)]),
        (lambda desk: desk.delete(1, 2), [3, 4, 5], [(1, 2)]),
        (lambda desk: desk.state.set_aside(desk.epochs()[0], 3, "422"), [1, 2, 4, 5], [(3, 3)]),
        (
            lambda desk: (desk.damage(3), desk.delete(2), desk.state.set_aside(desk.epochs()[0], 4, "422")),
            [1, 5],
            [(2, 4)],
        ),
        (lambda desk: desk.damage(1, 2, 3, 4, 5), [], [(1, 5)]),
        (lambda desk: desk.state.set_aside("00c0ffee00c0ffee", 3, "422"), [1, 2, 3, 4, 5], []),
    ],
    ids=[
        "the first damaged",
        "one in the middle damaged",
        "the last damaged",
        "two damaged",
        "two deleted",
        "one set aside",
        "damaged, deleted and set aside side by side",
        "all damaged",
        "set aside in another epoch",
    ],
)
def test_what_can_t_be_sent_is_listed_as_missing(
    desk: Desk, spoil: Callable[[Desk], object], rows: list[int], missing: list[tuple[int, int]]
) -> None:
    desk.vote(5)
    spoil(desk)
    parcel = desk.next()
    assert (seqs(parcel), gaps(parcel)) == (rows, missing)


def test_a_bit_that_flipped_in_the_file_is_found_wherever_it_is_in_the_row(desk: Desk) -> None:
    desk.vote(1)
    columns = [
        "visit",
        "position",
        "kind",
        "survey",
        "question",
        "value",
        "ui",
        "language",
        "misuse",
        "boot",
        "ms",
        "crc",
    ]
    for column in columns:
        connection = sqlite3.connect(desk.bench.path, isolation_level=None, timeout=20)
        ((before,),) = connection.execute(f"SELECT {column} FROM responses WHERE seq = 1")
        flipped = before ^ 4 if isinstance(before, int) else chr(ord(before[0]) ^ 4) + before[1:] if before else "\x04"
        connection.execute(f"UPDATE responses SET {column} = ? WHERE seq = 1", (flipped,))
        assert gaps(desk.next()) == [(1, 1)], column
        connection.execute(f"UPDATE responses SET {column} = ? WHERE seq = 1", (before,))
        assert gaps(desk.next()) == [], column
        connection.close()


def test_a_text_that_is_no_longer_one_keeps_back_its_own_row_only(desk: Desk) -> None:
    desk.vote(3)
    desk.change("UPDATE responses SET language = CAST(x'66ff69' AS TEXT) WHERE seq = 2")
    parcel = desk.next()
    assert (seqs(parcel), gaps(parcel)) == ([1, 3], [(2, 2)])


def test_a_row_whose_boot_is_gone_from_the_store_is_sent_all_the_same(desk: Desk) -> None:
    desk.vote(2)
    desk.change("DELETE FROM boots")
    batch = opened(desk.next())
    assert [(r.seq, r.boot) for r in batch.rows] == [(1, "lost-1"), (2, "lost-1")]
    assert [(b.id, b.anchors) for b in batch.boots] == [("boot-one", []), ("lost-1", [])]


def test_a_boot_that_is_written_during_the_pass_is_known_by_its_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with desk.outbox() as outbox:
        desk.move_to(THERE)
        desk.vote()
        assert [row.boot for row in opened(outbox.next(10)).rows] == ["boot-two"]
    desk.close()


def test_a_list_of_boots_that_is_damaged_is_told_in_words(desk: Desk) -> None:
    desk.vote()
    desk.change("UPDATE anchors SET \"by\" = 'ntq'")
    with pytest.raises(StoreError, match="a row of anchors fails its checksum"):
        desk.next()
    odd = (1, 1, 60_000, 1_790_000_000_000, "ntq")
    desk.change("DELETE FROM anchors")
    desk.change("INSERT INTO anchors VALUES (?, ?, ?, ?, ?, ?)", *odd, checksum_of("anchors", odd))
    with pytest.raises(StoreError, match="the store's list of boots is damaged"):
        desk.next()


def test_waiting_counts_what_no_endpoint_has_acknowledged_in_any_epoch(desk: Desk) -> None:
    desk.vote(3)
    desk.move_to(THERE)
    desk.vote(4)
    old, new = desk.epochs()
    for acknowledge, waiting in [(None, 7), ((old, 1), 6), ((new, 5), 4), ((old, 3), 2), ((new, 7), 0)]:
        if acknowledge:
            desk.state.acknowledge(*acknowledge)
        with desk.outbox() as outbox:
            assert outbox.waiting() == waiting


@pytest.mark.parametrize(
    ("seq", "rows", "missing"),
    [(1, [2], [(1, 1)]), (3, [2, 4], [(3, 3)]), (4, [3, 5], [(4, 4)])],
    ids=["the first", "one in the middle", "the last but one"],
)
def test_a_trial_leaves_one_row_out_between_its_neighbours(
    desk: Desk, seq: int, rows: list[int], missing: list[tuple[int, int]]
) -> None:
    desk.vote(5)
    parcel = desk.trial(seq)
    assert (seqs(parcel), gaps(parcel), parcel and parcel.aside) == (rows, missing, seq)


def test_a_trial_of_the_last_row_waits_for_a_neighbour(desk: Desk) -> None:
    desk.vote(2)
    assert desk.trial(2) is None
    desk.vote()
    assert seqs(desk.trial(2)) == [1, 3]


def test_a_neighbour_that_can_t_be_sent_is_none(desk: Desk) -> None:
    desk.vote(7)
    (epoch,) = desk.epochs()
    desk.damage(3)
    desk.delete(5)
    desk.state.set_aside(epoch, 6, "422")
    parcel = desk.trial(4)
    assert (seqs(parcel), gaps(parcel), parcel and parcel.aside) == ([2, 7], [(3, 6)], 4)
    desk.damage(7)
    assert desk.trial(4) is None


def test_a_neighbour_is_looked_for_only_so_far(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "REACH", 2)
    desk.vote(9)
    desk.damage(2, 3, 4, 6)
    parcel = desk.trial(5)
    assert (seqs(parcel), gaps(parcel)) == ([7], [(5, 6)])
    desk.damage(7)
    assert desk.trial(5) is None


def test_a_wider_trial_leaves_out_the_rows_beside_as_well(desk: Desk) -> None:
    desk.vote(6)
    parcel = desk.trial(2, run=2)
    assert (seqs(parcel), gaps(parcel), parcel and parcel.aside) == ([1, 4], [(2, 3)], 2)
    assert seqs(desk.trial(2, run=4)) == [1, 6]
    assert desk.trial(2, run=8) is None


def test_a_trial_of_a_row_that_is_missing_anyhow_leaves_no_other_out(desk: Desk) -> None:
    desk.vote(4)
    desk.damage(2)
    parcel = desk.trial(2)
    assert (seqs(parcel), gaps(parcel), parcel and parcel.aside) == ([1, 3], [(2, 2)], None)


def test_in_an_epoch_that_has_ended_the_earlier_neighbour_is_enough(desk: Desk) -> None:
    desk.vote(3)
    desk.move_to(THERE)
    desk.vote()
    old, _ = desk.epochs()
    parcel = desk.trial(3, old)
    assert (seqs(parcel), gaps(parcel), parcel and parcel.aside) == ([2], [(3, 3)], 3)
    assert parcel is not None
    assert parcel.epoch == old


def test_the_only_row_of_an_epoch_that_has_ended_is_judged_by_the_next_epoch_s_first(desk: Desk) -> None:
    desk.vote()
    desk.move_to(THERE)
    old, new = desk.epochs()
    assert desk.trial(1, old) is None  # while the new one has no row
    desk.vote(3)
    desk.damage(2)
    parcel = desk.trial(1, old)
    assert parcel is not None
    assert (parcel.epoch, parcel.first, parcel.last, parcel.aside) == (new, 3, 3, 1)
    assert (seqs(parcel), gaps(parcel)) == ([3], [])
    desk.damage(3, 4)
    assert desk.trial(1, old) is None


def test_there_is_no_trial_in_an_epoch_nobody_has_heard_of(desk: Desk) -> None:
    desk.vote(3)
    assert desk.trial(2, "00c0ffee00c0ffee") is None


def test_no_read_transaction_stays_open_behind_a_parcel(desk: Desk) -> None:
    desk.vote(3)
    with desk.outbox() as outbox:
        assert outbox.next(10) and outbox.trial(2, desk.epochs()[0])
        assert outbox.waiting() == 3
        desk.vote()
        connection = sqlite3.connect(desk.bench.path, isolation_level=None, timeout=1)
        # Busy 0: the whole WAL could be taken into the file and cut to nothing.
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        connection.close()
