"""A screen in memory, and a finger on it that stops the time until pixels change. Knows no kiosk.

The finger is injected with XTEST, and X itself tells (DAMAGE) when something was drawn: nothing looks at the
screen again and again, so that the cores are left to what is measured. The clock stops when X's word arrives,
before the pixels are fetched to see that they did change.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks.xlib import ALL_PLANES, DAMAGE_RAW, INSTALL, Z_PIXMAP, Event, Xlib

SIZE = (800, 480)
PATIENCE_S = 20.0


class Strip(NamedTuple):
    """A stretch of the screen that is looked at, in pixels."""

    x: int
    y: int
    width: int
    height: int = 8

    @property
    def middle(self) -> tuple[int, int]:
        """Where a finger goes."""
        return self.x + self.width // 2, self.y + self.height // 2


@contextlib.contextmanager
def screen(size: tuple[int, int] = SIZE) -> Iterator[str]:
    """An X server of this size with no pointer to be seen; its display."""
    if not shutil.which("Xvfb"):
        raise SystemExit(f"Xvfb is not installed: {INSTALL}")
    read, write = os.pipe()
    dimensions = f"{size[0]}x{size[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", dimensions, "-nolisten", "tcp", "-nocursor"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


class Finger:
    """Taps on a display and sees what comes of it."""

    def __init__(self, display: str) -> None:
        self._x = Xlib()
        self._connection = self._x.open(display)
        self._root = self._x.XDefaultRootWindow(self._connection)
        first, error = ctypes.c_int(), ctypes.c_int()
        if not self._x.XDamageQueryExtension(self._connection, first, error):
            raise SystemExit(f"the X server {display} has no DAMAGE extension")
        self._damaged = first.value
        self._x.XDamageCreate(self._connection, self._root, DAMAGE_RAW)
        self._x.XSync(self._connection, 0)
        self._poll = select.poll()
        self._poll.register(self._x.XConnectionNumber(self._connection), select.POLLIN)
        self._event = Event()

    def close(self) -> None:
        """Let go of the display."""
        self._x.XCloseDisplay(self._connection)

    def pixels(self, strip: Strip) -> bytes:
        """What is to be seen there."""
        image = self._x.XGetImage(self._connection, self._root, *strip, ALL_PLANES, Z_PIXMAP)
        seen = ctypes.string_at(image.contents.data, image.contents.bytes_per_line * image.contents.height)
        self._x.XDestroyImage(image)
        return seen

    def still(self, seconds: float) -> None:
        """Until nothing was drawn for so long."""
        limit = time.monotonic() + PATIENCE_S
        while self._wait(seconds):
            self._drawn(None)
            if time.monotonic() > limit:
                raise TimeoutError("the screen did not come to rest")

    def seen(self, strip: Strip, wanted: bytes) -> None:
        """Until the strip looks so."""
        limit = time.monotonic() + PATIENCE_S
        while self.pixels(strip) != wanted:
            if not self._wait(limit - time.monotonic()):
                raise TimeoutError(f"the first screen did not come back at {strip.middle}")
            self._drawn(None)

    def appeared(self, strip: Strip) -> None:
        """Until the strip shows more than one colour: there is something where only ground was."""
        limit = time.monotonic() + PATIENCE_S
        while _colours(self.pixels(strip)) < 2:
            if not self._wait(limit - time.monotonic()):
                raise TimeoutError(f"nothing appeared at {strip.middle}")
            self._drawn(None)

    def tap(self, strip: Strip) -> float:
        """Tap in the middle of the strip, and so many milliseconds later its pixels have changed.

        The pointer goes there first, and the screen comes to rest: only the press is measured.
        """
        self._move(strip.middle)
        self.still(0.05)
        before = self.pixels(strip)
        began = time.perf_counter()
        self._x.XTestFakeButtonEvent(self._connection, 1, 1, 0)
        self._x.XFlush(self._connection)
        while self._wait(PATIENCE_S):
            now = time.perf_counter()
            if self._drawn(strip) and self.pixels(strip) != before:
                self._x.XTestFakeButtonEvent(self._connection, 1, 0, 0)
                self._x.XFlush(self._connection)
                return (now - began) * 1000
        raise TimeoutError(f"nothing came of a tap at {strip.middle}")

    def touch(self, at: tuple[int, int]) -> None:
        """Tap there; nothing is measured."""
        self._move(at)
        for down in (1, 0):
            self._x.XTestFakeButtonEvent(self._connection, 1, down, 0)
        self._x.XFlush(self._connection)

    def _move(self, to: tuple[int, int]) -> None:
        self._x.XTestFakeMotionEvent(self._connection, -1, *to, 0)
        self._x.XSync(self._connection, 0)

    def _wait(self, seconds: float) -> bool:
        """Whether X tells something within so many seconds."""
        return bool(self._x.XPending(self._connection) or self._poll.poll(max(0.0, seconds) * 1000))

    def _drawn(self, strip: Strip | None) -> bool:
        """Take what X tells; whether something was drawn that touches the strip."""
        touched = False
        while self._x.XPending(self._connection):
            self._x.XNextEvent(self._connection, self._event)
            if strip and self._event.type == self._damaged:
                area = self._event.damage.area
                touched |= (
                    area.x < strip.x + strip.width
                    and strip.x < area.x + area.width
                    and area.y < strip.y + strip.height
                    and strip.y < area.y + area.height
                )
        return touched


def _colours(pixels: bytes) -> int:
    return len({pixels[at : at + 3] for at in range(0, len(pixels), 4)})
