"""Runs the benchmarks and prints each figure, its baseline, the ratio, the goal, and met or missed.

All of them, or those that are named: `python -m tests.benchmarks tap memory`.
"""

from __future__ import annotations

import os
import platform
import sys

from tests.benchmarks import absence, card, commit, drain, idle, memory, misuse, tap, wire
from tests.benchmarks.figure import Figure

BENCHMARKS = {
    "wire": wire.measure,
    "commit": commit.measure,
    "card": card.measure,
    "absence": absence.measure,
    "drain": drain.measure,
    "tap": tap.measure,
    "idle": idle.measure,
    "memory": memory.measure,
    "misuse": misuse.measure,
}


def main(names: list[str]) -> None:
    """Run them in turn."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise SystemExit(f"found {', '.join(unknown)}, expected some of {', '.join(BENCHMARKS)}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(f"{'what':44}{'ours':>12}{'baseline':>12}{'ratio':>8}{'goal':>8}")
    for name in names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            show(figure)


def show(figure: Figure) -> None:
    """One line of the table, and its spread where it was measured more than once."""
    verdict = "" if figure.goal is None else ("met" if figure.ratio <= figure.goal else "missed")
    goal = "" if figure.goal is None else f"{figure.goal:g}"
    print(
        f"{figure.what:44}{figure.ours:12.4g}{figure.baseline:12.4g}{figure.ratio:8.3f}{goal:>8} {verdict}"
        f"  ({figure.unit}; beside {figure.beside})",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
