"""The survey in force, and what is asked when. Knows no survey but what it is told."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician.cards import GAP, PAD, PLAIN, SMALL, block, card, say
from kiosk.screens.technician.pages import Survey
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.text import Block
from kiosk.screens.widgets import Kit

_NAME = SMALL._replace(lines=2)
_VALUE = PLAIN._replace(bold=True, least=1.5, lines=4)


def draw(kit: Kit, surface: Surface, room: Rect, body: Survey) -> list[Target]:
    """Paint it into `room`: facts by their names, then the questions; nothing on it can be touched."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    y = room.y
    if body.counts:
        named = max(block(kit, count.name, (room.width // 3, 9_999), _NAME).width for count in body.counts) + px(2)
        wide = room.width - 2 * px(PAD) - named
        values = [block(kit, count.value, (wide, 9_999), _VALUE) for count in body.counts]
        step = px(0.5)
        tall = sum(each.height for each in values) + (len(values) - 1) * step
        inner = card(kit, surface, Rect(room.x, y, room.width, tall + 2 * px(PAD * 0.7)))
        y = inner.y
        for count, value in zip(body.counts, values, strict=True):
            say(kit, surface, count.name, Rect(inner.x, y, named - px(1), value.height), _NAME)
            kit.text.draw(surface, value, Rect(inner.x + named, y, wide, value.height), DARK.ink, "left")
            y += value.height + step
        y = inner.bottom + px(PAD * 0.7) + gap
    inner = card(kit, surface, Rect(room.x, y, room.width, room.bottom - y))
    blocks = _fitted(kit, body.questions, inner.size)
    space = sum(each.height for each in blocks)
    between = min(px(2.4), (inner.height - space) // max(1, len(blocks)))
    y = inner.y
    for number, each in enumerate(blocks):
        if number:
            surface.fill(TRACK, (inner.x, y, inner.width, max(1, kit.border // 2)))
        kit.text.draw(surface, each, Rect(inner.x, y + between // 2, inner.width, each.height), DARK.ink, "left")
        y += each.height + between
    return []


def _fitted(kit: Kit, texts: tuple[str, ...], room: tuple[int, int]) -> list[Block]:
    """All of them in the largest size in which they fit; or some in the smallest, and how many more there are."""
    wide, high = room
    blocks: list[Block] = []
    for units in (2.6, 2.3, 2, 1.8, 1.6):
        how = PLAIN._replace(units=units, least=units, lines=3)
        blocks = [block(kit, text, (wide, 9_999), how) for text in texts]
        if sum(each.height for each in blocks) + len(blocks) * kit.frame.px(0.6) <= high:
            return blocks
    left = 0
    while blocks:
        blocks.pop()
        left += 1
        more = block(kit, f"and {left} more", (wide, 9_999), PLAIN._replace(units=1.6, least=1.6))
        if sum(each.height for each in [*blocks, more]) + (len(blocks) + 1) * kit.frame.px(0.6) <= high:
            return [*blocks, more]
    return []
