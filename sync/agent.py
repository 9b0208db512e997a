"""The sync process: its jobs and its end. Knows schedule and sender; never the protocol."""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.schedule import Schedule
from sync.sender import Sender

FRESH_S = 1.0
"""How often the store is looked into: a fresh vote is to be on its way within 2 s."""
METERED_S = 900.0
"""The same where every connection costs."""


class Agent:
    """Sends what waits, at its pace, until it is stopped."""

    def __init__(
        self,
        sender: Sender,
        *,
        metered: bool = False,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sender = sender
        self._schedule = Schedule(wall, steady)
        self._schedule.every(METERED_S if metered else FRESH_S, sender.send, "send")

    def run(self, wait: Callable[[float], bool]) -> None:
        """Work until `wait` (of at most so many seconds) says that the end has come, and finish the request at hand."""
        self._schedule.start()
        try:
            while not wait(1.0):
                self._schedule.look()
        finally:
            self._sender.stop()
            self._schedule.stop()
