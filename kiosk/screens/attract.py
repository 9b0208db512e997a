"""The question with its faces, and the face that was pressed. Never knows what a press leads to."""

from __future__ import annotations

from typing import NamedTuple

import pygame
from pygame import Rect, Surface

from kiosk.screens import faces
from kiosk.screens.target import Target
from kiosk.screens.theme import GROUND, INK, LEGIBLE, QUESTION_SHARE, QUIET, Frame
from kiosk.screens.view import Attract
from kiosk.screens.widgets import Kit, target
from kiosk.screens.words import said
from kiosk.survey import Survey

ROWS = {2: (1, 1), 3: (1, 1, 1), 4: (2, 2), 5: (3, 2)}
"""How many faces stand in each row of an upright screen."""

_TOP, _BOTTOM = 3, 2.6
_GAP = 1.2
_LABEL = 7.4
_LINE = 4.4
"""Margins, the gap between a face and its label, and a label of two lines or one, in u."""
_LARGEST = 24
"""The most a face measures across, in u."""


class Layout(NamedTuple):
    """Where the question and the faces stand; the same in every language, so that nothing jumps."""

    question: Rect
    faces: tuple[Rect, ...]
    """A square each."""
    labels: tuple[Rect, ...]
    """Below each face; room for two lines, or for one wide one where the faces stand in one column."""


def draw(kit: Kit, surface: Surface, survey: Survey, view: Attract) -> list[Target]:
    """Paint the question, the faces and their labels; every face is a target. A notice stands small at the bottom."""
    surface.fill(GROUND)
    places = layout(kit.frame, len(survey.faces))
    px = kit.frame.px
    question = said(survey.question.text, view.language)
    block = kit.text.fit(question, places.question.size, px(6.4), least=px(2.6), lines=2, bold=True)
    kit.text.draw(surface, block, places.question, INK)

    labels = [said(face.label, view.language) for face in survey.faces]
    blocks = kit.text.fit_alike(labels, places.labels[0].size, px(3.1), least=px(1.8), lines=2, bold=True)
    for number, (mood, spot, room, block) in enumerate(
        zip(faces.MOODS[len(survey.faces)], places.faces, places.labels, blocks, strict=True), 1
    ):
        counts = view.face == number
        look: faces.Look = "plain" if view.face is None else "pressed" if counts else "faded"
        picture = faces.face(kit.shelf, mood, spot.width, look)
        surface.blit(picture, spot, special_flags=pygame.BLEND_PREMULTIPLIED)
        below = Rect(room.x, room.y, room.width, block.height)
        kit.text.draw(surface, block._replace(bold=counts), below, QUIET if look == "faded" else INK)
    if view.notice:
        foot = kit.frame.zone(kit.frame.tall - 4, kit.frame.tall - 0.8)
        block = kit.text.fit(view.notice, foot.size, max(LEGIBLE, px(2.4)), least=LEGIBLE)
        kit.text.draw(surface, block, foot, QUIET)
    return [
        target(f"face:{number}", spot.union(room))
        for number, (spot, room) in enumerate(zip(places.faces, places.labels, strict=True), 1)
    ]


def layout(frame: Frame, count: int) -> Layout:
    """The places of `count` faces, 2 to 5."""
    rows = ROWS[count] if frame.portrait else (count,)
    columns = max(rows)
    question = frame.zone(_TOP, _TOP + frame.tall * QUESTION_SHARE)
    top = _TOP + frame.tall * QUESTION_SHARE
    room = frame.tall - _BOTTOM - top
    least_gap = 3.2 if columns < 5 else 2.4
    label = _LINE if columns == 1 else _LABEL
    side = min(
        _LARGEST,
        (frame.wide - (columns - 1) * least_gap) / columns,
        (room - (len(rows) - 1) * least_gap) / len(rows) - _GAP - label,
    )
    across = min((frame.wide - columns * side) / max(1, columns - 1), side * 0.45)
    width = frame.wide if columns == 1 else side + min(across - 1, 6)
    high = side + _GAP + label
    down = min((room - len(rows) * high) / (len(rows) + 1), 6)
    y = top + (room - len(rows) * high - (len(rows) - 1) * down) / 2

    spots: list[Rect] = []
    labels: list[Rect] = []
    for row in rows:
        x = (frame.width / frame.u - row * side - (row - 1) * across) / 2
        for _ in range(row):
            spot = Rect(round(x * frame.u), round(y * frame.u), frame.px(side), frame.px(side))
            below = Rect(0, spot.bottom + frame.px(_GAP), frame.px(width), int(label * frame.u))
            below.centerx = spot.centerx
            spots.append(spot)
            labels.append(below)
            x += side + across
        y += high + down
    return Layout(question, tuple(spots), tuple(labels))
