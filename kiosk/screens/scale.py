"""The scores from 0 to 10, with words for both ends. Never knows what a score leads to."""

from __future__ import annotations

from collections.abc import Callable

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.text import LINE
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, lit_panel, panel, target
from kiosk.screens.words import rtl, said, words
from kiosk.survey import SCORES, FollowUp, Question

_WORDS = 5
"""The room for the words at the ends, in u; on the smallest screens two lines of the smallest print."""
_TALLEST = 13
"""The most a score measures in height, in u."""


def ends(asked: Question | FollowUp, language: str) -> tuple[str, str]:
    """What 0 and 10 mean: the survey's words, or the kiosk's own."""
    own = words(language)
    low = said(asked.low, language) if asked.low else own.gettext("Not at all likely")
    high = said(asked.high, language) if asked.high else own.gettext("Very likely")
    return low, high


def draw(
    kit: Kit,
    surface: Surface,
    room: Rect,
    asked: Question | FollowUp,
    language: str,
    chosen: int | None,
    action: Callable[[int], str],
) -> list[Target]:
    """Paint the scores into `room`, from 0 in reading order; each is a target, called what `action` says."""
    frame, mirrored = kit.frame, rtl(language)
    finger = frame.px(frame.touch)
    gap = frame.px(0.8)
    word = max(frame.px(kit.high(_WORDS)), gap + round(2 * LEGIBLE * LINE))
    rows = _rows(room, finger, word)
    columns = -(-SCORES // rows)
    wide = room.width // columns
    high = min((room.height - (2 if rows > 1 else 1) * word) // rows, max(finger, wide * 5 // 4), frame.px(_TALLEST))
    top = room.centery - (rows * high + (2 if rows > 1 else 1) * word) // 2 + (word if rows > 1 else 0)
    targets = []
    for score in range(SCORES):
        row, column = divmod(score, columns)
        box = Rect(room.x + (room.width - columns * wide) // 2 + column * wide, top + row * high, wide, high)
        if mirrored:
            box.right = room.left + room.right - box.left
        _score(kit, surface, box, score, score == chosen)
        targets.append(target(action(score), box))

    half = Rect(room.x, top + rows * high + gap, room.width // 2 - frame.px(1), word - gap)
    blocks = kit.alike(ends(asked, language), half.size, kit.font(2.7), least=kit.least(1.6), lines=2)
    for end, block in enumerate(blocks):
        box = half.copy()
        if rows > 1 and end == 0:
            box.bottom = top - gap
        on_the_right = (end == 1) is not mirrored
        if on_the_right:
            box.right = room.right
        kit.text.draw(surface, block, box, kit.colours.ink, "right" if on_the_right else "left")
    return targets


def _rows(room: Rect, finger: int, word: int) -> int:
    """The fewest rows in which every score is as large as a finger; where none will do, those that come nearest."""

    def least(rows: int) -> int:
        words_high = (2 if rows > 1 else 1) * word
        return min(finger, room.width // -(-SCORES // rows), (room.height - words_high) // rows)

    return max((1, 2, 3), key=least)


def _score(kit: Kit, surface: Surface, box: Rect, score: int, lit: bool) -> None:
    shown = box.inflate(-kit.frame.px(0.7), -kit.frame.px(0.7))
    if lit:
        lit_panel(kit, surface, shown, radius=1.4)
    else:
        panel(kit, surface, shown, kit.colours.card, kit.colours.edge, radius=1.4)
    block = kit.text.fit(str(score), shown.size, kit.font(3.8), least=kit.least(2), bold=True)
    kit.text.draw(surface, block, shown, kit.colours.on_accent if lit else kit.colours.ink)
