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
