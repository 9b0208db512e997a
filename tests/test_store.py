"""votes.db: what COMMIT promises, who a row belongs to, epochs, anchors, and what a foreign file gets."""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlite_utils import Database

from kiosk import disk, migrations, schema, store
from kiosk.clock import Anchor, Reading
from kiosk.errors import NoStoreYet, StoreError
from kiosk.pages import SIZES
from kiosk.reader import Reader, SyncStatus, sync_status
from kiosk.response import Draft
from kiosk.store import Board, Noticed, Settled, Store
from tests.conftest import ROOT, until

HERE = Board("boot-one", "serial-one")


def a_vote(visit: int, value: str = "1/4", ms: int = 5_000, **fields: str) -> Draft:
    return msgspec.structs.replace(
        Draft(visit, 0, "vote", "visit/1", "visit", value, "physical", "en", "", ms), **fields
    )


def an_end(visit: int) -> Draft:
    return Draft(visit, 1, "end", "visit/1", "", "done", "", "en", "", 9_000)


class Bench:
    """A store in a folder, and what it has settled."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "votes.db"
        self.told: queue.SimpleQueue[Settled | Noticed] = queue.SimpleQueue()
        self.notices: tuple[str, ...] = ()
        self.reading = Reading(60_000, 1_790_000_000_000, "nobody")
        self.status = SyncStatus()
        self.open: Store | None = None

    def start(self, board: Board = HERE) -> Store:
        self.open = Store(
            self.path,
            board,
            settled=self.told.put,
            read_clock=lambda: self.reading,
            sync_status=lambda: self.status,
        )
        return self.open

    def stop(self) -> None:
        if self.open is not None:
            assert self.open.close()
            self.open = None

    def put(self, rows: list[Draft], ticket: int) -> Settled:
        assert self.open is not None
        self.open.put(rows, ticket)
        while (settled := self.next()).ticket != ticket:
            pass
        return settled

    def next(self, timeout_s: float = 20.0) -> Settled:
        """What is settled next; notices are kept on the way."""
        while not isinstance(told := self.told.get(timeout=timeout_s), Settled):
            self.notices = told.notices
        return told

    def heard(self) -> tuple[str, ...]:
        """The notices as they stand; what was settled meanwhile is passed over."""
        with contextlib.suppress(queue.Empty):
            while True:
                if isinstance(told := self.told.get_nowait(), Noticed):
                    self.notices = told.notices
        return self.notices

    def slabs(self) -> int:
        """How much of the reserve for a full disk there is."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM reserve").fetchone()[0])

    def restart(self, board: Board = HERE) -> Store:
        self.stop()
        return self.start(board)


def made_with(path: Path, page_bytes: int) -> None:
    """Make a store as a version made it that has pages of that size, where there is none."""
    if not path.exists() and not disk.wal(path).exists():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(schema, "PAGE_BYTES", page_bytes)
            connection = schema.connect(path)
            with disk.kept_side_files(path):
                connection.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.stop()


@pytest.mark.parametrize("page_bytes", SIZES)
def test_a_store_keeps_the_pages_it_was_made_with_and_room_in_its_log_for_so_many(
    bench: Bench, page_bytes: int
) -> None:
    made_with(bench.path, page_bytes)
    for n in range(1, 4):
        bench.restart()
        assert bench.put([a_vote(n)], n).rows
        assert bench.path.read_bytes()[16:18] == page_bytes.to_bytes(2, "big")
        log = disk.wal(bench.path)
        assert log.read_bytes()[8:12] == page_bytes.to_bytes(4, "big")
        assert log.stat().st_size >= 32 + (1_000 + 4 * 256 * 1024 // page_bytes) * (24 + page_bytes)
        assert log.stat().st_blocks * 512 >= log.stat().st_size


def test_a_new_store_has_small_pages(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1)], 1)
    assert bench.path.read_bytes()[16:18] == (1024).to_bytes(2, "big")


def test_a_settled_vote_can_be_read_by_another_connection(bench: Bench) -> None:
    bench.start()
    settled = bench.put([a_vote(1, "3/4")], 1)
    with Reader(bench.path) as reader:
        assert reader.span(1, 9).rows == list(settled.rows)
    assert [(r.seq, r.visit, r.value) for r in settled.rows] == [(1, 1, "3/4")]
    assert settled.ms > 0


def test_every_commit_is_synced_to_the_card(bench: Bench) -> None:
    connection = schema.connect(bench.path)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_rows_nobody_is_thanked_for_ride_with_the_next_commit(bench: Bench) -> None:
    opened = bench.start()
    bench.put([a_vote(1)], 1)
    opened.put([an_end(1)], None)
    settled = bench.put([a_vote(2)], 2)
    assert [(r.kind, r.seq, r.visit) for r in settled.rows] == [("end", 2, 1), ("vote", 3, 3)]


