"""What is asked of the file system beyond reading and writing: names that last, space kept, side files kept.

Knows SQLite's files by their names; never what is in them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

_SHARED_BYTES = (0x40000002, 510)
"""Where SQLite locks a database for reading: SHARED_FIRST and SHARED_SIZE in its os.h."""
FRAME_HEAD = 24
WAL_HEAD = 32
"""Bytes before each page in a -wal file, and before the first; https://www.sqlite.org/fileformat2.html#the_write_ahead_log"""


def wal(path: Path) -> Path:
    """The write-ahead log of the database at `path`."""
    return path.with_name(path.name + "-wal")


def shm(path: Path) -> Path:
    """The index of that log, in memory that its users share; nothing in it need last."""
    return path.with_name(path.name + "-shm")


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` last: syncing a file does not sync the folder that names it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lay_down_names(folder: Path) -> None:
    """Make the names in `folder` last, also those whose sync has failed before and nobody was told.

    SQLite passes over an error of the sync that should make its log's name last. The kernel takes what it could not
    write for clean, so that a second sync alone would do nothing; a name that comes and goes has it written anew.
    """
    passing = folder / ".names"
    try:
        passing.touch()
        passing.unlink()
    except OSError as error:
        # Where there is no room for an empty file, there was none for a log that would be new here either.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
    sync_folder(folder)


def sync_file(path: Path) -> None:
    """Make what is in the file last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: str | bytes) -> None:
    """A small file, whole or not at all after a power cut, whether or not there was one before."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    sync_file(part)
    part.replace(path)
    sync_folder(path.parent)


def free_bytes(folder: Path) -> int:
    """How much of the file system that holds `folder` this user may still fill."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def keep_wal_space(path: Path, pages: int, page_bytes: int) -> bool:
    """Give the -wal of the database at `path` room on the disk for so many pages; False where the disk has none.

    SQLite takes the zeros behind its last frame for the end of the log. It locks the database and the -shm, never
    the -wal, so that closing a descriptor of that drops no lock.
    """
    size = WAL_HEAD + pages * (FRAME_HEAD + page_bytes)
    descriptor = os.open(wal(path), os.O_RDWR)
    try:
        if os.fstat(descriptor).st_size < size:
            os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        raise
    finally:
        os.close(descriptor)
    return True


opening = threading.Lock()
"""Held while a database is opened for reading beside its writer in one process; see `by_hand`."""
_parked: dict[tuple[int, int], int] = {}
"""Descriptors that could not be closed, by device and inode of their files: each is used again."""


@contextlib.contextmanager
def by_hand(file: Path, database: Path, flags: int) -> Iterator[int]:
    """A descriptor of `file`, which is `database` or belongs to it; OSError where it can't be opened.

    Closing any descriptor of a file takes away all locks that this process has on it (POSIX): SQLite's too, which goes
    on as if it had them, and a stranger who comes and goes would then delete the log. So it is closed only where no
    other descriptor of this process is open on `database`; else it is kept.
    """
    with opening:
        found = file.stat()
        descriptor = _parked.pop((found.st_dev, found.st_ino), -1)
        if descriptor < 0:
            descriptor = os.open(file, flags | os.O_CLOEXEC)
    try:
        of = database.stat()
        yield descriptor
    finally:
        with opening:
            own = os.fstat(descriptor)
            if _is_open(of, but=descriptor):
                _parked[own.st_dev, own.st_ino] = descriptor
            else:
                os.close(descriptor)


def _is_open(database: os.stat_result, but: int) -> bool:
    """Whether this process has it open, other than by `but` and by what was kept."""
    ours = {but, *_parked.values()}
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the listing's own descriptor is gone
            if int(link.name) not in ours and os.path.samestat(link.stat(), database):
                return True
    return False


@contextlib.contextmanager
def kept_side_files(path: Path) -> Iterator[None]:
    """Connections that are closed meanwhile leave -wal and -shm where they are, as a power cut would.

    The last one to go would move the log into the database and delete both. Then a reader under another user could
    open nothing (it can't make them), the room kept in the log would be lost, and a damaged file would be written to.
    SQLite does that only where nobody reads: an open-file lock says somebody does, even to this process.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(by_hand(path, path, os.O_RDWR))
        except OSError:
            descriptor = -1
        _share(descriptor, reads=True)
        try:
            yield
        finally:
            _share(descriptor, reads=False)


def _share(descriptor: int, *, reads: bool) -> None:
    import fcntl  # Windows has none, where nobody but provisioning uses anything of this module

    kind = fcntl.F_RDLCK if reads else fcntl.F_UNLCK
    if descriptor >= 0:
        lock = struct.pack("hhqqi", kind, os.SEEK_SET, *_SHARED_BYTES, 0)
        with contextlib.suppress(OSError):  # a file system without such locks: they are deleted
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
