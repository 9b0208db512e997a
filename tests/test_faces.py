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
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
APART = 17.0
"""The least CIEDE2000 difference of two faces, whoever looks at them. A just noticeable one is about 1."""
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


def ciede2000(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """The difference of two L*a*b* colours: ISO/CIE 11664-6, written after Sharma, Wu, Dalal (2005)."""
    (light, a, b), (light2, a2, b2) = one, other
    chroma = (math.hypot(a, b) + math.hypot(a2, b2)) / 2
    stretch = 1.5 - math.sqrt(chroma**7 / (chroma**7 + 25**7)) / 2
    c, c2 = math.hypot(a * stretch, b), math.hypot(a2 * stretch, b2)
    h = math.degrees(math.atan2(b, a * stretch)) % 360
    h2 = math.degrees(math.atan2(b2, a2 * stretch)) % 360
    turn = (h2 - h + 180) % 360 - 180 if c * c2 else 0.0
    hue = (h + turn / 2) % 360 if c * c2 else h + h2
    mean, chroma = (light + light2) / 2, (c + c2) / 2
    weight = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    lightness = (light2 - light) / (1 + 0.015 * (mean - 50) ** 2 / math.sqrt(20 + (mean - 50) ** 2))
    colourfulness = (c2 - c) / (1 + 0.045 * chroma)
    tone = 2 * math.sqrt(c * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    twist = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    twist *= math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    return math.sqrt(lightness**2 + colourfulness**2 + tone**2 + twist * colourfulness * tone)


def seen(colour: Colour, matrix: Matrix) -> tuple[float, float, float]:
    light = [linear(channel) for channel in colour]
    return lab([sum(weight * channel for weight, channel in zip(row, light, strict=True)) for row in matrix])


LOOKS: tuple[Look, ...] = ("plain", "faded", "pressed")


def drawn(mood: Mood, look: Look = "plain", diameter: int = 60, high_contrast: bool = False) -> Surface:
    return face(Shelf(1_000_000), mood, diameter, look, high_contrast)


def pixels(picture: Surface) -> list[tuple[int, int, int, int]]:
    width, height = picture.get_size()
    return [tuple(picture.get_at((x, y))) for y in range(height) for x in range(width)]  # type: ignore[misc]


def test_the_measure_knows_white_and_black() -> None:
    assert lab([1, 1, 1]) == pytest.approx((100, 0, 0), abs=0.05)
    assert lab([0, 0, 0]) == pytest.approx((0, 0, 0), abs=0.05)


def test_the_simulation_leaves_greys_grey_and_brings_red_and_green_together() -> None:
    for matrices in (MACHADO_2009, VIENOT_1999):
        for matrix in (matrices["protanopia"], matrices["deuteranopia"]):
            assert math.hypot(*seen((128, 128, 128), matrix)[1:]) < 1
            plain = math.dist(lab([1, 0, 0]), lab([0, 0.2, 0]))
            assert math.dist(seen((255, 0, 0), matrix), seen((0, 124, 0), matrix)) < plain / 2


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ],
)
def test_the_difference_is_that_of_the_published_examples(
    one: tuple[float, float, float], other: tuple[float, float, float], difference: float
) -> None:
    """Sharma, Wu, Dalal: The CIEDE2000 color-difference formula, table 1, pairs 1, 17, 34, 25 and 8."""
    assert ciede2000(one, other) == pytest.approx(difference, abs=5e-4)


SEERS = {
    "everybody": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    **{f"{name}, Machado 2009": matrix for name, matrix in MACHADO_2009.items()},
    **{f"{name}, Viénot 1999": matrix for name, matrix in VIENOT_1999.items()},
}


@pytest.mark.parametrize("matrix", SEERS.values(), ids=SEERS)
@pytest.mark.parametrize("count", MOODS)
def test_faces_stay_apart_whichever_cone_is_missing(count: int, matrix: Matrix) -> None:
    for one, other in itertools.combinations(MOODS[count], 2):
        assert ciede2000(seen(one.fill, matrix), seen(other.fill, matrix)) >= APART, (one.fill, other.fill)


def test_the_simulations_would_find_a_red_and_a_green_of_one_lightness() -> None:
    red, green = (200, 60, 40), (90, 120, 30)
    assert ciede2000(seen(red, SEERS["everybody"]), seen(green, SEERS["everybody"])) > APART
    for matrices in (MACHADO_2009, VIENOT_1999):
        assert ciede2000(*(seen(colour, matrices["deuteranopia"]) for colour in (red, green))) < APART


@pytest.mark.parametrize("count", MOODS)
def test_faces_are_told_apart_by_mouth_alone(count: int) -> None:
    assert len(MOODS[count]) == count
    assert len({mood.mouth for mood in MOODS[count]}) == count


@pytest.mark.parametrize("count", MOODS)
def test_faces_in_high_contrast_are_black_and_white_and_all_different(count: int) -> None:
    for look in LOOKS:
        pictures = [drawn(mood, look, 120, high_contrast=True) for mood in MOODS[count]]
        assert len({picture.get_buffer().raw for picture in pictures}) == count
        for picture in pictures:
            assert all(red == green == blue for red, green, blue, _ in pixels(picture))


@pytest.mark.parametrize("mood", MOODS[5], ids=lambda mood: mood.mouth)
def test_a_pressed_face_is_white_on_black_in_high_contrast(mood: Mood) -> None:
    light = [sum(p[0] > 128 for p in pixels(drawn(mood, look, 120, high_contrast=True))) for look in LOOKS]
    plain, faded, pressed = light
    assert pressed < plain / 3
    assert faded > plain


@pytest.mark.parametrize("mood", [*MOODS[5], *MOODS[2], ASLEEP], ids=lambda mood: mood.mouth)
@pytest.mark.parametrize("high_contrast", [False, True], ids=["plain", "high contrast"])
@pytest.mark.parametrize("look", ["plain", "faded", "pressed"])
def test_a_face_is_round_and_premultiplied(mood: Mood, look: Look, high_contrast: bool) -> None:
    picture = drawn(mood, look, high_contrast=high_contrast)
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
