"""Changes to files that last, each whole or not at all after a power cut. Never knows what is in them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from kiosk.disk import sync_folder

Owner = tuple[int, int]
"""User and group; -1: as it is."""
ROOT: Owner = (-1, -1)


def make(path: Path, data: bytes, mode: int = 0o600, owner: Owner = ROOT) -> None:
    """A new file that lasts, readable by nobody else before it may be; its name lasts once its folder is synced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        _write_all(descriptor, data)
        if owner != ROOT:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(path: Path, data: bytes, mode: int = 0o600, owner: Owner = ROOT) -> None:
    """A file in the place of the one before, whole or not at all, that lasts."""
    part = path.with_name(f".{path.name}.part")
    remove(part)
    make(part, data, mode, owner)
    os.replace(part, path)  # noqa: PTH105
    sync_folder(path.parent)


def folder(path: Path, mode: int, owner: Owner = ROOT) -> None:
    """A folder with these rights, whether or not it was there; its name lasts once the one around it is synced."""
    try:
        os.mkdir(path, mode)  # noqa: PTH102
    except FileExistsError:
        return
    os.chmod(path, mode)  # noqa: PTH101 - past the umask
    if owner != ROOT:
        os.chown(path, *owner)


def own(path: Path, mode: int, owner: Owner) -> None:
    """A folder with these rights, whoever made it before."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(path, mode)  # noqa: PTH101 - past the umask
    if owner != ROOT:
        os.chown(path, *owner)


def remove(path: Path) -> bool:
    """A file, a link or a whole folder, if it is there; whether it was."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)  # noqa: PTH108
    return True


def move(here: Path, there: Path) -> None:
    """A rename, over a file that is there; lasts once both folders are synced."""
    os.replace(here, there)  # noqa: PTH105


def write_over(path: Path, pieces: Iterable[tuple[int, bytes]]) -> None:
    """Put each piece over as many bytes at its place: no name, no size and no other sector changes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for at, data in pieces:
            done = 0
            while done < len(data):
                done += os.pwrite(descriptor, data[done:], at + done)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_size(path: Path, size: int) -> None:
    """Cut off what is behind `size`, or fill up with zeros to it; it lasts."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def content(path: Path, most: int) -> bytes | None:
    """What is in a file, at most so many bytes; None where there is none, or a folder, a link, a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # before Python's file, which takes no folder
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)


def quietly_remove(path: Path) -> None:
    """As `remove`, where it matters to nobody whether it can be."""
    with contextlib.suppress(OSError):
        remove(path)


def _write_all(descriptor: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.write(descriptor, data[done:])
