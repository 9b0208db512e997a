"""Screen, touch and backlight of a made-up Pi: good, bad, missing, garbage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hardware.health import Health
from hardware.probes import screen
from tests.pi import DSI, EVENT, HDMI, LIGHT, Pi, reading


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def test_a_healthy_pi_has_a_screen_that_is_lit_and_can_be_touched(pi: Pi) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in screen.probe(pi.root)] == [
        ("screen", "good", "A screen is connected (800x480).", "DSI-1 connected, enabled, 800x480"),
        ("touch", "good", "There is something to touch.", "event0 'generic ft5x06 (79)'"),
        ("backlight", "good", "The screen is lit.", "10-0045/brightness = 174 of 255"),
    ]


@pytest.mark.parametrize(
    ("name", "path", "content", "condition", "raw"),
    [
        ("screen", f"{DSI}/status", "disconnected\n", "bad", "DSI-1 disconnected, HDMI-A-1 disconnected"),
        ("screen", f"{DSI}/modes", "", "bad", "DSI-1 connected, enabled, no modes"),
        ("screen", f"{DSI}/enabled", "disabled\n", "bad", "DSI-1 connected, disabled, 800x480"),
        ("screen", f"{DSI}/status", "perhaps\n", "unknown", "card1-DSI-1/status = 'perhaps'"),
        ("screen", f"{DSI}/modes", None, "unknown", "card1-DSI-1/modes: No such file or directory"),
        ("screen", "sys/class/drm", None, "unknown", "no connector in /sys/class/drm"),
        ("touch", "sys/class/input", None, "bad", "none in /sys/class/input"),
        ("touch", f"{EVENT}/device/capabilities/abs", "garbage\n", "bad", "none in /sys/class/input"),
        ("touch", "dev/input/event0", None, "bad", "event0 'generic ft5x06 (79)'"),
        ("touch", f"{EVENT}/device/name", None, "good", "event0 '?'"),
        ("backlight", f"{LIGHT}/brightness", "0\n", "unknown", "10-0045/brightness = 0 of 255"),
        ("backlight", f"{LIGHT}/bl_power", "4\n", "unknown", "10-0045/brightness = 174 of 255"),
        ("backlight", f"{LIGHT}/bl_power", None, "good", "10-0045/brightness = 174 of 255"),
        ("backlight", f"{LIGHT}/bl_power", "off\n", "unknown", "10-0045/bl_power = 'off', which is no number"),
        ("backlight", f"{LIGHT}/brightness", "999\n", "unknown", "10-0045/brightness = 999 of 255"),
        (
            "backlight",
            f"{LIGHT}/max_brightness",
            "many\n",
            "unknown",
            "10-0045/max_brightness = 'many', which is no number",
        ),
        ("backlight", f"{LIGHT}/brightness", None, "unknown", "10-0045/brightness: No such file or directory"),
        ("backlight", LIGHT, None, "unknown", "none in /sys/class/backlight"),
    ],
)
def test_each_reading_is_good_bad_or_unknown(
    pi: Pi, name: str, path: str, content: str | None, condition: str, raw: str
) -> None:
    pi.write(path, content)
    found = reading(screen.probe(pi.root), name)
    assert (found.condition, found.raw) == (condition, raw)


def test_the_connector_that_shows_something_is_told(pi: Pi) -> None:
    for name, content in {"status": "connected", "enabled": "enabled", "modes": "1920x1080\n1280x720"}.items():
        pi.write(f"{HDMI}/{name}", f"{content}\n")
    pi.write(f"{DSI}/enabled", "disabled\n")
    assert reading(screen.probe(pi.root), "screen").raw == "HDMI-A-1 connected, enabled, 1920x1080"


@pytest.mark.parametrize(("driver", "condition"), [("window", "good"), ("offscreen", "unknown")])
def test_without_a_bare_screen_its_connectors_do_not_matter(pi: Pi, driver: str, condition: str) -> None:
    pi.write("sys/class/drm", None)
    assert reading(screen.probe(pi.root, driver), "screen").condition == condition


def test_a_window_is_touched_through_its_own_connection(pi: Pi) -> None:
    pi.write("sys/class/input", None)
    assert reading(screen.probe(pi.root, "window"), "touch").condition == "good"


def test_a_kiosk_that_is_meant_to_have_no_touch_misses_none(pi: Pi) -> None:
    pi.write("sys/class/input", None)
    assert reading(screen.probe(pi.root, touch=False), "touch").condition == "good"


def test_what_to_do_about_touch_depends_on_why_there_is_none(pi: Pi) -> None:
    pi.write("dev/input/event0", None)
    assert "must be in the group input" in reading(screen.probe(pi.root), "touch").said
    pi.write("sys/class/input", None)
    assert "see to its cable" in reading(screen.probe(pi.root), "touch").said


def test_a_screen_on_hdmi_sees_to_its_own_light(pi: Pi) -> None:
    pi.write(LIGHT, None)
    pi.write(f"{DSI}/status", "disconnected\n")
    pi.write(f"{HDMI}/status", "connected\n")
    found = reading(screen.probe(pi.root), "backlight")
    assert (found.condition, found.raw) == ("good", "HDMI-A-1, no backlight")


@pytest.mark.parametrize(("name", "content"), [("brightness", "0"), ("bl_power", "1"), ("bl_power", "4")])
def test_a_light_that_is_off_may_be_asleep(pi: Pi, name: str, content: str) -> None:
    pi.write(f"{LIGHT}/{name}", f"{content}\n")
    found = reading(screen.probe(pi.root), "backlight")
    assert (found.condition, found.said[:27]) == ("unknown", "The screen's light is off: ")


def test_a_light_that_could_not_be_set_is_bad(pi: Pi) -> None:
    found: list[Health] = screen.probe(pi.root, trouble=lambda: "10-0045: can't be set (Input/output error).")
    light = reading(found, "backlight")
    assert light.condition == "bad"
    assert light.raw == "10-0045/brightness = 174 of 255; 10-0045: can't be set (Input/output error)."


def test_a_light_that_this_user_may_not_set_is_bad(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access

    def refuse(path: Any, mode: int) -> bool:
        return mode != os.W_OK and real(path, mode)

    with monkeypatch.context() as another_user:
        another_user.setattr(os, "access", refuse)
        light = reading(screen.probe(pi.root), "backlight")
    assert light.condition == "bad"
    assert "must be in the group video" in light.said
