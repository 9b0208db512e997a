"""A transition is short, eased, drops itself when the board is too slow, and never stands between press and light."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from pygame import Surface

from kiosk.screens.motion import LASTS_MS, TOO_SLOW_MS, Kind, Transition, eased, kind
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Thanked, Trouble, View
from kiosk.survey import Survey
from tests.seen import FEW, asking

pytestmark = pytest.mark.usefixtures("measured_once")

SIZE = (100, 60)
RED, BLUE = (200, 0, 0), (0, 0, 200)
KINDS: tuple[Kind, ...] = ("fade", "left", "right")


def painted(colour: tuple[int, int, int]) -> Surface:
    surface = Surface(SIZE)
    surface.fill(colour)
    return surface


def played(kind: Kind, every_ms: int = 16) -> list[Surface]:
    """The pictures of a whole transition, one every so many milliseconds."""
    transition = Transition(painted(RED), painted(BLUE), 1000, kind)
    pictures = []
    for now_ms in itertools.count(1000, every_ms):
        pictures.append(Surface(SIZE))
        if transition.draw(pictures[-1], now_ms):
            return pictures
    raise AssertionError


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_with_the_next_picture_within_a_fifth_of_a_second(kind: Kind) -> None:
    pictures = played(kind)
    assert LASTS_MS <= 200
    assert (len(pictures) - 1) * 16 <= 200
    assert pictures[0].get_at((50, 30))[:3] == RED
    assert {tuple(pictures[-1].get_at((x, 30))[:3]) for x in range(SIZE[0])} == {BLUE}


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_one_way_and_slows_down(kind: Kind) -> None:
    blue = [picture.get_at((50, 30)).b for picture in played(kind, 10)]
    steps = [after - before for before, after in itertools.pairwise(blue)]
    assert min(steps) >= 0
    assert sum(steps[: len(steps) // 2]) > 2 * sum(steps[len(steps) // 2 :])


def test_a_picture_comes_from_where_it_moves_away_from() -> None:
    left, right = (played(kind)[2] for kind in ("left", "right"))
    assert left.get_at((0, 30)).b < left.get_at((99, 30)).b
    assert right.get_at((0, 30)).b > right.get_at((99, 30)).b


def test_easing_starts_fast_and_arrives() -> None:
    assert (eased(0), eased(1)) == (0, 1)
    assert eased(0.5) > 0.8


def test_after_a_frame_that_took_too_long_the_next_picture_stands_there() -> None:
    transition, surface = Transition(painted(RED), painted(BLUE), 0, "fade"), Surface(SIZE)
    assert not transition.draw(surface, 0)
    assert not transition.draw(surface, TOO_SLOW_MS)
    assert transition.draw(surface, 2 * TOO_SLOW_MS + 1)
    assert surface.get_at((50, 30))[:3] == BLUE


def test_the_pictures_are_left_as_they_were() -> None:
    before, after, surface = painted(RED), painted(BLUE), Surface(SIZE)
    transition = Transition(before, after, 0, "left")
    transition.draw(surface, 0)
    transition.draw(surface, 20)
    assert after.get_alpha() in (None, 255)
    assert (before.get_at((0, 0))[:3], after.get_at((0, 0))[:3]) == (RED, BLUE)


def test_no_picture_is_made_while_it_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    transition, surface = Transition(painted(RED), painted(BLUE), 0, "left"), Surface(SIZE)
    monkeypatch.setattr("kiosk.screens.motion.Surface", None)
    assert not transition.draw(surface, 10)


def shown(survey: Survey) -> dict[str, View]:
    first = asking(survey)
    second = msgspec.structs.replace(asking(survey, "nps"), id="second")
    return {
        "attract": Attract("en", languages=FEW),
        "voted": Attract("en", 2, languages=FEW),
        "review": Attract("en", 2, languages=FEW, undo_s=2),
        "first": Ask("en", first, 1, 2, face=2),
        "chosen": Ask("en", first, 1, 2, ("staff",), 2),
        "spoken": Ask("fi", first, 1, 2, face=2),
        "second": Ask("en", second, 2, 2, face=2),
        "languages": Languages("en", FEW),
        "thanks": Thanked("en", 2),
        "asleep": Asleep("en"),
        "trouble": Trouble("en", "store"),
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *((screen, "voted") for screen in ("attract", "review", "first", "second", "languages", "thanks")),
        ("voted", "review"),
        ("first", "chosen"),
        ("chosen", "first"),
        ("asleep", "attract"),
        ("attract", "asleep"),
        ("first", "trouble"),
        ("trouble", "attract"),
    ],
)
def test_what_a_touch_lights_up_comes_at_once(before: str, after: str, bundled: Survey) -> None:
    assert kind(shown(bundled)[before], shown(bundled)[after]) is None
    assert kind(None, shown(bundled)[after]) is None


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("voted", "first", "left"),
        ("chosen", "second", "left"),
        ("second", "first", "right"),
        ("first", "review", "right"),
        ("second", "thanks", "fade"),
        ("thanks", "attract", "fade"),
        ("review", "attract", "fade"),
        ("first", "languages", "fade"),
        ("languages", "first", "fade"),
        ("first", "spoken", "fade"),
    ],
)
def test_forwards_comes_from_the_end_of_the_line_and_back_from_its_start(
    before: str, after: str, way: Kind, bundled: Survey
) -> None:
    views = shown(bundled)
    assert kind(views[before], views[after]) == way
    mirrored = {"left": "right", "right": "left", "fade": "fade"}
    arabic = [msgspec.structs.replace(views[name], language="ar") for name in (before, after)]
    assert kind(*arabic) == (mirrored[way] if after != "spoken" else None)
