"""Do it? A question, what it means, and two answers. Knows not what is asked."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import scroll
from kiosk.screens.technician.cards import GAP, PLAIN, Text, block, button, card, split
from kiosk.screens.technician.pages import Confirm
from kiosk.screens.technician.theme import DARK
from kiosk.screens.widgets import Kit

_QUESTION = Text(4.2, bold=True, align="centre", lines=3, least=2.2)
_DETAIL = PLAIN._replace(units=2.6, lines=4)


def draw(kit: Kit, surface: Surface, room: Rect, body: Confirm) -> list[Target]:
    """Paint it into `room`. No is at the left, where nobody rests a finger; yes is lit."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    room = Rect(room.centerx - min(room.width, px(86)) // 2, room.y, min(room.width, px(86)), room.height)
    high = max(px(9), px(kit.frame.touch))
    foot = Rect(room.x, room.bottom - high, room.width, high)
    head = block(kit, body.question, (room.width, room.height // 3), _QUESTION)
    wide = room.width - 2 * px(1.4)
    space = foot.y - 4 * gap - room.y - head.height - 2 * px(1)
    details = [block(kit, text, (wide, max(1, space)), _DETAIL) for text in body.details]
    step = px(0.9)
    shown = scroll.window(len(details), lambda number: details[number].height + step, 0, space) if details else range(0)
    shown = range(shown.stop)
    listed = [details[number] for number in shown]
    if (left := len(details) - len(listed)) > 0:
        listed = [*listed[:-1], block(kit, f"and {left + 1} more", (wide, space), _DETAIL)]
    tall = sum(each.height + step for each in listed) + px(1) if listed else 0
    y = room.y + max(0, foot.y - 2 * gap - room.y - head.height - 2 * gap - tall) // 2
    kit.text.draw(surface, head, Rect(room.x, y, room.width, head.height), DARK.ink)
    if listed:
        box = Rect(room.x, y + head.height + 2 * gap, room.width, tall + px(1))
        inner = card(kit, surface, box)
        y = box.y + px(1)
        for each in listed:
            kit.text.draw(surface, each, Rect(inner.x, y, inner.width, each.height), DARK.ink, "left")
            y += each.height + step
    no, yes = split(foot, 2, px(2))
    targets = button(kit, surface, yes, "yes", body.yes, sign="tick", lit=True)
    return targets + button(kit, surface, no, "no", body.no)
