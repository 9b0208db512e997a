"""The choice of a language and of how it is seen, on the attract screen and on one of its own. Knows no survey.

Eighteen languages are each as large as a finger (12 mm) on panels from 7 inches on, but for large texts and reach,
where that holds for about nine. On a smaller panel they share what there is: eighteen are some 5 mm tall on 3.5
inches, where a hand that reaches the lower half reaches all of it, so there they have the upper half too.
"""

from __future__ import annotations

from collections.abc import Sequence

from pygame import Rect, Surface

from kiosk.screens import strip, toggles
from kiosk.screens.endonyms import endonym
from kiosk.screens.target import Target
from kiosk.screens.text import LINE, Block, Typesetter
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.view import Attract, Languages
from kiosk.screens.widgets import Kit, Pill, icon, panel, pill, pill_height, pill_width, target
from kiosk.screens.words import rtl, words

FEW = 3
"""How many languages have a pill of their own on the attract screen; with more one pill leads to them all."""

_SMALLEST = 5
"""Where reach would leave a language less than this in height, in u, the upper half is used too."""
_SMALLEST_MM = 8
"""The same where the panel's dpi is known."""
_TALLEST = 9.6
"""The most a language measures in height, in u, where a finger is no larger."""
_ALONE, _ALONE_UPRIGHT = 14, 44
"""The most that the ways to see it measure in height where there is nothing else, in u: side by side, or stacked."""
_NARROW = 8
"""How wide a way to see it must be to stand beside Back, in sizes of the smallest print."""
_NAME = 3
"""The size of a language's name, in u."""


