"""The buttons tried: how often each was pressed, whether it is down, and how soon the screen told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hardware.health import Condition
from kiosk.screens.technician import pages
from kiosk.technician.asks import Ask, Facts, Sound, Touch
from kiosk.technician.page import NOTHING, Page

STUCK_MS = 10_000
"""A button that is down for longer than this is not held by a technician."""
BOUNCES_MS = 300
"""Nobody lets go and presses again sooner than this, a few times in a row."""
BOUNCES = 3
_LOCKED = "locked"
"""Instead of what only whoever gave the PIN may try."""


class Buttons(Page):
    """Counts from when the page was opened; what was down already still counts as down."""

    def __init__(self, facts: Facts, may: Callable[[], bool]) -> None:
        """`may`: whether lights and tone may be tried."""
        self._facts = facts
        self._may = may
        self._presses = [0] * len(facts.buttons)
        self._quick = [0] * len(facts.buttons)
        self._pressed_ms = [-BOUNCES_MS] * len(facts.buttons)
        self._down: dict[int, int] = {}
        self._took: dict[int, int] = {}
        self._unseen: dict[int, int] = {}
        self._lit: set[int] = set()

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        count = len(self._facts.buttons)
        self._presses, self._quick = [0] * count, [0] * count
        self._took.clear()
        self._unseen.clear()
        return NOTHING

    def closed(self) -> None:
        """See `Page`."""
        self._lit.clear()

    def body(self, now_ms: int) -> pages.Buttons:
        """See `Page`."""
        lines = tuple(self._line(number, now_ms) for number in range(len(self._facts.buttons)))
        said = "Press each button once." if lines else "No buttons are in the settings: this kiosk is touch only."
        if self._facts.panel:
            said = self._facts.panel
        elif lines and all(line.condition == "good" for line in lines):
            said = "All buttons work."
        buzzer, why_not = self._facts.buzzer, "no buzzer"
        if buzzer and not self._may():
            buzzer, why_not = False, _LOCKED
        return pages.Buttons(lines, buzzer, said, why_not)

    def _line(self, number: int, now_ms: int) -> pages.ButtonLine:
        pin, physical = self._facts.buttons[number]
        down_ms = self._down.get(number)
        held_ms = 0 if down_ms is None else now_ms - down_ms
        said, condition = self._judged(number, held_ms)
        may = self._may()
        light = number in self._lit if self._facts.lights and may else None
        took = self._took.get(number)
        return pages.ButtonLine(
            face=number + 1,
            pin=pin,
            physical=physical,
            presses=self._presses[number],
            down=down_ms is not None,
            light=light,
            took_ms=None if took is None else float(took),
            said=said,
            condition=condition,
            no_light=_LOCKED if self._facts.lights and not may else "no light",
        )

    def _judged(self, number: int, held_ms: int) -> tuple[str, Condition]:
        presses = self._presses[number]
        if held_ms > STUCK_MS:
            return f"held down for {held_ms // 1000} s: does it stick?", "bad"
        if self._quick[number] >= BOUNCES:
            return f"bounces: {presses} presses, too fast for a finger", "bad"
        if not presses:
            return "not pressed yet", "unknown"
        return "works", "good"

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        what, _, number = touch.action.partition(":")
        if not self._may():
            return NOTHING
        if what == "light" and self._facts.lights:
            self._lit ^= {int(number) - 1}
        elif what == "tone" and self._facts.buzzer:
            return (Sound(),)
        return NOTHING

    def pressed(self, button: int, at_ms: int) -> None:
        """See `Page`."""
        if button >= len(self._presses):
            return
        self._presses[button] += 1
        self._quick[button] += at_ms - self._pressed_ms[button] < BOUNCES_MS
        self._pressed_ms[button] = at_ms
        self._down[button] = self._unseen[button] = at_ms

    def released(self, button: int) -> None:
        """See `Page`."""
        self._down.pop(button, None)

    def shown(self, now_ms: int) -> None:
        """See `Page`."""
        for button, at_ms in self._unseen.items():
            self._took[button] = now_ms - at_ms
        self._unseen.clear()

    def deadline(self, now_ms: int) -> int | None:
        """See `Page`."""
        # Each second of a button that is held too long is told.
        waits = [max(STUCK_MS + 1, (now_ms - at_ms) // 1000 * 1000 + 1000) + at_ms for at_ms in self._down.values()]
        return min(waits, default=None)
