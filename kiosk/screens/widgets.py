"""What several screens show: cards, pills, progress marks. Knows no view and no survey; draws what it is told."""

from __future__ import annotations

from typing import NamedTuple

import pygame
from pygame import Rect, Surface

from kiosk.screens.faces import OVERSIZE, Pen
from kiosk.screens.shelf import Shelf
from kiosk.screens.target import Target
from kiosk.screens.text import Block, Typesetter
from kiosk.screens.theme import ACCENT, CARD, EDGE, GROUND, INK, ON_ACCENT, TOUCH, Colour, Frame

_TICK = 2.6
"""The tick of a lit card, in u; its room is kept free on every card, so that no text moves when a card lights up."""


class Kit(NamedTuple):
    """What every screen draws with."""

    frame: Frame
    shelf: Shelf
    text: Typesetter

    @classmethod
    def of(cls, size: tuple[int, int]) -> Kit:
        """A kit for a screen of `size` pixels that keeps at most four screens' worth of pictures."""
        shelf = Shelf(budget=4 * 4 * size[0] * size[1])
        return cls(Frame(size), shelf, Typesetter(shelf))


def target(action: str, box: Rect) -> Target:
    """The target that fills `box`."""
    return Target(action, box.x, box.y, box.width, box.height)


def panel(kit: Kit, surface: Surface, box: Rect, fill: Colour, edge: Colour, radius: float) -> None:
    """A filled box with round corners of `radius` u and a border."""
    border = max(1, kit.frame.px(0.2))
    rounding = min(kit.frame.px(radius), box.height // 2, box.width // 2)

    def make() -> Surface:
        large = Surface((box.width * OVERSIZE, box.height * OVERSIZE), pygame.SRCALPHA)
        pygame.draw.rect(large, edge, large.get_rect(), border_radius=rounding * OVERSIZE)
        inner = large.get_rect().inflate(-2 * border * OVERSIZE, -2 * border * OVERSIZE)
        pygame.draw.rect(large, fill, inner, border_radius=max(0, rounding - border) * OVERSIZE)
        return pygame.transform.smoothscale(large, box.size)

    picture = kit.shelf.get(("panel", box.size, fill, edge, rounding), make)
    surface.blit(picture, box.topleft, special_flags=pygame.BLEND_PREMULTIPLIED)


def card_text(kit: Kit, card: Rect) -> tuple[int, int]:
    """How much room for text a card has, in pixels: (width, height)."""
    return card.width - kit.frame.px(2.4 + 2 + _TICK), card.height - kit.frame.px(1)


def card(kit: Kit, surface: Surface, box: Rect, text: Block, lit: bool, mirrored: bool) -> None:
    """A choice to touch: its text at the start, a tick at the end when it is lit."""
    px = kit.frame.px
    panel(kit, surface, box, *((ACCENT, ACCENT) if lit else (CARD, EDGE)), radius=1.8)
    width, height = card_text(kit, box)
    room = Rect(box.right - px(2.4) - width if mirrored else box.x + px(2.4), 0, width, height)
    room.centery = box.centery
    kit.text.draw(surface, text, room, ON_ACCENT if lit else INK, "right" if mirrored else "left")
    if lit:
        size = px(_TICK)
        x = box.x + px(2) if mirrored else box.right - px(2) - size
        icon(kit, surface, "tick", Rect(x, box.centery - size // 2, size, size), ON_ACCENT)


def pill(kit: Kit, surface: Surface, corner: tuple[int, int], text: str, *, arrow: bool, right: bool) -> Rect:
    """A round-ended button; its outer top corner is `corner`, on the right when `right`. Returns its box."""
    px = kit.frame.px
    high = px(TOUCH + 0.3)
    size = px(2.9)
    block = kit.text.fit(text, (px(16), high), size, least=px(2))
    sign = px(2.6) if arrow else 0
    gap = px(1) if arrow else 0
    width = max(px(2.6) * 2 + sign + gap + block.width, px(TOUCH + 4))
    box = Rect(corner[0] - width if right else corner[0], corner[1], width, high)
    panel(kit, surface, box, CARD, EDGE, radius=TOUCH)
    x = box.x + (width - sign - gap - block.width) // 2
    if arrow:
        at = x + block.width + gap if right else x
        icon(kit, surface, "right" if right else "left", Rect(at, box.centery - sign // 2, sign, sign), INK)
    words_x = x if right else x + sign + gap
    kit.text.draw(surface, block, Rect(words_x, box.y, block.width, high), INK, "left")
    return box


def marks(kit: Kit, surface: Surface, middle: tuple[int, int], step: int, steps: int, mirrored: bool) -> None:
    """One mark a step, lit up to the present one; nothing when there is only one step."""
    if steps < 2:
        return
    px = kit.frame.px
    width, high, gap = px(5), px(0.9), px(1)
    x = middle[0] - (steps * width + (steps - 1) * gap) // 2
    for number in range(1, steps + 1):
        place = steps - number if mirrored else number - 1
        colours = (ACCENT, ACCENT) if number <= step else (CARD, EDGE)
        panel(kit, surface, Rect(x + place * (width + gap), middle[1] - high // 2, width, high), *colours, radius=1)


def badge(kit: Kit, surface: Surface, middle: tuple[int, int]) -> None:
    """A round tick about `middle`, set off from what it lies on."""
    for units, colour in ((8.6, GROUND), (7, ACCENT)):
        box = Rect(0, 0, kit.frame.px(units), kit.frame.px(units))
        box.center = middle
        panel(kit, surface, box, colour, colour, radius=units)
    tick = Rect(0, 0, kit.frame.px(3.8), kit.frame.px(3.8))
    tick.center = middle
    icon(kit, surface, "tick", tick, ON_ACCENT)


def icon(kit: Kit, surface: Surface, name: str, box: Rect, colour: Colour) -> None:
    """A small sign that fills the square `box`: `tick`, or an arrow to the `left` or `right`."""

    def make() -> Surface:
        large = box.width * OVERSIZE
        canvas = Surface((large, large), pygame.SRCALPHA)
        pen = Pen(canvas, colour, (large / 2, large / 2), large / 2)
        if name == "tick":
            pen.line([(-0.72, 0.08), (-0.22, 0.56), (0.74, -0.5)], 0.26)
        else:
            ahead = 1 if name == "right" else -1
            pen.line([(-0.86 * ahead, 0), (0.86 * ahead, 0)], 0.19)
            pen.line([(0.3 * ahead, -0.56), (0.86 * ahead, 0), (0.3 * ahead, 0.56)], 0.19)
        return pygame.transform.smoothscale(canvas, box.size)

    picture = kit.shelf.get(("icon", name, box.width, colour), make)
    surface.blit(picture, box.topleft, special_flags=pygame.BLEND_PREMULTIPLIED)
