"""What a player's lines mean: hands and fingers for tests, demo and benchmarks. Never knows what comes of them."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from hardware.display import Display, Key
from hardware.panel import MockHands
from kiosk import events
from kiosk.events import Speak, Toggle
from kiosk.fingers import HOLD_MS
from kiosk.loop import Loop
from kiosk.show import Show

log = logging.getLogger(__name__)

_PRESSED_MS = HOLD_MS + 200
"""How long a player's long press lasts."""


class Order(msgspec.Struct, frozen=True):
    """A line from a player.

    ``press 1``, ``down 1``, ``up 1``: a button; ``tap 400 300``, ``hold 400 300``: the screen; ``tap done ask-why``,
    ``hold key:e ask-why``: what is called so there, and nothing where another screen is shown; ``speak fi``,
    ``mode large``: a language, a mode; ``shot FILE``; ``quit``.
    """

    line: str


class Orders:
    """Obeys a player. `hands` are fingers for mock pins: on a kiosk with real ones nobody presses by a line."""

    def __init__(self, loop: Loop, display: Display, show: Show, hands: MockHands | None = None) -> None:
        self._loop = loop
        self._display = display
        self._show = show
        self._hands = hands
        self._resting: list[tuple[int, int, int]] = []

    @property
    def deadline(self) -> int | None:
        """When `let_go` must be called next; None while no finger rests on the screen."""
        return min((until_ms for until_ms, _, _ in self._resting), default=None)

    def obey(self, line: str, now_ms: int) -> Speak | Toggle | None:
        """Do as `line` says; what is for the visit to do."""
        match line.split():
            case ["press" | "down" | "up" as what, digit] if digit.isdecimal():
                if what in ("press", "down"):
                    self.key(Key(int(digit), True))
                if what in ("press", "up"):
                    self.key(Key(int(digit), False))
            case ["tap" | "hold" as how, x, y] if x.isdecimal() and y.isdecimal():
                self._touch(how, int(x), int(y), now_ms)
            case ["tap" | "hold" as how, action, screen]:
                if at := self._show.middle(action, screen):
                    self._touch(how, *at, now_ms)
            case ["speak", language]:
                return Speak(language)
            case ["mode", mode] if isinstance(event := events.touched(f"mode:{mode}"), Toggle):
                return event
            case ["shot", path]:
                self._show.save(Path(path))
            case ["quit"]:
                self._loop.stop()
            case _:
                log.warning("not an order: %r", line)
        return None

    def _touch(self, how: str, x: int, y: int, now_ms: int) -> None:
        if how == "tap":
            self._display.touch(x, y)
        else:
            self._display.press_at(x, y)
            self._resting.append((now_ms + _PRESSED_MS, x, y))

    def key(self, key: Key) -> None:
        """Keys 1, 2, … press buttons, too."""
        if self._hands is not None and 1 <= key.digit <= len(self._hands):
            (self._hands.down if key.down else self._hands.up)(key.digit - 1)

    def let_go(self, now_ms: int) -> None:
        """Take away the fingers whose long press is over."""
        for finger in [finger for finger in self._resting if now_ms >= finger[0]]:
            self._resting.remove(finger)
            self._display.release_at(*finger[1:])
