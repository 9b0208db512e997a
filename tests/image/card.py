"""A copy of the built card to do with as a test likes: files on its FAT, what lies on its data. Boots nothing."""

from __future__ import annotations

import contextlib
import re
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.image.tools import run

SECTOR = 512
SIZE_MB = 4096
"""How large a card is that the image is written onto: the data partition has something to grow into."""


class Partition(NamedTuple):
    """Where a partition lies on its card, in bytes."""

    start: int
    size: int


class Card:
    """A card in the file at `path`, as a raw image."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def flashed(cls, image: Path, path: Path, megabytes: int = SIZE_MB) -> Card:
        """A new card with `image` written onto it; the image itself is never changed."""
        run("cp", "--sparse=always", "--reflink=auto", image, path)
        path.chmod(0o600)
        with path.open("r+b") as file:
            file.truncate(max(image.stat().st_size, megabytes << 20))
        return cls(path)

    def copy(self, path: Path) -> Card:
        """The same card once more."""
        run("cp", "--sparse=always", "--reflink=auto", self.path, path)
        return Card(path)

    def partition(self, number: int) -> Partition:
        """The partition `number` (1 to 4) by what the table says now."""
        return partition(self.path, number)

    def put(self, name: str, data: str | bytes) -> None:
        """Write a file onto the FAT partition, over the one that may be there."""
        given = data.encode() if isinstance(data, str) else data
        for depth in range(1, name.count("/") + 1):
            folder = "/".join(name.split("/")[:depth])
            run("mmd", "-D", "s", "-i", self._fat, f"::{folder}", good=(0, 1))
        run("mcopy", "-o", "-i", self._fat, "-", f"::{name}", given=given)

    def get(self, name: str) -> bytes:
        """What a file on the FAT partition holds; the test fails where it is not there."""
        with tempfile.TemporaryDirectory() as folder:
            run("mcopy", "-n", "-i", self._fat, f"::{name}", Path(folder) / "got")
            return (Path(folder) / "got").read_bytes()

    def save_anew(self, name: str) -> None:
        """Save a file as editors do: a new one takes its name, the old one's bytes stay where they were."""
        data = self.get(name)
        run("mcopy", "-i", self._fat, "-", f"::{name}.new", given=data)
        self.remove(name)
        run("mren", "-i", self._fat, f"::{name}.new", f"::{name}")

    def times(self, text: str) -> int:
        """How often a text stands anywhere on the FAT partition, what is free there included."""
        start, size = self.partition(1)
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(size).count(text.encode())

    def names(self, folder: str = "") -> list[str]:
        """The names in a folder of the FAT partition."""
        listed = run("mdir", "-b", "-i", self._fat, f"::{folder}").splitlines()
        return sorted(line.removeprefix("::").strip("/").rpartition("/")[2] for line in listed if line.strip())

    def remove(self, name: str) -> None:
        """Take a file off the FAT partition."""
        run("mdel", "-i", self._fat, f"::{name}")

    @contextlib.contextmanager
    def data(self, *, writable: bool = False) -> Iterator[Path]:
        """The data partition, mounted for as long as the block lasts; the machine must be off.

        Read-only it is looked at as it is, without its journal's replay.
        """
        with mounted(self.path, self.partition(3), "rw" if writable else "ro,noload") as folder:
            yield folder

    def boot_files(self, folder: Path) -> tuple[Path, Path, str]:
        """The kernel and the initrd that the card would start, copied into `folder`, and the kernel's command line."""
        config = self.get("config.txt").decode()
        names = self.names()
        kernel = _named(r"^kernel\s*=\s*(\S+)", config) or _newest("vmlinuz", names)
        initrd = _named(r"^initramfs\s+(\S+)", config) or _newest("initrd.img", names)
        for name in (kernel, initrd):
            # Taken anew each time: a test may have changed the card.
            run("mcopy", "-n", "-o", "-i", self._fat, f"::{name}", folder / name)
        return folder / kernel, folder / initrd, self.get("cmdline.txt").decode().strip()

    @property
    def _fat(self) -> str:
        return f"{self.path}@@{self.partition(1).start}"


def partition(image: Path, number: int) -> Partition:
    """The partition `number` (1 to 4) in the MBR of the raw `image`."""
    with image.open("rb") as file:
        head = file.read(SECTOR)
    assert head[510:] == b"\x55\xaa", f"{image} has no partition table"
    start, size = struct.unpack_from("<II", head, 446 + 16 * (number - 1) + 8)
    assert size, f"{image} has no partition {number}"
    return Partition(start * SECTOR, size * SECTOR)


@contextlib.contextmanager
def mounted(image: Path, where: Partition, options: str) -> Iterator[Path]:
    """A part of an image, mounted for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="moodpost-card-") as folder:
        loop = f"loop,offset={where.start},sizelimit={where.size},{options}"
        run("mount", "-o", loop, image, folder)
        try:
            yield Path(folder)
        finally:
            run("umount", folder)


def _named(pattern: str, config: str) -> str | None:
    found = re.search(pattern, config, re.MULTILINE)
    return found[1] if found else None


def _newest(prefix: str, names: list[str]) -> str:
    found = sorted(
        (name for name in names if name.startswith(prefix)),
        key=lambda name: [int(part) for part in re.findall(r"\d+", name)],
    )
    assert found, f"the card's FAT partition holds no {prefix}*, only {', '.join(names)}"
    return found[-1]
