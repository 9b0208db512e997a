"""Asks whether anybody is still there before a screen leaves by itself. Never knows what it leaves for."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, badge, panel, pill_height
from kiosk.screens.words import rtl, words

_START, _END = 22, 27
"""What Back, and Done beside the globe, may take of the top row, in u."""


def place(kit: Kit, mirrored: bool) -> Rect:
    """Where it stands on every screen: at the top, between the pills or where the screen is upright below them."""
    frame, high = kit.frame, pill_height(kit)
    tall = max(high, 4 * LEGIBLE)  # three lines of the smallest print
    whole = frame.zone(2.4, frame.tall - 2.4)
    if frame.portrait:
        top = whole.y if kit.modes.reach else whole.y + high + frame.px(0.8)
        return Rect(whole.x, top, whole.width, frame.px(kit.high(6.6)))
    if kit.modes.reach:
        return Rect(whole.x, whole.y, whole.width, tall)
    start, end = frame.px(_START), frame.px(_END)
    return Rect(whole.x + (end if mirrored else start), whole.y, whole.width - start - end, tall)


def draw(kit: Kit, surface: Surface, language: str, left_s: int, box: Rect | None = None) -> None:
    """Say that the screen leaves in `left_s` seconds, and that a touch keeps it; in `box`, or in its usual place."""
    mirrored, own, px = rtl(language), words(language), kit.frame.px
    box = box or place(kit, mirrored)
    panel(kit, surface, box, kit.colours.ink, kit.colours.ink, radius=1.8)
    side = box.height - px(1.2)
    spot = Rect(box.right - side - px(0.8) if mirrored else box.x + px(0.8), box.y + px(0.6), side, side)
    badge(kit, surface, spot.center, left_s, units=side / kit.frame.u / 1.22)
    room = Rect(box.x + px(1.2), box.y, box.width - side - px(3.2), box.height)
    if not mirrored:
        room.x = spot.right + px(1.2)
    still = own.gettext("Are you still there? Touch the screen to go on.")
    closes = own.ngettext("This closes in %(count)d second", "This closes in %(count)d seconds", left_s)
    size, least = kit.font(2.6), kit.font(1.9)
    block = kit.text.fit(f"{still} {closes % {'count': left_s}}", room.size, size, least=least, lines=3)
    if block.cut:  # the number beside it says the same
        block = kit.text.fit(still, room.size, size, least=kit.least(1.6), lines=3)
    kit.text.draw(surface, block, room, kit.colours.ground, "right" if mirrored else "left")
