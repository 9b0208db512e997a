"""A store that can't be believed: set aside whole, votes taken again at once, what can be read keeps its name."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from kiosk import aside, check, disk, salvage, schema, space, store, upkeep, wal
from kiosk.entry import LONGEST
from kiosk.errors import StoreError
from kiosk.frames import Log
from kiosk.pages import SIZES, page_size, records
from kiosk.reader import Reader, stores
from kiosk.response import Draft, Response
from kiosk.store import Board
from tests.conftest import until
from tests.fleet import begun
from tests.test_store import HERE, Bench, a_vote, an_end, locked, made_with, no_more_writing

WITHIN_S = 5.0
"""From the first look at a damaged store until votes are taken again; what the salvage takes does not count."""


class Old(Bench):
    """A store that is made with pages of some size; the one after it is as they are made now."""

    page_bytes = schema.PAGE_BYTES

    def start(self, board: Board = HERE) -> store.Store:
        made_with(self.path, self.page_bytes)
        return super().start(board)


@pytest.fixture(params=SIZES)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(store, "IDLE_S", 0.01)
    monkeypatch.setattr(store, "STEP_S", 0.0)
    monkeypatch.setattr(space, "SLABS", 2)
    bench = Old(tmp_path)
    bench.page_bytes = request.param
    yield bench
    bench.stop()


def filled(bench: Bench, visits: int = 600) -> list[Response]:
    """A store with votes, answers and endings, closed; its rows."""
    bench.start()
    for visit in range(1, visits + 1, 20):
        rows: list[Draft] = []
        for n in range(visit, visit + 20):
            rows += [a_vote(n, f"{n % 4 + 1}/4", ms=n * 1_000), an_end(n)]
        bench.put(rows, visit)
    bench.stop()
    return rows_of(bench.path)


def rows_of(path: Path) -> list[Response]:
    with Reader(path) as reader:
        return reader.span(1, reader.last()).rows


def in_the_file(bench: Bench) -> None:
    """Move everything from the log into the database, and the log away: as after a long time."""
    connection = sqlite3.connect(bench.path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def voted_without_upkeep(bench: Bench, votes: int, first: int = 1) -> list[Response]:
    """So many votes more, each a commit in one log: what upkeep lays down would have it begun anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "IDLE_S", 600.0)
        bench.start()
        rows = [bench.put([a_vote(n)], n).rows[0] for n in range(first, first + votes)]
        bench.stop()
    return rows


def salvaged(bench: Bench, cases: int = 1) -> Path:
    """Wait until what was set aside has been read; the store made from it."""
    until(lambda: len(aside.cases(bench.path.parent)) == cases, "the store to be set aside")
    return until(lambda: stores(bench.path.parent)[:-1][cases - 1 : cases], "the salvage")[0]


def flip(path: Path, offsets: list[int]) -> None:
    data = bytearray(path.read_bytes())
    for offset in offsets:
        data[offset] ^= 1 << offset % 8
    path.write_bytes(data)


def votes_again(bench: Bench) -> Response:
    """Start, press, and be thanked in time."""
    bench.start()
    bench.open.put([a_vote(9_999, "4/4")], 9_999)  # type: ignore[union-attr]
    while (settled := bench.next(WITHIN_S)).ticket != 9_999:
        pass
    assert settled.error == ""
    (row,) = settled.rows
    return row


def page_of(path: Path, row: int) -> int:
    """The page that holds a row of responses, from 0."""
    with sqlite3.connect(path) as connection:
        (ms,) = connection.execute("SELECT ms FROM responses WHERE seq = ?", (row,)).fetchone()
    connection.close()
    data = path.read_bytes()
    assert ms
    return next(n for n, page in enumerate(cut(data)) if row in _seqs(page, n == 0))


def cut(data: bytes) -> list[bytes]:
    """A database's pages."""
    size = page_size(data) or 0
    return [data[at : at + size] for at in range(0, len(data), size)]


def _seqs(page: bytes, first: bool) -> set[int]:
    return {r.rowid for r in records(page, first=first) if r.rowid and len(r.values) == 13}


def a_header(path: Path) -> None:
    flip(path, list(range(0, 100, 3)))


