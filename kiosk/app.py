"""Wires panel, screens, visit and store together: the kiosk while it runs. Never knows networks or settings files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from hardware.buzzer import Buzzer
from hardware.display import Damaged, Display, Key, Quit, Release, Touch
from hardware.panel import MockHands, Panel
from hardware.watchdog import Notifier
from kiosk import events, shown, visit, watchdog
from kiosk.clock import Reading
from kiosk.day import Day
from kiosk.ears import Ears
from kiosk.events import Event, Failed, Hold, Press, Shown, Stir, Stored, Tick, Type
from kiosk.fingers import Fingers, Gesture
from kiosk.loop import Loop
from kiosk.misuse import Limits
from kiosk.orders import Order, Orders
from kiosk.reader import SyncStatus
from kiosk.screens.view import Asleep, Attract, Trouble, View
from kiosk.show import Show, Trace
from kiosk.state import Rules, State
from kiosk.store import Board, Noticed, Settled, Store
from kiosk.survey import Survey
from kiosk.today import Before, Today, ask_store
from kiosk.watch import Watch


class ButtonPressed(msgspec.Struct, frozen=True):
    """A button's first edge: which, from 0, and when."""

    button: int
    at_ms: int


class App:
    """The visitor's kiosk. `run` returns when the loop was stopped; everything handed in stays the caller's."""

    def __init__(
        self,
        *,
        rules: Callable[[Survey], Rules],
        day: Day,
        loop: Loop,
        clock: Callable[[], int],
        display: Display,
        show: Show,
        votes: Path,
        board: Board,
        read_clock: Callable[[], Reading],
        sync_status: Callable[[], SyncStatus],
        retention_days: int,
        trace: Trace,
        buzzer: Buzzer | None = None,
        panel: Panel | None = None,
        hands: MockHands | None = None,
        notice: str = "",
        limits: Limits | None = None,
        notifier: Notifier,
    ) -> None:
        """`rules` are those that go with a survey; `day` says which survey that is."""
        self._rules_for = rules
        self._rules = rules(day.survey)
        self._day = day
        self._loop = loop
        self._clock = clock
        self._display = display
        self._show = show
        self._trace = trace
        self._buzzer = buzzer
        self._orders = Orders(loop, display, show, hands)
        self._notice = notice
        self._watch = Watch(limits or Limits())
        self._state = State()
        self._seen: tuple[object, ...] = _place(self._state)
        self._fingers = Fingers()
        self._ears = Ears(loop, display, clock)
        self._trouble = ""
        self._noticed: tuple[str, ...] = ()
        self._today = Today(clock(), ask_store(votes, board.boot_id, clock(), loop.post))
        self._store = Store(
            votes,
            board,
            settled=loop.post,
            read_clock=read_clock,
            sync_status=sync_status,
            retention_days=retention_days,
        )
        self._buttons = len(panel.pins) if panel else 0
        threads = {"the store": self._store.answers, "the buttons": panel.answers if panel else None}
        self._heartbeat = watchdog.Heartbeat(notifier, threads, self._status)

    def run(self) -> None:
        """Handle events until the loop is stopped, then store what is left."""
        self.begin()
        while not self._loop.stopped:
            if not self.turn():
                self._loop.sleep(self._clock() if self._show.warm() else self.deadline(), self._ears.poll_ms())
        self._ears.close()

    def begin(self) -> None:
        """Show the first screen."""
        self._look(self._clock())
        self._refresh()
        self._heartbeat.begin()
        self._trace("ready", driver=self._display.driver, size=self._display.size, notice=self._notice)

    def turn(self) -> bool:
        """Handle what has happened and what is due; whether there was anything, so that it is not yet time to sleep."""
        happened = [*self._loop.taken(), *self._display.inputs()]
        for event in happened:
            self._handle(event)
        self._pass_time()
        self._show.rest(self._fingers.resting)
        # Drawing may leave input in the X library's own queue, where no descriptor tells of it: sleep only after a
        # turn that found and drew nothing.
        return self._refresh() or bool(happened)

    def close(self) -> None:
        """End the visit on the screen, close the store, and tell what that stored."""
        if rows := visit.leave(self._state, self._clock(), self._rules):
            self._store.put(rows, None)
        self._store.close()
        for event in self._loop.taken():
            if isinstance(event, Settled):
                self._tell(event)

    def deadline(self) -> int | None:
        """When something is due that no event tells of; None: never."""
        now = self._clock()
        sleeps_ms = self._day.sleeps_ms
        moments = [
            shown.wake_ms(self._state, self._rules, now),
            self._day.due_ms,
            sleeps_ms if sleeps_ms is not None and sleeps_ms > now else None,
            self._fingers.deadline,
            self._show.deadline(),
            self._buzzer.deadline if self._buzzer else None,
            self._orders.deadline,
            self._heartbeat.deadline,
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def _pass_time(self) -> None:
        """Whatever is due by now."""
        now = self._clock()
        if self._state.deadline is not None and now >= self._state.deadline:
            self._advance(Tick())
        if now >= self._day.due_ms or self._display.inputs_changed:
            self._look(now)
        if self._is_idle() and self._day.survey is not self._rules.survey:
            self._change_survey()
        self._orders.let_go(now)
        self._gestures(self._fingers.held(now))
        if self._buzzer and self._buzzer.deadline is not None and now >= self._buzzer.deadline:
            self._buzzer.advance(now)
        self._show.move()
        self._heartbeat.turn(now)

    def _status(self) -> str:
        said = self._trouble or next(iter(self._noticed), self._notice)
        return watchdog.status(self._today.count, self._store.waiting, self._buttons, self._display, said)

    def _look(self, now_ms: int) -> None:
        self._day.look(now_ms)
        self._today.begins(self._day.midnight, now_ms)
        self._ears.prick()
        self._show.relight()
        # Whether a follow-up can be touched may have changed, but never under a visitor's hands.
        rules = self._rules_for(self._rules.survey) if self._is_idle() else self._rules
        self._rules = msgspec.structs.replace(rules, closed=self._day.closed)

    def _is_idle(self) -> bool:
        """Whether nobody is there, and nothing is left of whoever was."""
        return self._state.phase == "attract" and self._state.deadline is None

    def _change_survey(self) -> None:
        """Another survey's hour has come."""
        self._rules = msgspec.structs.replace(self._rules_for(self._day.survey), closed=self._day.closed)
        self._state = msgspec.structs.replace(self._state, face=0)  # which was one of the other's faces
        self._show.use(self._day.survey)
        self._trace("survey", survey=self._day.survey.name)

    def _handle(self, event: Any) -> None:
        match event:
            case ButtonPressed():
                self._day.stir(self._clock())
                self._press(Press(event.button + 1, "physical"), event.at_ms)
            case Touch():
                self._touched(event)
            case Release():
                self._gestures(self._fingers.up(event.finger))
            case Settled():
                self._settled(event)
            case Noticed():
                self._trace("noticed", notices=event.notices)
                self._noticed = event.notices
            case Before():
                self._today.found(event)
            case Key():
                self._orders.key(event)
            case Order():
                if wanted := self._orders.obey(event.line, self._clock()):
                    self._advance(wanted)
                for touch in self._display.inputs():  # at once: a player means what is shown now
                    self._handle(touch)
            case Damaged():
                self._show.damaged()
            case Quit():
                self._loop.stop()

    def _press(self, press: Press, at_ms: int) -> None:
        if press.face > self._rules.survey.points:
            return
        if self._advance(press, at_ms):
            self._trace("pressed", face=press.face, ui=press.ui)

    def _touched(self, touch: Touch) -> None:
        now = self._clock()
        self._day.stir(now)
        if isinstance(self._show.view, Asleep):
            return  # it wakes the screen and does nothing else
        action = self._show.hit(touch.x, touch.y)
        if action is None:
            self._advance(Stir())
        else:
            self._gestures(self._fingers.down(touch.finger, action, now))

    def _gestures(self, gestures: Iterable[Gesture]) -> None:
        for gesture in gestures:
            event = events.touched(gesture.action)
            if isinstance(event, Press):
                self._press(event, self._clock())
            elif isinstance(event, Type) and gesture.what == "hold":
                self._advance(Hold(event.key))
            elif event is not None:
                self._advance(event)

    def _tell(self, settled: Settled) -> None:
        if settled.error:
            self._trace("failed", ticket=settled.ticket, error=settled.error)
        elif settled.rows:
            self._trace("stored", ms=round(settled.ms, 3), rows=settled.rows)

    def _settled(self, settled: Settled) -> None:
        self._tell(settled)
        self._today.stored(settled.rows)
        if marks := self._watch.settled(settled.ticket, settled.rows, self._clock()):
            self._store.put(marks, None)
        self._trouble = settled.error
        if settled.ticket is not None:
            self._advance(Failed(settled.ticket) if settled.error else Stored(settled.ticket))

    def _advance(self, event: Event, at_ms: int | None = None) -> bool:
        """Whether there is something to store that is waited for."""
        before, now = self._state, self._clock()
        outcome = visit.advance(before, event, now if at_ms is None else at_ms, self._rules)
        self._state = after = outcome.state
        if outcome.rows:
            self._store.put(self._watch.pressed(outcome.rows, outcome.ticket), outcome.ticket)
        if (after.phase, after.step, after.picking) != (before.phase, before.step, before.picking):
            self._fingers.forget()
        if self._buzzer and after.phase != before.phase:
            if after.phase == "trouble":
                self._buzzer.sound("refused", now)
            elif isinstance(event, Stored):
                self._buzzer.sound("thanked", now)
        return outcome.ticket is not None

    def _view(self, now_ms: int) -> View:
        view = shown.view(self._state, self._rules, now_ms)
        if isinstance(view, Attract) and view.face is None:
            if self._is_idle() and self._day.is_asleep(now_ms):
                return Asleep(view.language)
            if self._trouble:
                return Trouble(view.language, "store", (self._trouble,), view.modes)
            today = self._today.count if self._rules.survey.attract.count else None
            # Whoever comes first in the morning need not hear that nobody was there before.
            return msgspec.structs.replace(view, notice=next(iter(self._noticed), self._notice), today=today or None)
        if isinstance(view, Trouble):
            return msgspec.structs.replace(view, details=(self._trouble,) if self._trouble else ())
        return view

    def _refresh(self) -> bool:
        """Draw if there is something else to show than what is shown; whether it was."""
        # Whoever has chosen a language stands there already: the picture drifts while nobody does.
        if not self._show.show(self._view(self._clock()), self._day.drift if self._is_idle() else None):
            return False
        if (place := _place(self._state)) != self._seen:
            self._seen = place
            # Drawing took its time, and what was touched meanwhile was meant for what stood there.
            self._advance(Shown())
        return True


def _place(state: State) -> tuple[object, ...]:
    """What stays the same while the same things can be touched at the same places."""
    return "attract" if state.phase in ("attract", "voted") else state.phase, state.step, state.picking
