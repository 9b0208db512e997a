"""Which disk a name is, and whether it may be written to at all. Reads /sys and /proc; writes nothing.

Every refusal says what was found and the way out. A disk that is in use is never written to, forced or not.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from image.provision.errors import TargetRefused

LARGEST = 256 << 30
"""Bytes: larger ones are more often somebody's files than a card."""
_SYSTEM = ("/", "/boot", "/boot/efi", "/boot/firmware", "/usr", "/var", "/home")
Number = tuple[int, int]


class Disk(msgspec.Struct, frozen=True):
    """A whole disk."""

    path: Path
    size: int
    """Bytes."""
    model: str = ""
    serial: str = ""
    """A card's own, where the reader tells it; a USB reader tells its own or none."""

    @property
    def words(self) -> str:
        """As a person would know it."""
        return " ".join(filter(None, [self.model, f"{self.size / 1e9:.1f} GB", self.serial and f"no. {self.serial}"]))


def look(path: Path, least: int, *, force_large: bool = False, root: Path = Path("/")) -> Disk:
    """The disk at `path`, to which `least` bytes may be written; TargetRefused, by the first reason that there is."""
    sys = whole(path, root)
    size = int(_text(sys / "size") or 0) * 512
    if not size:
        raise TargetRefused(f"{path}: there is no card in this reader")
    if size > LARGEST and not force_large:
        raise TargetRefused(
            f"{path}: holds {size / 1e9:.0f} GB, more than cards of kiosks do (256). If it is the right one, "
            "add --force-large"
        )
    if size < least:
        raise TargetRefused(
            f"{path}: holds {size / 1e9:.2f} GB, the image needs {least / 1e9:.2f}. Take a larger card (4 GB do)"
        )
    if _text(sys / "ro") == "1":
        raise TargetRefused(f"{path}: is write-protected. Slide the card's lock up, or take another adapter")
    if not os.access(path, os.R_OK | os.W_OK):
        raise TargetRefused(
            f"{path}: only root may write to disks. Say sudo before the command; without root there is "
            "--boot-files FOLDER"
        )
    told = sys / "device"
    model = " ".join(filter(None, [_text(told / "vendor"), _text(told / "model") or _text(told / "name")]))
    return Disk(path, size, model, _text(told / "cid") or _text(told / "serial"))


def whole(path: Path, root: Path = Path("/")) -> Path:
    """Where the kernel tells of the disk at `path`; TargetRefused where it is none, or is in use. It may be empty."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise TargetRefused(
            f"{path}: there is no such device. Is the reader plugged in, the card in it? `lsblk` lists disks"
        ) from None
    except OSError as error:
        raise TargetRefused(f"{path}: can't be looked at ({error.strerror})") from None
    if not stat.S_ISBLK(found.st_mode):
        raise TargetRefused(f"{path}: is no disk (block device). For image files instead of cards use --out FOLDER")
    sys = (root / f"sys/dev/block/{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}").resolve()
    if (sys / "partition").exists():
        raise TargetRefused(f"{path}: is a partition. Give the whole disk, /dev/{sys.parent.name}")
    _not_in_use(path, sys, root)
    return sys


def _not_in_use(path: Path, sys: Path, root: Path) -> None:
    ours = set(_above(sys, root))
    mounts = list(_mounts(root))
    if system := next((place for number, place in mounts if number in ours and place in _SYSTEM), None):
        raise TargetRefused(
            f"{path}: is the disk that this computer runs from ({system} is on it). Give the card's; `lsblk` tells"
        )
    if mounted := list(dict.fromkeys(place for number, place in mounts if number in ours)):
        raise TargetRefused(f"{path}: is mounted at {', '.join(mounted)}. Unmount it: sudo umount {' '.join(mounted)}")
    for line in (root / "proc/swaps").read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        swap = Path(_plain(line.split()[0]))
        if _number_of(swap) in ours:
            raise TargetRefused(f"{path}: holds swap space in use ({swap}). End that first: sudo swapoff {swap}")
    if held := sorted(name for name in _holders(sys)):
        raise TargetRefused(
            f"{path}: is in use by {', '.join(held)} (LVM, RAID, encryption). Is it the card, let it go there first"
        )


def _above(sys: Path, root: Path) -> Iterator[Number]:
    """The numbers of a disk, its partitions, and whatever is made of them."""
    seen: set[Path] = set()
    waiting = [sys]
    while waiting:
        at = waiting.pop()
        if at in seen or not at.is_dir():
            continue
        seen.add(at)
        if number := re.fullmatch(r"(\d+):(\d+)", _text(at / "dev")):
            yield int(number[1]), int(number[2])
        waiting += [each for each in at.iterdir() if (each / "partition").exists()]
        waiting += [each.resolve() for each in (at / "holders").glob("*")]


def _holders(sys: Path) -> set[str]:
    """What is made of a disk and its partitions: names such as dm-0."""
    return {each.name for pattern in ("holders/*", "*/holders/*") for each in sys.glob(pattern)}


def _mounts(root: Path) -> Iterator[tuple[Number, str]]:
    """Each mount: its device by number, and where. Some file systems (btrfs) tell the device by its name only."""
    for line in (root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        major, _, minor = fields[2].partition(":")
        place = _plain(fields[4])
        yield (int(major), int(minor)), place
        source = _plain(fields[fields.index("-") + 2])
        if source.startswith("/dev/") and (number := _number_of(Path(source))):
            yield number, place


def _number_of(path: Path) -> Number | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (os.major(found.st_rdev), os.minor(found.st_rdev)) if stat.S_ISBLK(found.st_mode) else None


def _plain(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
