"""Logs as SQLite itself writes them: what was committed comes out; whatever else the bytes are, nothing raises."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import disk
from kiosk.frames import Log, _sum, renewed
from kiosk.pages import SIZES

FRAME = 24 + 4096


@given(st.binary(max_size=5_000))
def test_any_bytes_at_all_are_read_without_an_error(data: bytes) -> None:
    log = Log(data)
    log.committed()
    log.broken_after(0)


class Wal:
    """A log of `commits` transactions of one frame or more each, as a power cut leaves it."""

    def __init__(self, folder: Path, commits: int = 6, page_bytes: int = 4096) -> None:
        self.path = folder / "t.db"
        self._frame = 24 + page_bytes
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute(f"PRAGMA page_size={page_bytes}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for n in range(commits):
            connection.execute("INSERT INTO t VALUES (?, ?)", (n, "x" * 50))
        with disk.kept_side_files(self.path):
            connection.close()
        self.data = bytearray(disk.wal(self.path).read_bytes())

    def log(self) -> Log:
        return Log(bytes(self.data))

    def flip(self, frame: int, at: int = 500) -> None:
        self.data[32 + frame * self._frame + at] ^= 1


def test_a_whole_log_is_committed_to_its_end_and_not_broken(tmp_path: Path) -> None:
    log = Wal(tmp_path).log()
    assert (log.sound, len(log), log.committed()) == (True, 6, [0, 1, 2, 3, 4, 5])
    assert all(log.follows(n) for n in range(6))
    assert not log.broken_after(6)
    assert not log.broken_after(5), "the last commit alone proves nothing"
    assert log.broken_after(4), "one that begins behind it does"


def test_a_tear_in_the_last_commit_is_none(tmp_path: Path) -> None:
    wal = Wal(tmp_path)
    wal.flip(5)
    assert not wal.log().broken_after(5)
    assert wal.log().committed() == [0, 1, 2, 3, 4]


def test_a_frame_in_the_middle_that_is_wrong_is_damage_and_what_follows_is_kept(tmp_path: Path) -> None:
    wal = Wal(tmp_path)
    wal.flip(2)
    assert not wal.log().follows(2)
    assert wal.log().broken_after(2)
    assert wal.log().committed() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("page_bytes", SIZES)
@pytest.mark.parametrize("flipped", [(), (0, 1), (3,)], ids=["whole", "its first frames too", "one in the middle too"])
def test_a_log_without_its_head_is_damage(tmp_path: Path, page_bytes: int, flipped: tuple[int, ...]) -> None:
    wal = Wal(tmp_path, page_bytes=page_bytes)
    wal.data[:32] = bytes(32)
    for frame in flipped:
        wal.flip(frame)
    assert not wal.log().sound
    assert wal.log().page_bytes == page_bytes
    assert wal.log().broken_after(0)
    assert wal.log().committed() == [0, 1, 2, 3, 4, 5]


def test_a_log_written_by_a_machine_of_the_other_byte_order_is_read_too(tmp_path: Path) -> None:
    """Its sums are the same numbers of words read the other way round; made here by hand, since no such machine is."""
    wal = Wal(tmp_path, 2)
    head = bytearray(wal.data[:24])
    head[0:4] = (0x377F0683).to_bytes(4, "big")
    sums = _sum(">", bytes(head), bytes(8))
    data = bytearray(bytes(head) + sums)
    for frame in range(2):
        at = 32 + frame * FRAME
        piece = bytearray(wal.data[at : at + FRAME])
        sums = _sum(">", bytes(piece[:8] + piece[24:]), sums)
        piece[16:24] = sums
        data += piece
    log = Log(bytes(data))
    assert (log.sound, log.committed(), log.follows(1)) == (True, [0, 1], True)
    data[:32] = bytes(32)
    assert Log(bytes(data)).committed() == [0, 1]


def test_a_log_that_is_begun_anew_has_a_sound_head_and_no_frames(tmp_path: Path) -> None:
    wal = Wal(tmp_path)
    wal.data[:32] = renewed(bytes(wal.data[:32]), b"salt")
    assert (wal.log().sound, wal.log().committed(), wal.log().broken_after(0)) == (True, [], False)
    disk.wal(wal.path).write_bytes(wal.data)
    disk.shm(wal.path).unlink()
    with contextlib.closing(sqlite3.connect(wal.path)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_frames_of_an_older_log_and_kept_room_are_nothing(tmp_path: Path) -> None:
    wal = Wal(tmp_path)
    older = bytes(wal.data[32:])
    wal.data += older.replace(bytes(wal.data[40:48]), b"\1\2\3\4\5\6\7\10") + bytes(4 * FRAME)
    assert wal.log().committed() == [0, 1, 2, 3, 4, 5]
    assert not wal.log().broken_after(6)
    assert not Log(bytes(32 + 4 * FRAME)).broken_after(0)