def the_first_page(path: Path) -> None:
    _zero(path, 0)


def the_last_rows(path: Path) -> None:
    _zero(path, page_of(path, 1_195))


def the_table_s_root(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'responses'").fetchone()
    connection.close()
    _zero(path, root - 1)


def the_epochs(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'epochs'").fetchone()
    connection.close()
    _zero(path, root - 1)


def the_boots(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'boots'").fetchone()
    connection.close()
    _zero(path, root - 1)


def the_second_half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def half_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 2_000)


def _zero(path: Path, page: int) -> None:
    data = path.read_bytes()
    path.write_bytes(b"".join(bytes(len(of)) if n == page else of for n, of in enumerate(cut(data))))


@pytest.mark.parametrize(
    ("harm", "lost"),
    [
        (a_header, 0),
        (the_first_page, 0),
        (the_table_s_root, 0),
        (the_epochs, 0),
        (the_boots, 0),
        (the_last_rows, 120),
        (the_second_half, 1_200),
        (half_a_page, 120),
    ],
)
def test_a_damaged_store_is_set_aside_and_what_can_be_read_keeps_its_epoch_and_numbers(
    bench: Bench, harm: Callable[[Path], None], lost: int
) -> None:
    before = filled(bench)
    with Reader(bench.path) as reader:
        epochs, boots = reader.epochs(), reader.boots()
    in_the_file(bench)
    harm(bench.path)
    damaged = bench.path.read_bytes()
    row = votes_again(bench)
    saved = rows_of(salvaged(bench))
    until(lambda: any("damaged store was set aside" in notice for notice in bench.heard()), "the technician to be told")
    assert (aside.cases(bench.path.parent)[0].folder / "votes.db").read_bytes() == damaged
    assert (row.seq, row.visit) == (1, 1)
    assert set(saved) <= set(before)
    assert len(saved) >= len(before) - lost
    with Reader(salvaged(bench)) as old, Reader(bench.path) as new:
        assert (old.epochs(), [(b.number, b.id) for b in old.boots()]) == (epochs, [(b.number, b.id) for b in boots])
        assert {e.id for e in new.epochs()}.isdisjoint(e.id for e in epochs)


@pytest.mark.parametrize("where", [in_the_file, lambda _: None], ids=["in the database", "in the log"])
def test_the_longest_answers_are_read_too_that_do_not_fit_into_a_page(
    bench: Bench, where: Callable[[Bench], None]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "IDLE_S", 600.0)
        bench.start()
        for n in range(1, 30):
            said = Draft(n, 1, "text", "visit/1", "what", "ก" * (LONGEST - n), "digital", "th", "", 7_000)
            bench.put([a_vote(n), said, an_end(n)], n)
        bench.stop()
    before = rows_of(bench.path)
    where(bench)
    aside.set_aside(bench.path, "on purpose")
    votes_again(bench)
    assert rows_of(salvaged(bench)) == before


def test_random_flips_are_found_and_no_false_row_comes_out(bench: Bench, tmp_path: Path) -> None:
    """Three times: a hundred bits anywhere in use. What comes out is true, and most of it does."""
    before = filled(bench)
    in_the_file(bench)
    sound = bench.path.read_bytes()
    size = page_size(sound) or 0
    used = [n * size for n, page in enumerate(cut(sound)) if any(page[8:])]
    dice = random.Random(3)
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        harmed = Bench(tmp_path / str(number))
        harmed.path.write_bytes(sound)
        flip(harmed.path, [dice.choice(used) + dice.randrange(size) for _ in range(100)])
        why = found(harmed.path)
        assert why, "nothing was found"
        if not aside.cases(harmed.path.parent):
            aside.set_aside(harmed.path, why)
        votes_again(harmed)
        saved = rows_of(salvaged(harmed))
        harmed.stop()
        assert set(saved) <= set(before)
        assert len(saved) > len(before) // 2


@pytest.mark.parametrize(("table", "column"), [("responses", "value"), ("boots", "id"), ("epochs", "serial")])
def test_a_text_that_is_none_is_damage_and_is_told_without_what_stands_there(
    bench: Bench, table: str, column: str
) -> None:
    filled(bench, 20)
    in_the_file(bench)
    with sqlite3.connect(bench.path) as connection:
        connection.execute(f"UPDATE {table} SET {column} = CAST(x'736563726574ff' AS TEXT)")
    connection.close()
    votes_again(bench)
    (case,) = aside.cases(bench.path.parent)
    assert case.why == f"{bench.path}: a text in it is none"


def test_a_foreign_database_in_the_store_s_place_is_set_aside_untouched(bench: Bench) -> None:
    db = Database(bench.path)
    db["addresses"].insert({"name": "somebody"})
    db.close()
    foreign = bench.path.read_bytes()
    votes_again(bench)
    (case,) = aside.cases(bench.path.parent)
    assert (case.folder / "votes.db").read_bytes() == foreign
    assert "another program's database" in case.why
    assert rows_of(salvaged(bench)) == []


def test_a_file_of_anything_at_all_is_set_aside_untouched(bench: Bench) -> None:
    bench.path.write_bytes(b"not a database, but long enough to be looked at" * 1_000)
    votes_again(bench)
    assert rows_of(salvaged(bench)) == []


def test_a_log_that_is_broken_in_its_middle_gives_up_no_vote_in_silence(bench: Bench) -> None:
    """SQLite itself would end the log there and drop what was thanked for after it."""
    rows = voted_without_upkeep(bench, 59)
    wal = disk.wal(bench.path)
    log = Log(wal.read_bytes())
    frames = log.committed()
    flip(wal, [32 + frames[len(frames) // 2] * (24 + log.page_bytes) + 24 + log.page_bytes - 96])
    disk.shm(bench.path).unlink()
    votes_again(bench)
    saved = rows_of(salvaged(bench))
    assert saved == rows, "each row stands in the pages after the broken one, too"
    assert "the log is broken" in aside.cases(bench.path.parent)[0].why


def test_a_log_whose_head_is_gone_gives_up_no_vote_in_silence(bench: Bench) -> None:
    rows = voted_without_upkeep(bench, 59)
    wal = disk.wal(bench.path)
    wal.write_bytes(bytes(32) + wal.read_bytes()[32:])
    disk.shm(bench.path).unlink()
    votes_again(bench)
    assert rows_of(salvaged(bench)) == rows


@pytest.mark.parametrize("byte", [0, 3, 9, 10, 11, 13, 16, 20, 24, 31])
def test_a_flipped_bit_in_the_log_s_head_gives_up_no_vote_in_silence(bench: Bench, byte: int) -> None:
    rows = voted_without_upkeep(bench, 29)
    wal = disk.wal(bench.path)
    sound = wal.read_bytes()
    for bit in range(8):
        wal.write_bytes(sound)
        data = bytearray(sound)
        data[byte] ^= 1 << bit
        log = Log(bytes(data))
        assert not log.sound
        assert log.broken_after(0)
        assert len(log.committed()) == len(Log(sound).committed())
    wal.write_bytes(data)
    disk.shm(bench.path).unlink()
    votes_again(bench)
    assert rows_of(salvaged(bench)) == rows


@pytest.mark.parametrize("size", [1, 8, 16, 31])
def test_a_log_of_a_few_bytes_stops_nobody(bench: Bench, size: int) -> None:
    filled(bench)
    in_the_file(bench)
    disk.wal(bench.path).write_bytes(bytes(size))
    bench.start()
    assert bench.put([a_vote(1)], 1).rows[0].seq == 1_201


def test_a_sector_of_the_log_that_can_t_be_read_is_damage_and_is_read_around(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled(bench)
    in_the_file(bench)
    more = voted_without_upkeep(bench, 40, first=5_000)
    log = disk.wal(bench.path).stat()
    real = os.pread

    def pread(descriptor: int, size: int, at: int) -> bytes:
        found = os.fstat(descriptor)
        if (found.st_ino, found.st_dev) == (log.st_ino, log.st_dev) and at <= 30_000 < at + size:
            raise OSError(errno.EIO, "Input/output error")
        return real(descriptor, size, at)

    monkeypatch.setattr(os, "pread", pread)
    votes_again(bench)
    saved = rows_of(salvaged(bench))
    assert "can't be read" in aside.cases(bench.path.parent)[0].why
    assert set(before) <= set(saved) <= set(before) | set(more)


def test_flips_in_the_header_and_the_schema_never_end_the_taking_of_votes(bench: Bench, tmp_path: Path) -> None:
    """Each of 60 bytes that are read first: the store is taken as it is or set aside, and the next vote is stored."""
    filled(bench, 20)
    in_the_file(bench)
    sound = bench.path.read_bytes()
    schema_bytes = [n for n in range(100, 4_096) if sound[n]]
    dice = random.Random(9)
    for number, byte in enumerate([18, 19, 21, 28, 44, 47, 56, 68, 96, *dice.sample(schema_bytes, 51)]):
        (tmp_path / str(number)).mkdir()
        harmed = Bench(tmp_path / str(number))
        harmed.path.write_bytes(sound)
        flip(harmed.path, [byte])
        votes_again(harmed)
        harmed.stop()


def test_what_was_found_in_a_store_that_is_another_by_now_harms_nobody(bench: Bench) -> None:
    filled(bench)
    bench.start()
    bench.put([a_vote(1)], 1)
    bench.open._suspect("found too late", bench.path.stat().st_ino + 1)  # type: ignore[union-attr]
    assert bench.put([a_vote(2)], 2).rows[0].seq == 1_202
    assert aside.cases(bench.path.parent) == []


def test_a_text_that_can_t_be_written_is_no_damage(bench: Bench) -> None:
    bench.start()
    assert bench.put([a_vote(1)], 1).rows
    assert bench.put([a_vote(2, "\ud800")], 2).error
    assert aside.cases(bench.path.parent) == []
    assert bench.put([a_vote(3)], 3).rows[0].seq == 2


def test_an_epoch_that_gave_its_place_to_another_is_not_dug_up(bench: Bench) -> None:
    """Board A began the file, board B took its first votes: only the log knows, and they are known under B's epoch."""
    bench.start(Board("boot-a", "board-a"))
    until(lambda: begun(bench.path), "the store to begin")
    bench.stop()
    in_the_file(bench)
    bench.start(Board("boot-b", "board-b"))
    rows = [bench.put([a_vote(n)], n).rows[0] for n in range(1, 10)]
    with Reader(bench.path) as reader:
        epochs = reader.epochs()
    bench.open._suspect("on purpose", bench.path.stat().st_ino)  # type: ignore[union-attr]
    bench.put([a_vote(1)], 1)
    with Reader(salvaged(bench)) as reader:
        assert (reader.epochs(), reader.span(1, 99).rows) == (epochs, rows)


def test_a_salvage_without_room_waits_and_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(bench)
    folder = aside.set_aside(bench.path, "on purpose")
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 1 << 20)
    with pytest.raises(StoreError, match="more room on the disk"):
        salvage.salvage(aside.cases(bench.path.parent)[0])
    assert not list(folder.glob("salvaged*"))


def test_a_commit_that_the_power_cut_short_is_no_damage(bench: Bench) -> None:
    rows = voted_without_upkeep(bench, 29)
    wal = disk.wal(bench.path)
    log = Log(wal.read_bytes())
    flip(wal, [32 + log.committed()[-1] * (24 + log.page_bytes) + 24 + log.page_bytes - 96])
    disk.shm(bench.path).unlink()
    bench.start()
    assert bench.put([a_vote(30)], 30).rows[0].seq == 29
    assert aside.cases(bench.path.parent) == []
    assert rows_of(bench.path)[:28] == rows[:28]


def test_a_store_that_turns_bad_while_it_is_open_is_set_aside_and_the_same_press_is_thanked_for(bench: Bench) -> None:
    filled(bench)
    in_the_file(bench)
    bench.start()
    assert bench.put([a_vote(5_000)], 5_000).rows
    with sqlite3.connect(bench.path) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE responses (' WHERE name = 'responses'")
        connection.execute("PRAGMA schema_version=99")
    connection.close()
    settled = bench.put([a_vote(5_001, "3/4")], 5_001)
    assert (settled.error, [r.value for r in settled.rows], settled.rows[0].seq) == ("", ["3/4"], 1)
    assert len(rows_of(salvaged(bench))) == 1_201


def test_an_answer_to_a_vote_in_a_store_that_was_set_aside_meanwhile_is_kept(bench: Bench) -> None:
    bench.start()
    bench.put([a_vote(1)], 1)
    bench.open._jobs.put(store._Damaged("somebody said so", bench.path.stat().st_ino))  # type: ignore[union-attr]
    answer = Draft(1, 1, "choice", "visit/1", "improve", "waiting", "digital", "en", "", 7_000)
    settled = bench.put([answer, an_end(1)], 2)
    assert [(r.kind, r.seq, r.visit) for r in settled.rows] == [("choice", 1, 1)]


def test_what_the_full_check_finds_is_set_aside_while_votes_go_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled(bench)
    in_the_file(bench)
    with sqlite3.connect(bench.path) as connection:
        connection.execute("UPDATE responses SET value = '9/4' WHERE seq = 7")
    connection.close()
    monkeypatch.setattr(upkeep, "CHECK_AFTER_S", 0.0)
    bench.start()
    saved = rows_of(salvaged(bench))
    assert saved == [row for row in before if row.seq != 7]
    assert bench.put([a_vote(1)], 1).rows[0].seq == 1


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, threading.Event]]:
    """A full check that has the file open until it is told to end, and what became of it."""
    events = {"begun": threading.Event(), "ended": threading.Event()}

    def checking(path: Path, stopped: Callable[[], bool], _: object) -> str:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.execute("SELECT count(*) FROM responses").fetchone()
        events["begun"].set()
        until(stopped, "the check to be told to end")
        connection.close()
        events["ended"].set()
        return ""

    monkeypatch.setattr(check, "in_full", checking)
    monkeypatch.setattr(upkeep, "CHECK_AFTER_S", 0.0)
    yield events


@pytest.fixture
def endings(monkeypatch: pytest.MonkeyPatch, checked: dict[str, threading.Event]) -> list[bool]:
    """For each time that a log is made to end behind SQLite's back: whether the check had let go of the file."""
    found: list[bool] = []
    real = wal.ended

    def ended(path: Path) -> contextlib.AbstractContextManager[None]:
        found.append(checked["ended"].is_set())
        return real(path)

    monkeypatch.setattr(wal, "ended", ended)
    return found


def test_after_a_failed_commit_the_full_check_lets_go_of_the_file_before_its_locks_are_dropped(
    bench: Bench, checked: dict[str, threading.Event], endings: list[bool]
) -> None:
    """With it still there, another connection would cut the -shm down under it: that was a bus error."""
    bench.start()
    assert bench.put([a_vote(1)], 1).rows
    assert checked["begun"].wait(20)
    with no_more_writing():
        assert bench.put([a_vote(2)], 2).error
    assert endings[:1] == [True]
    assert bench.put([a_vote(3)], 3).rows[0].seq == 2


def test_a_check_that_does_not_end_keeps_its_locks(
    bench: Bench, checked: dict[str, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    assert bench.put([a_vote(1)], 1).rows
    assert checked["begun"].wait(20)
    with monkeypatch.context() as patch:
        patch.setattr(upkeep.Upkeep, "end_check", lambda _: False)
        with no_more_writing():
            assert bench.put([a_vote(2)], 2).error
        assert locked(bench.path)
        assert bench.put([a_vote(3)], 3).rows
    assert locked(bench.path)


def test_a_store_that_is_sound_passes_the_full_check(bench: Bench) -> None:
    filled(bench)
    assert check.in_full(bench.path, lambda: False, lambda s: None) == ""


def test_a_boot_of_long_ago_is_left_to_the_full_check(bench: Bench) -> None:
    for boot in range(check.LAST_NOTES + 1):
        bench.start(Board(f"boot-{boot}", ""))
        bench.stop()
    in_the_file(bench)
    with sqlite3.connect(bench.path) as connection:
        connection.execute("UPDATE boots SET id = 'another' WHERE number = 1")
        check.look(connection, bench.path)
    connection.close()
    assert check.in_full(bench.path, lambda: False, lambda s: None) == "a row of boots fails its checksum"


def test_a_check_that_is_told_to_stop_finds_nothing(bench: Bench) -> None:
    filled(bench)
    assert check.in_full(bench.path, lambda: True, lambda s: None) == ""


def test_a_card_that_spoils_one_store_after_the_other_is_given_up_in_words(bench: Bench) -> None:
    for number in range(aside.MOST):
        bench.path.write_bytes(f"garbage {number}".encode() * 1_000)
        aside.set_aside(bench.path, "garbage")
    bench.path.write_bytes(b"garbage once more" * 1_000)
    bench.start()
    settled = bench.put([a_vote(1)], 1)
    assert "Replace the card" in settled.error
    assert bench.path.read_bytes() == b"garbage once more" * 1_000


@pytest.mark.parametrize("stop_after", range(1, 11))
def test_setting_aside_that_is_cut_short_is_ended_at_the_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """Killed after each step that makes something last: the rows are there once, wherever it stopped."""
    before = filled(bench)
    steps = iter(range(1, 100))

    class Killed(BaseException):
        pass

    def last(folder: Path) -> None:
        if next(steps) == stop_after:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync_folder", last)
        patch.setattr(disk, "sync_file", last)
        with contextlib.suppress(Killed):
            aside.set_aside(bench.path, "on purpose")
    bench.start()
    bench.put([a_vote(9_999)], 9_999)
    bench.stop()
    kept = {(epoch_of(path, row), row.seq): row for path in everything(bench) for row in rows_of(path)}
    assert [row for row in kept.values() if row.visit != row.seq or row.value != "1/4" or row in before]
    assert set(before) <= set(kept.values())
    assert not list(bench.path.parent.glob("damaged/*.part"))


def everything(bench: Bench) -> list[Path]:
    """The store, and what was set aside as it is: it was sound."""
    return [bench.path, *(case.folder / "votes.db" for case in aside.cases(bench.path.parent))]


def epoch_of(path: Path, row: Response) -> str:
    with Reader(path) as reader:
        return [e.id for e in reader.epochs() if e.first <= row.seq][-1]


def test_a_log_without_its_database_is_kept(bench: Bench) -> None:
    bench.start()
    rows = [bench.put([a_vote(n)], n).rows[0] for n in range(1, 10)]
    bench.stop()
    bench.path.unlink()
    assert votes_again(bench).seq == 1
    assert rows_of(salvaged(bench)) == rows


def test_a_salvage_that_was_cut_short_begins_anew(bench: Bench) -> None:
    before = filled(bench)
    in_the_file(bench)
    folder = aside.set_aside(bench.path, "on purpose")
    (folder / "salvaged.part").write_bytes(b"half")
    votes_again(bench)
    assert rows_of(salvaged(bench)) == before


def test_the_salvage_ends_soon_when_the_kiosk_does(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(bench)
    aside.set_aside(bench.path, "on purpose")
    begun = threading.Event()

    def slow(*_: object, stopped: Callable[[], bool], pause: object) -> None:
        begun.set()
        until(stopped, "the end")

    monkeypatch.setattr("kiosk.salvage.salvage", slow)
    bench.start()
    assert begun.wait(20)
    bench.stop()


def found(path: Path) -> str:
    """What either look finds: the short one when it is opened, or the full one."""
    try:
        connection = schema.connect(path)
    except StoreError as error:
        return str(error)
    try:
        check.look(connection, path)
    except (StoreError, sqlite3.Error) as error:
        return str(error)
    finally:
        connection.close()
    return check.in_full(path, lambda: False, lambda s: None)


def test_two_tables_that_begin_on_one_page_are_damage_before_a_row_is_written(bench: Bench) -> None:
    """With a root of its own gone, the table would look empty, and its numbers be given out once more."""
    before = filled(bench)
    in_the_file(bench)
    with sqlite3.connect(bench.path) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        root = "(SELECT rootpage FROM sqlite_master WHERE name = 'anchors')"
        connection.execute(f"UPDATE sqlite_master SET rootpage = {root} WHERE name = 'responses'")
    connection.close()
    votes_again(bench)
    assert "two tables begin on one page" in aside.cases(bench.path.parent)[0].why
    assert rows_of(salvaged(bench)) == before
