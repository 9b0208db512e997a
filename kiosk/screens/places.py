"""Where the question, the faces and the lines of the attract screen stand. Knows no text and no colour."""

from __future__ import annotations

from typing import NamedTuple

from pygame import Rect

from kiosk.screens.theme import LEGIBLE, QUESTION_SHARE, Frame
from kiosk.screens.widgets import Kit

ROWS = {2: ((1, 1), (2,)), 3: ((1, 1, 1), (3,)), 4: ((2, 2), (4,)), 5: ((3, 2), (5,))}
"""How many faces stand in each row of an upright screen; the second way only where it makes them larger in reach."""

_TOP = 2.4
_GAP = 1.2
_LABEL = 7.4
_LINE = 4.4
_FOOT = 3.2
"""Margin, the gap between a face and its label, a label of two lines or one, and a line of small text, in u."""
_LARGEST = 24
"""The most a face measures across, in u."""
_SMALL = 11
"""Below this, in u, a face takes the room of its label's second line."""


class Layout(NamedTuple):
    """The places; the same in every language, so that nothing jumps."""

    question: Rect
    room: Rect
    """Of the faces with their labels, or of the scores."""
    faces: tuple[Rect, ...]
    """A square each; none where scores are asked for."""
    labels: tuple[Rect, ...]
    """Beside each face: room for two lines, or for one wide one where the faces stand in one column."""
    above: bool
    """Whether the labels stand above the faces."""
    pills: Rect
    """Of the languages and the ways to see it; without height where there are none to choose."""
    today: Rect
    """Of how many have voted today."""
    foot: Rect
    """One line at the bottom, or two or three; in reach they stand below the question."""


class _Span(NamedTuple):
    """From one height to another, in u."""

    top: float
    bottom: float

    @property
    def high(self) -> float:
        return self.bottom - self.top


class _Cut(NamedTuple):
    """Faces cut to fit: how many in each row, how large, and their labels' height; in u."""

    rows: tuple[int, ...]
    side: float
    label: float


def layout(kit: Kit, faces: int, *, choosing: bool, counted: bool, did: bool) -> Layout:
    """The places of `faces` faces (0: scores), with something to be `choosing` from and lines at the bottom or not."""
    frame, reach = kit.frame, kit.modes.reach
    line = kit.high(_FOOT)
    bar = frame.touch + 0.3 if choosing else 0
    question = _Span(
        _TOP,
        _TOP
        + min(kit.high(frame.tall * QUESTION_SHARE), kit.high(13 if kit.modes.large and not frame.portrait else 16)),
    )
    alone = line if counted and (frame.portrait or not choosing or reach) else 0  # the count on a line of its own
    # What was done is told whole: two lines of the smallest print have their room, in the tallest script.
    foot = (3 if frame.portrait else 2) * max(line, 1.5 * LEGIBLE / frame.u) if did else line
    above = False
    if reach:
        pills = _Span(frame.tall - 1.4 - bar, frame.tall - 1.4)
        room = _Span(frame.tall / 2 + 0.3, pills.top - (0.9 if choosing else 0))
        above = bool(faces) and not frame.portrait
        until = frame.tall / 2 - (kit.high(_LABEL) + 0.8 if above else 1)
        question = _Span(_TOP, min(question.bottom, until - foot - alone))
        today, low = _Span(until - foot - alone, until - foot), _Span(until - foot, until)
    else:
        low = _Span(frame.tall - 0.8 - foot, frame.tall - 0.8)
        pills = _Span(low.top - 0.5 - bar, low.top - 0.5)
        today = _Span(pills.top - alone, pills.top) if alone else pills
        room = _Span(question.bottom, today.top - 0.6)
    cut = _cut(kit, faces, room, above) if faces else _Cut((), 0, 0)
    spots, labels = _stand(frame, cut, room, above)
    places = (frame.zone(*span) for span in (question, room, pills, today, low))
    at_question, at_room, at_pills, at_today, at_foot = places
    return Layout(at_question, at_room, spots, labels, above, at_pills, at_today, at_foot)


def _cut(kit: Kit, faces: int, room: _Span, above: bool) -> _Cut:
    """The largest faces that fit; in reach a second line of their labels gives way to them."""
    frame = kit.frame
    ways = ROWS[faces] if frame.portrait else ((faces,),)
    cuts = []
    for rows in ways if kit.modes.reach else ways[:1]:
        for lines in (_LABEL, _LINE) if max(rows) > 1 else (_LINE,):
            label = kit.high(lines)
            gap = 3.2 if max(rows) < 5 else 2.4
            below = 0 if above else _GAP + label
            high = (room.high - (len(rows) - 1) * 1.2) / len(rows) - below
            side = min(_LARGEST, (frame.wide - (max(rows) - 1) * gap) / max(rows), high)
            cuts.append(_Cut(rows, side, label))
            if side >= _SMALL:
                break
    return max(cuts, key=lambda cut: cut.side)


def _stand(frame: Frame, cut: _Cut, room: _Span, above: bool) -> tuple[tuple[Rect, ...], tuple[Rect, ...]]:
    """The faces' squares and the boxes of their labels, row by row."""
    if not cut.rows:
        return (), ()
    columns, side = max(cut.rows), cut.side
    across = min((frame.wide - columns * side) / max(1, columns - 1), max(9, side * 0.45))
    width = frame.wide if columns == 1 else side + min(across - 1, 7)
    high = side if above else side + _GAP + cut.label
    down = min((room.high - len(cut.rows) * high) / (len(cut.rows) + 1), 6)
    y = room.top + (room.high - len(cut.rows) * high - (len(cut.rows) - 1) * down) / 2
    spots: list[Rect] = []
    labels: list[Rect] = []
    for row in cut.rows:
        x = (frame.width / frame.u - row * side - (row - 1) * across) / 2
        for _ in range(row):
            spot = Rect(round(x * frame.u), round(y * frame.u), frame.px(side), frame.px(side))
            label = Rect(0, spot.bottom + frame.px(_GAP), frame.px(width), int(cut.label * frame.u))
            if above:
                label.bottom = round(room.top * frame.u) - frame.px(0.8)
            label.centerx = spot.centerx
            spots.append(spot)
            labels.append(label)
            x += side + across
        y += high + down
    return tuple(spots), tuple(labels)
