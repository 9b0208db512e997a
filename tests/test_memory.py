"""What a picture took goes back to the system, and nothing is loaded that a kiosk never plays."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import memory
from tests.conftest import ROOT

PICTURES = """
import sys
from kiosk.memory import give_back
if sys.argv[1] == "given back":
    assert give_back()
large = b"x" * 4_000_000  # what glibc takes the next ones' measure from
del large
pictures, held = [], []
for _ in range(20):
    pictures.append(b"x" * 1_000_000)
    held.append(b"x" * 60_000)
del pictures
print(next(line for line in open("/proc/self/smaps_rollup") if line.startswith("Pss_Anon:")).split()[1])
"""

KIOSK = """
import atexit, sys
atexit.register(lambda: print(*sorted(name for name, module in sys.modules.items() if module)))
from kiosk.door import main
main()
"""
SETTINGS = """
[kiosk]
id = "small"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
buzzer = 26
pins = "mock"
[visit]
settle_s = 0
"""
FOR_OTHERS = [
    "_hashlib",
    "_sysconfigdata__linux_x86_64-linux-gnu",
    "click",
    "colorzero.color",
    "dataclasses",
    "email",
    "filecmp",
    "fractions",
    "gpiozero.boards",
    "importlib.metadata",
    "importlib.resources",
    "json",
    "kiosk.cli",
    "locale",
    "numpy",
    "pygame.imageext",
    "pygame.mixer",
    "pygame.sprite",
    "random",
    "shutil",
    "socket",
    "sqlite_utils",
    "ssl",
    "sync",
    "tempfile",
    "typing_extensions",
    "zipfile",
]
"""What takes a tenth of the time until the faces stand, 6 MB, and OpenSSL, 3 MB more. It comes once somebody asks."""
AT_MOST = 350
"""Modules that a kiosk in use has loaded, those of Python's own start among them."""


def run(code: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps no such threshold")
def test_pictures_that_are_gone_leave_no_holes() -> None:
    without, given_back = (int(run(PICTURES, how)) for how in ("without", "given back"))
    assert given_back + 15_000 < without  # KiB


def test_a_c_library_that_knows_no_such_thing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not memory.give_back()


def test_no_codecs_are_loaded_for_sounds_that_are_never_played() -> None:
    loaded = run("import hardware.display, pygame; pygame.font.init(); print(open('/proc/self/maps').read())")
    assert "libSDL2" in loaded
    assert "mixer" not in loaded
    assert "libvorbis" not in loaded


def test_a_kiosk_whose_first_vote_was_stored_has_loaded_nothing_that_only_others_need(tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(SETTINGS)
    place = ["--settings", str(tmp_path / "moodpost.toml"), "--data", str(tmp_path / "data")]
    kiosk = subprocess.Popen(
        [sys.executable, "-c", KIOSK, "kiosk", *place, "--screen", "offscreen", "--trace", "--play"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert kiosk.stdin and kiosk.stdout
    said = ""
    with kiosk:
        for order, heard in (("press 1", '"attract"'), ("quit", '"stored"')):
            while heard not in said:
                said = kiosk.stdout.readline()
                assert said, "the kiosk ended by itself"
            print(order, file=kiosk.stdin, flush=True)
        *_, last = kiosk.stdout
    assert kiosk.returncode == 0
    loaded = last.split()
    assert {"gpiozero.input_devices", "kiosk.store", "pygame.font"} <= set(loaded)
    assert not [name for name in loaded if name in FOR_OTHERS]
    assert len(loaded) <= AT_MOST


def test_a_start_in_a_hurry_looks_for_no_cycles_and_afterwards_only_among_what_came_later() -> None:
    code = """
import gc
from kiosk import memory
usual = gc.get_threshold()
memory.settle()
print(gc.get_threshold() == usual, gc.get_freeze_count())
memory.hurry()
before = gc.get_stats()[0]["collections"]
kept = [[] for _ in range(100_000)]
print(gc.get_stats()[0]["collections"] - before, gc.isenabled())
memory.settle()
print(gc.get_threshold() == usual, gc.get_freeze_count() > 100_000)
"""
    assert run(code).split("\n")[:3] == ["True 0", "0 True", "True True"]
