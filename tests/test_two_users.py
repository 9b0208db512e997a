"""Kiosk and sync as two users of the system: sync reads every vote, and can't write one, whatever it tries.

The folders are as the units make them: the kiosk's is its own (02750: files in it get the group that both share,
and only the kiosk makes any), with a umask of 027; sync's likewise the other way round. Needs root, or sudo without
a password, to become two throw-away users.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.other_user import KIOSK, SHARED, SYNC

SUFFIXES = ("", "-wal", "-shm")


def as_root(test: Callable[..., None]) -> Callable[..., None]:
    """Runs the test here where this is root, else once more under sudo."""

    @functools.wraps(test)
    def run(**given: Any) -> None:
        if os.geteuid() == 0:
            test(**given)
            return
        assert shutil.which("sudo"), "two users are needed: run the tests as root, or install sudo"
        node = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
        again = ["sudo", "-n", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", node]
        done = subprocess.run(again, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"as root, by sudo without a password: {done.stdout}{done.stderr}"

    return run


class Other:
    """A process of another user that does what it is asked: one of the roles there."""

    def __init__(self, role: str, house: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.other_user", role, str(house)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, *values: Any) -> Any:
        """The answer; an error of its own as ``"StoreError: …"``."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([what, *values]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline() or '"it has ended"')

    def kill(self) -> None:
        self._process.kill()
        self._gone()

    def end(self) -> None:
        """Close everything in order and end."""
        if self._process.poll() is None:
            assert self.ask("close") is None
        self.kill()

    def _gone(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            with contextlib.suppress(OSError):
                pipe.close()


class House:
    """The two folders, and whoever works in them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.votes = path / "kiosk" / "votes.db"
        path.chmod(0o755)
        for name, owner in (("kiosk", KIOSK), ("sync", SYNC)):
            (path / name).mkdir()
            os.chown(path / name, owner, SHARED)
            (path / name).chmod(0o2750)
        self._others: list[Other] = []

    def start(self, role: str) -> Other:
        other = Other(role, self.path)
        self._others.append(other)
        return other

    def close(self) -> None:
        for other in self._others:
            other.kill()
        shutil.rmtree(self.path)

    def side_files(self) -> list[str]:
        return sorted(path.name for path in self.votes.parent.iterdir() if path != self.votes)


@pytest.fixture
def house() -> Iterator[House]:
    if os.geteuid() != 0:
        yield None  # type: ignore[misc]  # the test runs elsewhere
        return
    # Not under pytest's own folder, which no other user may enter.
    house = House(Path(tempfile.mkdtemp(prefix="moodpost-", dir="/tmp")))
    yield house
    house.close()


@as_root
def test_sync_sees_every_vote_as_soon_as_it_is_thanked_for(house: House) -> None:
    kiosk, sync = house.start("kiosk"), house.start("sync")
    for seq in range(1, 41):
        assert kiosk.ask("vote") == seq
        assert sync.ask("rows") == seq
    assert sync.ask("send") == 40


@as_root
def test_the_system_itself_denies_sync_every_way_of_writing_votes(house: House) -> None:
    kiosk, sync = house.start("kiosk"), house.start("sync")
    kiosk.ask("vote")
    sync.ask("rows")
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in house.votes.parent.iterdir()} == {
        f"votes.db{suffix}": "0o640" for suffix in SUFFIXES
    }
    for suffix in SUFFIXES:
        for how in ("open", "truncate", "unlink", "replace", "chmod"):
            assert sync.ask("attack", how, suffix) == "PermissionError", (how, suffix)
    # Not even a file that SQLite would take for its own journal and play back.
    for suffix in ("-journal", "-wal2", "-mj"):
        assert sync.ask("attack", "make", suffix) == "PermissionError"
    for sql in ("DELETE FROM responses", "INSERT INTO boots (id) VALUES ('x')", "PRAGMA user_version = 7"):
        assert sync.ask("sql", sql) == "OperationalError: attempt to write a readonly database"
    assert kiosk.ask("vote") == 2
    assert sync.ask("rows") == 2


@as_root
def test_the_kiosk_reads_what_sync_leaves_and_cannot_write_it(house: House) -> None:
    kiosk, sync = house.start("kiosk"), house.start("sync")
    for _ in range(3):
        kiosk.ask("vote")
    assert sync.ask("send") == 3
    assert kiosk.ask("watermarks") == [3]
    for suffix in SUFFIXES:
        for how in ("open", "truncate", "unlink", "replace"):
            assert kiosk.ask("attack", how, suffix) == "PermissionError", (how, suffix)
    sync.kill()
    assert kiosk.ask("watermarks") == [3]
    kiosk.ask("vote")
    assert house.start("sync").ask("send") == 4
    assert kiosk.ask("watermarks") == [4]


def leave_as_they_are(house: House) -> None:
    assert house.side_files() == ["votes.db-shm", "votes.db-wal"]


def leave_none(house: House) -> None:
    with sqlite3.connect(house.votes) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for name in house.side_files():
        (house.votes.parent / name).unlink()


def leave_empty_ones(house: House) -> None:
    leave_none(house)
    for suffix in SUFFIXES[1:]:
        path = house.votes.with_name(f"votes.db{suffix}")
        path.touch(mode=0o640)
        os.chown(path, KIOSK, SHARED)


@pytest.mark.parametrize("leave", [leave_as_they_are, leave_empty_ones])
@as_root
def test_without_the_kiosk_sync_reads_on_as_long_as_both_side_files_are_there(
    house: House, leave: Callable[[House], None]
) -> None:
    """As a power cut or SIGKILL leaves them, or empty: what sync can't write it need not write."""
    kiosk = house.start("kiosk")
    for _ in range(5):
        kiosk.ask("vote")
    kiosk.kill()
    leave(house)
    sync = house.start("sync")
    assert sync.ask("rows") == 5
    assert sync.ask("send") == 5
    kiosk = house.start("kiosk")
    assert kiosk.ask("vote") == 6
    assert sync.ask("begin") == 6
    assert kiosk.ask("vote") == 7
    assert (sync.ask("again"), sync.ask("rows")) == (6, 7), "a transaction sees one state, a new one the next"
    for seq in range(8, 20):
        assert kiosk.ask("vote") == seq
    assert kiosk.ask("checkpoint") is None
    assert (sync.ask("again"), sync.ask("rows")) == (6, 19)
    assert sync.ask("commit") is None
    assert sync.ask("send") == 19


@as_root
def test_without_side_files_sync_waits_and_goes_on_when_the_kiosk_is_back(house: House) -> None:
    kiosk = house.start("kiosk")
    kiosk.ask("vote")
    kiosk.end()
    leave_none(house)
    sync = house.start("sync")
    assert sync.ask("rows").startswith("StoreError: ")
    assert sync.ask("send") is None
    kiosk = house.start("kiosk")
    assert kiosk.ask("vote") == 2
    assert sync.ask("rows") == 2
    assert sync.ask("send") == 2


@as_root
def test_a_kiosk_that_ends_while_sync_looks_leaves_it_reading(house: House) -> None:
    kiosk, sync = house.start("kiosk"), house.start("sync")
    for _ in range(3):
        kiosk.ask("vote")
    assert sync.ask("begin") == 3
    kiosk.end()
    assert (sync.ask("again"), sync.ask("commit"), sync.ask("rows")) == (3, None, 3)
    kiosk = house.start("kiosk")
    assert kiosk.ask("vote") == 4
    assert sync.ask("rows") == 4


@as_root
def test_a_sync_that_never_ends_its_reading_stops_no_vote(house: House) -> None:
    """Neither those of the kiosk at work nor those of one that starts again: who sends must not be able to."""
    kiosk, sync = house.start("kiosk"), house.start("sync")
    assert kiosk.ask("vote") == 1
    assert sync.ask("begin") == 1
    assert kiosk.ask("vote") == 2
    kiosk.kill()
    kiosk = house.start("kiosk")
    assert kiosk.ask("vote") == 3
    assert (sync.ask("again"), sync.ask("rows")) == (1, 3)


@pytest.mark.parametrize("seed", [1, 2])
@as_root
def test_whatever_the_two_do_in_whatever_order_no_vote_is_unseen(house: House, seed: int) -> None:
    dice = random.Random(seed)
    kiosk, sync = house.start("kiosk"), house.start("sync")
    votes, reads = kiosk.ask("vote"), False
    for _ in range(40):
        match dice.choice(("vote", "vote", "vote", "kill kiosk", "kill sync", "begin", "checkpoint", "rows")):
            case "kill kiosk":
                if reads:
                    sync.ask("commit")  # what a reader that never ends does is told above
                reads = False
                kiosk.kill()
                seen = sync.ask("rows")
                assert seen == votes
                kiosk = house.start("kiosk")
                votes = kiosk.ask("vote")
            case "kill sync":
                sync.kill()
                sync, reads = house.start("sync"), False
            case "begin":
                assert sync.ask("begin") == votes
                reads = True
            case "checkpoint":
                kiosk.ask("checkpoint")
            case "vote":
                assert kiosk.ask("vote") == votes + 1
                votes += 1
            case "rows":
                assert sync.ask("rows") == votes
    assert sync.ask("rows") == votes
    assert sync.ask("send") == votes


@as_root
def test_in_a_folder_that_sync_may_write_to_votes_are_not_safe(house: House) -> None:
    """Why sync.db stands in a folder of its own: SQLite plays back whatever lies there under its log's name."""
    kiosk = house.start("kiosk")
    for _ in range(3):
        kiosk.ask("vote")
    kiosk.end()
    leave_none(house)
    house.votes.parent.chmod(0o2770)
    sync = house.start("sync")
    assert sync.ask("forge") is None
    assert house.start("kiosk").ask("vote") == 1, "the forged log was not believed: is the folder safe now?"
