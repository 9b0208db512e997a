"""Colours, the unit and the zones that every visitor's screen shares. Knows no survey, no view and no text."""

from __future__ import annotations

import math
from typing import NamedTuple

from pygame import Rect

Colour = tuple[int, int, int]


class Colours(NamedTuple):
    """What things are painted with."""

    ground: Colour
    card: Colour
    ink: Colour
    quiet: Colour
    edge: Colour
    """Borders, and marks that are not lit: what is not text, yet must be seen."""
    accent: Colour
    on_accent: Colour
    correct: Colour
    """Where an installer must look."""


PLAIN = Colours(
    ground=(247, 248, 250),
    card=(255, 255, 255),
    ink=(17, 24, 39),
    quiet=(75, 85, 99),
    edge=(113, 124, 143),
    accent=(29, 78, 216),
    on_accent=(255, 255, 255),
    correct=(171, 9, 24),
)
HIGH_CONTRAST = Colours(
    ground=(255, 255, 255),
    card=(255, 255, 255),
    ink=(0, 0, 0),
    quiet=(0, 0, 0),
    edge=(0, 0, 0),
    accent=(0, 0, 0),
    on_accent=(255, 255, 255),
    correct=(0, 0, 0),
)

TOUCH = 7.5
"""The least height and width of a target, in u; how many mm that is, only the panel's dpi tells."""
FINGER_MM = 12
"""The least height and width of a target where the panel's dpi is known."""
LARGE = 1.3
"""How many times larger texts are for who asks for large ones."""
LEGIBLE = 12
"""The least size of small print in pixels, however small the screen."""
QUESTION_SHARE = 0.27
"""The most of the screen's height that a question may take."""


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours as WCAG 2 defines it: 1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: Colour) -> float:
    """The relative luminance of an sRGB colour: 0 (black) to 1 (white)."""
    red, green, blue = (linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: int) -> float:
    """The light, 0 to 1, that an sRGB channel of 0 to 255 stands for."""
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


class Frame:
    """A screen's size told in u, so that one layout serves every screen."""

    def __init__(self, size: tuple[int, int], dpi: float | None = None) -> None:
        """`size` in pixels; `dpi` is pixels an inch, None where nobody knows."""
        self.size = self.width, self.height = size
        self.dpi = dpi
        self.portrait = self.height > self.width
        self.u = self.width / 60 if self.portrait else min(self.width, 1.6 * self.height) / 100
        """Pixels in one unit."""
        finger = FINGER_MM / 25.4 * (dpi or 0)
        # On a panel of a few inches a screenful of 12 mm targets does not fit: there they share what there is.
        most = self.tall * (0.13 if self.portrait else 0.155)
        self.touch = max(TOUCH, min(math.ceil(finger) / self.u, most))
        """The least height and width of a target on this screen, in u."""

    def px(self, units: float) -> int:
        """Whole pixels in `units`, at least one."""
        return max(1, round(units * self.u))

    @property
    def tall(self) -> float:
        """The screen's height in u."""
        return self.height / self.u

    @property
    def wide(self) -> float:
        """How much of the screen's width is used, in u: all but the margins, on very wide screens less."""
        return min(self.width / self.u - 8, 112)

    def zone(self, top: float, bottom: float, wide: float | None = None) -> Rect:
        """The box between two heights in u, in the middle of the screen, as wide as the content or `wide` u."""
        width = round((self.wide if wide is None else min(wide, self.wide)) * self.u)
        y = round(top * self.u)
        return Rect((self.width - width) // 2, y, width, round(bottom * self.u) - y)
