"""Wires panel, screens, visit and store together: the kiosk while it runs. Never knows networks or settings files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hardware.display import Damaged, Display, Key, Quit, Touch
from hardware.errors import DisplayError
from hardware.lights import Lights
from hardware.panel import MockHands
from kiosk import shown, visit
from kiosk.clock import Reading
from kiosk.events import Back, Choose, Event, Failed, Press, Skip, Stored, Tick
from kiosk.loop import Loop
from kiosk.reader import SyncStatus
from kiosk.screens.stage import Painter, Target, hit
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Thanked, Trouble, View
from kiosk.state import Rules, State
from kiosk.store import Board, Noticed, Settled, Store

log = logging.getLogger(__name__)

GENTLE_POLL_MS = 15
"""How often a display driver that offers no descriptor is asked for touches."""


class ButtonPressed(msgspec.Struct, frozen=True):
    """A button's first edge: which, from 0, and when."""

    button: int
    at_ms: int


class Order(msgspec.Struct, frozen=True):
    """A line from a player: ``press 1``, ``down 1``, ``up 1``, ``tap 400 300``, ``shot FILE``, or ``quit``."""

    line: str


class Trace:
    """Tells whoever runs the kiosk what happens, one JSON object a line. Silent without a `write`."""

    def __init__(self, write: Callable[[str], None] | None) -> None:
        self._write = write

    def __call__(self, event: str, **fields: object) -> None:
        """Write one line: `event`, and what belongs to it."""
        if self._write is not None:
            self._write(msgspec.json.encode({"event": event, **fields}).decode())


