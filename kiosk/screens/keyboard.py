"""Open text: what is typed, a word about what not to type, and the keys. Never knows what a key does."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pygame
from pygame import Rect, Surface

from kiosk import entry as typing
from kiosk.entry import Entry
from kiosk.layouts import Layout, layout
from kiosk.screens import field
from kiosk.screens.icons import OVERSIZE, Pen
from kiosk.screens.target import Target
from kiosk.screens.theme import LEGIBLE, Colour
from kiosk.screens.view import Ask
from kiosk.screens.widgets import Kit, panel, target
from kiosk.screens.words import rtl, words

_WIDEST = 11
"""The most a letter's key measures in width, in u."""
_TALLEST = 1.25
"""The most a key measures in height, in heights of a target."""
_BETWEEN = 0.3
"""Half the gap that is drawn between two keys, in u: to the touch they adjoin."""
_NOTE_LINES = 3
"""The most lines of the note, on the narrowest screens."""
_CIRCLE = "\u25cc"
"""Stands for the letter that a mark will sit on."""
_CAPS = {"゛": "小ﾞﾟ", "symbols": "123"}
_NAMED = ("delete", "shift", "symbols", "letters", "close")


class _Key(NamedTuple):
    name: str
    """What it types, or what else it does."""
    box: Rect
    """Where it can be touched."""
    cap: Rect
    """Where it is drawn."""


class _Rooms(NamedTuple):
    field: Rect
    note: Rect | None
    """None where the note stands in the field while that is empty."""
    rows: tuple[Rect, ...]


def draw(kit: Kit, surface: Surface, room: Rect, view: Ask) -> list[Target]:
    """Paint field, note and keys into `room`, whose bottom the keys stand on; each key is a target `key:…`.

    The keys are as wide as the screen lets them: the margins beside `room` are theirs too.
    """
    keys = _layout(view)
    entry = view.entry or typing.start(keys)
    own = words(view.language)
    note, full, space = _note(view), own.gettext("That is all that fits."), own.gettext("Space")
    rooms = _rooms(kit, room, note)
    hint = own.gettext("Write here") if rooms.note else note
    field.draw(kit, surface, rooms.field, entry.text, hint, keys.rtl if entry.text else rtl(view.language))
    if rooms.note:
        said = full if entry.full else note
        block = kit.text.fit(said, rooms.note.size, _note_size(kit), least=LEGIBLE, lines=_NOTE_LINES, bold=entry.full)
        kit.text.draw(surface, block, rooms.note, kit.colours.ink if entry.full else kit.colours.quiet)
    elif entry.full:
        space = full  # which types nothing any more

    placed = _keys(kit, rooms.rows, entry, keys)
    for key in placed:
        _paint(kit, surface, key, entry, keys, space)
    return [target(f"key:{key.name}", key.box) for key in placed]


def warm(kit: Kit, room: Rect, view: Ask) -> Iterator[None]:
    """Puts the caps of every layer on the shelf, one a step, so that no touch has to wait for them."""
    keys = _layout(view)
    space = words(view.language).gettext("Space")
    rows = _rooms(kit, room, _note(view)).rows
    nowhere = Surface((1, 1))
    once = Entry(shift="once", by_hand=True)
    for entry in (Entry(shift="off"), once, Entry(shift="lock"), Entry(shift="off", layer="symbols")):
        for key in _keys(kit, rows, entry, keys):
            _paint(kit, nowhere, key, entry, keys, space)
            yield


def _layout(view: Ask) -> Layout:
    """What `view` is typed on; plain Latin letters where a survey asks for what there is not."""
    found = layout(view.language, view.followup.keyboard(view.language)) or layout(view.language, "latin")
    assert found is not None
    return found


def _note(view: Ask) -> str:
    return words(view.language).gettext("Please leave no e-mail address, phone or card number: they are not kept.")


