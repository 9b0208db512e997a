"""What a kiosk costs while nobody is there: ours, all fonts loaded, beside Chromium's page and server, PySide6, polls.

Fair, because all idle through the same 75 s (a minute, and what ours puts off for one) after visits of the same kind,
each in a window of its own, and each with its whole tree of processes. Ours is told alone and with its sync, which has
sent all to a collector, and in that time sends what the kiosk puts off, looks at the network if that is due (a minute
after its start, then each ten), and gives the signs of life that systemd waits for. The poll is what a pygame program
does by default, counted and not assumed; `sleep infinity` is the least that a process can cost.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks import tree
from tests.benchmarks.contestants import Chromium, Contestant, Qt, running
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Ours
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
SLEEPING = "`sleep infinity`"
WITH_SYNC = "ours with sync"


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """All at the same time."""
    with running(Ours, Chromium, Qt) as contestants, _polling() as poll, _sleeping() as sleep:
        ours = next(one for one in contestants if isinstance(one, Ours))
        trees = {one.name: [*one.pids] for one in contestants}
        ours.send()
        what = f"idle, {used(contestants)}"
        ours.sent()
        spent = _spent(trees | {POLLING: [poll], SLEEPING: [sleep], WITH_SYNC: ours.pids})
    most = Cost(round(5 * SECONDS), 0.002 * SECONDS)
    yield from _figures(what, spent[Ours.name], "the goal", most, 1.0)
    yield from _figures(what, spent[Ours.name], Chromium.name, spent[Chromium.name], 0.5)
    yield from _figures("idle, with sync", spent[WITH_SYNC], "the goal", most, 1.0)
    yield from _figures("idle, with sync", spent[WITH_SYNC], Chromium.name, spent[Chromium.name], 0.5)
    for beside in (Qt.name, POLLING, SLEEPING):
        yield from _figures(what, spent[Ours.name], beside, spent[beside], None)


def _figures(what: str, ours: Cost, beside: str, other: Cost, goal: float | None) -> Iterator[Figure]:
    yield Figure(what, "wake-ups/s", ours.wakes / SECONDS, beside, other.wakes / SECONDS, goal)
    yield Figure(what, "% of a core", ours.cpu_s / SECONDS * 100, beside, other.cpu_s / SECONDS * 100, goal)


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


@contextlib.contextmanager
def _sleeping() -> Iterator[int]:
    with subprocess.Popen(["sleep", "infinity"]) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def _spent(trees: dict[str, list[int]]) -> dict[str, Cost]:
    before = {name: tree.cost(*pids) for name, pids in trees.items()}
    time.sleep(SECONDS)
    return {name: tree.spent(before[name], tree.cost(*pids)) for name, pids in trees.items()}
