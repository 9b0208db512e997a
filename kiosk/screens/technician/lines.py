"""Readings, a line each: what it says, and what was read. Knows no probe."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import scroll, signs
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, block, button, card, plate
from kiosk.screens.technician.pages import Lines
from kiosk.screens.technician.theme import DARK, RAISED, TONES, TRACK
from kiosk.screens.text import Block
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_SAID = PLAIN._replace(lines=4)
_RAW = SMALL._replace(lines=3)
STOPS = "It stops here"
"""Before what was read of a ladder's first step that fails."""
_FOOT = PLAIN._replace(units=2.1)


def draw(kit: Kit, surface: Surface, room: Rect, body: Lines) -> list[Target]:
    """Paint as many lines as fit from the first one on; below them the test, what came of it, up and down."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    foot = Rect(room.x, room.bottom - px(kit.frame.touch), room.width, px(kit.frame.touch))
    area = Rect(room.x, room.y, room.width, foot.y - gap - room.y)
    if body.said:
        text = block(kit, body.said, (room.width, 9_999), _FOOT)
        area.height -= text.height + gap // 2
        below = Rect(room.x, area.bottom + gap // 2, room.width, text.height)
        kit.text.draw(surface, text, below, DARK.ink, "left")
    wide = area.inflate(-2 * px(1.4), 0).width - _sign(kit) - px(1.2)
    count = len(body.lines)

    def height(number: int) -> int:
        return sum(each.height for each in _texts(kit, body, number, wide)) + px(1.2)

    def row(number: int, box: Rect) -> None:
        _row(kit, surface, box, body, number, wide, top=box.y == inner.y)

    whole = scroll.window(count, height, 0, room.height - 2 * px(0.4))
    if len(whole) == count and not body.button and not body.said:
        area.height = room.height
    inner = card(kit, surface, area)
    inner = Rect(inner.x, area.y + px(0.4), inner.width, area.height - 2 * px(0.4))
    shown = scroll.rows(kit, inner, count, height, body.first, row)
    rest, targets = scroll.ways(kit, surface, foot, shown, count)
    if body.button:
        across = min(max(px(20), 9 * LEGIBLE), rest.width)
        targets += button(kit, surface, Rect(rest.x, rest.y, across, rest.height), "test", body.button)
    return targets


def _texts(kit: Kit, body: Lines, number: int, wide: int) -> tuple[Block, Block]:
    health = body.lines[number]
    words = (STOPS if number == body.stops else "", health.name, health.raw)
    raw = " · ".join(filter(None, words))
    return block(kit, health.said, (wide, 9_999), _SAID), block(kit, raw, (wide, 9_999), _RAW)


def _rail(kit: Kit, surface: Surface, box: Rect, body: Lines, number: int, side: int) -> None:
    """From the step before to this one, and on to the next: broken behind the one that fails."""
    wide = max(2, kit.border)
    x, edge = box.x + (side - wide) // 2, max(1, kit.frame.px(0.4))
    above, below = box.centery - side // 2 - wide, box.centery + side // 2 + wide
    inset = edge if number == body.stops else 0
    if number and number - 1 != body.stops:
        surface.fill(DARK.edge, (x, box.y + inset, wide, max(0, above - box.y - inset)))
    if number != body.stops and number + 1 < body.ladder:
        surface.fill(DARK.edge, (x, below, wide, max(0, box.bottom - below)))


def _sign(kit: Kit) -> int:
    return max(kit.frame.px(3), LEGIBLE)


def _row(kit: Kit, surface: Surface, box: Rect, body: Lines, number: int, wide: int, *, top: bool) -> None:
    px = kit.frame.px
    health = body.lines[number]
    said, raw = _texts(kit, body, number, wide)
    stops = number == body.stops
    if stops:
        around = box.inflate(2 * px(0.9), -max(1, px(0.3)))
        plate(kit, surface, around, RAISED, TONES[health.condition], radius=0.8, border=2 * kit.border)
    elif not top and number - 1 != body.stops:
        surface.fill(TRACK, (box.x, box.y, box.width, max(1, kit.border // 2)))
    side = _sign(kit)
    if number < body.ladder:
        _rail(kit, surface, box, body, number, side)
    signs.mark(kit, surface, health.condition, Rect(box.x, box.centery - side // 2, side, side))
    x = box.x + side + px(1.2)
    y = box.centery - (said.height + raw.height) // 2
    above = body.stops is not None and number > body.stops and health.condition == "unknown"
    kit.text.draw(surface, said, Rect(x, y, box.right - x, said.height), DARK.quiet if above else DARK.ink, "left")
    kit.text.draw(surface, raw, Rect(x, y + said.height, box.right - x, raw.height), DARK.quiet, "left")
