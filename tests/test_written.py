"""Open text among the other follow-ups: its keyboard leaves room for the question, the pills and the strip."""

from __future__ import annotations

import itertools

import pytest
from pygame import Rect, Surface

from kiosk.entry import Entry
from kiosk.screens.stage import KINDS, Painter
from kiosk.screens.view import Ask, Modes
from kiosk.survey import Survey
from tests.seen import FEW, MODES, SOME, Spoken, boxes, listen, named

pytestmark = pytest.mark.usefixtures("measured_once")


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on."""
    return listen(monkeypatch)


def written(survey: Survey, language: str, modes: Modes, text: str = "", left_s: int | None = None) -> Ask:
    followup = next(followup for followup in survey.followups if followup.kind == "text")
    entry = Entry(text=text)
    return Ask(language, followup, 2, 2, face=2, left_s=left_s, entry=entry, languages=FEW, modes=modes)


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_keys_and_pills_have_a_place_each(size: tuple[int, int], modes: Modes, bundled: Survey) -> None:
    painter, surface = Painter(bundled, size), Surface(size)
    for language in ("fi", "ar", "th", "zh"):
        targets = painter.draw(surface, written(bundled, language, modes))
        assert {"back", "languages", "skip", "key:space", "key:delete"} <= {target.action for target in targets}
        assert all(Rect(0, 0, *size).contains(box) for box in boxes(targets))
        assert not [pair for pair in itertools.combinations(boxes(targets), 2) if pair[0].colliderect(pair[1])]
        if modes.reach:
            assert min(target.y for target in targets) >= size[1] / 2


def test_what_is_typed_is_done_and_nothing_is_skipped(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    for text, end in (("", "skip"), ("Nice", "done")):
        actions = {target.action for target in painter.draw(surface, written(bundled, "en", Modes(), text))}
        assert {"skip", "done"} & actions == {end}


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_the_strip_stands_where_it_does_on_other_screens(
    size: tuple[int, int], modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    painter, surface = Painter(bundled, size), Surface(size)
    places = []
    for view in (
        written(bundled, "en", modes, left_s=9),
        Ask("en", bundled.followups[0], 1, 2, left_s=9, languages=FEW, modes=modes),
    ):
        spoken.clear()
        targets = painter.draw(surface, view)
        (strip,) = (text for text in spoken if " ".join(text.block.lines).startswith("Are you still there?"))
        places.append(tuple(strip.box))
        assert not any(box.colliderect(strip.box) for box in boxes(targets))
    assert places[0] == places[1]


def test_open_text_can_be_shown() -> None:
    assert frozenset({"choice", "choices", "nps", "text"}) == KINDS
