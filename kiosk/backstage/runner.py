"""Does what the diagnostics ask, each on a thread of its own with an answer in time. Knows tools; never the screen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal, Protocol

from kiosk.backstage.errands import Came, Errands
from kiosk.backstage.pin import Pin
from kiosk.backstage.tries import Checked
from kiosk.screens.technician import pages
from kiosk.technician import asks
from kiosk.technician.asks import Answer, Ask

log = logging.getLogger(__name__)

LOOK_MS, COUNT_MS, TRY_MS, DEED_MS = 15_000, 10_000, 30_000, 30 * 60_000
"""How long an errand of each kind may take before it is answered for.

A deed is waited for as long as it goes on: half an hour is for one that hangs, so that votes are taken again.
"""
_SLOW = "That takes too long: no answer came. Try again, or see the log."
_AT_IT = "What was asked for is still being done: leave the stick and the plug in, and see the log."
_FAILED = "It could not be done, for a reason that nobody thought of: see the log."


class Tools(Protocol):
    """What this machine can do for the diagnostics. Each call may take its time; whatever it raises is logged."""

    def examine(self, found: Callable[[asks.Looked], None]) -> None:
        """Gather all readings; `found` is told of each source as it answers."""

    def test_network(self) -> str:
        """Have sync try the network, and wait for what it finds; a sentence about that."""

    def votes(self) -> pages.Votes:
        """The page of votes."""

    def results(self, span: Literal["today", "week"], misuse: bool) -> pages.Results:
        """The page of results."""

    def do(self, do: asks.Do, tell: Callable[[asks.Doing], None]) -> asks.Did | asks.Found:
        """Do a deed, and say what became of it; `tell` is told how far it is."""


class Runner:
    """Sends errands out and brings their answers home. `post` is called on other threads with `Came`.

    One a kiosk, not one an opening: it remembers what hangs, and what is being done is never done twice at once.
    """

    def __init__(
        self,
        tools: Tools,
        pin: Pin,
        sound: Callable[[], None],
        clock: Callable[[], int],
        post: Callable[[Came], None],
    ) -> None:
        self._tools = tools
        self._pin = pin
        self._sound = sound
        self._errands = Errands(post, clock)

    @property
    def deadline(self) -> int | None:
        """When `late` has answers; None while nothing is awaited."""
        return self._errands.deadline

    def home(self, came: Came) -> Answer | None:
        """What was brought, if it is still awaited."""
        brought: Any = self._errands.home(came)
        return brought  # type: ignore[no-any-return]

    def late(self, now_ms: int) -> list[Answer]:
        """Answers for what takes too long."""
        late: list[Any] = self._errands.late(now_ms)
        return late

    def forget(self) -> None:
        """Whoever asked has left: no answer comes home to whoever opens the diagnostics next."""
        self._errands.forget()

    def learn(self) -> None:
        """How the PIN stands, where that is not known yet."""
        if self._pin.standing is None:
            self._errands.send("standing", lambda _: self._pin.load(), None, LOOK_MS)

    def send(self, ask: Ask) -> Answer | None:
        """Have it done. An answer at once only where an earlier one of its kind hangs."""
        brought: Any = self._send(ask)
        return brought  # type: ignore[no-any-return]

    def _send(self, ask: Ask) -> object:
        tools, send = self._tools, self._errands.send
        match ask:
            case asks.CheckPin(pin):
                standing = self._pin.standing
                late = Checked(False, standing) if standing else None
                return send("pin", lambda _: self._pin.check(pin), late, LOOK_MS, shared=False)
            case asks.Examine():
                return send("look", lambda tell: _examine(tools, tell), asks.Examined(), LOOK_MS)
            case asks.TestNetwork():
                return send("network", lambda _: asks.Tried(tools.test_network()), asks.Tried(_SLOW), TRY_MS)
            case asks.Count():
                return send("votes", lambda _: asks.Counted(tools.votes()), asks.Counted(None, _SLOW), COUNT_MS)
            case asks.Weigh(span, misuse):
                name = f"results {span} {misuse}"
                weigh = asks.Weighed(None, _SLOW)
                return send(name, lambda _: asks.Weighed(tools.results(span, misuse)), weigh, COUNT_MS)
            case asks.Do(deed):
                # One name for all: while one is being done, no other is, least of all a restart.
                return send("deed", lambda tell: _do(tools, ask, tell), _told(deed, _AT_IT), DEED_MS, shared=False)
            case asks.Sound():
                self._sound()
        return None


def _examine(tools: Tools, tell: Callable[[object], None]) -> Answer:
    tools.examine(tell)
    return asks.Examined()


def _do(tools: Tools, do: asks.Do, tell: Callable[[object], None]) -> Answer:
    try:
        return tools.do(do, tell)
    except Exception:
        log.exception("%s: failed", do.deed)
        return _told(do.deed, _FAILED)


def _told(deed: asks.Deed, said: str) -> Answer:
    return asks.Found((said,), usable=False) if deed == "find" else asks.Did(deed, said)
