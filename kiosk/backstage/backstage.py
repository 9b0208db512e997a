"""The technician's way in and out, between the app and the diagnostics. Knows what is asked for; never how it is done.

While the diagnostics are closed it watches for the chord and costs nothing else: what only technicians need is
imported when they are opened, and let go of when they are left.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from hardware.display import Damaged, Move, Release, Touch
from kiosk.backstage.chord import Chord, Held
from kiosk.backstage.dark import Dark
from kiosk.backstage.errands import Came
from kiosk.backstage.pin import Pin
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.response import Response

if TYPE_CHECKING:
    from kiosk.backstage.runner import Runner, Tools
    from kiosk.screens.target import Target
    from kiosk.technician.asks import Answer, Ask, Facts
    from kiosk.technician.asks import Touch as On
    from kiosk.technician.desk import Desk

log = logging.getLogger(__name__)

RULE = "technician/1"
"""The late mark of the presses that opened the diagnostics."""
_REMEMBERED = 32


class Ways(msgspec.Struct, frozen=True):
    """The ways into this machine. `facts` is asked whenever the diagnostics open, `tools` when they first do."""

    facts: Callable[[], Facts]
    tools: Callable[[], Tools]
    log: Callable[[], tuple[tuple[str, str], ...]]
    """The last errors, the newest first: when, and what."""
    sound: Callable[[], None]
    mark: Callable[[tuple[int, ...]], None]
    """Store a late mark that names these rows."""
    held: Callable[[], Collection[int] | None] = lambda: None
    """The buttons, from 0, whose pins say that they are down now; None where there are none to ask."""


class Backstage:
    """Watches, opens, and stands between. Times are milliseconds since this boot.

    Whatever goes wrong behind it is logged and closes the diagnostics: a kiosk that ended over it would take no votes.
    """

    def __init__(
        self,
        dark: Dark,
        chord: Chord,
        pin: Pin,
        ways: Ways,
        clock: Callable[[], int],
        post: Callable[[object], None],
    ) -> None:
        """`post` hands an event to whoever calls `handle`, and wakes him; from any thread."""
        self._dark = dark
        self._chord = chord
        self._pin = pin
        self._ways = ways
        self._clock = clock
        self._post = post
        self._desk: Desk | None = None
        self._runner: Runner | None = None
        self._targets: list[Target] = []
        self._opened_ms = self._closed_ms = clock()
        self._stored: deque[tuple[Held, int]] = deque(maxlen=_REMEMBERED)
        self._unnamed: set[Held] = set()
        self._named: list[int] = []

    @property
    def is_open(self) -> bool:
        """Whether the diagnostics stand on the screen: no press and no touch is a visitor's."""
        return self._desk is not None

    def refit(self, size: tuple[int, int], dpi: float | None) -> None:
        """The display was opened anew, while the diagnostics are closed."""
        self._dark.refit(dpi)
        self._chord.refit(size)

    @property
    def deadline(self) -> int | None:
        """When `wants_in` or `pass_time` has something to do."""
        if self._desk is None:
            return self._chord.deadline
        with self._guarded():
            waits = (self._desk.deadline(self._clock()), self._runner.deadline if self._runner else None)
            return min((moment for moment in waits if moment is not None), default=None)
        return self._clock()  # the visitor's screen is drawn at once

    def show(self) -> bool | None:
        """Draw the diagnostics if there is something else to show; whether it was. None while they are closed."""
        if self._desk is None:
            return None
        with self._guarded():
            targets = self._dark.show(self._desk.view(self._clock()))
            if targets is None:
                return False
            self._targets = targets
            self._desk.shown(self._clock())
            return True
        return None

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            log.exception("the diagnostics failed, and are closed")
            self._shut()

    def handle(self, event: object) -> bool:
        """Take an event; whether it is nobody else's."""
        was_open = self.is_open
        with self._guarded():
            return self._handle(event)
        # Whoever pressed or touched meant the diagnostics, if they were there.
        return was_open and isinstance(event, (ButtonPressed, Touch, Move, Release))

    def _handle(self, event: object) -> bool:
        match event:
            case ButtonPressed(button, at_ms):
                return self._pressed(button, at_ms)
            case ButtonReleased(button):
                self._chord.released(button)
                if self._desk:
                    self._desk.released(button)
                return False  # who watches for misuse waits for it, too
            case Touch() if self._desk:
                self._ask(self._desk.touched(self._hit(event), self._clock()))
            case Move(x, y, finger) if self._desk:
                self._desk.moved(x, y, finger, self._clock())
            case Release():
                return self.is_open
            case Damaged():
                self._dark.damaged()
                return False
            case Came():
                self._came(event)
            case _:
                return False
        self._look_whether_left()
        return True

    def _pressed(self, button: int, at_ms: int) -> bool:
        if self._desk is None:
            if self._opened_ms <= at_ms < self._closed_ms:
                return True
            self._chord.pressed(button, at_ms)
            return False
        if at_ms < self._opened_ms:
            return False  # a visitor's, who was in time
        self._ask(self._desk.pressed(button, at_ms, self._clock()))
        self._look_whether_left()
        return True

    def tapped(self, x: int, y: int) -> bool:
        """A touch hit nothing while the diagnostics are closed; whether that was the last of five in the corner."""
        return self._desk is None and self._chord.tapped(x, y, self._clock())

    def wants_in(self) -> bool:
        """Whether the two outer buttons have been held long enough, which is told once."""
        with self._guarded():
            if self._desk is None and (held := self._chord.held(self._clock())) and self._are_down(held):
                self._unnamed, self._named = set(held), []
                return True
        return False

    def _are_down(self, held: Iterable[Held]) -> bool:
        """Whether the pins say so, too: the kernel drops edges where they come too fast, also those of letting go."""
        down = self._ways.held()
        return down is None or all(one.button in down for one in held)

    def open(self) -> None:
        """Open the diagnostics. What is on its way to the store still is named once it is there."""
        with self._guarded():
            self._open()

    def _open(self) -> None:
        from kiosk.backstage.runner import Runner
        from kiosk.technician.desk import Desk

        self._name(list(self._stored))
        now, ways = self._clock(), self._ways
        if self._runner is None:
            self._runner = Runner(ways.tools(), self._pin, ways.sound, self._clock, self._post)
        self._desk = Desk(ways.facts(), self._pin.standing, ways.log, now)
        self._opened_ms = now
        self._runner.learn()
        self._ask(self._desk.start(now))

    def stored(self, rows: Iterable[Response]) -> None:
        """These rows are on the card."""
        for row in rows:
            if row.kind == "vote" and row.ui == "physical":
                press = Held(int(row.value.partition("/")[0]) - 1, row.ms)
                self._stored.append((press, row.seq))
                self._name([(press, row.seq)])

    def _name(self, stored: Iterable[tuple[Held, int]]) -> None:
        """Mark the presses that opened the diagnostics, all in one mark, as soon as all have their numbers."""
        for press, seq in stored:
            if press in self._unnamed:
                self._unnamed.discard(press)
                self._named.append(seq)
        if self._named and not self._unnamed:
            self._ways.mark(tuple(sorted(self._named)))
            self._named = []

    def pass_time(self) -> None:
        """Whatever is due by now, while they are open."""
        if self._desk is None:
            return
        with self._guarded():
            now = self._clock()
            for late in self._runner.late(now) if self._runner else ():
                self._tell(late)
            self._ask(self._desk.passed(now))
            self._look_whether_left()

    def _look_whether_left(self) -> None:
        if self._desk and self._desk.left:
            self._shut()

    def _shut(self) -> None:
        if self._desk:
            self._desk, self._targets, self._closed_ms = None, [], self._clock()
        if self._runner:
            self._runner.forget()
        self._dark.close()

    def _hit(self, touch: Touch) -> On | None:
        from kiosk.screens.target import hit
        from kiosk.technician.asks import Touch as On

        action = hit(self._targets, touch.x, touch.y)
        if action is None:
            return None
        box = next(target for target in self._targets if target.action == action)
        return On(action, touch.x, touch.y, (box.x, box.y, box.w, box.h), touch.finger)

    def _came(self, came: Came) -> None:
        if self._runner and (answer := self._runner.home(came)) is not None:
            self._tell(answer)

    def _tell(self, answer: Answer) -> None:
        if self._desk:
            self._ask(self._desk.told(answer, self._clock()))

    def _ask(self, asked: Iterable[Ask]) -> None:
        for ask in asked:
            if self._runner and (answer := self._runner.send(ask)) is not None:
                self._tell(answer)
