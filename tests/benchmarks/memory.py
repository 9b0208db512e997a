"""How much memory the kiosk holds after some use, all its fonts loaded: beside Chromium's page and PySide6.

PSS of the whole tree of processes, one contestant at a time, so that nobody shares libraries with another. Ours has
shown every screen in each of its languages; the others speak one, which spares them fonts.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import tree
from tests.benchmarks.contestants import Chromium, Contestant, Ours, Qt, running
from tests.benchmarks.figure import Figure
from tests.benchmarks.idle import used

GOAL_MB = 50.0


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """One after the other."""
    (what, ours), (_, chromium), (_, qt) = (_measured(kind) for kind in (Ours, Chromium, Qt))
    what = f"memory, {what}"
    yield Figure(what, "MB PSS", ours, f"the goal of {GOAL_MB:g}", GOAL_MB, 1.0)
    yield Figure(what, "MB PSS", ours, Chromium.name, chromium, None)
    yield Figure(what, "MB PSS", ours, Qt.name, qt, None)


def _measured(kind: type[Contestant]) -> tuple[str, float]:
    with running(kind) as (one,):
        what = used([one])
        return what, tree.memory_mb(one.pid)
