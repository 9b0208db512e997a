"""The touch panel tried, and the screen: what fingers drew, how far off the marks they were; plain colours. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kiosk.screens.technician import pages
from kiosk.technician.asks import Ask, Facts, Touch
from kiosk.technician.page import NOTHING, Page

STROKES, POINTS = 20, 300
"""The last so many strokes stay, each with its last so many points."""
NEAR = 0.13
"""A touch so near to a mark, in sides of the board's shorter one, was meant for it."""
OFF = 0.04
"""Marks missed by more than this, in the same measure, are missed."""
STEPS = 6
"""Colours, and the frame, before the screen test is over."""


class Touching(Page):
    """Strokes and the five marks; opened anew, it is empty again."""

    def __init__(self, facts: Facts) -> None:
        self._marks = facts.marks
        self._offsets: list[tuple[int, int] | None] = [None] * len(self._marks)
        self._strokes: list[list[tuple[int, int]]] = []
        self._fingers: dict[int, list[tuple[int, int]]] = {}
        self._board = 0, 0, 0, 0

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._offsets = [None] * len(self._marks)
        self._strokes.clear()
        self._fingers.clear()
        return NOTHING

    def body(self, now_ms: int) -> pages.TouchTest:
        """See `Page`."""
        strokes = tuple(tuple(stroke) for stroke in self._strokes)
        return pages.TouchTest(strokes, tuple(self._offsets), self._said())

    def _said(self) -> str:
        hit = [offset for offset in self._offsets if offset is not None]
        if len(hit) < len(self._offsets):
            return "Tap the middle of each mark, and draw anywhere."
        worst = max(math.hypot(*offset) for offset in hit)
        if worst <= OFF * min(self._board[2:]):
            return f"Touch works: at most {worst:.0f} pixels off."
        return f"Up to {worst:.0f} pixels off: see “rotate” in the settings, and clean the panel."

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if touch.action != "draw":
            return NOTHING
        self._board = touch.box
        self._fingers[touch.finger] = stroke = [(touch.x, touch.y)]
        self._strokes = [*self._strokes, stroke][-STROKES:]
        x, y, width, height = touch.box
        near = []
        for number, (across, down) in enumerate(self._marks):
            off = touch.x - round(x + across * width), touch.y - round(y + down * height)
            near.append((math.hypot(*off), number, off))
        distance, number, off = min(near)
        if distance <= NEAR * min(width, height):
            self._offsets[number] = off
        return NOTHING

    def moved(self, x: int, y: int, finger: int) -> None:
        """See `Page`."""
        left, top, width, height = self._board
        if (stroke := self._fingers.get(finger)) and left <= x < left + width and top <= y < top + height:
            stroke.append((x, y))
            del stroke[:-POINTS]


class ScreenTest(Page):
    """Step by step through the colours and the frame."""

    def __init__(self, facts: Facts) -> None:
        self._rotate = facts.rotate
        self._size = facts.size
        self._step = 0

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._step = 0
        return NOTHING

    def body(self, now_ms: int) -> pages.ScreenTest:
        """See `Page`."""
        said = (
            "Plain colours show dead pixels and stains. Then comes a frame: its arrow must point up, its corners must "
            "be whole. Else see “rotate” in the settings."
        )
        return pages.ScreenTest(self._step, self._rotate, self._size, said)

    @property
    def under_way(self) -> bool:
        """Whether the whole screen is a colour or the frame."""
        return self._step > 0

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if touch.action == "next":
            self._step = (self._step + 1) % (STEPS + 1)
        return NOTHING
