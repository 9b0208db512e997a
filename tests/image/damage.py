"""Does to a card's data partition what bad cards and bad luck do. The machine must be off; boots nothing."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.image.card import Card
from tests.image.tools import run

BLOCK = 4096
_DATA = 3


def zero_superblock(card: Card) -> None:
    """Zeros where the primary superblock was; its copies further on stay (ext4's layout: 1024 bytes at 1024)."""
    _write(card.path, card.partition(_DATA).start + 1024, bytes(1024))


def drown(card: Card, *, seed: int) -> None:
    """Write noise over the whole partition: no copy of the superblock is left."""
    start, size = card.partition(_DATA)
    dice = random.Random(seed)
    for at in range(start, start + size, 1 << 20):
        _write(card.path, at, dice.randbytes(min(1 << 20, start + size - at)))


def scramble(card: Card, name: str, *, seed: int) -> None:
    """Write noise over all blocks of a file on data but its first."""
    start = card.partition(_DATA).start
    listed = run("debugfs", "-R", f"blocks {name}", f"{card.path}?offset={start}").split()
    assert len(listed) > 1, f"{name} has no second block"
    dice = random.Random(seed)
    for number in map(int, listed[1:]):
        if number:  # 0 is a hole
            _write(card.path, start + number * BLOCK, dice.randbytes(BLOCK))


def scramble_anywhere(card: Card, *, blocks: int, seed: int) -> None:
    """Write noise over some of the partition's blocks, wherever they fall; the first one spared."""
    start, size = card.partition(_DATA)
    dice = random.Random(seed)
    for number in sorted(dice.sample(range(1, size // BLOCK), blocks)):
        _write(card.path, start + number * BLOCK, dice.randbytes(BLOCK))


def fill(card: Card) -> int:
    """Leave not a block free; how many bytes that took. The file is `filler` in the root of data."""
    with card.data(writable=True) as data:
        found = os.statvfs(data)
        size = found.f_bfree * found.f_frsize
        with (data / "filler").open("wb") as file:
            # The last blocks may be needed to note where the file lies.
            while size > 0:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                except OSError:
                    size //= 2
        return found.f_bfree * found.f_frsize


def _write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)
