"""What a vote costs the card, bytes and syncs that reach a block device under ext4, beside the usual way and the least.

Fair, because all commit each vote durably, on a fresh ext4 of their own with the options that a Pi mounts its card
with (noatime, commit=5), each with the same rows already in it; counted is what the loop device below was told to
write and to flush: data, ext4's own journal, checkpoints. What our store keeps for a full disk was laid down before.
The usual way is SQLite as it comes (journal_mode=DELETE, synchronous=FULL), a random UUID as key, and one index on the
time. The least is no way to keep votes at all: the row's bytes written behind the last ones into a file that was laid
down in full before, and fdatasync. Nothing could read that back after a torn write, or find a row in it.

Paced means a vote each 6 s, which is longer than `commit=5`: before the next vote comes, ext4 has written its journal
(for the time stamps of the files), and dirty pages of memory-mapped files (SQLite's index of the log) are written once
they are 30 s old. Instead of waiting, an fsync of a file beside them makes ext4 write its journal after each vote, and
each fifth time `syncfs` writes everything. That is a little kind to us: where time really passes, journals of the least
are sometimes written together. So a few votes are really waited for as well (`python -m tests.benchmarks.card 20`: both
ways for 20 votes), on all at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from kiosk import space
from kiosk.clock import Reading
from kiosk.response import Draft
from kiosk.store import RIDE_S, Board, Settled, Store
from tests.benchmarks.figure import Figure
from tests.conftest import until

VOTES = 1_200
"""More than one checkpoint of the log apart."""
BEFORE = 1_500
"""Votes that are there before, one commit each: the log has reached the size that it keeps."""
IMAGE_MIB = 128
PACE_S = 6.0
EXPIRE_S = 30.0
"""The kernel's vm.dirty_expire_centisecs, as it comes."""
GOAL = 0.25
FLOOR_GOAL = 1.4
WAITED = 45
"""Votes that are really waited for: four and a half minutes."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Bytes and flushes a vote, votes in turn; where no loop device can be had, it says so and gives none."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        try:
            with contextlib.ExitStack() as mounted:
                cards = [mounted.enter_context(card(Path(folder), name)) for name in KEEPERS]
                played = _each(cards, VOTES, Card.pass_time)
                waited = None if quick else _each(cards, WAITED, Card.wait)
        except NoCard as error:
            raise SystemExit(str(error)) from None
    yield from _figures("a paced vote", played)
    if waited is not None:
        yield from _figures("a vote, 6 s waited for", waited)


def _figures(what: str, costs: Sequence[Cost]) -> Iterator[Figure]:
    ours, usual, least = costs
    delete, raw = "journal DELETE, UUID key, index", "the bytes alone, appended"
    yield Figure(f"bytes on the card, {what}", "bytes", ours.bytes, delete, usual.bytes, GOAL)
    yield Figure(f"bytes on the card, {what}", "bytes", ours.bytes, raw, least.bytes, FLOOR_GOAL)
    yield Figure(f"flushes of the card, {what}", "flushes", ours.flushes, delete, usual.flushes, None)
    yield Figure(f"flushes of the card, {what}", "flushes", ours.flushes, raw, least.flushes, FLOOR_GOAL)


def main(votes: int) -> None:
    """The same with real pauses, beside the same number of votes with the pause played."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, contextlib.ExitStack() as mounted:
        cards = [mounted.enter_context(card(Path(folder), name)) for name in KEEPERS]
        for how, pause in (("the pace played", Card.pass_time), (f"{PACE_S} s between", Card.wait)):
            told = "; ".join(f"{cost.bytes:.0f} and {cost.flushes:.2f}" for cost in _each(cards, votes, pause))
            print(f"{votes} votes, {how}, bytes and flushes a vote of ours, the usual, the least: {told}")


class NoCard(Exception):
    """Says why there is none."""


