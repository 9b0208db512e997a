"""What several screens show: cards, pills, marks, badges. Knows no screen and no survey; draws what it is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import pygame
from pygame import Rect, Surface

from kiosk.screens.icons import OVERSIZE, Sign, sign
from kiosk.screens.shelf import Shelf
from kiosk.screens.target import Target
from kiosk.screens.text import Block, Typesetter
from kiosk.screens.theme import HIGH_CONTRAST, LARGE, LEGIBLE, PLAIN, Colour, Colours, Frame
from kiosk.screens.view import Modes

_TICK = 2.6
"""The tick of a lit card, in u; its room is kept free on every card, so that no text moves when a card lights up."""


class Kit(NamedTuple):
    """What every screen draws with."""

    frame: Frame
    shelf: Shelf
    text: Typesetter
    modes: Modes = Modes()
    colours: Colours = PLAIN

    @classmethod
    def of(cls, size: tuple[int, int], dpi: float | None = None) -> Kit:
        """A kit for a screen of `size` pixels that keeps at most three screens' worth of pictures."""
        shelf = Shelf(budget=3 * 4 * size[0] * size[1])
        return cls(Frame(size, dpi), shelf, Typesetter(shelf))

    def seen(self, modes: Modes) -> Kit:
        """The same kit for who wants to see it in `modes`."""
        return self._replace(modes=modes, colours=HIGH_CONTRAST if modes.contrast else PLAIN)

    def font(self, units: float) -> int:
        """The size in pixels of a text that measures `units` u, larger for who wants large texts; never illegible."""
        size = self.frame.px(units)
        return max(LEGIBLE, math.ceil(size * LARGE) if self.modes.large else size)

    def least(self, units: float) -> int:
        """The size in pixels that a text may shrink to: `units` u, yet never illegible."""
        return max(LEGIBLE, self.frame.px(units))

    def high(self, units: float) -> float:
        """The room in u for texts that take `units` u, more for who wants large ones."""
        return units * LARGE if self.modes.large else units

    def alike(
        self, texts: Sequence[str], box: tuple[int, int], size: int, *, least: int, lines: int = 1, bold: bool = False
    ) -> list[Block]:
        """`texts` fitted each into a box of its own, all in one size: the largest that all of them can have."""
        size = min(self.text.fit(text, box, size, least=least, lines=lines, bold=bold).size for text in texts)
        return [self.text.fit(text, box, size, least=size, lines=lines, bold=bold) for text in texts]

    @property
    def border(self) -> int:
        """How thick borders are, in pixels."""
        return self.frame.px(0.5 if self.modes.contrast else 0.2)


def target(action: str, box: Rect) -> Target:
    """The target that fills `box`."""
    return Target(action, box.x, box.y, box.width, box.height)


def put(surface: Surface, picture: Surface, place: tuple[int, int] | Rect) -> None:
    """Blit a picture that is premultiplied, as all that are drawn large and scaled down are."""
    surface.blit(picture, place, special_flags=pygame.BLEND_PREMULTIPLIED)


