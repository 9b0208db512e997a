"""A QR code, drawn. Knows not what it says; segno is loaded when a first one is drawn."""

from __future__ import annotations

from functools import lru_cache

from pygame import Rect, Surface

from kiosk.screens.technician.theme import PAPER
from kiosk.screens.widgets import Kit

QUIET = 4
"""The white around a code, in modules, as ISO/IEC 18004 wants it."""
LEAST = 3
"""The fewest pixels of a module that a phone still reads from a panel."""


def fitting(text: str, room: int) -> str:
    """As many of the first lines of `text` as a code of `room` pixels can say; the first one whatever its size."""
    while "\n" in text and side(text, room) > room:
        text = text.rpartition("\n")[0]
    return text


def side(text: str, room: int) -> int:
    """How many pixels wide and high the code is with its white, in a square of `room` pixels; more where it must."""
    modules = len(_modules(text)) + 2 * QUIET
    return modules * max(LEAST, room // modules)


def draw(kit: Kit, surface: Surface, text: str, at: tuple[int, int], room: int) -> Rect:
    """Paint the code with its top left at `at`; the box that it fills."""
    modules = _modules(text)
    box = Rect(*at, *(side(text, room),) * 2)
    each = box.width // (len(modules) + 2 * QUIET)

    def make() -> Surface:
        picture = Surface(box.size)
        picture.fill(PAPER)
        for down, row in enumerate(modules, QUIET):
            for across, dark in enumerate(row, QUIET):
                if dark:
                    picture.fill((0, 0, 0), (across * each, down * each, each, each))
        return picture

    surface.blit(kit.shelf.get(("qr", text, each), make), box)
    return box


@lru_cache(maxsize=8)
def _modules(text: str) -> tuple[bytes, ...]:
    """The rows of the code, a byte a module: 1 is dark."""
    import segno

    return tuple(bytes(row) for row in segno.make_qr(text, error="l").matrix)