class App:
    """The visitor's kiosk. `run` returns when the loop was stopped; everything handed in stays the caller's."""

    def __init__(
        self,
        *,
        rules: Rules,
        loop: Loop,
        clock: Callable[[], int],
        display: Display,
        votes: Path,
        board: Board,
        read_clock: Callable[[], Reading],
        sync_status: Callable[[], SyncStatus],
        retention_days: int,
        trace: Trace,
        lights: Lights | None = None,
        hands: MockHands | None = None,
        notice: str = "",
        shots: Path | None = None,
    ) -> None:
        self._rules = rules
        self._loop = loop
        self._clock = clock
        self._display = display
        self._trace = trace
        self._lights = lights
        self._hands = hands
        self._notice = notice
        self._shots = shots
        self._painter = Painter(rules.survey, display.size)
        self._state = State()
        self._shown: View | None = None
        self._targets: list[Target] = []
        self._trouble = ""
        self._noticed: tuple[str, ...] = ()
        self._pictured: set[str] = set()
        self._store = Store(
            votes,
            board,
            settled=loop.post,
            read_clock=read_clock,
            sync_status=sync_status,
            retention_days=retention_days,
        )

    def run(self) -> None:
        """Handle events until the loop is stopped, then store what is left."""
        descriptors = self._display.descriptors()
        for descriptor in descriptors or ():
            self._loop.watch(descriptor, self._display.drain)
        poll_ms = GENTLE_POLL_MS if descriptors is None else None
        self._refresh()
        self._trace("ready", driver=self._display.driver, size=self._display.size, notice=self._notice)
        while not self._loop.stopped:
            happened = [*self._loop.taken(), *self._display.inputs()]
            for event in happened:
                self._handle(event)
            deadline = self._state.deadline
            if deadline is not None and self._clock() >= deadline:
                self._advance(Tick())
            # Drawing may leave input in the X library's own queue, where no descriptor tells of it: sleep only
            # after a pass that found and drew nothing.
            if not self._refresh() and not happened:
                self._loop.sleep(shown.wake_ms(self._state, self._rules, self._clock()), poll_ms)
        for descriptor in descriptors or ():
            self._loop.forget(descriptor)

    def close(self) -> None:
        """End the visit on the screen and close the store."""
        if rows := visit.leave(self._state, self._clock(), self._rules):
            self._store.put(rows, None)
        self._store.close()

    def _handle(self, event: Any) -> None:
        match event:
            case ButtonPressed():
                self._press(event.button + 1, "physical", event.at_ms)
            case Touch():
                self._touched(event)
            case Settled():
                self._settled(event)
            case Noticed():
                self._trace("noticed", notices=event.notices)
                self._noticed = event.notices
            case Key():
                self._key(event)
            case Order():
                self._order(event.line)
            case Damaged():
                self._shown = None
            case Quit():
                self._loop.stop()

    def _press(self, face: int, ui: Any, at_ms: int) -> None:
        if face > self._rules.survey.points:
            return
        self._trace("pressed", face=face, ui=ui)
        self._advance(Press(face, ui), at_ms)

    def _touched(self, touch: Touch) -> None:
        action = hit(self._targets, touch.x, touch.y) or ""
        name, _, argument = action.partition(":")
        match name:
            case "face":
                self._press(int(argument), "digital", self._clock())
            case "choice":
                self._advance(Choose(argument))
            case "back":
                self._advance(Back())
            case "skip":
                self._advance(Skip())

    def _settled(self, settled: Settled) -> None:
        if settled.error:
            self._trace("failed", ticket=settled.ticket, error=settled.error)
        elif settled.rows:
            self._trace("stored", ms=round(settled.ms, 3), rows=settled.rows)
        self._trouble = settled.error
        if settled.ticket is not None:
            self._advance(Failed(settled.ticket) if settled.error else Stored(settled.ticket))

    def _advance(self, event: Event, at_ms: int | None = None) -> None:
        outcome = visit.advance(self._state, event, self._clock() if at_ms is None else at_ms, self._rules)
        self._state = outcome.state
        if outcome.rows:
            self._store.put(outcome.rows, outcome.ticket)

    def _key(self, key: Key) -> None:
        """Keys 1, 2, … are fingers on mock pins; on a kiosk with real ones they do nothing."""
        if self._hands is not None and 1 <= key.digit <= len(self._hands):
            (self._hands.down if key.down else self._hands.up)(key.digit - 1)

    def _order(self, line: str) -> None:
        match line.split():
            case ["press" | "down" | "up" as what, digit] if digit.isdecimal():
                if what in ("press", "down"):
                    self._key(Key(int(digit), True))
                if what in ("press", "up"):
                    self._key(Key(int(digit), False))
            case ["tap", x, y] if x.isdecimal() and y.isdecimal():
                self._display.touch(int(x), int(y))
            case ["shot", path]:
                self._picture(Path(path))
            case ["quit"]:
                self._loop.stop()
            case _:
                log.warning("not an order: %r", line)

    def _picture(self, path: Path) -> None:
        try:
            self._display.save(path)
        except DisplayError as error:
            log.error("%s", error)

    def _view(self) -> View:
        view = shown.view(self._state, self._rules, self._clock())
        if isinstance(view, Attract) and view.face is None:
            if self._trouble:
                return Trouble(view.language, "store", (self._trouble,))
            return msgspec.structs.replace(view, notice=next(iter(self._noticed), self._notice))
        if isinstance(view, Trouble):
            return msgspec.structs.replace(view, details=(self._trouble,) if self._trouble else ())
        return view

    def _refresh(self) -> bool:
        """Draw if there is something else to show than what is shown; whether it was."""
        view = self._view()
        if view == self._shown:
            return False
        name = screen_name(view)
        self._targets = self._painter.draw(self._display.surface, view)
        self._display.flip()
        self._shown = view
        if self._lights is not None:
            self._lights.show(_lit(view, self._state.face, self._rules.survey.points))
        if self._shots is not None and name not in self._pictured:
            self._pictured.add(name)  # once is enough: a PNG costs more than the press
            self._picture(self._shots / f"{name}.png")
        self._trace("screen", screen=name, lit=_lit_names(view), targets=self._targets)
        return True


def screen_name(view: View) -> str:
    """The screen's name as traces and screenshots give it: attract, voted, ask-improve, thanks, trouble."""
    match view:
        case Attract():
            return "attract" if view.face is None else "voted"
        case Ask():
            return f"ask-{view.followup.id}"
        case Thanked():
            return "thanks"
        case Languages():
            return "languages"
        case Asleep():
            return "asleep"
        case Trouble():
            return "trouble"


def _lit_names(view: View) -> list[str]:
    """What is lit up on the screen: a face, or choices."""
    match view:
        case Attract() if view.face is not None:
            return [f"face:{view.face}"]
        case Ask():
            return [f"choice:{choice}" for choice in view.chosen]
        case _:
            return []


def _lit(view: View, face: int, faces: int) -> set[int]:
    """Which lights go with a screen: all while it invites, the vote that counts during a visit, none in trouble."""
    match view:
        case Attract() if view.face is None:
            return set(range(faces))
        case Trouble():
            return set()
        case _:
            return {face - 1}
