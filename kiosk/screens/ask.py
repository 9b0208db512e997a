"""A follow-up: its question, what can be answered, Back and Skip. Never knows what an answer leads to."""

from __future__ import annotations

from collections.abc import Callable

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.theme import GROUND, INK, TOUCH
from kiosk.screens.view import Ask
from kiosk.screens.widgets import Kit, card, card_text, marks, pill, target
from kiosk.screens.words import rtl, said, words

_GAP = 1.8
"""Between two cards, in u."""
_TALLEST = 14
"""The most a card measures in height, in u."""


def draw(kit: Kit, surface: Surface, view: Ask) -> list[Target]:
    """Paint a follow-up of one of `KINDS`; its answers, Back and Skip are targets."""
    surface.fill(GROUND)
    frame = kit.frame
    mirrored = rtl(view.language)
    own = words(view.language)
    whole = frame.zone(2.4, frame.tall - 2.4)
    start, end = (whole.right, whole.left) if mirrored else (whole.left, whole.right)

    back = pill(kit, surface, (start, whole.top), own.gettext("Back"), arrow=True, right=mirrored)
    skip_top = whole.bottom - back.height
    skip = pill(kit, surface, (end, skip_top), own.gettext("Skip"), arrow=False, right=not mirrored)
    beside = Rect(whole.left if mirrored else back.right, back.y, whole.width - back.width, back.height)
    middle = beside.center if frame.portrait else (whole.centerx, back.centery)
    marks(kit, surface, middle, view.step, view.steps, mirrored)

    high = frame.tall * (0.15 if frame.portrait else 0.142)
    top = back.bottom / frame.u + 0.8
    question = frame.zone(top, top + high)
    px = frame.px
    text = said(view.followup.text, view.language)
    block = kit.text.fit(text, question.size, px(5.4), least=px(2.4), lines=2, bold=True)
    kit.text.draw(surface, block, question, INK)

    room = Rect(whole.left, question.bottom + px(1), whole.width, skip_top - px(1.8) - question.bottom - px(1))
    answers = _BODIES[view.followup.kind](kit, surface, room, view)
    return [*answers, target("back", back), target("skip", skip)]


def _choices(kit: Kit, surface: Surface, room: Rect, view: Ask) -> list[Target]:
    """One card a choice, row by row in reading order."""
    px = kit.frame.px
    mirrored = rtl(view.language)
    choices = view.followup.choices
    columns, rows = _grid(len(choices), kit.frame.portrait, room.height / kit.frame.u)
    gap = px(_GAP)
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
    blocks = kit.text.fit_alike(texts, card_text(kit, boxes[0]), px(3.1), least=px(1.8), lines=2)
    for choice, box, block in zip(choices, boxes, blocks, strict=True):
        card(kit, surface, box, block, choice.id in view.chosen, mirrored)
    return [target(f"choice:{choice.id}", box) for choice, box in zip(choices, boxes, strict=True)]


def _grid(count: int, portrait: bool, tall: float) -> tuple[int, int]:
    """Columns and rows for `count` cards in a room `tall` u high: one column while every card can be touched in it."""
    fits = int((tall + _GAP) / (TOUCH + 0.1 + _GAP))
    if count <= fits and (portrait or count in (1, 3)):
        return 1, count
    return 2, (count + 1) // 2


_BODIES: dict[str, Callable[[Kit, Surface, Rect, Ask], list[Target]]] = {"choice": _choices}
"""Who paints the answers of a kind of follow-up, between the question and Skip. Open text takes its place here."""

KINDS: frozenset[str] = frozenset(_BODIES)
"""The kinds of follow-up that can be shown."""
