"""The store is heard when it is written to, also where it is made later; a commit under way is seen by its lock."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import disk
from kiosk.reader import Reader
from sync.stirs import Ear, is_written, store_ear
from tests.conftest import ROOT
from tests.test_outbox import Desk

WRITER = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA journal_mode=WAL")
base.execute("CREATE TABLE IF NOT EXISTS votes (face)")
for line in sys.stdin:
    base.execute(line)
    print("done", flush=True)
"""


class Writer:
    """A process that writes to a database, step by step."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.does("SELECT 1")

    def does(self, sql: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{sql}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class Watches:
    """Notes what a sleeper would be told to watch."""

    def __init__(self) -> None:
        self.watched: set[int] = set()

    def __call__(self, seconds: float) -> bool:
        raise NotImplementedError

    def ring(self) -> None:
        raise NotImplementedError

    def watch(self, descriptor: int) -> None:
        self.watched.add(descriptor)

    def forget(self, descriptor: int) -> None:
        self.watched.remove(descriptor)


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    return tmp_path / "votes.db"


@pytest.fixture
def writer(votes: Path) -> Iterator[Writer]:
    writer = Writer(votes)
    yield writer
    writer.kill()


@pytest.fixture
def ear(votes: Path) -> Iterator[Ear]:
    with contextlib.closing(store_ear(votes)) as ear:
        assert ear.stirred(), "nobody listened before"
        yield ear


def test_each_commit_of_the_store_is_heard_and_reading_it_is_not(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with contextlib.closing(store_ear(desk.bench.path)) as ear:
        assert ear.stirred()
        assert not ear.stirred()
        for _ in range(3):
            desk.vote()
            assert ear.stirred()
            with Reader(desk.bench.path) as reader:
                assert reader.last()
            assert not ear.stirred()
    desk.state.close()
    desk.bench.stop()


def test_a_store_that_is_made_later_or_anew_is_heard(ear: Ear, votes: Path) -> None:
    assert not ear.stirred()
    writer = Writer(votes)
    assert ear.stirred()
    writer.kill()
    votes.rename(votes.with_name("aside.db"))
    disk.wal(votes).unlink()
    ear.stirred()
    writer = Writer(votes)
    assert ear.stirred()
    writer.does("INSERT INTO votes VALUES (1)")
    assert ear.stirred()
    writer.kill()


def test_what_else_is_written_beside_the_store_is_not_heard(ear: Ear, votes: Path) -> None:
    votes.with_name("other.db").write_text("other")
    (votes.parent / "sync").mkdir()
    disk.shm(votes).write_text("an index, which readers may write")
    assert not ear.stirred()


def test_an_ear_is_deaf_where_there_is_no_folder_and_hears_once_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with contextlib.closing(Ear(folder, ["request"])) as ear:
        assert (ear.stirred(), ear.deaf) == (True, True)
        folder.mkdir()
        assert (ear.stirred(), ear.deaf) == (True, False)
        assert not ear.stirred()
        (folder / "request").touch()
        assert ear.stirred()
        (folder / "request").unlink()
        folder.rmdir()
        assert (ear.stirred(), ear.deaf) == (True, True), "the folder is gone: anything may have happened"


def test_a_sleeper_watches_what_is_heeded_and_nothing_that_is_gone(tmp_path: Path) -> None:
    folder, sleeper = tmp_path / "folder", Watches()
    folder.mkdir()
    with contextlib.closing(Ear(folder, ["request"])) as ear:
        ear.heed(sleeper, True)
        assert sleeper.watched == set(), "it is deaf"
        ear.stirred()
        ear.heed(sleeper, True)
        ear.heed(sleeper, True)
        assert sleeper.watched == {ear._notices.descriptor}
        ear.heed(sleeper, False)
        assert sleeper.watched == set()
        ear.heed(sleeper, True)
        folder.rmdir()
        ear.stirred()
        ear.heed(sleeper, True)
        assert sleeper.watched == set()


def test_a_commit_under_way_is_seen_though_its_rows_are_not(writer: Writer, votes: Path) -> None:
    assert not is_written(votes)
    writer.does("BEGIN IMMEDIATE")
    assert is_written(votes)
    writer.does("INSERT INTO votes VALUES (1)")
    assert is_written(votes)
    writer.does("COMMIT")
    assert not is_written(votes)
    with contextlib.closing(sqlite3.connect(votes)) as base:
        assert base.execute("SELECT count(*) FROM votes").fetchone() == (1,)


def test_who_reads_is_not_taken_for_a_writer_and_a_dead_one_writes_no_more(writer: Writer, votes: Path) -> None:
    writer.does("BEGIN")
    writer.does("SELECT * FROM votes")
    assert not is_written(votes)
    writer.does("COMMIT")
    writer.does("BEGIN IMMEDIATE")
    writer.kill()
    assert not is_written(votes)


def test_to_ask_takes_no_lock_away_from_this_process(votes: Path) -> None:
    with contextlib.closing(sqlite3.connect(votes, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE votes (face)")
        base.execute("BEGIN IMMEDIATE")
        assert is_written(votes)
        assert is_written(votes)
        base.execute("ROLLBACK")
        assert not is_written(votes)


def test_a_store_that_is_not_there_is_written_by_nobody(votes: Path) -> None:
    assert not is_written(votes)
