"""A database's -wal file, written to behind SQLite's back after a sync that failed. Never touches what is committed.

Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log and https://www.sqlite.org/walformat.html.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from kiosk import disk
from kiosk.pages import renewed


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
        head = os.pread(descriptor, disk.WAL_HEAD, 0)
        size = int.from_bytes(head[8:12], "big") + disk.FRAME_HEAD
        end = disk.WAL_HEAD
        while any(head) and os.pread(descriptor, 8, end + 8) == head[16:24]:  # what follows is left of an older log
            end += size
        at = 0
        while at < min(end, os.fstat(descriptor).st_size):
            piece = os.pread(descriptor, min(1 << 18, end - at), at)
            os.pwrite(descriptor, piece, at)
            at += len(piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def end(path: Path) -> None:
    """Make the log of the database at `path` end where its users believe it does; to be called while one is there.

    The frames of a commit that failed stand behind that end, whole perhaps. Whoever opened the file when nobody has
    it open would take them for committed: a vote that was refused would be counted beside the one pressed instead.
    """
    with disk.shm(path).open("rb") as file:
        index = file.read(48)
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
