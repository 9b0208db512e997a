"""The card: room, errors, read-only, whether it lasts, which one it is. Knows file systems; never votes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, bad, good, unknown
from hardware.probes.mounts import device, holding, whole_disk
from hardware.probes.reading import Unread, line, number, place, text, told

LEAST_MB = 100
"""With less room a log or an update may fill the disk; votes have 30,000 places of their own beyond that."""
_IN_MEMORY = {"tmpfs", "ramfs"}
_WORN = 0x0A
"""Of `life_time`: 90 to 100 % of its life is used (JEDEC eMMC 5.1, DEVICE_LIFE_TIME_EST_TYP_A and _B)."""
_END_NEAR = 0x02
"""Of `pre_eol_info`: 80 % of the spare blocks are used up (JEDEC eMMC 5.1, PRE_EOL_INFO)."""


def probe(
    data: Path, root: Path = Path("/"), statvfs: Callable[[Path], os.statvfs_result] = os.statvfs
) -> list[Health]:
    """How the disk is that holds the folder `data`. `root` is where /proc and /sys are."""
    return [
        told("disk.space", "It can't be told how much room is left.", lambda: _space(data, statvfs)),
        told("disk.errors", "This disk doesn't tell whether it had errors.", lambda: _errors(data, root)),
        told("disk.readonly", "It can't be told whether votes can be written.", lambda: _readonly(data, root)),
        told("disk.lasting", "It can't be told whether votes outlast a restart.", lambda: _lasting(data, root)),
        told("card", "It can't be told which card the votes are on.", lambda: _card(data, root)),
    ]


def _space(data: Path, statvfs: Callable[[Path], os.statvfs_result]) -> Health:
    found = statvfs(data)
    free, total = (blocks * found.f_frsize >> 20 for blocks in (found.f_bavail, found.f_blocks))
    raw = f"{free} of {total} MB free, {found.f_favail} of {found.f_files} files"
    if free < LEAST_MB:
        return bad("disk.space", f"The disk is almost full ({free} MB free): remove what is not needed from it.", raw)
    if found.f_files and not found.f_favail:  # some file systems count none
        return bad("disk.space", "The disk holds too many files for one more: remove what is not needed from it.", raw)
    return good("disk.space", f"{_size(free)} of {_size(total)} are free.", raw)


def _size(mb: int) -> str:
    return f"{mb / 1000:.1f} GB" if mb >= 1000 else f"{mb} MB"


def _errors(data: Path, root: Path) -> Health:
    counts = {}
    for folder in (data, Path("/")):  # the system's own disk as well as that of the votes
        mount = holding(folder, root)
        if mount.kind != "ext4" and folder != data:
            continue
        name = device(mount, root).name
        counts[name] = number(root / "sys/fs/ext4" / name / "errors_count")
    raw = ", ".join(f"ext4/{name}/errors_count = {count}" for name, count in counts.items())
    if any(counts.values()):
        return bad("disk.errors", "The card had errors: replace it soon, and keep the old one until all is sent.", raw)
    return good("disk.errors", "The card had no errors.", raw)


def _readonly(data: Path, root: Path) -> Health:
    mount = holding(data, root)
    raw = f"{mount.kind}, {'ro' if mount.read_only else 'rw'}"
    if mount.read_only:
        return bad(
            "disk.readonly",
            "The disk takes no votes, it can only be read: restart; if that doesn't help, replace the card.",
            raw,
        )
    return good("disk.readonly", "Votes can be written to the disk.", raw)


def _lasting(data: Path, root: Path) -> Health:
    kind = holding(data, root).kind
    if kind in _IN_MEMORY:
        return bad(
            "disk.lasting",
            "The votes are in memory alone and gone with the power: give them a folder on the card.",
            kind,
        )
    if kind == "overlay":
        return unknown("disk.lasting", "The votes lie on an overlay, which may be gone after a restart.", kind)
    return good("disk.lasting", "Votes outlast a restart.", kind)


def _card(data: Path, root: Path) -> Health:
    disk = whole_disk(device(holding(data, root), root))
    if not disk.name.startswith("mmcblk"):
        return good("card", "The votes are on a disk, not on an SD card.", disk.name)
    card = disk / "device"
    kind, name = line(card / "type"), line(card / "name")
    maker, made = number(card / "manfid", 16), line(card / "date")
    if kind not in ("SD", "MMC"):
        raise Unread(f"{disk.name}: type {kind[:20]!r}")
    if not re.fullmatch(r"\d\d/\d{4}", made):
        raise Unread(f"{disk.name}: date {made[:20]!r}")
    # The number of a card is nobody's business; its end is enough to tell two apart.
    raw = f"{disk.name}: {kind} {name}, manfid {maker:#04x}, {made}, serial …{line(card / 'serial')[-4:]}"
    what = f"{'SD card' if kind == 'SD' else 'eMMC'} {name}, made {made}"
    if not (card / "life_time").exists():
        return good("card", f"{what}. It doesn't tell how worn it is.", raw)
    used, end = _wear(card)
    raw += f", life_time {used:#04x}, pre_eol_info {end:#04x}"
    if used >= _WORN or end >= _END_NEAR:
        return bad("card", f"{what}, is worn out: replace it.", raw)
    if not used:  # 0: not defined
        return good("card", f"{what}. It doesn't tell how worn it is.", raw)
    return good("card", f"{what}, is worn by {used * 10} % at most.", raw)


def _wear(card: Path) -> tuple[int, int]:
    """How much of its life is used, in tenths from 1, the worse of its two kinds of memory; how near the end is."""
    told_life = text(card / "life_time")
    try:
        used = max(int(part, 16) for part in told_life.split())
    except ValueError:
        raise Unread(f"{place(card / 'life_time')} = {told_life[:40]!r}, which is no pair of numbers") from None
    return used, number(card / "pre_eol_info", 16)
