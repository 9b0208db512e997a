"""The screen test: what it is, then plain colours and a frame on the whole screen. Knows no display."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import signs
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, Text, block, button, card, line, say, split
from kiosk.screens.technician.pages import ScreenTest
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.theme import Colour
from kiosk.screens.widgets import Kit, target

COLOURS: tuple[tuple[str, Colour], ...] = (
    ("Red", (255, 0, 0)),
    ("Green", (0, 255, 0)),
    ("Blue", (0, 0, 255)),
    ("White", (255, 255, 255)),
    ("Black", (0, 0, 0)),
)
"""The steps before the frame, in order."""
_FRAME = len(COLOURS) + 1
_WHITE, _BLACK = COLOURS[3][1], COLOURS[4][1]


def draw(kit: Kit, surface: Surface, room: Rect, body: ScreenTest) -> list[Target]:
    """Paint the page into `room`, or a step over the whole screen, which is then one target."""
    if body.step:
        whole = surface.get_rect()
        if body.step < _FRAME:
            surface.fill(COLOURS[body.step - 1][1])
        else:
            _frame(kit, surface, body)
        return [target("next", whole)]
    return _page(kit, surface, room, body)


def _page(kit: Kit, surface: Surface, room: Rect, body: ScreenTest) -> list[Target]:
    px, gap = kit.frame.px, kit.frame.px(GAP)
    facts = Rect(room.x, room.y, room.width, max(px(9), 3 * line(kit, SMALL.units)))
    figures = ((f"{body.size[0]} × {body.size[1]}", "pixels"), (f"{body.rotate}°", "turned by"))
    for box, (value, name) in zip(split(facts, 2, gap), figures, strict=True):
        inner = card(kit, surface, box)
        low = line(kit, SMALL.units)
        over = Rect(inner.x, inner.y, inner.width, inner.height - low)
        say(kit, surface, value, over, Text(3.4, bold=True, least=1.8))
        say(kit, surface, name, Rect(inner.x, inner.bottom - low, inner.width, low), SMALL)
    high = max(px(8), px(kit.frame.touch))
    start = Rect(room.x, room.bottom - high, room.width, high)
    said = Rect(room.x, facts.bottom + gap, room.width, max(px(7), 3 * line(kit, 2)))
    say(kit, surface, body.said, said, PLAIN)
    steps = Rect(room.x, said.bottom + gap, room.width, start.y - gap - said.bottom - gap)
    rows = split(steps, 2, gap, down=True) if kit.frame.portrait else [steps]
    boxes = [box for row in rows for box in split(row, _FRAME // len(rows), gap)]
    for number, box in enumerate(boxes, 1):
        _swatch(kit, surface, box, number)
    return button(kit, surface, start, "next", "Start: a touch goes on", sign="right")


def _swatch(kit: Kit, surface: Surface, box: Rect, step: int) -> None:
    """A small picture of a step, with its name."""
    low = line(kit, SMALL.units)
    picture = Rect(box.x, box.y, box.width, box.height - low - kit.frame.px(0.4))
    name = "Frame"
    if step < _FRAME:
        name, colour = COLOURS[step - 1]
        surface.fill(colour, picture)
        edge: Colour = TRACK
    else:
        surface.fill(_BLACK, picture)
        edge = _WHITE
        side = min(picture.width, picture.height) // 2
        spot = Rect(picture.centerx - side // 2, picture.centery - side // 2, side, side)
        signs.sign(kit, surface, "up", spot, _WHITE)
    _outline(surface, picture, edge)
    under = Rect(box.x, box.bottom - low, box.width, low)
    say(kit, surface, f"{step} {name}", under, SMALL._replace(align="centre", colour=DARK.ink))


def _frame(kit: Kit, surface: Surface, body: ScreenTest) -> None:
    """Lines along all four edges, numbered corners, an arrow that must point up."""
    px = kit.frame.px
    whole = surface.get_rect()
    surface.fill(_BLACK)
    _outline(surface, whole, _WHITE)
    side = min(whole.size) * 2 // 5
    signs.sign(kit, surface, "up", Rect(whole.centerx - side // 2, whole.centery - side * 2 // 3, side, side), _WHITE)
    box = px(8)
    places = ((0, 0), (1, 0), (1, 1), (0, 1))
    for number, (right, down) in enumerate(places, 1):
        x = whole.right - box - px(2) if right else px(2)
        y = whole.bottom - box - px(2) if down else px(2)
        say(kit, surface, str(number), Rect(x, y, box, box), Text(5, _WHITE, bold=True, align="centre"))
    text = f"{body.size[0]} × {body.size[1]}: this arrow points up, 1 is at the top left, a line runs along every edge"
    wide = whole.width - 2 * px(12)
    words = block(kit, text, (wide, px(10)), Text(2.4, _WHITE, align="centre", lines=3))
    top = min(whole.centery + side * 2 // 5, whole.bottom - px(3) - words.height)
    kit.text.draw(surface, words, Rect(px(12), top, wide, words.height), _WHITE)


def _outline(surface: Surface, box: Rect, colour: Colour) -> None:
    """A line one pixel thick within the edges of `box`."""
    surface.fill(colour, (box.x, box.y, box.width, 1))
    surface.fill(colour, (box.x, box.bottom - 1, box.width, 1))
    surface.fill(colour, (box.x, box.y, 1, box.height))
    surface.fill(colour, (box.right - 1, box.y, 1, box.height))
