"""From a tap to the first changed pixel of its face: our kiosk, a Chromium kiosk page, PySide6, and bare Xlib.

Fair, because all four live through the same minutes and are tapped in turns, 25 taps each, by one finger that waits
for X to tell of the drawing (see `screen`); the pause before a tap is random, so that nobody's frame clock beats
with it. Bare Xlib tells what X and the measuring cost: all figures hold that much. See `contestants` for the rest.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator

from tests.benchmarks.contestants import Bare, Chromium, Contestant, Ours, Qt, running
from tests.benchmarks.figure import Figure

ROUNDS = 8
TAPS = 25
WARM_UP = 12
GOAL = 0.3
"""Of Chromium's median."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Rounds of taps on each in turn, after the first tap on each face and a warm-up."""
    dice = random.Random(4)
    with running(Ours, Chromium, Qt, Bare) as contestants:
        first = {one.name: max(_tap(one, number, dice) for number in range(len(one.faces))) for one in contestants}
        taken: dict[str, list[float]] = {one.name: [] for one in contestants}
        for one in contestants:
            _taps(one, WARM_UP, dice)
        for _ in range(ROUNDS):
            for one in contestants:
                taken[one.name] += _taps(one, TAPS, dice)
    ours, chromium, qt, bare = (taken[one.name] for one in contestants)
    for baseline, beside, goal in ((chromium, Chromium.name, GOAL), (qt, Qt.name, None), (bare, Bare.name, None)):
        for name, of in (("p50", statistics.median), ("p95", _p95)):
            yield Figure(f"tap → pixel, {name}", "ms", of(ours), beside, of(baseline), goal if name == "p50" else None)
    for beside in (Chromium.name, Qt.name):
        yield Figure("tap → pixel, the slowest first tap", "ms", first[Ours.name], beside, first[beside], None)


def _taps(one: Contestant, times: int, dice: random.Random) -> list[float]:
    return [_tap(one, dice.randrange(len(one.faces)), dice) for _ in range(times)]


def _tap(one: Contestant, number: int, dice: random.Random) -> float:
    time.sleep(dice.uniform(0.03, 0.13))
    gc.disable()  # the measurer's own rubbish can wait
    try:
        return one.tap(number)
    finally:
        gc.enable()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]
