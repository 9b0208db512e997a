"""What the kiosk costs while nobody is there, all its fonts loaded: beside Chromium's page, PySide6 and a 33 ms poll.

Fair, because all idle through the same 75 s after visits of the same kind, each in a window of its own, and each with
its whole tree of processes. The poll is what a pygame program does by default, counted and not assumed.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks import tree
from tests.benchmarks.contestants import Chromium, Contestant, Ours, Qt, running
from tests.benchmarks.figure import Figure
from tests.benchmarks.screen import screen
from tests.benchmarks.tree import Cost

SECONDS = 75.0
"""Long enough that what our store puts off for a minute after the last visit counts too."""
VISITS = 4
POLL = """
import pygame, time
pygame.display.init()
pygame.display.set_mode((800, 480))
while True:
    pygame.event.get()
    time.sleep(0.033)
"""
POLLING = "polling each 33 ms"


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """All at the same time."""
    with running(Ours, Chromium, Qt) as contestants, _polling() as poll:
        what = f"idle, {used(contestants)}"
        spent = _spent({one.name: one.pid for one in contestants} | {POLLING: poll})
    ours = spent[Ours.name]
    yield Figure(what, "wake-ups/s", ours.wakes / SECONDS, "the goal of 5", 5.0, 1.0)
    yield Figure(what, "% of a core", ours.cpu_s / SECONDS * 100, "the goal of 0.2", 0.2, 1.0)
    for beside in (Chromium.name, Qt.name, POLLING):
        other = spent[beside]
        yield Figure(what, "wake-ups/s", ours.wakes / SECONDS, beside, other.wakes / SECONDS, None)
        yield Figure(what, "% of a core", ours.cpu_s / SECONDS * 100, beside, other.cpu_s / SECONDS * 100, None)


def used(contestants: list[Contestant]) -> str:
    """Let some visits happen on each, ours in every language, until all are at rest; in how many it was."""
    spoken = ""
    for one in contestants:
        for number in range(VISITS):
            one.tap(number % len(one.faces))
        if isinstance(one, Ours):
            spoken = "{} of {} languages, {} screens each".format(*one.speak_all())
        one.rest()
    return spoken


@contextlib.contextmanager
def _polling() -> Iterator[int]:
    with (
        screen() as display,
        subprocess.Popen(
            [sys.executable, "-c", POLL], stdout=subprocess.DEVNULL, env={**os.environ, "DISPLAY": display}
        ) as process,
    ):
        try:
            yield process.pid
        finally:
            process.kill()


def _spent(trees: dict[str, int]) -> dict[str, Cost]:
    before = {name: tree.cost(pid) for name, pid in trees.items()}
    time.sleep(SECONDS)
    return {name: tree.spent(before[name], tree.cost(pid)) for name, pid in trees.items()}
