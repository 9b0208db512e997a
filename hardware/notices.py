"""The kernel's notices of what changes in some folders (inotify). Never knows what the files are for."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from pathlib import Path

MODIFIED, ATTRIBUTES, MOVED_IN, CREATED = 0x2, 0x4, 0x80, 0x100
"""IN_MODIFY, IN_ATTRIB, IN_MOVED_TO and IN_CREATE of <linux/inotify.h>: a file is written to; its owner or mode is
another; one takes this name; one is made."""
_IGNORED, _ONLY_FOLDERS = 0x8000, 0x1000000
_HEAD = struct.Struct("iIII")
"""Before each name: which folder, what happened, a cookie, and how many bytes the name takes."""
_MOST_BYTES = 65_536


class Notices:
    """What happens to the files of some folders, by their names. Nothing here raises.

    The standard library has no inotify, and three calls need no other.
    """

    def __init__(self) -> None:
        self.descriptor: int | None = None
        """What to sleep on; None where nobody would tell of anything."""
        self._folders: dict[int, Path] = {}

    def listen(self, folder: Path, events: int) -> bool:
        """Be told of `events` in `folder` from now on; whether that is so. Asked twice for the same it is no harm."""
        try:
            libc = ctypes.CDLL(None)
            if self.descriptor is None and (made := libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)) >= 0:
                self.descriptor = made
            if self.descriptor is None:
                return False
            number = libc.inotify_add_watch(self.descriptor, os.fsencode(folder), events | _ONLY_FOLDERS)
        except AttributeError:  # no Linux
            return False
        if number >= 0:
            self._folders[number] = folder
        elif not self._folders:
            self.close()
        return bool(number >= 0)

    def taken(self) -> set[str]:
        """The names of what has happened to since this was asked; "" where the kernel lost count, or a folder is gone.

        Where the last folder is gone, the descriptor is, too.
        """
        names: set[str] = set()
        if self.descriptor is None:
            return names
        with contextlib.suppress(BlockingIOError):
            while told := os.read(self.descriptor, _MOST_BYTES):
                at = 0
                while at < len(told):
                    number, happened, _, length = _HEAD.unpack_from(told, at)
                    at += _HEAD.size + length
                    names.add(os.fsdecode(told[at - length : at].rstrip(b"\0")))
                    if happened & _IGNORED:
                        self._folders.pop(number, None)
        if not self._folders:
            self.close()
        return names

    def close(self) -> None:
        """Let go of the descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = None
        self._folders.clear()
