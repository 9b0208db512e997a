"""All probes of a made-up Pi together: nothing wrong is told as such, and nothing that is anybody's secret is told."""

from __future__ import annotations

import fcntl
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from hardware import probes
from hardware.health import Health
from hardware.probes.look import Probe, look
from tests.conftest import ROOT
from tests.pi import FILES, SERIAL, Pi

RANKED = {
    *("temperature", "throttled", "power", "memory"),
    *("disk.space", "disk.errors", "disk.readonly", "disk.canary", "card"),
    *("uptime", "reboot", "watchdog", "load", "version"),
    *("screen", "touch", "backlight", "pins", "pins.library", "clock", "rtc"),
}
"""What the verdict ranks."""
GIVEN = 60.0
"""Seconds: a busy machine is no failure here."""
BESIDE_THE_TREE = {"disk.space", "pins.library", "disk.canary", "version", "clock"}
"""Readings that this machine itself has a say in."""


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pi:
    made = Pi(tmp_path / "pi")
    header = struct.pack("32s32sI", b"gpiochip0", b"pinctrl-bcm2835", 54)
    monkeypatch.setattr(fcntl, "ioctl", lambda *_args: header)
    return made


def everything(pi: Pi) -> list[Health]:
    found = probes.all_probes(pi.data, root=pi.root, latch=probes.open_latch(pi.data, pi.root))
    return look(found, GIVEN, probes.readings())


def test_every_reading_that_the_verdict_ranks_is_found_once(pi: Pi) -> None:
    names = [health.name for health in everything(pi)]
    assert len(names) == len(set(names))
    assert set(names) >= RANKED


def test_each_probe_finds_the_readings_that_it_is_said_to_find(pi: Pi) -> None:
    found = {name: tuple(health.name for health in probe()) for name, probe in probes.all_probes(pi.data).items()}
    assert found == probes.readings()
    nothing = {name: tuple(health.name for health in probe()) for name, probe in bare(pi).items()}
    assert nothing == probes.readings()


def bare(pi: Pi) -> dict[str, Probe]:
    return probes.all_probes(pi.root / "none", root=pi.root / "none")


def test_on_a_healthy_pi_nothing_is_wrong(pi: Pi) -> None:
    odd = [health for health in everything(pi) if health.condition != "good" and health.name not in BESIDE_THE_TREE]
    assert odd == []


def test_where_there_is_nothing_at_all_nothing_is_guessed(pi: Pi) -> None:
    """Not even good: but for what this machine itself, not its tree, can tell."""
    good = {health.name for probe in bare(pi).values() for health in probe() if health.condition == "good"}
    assert good <= BESIDE_THE_TREE


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe\x00", b"garbage\n", b"-1\n", b"9" * 5000, b"\x1b[2J\n"])
def test_garbage_in_every_file_breaks_no_probe(pi: Pi, garbage: bytes) -> None:
    for path in FILES:
        pi.write(path, garbage)
    pi.write("proc/self/mountinfo", garbage)
    found = everything(pi)
    assert [health.name for health in found] == [name for names in probes.readings().values() for name in names]
    assert [health for health in found if "could not look" in health.said] == []
    assert [health for health in found if not (health.said + health.raw).isprintable()] == []
    assert [health for health in found if max(len(health.said), len(health.raw)) > 300] == []


def test_each_file_may_be_missing(pi: Pi) -> None:
    for path, content in FILES.items():
        pi.write(path, None)
        assert [(path, health) for health in everything(pi) if "could not look" in health.said] == []
        pi.write(path, content)


def test_no_number_of_a_card_and_no_place_of_a_file_is_told(pi: Pi) -> None:
    for path in ("sys/class/thermal", "sys/fs/ext4", "proc/meminfo"):
        pi.write(path, None)
    for health in everything(pi):
        assert SERIAL[2:] not in health.said + health.raw
        assert str(pi.root) not in health.said + health.raw
        assert "/" not in health.said.replace("Europe/Helsinki", "").replace("11/2024", "")


def test_sentences_are_sentences(pi: Pi) -> None:
    pi.write("sys", None)
    for health in everything(pi):
        assert health.said[0].isupper() or health.said[0].isdigit(), health
        assert health.said.endswith("."), health
        assert len(health.said) <= 140, health
        assert health.raw.isprintable(), health


def test_the_technicians_page_tells_of_each_reading() -> None:
    page = (ROOT / "docs/technician.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z.]+)` \|", page, re.MULTILINE)
    ours = {name for names in probes.readings().values() for name in names}
    assert set(told) >= ours
    assert len(told) == len(set(told))


def test_a_kiosk_that_nobody_looks_at_loads_no_probe() -> None:
    loads = (
        "import sys, pathlib, hardware.probes as probes\n"
        "probes.all_probes(pathlib.Path('.'))\n"
        "print([name for name in sys.modules if name.startswith('hardware.probes.')])"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout == "['hardware.probes.latch']\n"


def test_probes_load_nothing_that_costs_memory() -> None:
    loads = (
        "import sys, pathlib, hardware.probes as probes\n"
        "for probe in probes.all_probes(pathlib.Path('.')).values(): probe()\n"
        "dear = ('pygame.base', 'gpiozero.devices', 'lgpio', 'sqlite_utils', 'asyncio')\n"
        "print([name for name in dear if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_this_machine_is_looked_at_too(tmp_path: Path) -> None:
    found = look(probes.all_probes(tmp_path), GIVEN, probes.readings())
    assert {health.name for health in found if health.condition == "good"} >= {"memory", "disk.space", "uptime"}
