"""How a technician asks for the diagnostics: two buttons held, or five taps in a corner. Pure; knows no screen.

Times are milliseconds of one steady clock.
"""

from __future__ import annotations

from collections import deque

import msgspec

HOLD_MS = 5_000
"""How long the two outer buttons are held together."""
TAPS = 5
TAPS_MS = 3_000
"""The first and the last of the taps lie no further apart than this."""
CORNER = 1 / 6
"""Its side, of the screen's shorter side. It is the top left one: no target reaches it but Back and its like, on
follow-ups and languages, which a tap leaves."""


class Held(msgspec.Struct, frozen=True):
    """A button, from 0, and when it was pressed."""

    button: int
    at_ms: int


class Chord:
    """Watches for either of the two. `buttons` is how many the panel has, `size` the screen's in pixels."""

    def __init__(self, buttons: int, size: tuple[int, int]) -> None:
        self._outer = (0, buttons - 1) if buttons >= 2 else ()
        self._down: dict[int, int] = {}
        self._taps: deque[int] = deque(maxlen=TAPS)
        self.refit(size)

    def refit(self, size: tuple[int, int]) -> None:
        """The screen is another one, of `size`."""
        self._side = min(size) * CORNER

    @property
    def deadline(self) -> int | None:
        """When the buttons have been held long enough, if they stay so; None while not both are down."""
        return max(self._down.values()) + HOLD_MS if self._outer and len(self._down) == len(self._outer) else None

    def pressed(self, button: int, at_ms: int) -> None:
        """A button, from 0, went down. Others than the two outer ones don't matter."""
        if button in self._outer:
            self._down[button] = at_ms

    def released(self, button: int) -> None:
        """It went up."""
        self._down.pop(button, None)

    def held(self, now_ms: int) -> tuple[Held, ...]:
        """The two presses, once they have been held long enough; that is told once. Empty: not so."""
        if self.deadline is None or now_ms < self.deadline:
            return ()
        both = tuple(Held(button, at_ms) for button, at_ms in sorted(self._down.items()))
        self._down.clear()
        return both

    def tapped(self, x: int, y: int, now_ms: int) -> bool:
        """A finger came down where nothing can be touched, in pixels; whether it was the fifth tap in the corner."""
        if x >= self._side or y >= self._side:
            self._taps.clear()  # somebody who taps about means something else
            return False
        self._taps.append(now_ms)
        if len(self._taps) < TAPS or now_ms - self._taps[0] > TAPS_MS:
            return False
        self._taps.clear()
        return True
