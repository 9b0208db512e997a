"""High contrast, large text, reach: what a visitor can switch on. Never knows what comes of it."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.text import Align, Block
from kiosk.screens.view import Languages, Mode
from kiosk.screens.widgets import Kit, icon, panel, target
from kiosk.screens.words import rtl, words

_INLINE = 20
"""How wide a toggle must be for its sign, text and switch to stand in one row, in u."""
_MODES: tuple[Mode, ...] = ("contrast", "large", "reach")


def draw(kit: Kit, surface: Surface, room: Rect, view: Languages, *, stacked: bool = False) -> list[Target]:
    """Paint the three toggles into `room`, side by side or one below the other."""
    own, mirrored, gap = words(view.language), rtl(view.language), kit.frame.px(1.2)
    texts = own.gettext("High contrast"), own.gettext("Large text"), own.gettext("Within reach")
    wide = (room.width - 2 * gap) // 3
    boxes = [Rect(room.x + place * (wide + gap), room.y, wide, room.height) for place in range(3)]
    if stacked:
        high = (room.height - 2 * gap) // 3
        boxes = [Rect(room.x, room.y + place * (high + gap), room.width, high) for place in range(3)]
    elif mirrored:
        boxes.reverse()
    inner = _parts(kit, boxes[0], mirrored)[2]
    size, least = kit.font(2.6), kit.least(1.3)
    blocks = kit.alike(texts, inner.size, size, least=least, lines=2)
    for mode, box, block in zip(_MODES, boxes, blocks, strict=True):
        _toggle(kit, surface, box, mode, block, getattr(view.modes, mode), mirrored)
    return [target(f"mode:{mode}", box) for mode, box in zip(_MODES, boxes, strict=True)]


def _parts(kit: Kit, box: Rect, mirrored: bool) -> tuple[Rect, Rect, Rect]:
    """The places of a toggle's sign, its switch, and its text: between them, or below where it is narrow."""
    px = kit.frame.px
    inline = box.width >= px(_INLINE)
    side, track, pad = px(3.2), (px(4.6), px(2.6)), px(1.2)
    middle = box.centery if inline else box.y + px(1) + side // 2
    sign = Rect(box.x + pad, middle - side // 2, side, side)
    switch = Rect(box.right - pad - track[0], middle - track[1] // 2, *track)
    if inline:
        text = Rect(sign.right + px(0.9), box.y + px(0.4), switch.left - sign.right - px(1.6), box.height - px(0.8))
    else:
        beside = px(0.6) + kit.border
        text = Rect(box.x + beside, sign.bottom + px(0.4), box.width - 2 * beside, box.bottom - sign.bottom - px(0.8))
    if mirrored:
        for part in (sign, switch, text):
            part.right = box.left + box.right - part.left
    return sign, switch, text


def _toggle(kit: Kit, surface: Surface, box: Rect, mode: Mode, text: Block, on: bool, mirrored: bool) -> None:
    panel(kit, surface, box, kit.colours.card, kit.colours.edge, radius=2.2)
    sign, switch, room = _parts(kit, box, mirrored)
    icon(kit, surface, mode, sign, kit.colours.ink)
    beside: Align = "right" if mirrored else "left"
    kit.text.draw(surface, text, room, kit.colours.ink, beside if box.width >= kit.frame.px(_INLINE) else "centre")
    _switch(kit, surface, switch, on, mirrored)


def _switch(kit: Kit, surface: Surface, box: Rect, on: bool, mirrored: bool) -> None:
    """A knob at the end of its track when `on`, with a tick; at its start, empty, when not."""
    colours, px = kit.colours, kit.frame.px
    fill = colours.accent if on else colours.card
    panel(kit, surface, box, fill, colours.accent if on else colours.edge, radius=2, border=px(0.25))
    knob = Rect(0, 0, box.height - px(0.8), box.height - px(0.8))
    knob.center = box.centerx, box.centery
    if on is mirrored:
        knob.left = box.left + px(0.4)
    else:
        knob.right = box.right - px(0.4)
    panel(kit, surface, knob, colours.on_accent if on else colours.edge, colours.on_accent if on else colours.edge, 2)
    if on:
        icon(kit, surface, "tick", knob.inflate(-px(0.5), -px(0.5)), colours.accent)
