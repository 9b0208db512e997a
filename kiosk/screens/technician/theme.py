"""The dark colours of the technician's screens. Knows no page; every pair that is used is held to WCAG by a test."""

from __future__ import annotations

from hardware.health import Condition
from kiosk.screens.theme import Colour, Colours

DARK = Colours(
    ground=(11, 17, 32),
    card=(26, 36, 54),
    ink=(245, 248, 252),
    quiet=(178, 190, 208),
    edge=(124, 141, 168),
    accent=(110, 178, 255),
    on_accent=(8, 15, 30),
    correct=(255, 140, 130),
)
"""What the widgets that visitors' screens use are painted with here."""

RAISED: Colour = (44, 58, 82)
"""What can be touched."""
TRACK: Colour = (58, 73, 99)
"""What a bar runs in, and lines that only help the eye."""
PAPER: Colour = (255, 255, 255)
"""What a QR code lies on, and what faces are set off with."""

TONES: dict[Condition, Colour] = {"good": (84, 220, 140), "bad": (255, 140, 130), "unknown": (250, 205, 80)}
"""Of signs and edges. Each sign has a shape of its own as well."""

HEAT: tuple[Colour, ...] = (
    (253, 244, 199),
    (239, 201, 88),
    (187, 172, 78),
    (90, 150, 140),
    (46, 117, 169),
)
"""The index from 0 to 100 in five steps, the unhappier the lighter: unhappy hours shine, also without colour."""


def heat(index: float) -> Colour:
    """The colour of an index of 0 to 100."""
    return HEAT[min(len(HEAT) - 1, max(0, int(index * len(HEAT) / 100)))]


def on_heat(index: float) -> Colour:
    """The colour of a figure on `heat`."""
    return DARK.ink if heat(index) == HEAT[-1] else DARK.on_accent
