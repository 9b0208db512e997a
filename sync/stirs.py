"""Whether something stirs: the store, by the kernel's notices and SQLite's lock; a request. Never reads any."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from hardware.notices import CREATED, MODIFIED, MOVED_IN, Notices
from kiosk import disk

_WRITER_BYTE = 120
"""Where whoever writes to a database locks its -shm: WAL_WRITE_LOCK, https://www.sqlite.org/walformat.html#locks"""


class Sleeper(Protocol):
    """Sleeps for the thread that waits; what `kiosk.rest` is, told without importing it."""

    def __call__(self, seconds: float) -> bool:
        """Until what is watched can be read, somebody rings, or so long; whether the end has come."""

    def ring(self) -> None:
        """End the sleep, or the next one; from any thread."""

    def watch(self, descriptor: int) -> None:
        """End a sleep as soon as this can be read."""

    def forget(self, descriptor: int) -> None:
        """Watch it no more."""


class Ear:
    """Listens to a folder for some names. Where the kernel tells nothing it is `deaf`, and anything may have stirred.

    It is asked by one thread at a time.
    """

    def __init__(self, folder: Path, names: Collection[str], events: int = CREATED | MOVED_IN) -> None:
        self._folder = folder
        self._names = {*names, ""}
        self._events = events
        self._notices = Notices()
        self._watched: int | None = None

    @property
    def deaf(self) -> bool:
        """Whether nobody will tell: it has to be looked."""
        return self._notices.descriptor is None

    def stirred(self) -> bool:
        """Whether something has stirred since this was asked, or may have; where it is deaf it tries to hear again."""
        if self.deaf:
            self._notices.listen(self._folder, self._events)
            return True
        return not self._names.isdisjoint(self._notices.taken())

    def heed(self, sleeper: Sleeper, whether: bool) -> None:
        """Have what stirs end a sleep from now on, or have it not."""
        wanted = self._notices.descriptor if whether else None
        if wanted != self._watched:
            if self._watched is not None:
                sleeper.forget(self._watched)
            if wanted is not None:
                sleeper.watch(wanted)
            self._watched = wanted

    def close(self) -> None:
        """Listen no more."""
        self._notices.close()


def store_ear(votes: Path) -> Ear:
    """Hears each commit of the store at `votes`, and that it is made."""
    return Ear(votes.parent, (votes.name, disk.wal(votes).name), MODIFIED | CREATED | MOVED_IN)


def is_written(votes: Path) -> bool:
    """Whether somebody is in the middle of a commit to the store at `votes`.

    The kernel tells of a commit when its pages go to the log. Readers see its rows only after the log was synced, and
    how long a card takes for that nobody knows: until then the writer's lock is held.
    """
    index = disk.shm(votes)
    try:
        with disk.by_hand(index, votes, os.O_RDONLY) as descriptor:
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, _WRITER_BYTE, 1, 0)
            kind, *_ = struct.unpack("hhqqi", fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked))
    except OSError:  # no store, or a file system without such locks
        return False
    return bool(kind != fcntl.F_UNLCK)
