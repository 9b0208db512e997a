"""The image that cards are made of, raw or .zst: its size, its sum, its bytes piece by piece. Writes nothing.

The program zstd unpacks it on the way to each card: that is faster than any card, and needs no room for a raw copy.
"""

from __future__ import annotations

import hashlib
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from image.provision.errors import ProvisionError

PIECE = 4 << 20
"""Bytes that are written at once: a card's erase block."""
SECTOR = 512
_ZSTD = b"\x28\xb5\x2f\xfd"
_OTHERS = {b"\xfd7zXZ": "xz -d", b"\x1f\x8b": "gunzip", b"PK\x03\x04": "unzip", b"BZh": "bunzip2"}


class Part(NamedTuple):
    """A partition: its type by the table, and where it lies, in bytes."""

    kind: int
    start: int
    size: int


def parts(head: bytes) -> list[Part]:
    """The partitions of a disk that begins with `head`, by its MBR; none where it has none."""
    if len(head) < SECTOR or head[510:512] != b"\x55\xaa":
        return []
    entries = [struct.unpack_from("<4xB3xII", head, 446 + 16 * number) for number in range(4)]
    return [Part(kind, start * SECTOR, size * SECTOR) for kind, start, size in entries if size]


class Picture:
    """The image at `path`; ProvisionError where it is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                begin = file.read(SECTOR)
                self._packed = begin.startswith(_ZSTD)
                size = _unpacked_size(begin) if self._packed else file.seek(0, 2)
        except OSError as error:
            raise ProvisionError(f"{path}: the image can't be read ({error.strerror}). Is the name right?") from None
        if other := next((tool for magic, tool in _OTHERS.items() if begin.startswith(magic)), None):
            raise ProvisionError(f"{path}: is packed in another way, expected .img or .img.zst. Unpack it with {other}")
        self.size = size if size is not None else sum(map(len, self.pieces()))
        """Bytes, unpacked."""
        self.parts = parts(next(self.pieces(), b""))
        if not self.parts or self.size % SECTOR:
            raise ProvisionError(f"{path}: is no image of a card (it has no partition table). Is it whole?")

    def check_sum(self, say: Callable[[str], None]) -> None:
        """Hold it against the .sha256 beside it, if there is one; ProvisionError where they differ."""
        beside = self.path.with_name(f"{self.path.name}.sha256")
        try:
            text = beside.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            say(f"{self.path.name}: no {beside.name} beside it, so it is taken as it is.")
            return
        except OSError as error:
            raise ProvisionError(f"{beside}: can't be read ({error.strerror})") from None
        expected = re.match(r"[0-9a-fA-F]{64}\b", text)
        if not expected:
            raise ProvisionError(
                f"{beside}: holds no sum, expected 64 digits 0-9 a-f. Take it away or download it anew"
            )
        with self.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected[0].lower():
            raise ProvisionError(f"{self.path}: is not what {beside.name} says. Download it anew")

    def pieces(self) -> Iterator[bytes]:
        """All bytes, `PIECE` at once and the rest at last; ProvisionError where it is damaged."""
        if not self._packed:
            with self.path.open("rb") as file:
                yield from _cut(file)
            return
        try:
            zstd = subprocess.Popen(
                ["zstd", "-dcq", "--", str(self.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError:
            raise ProvisionError(
                f"{self.path}: is to be unpacked by the program zstd, which is not here. Try `sudo apt install zstd`, "
                "or unpack it elsewhere and give the .img"
            ) from None
        with zstd:
            assert zstd.stdout and zstd.stderr
            try:
                yield from _cut(zstd.stdout)
            except GeneratorExit:  # as many as were wanted
                zstd.kill()
                raise
            said = zstd.stderr.read().decode(errors="replace").strip()
            if zstd.wait():
                raise ProvisionError(f"{self.path}: can't be unpacked ({said}). Download it anew")


def _cut(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _unpacked_size(frame: bytes) -> int | None:
    """What the head of a Zstandard frame says (RFC 8878, 3.1.1.1); None where it says nothing."""
    descriptor = frame[4]
    flag, single = descriptor >> 6, descriptor >> 5 & 1
    if not flag and not single:
        return None
    at = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    width = (1, 2, 4, 8)[flag]
    size = int.from_bytes(frame[at : at + width], "little")
    return size + 256 if width == 2 else size