class Card:
    """A mounted ext4 and the block device below it."""

    def __init__(self, folder: Path, device: str) -> None:
        self.folder = folder
        self._stat = Path("/sys/block", Path(device).name, "stat")
        self._votes = 0

    def written(self) -> int:
        """Bytes that the device was told to write so far."""
        return int(self._stat.read_text().split()[6]) * 512

    def flushed(self) -> int:
        """How often it was told to lay down what it has."""
        return int(self._stat.read_text().split()[15])

    def settle(self) -> None:
        """Let everything reach the device."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            assert ctypes.CDLL(None, use_errno=True).syncfs(descriptor) == 0, os.strerror(ctypes.get_errno())
        finally:
            os.close(descriptor)

    def pass_time(self) -> None:
        """Let that reach the device which does within 6 s."""
        self._votes += 1
        if self._votes % round(EXPIRE_S / PACE_S) == 0:
            self.settle()
            return
        beside = self.folder / "beside"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT)
        try:
            os.utime(descriptor)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def wait(self) -> None:
        """The real thing; the cards in turn share one pause."""
        time.sleep(PACE_S / len(KEEPERS))


@contextlib.contextmanager
def card(folder: Path, name: str) -> Iterator[Card]:
    """A card of its own, gone afterwards. NoCard where this machine can't have one."""
    image, mount = folder / f"{name}.img", folder / name
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_MIB << 20)
    # Blocks as on a card: a small image would get smaller ones. Lazy, ext4 would lay itself out for minutes yet.
    _root("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    device = _root("losetup", "--find", "--show", str(image))
    try:
        _root("mount", "-o", "noatime,commit=5", device, str(mount))
        try:
            _root("chown", str(os.geteuid()), str(mount))
            yield Card(mount, device)
        finally:
            _root("umount", str(mount))
    finally:
        _root("losetup", "--detach", device)


def _root(*command: str) -> str:
    if os.geteuid() != 0 and not shutil.which("sudo"):
        raise NoCard("a loop device needs root or sudo")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    path = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    try:
        run = subprocess.run([*sudo, *command], check=True, capture_output=True, text=True, env=path)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or error
        raise NoCard(f"{command[0]} failed ({str(said).strip()}): it needs root, loop devices and e2fsprogs") from None
    return run.stdout.strip()


class Keeper(Protocol):
    """A way to keep votes."""

    def vote(self, n: int) -> None: ...

    def close(self) -> None: ...


class Ours:
    """The store."""

    def __init__(self, path: Path) -> None:
        self._settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        reading = Reading(0, 1_790_000_000_000, "ntp")
        self._store = Store(path, Board("boot", ""), settled=self._settled.put, read_clock=lambda: reading)
        for n in range(-BEFORE, 0):
            self.vote(n)
        # A look that is in the way of a step has the next one wait for a minute.
        until(lambda: _slabs(path) == space.SLABS, "the store's reserve to be laid down", 4 * RIDE_S)

    def vote(self, n: int) -> None:
        self._put([_draft(BEFORE + n)], BEFORE + n)

    def _put(self, rows: list[Draft], ticket: int) -> None:
        self._store.put(rows, ticket)
        while getattr(settled := self._settled.get(), "ticket", None) != ticket:
            pass
        assert not settled.error, settled.error

    def close(self) -> None:
        assert self._store.close()


def _slabs(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as store:
        (slabs,) = store.execute("SELECT count(*) FROM reserve").fetchone()
    return int(slabs)


class Usual:
    """A table with a UUID and a time, as SQLite comes."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path)
        self._rows.execute("PRAGMA journal_mode=DELETE")
        self._rows.execute("PRAGMA synchronous=FULL")
        self._rows.execute(
            "CREATE TABLE responses (id TEXT PRIMARY KEY, at TEXT, kind TEXT, survey TEXT, question TEXT, value TEXT, "
            "ui TEXT, language TEXT, misuse TEXT)"
        )
        self._rows.execute("CREATE INDEX responses_at ON responses (at)")
        for n in range(-BEFORE, 0):
            self.vote(n)

    def vote(self, n: int) -> None:
        self._insert(BEFORE + n)
        self._rows.commit()

    def _insert(self, n: int) -> None:
        at = time.strftime("%FT%TZ", time.gmtime(1_790_000_000 + 6 * n))
        row = (str(uuid.uuid4()), at, "vote", "visit/1", "visit", "1/4", "physical", "en", "")
        self._rows.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        self._rows.close()


def _draft(n: int) -> Draft:
    return Draft(n + 1, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", "", 6_000 * (n + 1))


class Least:
    """The bytes of each row behind those of the last one."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes((BEFORE + VOTES) * 80))
        self._file = os.open(path, os.O_WRONLY)
        self._at = 0
        for n in range(-BEFORE, 0):
            self.vote(n)

    def vote(self, n: int) -> None:
        row = ",".join(map(str, msgspec.structs.astuple(_draft(BEFORE + n)))).encode()
        self._at += os.pwrite(self._file, row + zlib.crc32(row).to_bytes(4, "big"), self._at)
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)


KEEPERS: dict[str, Callable[[Path], Keeper]] = {"ours": Ours, "usual": Usual, "least": Least}


class Cost(NamedTuple):
    """What one vote cost."""

    bytes: float
    flushes: float


def _each(cards: list[Card], votes: int, pause: Callable[[Card], None]) -> list[Cost]:
    """What each of KEEPERS costs, in its order."""
    keepers = [
        make(card.folder / f"{time.monotonic_ns()}.db") for make, card in zip(KEEPERS.values(), cards, strict=True)
    ]
    for card in cards:
        card.settle()
    before = [(card.written(), card.flushed()) for card in cards]
    for n in range(votes):
        for card, keeper in zip(cards, keepers, strict=True):
            keeper.vote(n)
            pause(card)
    for card in cards:
        card.settle()
    after = [(card.written(), card.flushed()) for card in cards]
    for keeper in keepers:
        keeper.close()
    return [
        Cost((written - first) / votes, (flushed - flushes) / votes)
        for (first, flushes), (written, flushed) in zip(before, after, strict=True)
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]))
