"""A turned picture in a real window: what an eye sees on the screen, and where a hand's clicks arrive."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

import pygame
import pytest

from hardware.display import Display, Input, Move, Release, Touch
from tests.conftest import until
from tests.window.conftest import Hand

SIZE = (480, 800)
INK = (17, 24, 39)
CORNERS = {(0, 0): (0, 107, 78), (479, 0): (152, 212, 110), (479, 799): (232, 104, 108), (0, 799): (170, 22, 30)}
"""Of the picture, clockwise from the top left; each has a colour of its own."""
KEY = pygame.Rect(100, 650, 48, 64)
ZPIXMAP = 2

Eye = Callable[[int, int], tuple[int, int, int]]


@pytest.fixture
def eye(x_display: str) -> Iterator[Eye]:
    """The colour of the X server's screen at a place, whichever window drew it."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = x.XGetImage.restype = ctypes.c_void_p
    x.XDefaultRootWindow.restype = x.XGetPixel.restype = ctypes.c_ulong
    x.XDefaultRootWindow.argtypes = x.XCloseDisplay.argtypes = x.XDestroyImage.argtypes = [ctypes.c_void_p]
    x.XGetPixel.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    x.XGetImage.argtypes = [
        ctypes.c_void_p,
        ctypes.c_ulong,
        *(ctypes.c_int, ctypes.c_int),
        *(ctypes.c_uint, ctypes.c_uint),
        ctypes.c_ulong,
        ctypes.c_int,
    ]
    server = x.XOpenDisplay(x_display.encode())
    assert server, f"the X server {x_display} does not answer"

    def colour(left: int, top: int) -> tuple[int, int, int]:
        image = x.XGetImage(server, x.XDefaultRootWindow(server), left, top, 1, 1, 0xFFFFFFFF, ZPIXMAP)
        pixel = x.XGetPixel(image, 0, 0)
        x.XDestroyImage(image)
        return pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255

    yield colour
    x.XCloseDisplay(server)


@pytest.fixture(params=[0, 90, 180, 270])
def display(
    request: pytest.FixtureRequest, x_display: str, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Display]:
    for name in ("SDL_VIDEODRIVER", "SDL_FRAMEBUFFER_ACCELERATION"):
        monkeypatch.setenv(name, "")  # so that both are put back
    display = Display("window", SIZE, rotate=request.param)
    until(lambda: list(display.inputs()), "the window to appear")
    display.surface.fill(INK)
    for (x, y), colour in CORNERS.items():
        pygame.draw.rect(display.surface, colour, pygame.Rect(x, y, 1, 1).inflate(60, 60))
    display.flip()
    yield display
    display.close()


@pytest.fixture
def degrees(request: pytest.FixtureRequest, display: Display) -> int:
    """How far the picture is turned."""
    return int(request.node.callspec.params["display"])


def on_panel(degrees: int, x: int, y: int) -> tuple[int, int]:
    """A turn by 90° carries the top edge to the right: once, twice or three times."""
    width, height = SIZE
    for _ in range(degrees // 90):
        x, y, width, height = height - 1 - y, x, height, width
    return x, y


def wait_to_see(eye: Eye, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    until(lambda: eye(*at) == colour, f"{colour} at {at}")


def inputs_of(display: Display, count: int) -> list[Input]:
    found: list[Input] = []

    def enough() -> bool:
        found.extend(made for made in display.inputs() if isinstance(made, Touch | Move | Release))
        return len(found) >= count

    until(enough, f"{count} inputs")
    return found


def test_the_window_is_as_wide_as_the_panel_and_shows_the_picture_turned(
    display: Display, degrees: int, eye: Eye
) -> None:
    assert display.size == SIZE
    shown = pygame.display.get_surface()
    assert shown is not None
    assert shown.get_size() == (SIZE if degrees % 180 == 0 else (800, 480))
    for corner, colour in CORNERS.items():
        wait_to_see(eye, on_panel(degrees, *corner), colour)
    assert eye(*on_panel(degrees, 240, 400)) == INK


def test_a_click_arrives_where_the_visitor_sees_it(display: Display, degrees: int, hand: Hand) -> None:
    for place in [(0, 0), (479, 0), (479, 799), (0, 799), (123, 456)]:
        hand.tap(on_panel(degrees, *place))
        assert inputs_of(display, 2) == [Touch(*place), Release(*place)]


def test_a_long_press_is_held_moved_and_let_go(display: Display, degrees: int, hand: Hand) -> None:
    there, beside = on_panel(degrees, 110, 660), on_panel(degrees, 140, 660)
    hand._xdotool("mousemove", *map(str, there), "mousedown", "1")
    assert inputs_of(display, 1) == [Touch(110, 660)]
    hand._xdotool("mousemove", *map(str, beside))
    assert inputs_of(display, 1) == [Move(140, 660)]
    hand._xdotool("mouseup", "1")
    assert inputs_of(display, 1) == [Release(140, 660)]


def test_a_key_that_lights_up_is_shown_alone(display: Display, degrees: int, eye: Eye) -> None:
    until(lambda: eye(*on_panel(degrees, 0, 0)) != (0, 0, 0), "the picture")
    display.surface.fill((255, 255, 255))
    display.flip(KEY)
    inside = [KEY.topleft, (KEY.right - 1, KEY.top), (KEY.right - 1, KEY.bottom - 1), (KEY.left, KEY.bottom - 1)]
    outside = [(KEY.left - 1, KEY.top), (KEY.right, KEY.top), (KEY.left, KEY.top - 1), (KEY.left, KEY.bottom)]
    for place in inside:
        wait_to_see(eye, on_panel(degrees, *place), (255, 255, 255))
    assert [eye(*on_panel(degrees, *place)) for place in outside] == [INK] * 4
