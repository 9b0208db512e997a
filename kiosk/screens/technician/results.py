"""What the votes say: index, happy share, the faces with what was answered after them, the week. Knows no vote."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import bars, heat
from kiosk.screens.technician.cards import (
    GAP,
    PAD,
    PLAIN,
    SMALL,
    Text,
    block,
    button,
    card,
    face,
    line,
    moods,
    say,
    split,
)
from kiosk.screens.technician.pages import FaceLine, Results
from kiosk.screens.technician.theme import DARK
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_VALUE = Text(3, bold=True, least=1.7, lines=2)
_NAME = SMALL._replace(least=1.4, lines=2)
_SHARE = SMALL._replace(colour=DARK.ink, bold=True)
_SHARES = 0.27, 0.39, 0.34
"""How the three figures share their card's width."""


def draw(kit: Kit, surface: Surface, room: Rect, body: Results) -> list[Target]:
    """Paint it into `room`; the span and whether marked votes count can be chosen."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    finger = px(kit.frame.touch)
    choices = Rect(room.x, room.y, room.width, finger)
    targets = _choices(kit, surface, choices, body)
    small = line(kit, SMALL.units)
    figures = _figures(kit, surface, (room.x, choices.bottom + gap, room.width), body)
    rest = Rect(room.x, figures.bottom + gap, room.width, room.bottom - figures.bottom - gap)
    if body.said:
        said = Rect(rest.x, rest.bottom - small, rest.width, small)
        say(kit, surface, body.said, said, SMALL)
        rest.height -= small + gap // 2
    if body.heat:
        legend = 2 * line(kit, 1.7) + px(2.8)
        wanted = len(body.faces) * small + 2 * px(PAD * 0.7)
        cell = (rest.height - gap - legend - wanted) // 7
        least = legend + 7 * max(7, min(cell, px(3.6 if kit.frame.portrait else 2.2)))
        faces = Rect(rest.x, rest.y, rest.width, rest.height - least - gap)
        week = Rect(rest.x, faces.bottom + gap, rest.width, least)
        heat.draw(kit, surface, card(kit, surface, week), body.heat)
    else:
        faces = rest
    inner = card(kit, surface, faces)
    if not body.faces:
        say(kit, surface, "No votes yet.", inner, PLAIN._replace(align="centre"))
    else:
        boxes = _rows(inner, len(body.faces), small)
        side = min(min(box.height for box in boxes) - 2, px(6))
        told = any(one.reasons for one in body.faces)
        for box, one in zip(boxes, body.faces, strict=True):
            _face(kit, surface, box, side, one, len(body.faces), told=told)
    return targets


def _rows(room: Rect, count: int, least: int) -> list[Rect]:
    """A box for each face, one below the other; two beside each other where that is too tight."""
    if room.height >= count * least:
        return split(room, count, 0, down=True)
    return [box for row in split(room, -(-count // 2), 0, down=True) for box in split(row, 2, least // 2)][:count]


def _choices(kit: Kit, surface: Surface, box: Rect, body: Results) -> list[Target]:
    left, right = split(box, 2, kit.frame.px(2))
    pairs = (
        (left, (("span:today", "Today", body.span == "today"), ("span:week", "Week", body.span == "week"))),
        (right, (("misuse:with", "With marked", body.misuse), ("misuse:without", "Without", not body.misuse))),
    )
    return [
        found
        for half, two in pairs
        for place, (action, text, lit) in zip(split(half, 2, kit.frame.px(0.5)), two, strict=True)
        for found in button(kit, surface, place, action, text, lit=lit)
    ]


def _figures(kit: Kit, surface: Surface, at: tuple[int, int, int], body: Results) -> Rect:
    """The figures in a card whose left, top and width are given; the card."""
    counted = f"votes ({body.marked} marked)" if body.misuse else f"votes ({body.marked} left out)"
    # One is never shown without the other: a figure that hides what was left out tells half.
    known = body.beside and body.beside != body.index
    other = f"index ({'unmarked' if body.misuse else 'all'}: {body.beside})" if known else "index"
    cells = ((body.index, other), (body.happy, "happy (95 %)"), (f"{body.votes:,}", counted))
    left, top, width = at
    px, gap = kit.frame.px, kit.frame.px(1.6)
    free = width - 2 * px(PAD) - 2 * gap
    blocks = []
    for (value, name), share in zip(cells, _SHARES, strict=True):
        wide = round(free * share)
        blocks.append((wide, block(kit, value, (wide, 9_999), _VALUE), block(kit, name, (wide, 9_999), _NAME)))
    over = max(upper.height for _, upper, _ in blocks)
    under = max(lower.height for _, _, lower in blocks)
    box = Rect(left, top, width, over + under + 2 * px(PAD * 0.7))
    inner = card(kit, surface, box)
    x = inner.x
    for wide, upper, lower in blocks:
        kit.text.draw(surface, upper, Rect(x, inner.y, wide, over), DARK.ink, "left")
        kit.text.draw(surface, lower, Rect(x, inner.y + over, wide, under), DARK.quiet, "left")
        x += wide + gap
    return box


def _face(kit: Kit, surface: Surface, box: Rect, side: int, one: FaceLine, count: int, *, told: bool) -> None:
    """The face, a bar with its share, and the reasons where any face has `told` some: below the bar, or beside it."""
    px = kit.frame.px
    face(kit, surface, moods(count)[one.face - 1], Rect(box.x, box.centery - side // 2, side, side))
    rest = Rect(box.x + side + px(1), box.y, box.width - side - px(1), box.height)
    small = line(kit, SMALL.units)
    two = told and rest.height >= 2 * small + px(0.6)
    upper = Rect(rest.x, rest.centery - small, rest.width, small) if two else rest
    share = f"{one.share * 100:.0f} % · {one.votes:,}"
    words = block(kit, share, (max(9 * LEGIBLE, px(14)), small), _SHARE)
    wide = max(px(11), round(6.4 * LEGIBLE), words.width)
    bar = Rect(upper.x, 0, upper.width // 4 if told and not two else upper.width * 3 // 5, min(small * 3 // 5, px(2.2)))
    bar.centery = upper.centery
    if upper.width < 2 * wide:
        bar.width = 0
    else:
        bars.share(kit, surface, bar, one.share)
    figure = Rect(bar.right + (px(1) if bar.width else 0), upper.y, wide, upper.height)
    kit.text.draw(surface, words, figure, DARK.ink, "left")
    below = Rect(rest.x, upper.bottom, rest.width, small)
    beside = Rect(figure.right, upper.y, rest.right - figure.right, upper.height)
    _reasons(kit, surface, below if two else beside, one.reasons)


def _reasons(kit: Kit, surface: Surface, box: Rect, reasons: tuple[tuple[str, int], ...]) -> None:
    """As many reasons as are told whole, the most frequent first."""
    for count in range(len(reasons), 0, -1):
        text = ", ".join(f"{reason} {times}" for reason, times in reasons[:count])
        text += ", …" if count < len(reasons) else ""
        found = block(kit, text, box.size, SMALL._replace(least=SMALL.units))
        if not found.cut or count == 1:
            kit.text.draw(surface, found, box, DARK.quiet, "left")
            return
