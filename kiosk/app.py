"""Wires panel, screens, visit and store together: the kiosk while it runs. Never knows networks or settings files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hardware.buzzer import Buzzer
from hardware.display import Damaged, Display, Key, Quit, Release, Touch
from hardware.panel import MockHands, Panel
from hardware.watchdog import Notifier
from kiosk import events, memory, shown, watchdog
from kiosk.backstage.backstage import RULE, Backstage
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.clock import Reading
from kiosk.curtain import Curtain
from kiosk.day import Day
from kiosk.ears import Ears
from kiosk.events import Hold, Press, Shown, Stir, Type
from kiosk.fingers import Fingers, Gesture
from kiosk.host import Host
from kiosk.loop import Loop
from kiosk.misuse import Limits
from kiosk.orders import Order, Orders
from kiosk.reader import SyncStatus
from kiosk.screens.view import Asleep, View
from kiosk.show import Show, Trace
from kiosk.state import Rules
from kiosk.store import Board, Noticed, Settled, Store
from kiosk.survey import Survey
from kiosk.today import Before, Today, ask_store
from kiosk.watch import Watch


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
        backstage: Callable[[Callable[[tuple[int, ...]], None]], Backstage],
        votes: Path,
        board: Board,
        read_clock: Callable[[], Reading],
        sync_status: Callable[[], SyncStatus],
        retention_days: int,
        trace: Trace,
        buzzer: Buzzer | None = None,
        panel: Panel | None = None,
        hands: MockHands | None = None,
        notice: Callable[[], str] = str,
        limits: Limits | None = None,
        notifier: Notifier,
        curtain: Curtain | None = None,
        repair: Callable[[], None] = lambda: None,
    ) -> None:
        """`rules` are those that go with a survey; `day` says which survey that is.

        `notice` gives a line about what there should be, asked now and then; `repair` may open what could not be opened
        before, and then calls `refit`.
        `backstage` makes the technician's way in, given what stores a mark for the rows that it names.
        """
        self._day = day
        self._loop = loop
        self._clock = clock
        self._display = display
        self._show = show
        self._trace = trace
        self._buzzer = buzzer
        self._orders = Orders(loop, display, show, hands)
        self._notices = notice
        self._notice = ""
        self._fingers = Fingers()
        self._ears = Ears(loop, display)
        self._curtain = curtain
        self._repair = repair
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
        watch = Watch(limits or Limits())
        self._host = Host(rules, day, self._store, clock, trace, watch, buzzer=buzzer, moved_on=self._fingers.forget)
        self._seen = self._host.place
        self._backstage = backstage(lambda seqs: self._host.mark(RULE, seqs))
        self._panel = panel
        threads = {
            "the store": self._store.answers,
            "the buttons": lambda since_ms: self._panel.answers(since_ms) if self._panel else None,
        }
        self._heartbeat = watchdog.Heartbeat(notifier, threads, self._status)

    def run(self) -> None:
        """Handle events until the loop is stopped, then store what is left."""
        self.begin()
        while not self._loop.stopped:
            if not self.turn():
                self._loop.sleep(self._clock() if self._show.warm() else self.deadline(), self._ears.poll_ms())
        self._ears.close()

    def begin(self) -> None:
        """Show the first screen. What was touched before it stood was meant for another, or for none."""
        self._look(self._clock())
        for event in self._display.inputs():
            if isinstance(event, Quit | Damaged):
                self._handle(event)
        self._refresh()
        self._heartbeat.begin()
        memory.settle()
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
        self._host.leave()
        self._store.close()
        for event in self._loop.taken():
            if isinstance(event, Settled):
                self._trace.settled(event)

    def deadline(self) -> int | None:
        """When something is due that no event tells of; None: never."""
        now = self._clock()
        sleeps_ms = self._day.sleeps_ms
        moments = [
            self._host.wake_ms(),
            self._day.due_ms,
            sleeps_ms if sleeps_ms is not None and sleeps_ms > now else None,
            self._fingers.deadline,
            self._show.deadline(),
            self._buzzer.deadline if self._buzzer else None,
            self._orders.deadline,
            self._backstage.deadline,
            self._heartbeat.deadline,
            self._curtain.deadline if self._curtain and self._nobody_is_there else None,
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def _pass_time(self) -> None:
        """Whatever is due by now."""
        now = self._clock()
        self._host.pass_time()
        if now >= self._day.due_ms or self._display.inputs_changed:
            self._look(now)
        if self._host.change_survey():
            self._show.use(self._day.survey)
        self._orders.let_go(now)
        self._gestures(self._fingers.held(now))
        if self._buzzer and self._buzzer.deadline is not None and now >= self._buzzer.deadline:
            self._buzzer.advance(now)
        if self._backstage.wants_in():
            self._enter()
        self._backstage.pass_time()
        if self._curtain and self._nobody_is_there and self._curtain.is_time():
            self._raise(self._curtain)
        self._show.move()
        self._heartbeat.turn(now)

    def refit(self, panel: Panel | None, buzzer: Buzzer | None) -> None:
        """What is wired was opened later than the kiosk."""
        self._panel = panel
        self._buzzer = self._host.buzzer = buzzer

    @property
    def _nobody_is_there(self) -> bool:
        return self._host.is_idle and not self._backstage.is_open

    def _raise(self, curtain: Curtain) -> None:
        """There is a screen by now. Presses wait in the queue meanwhile."""
        self._ears.close()  # first: the devices are opened anew, under numbers that others may have had
        curtain.open()
        self._fingers.forget()
        self._backstage.refit(self._display.size, self._show.dpi)
        self._ears.prick()
        self._host.look()
        self._trace("picture", driver=self._display.driver, size=self._display.size)

    def _status(self) -> str:
        said = self._host.trouble or next(iter(self._noticed), self._notice)
        buttons = len(self._panel.pins) if self._panel else 0
        return watchdog.status(self._today.count, self._store.waiting, buttons, self._display, said)

    def _enter(self) -> None:
        """A technician asks for the diagnostics."""
        self._host.dismiss()
        self._day.stir(self._clock())
        self._backstage.open()

    def _look(self, now_ms: int) -> None:
        self._day.look(now_ms)
        self._today.begins(self._day.midnight, now_ms)
        if self._nobody_is_there:
            self._repair()
        self._notice = self._notices()
        if self._curtain:
            self._curtain.watch()
        self._ears.prick()
        self._show.relight()
        self._host.look()
        for button in self._panel.held() if self._panel else ():
            self._host.held(button)

    def _handle(self, event: Any) -> None:
        if self._backstage.handle(event):
            return
        match event:
            case ButtonPressed():
                self._day.stir(self._clock())
                self._host.press(Press(event.button + 1, "physical"), event.at_ms)
            case ButtonReleased():
                self._host.released(event.button, event.at_ms)
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
                if (wanted := self._orders.obey(event.line, self._clock())) and not self._backstage.is_open:
                    self._host.advance(wanted)
                for touch in self._display.inputs():  # at once: a player means what is shown now
                    self._handle(touch)
            case Damaged():
                self._show.damaged()
            case Quit():
                self._loop.stop()

    def _touched(self, touch: Touch) -> None:
        now = self._clock()
        self._day.stir(now)
        action = self._show.hit(touch.x, touch.y)
        if action is None and self._backstage.tapped(touch.x, touch.y):
            self._enter()
        elif isinstance(self._show.view, Asleep):
            return  # it wakes the screen and does nothing else
        elif action is None:
            self._host.advance(Stir())
        else:
            self._gestures(self._fingers.down(touch.finger, action, now))

    def _gestures(self, gestures: Iterable[Gesture]) -> None:
        for gesture in gestures:
            event = events.touched(gesture.action)
            if isinstance(event, Press):
                self._host.press(event, self._clock())
            elif isinstance(event, Type) and gesture.what == "hold":
                self._host.advance(Hold(event.key))
            elif event is not None:
                self._host.advance(event)

    def _settled(self, settled: Settled) -> None:
        self._trace.settled(settled)
        self._today.stored(settled.rows)
        self._host.settled(settled)
        self._backstage.stored(settled.rows)

    def _view(self) -> View:
        besides = shown.Besides(
            asleep=self._host.is_idle and self._day.is_asleep(self._clock()),
            trouble=self._host.trouble,
            notice=next(iter(self._noticed), self._notice),
            today=self._today.count if self._host.rules.survey.attract.count else None,
        )
        return self._host.view(besides)

    def _refresh(self) -> bool:
        """Draw if there is something else to show than what is shown; whether it was."""
        if (is_new := self._backstage.show()) is not None:
            self._seen = ()  # whatever stands there afterwards has not been seen before
            return is_new
        # Whoever has chosen a language stands there already: the picture drifts while nobody does.
        if not self._show.show(self._view(), self._day.drift if self._host.is_idle else None):
            return False
        if (place := self._host.place) != self._seen:
            self._seen = place
            # Drawing took its time, and what was touched meanwhile was meant for what stood there.
            self._host.advance(Shown())
        return True
