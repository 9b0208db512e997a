"""sync.db: the watermark goes back for a rewind alone, everything outlives the process, trouble is told in words."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk import disk
from kiosk.reader import sync_status
from sync.errors import StateError
from sync.state import SyncState
from tests.disks import small_disk

A, B = "00c0ffee00c0ffee", "11c0ffee11c0ffee"
HINT = "Is the folder there and writable, and the file sync's own?"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sync.db"


@pytest.fixture
def state(path: Path) -> Iterator[SyncState]:
    state = SyncState(path)
    yield state
    state.close()


def test_an_epoch_nobody_has_heard_of_has_no_watermark(state: SyncState) -> None:
    assert state.watermark(A) is None


def test_the_watermark_goes_on_and_never_back_by_an_acknowledgement(state: SyncState) -> None:
    for ack, watermark in [(5, 5), (9, 9), (3, 9), (9, 9), (10, 10)]:
        state.acknowledge(A, ack)
        assert state.watermark(A) == watermark
    assert state.watermark(B) is None


def test_the_watermark_goes_back_by_a_rewind_and_never_on(state: SyncState) -> None:
    state.acknowledge(A, 9)
    state.acknowledge(B, 9)
    for have, watermark in [(12, 9), (4, 4), (6, 4), (0, 0)]:
        state.rewind(A, have)
        assert state.watermark(A) == watermark
    assert state.watermark(B) == 9


def test_a_rewind_of_an_epoch_without_a_watermark_makes_none(state: SyncState) -> None:
    state.rewind(A, 7)
    assert state.watermark(A) is None


def test_a_fork_that_is_told_again_only_ever_begins_earlier(state: SyncState) -> None:
    assert state.forked_at(A) is None
    for seq, forked_at in [(9, 9), (12, 9), (4, 4)]:
        state.fork(A, seq)
        assert state.forked_at(A) == forked_at
    assert state.forked_at(B) is None


def test_rows_are_set_aside_for_their_own_epoch_and_keep_their_first_reason(state: SyncState, path: Path) -> None:
    state.set_aside(A, 3, "422 batch")
    state.set_aside(A, 3, "another reason")
    state.set_aside(A, 7, "422 batch")
    state.set_aside(B, 5, "422 batch")
    assert state.aside(A, 1, 10) == {3, 7}
    assert state.aside(A, 3, 6) == {3}
    assert state.aside(A, 4, 6) == set()
    assert state.aside(B, 1, 10) == {5}
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT reason FROM aside WHERE seq = 3").fetchall() == [("422 batch",)]
    connection.close()


def test_the_last_word_under_a_key_is_kept_and_the_same_again_writes_nothing(state: SyncState, path: Path) -> None:
    assert state.noted("problem") == ""
    state.note("problem", "no answer")
    state.note("alarm", "a fork")
    with sqlite3.connect(path) as connection:
        before = connection.execute("PRAGMA data_version").fetchone()
        state.note("problem", "no answer")
        assert connection.execute("PRAGMA data_version").fetchone() == before
        state.note("problem", "")
        assert connection.execute("PRAGMA data_version").fetchone() != before
    connection.close()
    assert (state.noted("problem"), state.noted("alarm")) == ("", "a fork")


def test_a_boot_has_one_anchor_of_the_endpoint_s_the_latest(state: SyncState, path: Path) -> None:
    state.anchor("boot-one", 1_000, 1_790_000_000_000)
    state.anchor("boot-one", 9_000, 1_790_000_008_000)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM anchors").fetchall() == [("boot-one", 9_000, 1_790_000_008_000)]
    connection.close()


def test_everything_survives_the_end_of_the_process(path: Path) -> None:
    state = SyncState(path)
    state.acknowledge(A, 9)
    state.fork(A, 12)
    state.set_aside(A, 3, "422 batch")
    state.note("alarm", "a fork")
    state.close()
    again = SyncState(path)
    assert again.watermark(A) == 9
    assert again.forked_at(A) == 12
    assert again.aside(A, 1, 9) == {3}
    assert again.noted("alarm") == "a fork"
    again.close()


def test_what_was_written_survives_a_process_that_was_killed(path: Path) -> None:
    code = "import os, pathlib, sys; from sync.state import SyncState; s = SyncState(pathlib.Path(sys.argv[1]));"
    code += "s.acknowledge(sys.argv[2], 9); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(path), A], check=False).returncode == -9
    state = SyncState(path)
    assert state.watermark(A) == 9
    state.close()


def test_the_kiosk_can_read_it_while_sync_has_it_open(state: SyncState, path: Path) -> None:
    state.acknowledge(A, 9)
    state.fork(A, 12)
    status = sync_status(path)
    assert (status.watermarks, status.forks) == ({A: 9}, {A: 12})


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "sync.db"
    with pytest.raises(StateError) as caught:
        SyncState(path)
    assert str(caught.value) == f"{path}: can't be opened (unable to open database file). {HINT}"


def test_a_file_that_is_no_database_is_set_aside_as_it_was_and_a_new_one_begun(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    before = path.read_bytes()
    state = SyncState(path)
    state.acknowledge(A, 5)
    state.close()
    assert sync_status(path).watermarks == {A: 5}
    assert path.with_name("sync.db.damaged-1").read_bytes() == before
    assert "everything is sent again" in caplog.text


def test_a_file_that_is_damaged_while_it_is_open_is_set_aside_and_work_goes_on(path: Path) -> None:
    state = SyncState(path)
    for n in range(400):
        state.acknowledge(f"{n:016x}", n)
    state.close()
    with path.open("r+b") as file:  # the roots of the tables, and what hangs on them
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    disk.wal(path).unlink()
    disk.shm(path).unlink()
    state = SyncState(path)
    state.acknowledge(A, 7)
    assert state.watermark(A) == 7
    state.close()
    assert len(list(path.parent.glob("sync.db.damaged-*"))) == 1


def test_on_a_full_disk_acknowledgements_go_on_being_recorded() -> None:
    with small_disk(8) as disk:
        path = disk.path / "sync.db"
        SyncState(path).close()
        disk.fill()
        for start in (0, 1_000):  # and after a restart, too
            state = SyncState(path)
            for seq in range(start, start + 1_000):
                state.acknowledge(A, seq)
                state.note("contact", str(seq))
            state.close()
        assert sync_status(path).watermarks == {A: 1_999}


def test_a_file_that_can_t_be_written_is_told_in_words(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateError) as caught:
        SyncState(path)
    assert str(caught.value) == f"{path}: can't be opened (unable to open database file). {HINT}"


def test_a_disk_that_is_full_is_told_in_words_and_what_was_known_stays(state: SyncState, path: Path) -> None:
    state.acknowledge(A, 9)
    state._run("PRAGMA max_page_count = 1")  # SQLite says the same as on a full disk
    with pytest.raises(StateError) as caught:
        for seq in range(100_000):
            state.set_aside(A, seq, "x" * 1_000)
    assert str(caught.value) == f"{path}: database or disk is full. Is the disk full or read-only?"
    assert state.watermark(A) == 9
    state.acknowledge(A, 10)  # a row that is there already needs no new page
    assert state.watermark(A) == 10


def test_a_write_waits_for_another_connection_s_and_gives_up_in_words(state: SyncState, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    state._run("PRAGMA busy_timeout = 1")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError) as caught:
        state.acknowledge(A, 9)
    assert str(caught.value) == f"{path}: database is locked. Is the disk full or read-only?"
    other.execute("ROLLBACK")
    other.close()
    state.acknowledge(A, 9)
    assert state.watermark(A) == 9


def test_a_sync_db_that_is_made_to_be_read_for_ever_stops_no_kiosk(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        endless = (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'e' epoch, count(*) seq FROM n"
        )
        connection.execute(f"CREATE VIEW watermarks AS {endless}")
    assert sync_status(path).watermarks == {}


def test_the_one_set_aside_never_takes_the_name_of_another(path: Path) -> None:
    kept = path.with_name("sync.db.damaged-2")
    kept.write_bytes(b"of an earlier time")
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    SyncState(path).close()
    assert kept.read_bytes() == b"of an earlier time"
    assert path.with_name("sync.db.damaged-3").exists()


def test_two_threads_may_write_at_one_time(path: Path) -> None:
    state = SyncState(path)

    def write(key: str) -> None:
        for number in range(300):
            state.note(key, str(number))
            assert state.noted(key) == str(number)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(write, key) for key in ("one", "other")]:
            future.result(60)
    state.close()
