"""Small signs and the pen that draws them and the faces. Knows no screen and no word."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Literal

import pygame
from pygame import Surface

from kiosk.screens.theme import Colour

Point = tuple[float, float]
Sign = Literal["tick", "left", "right", "globe", "person", "contrast", "large", "reach"]

OVERSIZE = 4
"""How many times larger than shown faces, signs and corners are drawn; scaled down by 3 they would lose opacity."""


class Pen:
    """Draws round-ended shapes in units of `radius` pixels about a centre; y grows downwards."""

    def __init__(self, surface: Surface, colour: Colour, centre: Point, radius: float) -> None:
        self._surface = surface
        self._colour = colour
        self._centre = centre
        self._radius = radius

    @staticmethod
    def arc(x: float, y: float, half: float, sag: float) -> list[Point]:
        """An arc of a circle through (x - half, y) and (x + half, y) that hangs `sag` below them (above: negative)."""
        radius = (half * half + sag * sag) / (2 * abs(sag))
        reach = 2 * math.atan2(abs(sag), half)
        turn = math.copysign(1, sag)
        angles = [reach * (step / 24 - 1) for step in range(49)]
        return [(x + radius * math.sin(a), y + turn * (radius * math.cos(a) - radius + abs(sag))) for a in angles]

    @staticmethod
    def round(x: float, y: float, across: float, down: float) -> list[Point]:
        """A closed oval about (x, y) with the half axes `across` and `down`."""
        turns = [step * math.tau / 64 for step in range(65)]
        return [(x + across * math.cos(turn), y + down * math.sin(turn)) for turn in turns]

    def oval(self, x: float, y: float, across: float, down: float) -> None:
        """A filled upright oval about (x, y) with the half axes `across` and `down`."""
        left, top = self._at((x - across, y - down))
        box = pygame.Rect(round(left), round(top), round(2 * across * self._radius), round(2 * down * self._radius))
        pygame.draw.ellipse(self._surface, self._colour, box)

    def line(self, points: Sequence[Point], thick: float) -> None:
        """A line through `points`, round at its ends and joints."""
        half = thick * self._radius / 2
        places = [self._at(point) for point in points]
        for place in places:
            pygame.draw.circle(self._surface, self._colour, place, half)
        for (x1, y1), (x2, y2) in itertools.pairwise(places):
            length = math.hypot(x2 - x1, y2 - y1)
            if not length:
                continue
            dx, dy = (y2 - y1) / length * half, (x1 - x2) / length * half
            corners = [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
            pygame.draw.polygon(self._surface, self._colour, corners)

    def blob(self, points: Sequence[Point], rounding: float) -> None:
        """The area within `points`, grown by `rounding`, so that its corners are round."""
        pygame.draw.polygon(self._surface, self._colour, [self._at(point) for point in points])
        self.line([*points, points[0]], 2 * rounding)

    def _at(self, point: Point) -> Point:
        return self._centre[0] + point[0] * self._radius, self._centre[1] + point[1] * self._radius


def sign(name: Sign, size: int, colour: Colour) -> Surface:
    """The sign, `size` pixels wide and high; blit it with `BLEND_PREMULTIPLIED`."""
    large = size * OVERSIZE
    canvas = Surface((large, large), pygame.SRCALPHA)
    _SIGNS[name](Pen(canvas, colour, (large / 2, large / 2), large / 2))
    return pygame.transform.smoothscale(canvas, (size, size))


def _tick(pen: Pen) -> None:
    pen.line([(-0.72, 0.08), (-0.22, 0.56), (0.74, -0.5)], 0.26)


def _arrow(ahead: int) -> Callable[[Pen], None]:
    def draw(pen: Pen) -> None:
        pen.line([(-0.86 * ahead, 0), (0.86 * ahead, 0)], 0.19)
        pen.line([(0.3 * ahead, -0.56), (0.86 * ahead, 0), (0.3 * ahead, 0.56)], 0.19)

    return draw


def _globe(pen: Pen) -> None:
    """A ball with its equator, two parallels and three meridians."""
    pen.line(Pen.round(0, 0, 0.86, 0.86), 0.14)
    pen.line(Pen.round(0, 0, 0.4, 0.86), 0.12)
    pen.line([(0, -0.86), (0, 0.86)], 0.12)
    for y, half in ((-0.42, 0.74), (0, 0.86), (0.42, 0.74)):
        pen.line([(-half, y), (half, y)], 0.12)


def _person(pen: Pen) -> None:
    """Somebody with open arms in a ring: the sign by which people look for what makes things easier."""
    pen.line(Pen.round(0, 0, 0.88, 0.88), 0.13)
    pen.oval(0, -0.5, 0.15, 0.15)
    pen.line([(-0.48, -0.2), (0, -0.12), (0.48, -0.2)], 0.15)
    pen.blob([(-0.08, -0.1), (0.08, -0.1), (0.08, 0.18), (-0.08, 0.18)], 0.08)
    for side in (-1, 1):
        pen.line([(side * 0.06, 0.14), (side * 0.26, 0.6)], 0.16)


def _contrast(pen: Pen) -> None:
    """A disc, half of it filled."""
    pen.line(Pen.round(0, 0, 0.84, 0.84), 0.2)
    pen.blob([point for point in Pen.round(0, 0, 0.8, 0.8) if point[0] > -1e-9], 0.02)


def _large(pen: Pen) -> None:
    """A small letter and a large one."""
    for x, foot, half, tall, thick in ((-0.56, 0.74, 0.28, 0.72, 0.15), (0.32, 0.74, 0.52, 1.42, 0.2)):
        pen.line([(x - half, foot), (x, foot - tall), (x + half, foot)], thick)
        pen.line([(x - half * 0.6, foot - tall * 0.36), (x + half * 0.6, foot - tall * 0.36)], thick * 0.9)


def _reach(pen: Pen) -> None:
    """An arrow down to a line: what can be touched comes down."""
    pen.line([(0, -0.82), (0, 0.36)], 0.2)
    pen.line([(-0.48, -0.1), (0, 0.38), (0.48, -0.1)], 0.2)
    pen.line([(-0.72, 0.82), (0.72, 0.82)], 0.2)


_SIGNS: dict[Sign, Callable[[Pen], None]] = {
    "tick": _tick,
    "left": _arrow(-1),
    "right": _arrow(1),
    "globe": _globe,
    "person": _person,
    "contrast": _contrast,
    "large": _large,
    "reach": _reach,
}