def test_rows_that_ride_are_stored_within_their_time_without_another_commit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RIDE_S", 0.05)
    opened = bench.start()
    bench.put([a_vote(1)], 1)
    opened.put([an_end(1)], None)
    assert [r.kind for r in bench.next().rows] == ["end"]


def test_rows_that_ride_are_stored_when_the_store_is_closed(bench: Bench) -> None:
    opened = bench.start()
    bench.put([a_vote(1)], 1)
    opened.put([an_end(1)], None)
    bench.stop()
    with Reader(bench.path) as reader:
        assert [r.kind for r in reader.span(1, 9).rows] == ["vote", "end"]


def test_both_rows_of_a_corrected_vote_stay_in_one_visit(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1, "1/4")], 1)
    settled = bench.put([a_vote(1, "4/4")], 2)
    assert [(r.seq, r.visit, r.value) for r in settled.rows] == [(2, 1, "4/4")]


def test_numbers_go_on_after_a_restart(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1)], 1)
    bench.restart()
    assert bench.put([a_vote(1)], 1).rows[0].seq == 2


def test_one_boot_is_one_row_however_often_the_program_starts(bench: Bench) -> None:
    for board in (HERE, HERE, Board("boot-two", "serial-one")):
        bench.restart(board)
        bench.put([a_vote(1)], 1)
    with Reader(bench.path) as reader:
        assert [b.id for b in reader.boots()] == ["boot-one", "boot-two"]
        assert [r.boot for r in reader.span(1, 9).rows] == [1, 1, 2]


@pytest.mark.parametrize(
    ("serials", "firsts"),
    [
        (["A", "A"], [1]),
        (["A", "B"], [1, 2]),
        (["A", ""], [1]),
        (["", "A"], [1]),
    ],
    ids=["the same board", "another board", "a serial that can't be read now", "none known at first"],
)
def test_a_card_in_another_board_begins_a_new_epoch(bench: Bench, serials: list[str], firsts: list[int]) -> None:
    for serial in serials:
        bench.restart(Board("boot", serial))
        bench.put([a_vote(1)], 1)
    with Reader(bench.path) as reader:
        epochs = reader.epochs()
    assert [e.first for e in epochs] == firsts
    assert len({e.id for e in epochs}) == len(epochs)
    assert all(len(e.id) == 16 and int(e.id, 16) >= 0 for e in epochs)


def test_a_fork_found_by_the_endpoint_begins_a_new_epoch_at_its_row(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    for ticket in (1, 2, 3):
        bench.put([a_vote(ticket)], ticket)
    with Reader(bench.path) as reader:
        (old,) = reader.epochs()
    bench.status = SyncStatus(forks={old.id: 3})
    for _ in range(2):  # told twice, followed once
        bench.restart()
        bench.stop()
    with Reader(bench.path) as reader:
        assert [e.first for e in reader.epochs()] == [1, 3]


def test_copies_of_a_card_name_the_epoch_after_a_fork_alike_where_they_share_its_first_row(bench: Bench) -> None:
    bench.start()
    for ticket in (1, 2, 3):
        bench.put([a_vote(ticket)], ticket)
    bench.stop()
    (bench.path.parent / "copy").mkdir()
    copy = Bench(bench.path.parent / "copy")
    for path in bench.path.parent.glob("votes.db*"):
        shutil.copy(path, copy.path.with_name(path.name))
    ids: dict[int, list[str]] = {}
    for first in (3, 2, 4):  # shared, shared too, and yet to be written
        for card in (bench, copy):
            with Reader(card.path) as reader:
                card.status = SyncStatus(forks={reader.epochs()[0 if first < 4 else -1].id: first})
            card.restart()
            card.stop()
            with Reader(card.path) as reader:
                ids.setdefault(first, []).append({e.first: e.id for e in reader.epochs()}[first])
    assert ids[3][0] == ids[3][1]
    assert ids[2][0] == ids[2][1]
    assert len({*ids[2], *ids[3], *ids[4]}) == 4


def test_the_clock_is_kept_as_an_anchor_only_when_it_tells_something_new(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1)], 1)
    bench.restart()  # the same reading: nothing new
    bench.reading = Reading(90_000, 1_800_000_000_000, "ntp")
    bench.restart()
    bench.stop()
    with Reader(bench.path) as reader:
        (boot,) = reader.boots()
    assert boot.anchors == (
        Anchor(60_000, 1_790_000_000_000, "nobody"),
        Anchor(90_000, 1_800_000_000_000, "ntp"),
    )


