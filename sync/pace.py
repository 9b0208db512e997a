"""When the next sending pass is due: after what stirs, after a pause, or at leisure. Never knows rows or jobs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sync.stirs import Sleeper, is_written, store_ear

GATHER_S = 0.5
"""From the first sign of something new until it is sent: what belongs to it may follow at once."""
FRESH_S = 1.0
"""Between two passes at least; and how often it is looked where nobody tells of what is new."""
SLOW_S = 60.0
"""How often the store is looked into all the same: for what was read out of a damaged one, say."""
UNREAD_S = 10.0
"""How often where it could not be read."""
METERED_S = 900.0
"""How often where every connection costs, and between two passes at least."""


class Passes(Protocol):
    """Sends what waits, one pass after the other; what `sync.sender` is."""

    @property
    def paused_until_s(self) -> float:
        """When the pause ends that a pass has ended in, by the steady clock; long ago where it ended in none."""

    @property
    def kept_by(self) -> str:
        """What kept the last pass from reading all, or recording what was acknowledged; "" where nothing did."""

    def send(self) -> None:
        """One pass."""

    def hurry(self) -> None:
        """End the pause."""


class Pace:
    """Has `sender` send what is new in the store `votes` within 2 s, and not oftener than it may.

    ==========================================  ======================================================================
    a pass that                                 is followed by one, `FRESH_S` (metered: `METERED_S`) after it at least
    ==========================================  ======================================================================
    was asked for while it was under way        now, without that least
    ended in a pause                            when the pause is over, whatever stirs
    is followed by a stir, and is not metered   `GATHER_S` after that
    began in a commit, and is not metered       after `FRESH_S`: its rows could not be seen
    could not read all, and is not metered      after `UNREAD_S`
    did none of these                           after `SLOW_S`, or `METERED_S`
    ==========================================  ======================================================================
    """

    def __init__(self, sender: Passes, votes: Path, *, metered: bool, steady: Callable[[], float]) -> None:
        self._sender = sender
        self._votes = votes
        self._metered = metered
        self._steady = steady
        self._ear = store_ear(votes)
        self.idle_s = METERED_S if metered else SLOW_S
        """From one pass to the next where nothing happens."""
        self._apart_s = METERED_S if metered else FRESH_S
        self._began_s = -math.inf
        self._stirred_s: float | None = None
        self._unseen = False
        self._hurried = False
        self._read_all = True

    def send(self) -> None:
        """One pass, on the worker. What stirs before it looks for a commit under way, it sees or looks for again."""
        hurried, self._hurried = self._hurried, False
        if hurried:  # here and not when it was asked for: a pass under way then may have ended in a pause of its own
            self._sender.hurry()
        self._began_s = self._steady()
        if not self._metered:
            self._ear.stirred()
            self._stirred_s = None
            self._unseen = is_written(self._votes)
        self._read_all = False  # so it stays where something happens that nobody thought of
        self._sender.send()
        self._read_all = not self._sender.kept_by

    def hurry(self) -> None:
        """Have the next pass now, whatever pause lasts: somebody stands before the kiosk and waits. On any thread."""
        self._hurried = True

    def due_s(self, now_s: float) -> float:
        """When the next pass is due, by the steady clock. Asked by the thread that waits, while none is under way."""
        if self._hurried:
            return now_s
        if self._is_paused:
            wanted_s = self._sender.paused_until_s
        else:
            wanted_s = self._began_s + self.idle_s
            if not self._metered:
                wanted_s = min(wanted_s, self._wanted_s(now_s))
        return max(wanted_s, self._began_s + self._apart_s)

    def heed(self, sleeper: Sleeper, is_idle: bool) -> None:
        """Have `sleeper` woken by what stirs only where that would change when the next pass is due."""
        self._ear.heed(sleeper, is_idle and not self._metered and self._stirred_s is None and not self._is_paused)

    def close(self) -> None:
        """Listen no more."""
        self._ear.close()

    @property
    def _is_paused(self) -> bool:
        """Whether the last pass ended in a pause, so that something waits."""
        return self._sender.paused_until_s >= self._began_s

    def _wanted_s(self, now_s: float) -> float:
        if self._stirred_s is None and self._ear.stirred():
            self._stirred_s = now_s
        wishes = [
            math.inf if self._stirred_s is None else self._stirred_s + GATHER_S,
            self._began_s + FRESH_S if self._unseen else math.inf,
            math.inf if self._read_all else self._began_s + UNREAD_S,
        ]
        return min(wishes)
