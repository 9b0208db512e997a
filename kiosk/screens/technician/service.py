"""What can be done: restart, power off, clean, import, export. Knows not how any of it is done."""

from __future__ import annotations

from collections.abc import Sequence

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician.cards import GAP, PAD, PLAIN, SMALL, Text, block, card, line, plate, split, told
from kiosk.screens.technician.pages import Deed, Service
from kiosk.screens.technician.theme import DARK, RAISED, TONES, TRACK
from kiosk.screens.widgets import Kit, target

_SAFE = Text(2.8, bold=True, lines=2, least=1.7)
_LABEL = Text(2.5, bold=True, least=1.8, lines=2)
_SAID = SMALL._replace(lines=4)


def draw(kit: Kit, surface: Surface, room: Rect, body: Service) -> list[Target]:
    """Paint it into `room`; each deed that is possible is a target."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    told_high = max(px(6.4), line(kit, _SAFE.units) + px(1))
    said = block(kit, body.said, (room.width - 2 * px(PAD), 9_999), PLAIN._replace(units=2.1))
    tall = told_high + (said.height + px(0.6) if body.said else 0)
    head = Rect(room.x, room.y, room.width, tall)
    card(kit, surface, head, TONES[body.condition], border=2 * kit.border)
    inner = Rect(head.x + px(PAD), head.y, head.width - 2 * px(PAD), told_high)
    told(kit, surface, inner, body.condition, body.safe, _SAFE)
    if body.said:
        under = Rect(inner.x, inner.bottom - px(0.3), inner.width, said.height)
        kit.text.draw(surface, said, under, DARK.ink, "left")
    return grid(kit, surface, Rect(room.x, head.bottom + gap, room.width, room.bottom - head.bottom - gap), body.deeds)


def grid(kit: Kit, surface: Surface, room: Rect, deeds: Sequence[Deed]) -> list[Target]:
    """Paint what can be done, two in a row; each that is possible is a target."""
    gap = kit.frame.px(GAP)
    rows = max(1, -(-len(deeds) // 2))
    tall = min((room.height - (rows - 1) * gap) // rows, kit.frame.px(15))
    targets = []
    for number, deed in enumerate(deeds):
        row, column = divmod(number, 2)
        here = min(2, len(deeds) - 2 * row)
        box = split(Rect(room.x, room.y + row * (tall + gap), room.width, tall), here, gap)[column]
        targets += _deed(kit, surface, box, deed)
    return targets


def _deed(kit: Kit, surface: Surface, box: Rect, deed: Deed) -> list[Target]:
    """Its name over what it does; flat, with why not, where it can't be done."""
    fill, edge, ink = (RAISED, DARK.accent, DARK.ink) if deed.possible else (DARK.ground, TRACK, DARK.quiet)
    plate(kit, surface, box, fill, edge)
    room = box.inflate(-2 * kit.frame.px(0.9), -2)
    label = block(kit, deed.label, room.size, _LABEL)
    said = block(kit, deed.said, (room.width, max(1, room.height - label.height)), _SAID)
    if label.cut or said.cut:  # one after the other, in one breath
        both = block(kit, f"{deed.label}: {deed.said}", room.size, _SAID)
        kit.text.draw(surface, both, room, DARK.quiet, "left", (len(deed.label) + 1, ink))
    else:
        y = room.centery - (label.height + (said.height if deed.said else 0)) // 2
        kit.text.draw(surface, label, Rect(room.x, y, room.width, label.height), ink, "left")
        if deed.said:
            kit.text.draw(surface, said, Rect(room.x, y + label.height, room.width, said.height), DARK.quiet, "left")
    return [target(deed.action, box)] if deed.possible else []
