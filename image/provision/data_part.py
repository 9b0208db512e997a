"""The folders of a card's data partition, copied out without a byte of the card being altered. Knows ext4's tools.

Mounting would write: even read-only, Linux first brings the file system up to date from its journal, and without that
the last votes before a power cut would not be seen. So the file system's own records (no file's content) are copied
(e2image), the journal is applied to the copy (e2fsck), and what the files now consist of is read from the card.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from image.provision.errors import ProvisionError
from image.provision.picture import Part, parts

LABEL = b"MP-DATA"
DISK_ID = 0x6D6F6F64
"""Of our image, by which and its place in the table the kiosk itself knows its data: a label may be damaged."""
_PLACE = 3
FOLDERS = ("store", "settings")
_SUPER = 1024
"""Where ext4's superblock begins: https://docs.kernel.org/filesystems/ext4/globals.html"""
_LINUX = 0x83
_PATIENCE_S = 600.0
_ENTRY = re.compile(r"/(?P<inode>\d+)/(?P<mode>\d{6})/\d*/\d*/(?P<name>[^/]*)/\d*/")


class Unreadable(ProvisionError):
    """What is on the data partition can't be told."""


def find(card: Path) -> Part | None:
    """Where on the card (a disk or an image) Moodpost's data is; None where it has none. OSError as it comes."""
    with card.open("rb") as file:
        head = file.read(512)
        ours = len(head) == 512 and head[440:444] == DISK_ID.to_bytes(4, "little")
        for number, part in enumerate(parts(head), 1):
            file.seek(part.start + _SUPER)
            block = file.read(1024)
            labelled = block[0x38:0x3A] == b"\x53\xef" and block[0x78:0x88].rstrip(b"\0") == LABEL
            if part.kind == _LINUX and (labelled or (ours and number == _PLACE)):
                return part
    return None


def copy_out(card: Path, part: Part, into: Path) -> None:
    """Put the folders `FOLDERS`, those that are there, into `into`; Unreadable where the file system is not whole.

    `into` must be a folder of our own: what visitors wrote is in it afterwards.
    """
    records = into / "records.ext4"
    with records.open("wb") as file:
        file.truncate(part.size)
    try:
        _run("e2image", "-r", "-o", str(part.start), "-O", "0", str(card), str(records))
        _run("e2fsck", "-y", "-E", "journal_only", str(records), good=(0, 1))
        inodes, there = _files(records)
        _fill(records, card, part, _blocks(records, inodes))
        for name in there:
            _debugfs(records, f"rdump /{name} {into}")
    except OSError as error:
        raise Unreadable(f"{card}: its data partition can't be read ({error.strerror})") from None
    finally:
        records.unlink(missing_ok=True)


def _files(records: Path) -> tuple[list[str], list[str]]:
    """The inodes of all files below the folders, and which of the folders there are."""
    inodes: list[str] = []
    waiting, there, seen = ["/"], [], set()
    while waiting:
        at = waiting.pop()
        for inode, mode, name in _entries(records, at):
            if name in (".", "..") or inode in seen or (at == "/" and name not in FOLDERS):
                continue
            seen.add(inode)
            if at == "/":
                there.append(name)
            if mode.startswith("04"):
                waiting.append(f"<{inode}>")
            elif mode.startswith("10"):
                inodes.append(inode)
    return inodes, there


def _entries(records: Path, folder: str) -> Iterator[tuple[str, str, str]]:
    for line in _debugfs(records, f"ls -p {folder}").splitlines():
        if (entry := _ENTRY.fullmatch(line.strip())) and entry["inode"] != "0":
            yield entry["inode"], entry["mode"], entry["name"]


def _blocks(records: Path, inodes: list[str]) -> list[int]:
    """All blocks of these files, as numbers in the partition."""
    numbers: list[int] = []
    for inode in inodes:
        numbers += map(int, _debugfs(records, f"blocks <{inode}>").split())
    return sorted({number for number in numbers if number})


def _fill(records: Path, card: Path, part: Part, blocks: list[int]) -> None:
    """Read blocks of the card into the copy; those that have content are records, newer than the card's own."""
    with records.open("r+b") as copy, card.open("rb") as source:
        (log_size,) = struct.unpack_from("<I", os.pread(copy.fileno(), 1024, _SUPER), 0x18)
        size = 1024 << log_size
        for number in blocks:
            if not any(os.pread(copy.fileno(), size, number * size)):
                os.pwrite(copy.fileno(), os.pread(source.fileno(), size, part.start + number * size), number * size)


def _debugfs(records: Path, command: str) -> str:
    return _run("debugfs", "-R", command, str(records))


def _run(*argv: str, good: tuple[int, ...] = (0,)) -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    try:
        ran = subprocess.run(
            argv, env=environment, capture_output=True, check=False, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise Unreadable(f"{argv[0]} is not on this machine: try `sudo apt install e2fsprogs`") from None
    except subprocess.TimeoutExpired:
        raise Unreadable(f"the card's data partition can't be read ({argv[0]} came to no end)") from None
    if ran.returncode not in good:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise Unreadable(
            f"the card's data partition can't be read ({argv[0]}: {said[-1]}). Start its kiosk with it once: that "
            "repairs it"
        )
    return ran.stdout.decode(errors="replace")
