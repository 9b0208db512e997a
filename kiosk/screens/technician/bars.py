"""Bars: votes by the hour, and a share of a whole. Knows not what is counted."""

from __future__ import annotations

from collections.abc import Sequence

import pygame
from pygame import Rect, Surface

from kiosk.screens.technician.cards import SMALL, block, line, plate
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.theme import LEGIBLE, Colour
from kiosk.screens.widgets import Kit

_TICKS = (0, 6, 12, 18)
"""The hours that are named below the bars where not all of them can be."""


def hours(kit: Kit, surface: Surface, room: Rect, counts: Sequence[int], now: int | None) -> None:
    """A bar an hour of the day, its count above where there is room, the hours below, a wedge under the present one."""
    px = kit.frame.px
    low, high = line(kit, 1.7) + px(1), line(kit, 1.7)
    chart = Rect(room.x, room.y + high, room.width, room.height - low - high)
    most = max(1, *counts)
    each = chart.width / len(counts)
    how = SMALL._replace(units=1.7, align="centre", least=1.1)
    for share in (0, 0.5, 1):
        surface.fill(TRACK, (chart.x, chart.bottom - round(share * chart.height), chart.width, 1))
    every = each >= 2 * LEGIBLE
    for hour, count in enumerate(counts):
        left, right = chart.x + round(hour * each), chart.x + round((hour + 1) * each)
        gap = max(1, (right - left) // 6)
        tall = max(round(chart.height * count / most), 2 if count else 0)
        bar = Rect(left + gap, chart.bottom - tall, right - left - 2 * gap, tall)
        if tall:
            surface.fill(DARK.ink if hour == now else DARK.accent, bar)
        text = str(count) if count else ""
        if text and (every or hour == counts.index(most)):
            found = block(kit, text, (right - left if every else 4 * LEGIBLE, high), how)
            if not found.cut:
                box = Rect(0, bar.y - high, max(found.width, right - left), high)
                box.centerx = bar.centerx
                kit.text.draw(surface, found, box.clamp(room), DARK.ink)
        if hour in _TICKS or (every and hour % 2 == 0):
            found = block(kit, f"{hour}", (4 * LEGIBLE, low), how)
            under = Rect(0, chart.bottom + px(1), max(found.width, right - left), low - px(1))
            under.centerx = bar.centerx
            kit.text.draw(surface, found, under.clamp(room), DARK.ink if hour == now else DARK.quiet)
        if hour == now:
            half, top = max(3, min(gap * 2, px(0.7))), chart.bottom + 1
            middle = (left + right) // 2
            wedge = [(middle, top), (middle - half, top + half), (middle + half, top + half)]
            pygame.draw.polygon(surface, DARK.ink, wedge)


def share(kit: Kit, surface: Surface, box: Rect, part: float, colour: Colour = DARK.accent) -> None:
    """A bar filled from the left as far as `part` (0 to 1) says."""
    plate(kit, surface, box, TRACK, TRACK, radius=0.5)
    wide = round(box.width * min(1.0, max(0.0, part)))
    if wide:
        surface.fill(colour, (box.x, box.y, max(2, wide), box.height))
