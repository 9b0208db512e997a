"""What is wrong with the kiosk, in words: for a visitor, or for an installer. Never knows how to mend it."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens import faces
from kiosk.screens.target import Target
from kiosk.screens.text import LINE, Align, Block
from kiosk.screens.theme import Colour
from kiosk.screens.view import Trouble
from kiosk.screens.widgets import Kit, panel, put
from kiosk.screens.words import rtl, words

_MOST = 40
"""Details that are looked at; no screen holds more."""


def draw(kit: Kit, surface: Surface, view: Trouble) -> list[Target]:
    """Paint the trouble; nothing on it can be touched."""
    surface.fill(kit.colours.ground)
    if view.problem == "store":
        _store(kit, surface, view)
    else:
        _settings(kit, surface, view)
    return []


def _store(kit: Kit, surface: Surface, view: Trouble) -> None:
    """A face asleep and a friendly word; what a technician wants to know stands small at the bottom."""
    frame, fit, px = kit.frame, kit.text.fit, kit.frame.px
    own = words(view.language)
    room = frame.zone(2, frame.tall - 2)
    spot = Rect(0, 0, px(19), px(19))
    title_box = room.width, px(kit.high(14))
    title = fit(
        own.gettext("Sorry, we can’t take votes right now"),
        title_box,
        kit.font(5),
        least=kit.least(3),
        lines=2,
        bold=True,
    )
    body = fit(
        own.gettext("Please let our staff know."),
        (room.width, px(kit.high(9))),
        kit.font(3.4),
        least=kit.least(2),
        lines=2,
    )
    left = room.height - spot.height - title.height - body.height - px(3 + 1.4 + 2.6)
    details = _as_many_as_fit(kit, view, (room.width, left), (1.9,), gap=0)

    spot.midtop = frame.width // 2, room.y + (left - _height(details, 0)) // 2
    put(surface, faces.face(kit.shelf, faces.ASLEEP, spot.width, high_contrast=kit.modes.contrast), spot)
    y = _below(kit, surface, title, room, spot.bottom + px(3), kit.colours.ink, "centre")
    y = _below(kit, surface, body, room, y + px(1.4), kit.colours.quiet, "centre")
    _stack(kit, surface, details, room.move(0, y + px(2.6) - room.y), 0, kit.colours.quiet, "centre")


def _settings(kit: Kit, surface: Surface, view: Trouble) -> None:
    """A title, what to do, and a card with as many mistakes as fit."""
    frame, fit, px = kit.frame, kit.text.fit, kit.frame.px
    own = words(view.language)
    align: Align = "right" if rtl(view.language) else "left"
    room = frame.zone(3, frame.tall - 3)
    title_box = room.width, px(kit.high(12))
    title = fit(
        own.gettext("The settings need a correction"),
        title_box,
        kit.font(4.8),
        least=kit.least(2.8),
        lines=2,
        bold=True,
    )
    body_box = room.width, px(kit.high(8))
    body = fit(
        own.gettext("Correct these lines; the kiosk then goes on by itself."),
        body_box,
        kit.font(2.9),
        least=kit.least(2),
        lines=2,
    )
    y = _below(kit, surface, title, room, room.y, kit.colours.ink, align)
    y = _below(kit, surface, body, room, y + px(0.8), kit.colours.quiet, align) + px(2)

    inner = Rect(room.x, y, room.width, room.bottom - y).inflate(-px(5), -px(4))
    gap = px(1.6)
    details = _as_many_as_fit(kit, view, inner.size, (3.2, 2.9, 2.6, 2.3, 2), gap)
    inner.height = _height(details, gap)
    if details:
        panel(kit, surface, inner.inflate(px(5), px(4)), kit.colours.card, kit.colours.edge, radius=1.8)
        _stack(kit, surface, details, inner, gap, kit.colours.ink, "left")


def _below(kit: Kit, surface: Surface, block: Block, room: Rect, y: int, colour: Colour, align: Align) -> int:
    """Draw `block` from `y` down; where it ends."""
    kit.text.draw(surface, block, Rect(room.x, y, room.width, block.height), colour, align)
    return y + block.height


def _as_many_as_fit(kit: Kit, view: Trouble, room: tuple[int, int], sizes: tuple[float, ...], gap: int) -> list[Block]:
    """The details in the largest of `sizes` (u) that shows them all; or some in the smallest, and how many are left."""
    blocks: list[Block] = []
    for units in sizes:
        size = kit.least(units)
        spare = 0 if len(view.details) == 1 else round(size * LINE) + gap  # for how many more there are
        lines = max(1, (room[1] - spare) // round(size * LINE))
        blocks = [
            kit.text.fit(detail, room, size, least=size, lines=lines, even=False) for detail in view.details[:_MOST]
        ]
        if len(blocks) == len(view.details) and _height(blocks, gap) <= room[1]:
            return blocks
    more = words(view.language).gettext("and %(count)d more")
    while blocks:
        left = len(view.details) - len(blocks)
        last = kit.text.fit(more % {"count": left}, room, size, least=size)
        if _height([*blocks, last], gap) <= room[1]:
            return [*blocks, last]
        blocks.pop()
    return blocks


def _height(blocks: list[Block], gap: int) -> int:
    return sum(block.height for block in blocks) + gap * max(0, len(blocks) - 1)


def _stack(kit: Kit, surface: Surface, blocks: list[Block], room: Rect, gap: int, colour: Colour, align: Align) -> None:
    """The blocks one below the other, the place that a mistake names in a colour of its own."""
    y = room.y
    for block in blocks:
        place, colon, _ = " ".join(block.lines).partition(": ")
        head = len(place) + 1 if colon and colour == kit.colours.ink else 0
        kit.text.draw(
            surface, block, Rect(room.x, y, room.width, block.height), colour, align, (head, kit.colours.correct)
        )
        y += block.height + gap
