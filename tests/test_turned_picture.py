"""A turned picture, off screen: what is drawn upright lies turned on the panel, and touches of the panel come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from hardware import panel_size
from hardware.display import Display, Release, Touch
from hardware.errors import DisplayError
from tests.test_display import finger, inputs, mouse

SIZE = (300, 500)
INK, GREEN, RED = (17, 24, 39), (0, 107, 78), (170, 22, 30)


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Display]:
    for name in ("SDL_VIDEODRIVER", "SDL_FRAMEBUFFER_ACCELERATION"):
        monkeypatch.setenv(name, "")
    display = Display("offscreen", SIZE, rotate=request.param)
    list(display.inputs())
    yield display
    display.close()


def panel_pixels(*places: tuple[int, int]) -> list[tuple[int, int, int]]:
    """What the panel shows there, as SDL will present it."""
    shown = pygame.display.get_surface()
    assert shown is not None
    return [tuple(shown.get_at(place))[:3] for place in places]


PANELS = pytest.mark.parametrize(
    ("turned", "panel", "corner"),
    # Where the picture's top left corner goes.
    [(0, (300, 500), (0, 0)), (90, (500, 300), (499, 0)), (180, (300, 500), (299, 499)), (270, (500, 300), (0, 299))],
    indirect=["turned"],
)


@PANELS
def test_the_picture_keeps_the_size_asked_for_and_the_panel_has_it_turned(
    turned: Display, panel: tuple[int, int], corner: tuple[int, int]
) -> None:
    shown = pygame.display.get_surface()
    assert shown is not None
    assert (turned.size, turned.surface.get_size(), shown.get_size()) == ((300, 500), (300, 500), panel)


@PANELS
def test_every_corner_comes_to_the_panel_where_the_turn_puts_it(
    turned: Display, panel: tuple[int, int], corner: tuple[int, int]
) -> None:
    turned.surface.fill(INK)
    turned.surface.set_at((0, 0), RED)
    turned.surface.set_at((299, 0), GREEN)
    turned.flip()
    clockwise = [(0, 0), (panel[0] - 1, 0), (panel[0] - 1, panel[1] - 1), (0, panel[1] - 1)]
    at = clockwise.index(corner)
    corners = [clockwise[(at + n) % 4] for n in range(4)]
    assert panel_pixels(*corners) == [RED, GREEN, INK, INK]


@PANELS
def test_a_part_is_shown_alone(turned: Display, panel: tuple[int, int], corner: tuple[int, int]) -> None:
    turned.surface.fill(INK)
    turned.flip()
    turned.surface.fill(RED)
    turned.flip(pygame.Rect(40, 60, 20, 10))
    everywhere = [(x, y) for x in range(300) for y in range(500)]
    there = [turned._rotation.to_panel(*place) for place in everywhere]
    shown = dict(zip(everywhere, panel_pixels(*there), strict=True))
    red = {place for place, colour in shown.items() if colour == RED}
    if turned._rotation.degrees:
        assert red == {(x, y) for x in range(40, 60) for y in range(60, 70)}
    else:
        assert red == set(everywhere)  # what is drawn on is the panel's own; only presenting it is partial


@PANELS
def test_a_part_beside_the_picture_is_cut_off(turned: Display, panel: tuple[int, int], corner: tuple[int, int]) -> None:
    turned.surface.fill(RED)
    turned.flip((-5, -5, 6, 6))
    assert panel_pixels(corner) == [RED]
    turned.flip((300, 0, 10, 10))
    turned.flip((10, 10, 0, 5))


@PANELS
def test_touches_are_turned_back(turned: Display, panel: tuple[int, int], corner: tuple[int, int]) -> None:
    """A finger's place is a share of the panel, a mouse's a pixel of it."""
    turned.touch(12, 345)
    assert list(turned.inputs()) == [Touch(12, 345), Release(12, 345)]
    x, y = corner
    middle = ((x + 0.5) / panel[0], (y + 0.5) / panel[1])
    assert inputs(turned, finger(*middle)) == [Touch(0, 0)]
    edge = (0.0 if x == 0 else 1.0, 0.0 if y == 0 else 1.0)
    assert inputs(turned, finger(*edge, kind=pygame.FINGERUP)) == [Release(0, 0)]
    assert inputs(turned, mouse(x, y), mouse(x, y, kind=pygame.MOUSEBUTTONUP)) == [Touch(0, 0), Release(0, 0)]


@PANELS
def test_a_turned_picture_is_saved_upright(
    turned: Display, panel: tuple[int, int], corner: tuple[int, int], tmp_path: Path
) -> None:
    turned.surface.fill(INK)
    turned.surface.set_at((5, 7), RED)
    turned.flip()
    turned.save(tmp_path / "shot.png")
    saved = pygame.image.load(tmp_path / "shot.png")
    assert (saved.get_size(), tuple(saved.get_at((5, 7)))[:3]) == ((300, 500), RED)


def test_a_turn_that_is_no_quarter_is_told() -> None:
    with pytest.raises(DisplayError, match=r"^found rotate 45, expected one of 0, 90, 180, 270$"):
        Display("offscreen", rotate=45)


@pytest.mark.parametrize(("turned", "mm"), [(90, (60, 100)), (180, (100, 60))], indirect=["turned"])
def test_a_turned_picture_is_as_wide_as_the_panel_is_high(
    turned: Display, mm: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def size(panel: tuple[int, int], root: Path) -> tuple[int, int]:
        asked.append(panel)
        return 100, 60

    monkeypatch.setattr(panel_size, "physical_size", size)
    turned.driver = "kmsdrm"
    assert turned.mm == mm
    assert asked == [turned._rotation.panel]
