"""Tries the buttons of a panel, one line each, live. Knows the panel and a terminal; never votes or screens."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from hardware import board, wiring
from hardware.errors import PanelError
from hardware.lights import Lights
from hardware.panel import MockHands, Panel, open_pins
from hardware.panel_health import Snapshot, chatters, is_stuck
from kiosk.keys import raw_keys
from kiosk.loop import Loop
from kiosk.settings import Panel as Wiring

TAP_MS = 150
"""How long a key presses a mock pin: a terminal tells of no release."""
_SECOND_MS = 1_000


class Trial:
    """Pins, buttons and lights, open for a while. PanelError where they can't be had.

    `say` prints a line.
    """

    def __init__(self, wired: Wiring, pins: str | None, say: Callable[[str], None]) -> None:
        self._say = say
        self._parts = contextlib.ExitStack()
        self._taps: dict[int, int] = {}
        try:
            self.loop = self._parts.enter_context(contextlib.closing(Loop(board.boottime_ms)))
            factory = open_pins(pins or wired.pins, wired.chip)
            self._parts.callback(factory.close)
            self._panel = Panel(
                wired.buttons,
                factory,
                lambda number, _: self.loop.post((number, "pressed")),
                board.boottime_ms,
                wired.quiet_ms,
                on_release=lambda number, _: self.loop.post((number, "released")),
            )
            self._parts.callback(self._panel.close)
            self._hands = MockHands.of(wired.buttons, factory)
            self._lights = Lights(wired.lights, factory) if wired.lights else None
            if self._lights:
                self._parts.callback(self._lights.close)
        except PanelError as error:
            self._parts.close()
            raise _explained(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._parts.close()

    def run(self, *, live: bool) -> Snapshot:
        """Until Ctrl-C or the loop is stopped; what was counted. `live` redraws one line a button."""
        self.loop.stop_on_signals()
        keys = " (here: keys 1 to 5)" if self._hands else ""
        self._say(f"Press each button once{keys}. Ctrl-C ends.")
        with self._keys():
            drawn = self._draw() if live else 0
            while not self.loop.stopped:
                self.loop.sleep(min(self._taps.values(), default=None), _SECOND_MS if self._panel.held() else None)
                self._let_go()
                happened = list(self.loop.taken())
                if self._lights:
                    self._lights.show(self._panel.held())
                if live:
                    drawn = self._draw(drawn)
                else:
                    for number, what in happened:
                        self._say(f"button {number + 1}: {what}")
        return self._panel.snapshot()

    @contextlib.contextmanager
    def _keys(self) -> Iterator[None]:
        """Hear keys, where pins are mock ones: those of a terminal, or what a program writes."""
        if self._hands is None:
            yield
            return
        with raw_keys() if sys.stdin.isatty() else contextlib.nullcontext():
            self.loop.watch(sys.stdin.fileno(), self._read)
            yield
            self.loop.forget(sys.stdin.fileno())

    def _read(self, descriptor: int) -> None:
        keys = os.read(descriptor, 64).decode("ascii", "replace")
        if not keys:
            self.loop.forget(descriptor)
        for key in keys:
            if key == "q":
                self.loop.stop()
            elif key.isdecimal():
                self.tap(int(key) - 1)

    def tap(self, number: int) -> None:
        """Press a mock button, from 0, for a moment; nothing where there is none."""
        if self._hands is not None and 0 <= number < len(self._hands):
            self._hands.down(number)
            self._taps[number] = board.boottime_ms() + TAP_MS

    def _let_go(self) -> None:
        for number in [number for number, until_ms in self._taps.items() if board.boottime_ms() >= until_ms]:
            del self._taps[number]
            if self._hands is not None:
                self._hands.up(number)

    def _draw(self, over: int = 0) -> int:
        """The lines, over as many that stand there already; how many they are."""
        told = lines(self._panel.snapshot())
        back = f"\x1b[{over}A" if over else ""
        self._say(back + "\n".join(f"\x1b[2K{line}" for line in told))
        return len(told)


def lines(found: Snapshot) -> list[str]:
    """A line for each button: whether it is held, and what was counted."""
    said = []
    for number, button in enumerate(found.buttons, 1):
        called = f"button {number}  {wiring.mood(number, len(found.buttons)):<12}"
        counted = f"pressed {button.presses:>3}   bounces {button.bounces:>3}" if button.presses else "not pressed yet"
        state = ""
        if button.held_since_ms is not None:
            seconds = (found.at_ms - button.held_since_ms) // 1000
            state = f"held {seconds} s" if seconds else "held"
            state += ": stuck?" if is_stuck(button, found.at_ms) else ""
        elif chatters(button):
            state = "a bad contact"
        said.append(f"{'●' if button.held_since_ms is not None else '○'} {called}  {counted:<25}  {state}".rstrip())
    return said


def _explained(error: PanelError) -> PanelError:
    if "busy" not in str(error).lower():
        return error
    return PanelError(
        f"{error}. Another program has these pins, most likely the kiosk: stop it first "
        "(sudo systemctl stop moodpost-kiosk), and start it again afterwards"
    )
