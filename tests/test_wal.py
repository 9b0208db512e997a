"""The log of a database, written to behind SQLite's back where a disk has not a block free."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from kiosk import disk, schema, wal
from kiosk.errors import StoreError
from kiosk.reader import Reader
from tests.test_store import Bench, a_vote

VOTES = 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with votes that stand in its log."""
    bench = Bench(tmp_path)
    bench.start()
    for n in range(1, VOTES + 1):
        assert bench.put([a_vote(n)], n).rows
    bench.stop()
    return bench.path


def no_room(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """So often SQLite can't lay its index down."""
    real, left = schema._set_up, iter(range(times))

    def set_up(connection: sqlite3.Connection, path: Path) -> None:
        if next(left, None) is not None:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
            raise error
        real(connection, path)

    monkeypatch.setattr(schema, "_set_up", set_up)


def kept(path: Path) -> int:
    with Reader(path) as reader:
        return len(reader.span(1, reader.last()).rows)


def test_a_full_disk_gets_room_for_the_index_from_what_the_log_keeps(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = disk.wal(path).stat().st_size
    no_room(monkeypatch, 2)
    connection = schema.connect(path)
    assert size - disk.wal(path).stat().st_size == 2 << 16
    assert kept(path) == VOTES
    connection.close()


def test_frames_are_never_given_away_for_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_room(monkeypatch, 1_000)
    with pytest.raises(StoreError, match="Is the disk full"):
        schema.connect(path)
    monkeypatch.undo()
    assert kept(path) == VOTES


def test_without_a_log_there_is_no_room_to_give(path: Path) -> None:
    disk.wal(path).unlink()
    assert not wal.give_room(path)


def test_a_disk_that_takes_nothing_from_the_log_is_told_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("Read-only file system")

    monkeypatch.setattr(os, "ftruncate", refused)
    no_room(monkeypatch, 1)
    with pytest.raises(StoreError, match="disk I/O error"):
        schema.connect(path)
