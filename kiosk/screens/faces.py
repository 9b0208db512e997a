"""The faces: drawn large, scaled down smoothly, kept. Knows their order by mood, never what a survey calls them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import pygame
from pygame import Surface

from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import INK, QUIET, Colour

Look = Literal["plain", "faded", "pressed"]
Mouth = Literal["laugh", "smile", "flat", "frown", "shout", "asleep"]
Point = tuple[float, float]

OVERSIZE = 4
"""How many times larger than shown a face is drawn."""
FADED = 0.42
"""How opaque a face is when another one counts."""

_WHITE: Colour = (255, 255, 255)


class Mood(NamedTuple):
    """How a face looks."""

    fill: Colour
    features: Colour
    mouth: Mouth
    brows: bool = False

    @property
    def ring(self) -> Colour:
        """The fill, darker."""
        red, green, blue = self.fill
        return round(red * 0.6), round(green * 0.6), round(blue * 0.6)


GREAT = Mood((0, 107, 72), _WHITE, "laugh")
GOOD = Mood((152, 212, 110), INK, "smile")
MIDDLING = Mood((255, 228, 64), INK, "flat")
BAD = Mood((234, 114, 122), INK, "frown")
AWFUL = Mood((171, 9, 24), _WHITE, "shout", brows=True)
GLAD = Mood(GREAT.fill, _WHITE, "smile")
SAD = Mood(AWFUL.fill, _WHITE, "frown")
ASLEEP = Mood((203, 210, 220), QUIET, "asleep")

MOODS: dict[int, tuple[Mood, ...]] = {
    2: (GLAD, SAD),
    3: (GLAD, MIDDLING, SAD),
    4: (GREAT, GOOD, BAD, AWFUL),
    5: (GREAT, GOOD, MIDDLING, BAD, AWFUL),
}
"""The faces of a survey by how many it has, happiest first."""


def face(shelf: Shelf, mood: Mood, diameter: int, look: Look = "plain") -> Surface:
    """The face's picture, `diameter` pixels wide and high whatever its look; blit it with `BLEND_PREMULTIPLIED`."""

    def make() -> Surface:
        if look == "pressed":
            return _pressed(mood, diameter)
        picture = _scaled(_drawn(mood, diameter * OVERSIZE), diameter)
        if look == "faded":
            share = round(255 * FADED)
            picture.fill((share, share, share, share), special_flags=pygame.BLEND_RGBA_MULT)
        return picture

    return shelf.get(("face", mood, diameter, look), make)


def _pressed(mood: Mood, diameter: int) -> Surface:
    """Pushed in, so a little smaller, with a ring about it where the edge was: told apart without colour."""
    large = diameter * OVERSIZE
    canvas = Surface((large, large), pygame.SRCALPHA)
    pygame.draw.circle(canvas, mood.ring, (large / 2, large / 2), large / 2, round(large * 0.032))
    inner = _drawn(mood, round(large * 0.88))
    canvas.blit(inner, ((large - inner.get_width()) // 2, (large - inner.get_height()) // 2))
    return _scaled(canvas, diameter)


def _scaled(picture: Surface, diameter: int) -> Surface:
    """Every pixel drawn is opaque or black and clear, so the picture is premultiplied before and after."""
    return pygame.transform.smoothscale(picture, (diameter, diameter))


def _drawn(mood: Mood, size: int) -> Surface:
    picture = Surface((size, size), pygame.SRCALPHA)
    radius = size / 2
    pygame.draw.circle(picture, mood.ring, (radius, radius), radius)
    pygame.draw.circle(picture, mood.fill, (radius, radius), radius * 0.954)
    pen = Pen(picture, mood.features, (radius, radius), radius)
    for side in (-1, 1):
        if mood.mouth == "asleep":
            pen.line(pen.arc(side * 0.34, -0.2, 0.17, 0.09), 0.07)
        else:
            pen.oval(side * 0.335, -0.235, 0.105, 0.172)
        if mood.brows:
            pen.line([(side * 0.5, -0.585), (side * 0.15, -0.42)], 0.085)
    match mood.mouth:
        case "laugh":
            pen.blob(pen.arc(0, 0.17, 0.49, 0.455), 0.035)
        case "smile":
            pen.line(pen.arc(0, 0.22, 0.43, 0.26), 0.1)
        case "flat":
            pen.line([(-0.36, 0.38), (0.36, 0.38)], 0.1)
        case "frown":
            pen.line(pen.arc(0, 0.54, 0.41, -0.2), 0.1)
        case "shout":
            pen.blob(pen.arc(0, 0.61, 0.44, -0.36), 0.035)
        case "asleep":
            pen.line([(-0.15, 0.36), (0.15, 0.36)], 0.07)
    return picture


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

    def oval(self, x: float, y: float, across: float, down: float) -> None:
        """An upright oval about (x, y) with the half axes `across` and `down`."""
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
            dx, dy = (y2 - y1) / length * half, (x1 - x2) / length * half
            corners = [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
            pygame.draw.polygon(self._surface, self._colour, corners)

    def blob(self, points: Sequence[Point], rounding: float) -> None:
        """The area within `points`, grown by `rounding`, so that its corners are round."""
        pygame.draw.polygon(self._surface, self._colour, [self._at(point) for point in points])
        self.line([*points, points[0]], 2 * rounding)

    def _at(self, point: Point) -> Point:
        return self._centre[0] + point[0] * self._radius, self._centre[1] + point[1] * self._radius
