"""From a tap to the first changed pixel of its face: our kiosk, a Chromium kiosk page, PySide6, and bare Xlib.

Fair, because all four live through the same minutes and are tapped in turns, 25 taps each, by one finger that waits
for X to tell of the drawing (see `screen`); the pause before a tap is random, so that nobody's frame clock beats
with it. The page lights its face before it posts the vote to its server, and waits for no answer. Bare Xlib tells
what X and the measuring cost: all figures hold that much. See `contestants` for the rest.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator, Sequence

from tests.benchmarks import figure
from tests.benchmarks.contestants import Bare, Chromium, Contestant, Qt, running
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Ours

ROUNDS = 8
TAPS, QUICK_TAPS = 25, 12
WARM_UP = 12
GOALS = {(Chromium.name, "p50"): 0.3, (Chromium.name, "p99"): 0.4, (Qt.name, "p50"): 1.0}


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Rounds of taps on each in turn, after the first tap on each face and a warm-up."""
    dice = random.Random(4)
    with running(Ours, Chromium, Qt, Bare) as contestants:
        first = {one.name: max(_tap(one, number, dice) for number in range(len(one.faces))) for one in contestants}
        taken: dict[str, list[float]] = {one.name: [] for one in contestants}
        for one in contestants:
            _taps(one, 4 if quick else WARM_UP, dice)
        for _ in range(1 if quick else ROUNDS):
            for one in contestants:
                taken[one.name] += _taps(one, QUICK_TAPS if quick else TAPS, dice)
    for beside in (Chromium.name, Qt.name, Bare.name):
        for name, by in (("p50", statistics.median), ("p99", _p99)):
            goal = GOALS.get((beside, name))
            yield figure.of(f"tap → pixel, {name}", "ms", taken[Ours.name], beside, taken[beside], goal, by=by)
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


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]
