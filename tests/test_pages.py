"""Pages and logs as SQLite itself writes them: every record comes out; whatever else the bytes are, nothing raises."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk import disk
from kiosk.pages import Log, Record, _sum, brute, page_size, records, renewed

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    st.binary(max_size=60),
)
FRAME = 24 + 4096


def pages_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + 4096] for at in range(0, len(data), 4096)]


def a_table(path: Path, rows: list[tuple[object, ...]], *, wal: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)")
    connection.executemany("INSERT INTO t (id, a, b, c) VALUES (?, ?, ?, ?)", rows)
    return connection


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.integers(-(2**63), 2**63 - 1), st.tuples(VALUES, VALUES, VALUES), max_size=60))
def test_every_row_that_sqlite_writes_is_read(tmp_path: Path, rows: dict[int, tuple[object, ...]]) -> None:
    path = tmp_path / "t.db"
    path.unlink(missing_ok=True)
    a_table(path, [(id_, *values) for id_, values in rows.items()]).close()
    found = {r for n, page in enumerate(pages_of(path)) for r in records(page, first=n == 0) if len(r.values) == 4}
    # SQLite writes a whole float as an integer, and reads it back as a float for a column that asks for one.
    assert {(r.rowid, r.values[1:]) for r in found} == set(rows.items())


def test_the_second_copy_in_an_index_is_read(tmp_path: Path) -> None:
    connection = a_table(tmp_path / "t.db", [(7, "x", 2, b"y")])
    connection.execute("CREATE INDEX again ON t (a, b, c)")
    connection.close()
    found = [r for n, page in enumerate(pages_of(tmp_path / "t.db")) for r in records(page, first=n == 0)]
    assert Record(None, ("x", 2, b"y", 7)) in found


@pytest.mark.parametrize("harm", [0, 3, 4, 8, 9], ids=["its kind", "its count", "its count", "a place", "a place"])
def test_a_page_whose_own_list_is_broken_gives_its_rows_all_the_same(tmp_path: Path, harm: int) -> None:
    rows = [(n, f"row {n}", n * 1_000, "z" * 40) for n in range(1, 30)]
    a_table(tmp_path / "t.db", rows).close()
    page = bytearray(pages_of(tmp_path / "t.db")[1])
    page[harm] ^= 0xFF
    found = {(r.rowid, *r.values[1:]) for r in [*records(bytes(page)), *brute(bytes(page))] if len(r.values) == 4}
    assert set(rows) <= found


@given(st.binary(max_size=5_000), st.booleans())
def test_any_bytes_at_all_are_read_without_an_error(data: bytes, first: bool) -> None:
    list(records(data, first=first))
    list(brute(data[:600]))
    page_size(data)
    log = Log(data)
    log.committed()
    log.broken_after(0)


@given(st.integers(0, 4095), st.integers(0, 255), st.sampled_from([10, 13]))
def test_a_page_with_any_byte_changed_is_read_without_an_error(at: int, byte: int, kind: int) -> None:
    page = bytearray(4096)
    page[0], page[3:5], page[8:10] = kind, (0, 1), (15, 160)
    page[4000:4008] = b"\x06\x01\x04\x00\x01\x09\x08\x00"
    page[at] = byte
    list(records(bytes(page)))


def test_a_page_size_is_told_from_a_whole_header_only(tmp_path: Path) -> None:
    a_table(tmp_path / "t.db", []).close()
    head = (tmp_path / "t.db").read_bytes()[:100]
    assert page_size(head) == 4096
    assert page_size(head[:16] + b"\0\1" + head[18:]) == 65536
    for wrong in (head[:99], b"x" + head[1:], head[:16] + b"\x0f\x00" + head[18:], head[:16] + b"\0\x10" + head[18:]):
        assert page_size(wrong) is None


class Wal:
    """A log of `commits` transactions of one frame or more each, as a power cut leaves it."""

    def __init__(self, folder: Path, commits: int = 6) -> None:
        self.path = folder / "t.db"
        connection = a_table(self.path, [], wal=True)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for n in range(commits):
            connection.execute("INSERT INTO t VALUES (?, ?, NULL, NULL)", (n, "x" * 50))
        with disk.kept_side_files(self.path):
            connection.close()
        self.data = bytearray(disk.wal(self.path).read_bytes())

    def log(self) -> Log:
        return Log(bytes(self.data))

    def flip(self, frame: int, at: int = 2_000) -> None:
        self.data[32 + frame * FRAME + at] ^= 1


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


def test_a_log_without_its_head_is_damage(tmp_path: Path) -> None:
    wal = Wal(tmp_path)
    wal.data[:32] = bytes(32)
    assert not wal.log().sound
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
