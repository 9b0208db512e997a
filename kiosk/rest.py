"""The sleep of a process that nobody taps: until it is to end, it is rung for, a file stirs, or a time is over."""

from __future__ import annotations

import math
import time

from kiosk.loop import Loop


class Rest:
    """Sleeps when it is called. Only in the main thread, whose signals it takes; `close` it at the end."""

    def __init__(self) -> None:
        self._loop = Loop(lambda: int(time.monotonic() * 1000))
        self._loop.stop_on_signals()

    def __call__(self, seconds: float) -> bool:
        """Sleep `seconds` at most; whether Ctrl-C, SIGTERM or a closed terminal has said that the end has come."""
        self._loop.sleep(None, math.ceil(seconds * 1000))
        for _ in self._loop.taken():
            pass
        return self._loop.stopped

    def ring(self) -> None:
        """End the sleep, or the next one; from any thread."""
        self._loop.post(None)

    def watch(self, descriptor: int) -> None:
        """End a sleep as soon as this can be read. Whoever watches it reads it."""
        self._loop.watch(descriptor, lambda _: None)

    def forget(self, descriptor: int) -> None:
        """Watch it no more."""
        self._loop.forget(descriptor)

    def close(self) -> None:
        """Let go of the descriptors."""
        self._loop.close()