def pills(kit: Kit, surface: Surface, room: Rect, view: Attract, aside: bool) -> tuple[list[Target], Rect]:
    """The languages that can be chosen and the way to how it is seen, in the middle of `room` or at its start
    (`aside`); and the room left beside. They keep their room, but are not there, while a vote is lit.
    """
    if not view.languages:
        return [], room
    px, mirrored = kit.frame.px, rtl(view.language)
    few = [
        (f"language:{code}", Pill(endonym(code), "tick" if code == view.language else None, code == view.language))
        for code in view.languages
    ]
    seen = [("languages", Pill(sign="person"))]
    few = [*few, *seen] if len(few) > 1 else seen
    more = [("languages", Pill(endonym(view.language), "globe"))] if len(view.languages) > 1 else seen
    most = room.width * 2 // 3 if aside else room.width
    for offered in (few, more) if len(view.languages) <= FEW else (more,):
        # Room for the tick on each, so that none moves when another language is chosen.
        widths = [pill_width(kit, what._replace(sign=what.sign or "tick")) for _, what in offered]
        between = len(offered) - 1
        gap = max(px(0.6), min(px(1.4), (most - sum(widths)) // max(1, between)))
        whole = sum(widths) + gap * between
        if whole <= most:
            break
    whole = min(whole, most)
    x = room.centerx - whole // 2
    if aside:
        x = room.right - whole if mirrored else room.left
    beside = Rect(room.x + (0 if mirrored else whole + gap), room.y, room.width - whole - gap, room.height)
    targets: list[Target] = []
    if view.face is not None:
        return targets, beside
    across = x + whole if mirrored else x
    for (action, what), width in zip(offered, widths, strict=True):
        box = Rect(
            across - width if mirrored else across, room.centery - pill_height(kit) // 2, width, pill_height(kit)
        )
        targets.append(target(action, pill(kit, surface, box, what, mirrored)))
        across += -width - gap if mirrored else width + gap
    return targets, beside


def draw(kit: Kit, surface: Surface, view: Languages) -> list[Target]:
    """Paint every language, the three ways to see it, and Back: all of them targets.

    A single language is none to choose: then the ways to see it have the room.
    """
    surface.fill(kit.colours.ground)
    frame, px, own, mirrored = kit.frame, kit.frame.px, words(view.language), rtl(view.language)
    reach, high, alone = kit.modes.reach, pill_height(kit), len(view.languages) < 2
    whole = frame.zone(2.4, frame.tall - (1.2 if reach else 2.4))
    crowded = reach and not alone
    narrow = crowded and (whole.width - px(frame.touch)) // 3 < _NARROW * LEGIBLE
    what = Pill("" if crowded and not narrow else own.gettext("Back"), "right" if mirrored else "left")
    back = Rect(whole.x, whole.y, pill_width(kit, what, widest=12), high)
    if mirrored:
        back.right = whole.right

    row = Rect(whole.x, 0, whole.width, high)
    if frame.portrait and not alone:
        row.height = max(high, px(11))
    row.bottom = whole.bottom
    if reach:
        back.height = row.height if crowded and not narrow else high
        back.bottom = whole.bottom
    if narrow:
        row.bottom = back.top - px(0.8)
    elif reach:
        row.width -= back.width + px(1.4)
        row.x += 0 if mirrored else back.width + px(1.4)

    under = strip.place(kit, mirrored).bottom
    title = Rect(whole.x, under + px(0.6), whole.width, px(kit.high(8 if frame.portrait else 7)))
    room = Rect(whole.x, title.bottom + px(0.8), whole.width, 0)
    if reach:
        room.y = frame.height // 2 + 2
        title.height = min(room.y - px(2) - title.y, px(14))
    room.height = row.top - px(0.8 if reach else 1.4) - room.y
    if reach and not alone and _is_tight(kit, room, view.languages):
        title.height = min(title.height, px(kit.high(7)))
        room = Rect(room.x, title.bottom + px(0.8), room.width, room.bottom - title.bottom - px(0.8))
    text = own.gettext("Easier to see and reach") if alone else own.gettext("Choose your language")
    block = kit.text.fit(text, title.size, kit.font(5), least=kit.least(2.4), lines=2, bold=True)
    kit.text.draw(surface, block, title, kit.colours.ink)
    if alone:
        targets = toggles.draw(kit, surface, _middle(kit, room), view, stacked=frame.portrait)
    else:
        targets = _names(kit, surface, room, view, mirrored)
        targets += toggles.draw(kit, surface, row, view)
    targets.append(target("back", pill(kit, surface, back, what, mirrored)))
    if view.left_s is not None:
        strip.draw(kit, surface, view.language, view.left_s)
    return targets


def _middle(kit: Kit, room: Rect) -> Rect:
    """Where the ways to see it stand when they have `room` to themselves."""
    most = kit.frame.px(_ALONE_UPRIGHT if kit.frame.portrait else _ALONE)
    box = room.copy()
    box.height = min(room.height, most)
    box.centery = room.centery
    return box


def _is_tight(kit: Kit, room: Rect, codes: Sequence[str]) -> bool:
    """Whether `room` leaves a language too little to be touched with a hand that reaches no higher."""
    frame = kit.frame
    least = frame.px(_SMALLEST if frame.dpi is None else min(_SMALLEST_MM / 25.4 * frame.dpi / frame.u, frame.touch))
    return min(_cell(kit, room, *_grid(kit, room, codes))) < least


def _names(kit: Kit, surface: Surface, room: Rect, view: Languages, mirrored: bool) -> list[Target]:
    """Every language by its own name, in reading order; the present one with a tick."""
    px, colours = kit.frame.px, kit.colours
    columns, rows = _grid(kit, room, view.languages)
    gap = _gap(kit, room, rows)
    wide, high = _cell(kit, room, columns, rows)
    top = room.y + (room.height - rows * high - (rows - 1) * gap) // 2
    blocks = _fitted(kit, view.languages, (wide, high))
    kit.text.language = view.language
    targets = []
    for place, (code, block) in enumerate(zip(view.languages, blocks, strict=True)):
        row, column = divmod(place, columns)
        box = Rect(room.x + column * (wide + gap), top + row * (high + gap), wide, high)
        if mirrored:
            box.right = room.left + room.right - box.left
        lit = code == view.language
        panel(kit, surface, box, *((colours.accent,) * 2 if lit else (colours.card, colours.edge)), radius=1.6)
        if lit:
            size = min(px(2), box.height // 3)
            spot = Rect(box.x + px(0.5), box.y + px(0.5), size, size)
            if mirrored:
                spot.right = box.right - px(0.5)
            icon(kit, surface, "tick", spot, colours.on_accent)
        kit.text.draw(surface, block, box, colours.on_accent if lit else colours.ink)
        targets.append(target(f"language:{code}", box))
    return targets


def _grid(kit: Kit, room: Rect, codes: Sequence[str]) -> tuple[int, int]:
    """Columns and rows: each language as large as a finger where that can be, and its name as large as can be."""
    usual = kit.font(_NAME)
    widest = max(_in_its_own(kit, code).width(endonym(code), usual, False) for code in codes)
    finger = kit.frame.px(kit.frame.touch)

    def worth(columns: int) -> tuple[bool, bool, float, float]:
        rows = -(-len(codes) // columns)
        wide, high = _cell(kit, room, columns, rows)
        size = min(usual, usual * (wide - _pad(kit)) / widest, high / LINE)
        legible, touched = size >= LEGIBLE, min(high, wide, finger)
        if kit.modes.large:
            return legible, touched == finger, size * (touched / finger) ** 2, high
        return legible, touched == finger, touched, size

    columns = max(range(1, min(9, len(codes)) + 1), key=worth)
    return columns, -(-len(codes) // columns)


def _cell(kit: Kit, room: Rect, columns: int, rows: int) -> tuple[int, int]:
    """How wide and high a language is, in pixels."""
    gap = _gap(kit, room, rows)
    wide = (room.width - (columns - 1) * gap) // columns
    return wide, min((room.height - (rows - 1) * gap) // rows, kit.frame.px(max(_TALLEST, kit.frame.touch)))


def _gap(kit: Kit, room: Rect, rows: int) -> int:
    """Between two languages, in pixels: less where they need the room."""
    spare = room.height - rows * kit.frame.px(kit.frame.touch)
    return max(kit.frame.px(0.3), min(kit.frame.px(1.2), spare // max(1, rows - 1)))


def _fitted(kit: Kit, codes: Sequence[str], cell: tuple[int, int]) -> list[Block]:
    """The names in one size, each in its own language's letters."""
    room = max(1, cell[0] - _pad(kit)), cell[1]
    size = kit.font(_NAME)
    for code in codes:
        size = min(size, _in_its_own(kit, code).fit(endonym(code), room, size, least=LEGIBLE).size)
    return [_in_its_own(kit, code).fit(endonym(code), room, size, least=size) for code in codes]


def _pad(kit: Kit) -> int:
    """How much is left free beside a name, in pixels: its borders and a little ground."""
    return 2 * kit.border + kit.frame.px(0.6) + 2


def _in_its_own(kit: Kit, code: str) -> Typesetter:
    kit.text.language = code
    return kit.text
