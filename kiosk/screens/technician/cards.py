"""What the technician's pages are made of: plates, cards, buttons, sentences, faces. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame
from pygame import Rect, Surface

from hardware.health import Condition
from kiosk.screens import faces
from kiosk.screens.faces import Mood
from kiosk.screens.target import Target
from kiosk.screens.technician import signs
from kiosk.screens.technician.signs import Name
from kiosk.screens.technician.theme import DARK, PAPER, RAISED, TRACK
from kiosk.screens.text import LINE, Align, Block
from kiosk.screens.theme import LEGIBLE, Colour
from kiosk.screens.widgets import Kit, panel, put, target

PAD = 1.4
"""Between a card's edge and what stands in it, in u."""
GAP = 1.2
"""Between two cards, in u."""


class Text(NamedTuple):
    """How a text is set: its size in u, and how small it may get; never illegible."""

    units: float
    colour: Colour = DARK.ink
    bold: bool = False
    align: Align = "left"
    lines: int = 1
    least: float = 1.5


TITLE = Text(3.2, bold=True, least=2)
PLAIN = Text(2.4, lines=3, least=1.7)
SMALL = Text(1.9, DARK.quiet)
FIGURE = Text(4.2, bold=True, least=1.8)


def block(kit: Kit, text: str, room: tuple[int, int], how: Text) -> Block:
    """`text` set as `how` says into `room` (width, height in pixels)."""
    size, least = max(LEGIBLE, kit.frame.px(how.units)), kit.least(how.least)
    return kit.text.fit(text, (max(1, room[0]), max(1, room[1])), size, least=least, lines=how.lines, bold=how.bold)


def say(kit: Kit, surface: Surface, text: str, box: Rect, how: Text = PLAIN) -> None:
    """Draw `text` in the middle of `box`'s height."""
    if text:
        kit.text.draw(surface, block(kit, text, box.size, how), box, how.colour, how.align)


def line(kit: Kit, units: float) -> int:
    """How many pixels one line of text of `units` u takes."""
    return round(max(LEGIBLE, kit.frame.px(units)) * LINE)


