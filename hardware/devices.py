"""The kernel's input devices: which are there, and what they have told. Never knows what it means.

They come and go: a touch panel on a cable is pulled out, or knocked off the bus by a spark and found again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.notices import ATTRIBUTES, CREATED, Notices

if TYPE_CHECKING:
    import pygame

    from hardware.evdev import Reader


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
        self._notices = Notices()
        self.changed = False
        """Whether something was plugged in or pulled out since the last `refresh`."""

    @property
    def descriptors(self) -> list[int]:
        """What to sleep on; empty where no device is open and nobody would tell of a new one."""
        notice = self._notices.descriptor
        return [*([] if notice is None else [notice]), *self._opened.values()]

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
        if descriptor == self._notices.descriptor:
            self._notices.taken()
            self.changed = True
        elif descriptor in self._readers:
            self._read(descriptor)

    def events(self) -> list[pygame.Event]:
        """What they have told since the last call, as SDL would tell it, whether anybody slept on them or not."""
        for descriptor in self._readers.keys() - self._gone:
            self._read(descriptor)
        told, self._told = self._told, []
        return told

    def _read(self, descriptor: int) -> None:
        try:
            for event in self._readers[descriptor].read():  # what came before the end counts
                self._told.append(event)
        except OSError:  # ENODEV: it was pulled out
            self._gone.add(descriptor)
            self.changed = True

    def close(self) -> None:
        """Let go of all."""
        for descriptor in self._opened.values():
            os.close(descriptor)
        self._opened.clear()
        self._readers.clear()
        self._notices.close()

    def _is_there(self, path: Path, descriptor: int) -> bool:
        """Whether that file still is the device that was opened, not another one of the same name."""
        if descriptor in self._gone:
            return False
        try:
            return os.path.samestat(path.stat(), os.fstat(descriptor))
        except OSError:
            return False

    def _listen(self) -> None:
        # The kernel removes the folder of the devices with the last one and makes it anew.
        self._notices.listen(self._dev, CREATED)
        # Root makes a device's file; then it is given to those who may read it.
        self._notices.listen(self._dev / "input", CREATED | ATTRIBUTES)
