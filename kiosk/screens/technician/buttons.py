"""The buttons: a large card each, with what it is wired to, how it stands now and its light. Knows no pin's state."""

from __future__ import annotations

from collections.abc import Callable

import pygame
from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import signs
from kiosk.screens.technician.cards import (
    GAP,
    PLAIN,
    SMALL,
    Text,
    block,
    button,
    card,
    face,
    line,
    moods,
    plate,
    say,
    split,
)
from kiosk.screens.technician.pages import ButtonLine, Buttons
from kiosk.screens.technician.theme import DARK, RAISED, TONES
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_NARROWEST = 8.5
"""The least width of a standing card, in sizes of the smallest print."""
_Place = Callable[[Kit, Surface, Rect, ButtonLine, int], list[Target]]
_STATE = Text(2.2, bold=True, align="centre", least=1.6)


def draw(kit: Kit, surface: Surface, room: Rect, body: Buttons) -> list[Target]:
    """Paint the cards into `room`: side by side, below each other where that is too narrow, or in two columns."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    count = len(body.buttons)
    top = Rect(room.x, room.y, room.width, px(kit.frame.touch))
    rest = Rect(room.x, top.bottom + gap, room.width, room.bottom - top.bottom - gap)
    wide = min(max(px(15), 7 * LEGIBLE), top.width // 3)
    tone = Rect(top.right - wide, top.y, wide, top.height)
    place, boxes = _arranged(kit, rest, count)
    if len(boxes) > count:  # one is free for the tone, so that the cards get its room
        top.height = line(kit, PLAIN.units)
        boxes = _cells(kit, Rect(room.x, top.bottom, room.width, room.bottom - top.bottom), count)
        tone = boxes.pop()
        wide = -gap
    say(kit, surface, body.said, Rect(top.x, top.y, top.width - wide - gap, top.height), PLAIN)
    targets = []
    if body.buzzer:
        targets += button(kit, surface, tone, "tone", "Tone", sign="tone")
    else:
        say(kit, surface, body.no_buzzer, tone, SMALL._replace(align="right", lines=2))
    for box, what in zip(boxes, body.buttons, strict=True):
        targets += place(kit, surface, box, what, count)
    return targets


def _arranged(kit: Kit, room: Rect, count: int) -> tuple[_Place, list[Rect]]:
    """How the cards are laid out, and their boxes; in two columns there may be one more box than buttons."""
    if not count:
        return _lying, []
    gap = kit.frame.px(GAP)
    if not kit.frame.portrait and room.width // count >= _NARROWEST * LEGIBLE:
        return _standing, split(room, count, gap)
    boxes = split(room, count, gap, down=True)
    if boxes[0].height >= 4 * line(kit, PLAIN.units) + kit.frame.px(0.8):
        return _lying, boxes
    return _cell, _cells(kit, room, count)


def _cells(kit: Kit, room: Rect, count: int) -> list[Rect]:
    """Two columns of boxes, an even number of them."""
    gap = kit.frame.px(0.6)
    return [box for row in split(room, -(-count // 2), gap, down=True) for box in split(row, 2, gap)]


def _cell(kit: Kit, surface: Surface, box: Rect, what: ButtonLine, count: int) -> list[Target]:
    """The tightest: face, wiring and counts at the left, the light at the right, what it says below."""
    px = kit.frame.px
    _card(kit, surface, box, what)
    room = box.inflate(-2 * px(1), -2 * px(0.4))
    small = line(kit, SMALL.units)
    high = max(px(kit.frame.touch), 3 * small, min(px(14), room.height - 3 * line(kit, PLAIN.units)))
    light = Rect(0, room.y, max(px(kit.frame.touch), 4 * LEGIBLE, room.width // 3), high)
    light.right = room.right
    side = min(high - small, room.width // 4)
    _face(kit, surface, Rect(room.x, room.y, side, side), what, count)
    x = room.x + side + px(1)
    wide = light.x - px(0.6) - x
    say(kit, surface, f"BCM {what.pin}", Rect(x, room.y + side // 2 - small, wide, small), SMALL)
    say(kit, surface, f"pin {what.physical}", Rect(x, room.y + side // 2, wide, small), SMALL)
    counted = Rect(room.x, light.bottom - small, light.x - px(0.6) - room.x, small)
    took = "" if what.took_ms is None else f" {what.took_ms:.0f} ms"
    say(kit, surface, f"{what.presses}×{took}", counted, SMALL._replace(colour=DARK.ink))
    top = max(light.bottom, counted.bottom)
    said = Rect(room.x, top, room.width, box.bottom - 2 * kit.border - top)
    text = f"DOWN, {what.said}" if what.down else what.said
    say(kit, surface, text, said, PLAIN)
    return _light(kit, surface, light, what, short=True)


def _standing(kit: Kit, surface: Surface, box: Rect, what: ButtonLine, count: int) -> list[Target]:
    """Face, wiring, state, count and time, what it says, the light at the bottom."""
    px = kit.frame.px
    room = _card(kit, surface, box, what)
    finger = px(kit.frame.touch)
    light = Rect(room.x, room.bottom - finger, room.width, finger)
    small = line(kit, SMALL.units)
    state = max(px(4), round(LEGIBLE * 1.6))
    high = 4 * line(kit, 2)
    said = Rect(room.x, light.y - px(0.6) - high, room.width, high)
    counted = Rect(room.x, said.y - px(0.6) - 2 * line(kit, 2.2), room.width, 2 * line(kit, 2.2))
    stands = Rect(room.x, counted.y - px(0.8) - state, room.width, state)
    wiring = Rect(room.x, stands.y - px(0.8) - 2 * small, room.width, 2 * small)
    side = min(wiring.y - room.y - px(0.6), room.width, px(16))
    spot = Rect(room.centerx - side // 2, room.y + (wiring.y - room.y - side) // 2, side, side)
    _face(kit, surface, spot, what, count)
    middle = SMALL._replace(align="centre")
    _pair(kit, surface, wiring, _wiring(what), middle)
    _state(kit, surface, stands, what)
    presses, took = _counted(what)
    over, under = split(counted, 2, 0, down=True)
    say(kit, surface, presses, over, middle._replace(colour=DARK.ink, units=2.4, bold=True))
    say(kit, surface, took or "no time yet", under, middle)
    say(kit, surface, what.said, said, PLAIN._replace(units=2.2, lines=5, align="centre"))
    return _light(kit, surface, light, what)


def _lying(kit: Kit, surface: Surface, box: Rect, what: ButtonLine, count: int) -> list[Target]:
    """The face at the left, the light at the right, the rest in lines between."""
    px = kit.frame.px
    room = _card(kit, surface, box, what)
    gap = px(1.4)
    finger = px(kit.frame.touch)
    side = min(room.height, px(13))
    _face(kit, surface, Rect(room.x, room.centery - side // 2, side, side), what, count)
    wide = max(px(13), 6 * LEGIBLE)
    high = min(max(finger, room.height * 2 // 3), box.height)
    light = Rect(room.right - wide, room.centery - high // 2, wide, high)
    middle = Rect(room.x + side + gap, room.y, light.x - gap - room.x - side - gap, room.height)
    state = Rect(0, 0, max(px(9), 4 * LEGIBLE), max(px(4.4), round(LEGIBLE * 1.5)))
    small = line(kit, SMALL.units)
    state.topright = middle.topright
    wiring = Rect(middle.x, middle.y, state.x - gap - middle.x, small)
    if block(kit, " · ".join(_wiring(what)), wiring.size, SMALL).cut:
        wiring.height = 2 * small
    counted = Rect(middle.x, middle.bottom - small, middle.width, small)
    said = Rect(middle.x, max(wiring.bottom, state.bottom), middle.width, 0)
    said.height = counted.y - said.y
    _state(kit, surface, state, what)
    _pair(kit, surface, wiring, _wiring(what), SMALL)
    say(kit, surface, what.said, said, PLAIN)
    _pair(kit, surface, counted, _counted(what), SMALL._replace(colour=DARK.ink))
    return _light(kit, surface, light, what)


def _card(kit: Kit, surface: Surface, box: Rect, what: ButtonLine) -> Rect:
    """Its edge is thick while the button is down, and in the condition's colour where it is not good."""
    edge = DARK.accent if what.down else TONES["bad"] if what.condition == "bad" else DARK.edge
    return card(kit, surface, box, edge, border=(3 if what.down else 1) * kit.border)