def plate(
    kit: Kit, surface: Surface, box: Rect, fill: Colour, edge: Colour, radius: float = 1.2, border: int | None = None
) -> None:
    """A filled box with round corners: only the corners are kept as pictures, so that large ones cost nothing."""
    border = kit.border if border is None else border
    rounding = min(kit.frame.px(radius), box.width // 2, box.height // 2)
    corner = max(rounding, border) + 1
    if 2 * corner >= min(box.size):
        panel(kit, surface, box, fill, edge, radius, border)
        return

    def make() -> Surface:
        picture = Surface((2 * corner, 2 * corner), pygame.SRCALPHA)
        panel(kit, picture, picture.get_rect(), fill, edge, rounding / kit.frame.u, border)
        return picture

    corners = kit.shelf.get(("plate", fill, edge, corner, rounding, border), make)
    surface.fill(fill, box.inflate(-2 * corner, -2 * border))
    for x, edge_x in ((box.x + border, box.x), (box.right - corner, box.right - border)):
        surface.fill(fill, (x, box.y + corner, corner - border, box.height - 2 * corner))
        surface.fill(edge, (edge_x, box.y + corner, border, box.height - 2 * corner))
    for y in (box.y, box.bottom - border):
        surface.fill(edge, (box.x + corner, y, box.width - 2 * corner, border))
    for x, left in ((0, box.left), (corner, box.right - corner)):
        for y, top in ((0, box.top), (corner, box.bottom - corner)):
            area = (x, y, corner, corner)
            surface.blit(corners, (left, top), area, special_flags=pygame.BLEND_PREMULTIPLIED)


def card(kit: Kit, surface: Surface, box: Rect, edge: Colour = DARK.edge, border: int | None = None) -> Rect:
    """A card that says something; the room within it."""
    plate(kit, surface, box, DARK.card, edge, border=border)
    return box.inflate(-2 * kit.frame.px(PAD), -2 * kit.frame.px(PAD * 0.7))


def button(
    kit: Kit,
    surface: Surface,
    box: Rect,
    action: str,
    text: str = "",
    *,
    sign: Name | None = None,
    lit: bool = False,
    possible: bool = True,
) -> list[Target]:
    """Something to touch; lit it is chosen, with a tick where it has no sign. Impossible, it is flat and no target."""
    fill, edge, ink = (DARK.accent, DARK.accent, DARK.on_accent) if lit else (RAISED, DARK.accent, DARK.ink)
    if not possible:
        fill, edge, ink = DARK.ground, TRACK, DARK.quiet
    plate(kit, surface, box, fill, edge)
    side = min(kit.frame.px(2.8), box.height // 2) if sign or lit else 0
    gap = kit.frame.px(0.8) if side and text else 0
    how = Text(2.3, ink, bold=True, lines=2, least=1.6)
    words = block(kit, text, (box.width - side - gap - kit.frame.px(1.2), box.height - 2), how)
    longest = max((kit.text.width(word, LEGIBLE, True) for word in text.split()), default=0)
    if side and (words.cut or longest > box.width - side - gap - kit.frame.px(1.2)):  # the sign above
        words = block(kit, text, (box.width - kit.frame.px(0.8), box.height - side - 2), how)
        y = box.centery - (side + words.height) // 2
        signs.sign(kit, surface, sign or "tick", Rect(box.centerx - side // 2, y, side, side), ink)
        kit.text.draw(surface, words, Rect(box.x, y + side, box.width, words.height), ink)
        return [target(action, box)] if possible else []
    x = box.x + (box.width - side - gap - words.width) // 2
    if side:
        signs.sign(kit, surface, sign or "tick", Rect(x, box.centery - side // 2, side, side), ink)
    if text:
        kit.text.draw(surface, words, Rect(x + side + gap, box.y, words.width, box.height), ink)
    return [target(action, box)] if possible else []


class Figure(NamedTuple):
    """A figure with its name."""

    name: str
    value: str
    condition: Condition = "good"


_NAMED = SMALL._replace(lines=2)
_NARROWEST = 8
"""The least width of a figure's card, in sizes of the smallest print."""


def figures(kit: Kit, surface: Surface, room: Rect, shown: Sequence[Figure]) -> int:
    """Cards with figures over their names, in rows across the top of `room`; where they end, in pixels from the top.

    A condition that is not good has its sign.
    """
    if not shown:
        return room.y
    px, gap = kit.frame.px, kit.frame.px(GAP)
    columns = min(len(shown), max(1, room.width // max(px(16), _NARROWEST * LEGIBLE)))
    rows = -(-len(shown) // columns)
    columns = -(-len(shown) // rows)
    wide = (room.width - (columns - 1) * gap) // columns - 2 * px(PAD)
    low = max(block(kit, figure.name, (wide, 9_999), _NAMED).height for figure in shown)
    tall = line(kit, FIGURE.units) + low + 2 * px(PAD * 0.7)
    for number, figure in enumerate(shown):
        row, column = divmod(number, columns)
        here = min(columns, len(shown) - row * columns)
        strip = Rect(room.x, room.y + row * (tall + gap), room.width, tall)
        _figure(kit, surface, split(strip, here, gap)[column], figure, low)
    return room.y + rows * (tall + gap) - gap


def _figure(kit: Kit, surface: Surface, box: Rect, figure: Figure, low: int) -> None:
    inner = card(kit, surface, box)
    over = Rect(inner.x, inner.y, inner.width, inner.height - low)
    if figure.condition != "good":
        side = min(kit.frame.px(3), over.height, over.width // 4)
        signs.mark(kit, surface, figure.condition, Rect(over.x, over.centery - side // 2, side, side))
        shift = side + kit.frame.px(0.8)
        over = Rect(over.x + shift, over.y, over.width - shift, over.height)
    say(kit, surface, figure.value, over, FIGURE)
    say(kit, surface, figure.name, Rect(inner.x, inner.bottom - low, inner.width, low), _NAMED)


def told(kit: Kit, surface: Surface, box: Rect, condition: Condition, text: str, how: Text = PLAIN) -> None:
    """A sentence behind the sign of its condition."""
    side = min(kit.frame.px(how.units * 1.25), box.height)
    signs.mark(kit, surface, condition, Rect(box.x, box.centery - side // 2, side, side))
    shift = side + kit.frame.px(1)
    say(kit, surface, text, Rect(box.x + shift, box.y, box.width - shift, box.height), how)


def face(kit: Kit, surface: Surface, mood: Mood, box: Rect, pressed: bool = False) -> None:
    """A face in the square `box`, on a pale disc: its own ring is too dark for this ground."""
    ring = max(1, box.width // 22)
    panel(kit, surface, box, PAPER, PAPER, radius=box.width / kit.frame.u)
    inner = box.inflate(-2 * ring, -2 * ring)
    put(surface, faces.face(kit.shelf, mood, inner.width, "pressed" if pressed else "plain"), inner)


def moods(count: int) -> tuple[Mood, ...]:
    """The faces of a survey with `count` of them; of one with a number that has none, the nearest."""
    return faces.MOODS[min(max(count, min(faces.MOODS)), max(faces.MOODS))]


def split(box: Rect, parts: int, gap: int, *, down: bool = False) -> list[Rect]:
    """`box` cut into `parts` side by side, or one below the other, with `gap` pixels between."""
    whole = box.height if down else box.width
    each = (whole - gap * (parts - 1)) / parts
    cuts = [(round(n * (each + gap)), round(n * (each + gap) + each)) for n in range(parts)]
    if down:
        return [Rect(box.x, box.y + a, box.width, b - a) for a, b in cuts]
    return [Rect(box.x + a, box.y, b - a, box.height) for a, b in cuts]
