"""What of the network can be corrected, to choose one. Knows not how any of it is done."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import service
from kiosk.screens.technician.cards import GAP, Text, block, button
from kiosk.screens.technician.pages import Ways
from kiosk.screens.technician.theme import DARK
from kiosk.screens.widgets import Kit

_QUESTION = Text(2.8, bold=True, lines=3, least=1.7)


def draw(kit: Kit, surface: Surface, room: Rect, body: Ways) -> list[Target]:
    """Paint the question, the ways, two in a row, and below them the way back."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    words = block(kit, body.question, (room.width, room.height // 3), _QUESTION)
    kit.text.draw(surface, words, Rect(room.x, room.y, room.width, words.height), DARK.ink, "left")
    finger = px(kit.frame.touch)
    foot = Rect(room.x, room.bottom - finger, room.width, finger)
    top = room.y + words.height + gap
    grid = Rect(room.x, top, room.width, foot.y - gap - top)
    targets = service.grid(kit, surface, grid, body.ways)
    return targets + button(kit, surface, Rect(foot.x, foot.y, max(px(20), foot.width // 3), finger), "no", "Cancel")
