"""Where head, page bar and body stand on the technician's screen. Knows no page and no text."""

from __future__ import annotations

from typing import NamedTuple

from pygame import Rect

from kiosk.screens.text import LINE
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_TABS = 12
"""The tabs that fit into the bar's usual grid: eleven pages, and the way out."""


class Rooms(NamedTuple):
    """The three parts, in pixels; the same whatever page is shown."""

    head: Rect
    bar: Rect
    body: Rect


def rooms(kit: Kit) -> Rooms:
    """A lying screen has the bar in two columns at its left, a standing one in rows at its bottom, near the hands."""
    px, (width, height) = kit.frame.px, kit.frame.size
    margin = px(2)
    title = max(px(5.4), round(2 * LEGIBLE * LINE) + 2)
    if kit.frame.portrait:
        bar = Rect(0, 0, width, 3 * px(max(8.4, kit.frame.touch)))
        bar.bottom = height
        whole = Rect(margin, 0, width - 2 * margin, bar.top)
    else:
        column = max(px(12.6), round(5.2 * LEGIBLE), px(kit.frame.touch))
        bar = Rect(0, 0, 2 * column, height)
        whole = Rect(bar.right + margin, 0, width - bar.right - 2 * margin, height)
    head = Rect(whole.x, px(0.6), whole.width, title)
    top = head.bottom + px(0.6)
    return Rooms(head, bar, Rect(whole.x, top, whole.width, whole.bottom - px(1.6) - top))


def tabs(kit: Kit, count: int) -> list[Rect]:
    """The boxes of `count` tabs in reading order; the last row's share its width, however few they are."""
    bar = rooms(kit).bar
    columns = (4 if count <= _TABS else 5) if kit.frame.portrait else 2
    rows = max(3 if kit.frame.portrait else _TABS // 2, -(-count // columns))
    boxes = []
    for row in range(rows):
        here = min(columns, count - row * columns)
        top, bottom = (bar.y + bar.height * at // rows for at in (row, row + 1))
        for column in range(max(here, 0)):
            left, right = (bar.x + bar.width * at // here for at in (column, column + 1))
            boxes.append(Rect(left, top, right - left, bottom - top))
    return boxes


def alone(kit: Kit) -> Rect:
    """The body of a page that stands without head and bar."""
    px, (width, height) = kit.frame.px, kit.frame.size
    return Rect(0, 0, width, height).inflate(-2 * px(3), -2 * px(2.4))
