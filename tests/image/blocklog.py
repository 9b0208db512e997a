"""What a card was told to write, in order, and what may be on it after a power cut. Pure but for reading the log.

The log is that of QEMU's `blklogwrites`, in the format of Linux's dm-log-writes: a sector of its own, then entries of a
sector each (first sector, count, flags, length, all 64 bits little-endian), followed by what was written. QEMU's own
count of entries in the first sector lags, so entries are read up to the end of the file; one that a killed QEMU wrote
in part is left out.

What a card promises: what was written before a flush that returned is there. Of what was written since, any part may
be there, and a write may be torn at any 512th byte. A write may have been logged before a flush that was asked for
earlier: QEMU logs what has ended, and here counts as flushed what on a card need not be.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

SECTOR = 512
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One thing that the card was told: `count` sectors from `sector` on, whose data begin in the log at `data`."""

    sector: int
    count: int
    flags: int
    data: int

    @property
    def flushes(self) -> bool:
        """Whether everything told before is to be kept, come what may."""
        return bool(self.flags & FLUSH)

    @property
    def lasts(self) -> bool:
        """Whether this write itself is kept once it has returned, though nothing before it need be."""
        return bool(self.flags & FUA)

    @property
    def end(self) -> int:
        """How long the log was when this was in it, bytes."""
        return self.data + (0 if self.flags & DISCARD else self.count * SECTOR)

    def read(self, log: Path) -> bytes:
        """What was written; zeros where sectors were given up."""
        if self.flags & DISCARD:
            return bytes(self.count * SECTOR)
        with log.open("rb") as file:
            file.seek(self.data)
            return file.read(self.count * SECTOR)


class Part(msgspec.Struct, frozen=True):
    """Of the write at `entry`, its first `sectors` are on the card."""

    entry: int
    sectors: int


class Cut(msgspec.Struct, frozen=True):
    """What may be on the card when the power went after `told` entries.

    All entries before `flushed` are on it, and the `parts` of later ones, in this order.
    """

    kind: Literal["dropped", "torn", "random"]
    flushed: int
    told: int
    parts: tuple[Part, ...] = ()


def entries(log: Path) -> list[Entry]:
    """Every whole entry of the log; ValueError where it is none."""
    found, length = [], log.stat().st_size
    with log.open("rb") as file:
        magic, version, _, sector = _SUPER.unpack(file.read(_SUPER.size).ljust(_SUPER.size, b"\0"))
        if (magic, version, sector) != (MAGIC, 1, SECTOR):
            raise ValueError(f"{log}: no log of writes: magic {magic:#x}, version {version}, sectors of {sector} bytes")
        at = SECTOR
        while at + SECTOR <= length:
            file.seek(at)
            first, count, flags, _ = _ENTRY.unpack(file.read(_ENTRY.size))
            entry = Entry(first, count, flags, at + SECTOR)
            if entry.end > length:
                break
            found.append(entry)
            at = entry.end
    return found


def told_at(log: list[Entry], length: int) -> int:
    """How many entries the log held when it was `length` bytes long; part of one counts as none."""
    low, high = 0, len(log)
    while low < high:
        middle = (low + high) // 2
        if log[middle].end <= length:
            low = middle + 1
        else:
            high = middle
    return low


def gaps(log: list[Entry]) -> Iterator[tuple[int, int]]:
    """The stretches in which nothing is flushed: from the entry after a flush up to the next flush or the end."""
    start = 0
    for number, entry in enumerate(log):
        if entry.flushes:
            yield start, number
            # What a flush carries itself comes after it.
            start = number if entry.count else number + 1
    yield start, len(log)


def cuts(log: list[Entry], seed: int, each: int) -> Iterator[Cut]:
    """Where the power may go, in the order of the log: for each flush once with all dropped that came after it, and
    `each` times with parts of it kept. The same seed gives the same.

    Dropped, the power went at the latest moment before the next flush: all that was thanked for by then must be there.
    """
    draw = random.Random(seed)
    for start, end in gaps(log):
        kept = tuple(Part(n, log[n].count) for n in range(start, end) if log[n].lasts)
        yield Cut("dropped", start, end, kept)
        written = [number for number in range(start, end) if log[number].count]
        if not written:
            continue
        for turn in range(each):
            told = written[: draw.randint(1, len(written))]
            torn = turn % 2 == 0
            parts = _torn(log, told, draw) if torn else _random(log, told, draw)
            yield Cut("torn" if torn else "random", start, told[-1] + 1, tuple(parts))


def lying(log: list[Entry], flushes: int) -> Iterator[Cut]:
    """A card that lies: the last so many `flushes` before each cut were none. A test must catch it, to be trusted."""
    starts = [start for start, _ in gaps(log)]
    for number, (_, end) in enumerate(gaps(log)):
        yield Cut("dropped", starts[max(0, number - flushes)], end)


def _torn(log: list[Entry], told: list[int], draw: random.Random) -> Iterator[Part]:
    """All in order, but of the last only a beginning."""
    for number in told[:-1]:
        yield Part(number, log[number].count)
    last = told[-1]
    sectors = log[last].count if log[last].lasts else draw.randint(0, log[last].count - 1)
    if sectors:
        yield Part(last, sectors)


def _random(log: list[Entry], told: list[int], draw: random.Random) -> Iterator[Part]:
    """Each there, not there, or in part."""
    for number in told:
        whole = log[number].count
        sectors = whole if log[number].lasts else draw.choice((0, whole, draw.randint(0, whole)))
        if sectors:
            yield Part(number, sectors)
