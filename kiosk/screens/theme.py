"""Colours, the unit and the zones that every visitor's screen shares. Knows no survey, no view and no text."""

from __future__ import annotations

from pygame import Rect

Colour = tuple[int, int, int]

GROUND: Colour = (247, 248, 250)
CARD: Colour = (255, 255, 255)
INK: Colour = (17, 24, 39)
QUIET: Colour = (75, 85, 99)
EDGE: Colour = (113, 124, 143)
"""Borders, and marks that are not lit: what is not text, yet must be seen."""
ACCENT: Colour = (29, 78, 216)
ON_ACCENT: Colour = (255, 255, 255)
CORRECT: Colour = (171, 9, 24)
"""Where an installer must look."""

TOUCH = 7.5
"""The least height and width of a target, in u: 12 mm on the panels that the kiosk is built for."""
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

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = self.width, self.height = size
        self.portrait = self.height > self.width
        self.u = self.width / 60 if self.portrait else min(self.width, 1.6 * self.height) / 100
        """Pixels in one unit."""

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
