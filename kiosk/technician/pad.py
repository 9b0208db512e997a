"""The PIN being typed. Pure; what was typed is given away once, to be tried, and shown never."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.backstage.tries import Checked, Standing
from kiosk.screens.technician import pages
from kiosk.settings import Secret
from kiosk.technician.asks import Answer, Ask, CheckPin, Touch
from kiosk.technician.page import NOTHING, Page

LONGEST = 32
"""Digits of the longest PIN."""
TYPING_MS = 60_000
"""How long it stands there; typing digits makes that twice as long at most."""


class Pad(Page):
    """Ten digits and how the last try went. `passed` once the right PIN was given."""

    def __init__(self, standing: Standing, now_ms: int) -> None:
        self._standing = standing
        self._opened_ms = now_ms
        self.ends_ms = now_ms + TYPING_MS
        """When it goes, whatever is touched: a visitor's button counts again."""
        self._typed = ""
        self._said = ""
        self._trying = False
        self.passed = False

    def body(self, now_ms: int) -> pages.PinPad:
        """See `Page`."""
        wait_s = -(-(self._standing.until_ms - now_ms) // 1000)
        if wait_s > 0:
            return pages.PinPad(0, "Too many wrong PINs. Please wait.", wait_s)
        return pages.PinPad(len(self._typed), self._said)

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        what, _, digit = touch.action.partition(":")
        if self._trying or now_ms < self._standing.until_ms:
            return NOTHING
        match what:
            case "digit" if len(self._typed) < LONGEST:
                self._typed += digit
                self._said = ""
                self.ends_ms = min(now_ms, self._opened_ms + TYPING_MS) + TYPING_MS
            case "delete":
                self._typed = self._typed[:-1]
            case "ok" if self._typed:
                typed, self._typed = Secret(self._typed), ""
                self._trying, self._said = True, "One moment …"
                return (CheckPin(typed),)
        return NOTHING

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if isinstance(answer, Checked):
            self._trying, self._standing, self.passed = False, answer.standing, answer.right
            left = answer.standing.left
            tries = "1 try is left" if left == 1 else f"{left} tries are left"
            self._said = f"That was not it. {tries}." if left else "That was not it."
        return NOTHING

    def closed(self) -> None:
        """See `Page`."""
        self._typed = ""

    def deadline(self, now_ms: int) -> int | None:
        """See `Page`."""
        left_ms = self._standing.until_ms - now_ms
        return now_ms + ((left_ms - 1) % 1000 + 1) if left_ms > 0 else None