def test_a_row_whose_bits_flipped_is_told_from_good_ones(bench: Bench) -> None:
    bench.start()
    for ticket in (1, 2, 3):
        bench.put([a_vote(ticket)], ticket)
    bench.stop()
    with sqlite3.connect(bench.path) as connection:
        connection.execute("UPDATE responses SET value = '4/4' WHERE seq = 2")
        connection.execute("UPDATE responses SET language = CAST(x'ff65' AS TEXT) WHERE seq = 3")
    connection.close()
    with Reader(bench.path) as reader:
        span = reader.span(1, 9)
    assert [r.seq for r in span.rows] == [1]
    assert span.damaged == [2, 3]


def test_a_vote_that_cannot_be_stored_is_told_and_the_next_one_is_tried_anew(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "absent")
    bench.start()
    settled = bench.put([a_vote(1)], 1)
    assert settled.rows == ()
    assert "can't be opened" in settled.error
    (tmp_path / "absent").mkdir()
    assert [r.seq for r in bench.put([a_vote(2)], 2).rows] == [1]
    bench.stop()


def test_an_error_that_nobody_foresaw_is_told_and_the_store_lives_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.start()
    bench.put([a_vote(2)], 2)
    surprise = bench.put([msgspec.structs.replace(a_vote(3), ms=object())], 3)
    assert surprise.rows == ()
    assert surprise.error
    assert "Traceback" in caplog.text
    assert [r.value for r in bench.put([a_vote(4, "4/4")], 4).rows] == ["4/4"]


def test_the_same_trouble_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path / "absent")
    bench.start()
    for ticket in (1, 2, 3):
        assert bench.put([a_vote(ticket)], ticket).error
    bench.stop()
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1


def test_the_rest_of_a_visit_whose_vote_was_not_stored_is_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "absent")
    opened = bench.start()
    assert bench.put([a_vote(1)], 1).error
    opened.put([an_end(1)], None)
    (tmp_path / "absent").mkdir()
    assert [r.kind for r in bench.put([a_vote(2)], 2).rows] == ["vote"]
    bench.stop()


def newer(path: Path) -> None:
    connection = schema.connect(path)
    Database(connection)["_sqlite_migrations"].insert(
        {"migration_set": "moodpost.votes", "name": "of_tomorrow", "applied_at": ""}
    )
    connection.close()


def make_ahead(path: Path) -> None:
    """As a process does that has one thread only."""
    code = "import pathlib, sys; from kiosk import schema; schema.make_ahead(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(path)], cwd=ROOT, check=True)


def test_a_store_made_ahead_by_a_process_of_its_own_is_the_one_that_votes_go_to(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    make_ahead(bench.path)
    assert disk.wal(bench.path).exists()
    made = bench.path.stat().st_ino
    bench.start()
    assert bench.put([a_vote(1)], 1).rows
    bench.stop()
    assert bench.path.stat().st_ino == made


@pytest.mark.parametrize("there", ["votes.db", "votes.db-wal"])
def test_nothing_is_made_ahead_where_something_of_a_store_is(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"something")
    make_ahead(tmp_path / "votes.db")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(there, b"something")]


def test_a_store_that_can_t_be_made_ahead_is_left_to_who_opens_it(tmp_path: Path) -> None:
    make_ahead(tmp_path / "absent" / "votes.db")
    with pytest.raises(StoreError, match="Is the folder there"):
        schema.connect(tmp_path / "absent" / "votes.db")


def test_the_names_of_the_migrations_are_those_of_their_steps() -> None:
    assert [step.name for step in migrations.migrations.pending(Database(memory=True))] == schema.MIGRATIONS


def foreign(path: Path) -> None:
    db = Database(path)
    db["addresses"].insert({"name": "x"})
    db.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (newer, "made by a newer version of Moodpost (it has of_tomorrow)"),
        (foreign, "found another program's database"),
        (garbage, "file is not a database"),
    ],
)
def test_a_file_that_is_not_our_store_is_refused_and_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "votes.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=said.replace("(", r"\(").replace(")", r"\)")):
        schema.connect(path)
    assert path.read_bytes() == before


def test_reading_an_absent_store_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Has the kiosk run yet"):
        Reader(tmp_path / "votes.db")


def test_a_store_that_is_just_being_made_is_none_yet_and_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "votes.db").touch()
    with Reader(tmp_path / "votes.db") as reader, pytest.raises(NoStoreYet, match="Is the kiosk just making it"):
        reader.last()


