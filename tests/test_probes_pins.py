"""The pins of a made-up Pi and what drives them: good, bad, missing, an empty shell, a trial's."""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.probes import pins
from hardware.probes.pins import Chip
from tests.pi import Pi, reading


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Which lgpio there is; nothing of it is loaded. Without a version it is none."""
    lgpio = {"version": "0.2.2.0"}

    def version(name: str) -> str:
        if name != "lgpio" or lgpio.get("version", "none") == "none":
            raise importlib.metadata.PackageNotFoundError(name)
        return lgpio["version"]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object() if lgpio else None)
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    return lgpio


def test_a_healthy_pi_has_pins_and_what_drives_them(pi: Pi, installed: dict[str, str]) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in pins.probe(pi.root, chip=pi.chip)] == [
        (
            "pins",
            "good",
            "The pins can be used.",
            "gpiochip0 pinctrl-bcm2835 (54 lines), gpiochip1 raspberrypi-exp-gpio (8 lines)",
        ),
        ("pins.library", "good", "The library of the pins is installed.", "lgpio 0.2.2.0"),
    ]
    assert "lgpio" not in sys.modules


@pytest.mark.parametrize("label", ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"])
def test_the_chip_of_each_pi_is_known(pi: Pi, label: str) -> None:
    found = reading(pins.probe(pi.root, chip=lambda path: Chip(path.name, label, 54)), "pins")
    assert found.condition == "good"


def test_another_machines_chips_are_unknown(pi: Pi) -> None:
    found = reading(pins.probe(pi.root, chip=lambda path: Chip(path.name, "INT33FC:00", 102)), "pins")
    assert (found.condition, found.said) == ("unknown", "The pins are not those of a known Raspberry Pi.")


def test_a_machine_without_pins_is_bad_where_buttons_are_wired(pi: Pi) -> None:
    pi.write("dev", None)
    found = reading(pins.probe(pi.root), "pins")
    assert (found.condition, found.raw) == ("bad", "no /dev/gpiochip*")


def refused(_path: Path) -> Chip:
    raise PermissionError(13, "Permission denied")


def test_pins_that_this_user_may_not_use_are_bad(pi: Pi) -> None:
    found = reading(pins.probe(pi.root, chip=refused), "pins")
    assert found.condition == "bad"
    assert found.said == "The pins may not be used: the kiosk's user must be in the group gpio."
    assert found.raw == "/dev/gpiochip0: Permission denied, /dev/gpiochip1: Permission denied"


def test_a_chip_beside_the_header_may_be_refused(pi: Pi) -> None:
    found = reading(
        pins.probe(pi.root, chip=lambda path: pi.chip(path) if path.name == "gpiochip0" else refused(path)), "pins"
    )
    assert (found.condition, "gpiochip1: Permission denied" in found.raw) == ("good", True)


def test_why_the_kiosk_could_not_have_its_pins_is_told(pi: Pi) -> None:
    found = reading(pins.probe(pi.root, trouble="the panel's pins [5, 99] can't be had", chip=pi.chip), "pins")
    assert (found.condition, found.raw[-37:]) == ("bad", "the panel's pins [5, 99] can't be had")


def test_mock_pins_never_look_healthy(pi: Pi) -> None:
    assert [found.condition for found in pins.probe(pi.root, "mock", chip=pi.chip)] == ["unknown", "unknown"]


def test_a_kiosk_without_buttons_needs_no_pins(pi: Pi) -> None:
    pi.write("dev", None)
    assert [found.condition for found in pins.probe(pi.root, None)] == ["good", "good"]


@pytest.mark.parametrize(
    ("version", "condition", "raw"),
    [
        ("0.2.2.0", "good", "lgpio 0.2.2.0"),
        ("0.10.0.0", "good", "lgpio 0.10.0.0"),
        ("1.0", "good", "lgpio 1.0"),
        ("0.0.0.2", "bad", "lgpio 0.0.0.2"),
        ("0.2.0.0", "bad", "lgpio 0.2.0.0"),
        ("none", "unknown", "lgpio of unknown version"),
        ("new", "unknown", "lgpio new"),
    ],
)
def test_an_old_lgpio_is_an_empty_shell(
    pi: Pi, installed: dict[str, str], version: str, condition: str, raw: str
) -> None:
    installed["version"] = version
    found = reading(pins.probe(pi.root, chip=pi.chip), "pins.library")
    assert (found.condition, found.raw) == (condition, raw)


@pytest.mark.parametrize(
    ("loaded", "condition"), [(SimpleNamespace(), "bad"), (SimpleNamespace(gpiochip_open=1), "good")]
)
def test_a_shell_that_is_loaded_is_seen_whatever_its_version(
    pi: Pi, installed: dict[str, str], monkeypatch: pytest.MonkeyPatch, loaded: Any, condition: str
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", loaded)
    assert reading(pins.probe(pi.root, chip=pi.chip), "pins.library").condition == condition


def test_no_lgpio_at_all_is_bad(pi: Pi, installed: dict[str, str]) -> None:
    installed.clear()
    found = reading(pins.probe(pi.root, chip=pi.chip), "pins.library")
    assert (found.condition, found.raw) == ("bad", "no lgpio")


def test_a_chip_is_asked_as_the_kernel_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ioctl(_descriptor: int, request: int, argument: bytes) -> bytes:
        asked.append(request)
        assert len(argument) == 68
        return struct.pack("32s32sI", b"gpiochip0", b"pinctrl-rp1", 54)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    chip = tmp_path / "gpiochip0"
    chip.touch()
    assert pins.ask(chip) == Chip("gpiochip0", "pinctrl-rp1", 54)
    read, size, kind, number = 2, 68, 0xB4, 1
    assert asked == [read << 30 | size << 16 | kind << 8 | number]


def test_what_is_no_chip_says_so(tmp_path: Path) -> None:
    chip = tmp_path / "gpiochip0"
    chip.touch()
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        pins.ask(chip)
