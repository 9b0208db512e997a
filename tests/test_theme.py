"""The colours can be told from what they lie on, and one unit serves every size of screen."""

from __future__ import annotations

import pytest

from kiosk.screens.faces import ASLEEP, MOODS, Look, Mood, skin
from kiosk.screens.theme import HIGH_CONTRAST, PLAIN, TOUCH, Colours, Frame, contrast

SIZES = [(480, 320), (800, 480), (1024, 600), (1024, 768), (1280, 800), (1920, 1080), (720, 1280), (768, 1024)]
EVERY_MOOD = sorted({mood for moods in MOODS.values() for mood in moods} | {ASLEEP}, key=str)
PALETTES = {"plain": (PLAIN, 4.5, 3.0), "high contrast": (HIGH_CONTRAST, 7.0, 7.0)}
"""Each with the least contrast of its texts, and of its borders, marks and signs."""

palettes = pytest.mark.parametrize(("colours", "text", "edge"), PALETTES.values(), ids=PALETTES)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)
    assert contrast(PLAIN.ink, PLAIN.ink) == 1


@palettes
def test_text_can_be_read_on_the_ground_and_on_cards(colours: Colours, text: float, edge: float) -> None:
    for colour in (colours.ink, colours.quiet, colours.correct, colours.accent):
        for ground in (colours.ground, colours.card):
            assert contrast(colour, ground) >= text


@palettes
def test_text_can_be_read_on_what_is_lit_and_on_what_asks_for_attention(
    colours: Colours, text: float, edge: float
) -> None:
    assert contrast(colours.on_accent, colours.accent) >= text
    assert contrast(colours.ground, colours.ink) >= text


@palettes
def test_borders_marks_and_signs_stand_out(colours: Colours, text: float, edge: float) -> None:
    for colour in (colours.edge, colours.accent, colours.ink):
        for ground in (colours.ground, colours.card):
            assert contrast(colour, ground) >= edge


def test_every_colour_of_a_palette_is_held_to_a_contrast() -> None:
    assert Colours._fields == ("ground", "card", "ink", "quiet", "edge", "accent", "on_accent", "correct")


@pytest.mark.parametrize("look", ["plain", "faded", "pressed"])
@pytest.mark.parametrize("mood", EVERY_MOOD, ids=lambda mood: f"{mood.mouth} {mood.fill}")
def test_a_face_stands_out_from_the_ground_and_its_features_from_the_face(mood: Mood, look: Look) -> None:
    usual = skin(mood, look)
    assert contrast(usual.ring, PLAIN.ground) >= 3
    assert contrast(usual.features, usual.fill) >= (3 if look == "faded" else 4.5)
    high = skin(mood, look, high_contrast=True)
    assert contrast(high.ring, HIGH_CONTRAST.ground) >= 7
    assert contrast(high.features, high.fill) >= 7


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


@pytest.mark.parametrize(
    ("size", "dpi", "millimetres"),
    [
        ((800, 480), 133.3, 12),  # 7 inches
        ((1280, 800), 149.5, 12),  # 10.1 inches
        ((1920, 1080), 141.2, 12),  # 15.6 inches
        ((720, 1280), 209.8, 12),  # 7 inches
        ((480, 320), 164.8, 7.5),  # 3.5 inches: no screenful of fingers fits
        ((320, 480), 164.8, 9.5),
    ],
)
def test_a_target_is_as_large_as_a_finger_where_the_panel_has_the_room(
    size: tuple[int, int], dpi: float, millimetres: float
) -> None:
    frame = Frame(size, dpi)
    assert frame.px(frame.touch) / dpi * 25.4 >= millimetres
    assert frame.touch >= TOUCH


def test_without_a_dpi_a_target_is_told_in_units() -> None:
    assert Frame((800, 480)).touch == TOUCH == Frame((800, 480), 20).touch