def panel(
    kit: Kit, surface: Surface, box: Rect, fill: Colour, edge: Colour, radius: float, border: int | None = None
) -> None:
    """A filled box with round corners of `radius` u and a border, as thick as every border unless `border` says so."""
    border = kit.border if border is None else border
    rounding = min(kit.frame.px(radius), box.height // 2, box.width // 2)
    key = ("panel", box.size, fill, edge, rounding, border)
    put(surface, kit.shelf.get(key, lambda: _panel(box.size, fill, edge, rounding, border)), box.topleft)


def _panel(size: tuple[int, int], fill: Colour, edge: Colour, rounding: int, border: int) -> Surface:
    """Only the corners are drawn large: what is between them is straight."""
    corner = max(rounding, border) + 1
    small = min(size[0], 2 * corner), min(size[1], 2 * corner)
    large = Surface((small[0] * OVERSIZE, small[1] * OVERSIZE), pygame.SRCALPHA)
    pygame.draw.rect(large, edge, large.get_rect(), border_radius=rounding * OVERSIZE)
    inner = large.get_rect().inflate(-2 * border * OVERSIZE, -2 * border * OVERSIZE)
    pygame.draw.rect(large, fill, inner, border_radius=max(0, rounding - border) * OVERSIZE)
    corners = pygame.transform.smoothscale(large, small)
    if small == size:
        return corners
    picture = Surface(size, pygame.SRCALPHA)
    whole = picture.get_rect()
    across, down = small[0] // 2, small[1] // 2
    for bar in (whole.inflate(-2 * across, 0), whole.inflate(0, -2 * down)):
        picture.fill(edge, bar)
    picture.fill(fill, whole.inflate(-2 * border, -2 * border))
    for x, left in ((0, 0), (small[0] - across, size[0] - across)):
        for y, top in ((0, 0), (small[1] - down, size[1] - down)):
            picture.fill((0, 0, 0, 0), (left, top, across, down))
            picture.blit(corners, (left, top), (x, y, across, down), special_flags=pygame.BLEND_PREMULTIPLIED)
    return picture


def lit_panel(kit: Kit, surface: Surface, box: Rect, radius: float) -> None:
    """A panel that was pressed in, with a ring about it where its edge was: told apart without colour."""
    panel(kit, surface, box, kit.colours.ground, kit.colours.accent, radius)
    inset = kit.border + kit.frame.px(0.5)
    inner = box.inflate(-2 * inset, -2 * inset)
    panel(kit, surface, inner, kit.colours.accent, kit.colours.accent, max(0.2, radius - 0.5))


def card_text(kit: Kit, card: Rect, several: bool = False) -> tuple[int, int]:
    """How much room for text a card has, in pixels: (width, height)."""
    return card.width - kit.frame.px(2.4 + 2 + _TICK + (1.8 if several else 0)), card.height - kit.frame.px(1)


def card(kit: Kit, surface: Surface, box: Rect, text: Block, lit: bool, mirrored: bool, several: bool = False) -> None:
    """A choice to touch: its text at the start, a tick at the end when it is lit; where it is one of `several` that
    can be chosen, the tick has a box that waits for it.
    """
    px = kit.frame.px
    colours = kit.colours
    panel(kit, surface, box, *((colours.accent,) * 2 if lit else (colours.card, colours.edge)), radius=1.8)
    width, height = card_text(kit, box, several)
    room = Rect(box.right - px(2.4) - width if mirrored else box.x + px(2.4), 0, width, height)
    room.centery = box.centery
    kit.text.draw(surface, text, room, colours.on_accent if lit else colours.ink, "right" if mirrored else "left")
    size = px(_TICK)
    spot = Rect(box.x + px(2) if mirrored else box.right - px(2) - size, box.centery - size // 2, size, size)
    if several:
        around = spot.inflate(px(0.8), px(0.8))
        panel(kit, surface, around, *((colours.on_accent,) * 2 if lit else (colours.card, colours.edge)), radius=0.7)
    if lit:
        icon(kit, surface, "tick", spot, colours.accent if several else colours.on_accent)


class Pill(NamedTuple):
    """What is on a round-ended button."""

    text: str = ""
    sign: Sign | None = None
    lit: bool = False
    bold: bool = False


def pill_width(kit: Kit, what: Pill, widest: float = 16) -> int:
    """How many pixels wide `pill` is; its text has at most `widest` u."""
    frame = kit.frame
    height = pill_height(kit)
    if not what.text:
        return max(height, frame.px(frame.touch + 1))
    text = _pill_text(kit, what, frame.px(widest)).width
    mark = frame.px(2.6) + frame.px(1) if what.sign else 0
    return max(frame.px(2.6) * 2 + mark + text, frame.px(frame.touch + 4))


def pill_height(kit: Kit) -> int:
    """How many pixels tall every pill is."""
    return kit.frame.px(kit.frame.touch + 0.3)


def pill(kit: Kit, surface: Surface, box: Rect, what: Pill, mirrored: bool = False) -> Rect:
    """A round-ended button that fills `box`, its sign before its text in reading order. Returns its box."""
    px = kit.frame.px
    fill, edge, ink = (
        (kit.colours.accent, kit.colours.accent, kit.colours.on_accent)
        if what.lit
        else (kit.colours.card, kit.colours.edge, kit.colours.ink)
    )
    panel(kit, surface, box, fill, edge, radius=kit.frame.touch)
    mark = px(3.6 if not what.text else 2.6) if what.sign else 0
    if not what.text:
        if what.sign:
            spot = Rect(0, 0, mark, mark)
            spot.center = box.center
            icon(kit, surface, what.sign, spot, ink)
        return box
    gap = px(1) if mark else 0
    block = _pill_text(kit, what, box.width - mark - gap - 2 * px(1.2))
    x = box.x + (box.width - mark - gap - block.width) // 2
    if what.sign:
        at = x + block.width + gap if mirrored else x
        icon(kit, surface, what.sign, Rect(at, box.centery - mark // 2, mark, mark), ink)
    words_x = x if mirrored or not mark else x + mark + gap
    kit.text.draw(surface, block, Rect(words_x, box.y, block.width, box.height), ink, "left")
    return box


def _pill_text(kit: Kit, what: Pill, width: int) -> Block:
    room = width, pill_height(kit)
    return kit.text.fit(what.text, room, kit.font(2.9), least=kit.least(1.6), lines=2, bold=what.bold)


def marks(kit: Kit, surface: Surface, middle: tuple[int, int], step: int, steps: int, mirrored: bool) -> None:
    """One mark a step, full up to the present one, which is taller; nothing when there is only one step."""
    if steps < 2:
        return
    px = kit.frame.px
    width, gap = px(_mark(steps)), px(1)
    x = middle[0] - (steps * width + (steps - 1) * gap) // 2
    for number in range(1, steps + 1):
        place = steps - number if mirrored else number - 1
        high = px(1.6 if number == step else 1.1)
        colours = (kit.colours.accent,) * 2 if number <= step else (kit.colours.card, kit.colours.edge)
        box = Rect(x + place * (width + gap), middle[1] - high // 2, width, high)
        panel(kit, surface, box, *colours, radius=1, border=px(0.2))


def marks_width(kit: Kit, steps: int) -> int:
    """How many pixels wide `marks` are."""
    return steps * kit.frame.px(_mark(steps)) + (steps - 1) * kit.frame.px(1) if steps > 1 else 0


def _mark(steps: int) -> float:
    """How wide a mark is, in u: with many of them less."""
    return min(5.0, 16 / steps)


def badge(kit: Kit, surface: Surface, middle: tuple[int, int], what: Sign | int, units: float = 7) -> None:
    """A round sign or number about `middle`, set off from what it lies on; `units` u across."""
    colours = kit.colours
    for across, colour in ((units * 1.22, colours.ground), (units, colours.accent)):
        box = Rect(0, 0, kit.frame.px(across), kit.frame.px(across))
        box.center = middle
        panel(kit, surface, box, colour, colour, radius=across)
    inner = Rect(0, 0, kit.frame.px(units * 0.54), kit.frame.px(units * 0.54))
    inner.center = middle
    if isinstance(what, int):
        room = kit.frame.px(units * 0.76), kit.frame.px(units)
        block = kit.text.fit(str(what), room, kit.least(units * 0.6), least=kit.least(units * 0.3), bold=True)
        around = Rect(0, 0, *room)
        around.center = middle
        kit.text.draw(surface, block, around, colours.on_accent)
    else:
        icon(kit, surface, what, inner, colours.on_accent)


def icon(kit: Kit, surface: Surface, name: Sign, box: Rect, colour: Colour) -> None:
    """A small sign that fills the square `box`."""
    put(surface, kit.shelf.get(("icon", name, box.width, colour), lambda: sign(name, box.width, colour)), box.topleft)
