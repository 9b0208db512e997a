"""The judge sees each kind of harm; what it never finds fault with would prove nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from kiosk import schema
from kiosk.reader import Reader
from kiosk.response import checksum_of
from tests.crash.disk import State, content_of
from tests.crash.judge import Promise, judge, put_down

VOTES = 5


ANOTHER_EPOCH = "INSERT INTO epochs VALUES (3, 'f0', 'serial', '', fit(3, 'f0', 'serial', ''))"


@pytest.fixture
def promise(tmp_path: Path) -> Promise:
    """A store with a few votes in it, as promised; each was the last vote of a judge."""
    nothing = Promise([], "serial", {})
    for _ in range(VOTES):
        assert not judge(tmp_path, nothing)
    with Reader(tmp_path / "votes.db") as reader:
        ((epoch),) = reader.epochs()
        return Promise([(epoch.id, row) for row in reader.span(1, VOTES).rows], "serial", {})


def harm(folder: Path, sql: str) -> None:
    """Change a store behind its checksums' back, but for those of the epochs, which are made to fit."""
    connection = schema.connect(folder / "votes.db")
    connection.create_function("fit", 4, lambda *values: checksum_of("epochs", values))
    connection.executescript(sql)
    connection.close()


def test_a_store_as_promised_is_well(tmp_path: Path, promise: Promise) -> None:
    assert not judge(tmp_path, promise)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM responses WHERE seq = 5", "row 5 was thanked for, found None"),
        ("DELETE FROM responses", "row 1 was thanked for, found None"),
        ("DELETE FROM responses WHERE seq >= 4", "row 4 was thanked for, found None"),
        ("UPDATE epochs SET id = 'f', crc = fit(first, 'f', serial, reason)", "row 1 was thanked for in epoch"),
        (ANOTHER_EPOCH, "row 3 was thanked for in epoch"),
    ],
)
def test_a_thanked_row_that_is_gone_or_in_another_epoch_is_lost(
    tmp_path: Path, promise: Promise, sql: str, said: str
) -> None:
    harm(tmp_path, sql)
    assert said in judge(tmp_path, promise).lost


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM responses WHERE seq = 2", "numbers with gaps"),
        ("UPDATE responses SET seq = 9 WHERE seq = 5", "the store was set aside"),
        ("UPDATE responses SET value = '4/4 ' WHERE seq = 3", "the store was set aside"),
        ("DROP TABLE boots", "the store was set aside"),
        (
            "CREATE INDEX i ON responses(ms); PRAGMA writable_schema=ON; "
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON responses(value)' WHERE name = 'i'",
            "integrity check: ",
        ),
    ],
)
def test_a_store_that_is_harmed_otherwise_is_corrupt(tmp_path: Path, promise: Promise, sql: str, said: str) -> None:
    harm(tmp_path, sql)
    assert said in judge(tmp_path, promise).corrupt


def test_a_row_that_is_another_now_is_lost(tmp_path: Path, promise: Promise) -> None:
    epoch, row = promise.thanked[0]
    other = msgspec.structs.replace(promise, thanked=[(epoch, msgspec.structs.replace(row, value="1/4"))])
    assert "row 1 was thanked for, found" in judge(tmp_path, other).lost


def test_rows_may_go_over_to_a_newer_epoch_only_where_a_fork_was_told(tmp_path: Path, promise: Promise) -> None:
    epoch, _ = promise.thanked[0]
    harm(tmp_path, ANOTHER_EPOCH)
    assert not judge(tmp_path, msgspec.structs.replace(promise, forks={epoch: 3}))
    assert judge(tmp_path, msgspec.structs.replace(promise, forks={epoch: 4})).lost


@pytest.mark.parametrize(
    ("sql", "well"),
    [
        ("DELETE FROM responses WHERE seq <= 2", True),
        ("DELETE FROM responses WHERE seq = 2", True),
        ("DELETE FROM responses WHERE seq = 3", False),
        ("UPDATE responses SET value = '1/4' WHERE seq = 2", False),
    ],
)
def test_rows_that_may_go_may_be_absent_and_no_others(tmp_path: Path, promise: Promise, sql: str, well: bool) -> None:
    harm(tmp_path, sql)
    assert bool(judge(tmp_path, msgspec.structs.replace(promise, may_go=2))) is not well


def test_a_file_that_is_no_store_is_no_state_that_a_cut_leaves(tmp_path: Path) -> None:
    put_down(State({"votes.db": content_of(b"x" * 5_000)}), tmp_path / "state")
    assert "the store was set aside" in judge(tmp_path / "state", Promise([], "serial", {})).corrupt


def test_a_folder_that_takes_no_store_takes_no_vote(tmp_path: Path) -> None:
    (tmp_path / "votes.db").mkdir()
    assert "takes no vote" in judge(tmp_path, Promise([], "serial", {})).corrupt


def test_a_state_is_put_down_as_it_is_and_nothing_else_stays(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    put_down(State({"votes.db": content_of(b"1", 9), "votes.db-wal": content_of(b"2")}), folder, stale=b"3")
    assert (folder / "votes.db").read_bytes() == b"1".ljust(9, b"\0")
    assert (folder / "votes.db-shm").read_bytes() == b"3"
    put_down(State({"f/a": content_of(b"4")}, frozenset({"f"})), folder)
    assert [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))] == ["f", "f/a"]
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(f"file:{folder}/votes.db?mode=ro", uri=True)
