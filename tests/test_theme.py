"""The colours can be told from what they lie on, and one unit serves every size of screen."""

from __future__ import annotations

import pytest

from kiosk.screens import theme
from kiosk.screens.faces import ASLEEP, MOODS
from kiosk.screens.theme import ACCENT, CARD, CORRECT, EDGE, GROUND, INK, ON_ACCENT, QUIET, Frame, contrast

SIZES = [(480, 320), (800, 480), (1024, 600), (1024, 768), (1280, 800), (1920, 1080), (720, 1280), (768, 1024)]
EVERY_MOOD = {mood for moods in MOODS.values() for mood in moods} | {ASLEEP}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)
    assert contrast(INK, INK) == 1


@pytest.mark.parametrize("colour", [INK, QUIET, CORRECT])
@pytest.mark.parametrize("ground", [GROUND, CARD])
def test_text_can_be_read_on_the_ground_and_on_cards(colour: theme.Colour, ground: theme.Colour) -> None:
    assert contrast(colour, ground) >= 4.5


def test_text_can_be_read_on_a_lit_card() -> None:
    assert contrast(ON_ACCENT, ACCENT) >= 4.5


@pytest.mark.parametrize("colour", [EDGE, ACCENT])
@pytest.mark.parametrize("ground", [GROUND, CARD])
def test_borders_and_marks_stand_out(colour: theme.Colour, ground: theme.Colour) -> None:
    assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("mood", sorted(EVERY_MOOD, key=str), ids=lambda mood: mood.mouth)
def test_a_face_stands_out_from_the_ground_and_its_features_from_the_face(mood) -> None:  # type: ignore[no-untyped-def]
    assert contrast(mood.ring, GROUND) >= 3
    assert contrast(mood.features, mood.fill) >= 4.5


@pytest.mark.parametrize(
    ("size", "unit"),
    [((1280, 800), 12.8), ((800, 480), 7.68), ((480, 320), 4.8), ((720, 1280), 12), ((1920, 480), 7.68)],
)
def test_the_unit_follows_the_width_or_the_height_whichever_is_scarce(size: tuple[int, int], unit: float) -> None:
    assert Frame(size).u == pytest.approx(unit)


@pytest.mark.parametrize("size", [*SIZES, (1920, 480)])
def test_a_zone_lies_in_the_middle_of_the_screen_with_a_margin(size: tuple[int, int]) -> None:
    frame = Frame(size)
    zone = frame.zone(0, frame.tall)
    assert zone.x == pytest.approx(size[0] - zone.right, abs=1)
    assert zone.x >= 3.9 * frame.u
    assert (zone.top, zone.bottom) == (0, size[1])


def test_even_a_hair_is_one_pixel() -> None:
    assert Frame((480, 320)).px(0.01) == 1
