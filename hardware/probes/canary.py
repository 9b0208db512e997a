"""Whether what is written to the card can be read back. Knows a folder and bytes; never what is stored there.

A worn or counterfeit card takes every write and gives back something else, or nothing. The kernel would answer from
its memory; so it is told to forget first.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, bad, good, unknown

_BYTES = 4_096
_BROKEN = {errno.EIO, errno.EBADMSG, errno.EREMOTEIO, errno.EUCLEAN, errno.ENODEV, errno.ENXIO}
"""What the kernel says when the card itself fails; EUCLEAN: its file system is damaged."""
_REPLACE = "replace the card, and keep the old one: votes may still be read from it."


def probe(
    data: Path, read_back: Callable[[int, int, int], bytes] = os.pread, clock: Callable[[], float] = time.monotonic
) -> list[Health]:
    """Write 4 KB of noise in the folder `data`, have it laid down, read it back. No file is left, or ever had a name.

    `read_back` is given descriptor, bytes and offset.
    """
    began = clock()
    try:
        same = _same(data, read_back)
    except OSError as error:
        return [_failed(error)]
    took = round((clock() - began) * 1000)
    raw = f"{_BYTES} bytes, {took} ms"
    if same:
        return [good("disk.canary", f"What is written can be read back ({took} ms).", raw)]
    return [bad("disk.canary", f"The card gave back something else than was written: {_REPLACE}", raw)]


def _same(data: Path, read_back: Callable[[int, int, int], bytes]) -> bool:
    noise = os.urandom(_BYTES)
    # Without a name: a power cut right now leaves nothing behind.
    descriptor = os.open(data, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, noise) != _BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return read_back(descriptor, _BYTES, 0) == noise
    finally:
        os.close(descriptor)


def _failed(error: OSError) -> Health:
    raw = f"{errno.errorcode.get(error.errno or 0, 'OSError')}: {error.strerror}"
    if error.errno in _BROKEN:
        return bad("disk.canary", f"The card can't be written and read back: {_REPLACE}", raw)
    why = {
        errno.ENOSPC: "there is no room",
        errno.EDQUOT: "there is no room",
        errno.EROFS: "nothing can be written",
        errno.EACCES: "this user may not write there",
        errno.EPERM: "this user may not write there",
        errno.ENOENT: "the folder of the votes is missing",
        errno.EOPNOTSUPP: "its file system can't do that",
        errno.EISDIR: "its file system can't do that",
    }.get(error.errno or 0, "the system refused")
    return unknown("disk.canary", f"Writing and reading back could not be tried: {why}.", raw)
