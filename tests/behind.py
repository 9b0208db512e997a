"""A way behind the stage for tests: tools that answer as a test says, and hang where it says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from hardware.health import Health, good
from kiosk.backstage.backstage import Backstage, Ways
from kiosk.backstage.chord import Chord
from kiosk.backstage.dark import Dark
from kiosk.backstage.pin import Pin
from kiosk.screens.technician import pages
from kiosk.settings import Secret
from kiosk.technician import asks
from kiosk.technician.asks import Facts

PIN = "246810"


def facts(**other: Any) -> Facts:
    """Of a kiosk with four buttons that lacks nothing."""
    given: dict[str, Any] = {
        "kiosk": "k-1",
        "version": "1.2.3",
        "rotate": 90,
        "size": (800, 480),
        "survey": pages.Survey((), ()),
        "buttons": ((5, 29), (6, 31), (13, 33), (19, 35)),
        "lights": True,
        "buzzer": True,
        "panel": "",
        "touchable": True,
        "applier": "",
        "marks": ((0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.1, 0.9), (0.9, 0.9)),
    }
    return Facts(**{**given, **other})


class Tools:
    """Answers at once; with `hang` held, not before it is let go."""

    def __init__(self) -> None:
        self.hang = threading.Event()
        self.hang.set()
        self.slow = threading.Event()
        """Not set: deeds hang."""
        self.slow.set()
        self.done: list[asks.Do] = []
        self.fails: Exception | None = None
        self.readings: tuple[Health, ...] = (good("power", "The power is enough."),)

    def examine(self, found: Callable[[asks.Looked], None]) -> None:
        found(asks.Looked("first", self.readings))
        self.hang.wait()

    def test_network(self) -> str:
        self.hang.wait()
        return "The network was tried just now."

    def votes(self) -> pages.Votes:
        self.hang.wait()
        return pages.Votes((pages.Count("Today", "7"),), (0,) * 24, 9, "All there.", "good")

    def results(self, span: Literal["today", "week"], misuse: bool) -> pages.Results:
        self.hang.wait()
        if span == "week":
            raise OSError("the card is gone")
        return pages.Results(span, misuse, 7, 0, "72", "81 %", (), ())

    def do(self, do: asks.Do, tell: Callable[[asks.Doing], None]) -> asks.Did | asks.Found:
        self.done.append(do)
        tell(asks.Doing(do.deed, "Half of it."))
        self.slow.wait()
        if self.fails:
            raise self.fails
        return asks.Did(do.deed, "Noted.")


class Behind:
    """What a backstage is made of, to be handed to an app."""

    def __init__(self, folder: Path, clock: Callable[[], int], *, pin: str = PIN) -> None:
        self.tools = Tools()
        self.sounds = 0
        self.marked: list[tuple[int, ...]] = []
        self.facts = facts()
        self.held: set[int] | None = None
        self.pin = Pin(folder, clock, Secret(pin))
        self.pin.load()
        self._clock = clock

    def backstage(
        self, dark: Dark, size: tuple[int, int], post: Callable[[object], None], mark: Callable[[tuple[int, ...]], None]
    ) -> Backstage:
        ways = Ways(
            lambda: self.facts, lambda: self.tools, lambda: (("now", "error: x"),), self._sound, mark, lambda: self.held
        )
        return Backstage(dark, Chord(4, size), self.pin, ways, self._clock, post)

    def _sound(self) -> None:
        self.sounds += 1
