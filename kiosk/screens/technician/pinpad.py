"""The PIN pad: ten digits, delete and OK, dots for what was typed. Never knows a digit that was typed."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician.cards import PLAIN, Text, button, plate, say, split
from kiosk.screens.technician.pages import PinPad
from kiosk.screens.technician.theme import DARK, RAISED, TONES, TRACK
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, panel, target

_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "ok")
_LEAST = 6
"""The fewest digits of a PIN."""
_MOST = 16
"""The most dots that are drawn."""


def draw(kit: Kit, surface: Surface, room: Rect, body: PinPad) -> list[Target]:
    """Paint it into `room`; while one must wait, only the way out is a target."""
    px, finger = kit.frame.px, kit.frame.px(kit.frame.touch)
    wide = max(px(15), 7 * LEGIBLE)
    leave = Rect(room.x, room.bottom - finger, wide, finger)
    if kit.frame.portrait:
        words = Rect(room.x, room.y + px(2), room.width, px(24))
        keys = Rect(room.x, words.bottom + px(2), room.width, leave.y - px(3) - words.bottom - px(2))
        keys = _middle(keys, min(keys.width, px(48)), min(keys.height, px(56)))
    else:
        words = Rect(room.x, room.y, room.width * 9 // 20, leave.y - px(1) - room.y)
        keys = Rect(words.right + px(3), room.y, room.right - words.right - px(3), room.height)
        keys = _middle(keys, min(keys.width, px(50)), keys.height)
    _words(kit, surface, words, body)
    targets = _keys(kit, surface, keys, possible=body.wait_s is None)
    return targets + button(kit, surface, leave, "leave", "Leave", sign="leave")


def _middle(box: Rect, width: int, height: int) -> Rect:
    return Rect(box.centerx - width // 2, box.centery - height // 2, width, height)


def _words(kit: Kit, surface: Surface, room: Rect, body: PinPad) -> None:
    """What is wanted, the dots, what became of the last try; while one must wait, for how long, large."""
    px = kit.frame.px
    centre = Text(3.6, bold=True, align="centre", lines=2, least=2.2)
    title, middle, low = split(room, 3, px(1), down=True)
    say(kit, surface, "Technician’s PIN", title, centre)
    if body.wait_s is None:
        _dots(kit, surface, middle, body.typed)
    else:
        minutes, seconds = divmod(body.wait_s, 60)
        text = f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"
        say(kit, surface, text, middle, centre._replace(units=6, colour=TONES["unknown"]))
    said = body.said or ("" if body.wait_s is None else "Locked: wait for the next try.")
    say(kit, surface, said, low, PLAIN._replace(align="centre", lines=4))


def _dots(kit: Kit, surface: Surface, room: Rect, typed: int) -> None:
    count = min(_MOST, max(_LEAST, typed))
    step = min(kit.frame.px(4), room.width // count)
    side = max(4, step * 3 // 5)
    x = room.centerx - count * step // 2 + (step - side) // 2
    for number in range(count):
        box = Rect(x + number * step, room.centery - side // 2, side, side)
        fill = DARK.ink if number < typed else DARK.ground
        panel(kit, surface, box, fill, DARK.ink if number < typed else DARK.edge, radius=side, border=2 * kit.border)


def _keys(kit: Kit, surface: Surface, room: Rect, *, possible: bool) -> list[Target]:
    targets = []
    gap = kit.frame.px(1)
    boxes = [box for row in split(room, 4, gap, down=True) for box in split(row, 3, gap)]
    for key, box in zip(_KEYS, boxes, strict=True):
        if key == "ok":
            targets += button(kit, surface, box, "ok", "OK", sign="tick", lit=possible, possible=possible)
        elif key == "delete":
            targets += button(kit, surface, box, "delete", sign="delete", possible=possible)
        else:
            ink = DARK.ink if possible else DARK.quiet
            plate(kit, surface, box, *((RAISED, DARK.edge) if possible else (DARK.ground, TRACK)))
            say(kit, surface, key, box, Text(4, ink, bold=True, align="centre"))
            targets += [target(f"digit:{key}", box)] if possible else []
    return targets
