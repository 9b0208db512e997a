"""Bytes onto a card or into a file, and read back from it. Never knows what they are, nor whether they may be written.

What is read back comes from the card itself, not from this computer's memory of it: past the page cache where the
kernel allows (O_DIRECT), else after the cache was dropped.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from image.provision.errors import CardFailed, TargetRefused
from image.provision.picture import PIECE, SECTOR

Told = Callable[[int], None]
"""How many bytes are done."""
_FLUSH_EACH = 8
"""Pieces, after which the card must have what it was given: the rate is the card's, and a failure is told soon."""
_HOLE = 64 << 10
_BLKRRPART, _BLKFLSBUF = 0x125F, 0x1261
"""linux/fs.h: read the partition table anew; drop what is cached."""
_WORDS = {
    errno.EIO: "the card or its reader has failed, or it was pulled out",
    errno.ENXIO: "the card was pulled out",
    errno.ENODEV: "the card was pulled out",
    errno.ENOMEDIUM: "the card was pulled out",
    errno.ENOENT: "the card or its reader was pulled out",
    errno.ENOSPC: "it is full: a card is smaller than it says, or a folder has no room",
    errno.EROFS: "the card has made itself read-only, as worn-out cards do",
    errno.EPERM: "the card is write-protected",
    errno.EREMOTEIO: "the card or its reader has failed",
    errno.ETIMEDOUT: "the card does not answer",
}


def to_card(pieces: Iterator[bytes], size: int, path: Path, told: Told) -> list[bytes]:
    """Write all `pieces`, `size` bytes, onto the disk at `path`, and give the digest of each; CardFailed.

    The first piece goes last, and zeros before it: a card that was pulled out too early has no partition table, and
    starts no Pi with half of an image.
    """
    with _opened(path, os.O_WRONLY | os.O_EXCL) as descriptor:
        _write(descriptor, bytes(min(PIECE, size)), 0, path)
        _flush(descriptor, path, 0)
        head, digests, done = b"", [], 0
        for number, piece in enumerate(pieces):
            digests.append(_digest(piece))
            if number:
                _write(descriptor, piece, done, path)
            else:
                head = piece
            done += len(piece)
            if number % _FLUSH_EACH == _FLUSH_EACH - 1:
                _flush(descriptor, path, done)
            told(done)
        _whole(done, size, path)
        _flush(descriptor, path, done)
        _write(descriptor, head, 0, path)
        _flush(descriptor, path, 0)
        return digests


def to_file(pieces: Iterator[bytes], size: int, path: Path, told: Told) -> list[bytes]:
    """The same into a new file that this user alone can read, with holes where there are zeros only."""
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
        digests, done = [], 0
        for piece in pieces:
            digests.append(_digest(piece))
            try:
                write_sparse(descriptor, piece, done)
            except OSError as error:
                raise _failed("written", path, done, error) from None
            done += len(piece)
            told(done)
        _whole(done, size, path)
        os.ftruncate(descriptor, size)
        _flush(descriptor, path, done)
        return digests


def verify(path: Path, digests: Sequence[bytes], size: int, told: Told) -> None:
    """Read `size` bytes back and hold them against what was written; CardFailed says where they differ."""
    done = 0
    with _direct(path) as (read, buffer):
        for expected in digests:
            length = min(PIECE, size - done)
            try:
                got = read(length, done)
            except OSError as error:
                raise _failed("read", path, done, error) from None
            if got < length or _digest(buffer[:length]) != expected:
                raise CardFailed(
                    f"{path}: this card gave back other bytes than it was given, within {length >> 10} kB from byte "
                    f"{done:,} on. Throw it away: it would lose votes"
                )
            done += length
            told(done)


def reread_table(path: Path) -> None:
    """Let the kernel see the new partitions; where it can't (they are in use already), it sees them next time."""
    import fcntl

    with contextlib.suppress(OSError), _opened(path, os.O_RDONLY) as descriptor:
        fcntl.ioctl(descriptor, _BLKRRPART)


def write_sparse(descriptor: int, data: bytes, at: int) -> None:
    """Write what is not zeros; the rest stays a hole, which is read as zeros in a new file."""
    for begin in range(0, len(data), _HOLE):
        block = data[begin : begin + _HOLE]
        if block.count(0) != len(block):
            done = 0
            while done < len(block):
                done += os.pwrite(descriptor, block[done:], at + begin + done)


def _digest(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=16).digest()


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    except PermissionError:
        raise TargetRefused(f"{path}: you may not write to it. Say sudo before the command") from None
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise TargetRefused(f"{path}: another program uses this disk. Unmount it, close that program") from None
        raise _failed("opened", path, 0, error) from None
    try:
        yield descriptor
    finally:
        # Where a card is gone, what was left to be written is told of by the flush before.
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def _direct(path: Path) -> Iterator[tuple[Callable[[int, int], int], memoryview]]:
    """What reads so many bytes from there on into the buffer, and the buffer."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(_opened(path, os.O_RDONLY | os.O_DIRECT))
        except CardFailed:  # a file system that has no such reading, or no card: then this fails too
            descriptor = stack.enter_context(_opened(path, os.O_RDONLY))
        _drop_cache(descriptor)
        room = stack.enter_context(mmap.mmap(-1, PIECE))  # O_DIRECT wants it aligned to a page
        buffer = stack.enter_context(memoryview(room))

        def read(length: int, at: int) -> int:
            got = 0
            while got < length:  # all that has room is asked for: O_DIRECT wants whole blocks
                now = os.preadv(descriptor, [buffer[got:]], at + got)
                if not now:
                    break
                got += now
            return got

        yield read, buffer


def _drop_cache(descriptor: int) -> None:
    import fcntl

    with contextlib.suppress(OSError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    with contextlib.suppress(OSError):  # a file has none of its own
        fcntl.ioctl(descriptor, _BLKFLSBUF)


def _write(descriptor: int, piece: bytes, at: int, path: Path) -> None:
    done, view = 0, memoryview(piece)
    try:
        while done < len(piece):
            done += os.pwrite(descriptor, view[done:], at + done)
    except OSError as error:
        raise _failed("written", path, at + done, error) from None


def _flush(descriptor: int, path: Path, at: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise _failed("written", path, at, error) from None


def _whole(done: int, size: int, path: Path) -> None:
    if done != size or size % SECTOR:
        raise CardFailed(f"{path}: the image is not as long as it says ({done:,} of {size:,} bytes). Download it anew")


def _failed(what: str, path: Path, at: int, error: OSError) -> CardFailed:
    words = _WORDS.get(error.errno or 0, error.strerror)
    return CardFailed(f"{path}: can't be {what} at byte {at:,}: {words}")
