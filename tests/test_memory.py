"""What a picture took goes back to the system, and nothing is loaded that a kiosk never plays."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

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
    loaded = run("import hardware.display; print(open('/proc/self/maps').read())")
    assert "libSDL2" in loaded
    assert "mixer" not in loaded
    assert "libvorbis" not in loaded
