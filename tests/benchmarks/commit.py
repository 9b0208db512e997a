"""From handing a vote to the store until its COMMIT has returned, beside a bare prepared INSERT on the same disk.

Fair, because both wait for the same fsync of the same filesystem (WAL, synchronous=FULL), vote by vote and in
turn, into pages of the same size (SQLite's own are four times as large and take longer); what the ratio shows is the
cost of the thread, the checksum and the numbering around it. What a tap costs before that stands apart: in a kiosk in a
window, from asking SDL for what happened until the vote is with the store, by a stopwatch in the process. It has no
counterpart; beside the INSERT it shows that it weighs little.
"""

from __future__ import annotations

import queue
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kiosk import schema
from kiosk.clock import Reading
from kiosk.response import Draft
from kiosk.store import Board, Settled, Store
from tests.benchmarks import figure
from tests.benchmarks.contestants import started
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Timed

VOTES, QUICK_VOTES = 2_000, 300
TAPS, QUICK_TAPS = 200, 40


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Interleaved, medians and 99th percentiles."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        ours, bare = _run(Path(folder), QUICK_VOTES if quick else VOTES)
    yield figure.of("vote → COMMIT returned, median", "ms", ours, "bare INSERT", bare, 1.5)
    yield figure.of("vote → COMMIT returned, p99", "ms", ours, "bare INSERT", bare, None, by=_p99)
    handed = _tapped(QUICK_TAPS if quick else TAPS)
    yield figure.of("tap → vote handed to the store, median", "ms", handed, "bare INSERT", bare, None)
    yield figure.of("tap → vote handed to the store, p99", "ms", handed, "bare INSERT", bare, None, by=_p99)


def _tapped(taps: int) -> list[float]:
    with started(Timed) as kiosk:
        kiosk.settle()
        for number in range(taps):
            kiosk.tap(number % len(kiosk.faces))
        return kiosk.handed()


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def _run(folder: Path, votes: int) -> tuple[list[float], list[float]]:
    settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
    store = Store(
        folder / "votes.db",
        Board("benchmark", ""),
        settled=settled.put,
        read_clock=lambda: Reading(0, 0, "nobody"),
    )
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute(f"PRAGMA page_size={schema.PAGE_BYTES}")
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE votes (seq INTEGER PRIMARY KEY, face INTEGER, ms INTEGER)")
    ours_ms, bare_ms = [], []
    for n in range(1, votes + 1):
        began = time.perf_counter()
        store.put([Draft(n, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", "", n)], n)
        while settled.get().ticket != n:
            pass
        ours_ms.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        bare.execute("INSERT INTO votes (face, ms) VALUES (?, ?)", (1, n))
        bare_ms.append((time.perf_counter() - began) * 1000)
    store.close()
    bare.close()
    return ours_ms, bare_ms
