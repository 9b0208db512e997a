"""The screen that may be wiped: a ring that empties, and seconds. Nothing on it can be touched."""

from __future__ import annotations

import math

import pygame
from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician.cards import PLAIN, Text, block, say
from kiosk.screens.technician.pages import Cleaning
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.widgets import Kit

WHOLE_S = 60
"""The seconds at which the ring is full."""


def draw(kit: Kit, surface: Surface, room: Rect, body: Cleaning) -> list[Target]:
    """Paint it into `room`."""
    px = kit.frame.px
    side = min(px(34), room.height // 2)
    how = Text(4.6, bold=True, align="centre", lines=2, least=2.4)
    title = block(kit, "You can wipe the screen now", (room.width, px(14)), how)
    text = "Touch and buttons do nothing until the time is over."
    more = block(kit, text, (room.width, px(10)), PLAIN._replace(units=2.8, align="centre"))
    y = room.centery - (side + px(3) + title.height + px(1) + more.height) // 2
    ring = Rect(room.centerx - side // 2, y, side, side)
    _ring(kit, surface, ring, body.left_s / WHOLE_S)
    say(kit, surface, str(body.left_s), ring, Text(11, bold=True, align="centre"))
    y = ring.bottom + px(3)
    kit.text.draw(surface, title, Rect(room.x, y, room.width, title.height), DARK.ink)
    y += title.height + px(1)
    kit.text.draw(surface, more, Rect(room.x, y, room.width, more.height), DARK.quiet)
    return []


def _ring(kit: Kit, surface: Surface, box: Rect, share: float) -> None:
    """Beads around a clock's face: those of the time that is left are lit, and larger."""
    radius = box.width / 2 - kit.frame.px(1)
    lit = math.ceil(min(1.0, max(0.0, share)) * WHOLE_S)
    for bead in range(WHOLE_S):
        turn = math.tau * bead / WHOLE_S
        at = box.centerx + radius * math.sin(turn), box.centery - radius * math.cos(turn)
        colour, size = (DARK.accent, 0.7) if bead < lit else (TRACK, 0.4)
        pygame.draw.circle(surface, colour, at, max(2, size * kit.frame.u))
