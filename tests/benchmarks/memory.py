"""How much memory a kiosk holds after a thousand votes, idle for 20 s: ours and its sync, Chromium's page and server.

PSS of the whole trees of processes, one contestant at a time, so that nobody shares libraries with another. All get
their votes from the same finger, at the speed that their own thanks leave (20 ms). Ours asks something after each vote
and sends all to a collector, which ends before it is measured; what the kiosk holds alone is measured once sync has
ended, too, and shares nothing with it. Then ours shows every screen in each of its 18 languages; the others speak one,
which spares them fonts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks import tree
from tests.benchmarks.contestants import Chromium, Contestant, Qt, started
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Ours

GOAL_MB = 50.0
VOTES = 1_000
IDLE_S = 20.0
THANKS_S = 0.02


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """One after the other."""
    votes, idle_s = (100, 2.0) if quick else (VOTES, IDLE_S)
    rivals = {}
    for kind in (Chromium,) if quick else (Chromium, Qt):
        with started(kind, THANKS_S) as rival:
            _use(rival, votes, idle_s)
            rivals[kind.name] = tree.memory_mb(*rival.pids)
    with started(Ours, THANKS_S) as ours:
        ours.send()
        _use(ours, votes, idle_s)
        ours.sent()
        ours.end("collector")
        both = tree.memory_mb(*ours.pids)
        ours.end("sync")
        alone = tree.memory_mb(*ours.pids)
        if not quick:
            spoken = "{} of {} languages, {} screens each".format(*ours.speak_all())
            ours.rest()
            all_fonts = tree.memory_mb(*ours.pids)
    used = f"after {votes:,} votes"
    chromium = rivals[Chromium.name]
    yield Figure(f"memory of kiosk and sync {used}", "MB PSS", both, Chromium.name, chromium, 0.25)
    yield Figure(f"memory of the kiosk {used}", "MB PSS", alone, Chromium.name, chromium, 0.15)
    if not quick:
        yield Figure(f"memory of the kiosk {used}", "MB PSS", alone, Qt.name, rivals[Qt.name], None)
        yield Figure(f"memory, {spoken}", "MB PSS", all_fonts, f"the goal of {GOAL_MB:g}", GOAL_MB, 1.0)


def _use(one: Contestant, votes: int, idle_s: float) -> None:
    one.settle()
    for number in range(votes):
        one.vote(number % len(one.faces))
    time.sleep(idle_s)
