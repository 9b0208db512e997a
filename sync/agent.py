"""The sync process: its jobs and its end. Knows schedule, sender and prober; never the protocol."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from hardware.health import Health
from sync.beat import Beat, Notifier
from sync.errors import StateError
from sync.request import Mark, Request
from sync.schedule import Schedule
from sync.sender import Sender

log = logging.getLogger(__name__)

FRESH_S = 1.0
"""How often the store is looked into: a fresh vote is to be on its way within 2 s."""
METERED_S = 900.0
"""The same where every connection costs."""
LOOK_FIRST_S = 60.0
"""After the start, which is a bad moment: a link comes up seconds after a Pi does."""
LOOK_S = 600.0
LOOK_METERED_S = 3600.0
LOOK_AGAIN_S = 60.0
"""Sending that fails and recovers all the time has the network looked at no oftener than this."""
STATUS_S = 60.0


class Looker(Protocol):
    """Looks at the network; what `sync.probes` is."""

    def look(self) -> list[Health]:
        """All readings, within a total deadline."""

    def stop(self) -> None:
        """End a look soon."""


class Agent:
    """Sends what waits, at its pace, and looks at the network, until it is stopped.

    `leave` is given what was found; `status` gives a line on how it stands. Without a `sender` nothing is sent.
    """

    def __init__(
        self,
        sender: Sender | None,
        *,
        metered: bool = False,
        prober: Looker | None = None,
        leave: Callable[[list[Health]], None] = lambda found: None,
        request: Request | None = None,
        notifier: Notifier | None = None,
        status: Callable[[], str] = lambda: "",
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sender = sender
        self._prober = prober
        self._leave = leave
        self._request = request
        self._refused: Mark | None = None
        """A request that can't be removed: it was carried out, once is enough."""
        self._notifier = notifier
        self._status = status
        self._steady = steady
        self._stopping = False
        self._looking = False
        self._looked_s = steady() - LOOK_AGAIN_S
        self._turned = False
        """Whether sending began to fail, or recovered, since the network was looked at."""
        self._works = True
        self._beat: Beat | None = None
        self._status_s = steady()
        self._schedule = Schedule(wall, steady)
        if sender is not None:
            self._schedule.every(METERED_S if metered else FRESH_S, sender.send, "send")
        if prober is not None:
            period_s = LOOK_METERED_S if metered else LOOK_S
            first_s = LOOK_FIRST_S if sender is not None else 0.0
            self._schedule.every(period_s, self._look, "look", first_s=first_s, apart=True)
        if notifier is not None:
            self._beat = Beat(notifier, steady)
            self._schedule.every(self._beat.every_s, self._answer, "beat")

    def heard(self, event: str) -> None:
        """Told by the sender's thread of each request that came to an end: ``acknowledged`` or ``refused``."""
        if self._beat is not None:
            self._beat.answered()
        works = event == "acknowledged"
        self._turned |= works != self._works
        self._works = works

    def run(self, wait: Callable[[float], bool]) -> None:
        """Work until `wait` (of at most so many seconds) says that the end has come, and finish the request at hand."""
        self._schedule.start()
        if self._notifier is not None:
            self._notifier.ready()
        try:
            while not wait(1.0):
                self._turn()
        finally:
            self._stopping = True
            if self._notifier is not None:
                self._notifier.stopping()
            if self._sender is not None:
                self._sender.stop()
            if self._prober is not None:
                self._prober.stop()
            self._schedule.stop()

    def _turn(self) -> None:
        self._schedule.look()
        if self._beat is not None:
            self._beat.turn()
        if self._prober is None or self._looking:
            return
        if self._is_asked() or (self._turned and self._steady() >= self._looked_s + LOOK_AGAIN_S):
            self._schedule.soon("look")

    def _is_asked(self) -> bool:
        mark = None if self._request is None else self._request.seen()
        return mark is not None and mark != self._refused

    def _look(self) -> None:
        """On a thread of its own: a vote must not wait for a name server that is silent."""
        assert self._prober is not None
        self._looking = True
        self._looked_s = self._steady()
        self._turned = False
        mark = None if self._request is None else self._request.seen()
        if mark is not None and self._sender is not None:
            # Whether the token is accepted only sending can tell; what changes by it is looked at again at once.
            self._sender.hurry()
            self._schedule.soon("send")
            self._looked_s -= LOOK_AGAIN_S
        try:
            found = self._prober.look()
            if self._stopping:
                return  # cut short: what was not tried is no finding
            self._leave(found)
        except StateError as error:
            log.error("%s", error)
        finally:
            if not self._stopping and self._request is not None and not self._request.done(mark):
                self._refused = mark
            self._looking = False

    def _answer(self) -> None:
        """On the worker: that it runs this shows that it lives."""
        if self._beat is not None:
            self._beat.answered()
        if self._steady() >= self._status_s and self._notifier is not None:
            self._status_s = self._steady() + STATUS_S
            self._notifier.status(self._status())
