"""Which file system holds a folder, and on which disk it lies. Knows /proc and /sys; never what is stored there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from hardware.probes.reading import Unread, text


class Mount(NamedTuple):
    """One line of /proc/self/mountinfo (proc(5))."""

    number: str
    """Of the device, ``179:2``."""
    point: Path
    options: frozenset[str]
    """Of the mount and of its file system: either may be read-only."""
    kind: str
    source: str

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written there."""
        return "ro" in self.options


def holding(folder: Path, root: Path = Path("/")) -> Mount:
    """The mount that `folder` lies on. Unread where /proc doesn't tell."""
    folder = folder.resolve()
    lines = text(root / "proc/self/mountinfo").split("\n")
    found = [mount for line in lines if (mount := _mount(line)) and folder.is_relative_to(mount.point)]
    if not found:
        raise Unread("no line of mountinfo holds the folder")
    # Of the longest paths the last line: what is mounted later hides what was there.
    return max(enumerate(found), key=lambda at: (len(at[1].point.parts), at[0]))[1]


def device(mount: Mount, root: Path = Path("/")) -> Path:
    """The folder in /sys of the partition, or the disk, under a mount. Unread where there is none (memory, network)."""
    link = root / "sys/dev/block" / mount.number
    try:
        return link.resolve(strict=True)
    except OSError as error:
        raise Unread(f"sys/dev/block/{mount.number} ({mount.kind}): {error.strerror}") from None


def whole_disk(partition: Path) -> Path:
    """The disk in /sys that a partition belongs to; a disk is its own."""
    return partition.parent if (partition / "partition").exists() else partition


def _mount(line: str) -> Mount | None:
    head, dash, tail = line.partition(" - ")
    fields, more = head.split(" "), tail.split(" ")
    if not dash or len(fields) < 6 or len(more) < 3:
        return None
    options = frozenset([*fields[5].split(","), *more[2].split(",")])
    return Mount(fields[2], Path(_unescaped(fields[4])), options, more[0], _unescaped(more[1]))


def _unescaped(field: str) -> str:
    """Blanks and the like stand as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
