"""Turned points and areas: clockwise, one to one, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.rotation import TURNS, Rotation

W, H = 7, 4


@pytest.mark.parametrize(
    ("degrees", "panel", "top_left", "top_right"),
    [
        (0, (7, 4), (0, 0), (6, 0)),
        (90, (4, 7), (3, 0), (3, 6)),
        (180, (7, 4), (6, 3), (0, 3)),
        (270, (4, 7), (0, 6), (0, 0)),
    ],
)
def test_the_picture_is_turned_clockwise(
    degrees: int, panel: tuple[int, int], top_left: tuple[int, int], top_right: tuple[int, int]
) -> None:
    rotation = Rotation(degrees, W, H)
    assert rotation.panel == panel
    assert (rotation.to_panel(0, 0), rotation.to_panel(W - 1, 0)) == (top_left, top_right)


@pytest.mark.parametrize("degrees", TURNS)
def test_each_pixel_has_a_place_of_its_own_and_comes_back(degrees: int) -> None:
    rotation = Rotation(degrees, W, H)
    pixels = [(x, y) for x in range(W) for y in range(H)]
    places = [rotation.to_panel(*pixel) for pixel in pixels]
    assert sorted(places) == sorted((x, y) for x in range(rotation.panel[0]) for y in range(rotation.panel[1]))
    assert [rotation.to_picture(*place) for place in places] == pixels


@pytest.mark.parametrize("degrees", TURNS)
def test_a_picture_fills_the_panel_it_is_made_for(degrees: int) -> None:
    assert Rotation.on((1280, 720), degrees).panel == (1280, 720)


@given(st.sampled_from(TURNS), st.integers(0, 6), st.integers(0, 3), st.integers(1, 7), st.integers(1, 4))
def test_an_area_covers_just_the_places_of_its_pixels(degrees: int, x: int, y: int, width: int, height: int) -> None:
    rotation = Rotation(degrees, W, H)
    left, top, wide, high = rotation.area_on_panel(x, y, width, height)
    covered = {(left + i, top + j) for i in range(wide) for j in range(high)}
    assert covered == {rotation.to_panel(x + i, y + j) for i in range(width) for j in range(height)}
