"""The last errors, the newest first. Knows no logger."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import scroll
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, block, card, told
from kiosk.screens.technician.pages import Log
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.text import Block
from kiosk.screens.widgets import Kit

_WHAT = PLAIN._replace(units=2.2, lines=6, least=1.6)


def draw(kit: Kit, surface: Surface, room: Rect, body: Log) -> list[Target]:
    """Paint as many as fit from the first one on; below them the ways up and down."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    if not body.lines:
        told(kit, surface, card(kit, surface, room), "good", "No errors since this kiosk started.")
        return []
    foot = Rect(room.x, room.bottom - px(kit.frame.touch), room.width, px(kit.frame.touch))
    wide = room.width - 2 * px(1.4)
    count = len(body.lines)

    def height(number: int) -> int:
        return sum(each.height for each in _texts(kit, body.lines[number], wide)) + px(1.2)

    def row(number: int, box: Rect) -> None:
        _row(kit, surface, box, *_texts(kit, body.lines[number], wide), top=box.y == inner.y)

    area = Rect(room.x, room.y, room.width, foot.y - gap - room.y)
    if len(scroll.window(count, height, 0, room.height - 2 * px(0.4))) == count:
        area.height = room.height
    inner = card(kit, surface, area)
    inner = Rect(inner.x, area.y + px(0.4), inner.width, area.height - 2 * px(0.4))
    shown = scroll.rows(kit, inner, count, height, body.first, row)
    return scroll.ways(kit, surface, foot, shown, count)[1]


def _texts(kit: Kit, said: tuple[str, str], wide: int) -> tuple[Block, Block]:
    when, what = said
    return block(kit, when, (wide, 9_999), SMALL), block(kit, what, (wide, 9_999), _WHAT)


def _row(kit: Kit, surface: Surface, box: Rect, when: Block, what: Block, *, top: bool) -> None:
    if not top:
        surface.fill(TRACK, (box.x, box.y, box.width, max(1, kit.border // 2)))
    y = box.centery - (when.height + what.height) // 2
    kit.text.draw(surface, when, Rect(box.x, y, box.width, when.height), DARK.quiet, "left")
    kit.text.draw(surface, what, Rect(box.x, y + when.height, box.width, what.height), DARK.ink, "left")
