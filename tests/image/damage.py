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


def scramble(card: Card, name: str, *, blocks: int, seed: int) -> list[int]:
    """Write noise over some blocks of a file on data, its first one spared; which of its blocks."""
    start = card.partition(_DATA).start
    listed = run("debugfs", "-R", f"blocks {name}", f"{card.path}?offset={start}").split()
    dice = random.Random(seed)
    chosen = sorted(dice.sample(range(1, len(listed)), min(blocks, len(listed) - 1)))
    for number in chosen:
        _write(card.path, start + int(listed[number]) * BLOCK, dice.randbytes(BLOCK))
    return chosen


def scramble_anywhere(card: Card, *, blocks: int, within: int, seed: int) -> None:
    """Write noise over some of the partition's first `within` blocks, wherever they fall; the first one spared."""
    start = card.partition(_DATA).start
    dice = random.Random(seed)
    for number in sorted(dice.sample(range(1, within), blocks)):
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
