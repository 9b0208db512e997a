"""Thank you, with the vote that counts. Never knows when it was earned."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens import vote
from kiosk.screens.target import Target
from kiosk.screens.view import Thanked
from kiosk.screens.widgets import Kit, badge
from kiosk.screens.words import said, words
from kiosk.survey import Survey


def draw(kit: Kit, surface: Surface, survey: Survey, view: Thanked) -> list[Target]:
    """Paint the thanks; nothing on it can be touched."""
    surface.fill(kit.colours.ground)
    frame, px = kit.frame, kit.frame.px
    side, high = 27 if frame.portrait else 24, kit.high(14)
    top = (frame.tall - side - high - 3) / 2
    spot = Rect(0, px(top), px(side), px(side))
    spot.centerx = frame.width // 2
    vote.draw(kit, surface, survey, view.face, spot)
    badge(kit, surface, vote.corner(spot), "tick")

    room = frame.zone(top + side + 3, top + side + 3 + high)
    text = said(survey.thanks.text, view.language)
    block = kit.text.fit(text, room.size, kit.font(6.4), least=kit.least(2.6), lines=3, bold=True)
    kit.text.draw(surface, block, room, kit.colours.ink)
    if view.undo_s is not None:
        sentence = words(view.language).ngettext(
            "You can change it for %(count)d second", "You can change it for %(count)d seconds", view.undo_s
        )
        foot = frame.zone(frame.tall - 0.8 - kit.high(4.2), frame.tall - 0.8)
        block = kit.text.fit(sentence % {"count": view.undo_s}, foot.size, kit.font(2.9), least=kit.least(1.8))
        kit.text.draw(surface, block, foot, kit.colours.ink)
    return []
