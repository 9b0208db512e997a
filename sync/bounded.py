"""Work that nobody can interrupt, on a thread that is left behind when its time is over. Never knows what is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """It did not end in time, or an earlier one hangs still; `seconds` is the time it had."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"no answer within {seconds:g} s")


class Bounded:
    """Runs one piece of work at a time under each name; one that hangs is not begun again while it does."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._stopped = threading.Event()
        self._waiting: threading.Event | None = None

    def run(self, name: str, work: Callable[[], T], seconds: float) -> T:
        """What `work` gives or raises; TooLate after so many seconds, or at once where `stop` was called."""
        before = self._threads.get(name)
        if self._stopped.is_set() or (before is not None and before.is_alive()):
            raise TooLate(seconds)
        given: list[T] = []
        raised: list[Exception] = []
        over = self._waiting = threading.Event()

        def attempt() -> None:
            try:
                given.append(work())
            except Exception as error:  # noqa: BLE001 - raised again by whoever waits
                raised.append(error)
            over.set()

        thread = self._threads[name] = threading.Thread(target=attempt, name=f"network {name}", daemon=True)
        thread.start()
        over.wait(seconds)
        if raised:
            raise raised[0]
        if not given:
            raise TooLate(seconds)
        return given[0]

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._stopped.set()
        if self._waiting is not None:
            self._waiting.set()