def _face(kit: Kit, surface: Surface, box: Rect, what: ButtonLine, count: int) -> None:
    """The button's face, with the sign of its condition at its corner."""
    face(kit, surface, moods(count)[what.face - 1], box, what.down)
    side = max(box.width * 3 // 8, LEGIBLE)
    corner = Rect(box.right - side * 7 // 8, box.bottom - side * 7 // 8, side, side)
    pygame.draw.circle(surface, DARK.card, corner.center, side * 0.62)
    signs.mark(kit, surface, what.condition, corner)


def _state(kit: Kit, surface: Surface, box: Rect, what: ButtonLine) -> None:
    fill, edge, ink = (DARK.accent, DARK.accent, DARK.on_accent) if what.down else (DARK.ground, RAISED, DARK.ink)
    plate(kit, surface, box, fill, edge)
    say(kit, surface, "DOWN" if what.down else "up", box, _STATE._replace(colour=ink))


def _wiring(what: ButtonLine) -> tuple[str, str]:
    return f"BCM {what.pin}", f"pin {what.physical}"


def _counted(what: ButtonLine) -> tuple[str, str]:
    presses = "1 press" if what.presses == 1 else f"{what.presses} presses"
    return presses, "" if what.took_ms is None else f"{what.took_ms:.0f} ms"


def _pair(kit: Kit, surface: Surface, box: Rect, pair: tuple[str, str], how: Text) -> None:
    """Two facts on one line, or on two where one is too short."""
    text = " · ".join(filter(None, pair))
    if not block(kit, text, box.size, how._replace(least=how.units)).cut:
        say(kit, surface, text, box, how)
        return
    for part, half in zip(pair, split(box, 2, 0, down=True), strict=True):
        say(kit, surface, part, half, how)


def _light(kit: Kit, surface: Surface, box: Rect, what: ButtonLine, *, short: bool = False) -> list[Target]:
    """A target that tries the light and shows how it is now; words only where there is none."""
    if what.light is None:
        side = min(kit.frame.px(2.6), box.height // 3)
        spot = Rect(box.centerx - side // 2, box.centery - side, side, side)
        signs.sign(kit, surface, "off", spot, DARK.quiet)
        under = Rect(box.x, spot.bottom, box.width, line(kit, SMALL.units))
        say(kit, surface, what.no_light, under, SMALL._replace(align="centre"))
        return []
    text = "on" if what.light else "off"
    text = text if short else f"Light: {text}"
    return button(kit, surface, box, f"light:{what.face}", text, sign="lamp" if what.light else "off")