def _rooms(kit: Kit, room: Rect, note: str) -> _Rooms:
    """The keys come first, then a field of one line, then the note; what is left over makes the field taller."""
    px = kit.frame.px
    gap, line = px(0.7), round(field.size_of(kit) * 1.3)
    least = line + px(field.PAD)
    wide = kit.text.fit(note, (room.width, 9_999), _note_size(kit), least=LEGIBLE, lines=_NOTE_LINES)
    noted = wide.height + gap
    finger = px(kit.frame.touch)
    most = (room.bottom - kit.frame.height // 2 - 1) // 4 if kit.modes.reach else room.height
    row = min(round(finger * _TALLEST), most, (room.height - least - noted - 2 * gap) // 4)
    tight = row < min(finger, most) * 0.9
    if tight:
        noted = 0
        inside = kit.text.fit(note, (room.width - 2 * px(field.PAD), 9_999), LEGIBLE, least=LEGIBLE, lines=field.LINES)
        least = max(least, inside.height + px(field.PAD))
        row = min(finger, most, (room.height - least - gap) // 4)
    rest = room.height - 4 * row - noted - gap
    typed = Rect(room.x, room.y, room.width, min(rest, field.LINES * line + px(field.PAD)))
    below = Rect(room.x, typed.bottom + gap // 2, room.width, noted)
    top = room.bottom - 4 * row
    rows = tuple(Rect(0, top + number * row, kit.frame.width, row) for number in range(4))
    return _Rooms(typed, None if tight else below, rows)


def _note_size(kit: Kit) -> int:
    return kit.font(2.1)


def _keys(kit: Kit, rows: Sequence[Rect], entry: Entry, keys: Layout) -> list[_Key]:
    columns = _columns(keys.letters, shift=bool(keys.shifted))
    width = min(kit.frame.width, columns * kit.frame.px(_WIDEST))
    rows = [Rect((kit.frame.width - width) // 2, row.y, width, row.height) for row in rows]
    offered = typing.offers(entry, keys)
    placed = []
    if offered:
        placed += _offer(kit, rows[:3], offered, keys.rtl)
    else:
        shown = typing.keys(entry, keys)
        shift = bool(keys.shifted) and entry.layer == "letters"
        across = _columns(shown, shift)
        for row, letters in zip(rows, shown[:2], strict=False):
            placed += _row(kit, row, [(letter, 1.0) for letter in letters], across)
        free = across - len(shown[2])
        side = min(2.0, free / 2) if shift else min(2.0, free)
        third = [(letter, 1.0) for letter in shown[2]] + [("delete", side)]
        if shift:
            third.insert(0, ("shift", side))
        if keys.rtl:
            third.insert(0, third.pop())
        placed += _row(kit, rows[2], third, across)
    back = ("symbols" if entry.layer == "letters" else "letters", 2.0)
    before, after = ([(end, 1.0) for end in ends] for ends in keys.ends)
    bottom = [back, *before, ("space", columns - 2.0 - len(before) - len(after)), *after]
    return placed + _row(kit, rows[3], bottom[::-1] if keys.rtl else bottom, columns)


def _columns(rows: Sequence[Sequence[str]], shift: bool) -> int:
    """How many keys the widest row holds, delete and shift among them."""
    return max(*map(len, rows), len(rows[-1]) + (2 if shift else 1))


def _row(kit: Kit, row: Rect, keys: Sequence[tuple[str, float]], columns: float) -> list[_Key]:
    """Keys side by side in the middle of `row`, which holds `columns` of them; the outer ones reach to its ends."""
    unit = row.width / columns
    x = row.x + (row.width - unit * sum(weight for _, weight in keys)) / 2
    placed = []
    for number, (name, weight) in enumerate(keys):
        left, right = round(x), round(x + weight * unit)
        drawn = Rect(left, row.y, right - left, row.height)
        box = Rect(drawn)
        if number == 0:
            box.x, box.width = row.x, right - row.x
        if number == len(keys) - 1:
            box.width = row.right - box.x
        between = 2 * kit.frame.px(_BETWEEN)
        placed.append(_Key(name, box, drawn.inflate(-between, -between)))
        x += weight * unit
    return placed


def _offer(kit: Kit, rows: Sequence[Rect], offered: Sequence[str], mirrored: bool) -> list[_Key]:
    """What a long press offers, in the place of the letters, and a key to leave it at that."""
    all_ = [*offered, "close"]
    lines = 1 if len(all_) <= 7 else 2 if len(all_) <= 14 else 3
    across = -(-len(all_) // lines)
    placed = []
    for number, row in enumerate([rows[1]] if lines == 1 else rows[:lines]):
        part = [(name, 1.0) for name in all_[number * across : (number + 1) * across]]
        placed += _row(kit, row, part[::-1] if mirrored else part, max(across, 6))
    return placed


def _paint(kit: Kit, surface: Surface, key: _Key, entry: Entry, keys: Layout, space: str) -> None:
    px = kit.frame.px
    lit = key.name == "shift" and entry.shift != "off"
    chosen = bool(entry.offered) and key.name == entry.offered
    fill = kit.colours.accent if lit else kit.colours.ground if key.name in _NAMED else kit.colours.card
    panel(kit, surface, key.cap, fill, kit.colours.accent if lit or chosen else kit.colours.edge, radius=1)
    colour = kit.colours.on_accent if lit else kit.colours.ink
    side = min(px(3.4), key.cap.height * 2 // 3, key.cap.width * 2 // 3)
    spot = Rect(0, 0, side, side)
    spot.center = key.cap.center
    if key.name == "shift" and keys.second == "page":
        leads = keys.letters if lit else keys.shifted
        _text(kit, surface, key.cap, leads[0][0] + "…", colour)
    elif key.name in ("shift", "delete", "close"):
        name = f"shift {entry.shift}" if key.name == "shift" else key.name
        _sign(kit, surface, name, spot, colour, keys.rtl)
    elif key.name == "space":
        _text(kit, surface, key.cap, space, kit.colours.quiet, small=True)
    else:
        cap = keys.label if key.name == "letters" else _CAPS.get(key.name, key.name)
        if unicodedata.category(cap[0])[0] == "M":
            cap = _CIRCLE + cap
        _text(kit, surface, key.cap, cap, colour, small=len(cap) > 2)
        if keys.others.get(key.name) and not entry.offered:
            dot = max(1, px(0.22))
            corner = key.cap.left if keys.rtl else key.cap.right
            at = (corner + (px(1) if keys.rtl else -px(1)), key.cap.top + px(1))
            pygame.draw.circle(surface, kit.colours.edge, at, dot)


def _text(kit: Kit, surface: Surface, cap: Rect, text: str, colour: Colour, *, small: bool = False) -> None:
    px = kit.frame.px
    room = (cap.width - px(0.6), cap.height)
    size = max(LEGIBLE, min(kit.font(2.6 if small else 3.6), round(cap.height * 0.56)))
    block = kit.text.fit(text, room, size, least=LEGIBLE)
    kit.text.draw(surface, block, cap, colour)


def _sign(kit: Kit, surface: Surface, name: str, box: Rect, colour: Colour, mirrored: bool) -> None:
    """A sign that fills the square `box`: `delete`, `close`, or `shift` with how it stands."""

    def make() -> Surface:
        large = box.width * OVERSIZE
        canvas = Surface((large, large), pygame.SRCALPHA)
        pen = Pen(canvas, colour, (large / 2, large / 2), large / 2)
        ahead = 1 if mirrored else -1
        match name:
            case "delete":
                outline = [(0.92, 0), (0.4, -0.62), (-0.88, -0.62), (-0.88, 0.62), (0.4, 0.62), (0.92, 0)]
                pen.line([(ahead * x, y) for x, y in outline], 0.14)
                for up in (-1, 1):
                    pen.line([(ahead * 0.12, 0.26 * up), (ahead * -0.4, -0.26 * up)], 0.14)
            case "close":
                for up in (-1, 1):
                    pen.line([(-0.6, 0.6 * up), (0.6, -0.6 * up)], 0.18)
            case _:
                high = 0.3 if name == "shift lock" else 0.66
                arrow = [(0, -0.82), (0.74, -0.06), (0.34, -0.06), (0.34, high), (-0.34, high), (-0.34, -0.06)]
                arrow.append((-0.74, -0.06))
                if name == "shift off":
                    pen.line([*arrow, arrow[0]], 0.14)
                else:
                    pen.blob(arrow, 0.06)
                if name == "shift lock":
                    pen.line([(-0.34, 0.72), (0.34, 0.72)], 0.2)
        return pygame.transform.smoothscale(canvas, box.size)

    picture = kit.shelf.get(("sign", name, box.width, colour, mirrored), make)
    surface.blit(picture, box.topleft, special_flags=pygame.BLEND_PREMULTIPLIED)
