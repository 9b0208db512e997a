"""The sync process: its jobs and its end. Knows schedule, sender and prober; never the protocol."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hardware.health import Health
from sync.beat import Beat, Notifier
from sync.errors import StateError
from sync.pace import FRESH_S, Pace
from sync.request import Mark, Request
from sync.schedule import Schedule
from sync.sender import Sender
from sync.stirs import Sleeper

log = logging.getLogger(__name__)

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
    """Sends what waits in the store `votes`, at its pace, and looks at the network. In between it sleeps.

    `leave` is given what was found; `status` gives a line on how it stands. Without a `sender` nothing is sent.
    """

    def __init__(
        self,
        sender: Sender | None,
        *,
        votes: Path,
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
        self._ring: Callable[[], None] = lambda: None
        self._looked_s = steady() - LOOK_AGAIN_S
        self._turned = False
        """Whether sending began to fail, or recovered, since the network was looked at."""
        self._works = True
        self._beat: Beat | None = None
        self._status_s = steady()
        self._pace: Pace | None = None
        self._schedule = Schedule(wall, steady, self._ended)
        if sender is not None:
            self._pace = Pace(sender, votes, metered=metered, steady=steady)
            self._schedule.every(self._pace.idle_s, self._pace.send, "send")
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
            self._beat.worked()
        works = event == "acknowledged"
        if works != self._works:
            self._works = works
            self._turned = True
            self._ring()

    def run(self, sleeper: Sleeper) -> None:
        """Work until `sleeper` says that the end has come, and finish the request at hand."""
        self._ring = sleeper.ring
        self._schedule.start()
        if self._notifier is not None:
            self._notifier.ready()
        try:
            while not sleeper(self._turn(sleeper)):
                pass
        finally:
            self._stopping = True
            if self._notifier is not None:
                self._notifier.stopping()
            if self._sender is not None:
                self._sender.stop()
            if self._prober is not None:
                self._prober.stop()
            self._schedule.stop()
            if self._pace is not None:
                self._pace.close()
            if self._request is not None:
                self._request.ear.close()

    def _turn(self, sleeper: Sleeper) -> float:
        """Plan and set off what is due; for how many seconds there is nothing to do then, unless something stirs."""
        now_s = self._steady()
        if self._pace is not None and not self._schedule.is_under_way("send"):
            self._schedule.at("send", self._pace.due_s(now_s))
        deaf = False
        if self._prober is not None:
            deaf = self._request is not None and self._request.ear.stirred() and self._request.ear.deaf
            self._plan_looking(now_s)
        if self._beat is not None:
            self._beat.turn()
        rest_s = self._schedule.turn()
        if self._pace is not None:
            self._pace.heed(sleeper, not self._schedule.is_under_way("send"))
        if self._request is not None:
            self._request.ear.heed(sleeper, True)
        return min(rest_s, FRESH_S) if deaf else rest_s

    def _plan_looking(self, now_s: float) -> None:
        if self._schedule.is_under_way("look"):
            return  # its end has us come by again
        if self._is_asked():
            self._schedule.by("look", now_s)
        elif self._turned:
            self._schedule.by("look", max(now_s, self._looked_s + LOOK_AGAIN_S))

    def _is_asked(self) -> bool:
        mark = None if self._request is None else self._request.seen()
        return mark is not None and mark != self._refused

    def _ended(self, name: str) -> None:
        """On the thread of the job: what follows from it is planned by who waits."""
        if name != "beat":
            self._ring()

    def _look(self) -> None:
        """On a thread of its own: a vote must not wait for a name server that is silent."""
        assert self._prober is not None
        self._looked_s = self._steady()
        self._turned = False
        mark = None if self._request is None else self._request.seen()
        if mark is not None and self._pace is not None:
            # Whether the token is accepted only sending can tell; what changes by it is looked at again at once.
            self._pace.hurry()
            self._ring()
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

    def _answer(self) -> None:
        """On the worker: that it runs this shows that it lives."""
        if self._beat is not None:
            self._beat.answered()
        if self._steady() >= self._status_s and self._notifier is not None:
            self._status_s = self._steady() + STATUS_S
            self._notifier.status(self._status())