@contextlib.contextmanager
def no_more_writing() -> Iterator[None]:
    """Every write of this process fails, as on a full disk: no file may grow beyond one byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def locked(path: Path) -> bool:
    """Whether this process has locks on both the database at `path` and its index, as whoever has it open must."""
    files = {file.stat().st_ino for file in (path, disk.shm(path))}
    lines = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    ours = [line[5] for line in lines if line[1] == "POSIX" and line[4] == str(os.getpid())]
    return files <= {int(place.split(":")[2]) for place in ours}


STRANGER = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM responses'); c.close()"


@pytest.mark.parametrize("failures", [1, 5])
def test_whoever_reads_in_this_process_when_a_commit_fails_leaves_the_log_its_locks(
    bench: Bench, tmp_path: Path, failures: int
) -> None:
    """Without them the next stranger who may write, a technician's sqlite3, takes himself for alone and deletes it."""
    bench.start()
    thanked = [row.seq for visit in (1, 2) for row in bench.put([a_vote(visit)], visit).rows]
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    with Reader(bench.path) as reader:
        rows = reader._connection.execute("SELECT * FROM responses")
        assert rows.fetchone()
        for failure in range(failures):
            with no_more_writing():
                assert bench.put([a_vote(3 + failure)], 3 + failure).error
            thanked += [row.seq for row in bench.put([a_vote(20 + failure)], 20 + failure).rows]
        assert locked(bench.path)
        subprocess.run([sys.executable, "-c", STRANGER, str(bench.path)], check=True)
        thanked += [row.seq for row in bench.put([a_vote(40)], 40).rows]
        copy = tmp_path / "as after a power cut"
        copy.mkdir()
        # Not by this process: closing what it copies from would take away the locks.
        subprocess.run(["cp", str(bench.path), str(disk.wal(bench.path)), str(copy)], check=True)
        rows.close()
    with Reader(copy / bench.path.name) as reader:
        assert [row.seq for row in reader.span(1, 99).rows] == thanked
    assert locked(bench.path)
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_before + 4, "what can't be closed is used again"


def test_a_store_that_fails_while_it_is_open_is_tried_again_soon_by_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RETRY_S", 0.05)
    bench.start()
    assert bench.put([a_vote(1)], 1).rows
    with no_more_writing():
        assert bench.put([a_vote(2)], 2).error
    while (told := bench.next()).error:
        pass
    assert told == Settled(None, ms=told.ms), "it is well again, though nobody pressed anything"
    assert [r.seq for r in bench.put([a_vote(3)], 3).rows] == [2]


def test_how_a_visit_ended_outlives_the_failure_of_the_vote_that_ended_it(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1)], 1)
    with no_more_writing():
        assert bench.put([an_end(1), a_vote(2)], 2).error
    settled = bench.put([a_vote(3)], 3)
    assert [(r.kind, r.visit) for r in settled.rows] == [("end", 1), ("vote", 3)]


def test_what_belongs_to_votes_that_were_lost_does_not_pile_up(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    opened = bench.start()
    bench.put([a_vote(1)], 1)
    with no_more_writing():
        for ticket in range(2, 40):
            opened.put([an_end(ticket - 1)], None)
            assert bench.put([a_vote(ticket)], ticket).error
    assert [(r.kind, r.visit) for r in bench.put([a_vote(40)], 40).rows] == [("end", 1), ("vote", 3)]
    assert len(caplog.records) <= 3


def test_an_odd_value_in_sync_db_does_not_stop_the_kiosk(bench: Bench) -> None:
    path = bench.path.with_name("sync.db")
    db = Database(path)
    db["watermarks"].insert({"epoch": "e", "seq": 5})
    db["forks"].insert({"epoch": "f", "seq": "not a number"})
    db.close()
    assert sync_status(path) == SyncStatus()
    path.write_bytes(b"garbage" * 1000)
    assert sync_status(path) == SyncStatus()
    assert sync_status(path.with_name("absent.db")) == SyncStatus()


def test_its_thread_answers_between_two_jobs_and_counts_what_waits(bench: Bench) -> None:
    store = bench.start()
    bench.put([a_vote(1)], 1)
    bench.put([a_vote(2), an_end(2)], 2)
    until(lambda: store.answers(5_000), "its answer")
    assert store.answers(4_999)
    with Reader(bench.path) as reader:
        (epoch,) = reader.epochs()
    until(lambda: store.waiting == 3, "the count")
    bench.status = SyncStatus(watermarks={epoch.id: 2})
    until(lambda: store.answers(6_000), "its next answer")
    until(lambda: store.waiting == 1, "the count")


def test_while_a_commit_waits_for_the_card_its_thread_does_not_answer(bench: Bench) -> None:
    store = bench.start()
    bench.put([a_vote(1)], 1)
    with contextlib.closing(sqlite3.connect(bench.path, isolation_level=None)) as slow:
        slow.execute("BEGIN IMMEDIATE")
        store.put([a_vote(2)], 2)
        assert not any(store.answers(1_000) for _ in range(10_000))
        slow.execute("ROLLBACK")
    until(lambda: store.answers(1_000), "its answer")


def test_a_store_that_cannot_write_answers_and_nothing_is_claimed_of_what_waits(bench: Bench) -> None:
    bench.path.mkdir()
    store = bench.start()
    until(lambda: store.answers(1_000), "its answer")
    assert store.waiting is None
