"""From handing a vote to the store until its COMMIT has returned, beside a bare prepared INSERT on the same disk.

Fair, because both wait for the same fsync of the same filesystem (WAL, synchronous=FULL), vote by vote and in
turn; what the ratio shows is the cost of the thread, the checksum and the numbering around it.
"""

from __future__ import annotations

import queue
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.clock import Reading
from kiosk.response import Draft
from kiosk.store import Board, Settled, Store
from tests.benchmarks.figure import Figure

VOTES = 500


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Interleaved, medians and 99th percentiles."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        ours, bare = _run(Path(folder))
    yield Figure(
        "vote → COMMIT returned, median", "ms", statistics.median(ours), "bare INSERT", statistics.median(bare), 1.5
    )
    yield Figure("vote → COMMIT returned, p99", "ms", _p99(ours), "bare INSERT", _p99(bare), None)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _run(folder: Path) -> tuple[list[float], list[float]]:
    settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
    store = Store(
        folder / "votes.db",
        Board("benchmark", ""),
        settled=settled.put,
        read_clock=lambda: Reading(0, 0, "nobody"),
    )
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE votes (seq INTEGER PRIMARY KEY, face INTEGER, ms INTEGER)")
    ours_ms, bare_ms = [], []
    for n in range(1, VOTES + 1):
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
