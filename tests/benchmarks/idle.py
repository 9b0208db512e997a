"""What the kiosk costs while nobody is there: wake-ups a second, beside the 33 ms poll that most loops are.

Fair, because a loop that looks 30 times a second is what a pygame program does by default; that figure is
counted in a process of its own in the same run, not assumed. Needs Xvfb.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.conftest import until
from tests.running import Place

SECONDS = 10.0
POLL = """
import pygame, time
pygame.display.init()
pygame.display.set_mode((800, 480))
while True:
    pygame.event.get()
    time.sleep(0.033)
"""


def measure() -> Iterator[Figure]:
    """In a real window, 10 s each, one after the other."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    try:
        polling = _polling()
        ours, cpu = _ours()
    finally:
        server.terminate()
        server.wait()
    yield Figure("idle in a window", "wake-ups/s", ours, "polling each 33 ms", polling, None)
    yield Figure("idle in a window, at most", "wake-ups/s", ours, "the goal of 5", 5.0, 1.0)
    yield Figure("idle in a window", "% of a core", cpu, "the goal of 0.2", 0.2, 1.0)


def _ours() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.kiosk()
        until(place.on_screen("attract"), "the faces")
        pid = place.members["kiosk"].pid
        figures = _rate(pid)
        place.close()
        return figures


def _polling() -> float:
    with subprocess.Popen([sys.executable, "-c", POLL], stdout=subprocess.DEVNULL) as process:
        time.sleep(1.0)
        rate, _ = _rate(process.pid)
        process.kill()
    return rate


def _rate(pid: int) -> tuple[float, float]:
    """Wake-ups a second of all threads, and per cent of a core, over SECONDS."""
    time.sleep(1.0)
    wakes, ticks = _wakes(pid), _ticks(pid)
    time.sleep(SECONDS)
    cpu = (_ticks(pid) - ticks) / os.sysconf("SC_CLK_TCK") / SECONDS * 100
    return (_wakes(pid) - wakes) / SECONDS, cpu


def _wakes(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
