"""Small images as Moodpost's are, and cards that are loop devices: for tests of provisioning. Needs root, or sudo."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from image.build import card
from tests.disks import run

MIB = 1 << 20
BOOT = (4 * MIB, 8 * MIB)
"""Where the boot partition lies, and how large it is, in bytes."""
ROOT = (12 * MIB, 1 * MIB)
DATA = (13 * MIB, 19 * MIB)
SIZE = 32 * MIB
TOOLS = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", "MTOOLS_SKIP_CHECK": "1"}


def tool(*argv: str | Path, given: bytes = b"") -> bytes:
    """What a program says; the test fails where the program does."""
    return subprocess.run([str(word) for word in argv], input=given, env=TOOLS, check=True, capture_output=True).stdout


def image(path: Path, data: Path | None = None, boot: Sequence[str] = ("moodpost.toml",)) -> Path:
    """An image: a FAT with files of these names, and an ext4 labelled MP-DATA with what is in the folder `data`."""
    parts = [(0x0C, *BOOT), (0x83, *ROOT), (0x83, *DATA)]
    with path.open("wb") as file:
        file.truncate(SIZE)
        for number, (kind, start, size) in enumerate(parts):
            file.seek(446 + 16 * number)
            file.write(struct.pack("<4xB3xII", kind, start // 512, size // 512))
        file.seek(440)
        file.write(card.DISK_ID.to_bytes(4, "little"))
        file.seek(510)
        file.write(b"\x55\xaa")
    fat = f"{path}@@{BOOT[0]}"
    tool("mformat", "-i", fat, "-T", str(BOOT[1] // 512), "-v", "MP-BOOT", "::")
    for name in boot:
        tool("mcopy", "-i", fat, "-", f"::{name}", given=b"# as it comes\n")
    filled = ["-d", data] if data else []
    # The journal as on our image; blocks of 1 kB, so that many are used.
    options = ["-q", "-F", "-L", "MP-DATA", "-b", "1024", "-O", "metadata_csum,^orphan_file", "-E", f"offset={DATA[0]}"]
    tool("mkfs.ext4", *options, *filled, path, f"{DATA[1] >> 10}k")
    return path


def on_boot(path: Path, name: str) -> bytes:
    """What a file on the boot partition holds."""
    return tool("mtype", "-i", f"{path}@@{BOOT[0]}", f"::{name}")


@contextlib.contextmanager
def inserted(backing: Path, *options: str) -> Iterator[Path]:
    """A card in a reader: a loop device over a file, that anybody may write to."""
    device = run("losetup", "--show", "-f", *options, str(backing))
    try:
        run("chmod", "666", device)
        yield Path(device)
    finally:
        run("chmod", "660", device)
        run("losetup", "-d", device)


def blank(path: Path, size: int = 100 * MIB) -> Path:
    """A new card's file, with something on it that is no zeros."""
    path.write_bytes(b"\xe5" * MIB)
    with path.open("r+b") as file:
        file.truncate(size)
    return path
