"""A correction of the network being typed: one or two fields, and the keys. Knows only what it may show."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import keys
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, Text, block, button, line, plate, say, split
from kiosk.screens.technician.pages import Field, Form
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, target

_TYPED = Text(2.8, bold=True, least=1.6)


def draw(kit: Kit, surface: Surface, room: Rect, body: Form) -> list[Target]:
    """Paint it: what is said, its fields, the keys down to the lowest edge of the screen."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    finger = px(kit.frame.touch)
    low = max(finger, 2 * line(kit, 2))
    said = max(px(3), line(kit, SMALL.units))
    two = len(body.fields) if kit.frame.portrait else 1
    fields = two * low + (two - 1) * gap
    bottom = kit.frame.height - px(0.6)
    free = bottom - room.y - said - fields - 2 * gap
    row = min(free // keys.ROWS, round(finger * 1.25))
    board = Rect(px(0.6), bottom - keys.ROWS * row, kit.frame.width - 2 * px(0.6), keys.ROWS * row)
    above = Rect(room.x, room.y, room.width, board.y - gap - room.y)
    spare = max(0, above.height - said - fields - gap)
    top = above.y + spare // 2
    text = body.said or body.lead
    say(kit, surface, text, Rect(above.x, top, above.width, said + min(spare // 2, said)), PLAIN._replace(lines=2))
    area = Rect(above.x, above.bottom - fields - spare // 4, above.width, fields)
    reveal = max(px(11), round(5.4 * LEGIBLE))
    targets: list[Target] = []
    for field, box in zip(body.fields, split(area, len(body.fields), gap, down=kit.frame.portrait), strict=True):
        if field.secret:
            eye = Rect(box.right - reveal, box.y, reveal, box.height)
            hidden = set(field.text) <= {"•"}
            targets += button(kit, surface, eye, "reveal", "Show" if hidden else "Hide")
            box = Rect(box.x, box.y, box.width - reveal - px(0.8), box.height)
        targets += _field(kit, surface, box, field, chosen=body.field == field.name)
    return targets + keys.draw(kit, surface, board, body.layer, body.ok, body.marks)


def _field(kit: Kit, surface: Surface, box: Rect, field: Field, *, chosen: bool) -> list[Target]:
    """Its label, and the end of what was typed with a cursor where this is the field that is typed into."""
    px = kit.frame.px
    plate(kit, surface, box, DARK.card, DARK.accent if chosen else DARK.edge, border=(3 if chosen else 1) * kit.border)
    inner = box.inflate(-2 * px(1.2), -2 * px(0.5))
    small = line(kit, SMALL.units)
    say(kit, surface, field.label, Rect(inner.x, inner.y, inner.width, small), SMALL)
    under = Rect(inner.x, inner.y + small, inner.width, inner.height - small)
    typesetter = kit.text.typed
    size = max(LEGIBLE, px(_TYPED.units))
    shown = field.text
    while len(shown) > 2 and typesetter.width(shown, size, True) > under.width - px(1):
        shown = f"…{shown.removeprefix('…')[1:]}"
    x = under.x
    if shown:
        found = block(kit._replace(text=typesetter), shown, (under.width, under.height), _TYPED)
        typesetter.draw(surface, found, under, DARK.ink, "left")
        x += found.width + 2
    if chosen:
        surface.fill(DARK.accent, (x, under.y + px(0.3), max(2, kit.border), under.height - 2 * px(0.3)))
    elif not shown:
        surface.fill(TRACK, (under.x, under.bottom - px(0.6), under.width, 1))
    return [target(f"field:{field.name}", box)]
