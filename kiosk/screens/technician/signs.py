"""The signs of the technician's screens, drawn: of conditions, of pages, of keys. Knows no page and no word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pygame
from pygame import Rect, Surface

from hardware.health import Condition
from kiosk.screens.icons import OVERSIZE, Pen
from kiosk.screens.technician.pages import Page
from kiosk.screens.technician.theme import DARK, TONES
from kiosk.screens.theme import Colour
from kiosk.screens.widgets import Kit, put

Name = Literal["leave", "lock", "up", "down", "tick", "delete", "shift", "lamp", "off", "tone", "left", "right"] | Page


def mark(kit: Kit, surface: Surface, condition: Condition, box: Rect) -> None:
    """The condition's sign in the square `box`: a disc with a tick, a triangle with "!", a ring with "?"."""
    key = ("condition", condition, box.width)
    put(surface, kit.shelf.get(key, lambda: _mark(condition, box.width)), box.topleft)


def sign(kit: Kit, surface: Surface, name: Name, box: Rect, colour: Colour) -> None:
    """A sign in the square `box`."""
    key = ("technician", name, box.width, colour)

    def make() -> Surface:
        return _drawn(box.width, lambda canvas, middle: _SIGNS[name](Pen(canvas, colour, (middle, middle), middle)))

    put(surface, kit.shelf.get(key, make), box.topleft)


def _drawn(size: int, draw: Callable[[Surface, float], None]) -> Surface:
    canvas = Surface((size * OVERSIZE, size * OVERSIZE), pygame.SRCALPHA)
    draw(canvas, size * OVERSIZE / 2)
    return pygame.transform.smoothscale(canvas, (size, size))


def _mark(condition: Condition, size: int) -> Surface:
    tone = TONES[condition]

    def draw(canvas: Surface, middle: float) -> None:
        outer, inner = (Pen(canvas, colour, (middle, middle), middle) for colour in (tone, DARK.on_accent))
        match condition:
            case "good":
                outer.oval(0, 0, 0.98, 0.98)
                inner.line([(-0.46, 0.04), (-0.12, 0.38), (0.48, -0.34)], 0.22)
            case "bad":
                outer.blob([(0, -0.76), (0.84, 0.7), (-0.84, 0.7)], 0.14)
                inner.line([(0, -0.3), (0, 0.2)], 0.22)
                inner.oval(0, 0.53, 0.13, 0.13)
            case "unknown":
                outer.line(Pen.round(0, 0, 0.88, 0.88), 0.18)
                _question(outer, 0, 0.04, 1)

    return _drawn(size, draw)


def _question(pen: Pen, x: float, y: float, scale: float) -> None:
    hook = [
        (-0.26, -0.26),
        (-0.2, -0.44),
        (0, -0.52),
        (0.2, -0.44),
        (0.27, -0.26),
        (0.18, -0.08),
        (0.02, 0.06),
        (0, 0.2),
    ]
    pen.line([(x + scale * dx, y + scale * dy) for dx, dy in hook], 0.18 * scale)
    pen.oval(x, y + 0.46 * scale, 0.12 * scale, 0.12 * scale)


