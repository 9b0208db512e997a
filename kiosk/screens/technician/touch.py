"""The touch test: a board to draw on and five marks to tap. Knows no finger; draws the strokes that it is told."""

from __future__ import annotations

import math

import pygame
from pygame import Rect, Surface

from hardware.health import Condition
from kiosk.screens.target import Target
from kiosk.screens.technician import signs
from kiosk.screens.technician.cards import PLAIN, Text, block, plate, say
from kiosk.screens.technician.pages import TouchTest
from kiosk.screens.technician.rooms import rooms
from kiosk.screens.technician.theme import DARK, TONES, TRACK
from kiosk.screens.text import LINE
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, target

MARKS: tuple[tuple[float, float], ...] = ((0.12, 0.15), (0.88, 0.15), (0.5, 0.5), (0.12, 0.85), (0.88, 0.85))
"""Where the five marks stand: shares of the board's width and height, from its top left."""
_OFFSET = Text(2, bold=True, align="centre")
_NEAR = 0.04
"""An offset up to this is good, in sides of the board's shorter one."""


def board(kit: Kit) -> Rect:
    """The free area, in pixels: what the target ``draw`` fills, whatever is shown."""
    body = rooms(kit).body
    top = _said(kit, body).bottom + kit.frame.px(0.8)
    return Rect(body.x, top, body.width, body.bottom - top)


def mark_at(kit: Kit, number: int) -> tuple[int, int]:
    """The middle of a mark (from 0), pixels of the screen."""
    area = board(kit)
    across, down = MARKS[number]
    return area.x + round(across * area.width), area.y + round(down * area.height)


def draw(kit: Kit, surface: Surface, room: Rect, body: TouchTest) -> list[Target]:
    """Paint the board, the strokes, and over them the marks with how far beside them the finger was."""
    say(kit, surface, body.said, _said(kit, room), PLAIN._replace(lines=2))
    area = board(kit)
    plate(kit, surface, area, DARK.card, DARK.edge)
    _grid(kit, surface, area)
    before = surface.get_clip()
    surface.set_clip(area)
    thick = max(2, kit.frame.px(0.35))
    for stroke in body.strokes:
        if len(stroke) > 1:
            pygame.draw.lines(surface, DARK.accent, False, stroke, thick)
        for end in (stroke[0], stroke[-1]) if stroke else ():
            pygame.draw.circle(surface, DARK.accent, end, thick)
    surface.set_clip(before)
    for number, offset in enumerate(body.marks[: len(MARKS)]):
        _mark(kit, surface, area, mark_at(kit, number), number, offset)
    return [target("draw", area)]


def _said(kit: Kit, body: Rect) -> Rect:
    return Rect(body.x, body.y, body.width, max(kit.frame.px(5), round(2 * LEGIBLE * LINE)))


def _grid(kit: Kit, surface: Surface, area: Rect) -> None:
    """Fine lines, so that a stroke that is bent where a finger was straight is seen."""
    step = kit.frame.px(6)
    for x in range(area.centerx % step, area.width, step):
        if 2 * step // 3 < x < area.width - step // 3:
            surface.fill(TRACK, (area.x + x, area.y + kit.border, 1, area.height - 2 * kit.border))
    for y in range(area.height // 2 % step, area.height, step):
        if step // 3 < y < area.height - step // 3:
            surface.fill(TRACK, (area.x + kit.border, area.y + y, area.width - 2 * kit.border, 1))


def _mark(
    kit: Kit, surface: Surface, area: Rect, at: tuple[int, int], number: int, offset: tuple[int, int] | None
) -> None:
    """A ring with a cross and its number; tapped, a line to where the finger was, and how far that is in pixels."""
    px = kit.frame.px
    side = min(px(5.4), area.height // 6)
    spot = Rect(0, 0, side, side)
    spot.center = at
    condition: Condition | None = None
    text = f"{number + 1}"
    if offset is not None:
        condition = "good" if math.hypot(*offset) <= _NEAR * min(area.size) else "bad"
        text = "{:+d}, {:+d} px".format(*offset)
    colour = TONES[condition] if condition else DARK.ink
    signs.sign(kit, surface, "touch", spot, colour)
    if offset is not None:
        thick = max(2, kit.border)
        end = at[0] + offset[0], at[1] + offset[1]
        pygame.draw.line(surface, DARK.ink, at, end, thick)
        pygame.draw.circle(surface, DARK.ink, end, 2 * thick)
    words = block(kit, text, (px(20), px(4)), _OFFSET)
    sign = words.height if condition else 0
    box = Rect(0, 0, words.width + px(1) + sign, words.height)
    box.midtop = at[0], spot.bottom + px(0.4)
    if offset and offset[1] > 0:  # never over the finger's place
        box.bottom = spot.top - px(0.4)
    box.clamp_ip(area.inflate(-4 * kit.border, -4 * kit.border))
    surface.fill(DARK.card, box)
    if condition:
        signs.mark(kit, surface, condition, Rect(box.x, box.y, sign, sign).inflate(-sign // 6, -sign // 6))
    kit.text.draw(surface, words, Rect(box.x + sign, box.y, box.width - sign, box.height), DARK.ink)
