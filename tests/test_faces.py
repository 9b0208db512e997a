"""Faces are told apart without seeing red and green, without colour at all, and are drawn without a fringe."""

from __future__ import annotations

import itertools
import math

import pytest
from pygame import Surface

from kiosk.screens.faces import ASLEEP, MOODS, Look, Mood, face
from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import Colour, linear, luminance

Matrix = tuple[tuple[float, float, float], ...]

# How a colour looks to who lacks a cone altogether, in linear sRGB.
MACHADO_2009: dict[str, Matrix] = {  # Machado, Oliveira, Fernandes: table 1, severity 1.0
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
VIENOT_1999: dict[str, Matrix] = {  # Viénot, Brettel, Mollon, carried over to sRGB's primaries
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def lab(light: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of linear sRGB."""
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in light)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: Colour, matrix: Matrix) -> tuple[float, float, float]:
    light = [linear(channel) for channel in colour]
    return lab([sum(weight * channel for weight, channel in zip(row, light, strict=True)) for row in matrix])


def drawn(mood: Mood, look: Look = "plain", diameter: int = 60) -> Surface:
    return face(Shelf(1_000_000), mood, diameter, look)


def pixels(picture: Surface) -> list[tuple[int, int, int, int]]:
    width, height = picture.get_size()
    return [tuple(picture.get_at((x, y))) for y in range(height) for x in range(width)]  # type: ignore[misc]


def test_the_measure_knows_white_and_black() -> None:
    assert lab([1, 1, 1]) == pytest.approx((100, 0, 0), abs=0.05)
    assert lab([0, 0, 0]) == pytest.approx((0, 0, 0), abs=0.05)


def test_the_simulation_leaves_greys_grey_and_brings_red_and_green_together() -> None:
    for matrices in (MACHADO_2009, VIENOT_1999):
        for matrix in matrices.values():
            assert math.hypot(*seen((128, 128, 128), matrix)[1:]) < 1
            plain = math.dist(lab([1, 0, 0]), lab([0, 0.2, 0]))
            assert math.dist(seen((255, 0, 0), matrix), seen((0, 124, 0), matrix)) < plain / 2


@pytest.mark.parametrize("source", [MACHADO_2009, VIENOT_1999], ids=["Machado 2009", "Viénot 1999"])
@pytest.mark.parametrize("blindness", ["protanopia", "deuteranopia"])
@pytest.mark.parametrize("count", MOODS)
def test_faces_stay_apart_for_who_cannot_tell_red_from_green(
    count: int, blindness: str, source: dict[str, Matrix]
) -> None:
    """ΔE is CIE 1976, the distance in L*a*b*."""
    for one, other in itertools.combinations(MOODS[count], 2):
        apart = math.dist(seen(one.fill, source[blindness]), seen(other.fill, source[blindness]))
        assert apart >= 17, (one.fill, other.fill)


@pytest.mark.parametrize("count", MOODS)
def test_faces_are_told_apart_by_mouth_alone(count: int) -> None:
    assert len(MOODS[count]) == count
    assert len({mood.mouth for mood in MOODS[count]}) == count


@pytest.mark.parametrize("mood", [*MOODS[5], *MOODS[2], ASLEEP], ids=lambda mood: mood.mouth)
@pytest.mark.parametrize("look", ["plain", "faded", "pressed"])
def test_a_face_is_round_and_premultiplied(mood: Mood, look: Look) -> None:
    picture = drawn(mood, look)
    assert picture.get_size() == (60, 60)
    assert picture.get_at((0, 0)).a == 0
    assert picture.get_bounding_rect(min_alpha=40).size == (60, 60)
    assert all(max(red, green, blue) <= alpha for red, green, blue, alpha in pixels(picture))


def test_a_face_has_smooth_edges() -> None:
    alphas = {alpha for *_, alpha in pixels(drawn(MOODS[4][0]))}
    assert len(alphas) > 8


@pytest.mark.parametrize("mood", MOODS[5], ids=lambda mood: mood.mouth)
def test_a_pressed_and_a_faded_face_look_unlike_a_plain_one(mood: Mood) -> None:
    plain, faded, pressed = (pixels(drawn(mood, look)) for look in ("plain", "faded", "pressed"))
    changed = [sum(a != b for a, b in zip(plain, other, strict=True)) / len(plain) for other in (faded, pressed)]
    assert min(changed) > 0.2


def test_a_pressed_face_is_told_by_its_shape() -> None:
    """A ring, then the ground, then the face: the gap is there whatever the colours are."""
    along = [drawn(MOODS[4][1], "pressed", 200).get_at((x, 100)).a for x in range(30)]
    assert max(along[:5]) > 200
    assert min(along[5:14]) < 30
    assert min(along[16:]) > 200


def test_happier_faces_smile_more() -> None:
    """How light the features are says nothing here: the mouth's lowest point moves from its middle to its corners."""
    for moods in MOODS.values():
        first, last = moods[0], moods[-1]
        assert first.mouth in ("laugh", "smile")
        assert last.mouth in ("shout", "frown")
    smile, frown = MOODS[2]
    for mood, hangs in ((smile, True), (frown, False)):
        picture = drawn(mood, diameter=200)
        white = [(x, y) for x in range(50, 150) for y in range(115, 170) if luminance(_rgb(picture, x, y)) > 0.9]
        middle = [y for x, y in white if abs(x - 100) < 5]
        corner = [y for x, y in white if x < 65]
        assert (max(middle) > max(corner)) is hangs


def _rgb(picture: Surface, x: int, y: int) -> Colour:
    colour = picture.get_at((x, y))
    return colour.r, colour.g, colour.b
