"""What the recorder wrote, as operations on a disk and marks in between. Knows the records' bytes; runs nothing."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.crash.disk import ROOT, Disk, Name, Operation, Resize, Sync, SyncFolder, Write, content_of

_HEAD = struct.Struct("<4siqqIIQ")


class Mark(msgspec.Struct, frozen=True):
    """What the process said of itself at this moment."""

    told: dict[str, Any]


class Incomplete(AssertionError):
    """The tape does not say all that happened: a call went past the recorder, or means more than the tape can hold."""


def read(path: Path) -> list[Operation | Mark]:
    """The operations and marks in the log at `path`. Incomplete where it contradicts itself."""
    return list(_Parser().all(path.read_bytes()))


class _Parser:
    """Follows names and descriptors, so that an operation can say which file it was done to."""

    def __init__(self) -> None:
        self._disk = Disk()  # only to know what a file holds
        self._names: dict[str, int] = {"": ROOT}
        self._open: dict[int, int] = {}
        self._numbers = itertools.count(1)

    def all(self, log: bytes) -> Iterator[Operation | Mark]:
        at = 0
        while at < len(log):
            kind, fd, number, more, *lengths = _HEAD.unpack_from(log, at)
            at += _HEAD.size
            parts = []
            for length in lengths:
                parts.append(log[at : at + length])
                at += length
            path, other, data = parts
            for one in self._one(kind.decode(), fd, number, more, path.decode(), other.decode(), data):
                if not isinstance(one, Mark):
                    self._disk.apply(one)
                yield one

    def _one(
        self, kind: str, fd: int, number: int, more: int, path: str, other: str, data: bytes
    ) -> Iterator[Operation | Mark]:
        match kind:
            case "STRT":
                self._open.clear()
            case "MARK":
                yield Mark(json.loads(data))
            case "OPEN":
                yield from self._opened(fd, path, emptied=bool(number), folder=bool(more))
            case "CLOS":
                del self._open[fd]
            case "WRIT":
                yield Write(self._open[fd], number, data)
            case "SIZE":
                yield Resize(self._names[path] if fd < 0 else self._open[fd], number)
            case "SYNC" | "FAIL":
                synced = self._open[fd]
                yield (Sync if synced > ROOT else SyncFolder)(synced, kind == "FAIL")
            case "UNLK" | "RMDR":
                yield self._removed(path, data)
            case "MKDR":
                yield self._named({path: -next(self._numbers)})
            case "LINK":
                yield self._named({other: self._names[path]})
            case "MOVE":
                yield self._moved(path, other)
            case _:
                raise Incomplete(f"a record of an unknown kind, {kind}")

    def _opened(self, fd: int, path: str, *, emptied: bool, folder: bool) -> Iterator[Operation]:
        if path not in self._names:
            if folder:
                raise Incomplete(f"{path}: a folder that nobody was seen to make")
            yield self._named({path: next(self._numbers)})
        elif emptied:
            yield Resize(self._names[path], 0)
        self._open[fd] = self._names[path]

    def _removed(self, path: str, held: bytes) -> Name:
        file = self._names[path]
        if file > ROOT and (known := self._disk.content(file)) != content_of(held):
            raise Incomplete(
                f"{path}: held {len(held)} bytes when it was removed, other than the {known.size} recorded"
            )
        return self._named({path: None})

    def _moved(self, path: str, other: str) -> Name:
        if self._names.get(other) == self._names[path]:
            raise Incomplete(f"{path}: moved onto itself")
        moved = self._named({path: None, other: self._names[path]})
        for inner in [name for name in self._names if name.startswith(f"{path}/")]:
            self._names[other + inner.removeprefix(path)] = self._names.pop(inner)
        return moved

    def _named(self, becomes: dict[str, int | None]) -> Name:
        places = {}
        for path, number in becomes.items():
            folder, _, name = path.rpartition("/")
            if folder not in self._names:
                raise Incomplete(f"{path}: lies in a folder that nobody was seen to make")
            places[self._names[folder], name] = number
        for path, number in becomes.items():
            if number is None:
                del self._names[path]
            else:
                self._names[path] = number
        return Name(places)
