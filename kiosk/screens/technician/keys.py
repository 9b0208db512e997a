"""The keys on which networks are typed: all of ASCII that can be seen, or what addresses have. Knows no field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import signs
from kiosk.screens.technician.cards import Text, plate, say
from kiosk.screens.technician.pages import Layer
from kiosk.screens.technician.signs import Name
from kiosk.screens.technician.theme import DARK, RAISED
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, target

ROWS = 5
"""How many rows of keys there are, on each layer."""
_WIDEST = 11
"""The most a letter's key measures in width, in u."""
_LETTERS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SIGNS = ("!\"#$%&'(", ")*+,-./:", ";<=>?@[\\", "]^_`{|}~")
_ADDRESS = ("12345", "67890", ".:/", "abcdef")
_SIGN: dict[str, Name] = {"shift": "shift", "delete": "delete"}


class _Key(NamedTuple):
    action: str
    weight: float
    cap: str


def draw(kit: Kit, surface: Surface, room: Rect, layer: Layer, ok: str = "OK", marks: str = "") -> list[Target]:
    """Paint the keys into `room`, whose width they share; what each types is its target, ``key:a``.

    `ok` is what the last one is called, `marks` are signs that stand where the space would.
    """
    width = min(room.width, 10 * kit.frame.px(_WIDEST))
    left = room.centerx - width // 2
    targets = []
    for number, row in enumerate(_rows(layer, ok, marks)):
        top, bottom = (room.y + room.height * at // ROWS for at in (number, number + 1))
        x = left + (width - width / 10 * sum(key.weight for key in row)) / 2
        for key in row:
            right = x + width / 10 * key.weight
            box = Rect(round(x), top, round(right) - round(x), bottom - top)
            _paint(kit, surface, box, key, layer)
            targets.append(target(key.action, box))
            x = right
    return targets


def _rows(layer: Layer, ok: str, marks: str) -> Sequence[Sequence[_Key]]:
    """Ten units wide each. The last row is the same on every layer but for the way to the other one."""
    delete = _Key("key:delete", 1.5, "")
    ends = _Key("no", 2, "Cancel"), _Key("ok", 2, ok)
    if layer == "address":
        rows = [[_Key(f"key:{sign}", 10 / len(row), sign) for sign in row] for row in _ADDRESS]
        rows[2] = [key._replace(weight=2.5) for key in (*rows[2], delete)]
        return [*rows, [key._replace(weight=5) for key in ends]]
    space = [_Key(f"key:{sign}", 4.2 / len(marks), sign) for sign in marks] or [_Key("key:space", 4.2, "space")]
    last = [ends[0], _Key("key:signs", 1.8, "abc" if layer == "signs" else "#+="), *space, ends[1]]
    if layer == "signs":
        rows = [[_Key(f"key:{sign}", 1.25, sign) for sign in row] for row in _SIGNS]
        rows[3] = [key._replace(weight=8.5 / 8) for key in rows[3]] + [delete]
    else:
        shown = [row.upper() if layer == "capital" else row for row in _LETTERS]
        rows = [[_Key(f"key:{letter}", 1, letter) for letter in row] for row in shown]
        rows[3] = [_Key("key:shift", 1.5, ""), *rows[3], delete]
    return [*rows, last]


def _paint(kit: Kit, surface: Surface, box: Rect, key: _Key, layer: Layer) -> None:
    gap = max(1, kit.frame.px(0.3))
    cap = box.inflate(-2 * gap, -2 * gap)
    lit = key.action == "ok" or (key.action == "key:shift" and layer == "capital")
    named = len(key.cap) != 1
    fill = DARK.accent if lit else DARK.card if named else RAISED
    ink = DARK.on_accent if lit else DARK.ink
    plate(kit, surface, cap, fill, DARK.accent if lit else DARK.edge, radius=0.8)
    if (name := key.action.removeprefix("key:")) in _SIGN:
        side = min(kit.frame.px(3.4), cap.height * 2 // 3, cap.width * 2 // 3)
        signs.sign(kit, surface, _SIGN[name], Rect(cap.centerx - side // 2, cap.centery - side // 2, side, side), ink)
        return
    size = max(LEGIBLE, min(kit.frame.px(2.3 if named else 3.2), cap.height * 3 // 5)) / kit.frame.u
    say(kit, surface, key.cap, cap, Text(size, ink, bold=lit or not named, align="centre"))
