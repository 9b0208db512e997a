"""A sign of life for whoever watches this process, as long as its worker answers. Knows no socket and no job."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

EVERY_S = 15.0
"""How often the worker is asked for an answer, at most: well before a watchdog of a minute expects one, also where a
request of 20 s begins just then."""


class Notifier(Protocol):
    """Tells systemd; what `hardware.watchdog` is, told without importing it. Nothing here raises."""

    @property
    def interval_s(self) -> float | None:
        """How often a sign of life is expected at least; None where nobody watches."""

    def ready(self) -> None:
        """The process has begun its work."""

    def beat(self) -> None:
        """It is alive."""

    def status(self, text: str) -> None:
        """A line for `systemctl status`."""

    def stopping(self) -> None:
        """It is about to end."""


class Beat:
    """Hands a sign of life on for each answer of the worker, and none where there was none.

    The worker answers when it runs the job that the waiting thread has set off for it; and with each request that
    came to an end: one pass over a long backlog takes many minutes, but no request more than 20 s.
    """

    def __init__(self, notifier: Notifier, steady: Callable[[], float] = time.monotonic) -> None:
        self._notifier = notifier
        self._steady = steady
        interval_s = notifier.interval_s
        self.every_s = EVERY_S if interval_s is None else min(EVERY_S, interval_s / 2)
        """How often the worker is to be asked, seconds."""
        self._worked = False
        self._next_s = 0.0

    def answered(self) -> None:
        """Called by the worker in the job: that it was set off shows that the waiting thread lives, too."""
        self._tell()

    def worked(self) -> None:
        """Called by the worker for each request."""
        self._worked = True

    def turn(self) -> None:
        """Called by the waiting thread at each of its turns: that it is called shows that this thread lives, too."""
        if self._worked and self._steady() >= self._next_s:
            self._tell()

    def _tell(self) -> None:
        self._worked = False
        self._next_s = self._steady() + self.every_s
        self._notifier.beat()
