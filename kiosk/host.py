"""Receives whoever comes: the visit on the screen, its rows on their way to the store. Knows no screen and no pin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from hardware.buzzer import Buzzer
from kiosk import shown, visit
from kiosk.day import Day
from kiosk.events import Event, Failed, Press, Stored, Tick
from kiosk.response import Draft
from kiosk.screens.view import View
from kiosk.show import Trace
from kiosk.shown import Besides
from kiosk.state import Rules, State
from kiosk.store import Settled, Store
from kiosk.survey import Survey
from kiosk.watch import Watch


class Host:
    """One visit after the other. Times are milliseconds since this boot."""

    def __init__(
        self,
        rules: Callable[[Survey], Rules],
        day: Day,
        store: Store,
        clock: Callable[[], int],
        trace: Trace,
        watch: Watch,
        *,
        buzzer: Buzzer | None = None,
        moved_on: Callable[[], None],
    ) -> None:
        """`rules` are those that go with a survey; `moved_on` is called when what can be touched is something else."""
        self._rules_for = rules
        self.rules = rules(day.survey)
        self._day = day
        self._store = store
        self._clock = clock
        self._trace = trace
        self._watch = watch
        self.buzzer = buzzer
        self._moved_on = moved_on
        self.state = State()
        self.trouble = ""
        """Why nothing can be stored."""

    @property
    def is_idle(self) -> bool:
        """Whether nobody is there, and nothing is left of whoever was."""
        return self.state.phase == "attract" and self.state.deadline is None

    @property
    def place(self) -> tuple[object, ...]:
        """What stays the same while the same things can be touched at the same places."""
        state = self.state
        return "attract" if state.phase in ("attract", "voted") else state.phase, state.step, state.picking

    def view(self, besides: Besides) -> View:
        """What to show now."""
        return shown.view(self.state, self.rules, self._clock(), besides)

    def wake_ms(self) -> int | None:
        """When `pass_time` has something to do, or the view changes."""
        return shown.wake_ms(self.state, self.rules, self._clock())

    def pass_time(self) -> None:
        """Whatever is due by now."""
        if self.state.deadline is not None and self._clock() >= self.state.deadline:
            self.advance(Tick())

    def look(self) -> None:
        """The day may be another by now, and what can be touched; the latter never changes under a visitor's hands."""
        rules = self._rules_for(self.rules.survey) if self.is_idle else self.rules
        self.rules = msgspec.structs.replace(rules, closed=self._day.closed)

    def change_survey(self) -> bool:
        """Ask the survey whose hour has come, once nobody is there; whether it is another."""
        if not self.is_idle or self._day.survey is self.rules.survey:
            return False
        self.rules = msgspec.structs.replace(self._rules_for(self._day.survey), closed=self._day.closed)
        self.state = msgspec.structs.replace(self.state, face=0)  # which was one of the other's faces
        self._trace("survey", survey=self._day.survey.name)
        return True

    def press(self, press: Press, at_ms: int) -> None:
        """A face was pressed, by a button or by touch; one that the survey doesn't have is none."""
        if press.face <= self.rules.survey.points and self.advance(press, at_ms):
            self._trace("pressed", face=press.face, ui=press.ui)

    def advance(self, event: Event, at_ms: int | None = None) -> bool:
        """Whether there is something to store that is waited for."""
        before, now = self.state, self._clock()
        outcome = visit.advance(before, event, now if at_ms is None else at_ms, self.rules)
        self.state = after = outcome.state
        if outcome.rows:
            self._store.put(self._watch.pressed(outcome.rows, outcome.ticket), outcome.ticket)
        if (after.phase, after.step, after.picking) != (before.phase, before.step, before.picking):
            self._moved_on()
        if self.buzzer and after.phase != before.phase:
            if after.phase == "trouble":
                self.buzzer.sound("refused", now)
            elif isinstance(event, Stored):
                self.buzzer.sound("thanked", now)
        return outcome.ticket is not None

    def settled(self, settled: Settled) -> None:
        """The store has told what became of rows."""
        self._put_marks(self._watch.settled(settled.ticket, settled.rows, self._clock()))
        self.trouble = settled.error
        if settled.ticket is not None:
            self.advance(Failed(settled.ticket) if settled.error else Stored(settled.ticket))

    def leave(self) -> None:
        """End the visit on the screen, if there is one."""
        if rows := visit.leave(self.state, self._clock(), self.rules):
            self._store.put(rows, None)

    def dismiss(self) -> None:
        """Somebody else takes the screen: whoever was in a visit has left it."""
        self.leave()
        self.state = State(visits=self.state.visits, visit=self.state.visit, tickets=self.state.tickets)
        self._moved_on()

    def mark(self, rule: str, seqs: tuple[int, ...]) -> None:
        """Store a late mark of `rule` for the rows with these numbers."""
        self._put_marks(self._watch.mark(rule, seqs, self._clock()))

    def released(self, button: int, at_ms: int) -> None:
        """A button, from 0, went up again."""
        self._put_marks(self._watch.released(button, at_ms))

    def held(self, button: int) -> None:
        """A button, from 0, is down still."""
        self._put_marks(self._watch.held(button, self._clock()))

    def _put_marks(self, marks: Sequence[Draft]) -> None:
        if marks:
            self._store.put(marks, None)
