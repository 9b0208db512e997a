"""The faces: drawn large, scaled down smoothly, kept. Knows their order by mood, never what a survey calls them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pygame
from pygame import Surface

from kiosk.screens.icons import OVERSIZE, Pen
from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import HIGH_CONTRAST, PLAIN, Colour, contrast

Look = Literal["plain", "faded", "pressed"]
Mouth = Literal["laugh", "smile", "flat", "frown", "shout", "asleep"]

FADED = 0.3
"""How much of its fill a face keeps when another one counts."""
FAINTEST = 3.2
"""The least contrast of a faded face's ring and features: a little above what WCAG asks of things that are no text."""

_WHITE: Colour = (255, 255, 255)
INK, QUIET = PLAIN.ink, PLAIN.quiet


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


GREAT = Mood((3, 107, 81), _WHITE, "laugh")
GOOD = Mood((156, 215, 105), INK, "smile")
GOOD_OF_FIVE = Mood((135, 170, 46), INK, "smile")
"""Good beside a yellow face, from which the usual green could not be told without seeing blue."""
MIDDLING = Mood((255, 232, 90), INK, "flat")
BAD = Mood((224, 108, 137), INK, "frown")
AWFUL = Mood((172, 0, 0), _WHITE, "shout", brows=True)
GLAD = Mood(GREAT.fill, _WHITE, "smile")
SAD = Mood(AWFUL.fill, _WHITE, "frown")
ASLEEP = Mood((203, 210, 220), QUIET, "asleep")

MOODS: dict[int, tuple[Mood, ...]] = {
    2: (GLAD, SAD),
    3: (GLAD, MIDDLING, SAD),
    4: (GREAT, GOOD, BAD, AWFUL),
    5: (GREAT, GOOD_OF_FIVE, MIDDLING, BAD, AWFUL),
}
"""The faces of a survey by how many it has, happiest first."""


class Skin(NamedTuple):
    """What a face is painted with."""

    fill: Colour
    features: Colour
    ring: Colour
    thick: float
    """The ring, in radii."""


def skin(mood: Mood, look: Look, high_contrast: bool = False) -> Skin:
    """What `mood` is painted with; in high contrast it is black on white, white on black when pressed."""
    if high_contrast:
        black, white = HIGH_CONTRAST.ink, HIGH_CONTRAST.ground
        if look == "pressed":
            return Skin(black, white, black, 0.1)
        return Skin(white, black, black, 0.1 if look == "plain" else 0.035)
    if look != "faded":
        return Skin(mood.fill, mood.features, mood.ring, 0.046)
    fill = _between(PLAIN.ground, mood.fill, FADED)
    line = mood.ring
    for share in range(98, 40, -2):
        paler = _between(PLAIN.ground, mood.ring, share / 100)
        if min(contrast(paler, PLAIN.ground), contrast(paler, fill)) < FAINTEST:
            break
        line = paler
    return Skin(fill, line, line, 0.046)


def face(shelf: Shelf, mood: Mood, diameter: int, look: Look = "plain", high_contrast: bool = False) -> Surface:
    """The face's picture, `diameter` pixels wide and high whatever its look; blit it with `BLEND_PREMULTIPLIED`."""

    def make() -> Surface:
        colours = skin(mood, look, high_contrast)
        large = diameter * OVERSIZE
        return _scaled((_pressed if look == "pressed" else _drawn)(mood, colours, large), diameter)

    return shelf.get(("face", mood, diameter, look, high_contrast), make)


def _between(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from `one` to `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _pressed(mood: Mood, colours: Skin, size: int) -> Surface:
    """Pushed in, so a little smaller, with a ring about it where the edge was: told apart without colour."""
    canvas = Surface((size, size), pygame.SRCALPHA)
    pygame.draw.circle(
        canvas, colours.ring, (size / 2, size / 2), size / 2, round(size * max(0.032, colours.thick / 2))
    )
    inner = _drawn(mood, colours, round(size * 0.88))
    canvas.blit(inner, ((size - inner.get_width()) // 2, (size - inner.get_height()) // 2))
    return canvas


def _scaled(picture: Surface, diameter: int) -> Surface:
    """Every pixel drawn is opaque or black and clear, so the picture is premultiplied before and after."""
    return pygame.transform.smoothscale(picture, (diameter, diameter))


def _drawn(mood: Mood, colours: Skin, size: int) -> Surface:
    picture = Surface((size, size), pygame.SRCALPHA)
    radius = size / 2
    pygame.draw.circle(picture, colours.ring, (radius, radius), radius)
    pygame.draw.circle(picture, colours.fill, (radius, radius), radius * (1 - colours.thick))
    pen = Pen(picture, colours.features, (radius, radius), radius)
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
