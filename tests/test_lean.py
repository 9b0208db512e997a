"""What libraries bring along for others is left out, and comes as soon as somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

TAKEN = "import hardware, sys; "


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_buttons_and_lights_come_without_all_the_boards_that_there_are() -> None:
    code = "import hardware.panel, hardware.lights, hardware.buzzer, sys; print('gpiozero.boards' in sys.modules)"
    assert run(code) == "False"


@pytest.mark.parametrize(
    "asked",
    [
        "import gpiozero; print(gpiozero.TrafficLights.__name__)",
        "from gpiozero import TrafficLights; print(TrafficLights.__name__)",
        "import gpiozero.input_devices, gpiozero; print(gpiozero.TrafficLights.__name__)",
    ],
)
def test_whoever_asks_gpiozero_for_more_gets_it(asked: str) -> None:
    assert run(TAKEN + asked) == "TrafficLights"


def test_what_gpiozero_never_had_is_missed_as_usual() -> None:
    code = "import gpiozero; print(hasattr(gpiozero, '__nothing__'), hasattr(gpiozero, 'Nothing'))"
    assert run(TAKEN + code) == "False False"


def test_a_gpiozero_that_is_there_already_is_left_alone() -> None:
    code = "import gpiozero, hardware, sys; print('importlib_metadata' in sys.modules, gpiozero.Button.__name__)"
    assert run(code) == "False Button"


def test_lights_without_colours_and_buttons_without_readings_load_neither() -> None:
    code = "import hardware.panel, hardware.lights, sys; "
    assert run(code + "print({'fractions', 'colorzero.color'} & set(sys.modules))") == "set()"


def test_what_stands_in_for_a_module_becomes_it_once_it_is_called_or_asked() -> None:
    real = "import statistics; print(statistics.__spec__ is not None)"
    called = "import statistics; print(statistics.median([3, 1, 2]), 'fractions' in sys.modules); "
    assert run(TAKEN + called + real).split() == ["2", "True", "True"]
    asked = (
        "from statistics import fmean; print(fmean([1, 2])); import statistics; print(statistics.__spec__ is not None)"
    )
    assert run(TAKEN + asked).split() == ["1.5", "True"]
    assert run(TAKEN + "from colorzero import Color; print(Color('red').html)") == "#ff0000"
    assert run(TAKEN + "import statistics; print(hasattr(statistics, '__nothing__'), hasattr(statistics, 'no'))") == (
        "False False"
    )


def test_a_module_that_is_there_already_has_no_stand_in() -> None:
    code = "import statistics, colorzero, hardware, sys; "
    code += "print(statistics.__spec__ is not None, sys.modules['colorzero'] is colorzero)"
    assert run(code) == "True True"


def test_a_picture_comes_without_all_that_pygame_would_load() -> None:
    code = "import hardware.display, pygame, sys; pygame.font.init(); "
    assert run(code + "print([m for m in ('pygame.sprite', 'pygame.pkgdata') if m in sys.modules])") == "[]"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("import pygame; print(pygame.Vector2(1, 2).x)", "1.0"),
        ("from pygame import sprite; print(sprite.Group.__name__)", "Group"),
        ("import pygame.sprite, pygame; print(pygame.Mask.__name__)", "Mask"),
        ("import pygame; print(pygame.K_a, pygame.QUIT, issubclass(pygame.error, RuntimeError))", "97 256 True"),
        ("import pygame; print(pygame.Color('red')[:], pygame.FRect(0, 0, 1, 1).w)", "(255, 0, 0, 255) 1.0"),
        ("import pygame; print(hasattr(pygame, '__nothing__'), hasattr(pygame, 'Nothing'))", "False False"),
        ("import pygame; print(pygame.NOTHING if hasattr(pygame, 'NOTHING') else pygame.ver[0])", "2"),
        ("import pygame; pygame.init(); pygame.quit(); print(pygame.time.Clock.__name__)", "Clock"),
    ],
)
def test_whoever_asks_pygame_for_more_gets_it(asked: str, told: str) -> None:
    code = "import os; os.environ.update(PYGAME_HIDE_SUPPORT_PROMPT='1', SDL_VIDEODRIVER='dummy'); "
    assert run(code + TAKEN + asked) == told


def test_a_pygame_that_is_there_already_is_left_alone() -> None:
    code = "import pygame; whole = set(vars(pygame)); import hardware; "
    assert run(code + "print('sprite' in whole, set(vars(pygame)) == whole)").splitlines()[-1] == "True True"


def test_msgspec_asks_nobody_for_what_python_has() -> None:
    loaded = "print('typing_extensions' in sys.modules); "
    assert run(TAKEN + loaded + "import typing_extensions; print(typing_extensions.__name__)").split() == [
        "False",
        "typing_extensions",
    ]
    was = "import sys, typing_extensions as was; import hardware; print(sys.modules['typing_extensions'] is was)"
    assert run(was) == "True"


def test_a_sync_without_gpiozero_does_without() -> None:
    code = "import hardware.lean as lean, sys; sys.modules.pop('gpiozero'); lean.find_spec = lambda name: None; "
    assert run(code + "lean.leave_out(); print('gpiozero' in sys.modules)") == "False"


def test_plugins_of_gpiozero_are_found_when_they_are_looked_for() -> None:
    code = (
        "import hardware.panel, importlib_metadata; print('importlib.metadata' in sys.modules); "
        "print('lgpio' in importlib_metadata.entry_points(group='gpiozero_pin_factories').names)"
    )
    assert run(TAKEN + code).split() == ["False", "True"]


def test_the_backport_that_gpiozero_asks_for_is_the_library_s_own() -> None:
    code = (
        "import importlib_metadata, importlib.metadata; print(hasattr(importlib_metadata, '__nothing__')); "
        "print(importlib_metadata.version is importlib.metadata.version)"
    )
    assert run(TAKEN + code).split() == ["False", "True"]
