"""What the running kiosk says of itself, left in a file for whoever asks from outside. Knows no screen and no probe.

The doctor is another process: it can't see which buttons were pressed or whether there is a picture. The file lies in
the runtime folder, in memory on a Pi, and is written only when something has changed.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hardware.health import Health

log = logging.getLogger(__name__)

NAME = "kiosk.json"
_MOST_BYTES = 64 * 1024


class Status(msgspec.Struct, frozen=True):
    """The readings that only the kiosk itself can give, as they were at `ms` (CLOCK_BOOTTIME) of that boot."""

    boot: str
    ms: int
    readings: tuple[Health, ...]


class Told:
    """Leaves the status in a folder whenever it is another. Where that fails, the log tells, once."""

    def __init__(self, folder: Path, boot: str) -> None:
        self._path = folder / NAME
        self._boot = boot
        self._left: tuple[Health, ...] | None = None
        self._failed = False

    def tell(self, readings: Iterable[Health], now_ms: int) -> None:
        """Leave `readings`, if they are others than those that lie there."""
        readings = tuple(readings)
        if readings == self._left:
            return
        self._left = readings
        part = self._path.with_suffix(".part")
        try:
            _begin(part, msgspec.json.encode(Status(self._boot, now_ms, readings)))
            part.replace(self._path)  # nobody ever reads half of it
        except OSError as error:
            if not self._failed:
                log.warning("%s: can't be left for the doctor (%s)", self._path, error.strerror)
            self._failed = True

    def end(self) -> None:
        """Take the file away: a kiosk that has ended says nothing any more."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def _begin(part: Path, content: bytes) -> None:
    """In a file that was not there: sync may write in this folder too, and a link of its leads to no other file."""
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def left(folder: Path, boot: str) -> Status | None:
    """What a kiosk left in this boot; None where there is nothing, or nothing that can be read."""
    try:
        # Sync may write in this folder too: no pipe is waited at.
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = msgspec.json.decode(file.read(_MOST_BYTES), type=Status)
    except (OSError, msgspec.DecodeError):
        return None
    return status if status.boot == boot else None
