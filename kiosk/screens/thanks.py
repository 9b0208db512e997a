"""Thank you, with the face that counts. Never knows when it was earned."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from kiosk.screens import faces
from kiosk.screens.target import Target
from kiosk.screens.theme import GROUND, INK
from kiosk.screens.view import Thanked
from kiosk.screens.widgets import Kit, badge
from kiosk.screens.words import said
from kiosk.survey import Survey


def draw(kit: Kit, surface: Surface, survey: Survey, view: Thanked) -> list[Target]:
    """Paint the thanks; nothing on it can be touched."""
    surface.fill(GROUND)
    frame = kit.frame
    px = frame.px
    side = 27 if frame.portrait else 26
    high = 14
    top = (frame.tall - side - high - 3) / 2
    spot = Rect(0, px(top), px(side), px(side))
    spot.centerx = frame.width // 2
    picture = faces.face(kit.shelf, faces.MOODS[len(survey.faces)][view.face - 1], spot.width)
    surface.blit(picture, spot, special_flags=pygame.BLEND_PREMULTIPLIED)
    badge(kit, surface, (spot.centerx + round(spot.width * 0.36), spot.centery + round(spot.width * 0.36)))

    room = frame.zone(top + side + 3, top + side + 3 + high)
    block = kit.text.fit(said(survey.thanks.text, view.language), room.size, px(6.4), least=px(2.6), lines=3, bold=True)
    kit.text.draw(surface, block, room, INK)
    return []
