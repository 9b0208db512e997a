"""A list longer than its room: as many rows as fit, and ways up and down. Knows not what a row says."""

from __future__ import annotations

from collections.abc import Callable

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician.cards import SMALL, button, say
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit


def window(count: int, height: Callable[[int], int], first: int, room: int) -> range:
    """Which of `count` rows are shown in `room` pixels from `first` on; at the end, as many as fit.

    At least one, however high. `height` is asked only for rows that are shown, and one more at each end.
    """
    last = first = max(0, min(first, count - 1))
    used = 0
    while last < count and (last == first or used + height(last) <= room):
        used += height(last)
        last += 1
    while last == count and first and used + height(first - 1) <= room:
        first -= 1
        used += height(first)
    return range(first, last)


def rows(
    kit: Kit,
    room: Rect,
    count: int,
    height: Callable[[int], int],
    first: int,
    draw: Callable[[int, Rect], None],
) -> range:
    """Draw the rows that fit, by their numbers; which those are. What is left over is spread between them."""
    shown = window(count, height, first, room.height)
    spare = room.height - sum(height(number) for number in shown)
    extra = min(max(0, spare) // max(1, len(shown)), kit.frame.px(1.6))
    y = room.y
    for number in shown:
        high = min(height(number) + extra, room.bottom - y)
        draw(number, Rect(room.x, y, room.width, high))
        y += high
    return shown


def ways(kit: Kit, surface: Surface, box: Rect, shown: range, count: int) -> tuple[Rect, list[Target]]:
    """The ways up and down at the right of `box`, with where one is; what is left of it, and the targets."""
    px = kit.frame.px
    if len(shown) == count:
        return box, []
    wide = max(px(9), px(kit.frame.touch))
    down = Rect(box.right - wide, box.y, wide, box.height)
    where = Rect(down.x - max(px(10), round(5.5 * LEGIBLE)), box.y, max(px(10), round(5.5 * LEGIBLE)), box.height)
    up = Rect(where.x - wide, box.y, wide, box.height)
    text = f"{shown.start + 1}–{shown.stop} of {count}"
    middle = where.inflate(-px(0.8), 0)
    say(kit, surface, text, middle, SMALL._replace(align="centre", lines=2))
    targets = button(kit, surface, up, "up", sign="up", possible=shown.start > 0)
    targets += button(kit, surface, down, "down", sign="down", possible=shown.stop < count)
    return Rect(box.x, box.y, up.x - px(1.2) - box.x, box.height), targets
