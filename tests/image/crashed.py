"""Cards as power cuts may leave them, made from one image and its log of writes. Knows blocks; never what a vote is.

Only what differs is written: one image, on a tmpfs, goes forward through the log; what a cut adds is taken back. The
data partition of a cut is looked at in a copy of its own, since mounting it replays its journal.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tests.image import blocklog
from tests.image.blocklog import SECTOR, Cut, Entry
from tests.image.card import Card, Partition, mounted
from tests.image.tools import run

_CHUNK = 1 << 16
_ZEROS = bytes(_CHUNK)


class Crashed:
    """A card as `Replay.at` left it; good until that block ends."""

    def __init__(self, image: Path, cut: Cut, folder: Path) -> None:
        self.cut = cut
        self.card = Card(image)
        """To look at only: whoever boots it takes a copy."""
        self._folder = folder
        self.checked = ""

    @contextlib.contextmanager
    def data(self) -> Iterator[Path]:
        """Its data partition as the next boot mounts it, in a copy that may be written to.

        First e2fsck runs as systemd runs it with fsck.repair=yes; what it says stands in `checked`. It is needed: the
        kernel does not mount a superblock of which one of two sectors is old. The test fails where e2fsck gives up,
        where mount does, and where a check of everything after the block finds any harm.
        """
        copy = self._folder / "data.img"
        size = extract(self.card.path, self.card.partition(3), copy)
        try:
            self.checked = run("e2fsck", "-y", copy, good=(0, 1))
            with mounted(copy, Partition(0, size), "rw") as folder:
                yield folder
            run("e2fsck", "-fn", copy)
        finally:
            copy.unlink()


class Replay:
    """The card that `before` shows, and what `log` says it was told since; works in `folder`, best on a tmpfs."""

    def __init__(self, before: Path, log: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.entries: list[Entry] = blocklog.entries(log)
        self._before = before
        self._folder = folder
        self._image = folder / "card.img"
        self._file = -1
        self._done = 0
        self._rewind()

    def close(self) -> None:
        """Throw the image away."""
        os.close(self._file)
        self._image.unlink()

    @contextlib.contextmanager
    def at(self, cut: Cut) -> Iterator[Crashed]:
        """The card as `cut` left it, for as long as the block lasts. Cheapest in the order of the log."""
        if cut.flushed < self._done:
            os.close(self._file)
            self._rewind()
        while self._done < cut.flushed:
            entry = self.entries[self._done]
            self._write(entry, entry.count)
            self._done += 1
        was = []
        for part in cut.parts:
            entry = self.entries[part.entry]
            offset = entry.sector * SECTOR
            was.append((offset, os.pread(self._file, part.sectors * SECTOR, offset)))
            self._write(entry, part.sectors)
        try:
            yield Crashed(self._image, cut, self._folder)
        finally:
            for offset, data in reversed(was):
                os.pwrite(self._file, data, offset)

    def _write(self, entry: Entry, sectors: int) -> None:
        if sectors:
            os.pwrite(self._file, entry.read(self.log)[: sectors * SECTOR], entry.sector * SECTOR)

    def _rewind(self) -> None:
        run("cp", "--sparse=always", "--reflink=auto", self._before, self._image)
        self._file = os.open(self._image, os.O_RDWR)
        self._done = 0


def extract(image: Path, where: Partition, to: Path) -> int:
    """Copy a part of an image into a file of its own, holes left out; its size in bytes."""
    end = where.start + where.size
    with image.open("rb") as source, to.open("wb") as sink:
        sink.truncate(where.size)
        at = where.start
        while at < end:
            try:
                at = os.lseek(source.fileno(), at, os.SEEK_DATA)
            except OSError:
                break  # nothing but a hole up to the end
            stop = min(os.lseek(source.fileno(), at, os.SEEK_HOLE), end)
            while at < stop:
                piece = os.pread(source.fileno(), min(_CHUNK, stop - at), at)
                if piece != _ZEROS[: len(piece)]:  # tables that were zeroed when the partition was grown
                    os.pwrite(sink.fileno(), piece, at - where.start)
                at += len(piece)
    return where.size
