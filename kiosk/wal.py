"""A database's -wal file, written to behind SQLite's back after a sync that failed. Never touches what is committed.

Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log and https://www.sqlite.org/walformat.html.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from kiosk import disk
from kiosk.errors import DamagedStore
from kiosk.frames import renewed

_ROOM_BYTES = 1 << 16
"""Twice what a log's index takes."""


def lay_down(path: Path) -> None:
    """Write the log of the database at `path` over itself, the same bytes, and sync it: now it is on the disk.

    After a sync that failed, the kernel takes pages for clean that never reached the card; whoever syncs again is told
    that all is well. Nobody who reads the log meanwhile sees anything else, nor does a power cut.
    """
    try:
        descriptor = os.open(disk.wal(path), os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        head = _read(descriptor, disk.WAL_HEAD, 0, path)
        if len(head) < disk.WAL_HEAD:
            return
        end = _written(descriptor, head, path)
        at = 0
        while at < min(end, os.fstat(descriptor).st_size):
            piece = _read(descriptor, min(1 << 18, end - at), at, path)
            os.pwrite(descriptor, piece, at)
            at += len(piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_room(path: Path) -> bool:
    """Give a little of what the log of the database at `path` keeps behind its frames back to the disk; False: nothing.

    For a disk without a free block: at each opening SQLite cuts the log's index (-shm) off and lays it down anew, and a
    file system that has used up its own reserve keeps some of those blocks for itself.
    """
    try:
        descriptor = os.open(disk.wal(path), os.O_RDWR)
    except OSError:
        return False
    try:
        size = os.fstat(descriptor).st_size
        end = _written(descriptor, _read(descriptor, disk.WAL_HEAD, 0, path), path)
        if end > size - _ROOM_BYTES:
            return False
        os.ftruncate(descriptor, size - _ROOM_BYTES)
        os.fsync(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _written(descriptor: int, head: bytes, path: Path) -> int:
    """Where the frames of this log end; what follows is left of an older one."""
    size = int.from_bytes(head[8:12], "big") + disk.FRAME_HEAD
    end = disk.WAL_HEAD
    while any(head) and _read(descriptor, 8, end + 8, path) == head[16:24]:
        end += size
    return end


def _read(descriptor: int, size: int, at: int, path: Path) -> bytes:
    try:
        return os.pread(descriptor, size, at)
    except OSError as error:  # a sector that can't be read any more is damage, not a disk to be waited for
        raise DamagedStore(f"{disk.wal(path)}: can't be read ({error.strerror})") from None


@contextlib.contextmanager
def ended(path: Path) -> Iterator[None]:
    """Make the log of the database at `path` end where its users believe it does; the last one here leaves meanwhile.

    The frames of a commit that failed stand behind that end, whole perhaps. Whoever opened the file when nobody has
    it open would take them for committed: a vote that was refused would be counted beside the one pressed instead.
    """
    with disk.by_hand(disk.shm(path), path, os.O_RDONLY) as index:
        with contextlib.suppress(OSError):
            _end(path, os.pread(index, 48, 0))
        yield


def _end(path: Path, index: bytes) -> None:
    if len(index) < 48 or not index[12]:
        return
    page_bytes, frames = struct.unpack_from("=HI", index, 14)
    at = disk.WAL_HEAD + frames * (disk.FRAME_HEAD + (65536 if page_bytes == 1 else page_bytes))
    descriptor = os.open(disk.wal(path), os.O_RDWR)
    try:
        head = os.pread(descriptor, disk.WAL_HEAD, 0)
        if not frames and len(head) == disk.WAL_HEAD:
            # Begun anew just now: whether the old head or the new one is on the disk, none of its frames counts.
            os.pwrite(descriptor, renewed(head, os.urandom(4)), 0)
        elif os.fstat(descriptor).st_size > at:
            os.pwrite(descriptor, bytes(disk.FRAME_HEAD), at)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