def _box(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def _verdict(pen: Pen) -> None:
    """A shield with a tick."""
    pen.line([(0, -0.86), (0.7, -0.62), (0.66, 0.1), (0, 0.86), (-0.66, 0.1), (-0.7, -0.62), (0, -0.86)], 0.15)
    pen.line([(-0.3, -0.08), (-0.06, 0.18), (0.34, -0.3)], 0.16)


def _buttons(pen: Pen) -> None:
    """A push button in its ring."""
    pen.line(Pen.round(0, 0, 0.84, 0.84), 0.15)
    pen.oval(0, 0, 0.46, 0.46)


def _touch(pen: Pen) -> None:
    """A target to tap."""
    pen.line(Pen.round(0, 0, 0.56, 0.56), 0.15)
    pen.oval(0, 0, 0.14, 0.14)
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        pen.line([(0.56 * x, 0.56 * y), (0.9 * x, 0.9 * y)], 0.15)


def _screen(pen: Pen) -> None:
    pen.line(_box(-0.86, -0.68, 0.86, 0.4), 0.15)
    pen.line([(0, 0.4), (0, 0.74)], 0.15)
    pen.line([(-0.4, 0.78), (0.4, 0.78)], 0.15)


def _network(pen: Pen) -> None:
    """Waves above a dot."""
    pen.oval(0, 0.62, 0.14, 0.14)
    for half, y in ((0.34, 0.24), (0.62, -0.06), (0.9, -0.34)):
        pen.line(Pen.arc(0, y, half, -half * 0.42), 0.15)


def _votes(pen: Pen) -> None:
    for x, tall in ((-0.6, 0.5), (0, 1.4), (0.6, 0.9)):
        pen.blob([(x - 0.1, 0.7 - tall), (x + 0.1, 0.7 - tall), (x + 0.1, 0.7), (x - 0.1, 0.7)], 0.1)


def _results(pen: Pen) -> None:
    """A smile in a ring."""
    pen.line(Pen.round(0, 0, 0.84, 0.84), 0.15)
    pen.line(Pen.arc(0, 0.2, 0.4, 0.26), 0.15)
    for side in (-1, 1):
        pen.oval(side * 0.3, -0.24, 0.11, 0.15)


def _system(pen: Pen) -> None:
    """A chip with its legs."""
    pen.line(_box(-0.54, -0.54, 0.54, 0.54), 0.15)
    for at in (-0.3, 0, 0.3):
        for side in (-1, 1):
            pen.line([(at, 0.6 * side), (at, 0.88 * side)], 0.12)
            pen.line([(0.6 * side, at), (0.88 * side, at)], 0.12)
    pen.blob(_box(-0.14, -0.14, 0.14, 0.14), 0.06)


def _survey(pen: Pen) -> None:
    """A question in a bubble."""
    pen.line([(-0.84, -0.78), (0.84, -0.78), (0.84, 0.48), (0, 0.48), (-0.42, 0.84), (-0.42, 0.48)], 0.15)
    pen.line([(-0.42, 0.48), (-0.84, 0.48), (-0.84, -0.78)], 0.15)
    _question(pen, 0, -0.14, 0.74)


def _log(pen: Pen) -> None:
    for y, right in ((-0.6, 0.84), (0, 0.84), (0.6, 0.4)):
        pen.oval(-0.74, y, 0.1, 0.1)
        pen.line([(-0.38, y), (right, y)], 0.15)


def _service(pen: Pen) -> None:
    """A spanner."""
    pen.line([(-0.6, 0.6), (0.22, -0.22)], 0.3)
    turn = [(0.42, -0.84), (0.12, -0.62), (0.12, -0.26), (0.26, -0.12), (0.62, -0.12), (0.84, -0.42)]
    pen.line(turn, 0.2)


def _leave(pen: Pen) -> None:
    """Out of a door."""
    pen.line([(0.1, -0.78), (-0.74, -0.78), (-0.74, 0.78), (0.1, 0.78)], 0.15)
    pen.line([(-0.24, 0), (0.8, 0)], 0.16)
    pen.line([(0.44, -0.36), (0.8, 0), (0.44, 0.36)], 0.16)


def _lock(pen: Pen) -> None:
    pen.blob(_box(-0.52, 0, 0.52, 0.66), 0.12)
    pen.line([(-0.36, -0.04), (-0.36, -0.42), (-0.2, -0.7), (0.2, -0.7), (0.36, -0.42), (0.36, -0.04)], 0.16)


def _arrow(x: int, y: int) -> Callable[[Pen], None]:
    def draw(pen: Pen) -> None:
        pen.line([(-0.7 * x, -0.7 * y), (0.7 * x, 0.7 * y)], 0.2)
        tip = [(0.2 * x + 0.5 * y, 0.2 * y + 0.5 * x), (0.7 * x, 0.7 * y), (0.2 * x - 0.5 * y, 0.2 * y - 0.5 * x)]
        pen.line(tip, 0.2)

    return draw


def _delete(pen: Pen) -> None:
    pen.line([(-0.92, 0), (-0.4, -0.62), (0.88, -0.62), (0.88, 0.62), (-0.4, 0.62), (-0.92, 0)], 0.14)
    for up in (-1, 1):
        pen.line([(-0.12, 0.26 * up), (0.4, -0.26 * up)], 0.14)


def _shift(pen: Pen) -> None:
    arrow = [(0, -0.82), (0.74, -0.06), (0.34, -0.06), (0.34, 0.66), (-0.34, 0.66), (-0.34, -0.06), (-0.74, -0.06)]
    pen.line([*arrow, arrow[0]], 0.14)


def _bulb(pen: Pen) -> None:
    pen.line([(-0.22, 0.4), (-0.48, -0.06), (-0.44, -0.5), (0, -0.78), (0.44, -0.5), (0.48, -0.06), (0.22, 0.4)], 0.14)
    for y, half in ((0.56, 0.22), (0.82, 0.12)):
        pen.line([(-half, y), (half, y)], 0.14)


def _lamp(pen: Pen) -> None:
    """A bulb that is on: filled."""
    _bulb(pen)
    pen.blob([(-0.2, 0.36), (-0.44, -0.08), (-0.4, -0.46), (0, -0.72), (0.4, -0.46), (0.44, -0.08), (0.2, 0.36)], 0.04)


def _tone(pen: Pen) -> None:
    """A loudspeaker and its sound."""
    pen.blob([(-0.8, -0.22), (-0.52, -0.22), (-0.14, -0.56), (-0.14, 0.56), (-0.52, 0.22), (-0.8, 0.22)], 0.06)
    for x, half in ((0.2, 0.26), (0.52, 0.5)):
        pen.line([(x, -half), (x + half * 0.5, 0), (x, half)], 0.14)


_SIGNS: dict[Name, Callable[[Pen], None]] = {
    "verdict": _verdict,
    "buttons": _buttons,
    "touch": _touch,
    "screen": _screen,
    "network": _network,
    "votes": _votes,
    "results": _results,
    "system": _system,
    "survey": _survey,
    "log": _log,
    "service": _service,
    "leave": _leave,
    "lock": _lock,
    "up": _arrow(0, -1),
    "down": _arrow(0, 1),
    "left": _arrow(-1, 0),
    "right": _arrow(1, 0),
    "tick": lambda pen: pen.line([(-0.72, 0.08), (-0.22, 0.56), (0.74, -0.5)], 0.26),
    "delete": _delete,
    "shift": _shift,
    "lamp": _lamp,
    "off": _bulb,
    "tone": _tone,
}
