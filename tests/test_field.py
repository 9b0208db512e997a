"""What a visitor types is drawn fast while it is typed, and kept nowhere once the page is gone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable

import pytest
from pygame import Surface

from kiosk import entry as typing
from kiosk.entry import Entry
from kiosk.layouts import layout
from kiosk.screens.stage import Painter
from kiosk.screens.view import Ask, Attract, Thanked, View
from kiosk.survey import FollowUp, Survey

SIZE = (800, 480)
COMMENT = FollowUp("comment", "text", {"en": "Anything else?"})
BACKWARDS = "moc.elpmaxe@eor.enaj"
"""Else this file would hold what is looked for in memory."""


def typed(painter: Painter, text: str) -> None:
    """Draw the page once a key, as a visitor makes it be drawn."""
    keys = layout("en", "own")
    assert keys is not None
    entry = typing.start(keys)
    for character in text:
        entry = typing.tap(entry, "space" if character == " " else character, keys)
        painter.draw(Surface(SIZE), Ask("en", COMMENT, 1, 1, face=4, entry=entry))
    assert entry.text == text


def holders(part: str) -> list[str]:
    """What any object in this process holds that contains `part`, but for `part` itself."""
    found: list[str] = []

    def look(held: Iterable[object], depth: int) -> None:
        for each in held:
            if isinstance(each, str):
                if each is not part and part in each:
                    found.append(each)
            elif depth and isinstance(each, tuple):  # keys of caches, which the collector doesn't list
                look(each, depth - 1)

    gc.collect()
    for container in gc.get_objects():
        look(gc.get_referents(container), 3)
    return found


@pytest.mark.parametrize(
    "after",
    [
        Attract("en", languages=("en", "fi")),
        Thanked("en", 4),
        Ask("en", COMMENT, 1, 1, face=1, entry=Entry("")),
        Ask("en", COMMENT, 1, 1, face=1),
    ],
    ids=["attract", "thanks", "the next visitor's page", "a page without an entry"],
)
def test_what_was_typed_is_kept_nowhere_once_its_page_is_gone(after: View, bundled: Survey) -> None:
    painter = Painter(bundled, SIZE)
    address = BACKWARDS[::-1]
    typed(painter, f"My name is Jane, mail {address} please")
    part = address[:12]
    assert holders(part)  # the page is still shown
    painter.draw(Surface(SIZE), after)
    assert holders(part) == []


def test_a_painter_that_is_replaced_is_let_go(bundled: Survey) -> None:
    painter = Painter(bundled, SIZE)
    typed(painter, "nice")
    kept = weakref.ref(painter._kit.shelf)
    del painter
    gc.collect()
    assert kept() is None


def test_typing_uses_none_of_the_room_for_other_pictures(bundled: Survey) -> None:
    painter = Painter(bundled, SIZE)
    shelf = painter._kit.shelf
    typed(painter, "a")  # the keys with and without shift
    held = shelf.held
    typed(painter, "a long queue and nobody came to help us at the till " * 4)
    assert shelf.held == held
    own = painter._kit.text.typed._shelf
    assert 0 < own.held <= own.budget <= shelf.budget / 8
