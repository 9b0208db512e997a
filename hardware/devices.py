"""The kernel's input devices: which are there, and what they have told. Never knows what it means.

They come and go: a touch panel on a cable is pulled out, or knocked off the bus by a spark and found again.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pygame

    from hardware.evdev import Reader

_CREATE, _ATTRIB = 0x100, 0x4
"""IN_CREATE and IN_ATTRIB of <linux/inotify.h>: a device file is made by root, then given to those who may read it."""


class Devices:
    """All that can be opened under /dev/input, and a notice of what is plugged in. Nothing here raises.

    `root` is where /dev is looked for. Nothing is open before the first `refresh`.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._dev = root / "dev"
        self._opened: dict[Path, int] = {}
        self._readers: dict[int, Reader] = {}
        self._told: list[pygame.Event] = []
        self._gone: set[int] = set()
        self._notice: int | None = None
        self.changed = False
        """Whether something was plugged in or pulled out since the last `refresh`."""

    @property
    def descriptors(self) -> list[int]:
        """What to sleep on; empty where no device is open and nobody would tell of a new one."""
        return [*([] if self._notice is None else [self._notice]), *self._opened.values()]

    def refresh(self, panel: tuple[int, int]) -> bool:
        """Open what is new and close what is gone; whether there was any. No descriptor of before is valid after it.

        `panel` is the size of the screen, pixels.
        """
        from hardware.evdev import Reader  # here: a window starts sooner without it

        self._listen()  # first: what is plugged in from now on is told
        self.changed = False
        gone = [path for path, descriptor in self._opened.items() if not self._is_there(path, descriptor)]
        for path in gone:
            descriptor = self._opened.pop(path)
            self._told += self._readers.pop(descriptor).release()
            os.close(descriptor)
        self._gone.clear()
        came = 0
        for path in sorted(self._dev.glob("input/event*")):
            if path not in self._opened:
                with contextlib.suppress(OSError):
                    self._opened[path] = descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                    self._readers[descriptor] = Reader(descriptor, panel)
                    came += 1
        return bool(gone or came)

    def drain(self, descriptor: int) -> None:
        """Read one that stirs, until it has no more to tell. A descriptor that is none of these is left alone."""
        if descriptor == self._notice:
            self.changed = True
            with contextlib.suppress(BlockingIOError):
                while os.read(descriptor, 4096):
                    pass
        elif reader := self._readers.get(descriptor):
            try:
                for event in reader.read():  # what came before the end counts
                    self._told.append(event)
            except OSError:  # ENODEV: it was pulled out
                self._gone.add(descriptor)
                self.changed = True

    def events(self) -> list[pygame.Event]:
        """What was read since the last call, as SDL would tell it."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Let go of all."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self._opened.clear()
        self._readers.clear()
        self._notice = None

    def _is_there(self, path: Path, descriptor: int) -> bool:
        """Whether that file still is the device that was opened, not another one of the same name."""
        if descriptor in self._gone:
            return False
        try:
            return os.path.samestat(path.stat(), os.fstat(descriptor))
        except OSError:
            return False

    def _listen(self) -> None:
        """Have the kernel tell of new files: the standard library has no inotify, and three calls need no other."""
        libc = ctypes.CDLL(None)
        if self._notice is None:
            descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            if descriptor < 0:
                return
            self._notice = descriptor
        # The kernel removes the folder with its last device and makes it anew; asking twice for the same is no harm.
        folders = {self._dev: _CREATE, self._dev / "input": _CREATE | _ATTRIB}
        watched = [libc.inotify_add_watch(self._notice, os.fsencode(f), wanted) >= 0 for f, wanted in folders.items()]
        if not any(watched):
            os.close(self._notice)
            self._notice = None
