"""Takes the secrets off the card or stick once they are stored. Never knows what they are for.

They are overwritten where they stand, in as many bytes, so that no more than these sectors change; copies that editors
left go; then every sector that belongs to no file is overwritten, and the rest of each file's last cluster. Flash may
keep what it was told to overwrite all the same: docs/installer.md says so. Every step may be done again.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from image.errors import FirstBootError
from image.firstboot import hands
from image.firstboot.source import Source
from image.firstboot.state import MOST_BYTES, Seen, digest
from kiosk.disk import sync_folder

ZEROS = "moodpost.zeros"
MOST_WIPED = 1 << 30
"""Bytes. A large stick would take an hour."""
STICK_S = 60.0
"""How long a stick may take: the kiosk does not start before."""
MOST_LOOKED_AT = 2_000
"""Entries of folders, for copies of settings."""
_STEP = 1 << 20
_SECTOR = 512
_LEFT = re.compile(r"(?i)^\._|moodpost.*toml|^\.goutputstream|^#.*#$|^fsck\d+\.rec$|^\d+$|^survey.*(?:~|\.bak|\.swp)$")
_TRASH = re.compile(r"(?i)^\.trash|^\$recycle|^recycler?$|^found\.\d+$")
_DEEP = 3


def settle(source: Source, seen: Seen, secrets: Iterable[str], say: Callable[[str], None]) -> None:
    """Blank and wipe what was taken from `source`, whose files are those of `seen`. OSError where that can't be."""
    until = time.monotonic() + (STICK_S if source.name == "stick" else math.inf)
    with source.writable():
        folder = source.folder
        for zeros in folder.glob(f"{ZEROS}*"):
            hands.remove(zeros)
        _remove_copies(folder, seen.files, [secret.encode() for secret in secrets])
        sync_folder(folder)
        for name, file in seen.files.items():
            if file.spans:
                hands.write_over(folder / name, [(span.start, span.fill.encode()) for span in file.spans])
        for name, file in seen.files.items():
            if file.size <= MOST_BYTES:  # else it was refused, and its size is another
                _fill_last_cluster(folder / name, file.size, source.cluster)
            if digest(hands.content(folder / name, MOST_BYTES + 1) or b"") != file.sha256:
                raise FirstBootError(f"{name} on {source.words} doesn't hold what was written to it")
        _wipe(source, say, until)


def _remove_copies(folder: Path, ours: Mapping[str, object], secrets: list[bytes]) -> None:
    """What editors and other computers left that holds one of the secrets, as UTF-8 or UTF-16."""
    sought = [form for text in secrets for form in (text, text.decode().encode("utf-16-le"))]
    for path in list(_leftovers(folder, _DEEP, [MOST_LOOKED_AT])):
        # FAT knows no cases: MOODPOST.TOML may be the file itself.
        if str(path.relative_to(folder)).lower() in {name.lower() for name in ours}:
            continue
        data = hands.content(path, MOST_BYTES) or b""
        if any(secret in data for secret in sought):
            hands.remove(path)
            sync_folder(path.parent)


def _leftovers(folder: Path, deep: int, left: list[int], *, every: bool = False) -> Iterator[Path]:
    """`left`: how many entries may still be looked at, in all folders."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            left[0] -= 1
            if left[0] < 0:
                return
            if entry.is_dir(follow_symlinks=False):
                trash = every or _TRASH.search(entry.name)
                if deep and (trash or entry.name.lower() == "surveys"):
                    yield from _leftovers(Path(entry), deep - 1, left, every=bool(trash))
            elif every or _LEFT.search(entry.name):
                yield Path(entry)


def _fill_last_cluster(path: Path, size: int, cluster: int) -> None:
    """What stood behind a file's end, in a longer text before, is overwritten with zeros."""
    end = -(-size // cluster) * cluster
    if end != size or path.stat().st_size != size:
        hands.set_size(path, end)
        hands.set_size(path, size)


def _wipe(source: Source, say: Callable[[str], None], until: float) -> None:
    found = os.statvfs(source.folder)
    free = found.f_bavail * found.f_frsize
    if free > MOST_WIPED:
        say(f"{source.words} is too large to be wiped: keep it safe, or format it")
        return
    # No more than was told to be free: should that not be true, a whole disk is not to be filled.
    left, number, files = free + _STEP, 0, []
    try:
        while left > 0:
            path = source.folder / f"{ZEROS}{number}"
            files.append(path)
            written, is_full = _zeros(
                path, left, until, lambda left: say(f"wiping {source.words}, {left >> 20} MB left")
            )
            if time.monotonic() >= until:
                say(f"{source.words} is too slow to be wiped: keep it safe, or format it")
                break
            if is_full:
                break
            number, left = number + 1, left - written
    finally:
        for path in files:
            hands.remove(path)
        sync_folder(source.folder)


def _zeros(path: Path, most: int, until: float, at: Callable[[int], None]) -> tuple[int, bool]:
    """A file of zeros; its size, and whether it ended because nothing is free: a file may be full before a disk is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    done, zeros = 0, bytes(_STEP)
    try:
        while done < most and time.monotonic() < until:
            try:
                done += os.write(descriptor, zeros)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise
                if error.errno == errno.EFBIG:
                    return done, False
                if len(zeros) <= _SECTOR:
                    return done, True
                # A page is written whole or not at all, and is several clusters of a small disk: fewer may be left, and
                # they are the ones that an editor gave up last.
                zeros = bytes(len(zeros) // 2)
            if done % (16 * _STEP) == 0:
                os.fsync(descriptor)
                at(max(0, most - done))
        return done, True
    finally:
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
