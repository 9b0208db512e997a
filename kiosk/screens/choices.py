"""Choices as cards, one or several to be chosen. Never knows what a choice leads to."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.view import Ask
from kiosk.screens.widgets import Kit, card, card_text, target
from kiosk.screens.words import rtl, said

_GAP = 1.8
"""The most between two cards, in u; less where they need the room."""
_TALLEST = 14
"""The most a card measures in height, in u."""


def draw(kit: Kit, surface: Surface, room: Rect, view: Ask) -> list[Target]:
    """One card a choice, row by row in reading order."""
    px = kit.frame.px
    mirrored = rtl(view.language)
    choices = view.followup.choices
    columns, rows = _grid(kit, len(choices), room)
    gap = _gap(kit, rows, room)
    wide = (room.width - (columns - 1) * gap) // columns
    if columns == 1:
        wide = min(wide, px(72))
    high = min((room.height - (rows - 1) * gap) // rows, px(_TALLEST))
    left = room.centerx - (columns * wide + (columns - 1) * gap) // 2
    top = room.centery - (rows * high + (rows - 1) * gap) // 2
    boxes = []
    for place in range(len(choices)):
        row, column = divmod(place, columns)
        box = Rect(left + column * (wide + gap), top + row * (high + gap), wide, high)
        if mirrored:
            box.right = room.left + room.right - box.left
        boxes.append(box)

    texts = [said(choice.text, view.language) for choice in choices]
    lines = 3 if columns == 3 else 2
    several = view.followup.kind == "choices"
    blocks = kit.alike(texts, card_text(kit, boxes[0], several), kit.font(3.1), least=kit.least(1.8), lines=lines)
    for choice, box, block in zip(choices, boxes, blocks, strict=True):
        card(kit, surface, box, block, choice.id in view.chosen, mirrored, several)
    return [target(f"choice:{choice.id}", box) for choice, box in zip(choices, boxes, strict=True)]


def _grid(kit: Kit, count: int, room: Rect) -> tuple[int, int]:
    """Columns and rows for `count` cards: one column while every card can be touched in it, else as few as will do."""

    def rows_that_fit(gap: float) -> int:
        return int((room.height / kit.frame.u + gap) / (kit.frame.touch + gap))

    if count <= rows_that_fit(0.5 if kit.frame.portrait else _GAP) and (kit.frame.portrait or count in (1, 3)):
        return 1, count
    columns = 2
    if not kit.frame.portrait and -(-count // 2) > rows_that_fit(0):
        columns = 3
    return columns, -(-count // columns)


def _gap(kit: Kit, rows: int, room: Rect) -> int:
    spare = room.height - rows * kit.frame.px(kit.frame.touch)
    return max(0, min(kit.frame.px(_GAP), spare // max(1, rows - 1)))
