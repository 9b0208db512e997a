"""Uptime, last start, watchdog, load and versions of a made-up Pi: good, bad, missing, garbage."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.health import Health
from hardware.probes import system
from tests.pi import BOOTLOADER, DOG, PSTORE, Pi, reading

POWER = "proc/device-tree/chosen/power/power_reset"


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def probe(pi: Pi) -> list[Health]:
    return system.probe(pi.root, "0.1.0", cpus=lambda: 4)


def test_a_healthy_pi_is_up_watched_and_idle(pi: Pi) -> None:
    found = probe(pi)
    assert [(one.name, one.condition, one.said, one.raw) for one in found[:4]] == [
        ("uptime", "good", "Up 3 d 04:12.", "uptime = 274320 s"),
        (
            "reboot",
            "good",
            "It started as its power came back.",
            "watchdog0/bootstatus = 0x0; pm_rsts = 0x1000",
        ),
        (
            "watchdog",
            "good",
            "If it hangs it restarts after 15 s.",
            "watchdog0: Broadcom BCM2835 Watchdog timer, active, 15 s",
        ),
        ("load", "good", "It is 2 % busy.", "loadavg = 0.08 in 5 min, 4 processors"),
    ]
    version = found[4]
    assert (version.condition, version.said) == ("good", "Raspberry Pi 3 Model B Plus Rev 1.3.")
    for part in ("Moodpost 0.1.0, Python 3.", ", pygame", ", SQLite 3.", ", Linux 6.12.47+rpt-rpi-v8"):
        assert part in version.raw


@pytest.mark.parametrize(
    ("name", "path", "content", "condition", "raw"),
    [
        ("uptime", "proc/uptime", None, "unknown", "proc/uptime: No such file or directory"),
        ("uptime", "proc/uptime", "long\n", "unknown", "proc/uptime = 'long'"),
        ("reboot", PSTORE, "Oops", "bad", "pstore: dmesg-ramoops-0"),
        ("reboot", f"{DOG}/bootstatus", "32\n", "bad", "watchdog0/bootstatus = 0x20; "),
        ("reboot", f"{DOG}/bootstatus", "?\n", "unknown", "watchdog0/bootstatus = '?', which is no number"),
        (
            "reboot",
            f"{BOOTLOADER}/pm_rsts",
            b"\0\0",
            "unknown",
            "bootloader/pm_rsts = b'\\x00\\x00', which is no 32-bit number",
        ),
        ("reboot", f"{BOOTLOADER}/pm_rsts", b"\0\0\0\0", "unknown", "watchdog0/bootstatus = 0x0; pm_rsts = 0x0"),
        ("reboot", f"{BOOTLOADER}/pm_rsts", None, "unknown", "no rsts in /chosen/bootloader of the device tree"),
        ("watchdog", f"{DOG}/state", "inactive\n", "bad", "watchdog0: Broadcom BCM2835 Watchdog timer, inactive"),
        ("watchdog", f"{DOG}/state", "asleep\n", "unknown", "watchdog0/state = 'asleep'"),
        ("watchdog", f"{DOG}/state", None, "unknown", "watchdog0/state: No such file or directory"),
        ("watchdog", f"{DOG}/timeout", "soon\n", "unknown", "watchdog0/timeout = 'soon', which is no number"),
        ("watchdog", DOG, None, "unknown", "nothing in /sys/class/watchdog"),
        ("load", "proc/loadavg", "0.1 8.00 9.0 1/2 3\n", "good", "loadavg = 8.0 in 5 min, 4 processors"),
        ("load", "proc/loadavg", "0.1 8.01 9.0 1/2 3\n", "bad", "loadavg = 8.01 in 5 min, 4 processors"),
        ("load", "proc/loadavg", "busy\n", "unknown", "proc/loadavg = 'busy'"),
        ("load", "proc/loadavg", None, "unknown", "proc/loadavg: No such file or directory"),
        ("version", "proc/sys/kernel/osrelease", None, "unknown", "kernel/osrelease: No such file or directory"),
        ("version", "proc/sys/kernel/osrelease", b"\xff", "unknown", "kernel/osrelease: no text"),
    ],
)
def test_each_reading_is_good_bad_or_unknown(
    pi: Pi, name: str, path: str, content: str | bytes | None, condition: str, raw: str
) -> None:
    pi.write(path, content)
    found = reading(probe(pi), name)
    assert (found.condition, found.raw) == (condition, raw)


@pytest.mark.parametrize(
    ("model", "register", "said"),
    [
        ("3 Model B Plus Rev 1.3", 0x20, "It was restarted by command, or by its watchdog: a Pi doesn't tell which."),
        ("3 Model B Plus Rev 1.3", 0x1000, "It started as its power came back."),
        ("4 Model B Rev 1.4", 0x1000, "It was switched on, or restarted: a Pi 4 doesn't tell which."),
        ("Compute Module 4 Rev 1.0", 0x1000, "It was switched on, or restarted: a Pi 4 doesn't tell which."),
        ("5 Model B Rev 1.0", 0x1000, "It started as its power came back."),
    ],
)
def test_why_it_started_is_told_as_far_as_the_board_does(pi: Pi, model: str, register: int, said: str) -> None:
    pi.write("proc/device-tree/model", f"Raspberry Pi {model}\0")
    pi.write(f"{BOOTLOADER}/pm_rsts", None)
    pi.write(f"{BOOTLOADER}/rsts", register.to_bytes(4, "big"))
    found = reading(probe(pi), "reboot")
    assert (found.condition, found.said) == ("good", said)
    assert found.raw.endswith(f"; rsts = {register:#x}")


@pytest.mark.parametrize(
    ("bits", "condition", "what"),
    [
        (0, "good", "It started as its power came back."),
        (0b1000, "good", "It started as its power came back."),
        (0b1, "bad", "This Pi was once stopped by too high a voltage,"),
        (0b10, "bad", "This Pi was once stopped by too little power,"),
        (0b10110, "bad", "This Pi was once stopped by too little power and too much heat and the watchdog,"),
    ],
)
def test_a_pi_5_tells_what_stopped_it(pi: Pi, bits: int, condition: str, what: str) -> None:
    pi.write(POWER, bits.to_bytes(4, "big"))
    found = reading(probe(pi), "reboot")
    assert found.condition == condition
    assert found.said.startswith(what)
    assert f"power_reset = {bits:#x}" in found.raw


def test_one_watchdog_of_two_that_is_awake_is_enough(pi: Pi) -> None:
    pi.write(f"{DOG}/state", "inactive\n")
    other = "sys/class/watchdog/watchdog1"
    for name, content in {"identity": "Software Watchdog", "state": "active", "timeout": "60"}.items():
        pi.write(f"{other}/{name}", f"{content}\n")
    found = reading(probe(pi), "watchdog")
    assert (found.condition, found.raw) == ("good", "watchdog1: Software Watchdog, active, 60 s")


def test_another_machine_is_named_by_its_processor(pi: Pi) -> None:
    pi.write("proc/device-tree", None)
    found = reading(probe(pi), "version")
    assert found.condition == "good"
    assert found.said.strip(".").isidentifier()


def pygame(ours: bool) -> Any:
    fake = SimpleNamespace(version=SimpleNamespace(ver="2.5.8"), get_sdl_version=lambda: (2, 32, 10))
    if ours:
        fake.IS_CE = 1
    return fake


@pytest.mark.parametrize(("ours", "condition"), [(True, "good"), (False, "bad")])
def test_the_wrong_pygame_is_told(pi: Pi, monkeypatch: pytest.MonkeyPatch, ours: bool, condition: str) -> None:
    monkeypatch.setitem(sys.modules, "pygame", pygame(ours))
    found = reading(probe(pi), "version")
    assert found.condition == condition
    assert "pygame 2.5.8, SDL 2.32.10" in found.raw


def test_pygame_is_not_loaded_to_tell_its_version(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pygame", raising=False)
    assert f"pygame-ce {importlib.metadata.version('pygame-ce')}" in reading(probe(pi), "version").raw
    assert "pygame" not in sys.modules


def test_without_pygame_the_rest_is_told(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.delitem(sys.modules, "pygame", raising=False)
    monkeypatch.setattr(importlib.metadata, "version", missing)
    found = reading(probe(pi), "version")
    assert found.condition == "good"
    assert "pygame" not in found.raw
