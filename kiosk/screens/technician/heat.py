"""The heat map of a week: the index by weekday and hour, readable without colour, with its legend. Knows no vote."""

from __future__ import annotations

from collections.abc import Sequence

from pygame import Rect, Surface

from kiosk.screens.technician.cards import SMALL, Text, block, line, say
from kiosk.screens.technician.theme import DARK, HEAT, heat, on_heat
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOURS = 24


def draw(kit: Kit, surface: Surface, room: Rect, rows: Sequence[Sequence[float | None]]) -> None:
    """Paint the days below each other, the hours along the top, the legend at the bottom.

    The unhappier an hour, the lighter its cell; where two digits fit, it says its index; where nobody voted there
    is a dot. The picture is kept: two hundred figures take longer than a touch may wait.
    """
    week = tuple(map(tuple, rows))

    def make() -> Surface:
        _paint(kit, surface, room, week)
        return surface.subsurface(room).copy()

    surface.blit(kit.shelf.get(("heat", week, room.size), make), room)


def _paint(kit: Kit, surface: Surface, room: Rect, rows: Sequence[Sequence[float | None]]) -> None:
    px = kit.frame.px
    small = line(kit, 1.7)
    legend = Rect(room.x, room.bottom - small, room.width, small)
    side = round(2 * LEGIBLE) if px(1.7) < LEGIBLE else px(3.4)
    cells = Rect(room.x + side, room.y + small, room.width - side, legend.y - px(0.6) - room.y - small)
    across, down = cells.width / _HOURS, cells.height / len(_DAYS)
    how = SMALL._replace(units=1.7, least=1.2)
    figures = _figures(kit, across, down)
    step = 1 if across >= 2.2 * LEGIBLE else 3
    for hour in range(0, _HOURS, step):
        left = cells.x + round(hour * across)
        box = Rect(left, room.y, round(step * across), small)
        say(kit, surface, str(hour), box, how._replace(align="centre" if step == 1 else "left"))
    for day, (name, row) in enumerate(zip(_DAYS, rows, strict=False)):
        top, bottom = cells.y + round(day * down), cells.y + round((day + 1) * down)
        if down >= round(LEGIBLE * 1.2) or day % 2 == 0:
            tall = max(bottom - top, round(LEGIBLE * 1.24))
            label = Rect(room.x, (top + bottom - tall) // 2, side, tall)
            say(kit, surface, name, label, how)
        for hour, index in enumerate(row[:_HOURS]):
            left, right = cells.x + round(hour * across), cells.x + round((hour + 1) * across)
            cell = Rect(left, top, right - left - 1, bottom - top - 1)
            _cell(kit, surface, cell, index, figures)
    _legend(kit, surface, legend)


def _figures(kit: Kit, across: float, down: float) -> Text | None:
    """How figures are set into cells; None where two digits of the smallest print don't fit."""
    if across < LEGIBLE * 1.5 or down < LEGIBLE * 1.25:
        return None
    units = min(1.7, across / 1.7 / kit.frame.u, down / 1.3 / kit.frame.u)
    return Text(units, bold=True, align="centre", least=0.1)


def _cell(kit: Kit, surface: Surface, cell: Rect, index: float | None, figures: Text | None) -> None:
    if index is None:
        dot = kit.frame.px(0.25)
        surface.fill(DARK.edge, Rect(cell.centerx - dot // 2, cell.centery - dot // 2, dot, dot))
        return
    surface.fill(heat(index), cell)
    if figures:
        text = block(kit, f"{index:.0f}", cell.size, figures)
        if not text.cut:
            kit.text.draw(surface, text, cell, on_heat(index))


def _legend(kit: Kit, surface: Surface, box: Rect) -> None:
    """The five steps with their bounds, unhappy first, and the dot; where that is too wide, the outer bounds alone."""
    step = 100 // len(HEAT)
    whole = [f"{n * step}–{(n + 1) * step}" for n in range(len(HEAT))]
    short = ["0", *[""] * (len(HEAT) - 2), "100"]
    side = max(min(box.height - 2, kit.frame.px(2)), 8)
    how = SMALL._replace(units=1.7, least=1.2)
    near, gap = max(2, kit.frame.px(0.5)), max(3, kit.frame.px(0.6))
    for bounds in (whole, short):
        words = [block(kit, text, (box.width, box.height), how) for text in ("Index", *bounds, "no votes")]
        taken = sum(each.width for each in words) + (len(words) - 1) * (side + near + gap)
        if taken <= box.width:
            break
    gap += min(kit.frame.px(1.2), max(0, box.width - taken) // len(words))
    x = box.x
    for number, each in enumerate(words, -1):
        if number >= 0:
            spot = Rect(x, box.centery - side // 2, side, side)
            if number < len(HEAT):
                surface.fill(HEAT[number], spot)
            else:
                _cell(kit, surface, spot, None, None)
            x += side + near
        if each.width:
            kit.text.draw(surface, each, Rect(x, box.y, each.width, box.height), DARK.quiet, "left")
        x += each.width + gap
