"""The picture and the touches of it, off screen: each touch counts once whatever events the driver makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from hardware import display as display_module
from hardware.devices import Devices
from hardware.display import Damaged, Display, Key, Move, Quit, Release, Touch, pick_driver
from hardware.errors import DisplayError, HardwareError
from hardware.evdev import Reader
from tests.conftest import ROOT

SIZE = (640, 480)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[Display]:
    for name in ("SDL_VIDEODRIVER", "SDL_FRAMEBUFFER_ACCELERATION"):
        monkeypatch.setenv(name, "")  # so that both are put back
    display = Display("offscreen", SIZE)
    list(display.inputs())
    yield display
    display.close()


def test_a_picture_that_is_opened_anew_has_another_size_and_touches_go_by_it(display: Display) -> None:
    display.lost = True
    display.reopen("offscreen", (1024, 600))
    assert (display.size, display.surface.get_size(), display.lost) == ((1024, 600), (1024, 600), False)
    display.flip()
    list(display.inputs())
    assert inputs(display, finger(0.5, 0.25)) == [Touch(512, 150)]


def test_a_picture_that_can_not_be_opened_anew_goes_off_screen_turned_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SDL_VIDEODRIVER", "SDL_FRAMEBUFFER_ACCELERATION"):
        monkeypatch.setenv(name, "")
    display = Display("offscreen", (480, 640), rotate=90)
    monkeypatch.setattr(display_module, "_sdl_driver", lambda driver: driver)  # SDL knows no "window"
    with pytest.raises(DisplayError, match="no picture through window"):
        display.reopen("window", (480, 640))
    assert (display.driver, display.size) == ("offscreen", (480, 640))
    display.close()


def test_a_screen_that_was_pulled_out_stops_nobody_and_is_told_once(
    display: Display, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def update(area: object) -> None:
        raise pygame.error("drmModePageFlip: Permission denied")

    monkeypatch.setattr(pygame.display, "update", update)
    for _ in range(3):
        display.flip()
    assert display.failing
    assert caplog.text.count("drmModePageFlip") == 1


def finger(x: float, y: float, kind: int = pygame.FINGERDOWN) -> pygame.Event:
    return pygame.Event(kind, touch_id=1, finger_id=0, x=x, y=y, dx=0.0, dy=0.0, pressure=1.0)


def mouse(x: int, y: int, *, touch: bool = False, button: int = 1, kind: int = pygame.MOUSEBUTTONDOWN) -> pygame.Event:
    return pygame.Event(kind, pos=(x, y), button=button, touch=touch)


def moved(x: int, y: int, *, touch: bool = False) -> pygame.Event:
    return pygame.Event(pygame.MOUSEMOTION, pos=(x, y), rel=(1, 1), buttons=(1, 0, 0), touch=touch)


def key(code: int, kind: int = pygame.KEYDOWN) -> pygame.Event:
    return pygame.Event(kind, key=code, mod=0, unicode="", scancode=0)


def inputs(display: Display, *events: pygame.Event) -> list[object]:
    for event in events:
        pygame.event.post(event)
    return list(display.inputs())


def test_a_finger_touches_where_it_comes_down(display: Display) -> None:
    assert inputs(display, finger(0.5, 0.25)) == [Touch(320, 120)]


@pytest.mark.parametrize(
    ("x", "y", "touch"),
    [
        (0.0, 0.0, Touch(0, 0)),
        (1.0, 1.0, Touch(639, 479)),
        (0.9999, 0.9999, Touch(639, 479)),
        (0.0, 1.0, Touch(0, 479)),
    ],
)
def test_a_finger_on_the_edge_touches_the_picture_and_not_beside_it(
    display: Display, x: float, y: float, touch: Touch
) -> None:
    assert inputs(display, finger(x, y)) == [touch]


def test_a_touch_that_comes_as_a_finger_alone_counts(display: Display) -> None:
    assert inputs(display, finger(0.1, 0.1), finger(0.1, 0.1, pygame.FINGERUP)) == [Touch(64, 48), Release(64, 48)]


def test_a_touch_that_comes_as_a_finger_and_as_a_mouse_counts_once(display: Display) -> None:
    both = [
        finger(0.1, 0.1),
        mouse(64, 48, touch=True),
        finger(0.2, 0.1, pygame.FINGERMOTION),
        moved(128, 48, touch=True),
        finger(0.2, 0.1, pygame.FINGERUP),
        mouse(128, 48, touch=True, kind=pygame.MOUSEBUTTONUP),
    ]
    once = [Touch(64, 48), Move(128, 48), Release(128, 48)]
    assert inputs(display, *both) == once
    assert inputs(display, *(both[n] for n in (1, 0, 3, 2, 5, 4))) == once


def test_a_mouse_touches_with_its_left_button_alone(display: Display) -> None:
    assert inputs(display, mouse(10, 20), mouse(11, 21, button=3), mouse(12, 22, button=4)) == [Touch(10, 20)]


def test_what_moves_or_goes_up_without_having_come_down_is_nobodys(display: Display) -> None:
    up = mouse(1, 1, kind=pygame.MOUSEBUTTONUP)
    strays = [finger(0.5, 0.5, pygame.FINGERMOTION), finger(0.5, 0.5, pygame.FINGERUP)]
    assert inputs(display, moved(1, 1), up, *strays) == []


def test_a_mouse_that_is_held_down_moves_and_is_let_go(display: Display) -> None:
    events = [mouse(1, 2), moved(3, 4), moved(3, 4), mouse(5, 6, kind=pygame.MOUSEBUTTONUP), moved(7, 8)]
    assert inputs(display, *events) == [Touch(1, 2), Move(3, 4), Release(5, 6)]


def test_another_button_of_the_mouse_does_not_let_go_of_the_left_one(display: Display) -> None:
    up = mouse(1, 2, button=3, kind=pygame.MOUSEBUTTONUP)
    assert inputs(display, mouse(1, 2), up) == [Touch(1, 2)]


def test_digit_keys_go_down_and_up(display: Display) -> None:
    assert inputs(display, key(pygame.K_1), key(pygame.K_1, pygame.KEYUP), key(pygame.K_9)) == [
        Key(1, True),
        Key(1, False),
        Key(9, True),
    ]


def test_other_keys_are_nobodys(display: Display) -> None:
    assert inputs(display, key(pygame.K_0), key(pygame.K_a), key(pygame.K_ESCAPE), key(pygame.K_F1)) == []


def test_closing_the_window_and_uncovering_it_are_told(display: Display) -> None:
    assert inputs(display, pygame.Event(pygame.QUIT), pygame.Event(pygame.WINDOWEXPOSED)) == [Quit(), Damaged()]


def test_inputs_come_in_their_order_and_once(display: Display) -> None:
    assert inputs(display, key(pygame.K_2), mouse(1, 2), pygame.Event(pygame.QUIT)) == [
        Key(2, True),
        Touch(1, 2),
        Quit(),
    ]
    assert inputs(display) == []


def test_a_player_touches_like_a_mouse(display: Display) -> None:
    display.touch(33, 44)
    assert list(display.inputs()) == [Touch(33, 44), Release(33, 44)]


def test_a_player_can_press_long(display: Display) -> None:
    display.press_at(33, 44)
    assert list(display.inputs()) == [Touch(33, 44)]
    assert list(display.inputs()) == []
    display.release_at(35, 44)
    assert list(display.inputs()) == [Release(35, 44)]


def test_the_picture_is_saved_as_it_was_drawn(display: Display, tmp_path: Path) -> None:
    display.surface.fill((0, 107, 78))
    display.flip()
    display.save(tmp_path / "shot.png")
    assert (tmp_path / "shot.png").read_bytes().startswith(b"\x89PNG\r\n")
    saved = pygame.image.load(tmp_path / "shot.png")
    assert (saved.get_size(), saved.get_at((639, 479))) == (SIZE, (0, 107, 78, 255))


def test_off_screen_there_is_nothing_to_sleep_on(display: Display) -> None:
    assert (display.driver, display.size, display.descriptors()) == ("offscreen", SIZE, [])
    display.drain(0)


def test_a_driver_without_descriptors_says_so(display: Display) -> None:
    display.driver = "wayland"
    assert display.descriptors() is None
    display.driver = "kmsdrm"  # no input device at all: one may be plugged in later
    assert display.descriptors() is None


def test_input_devices_wake_and_are_read_and_closed(display: Display) -> None:
    reading, writing = os.pipe2(os.O_NONBLOCK)
    other, other_end = os.pipe2(os.O_NONBLOCK)
    display.driver = "kmsdrm"
    display._devices._opened = {Path("event0"): reading}
    display._devices._readers = {reading: Reader(reading, SIZE)}
    os.write(writing, b"e" * 10_000)
    os.write(other_end, b"e")
    assert display.descriptors() == [reading]
    display.drain(reading)
    display.drain(other)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)
    assert os.read(other, 9) == b"e"
    display.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reading)
    for descriptor in (writing, other, other_end):
        os.close(descriptor)


def test_input_devices_are_a_bare_screens_only(display: Display, tmp_path: Path) -> None:
    (tmp_path / "dev/input").mkdir(parents=True)
    os.mkfifo(tmp_path / "dev/input/event0")
    display._devices = Devices(tmp_path)
    assert not display.refresh_inputs()  # a window is told by X
    assert display.descriptors() == []
    display.driver = "kmsdrm"
    assert display.refresh_inputs()
    notice, device = display.descriptors() or ()
    assert not display.inputs_changed
    os.mkfifo(tmp_path / "dev/input/event1")
    display.drain(notice)
    assert display.inputs_changed
    assert display.refresh_inputs()
    assert not display.inputs_changed
    assert len(display.descriptors() or ()) == 3
    assert device in (display.descriptors() or ())


def test_only_a_bare_panel_tells_how_large_it_is(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_module.panel_size, "physical_size", lambda panel, root: (152, 114))
    assert (display.mm, display.dpi) == (None, None)
    display.driver = "kmsdrm"
    assert display.mm == (152, 114)
    assert display.dpi == pytest.approx(640 / 152 * 25.4)


def test_a_panel_that_does_not_tell_its_size_has_no_dpi(display: Display, tmp_path: Path) -> None:
    display.driver = "kmsdrm"
    display._root = tmp_path
    assert (display.mm, display.dpi) == (None, None)


@pytest.mark.parametrize(
    ("screen", "environment", "accelerated"),
    [
        ("window", {"DISPLAY": ":47113"}, "0"),
        ("window", {"DISPLAY": "", "WAYLAND_DISPLAY": "none"}, "1"),
        ("offscreen", {}, "0"),
    ],
)
def test_only_drivers_that_can_show_a_picture_without_mesa_are_told_to(
    monkeypatch: pytest.MonkeyPatch, screen: str, environment: dict[str, str], accelerated: str
) -> None:
    """Told so, Wayland has no picture at all: "Window framebuffer support not available"."""
    for name, value in {"SDL_VIDEODRIVER": "", "SDL_FRAMEBUFFER_ACCELERATION": "", **environment}.items():
        monkeypatch.setenv(name, value)
    told = []

    def init() -> None:
        told.append(os.environ["SDL_FRAMEBUFFER_ACCELERATION"])
        raise pygame.error("enough")

    monkeypatch.setattr(pygame.display, "init", init)
    with pytest.raises(DisplayError, match="enough"):
        Display(screen)
    assert told == [accelerated]


def test_an_unknown_screen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DisplayError, match=r"^found screen 'fb', expected one of window, kmsdrm, offscreen$"):
        Display("fb")


def test_a_pygame_that_is_not_pygame_ce_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pygame, "IS_CE")
    with pytest.raises(
        DisplayError, match=r"^found pygame, expected pygame-ce: uninstall both, then install pygame-ce alone$"
    ):
        Display("offscreen")


def test_a_display_error_is_a_hardware_error_and_a_runtime_error() -> None:
    assert issubclass(DisplayError, HardwareError)
    assert issubclass(DisplayError, RuntimeError)


@pytest.mark.parametrize(
    ("environment", "cards", "driver"),
    [
        ({"DISPLAY": ":0"}, [], "window"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["card0"], "window"),
        ({}, ["card0"], "kmsdrm"),
        ({"DISPLAY": ""}, ["card1"], "kmsdrm"),
        ({}, ["renderD128"], "offscreen"),
        ({}, [], "offscreen"),
    ],
)
def test_the_picture_goes_where_this_machine_can_show_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], cards: list[str], driver: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for card in cards:
        (tmp_path / card).touch()
    monkeypatch.setattr(display_module, "Path", lambda _: tmp_path)
    assert pick_driver() == driver


NO_SCREEN = """
import os, sys
from pathlib import Path
from hardware.display import Display
from hardware.errors import DisplayError
before = len(os.listdir("/proc/self/fd"))
try:
    Display(sys.argv[1], root=Path(sys.argv[2]))
except DisplayError as error:
    print(error)
print(len(os.listdir("/proc/self/fd")) - before)
Display("offscreen", (320, 320)).close()
"""


@pytest.mark.parametrize(("screen", "why"), [("window", "x11 not available"), ("kmsdrm", "no graphics card is there")])
def test_a_screen_that_does_not_answer_is_told_and_the_next_one_can_be_tried(
    screen: str, why: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_SCREEN, screen, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DISPLAY": ":47113"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"no picture through {screen} ({why}). Is a screen connected?\n0\n"
    assert done.returncode == 0


def test_importing_the_display_says_nothing_and_leaves_signals_to_the_program() -> None:
    code = "import hardware.display, os; print(os.environ['SDL_NO_SIGNAL_HANDLERS'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
