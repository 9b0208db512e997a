"""Runs every benchmark and prints each figure, its baseline, the ratio, the goal, and met or missed."""

from __future__ import annotations

import os
import platform

from tests.benchmarks import absence, card, commit, drain, idle, wire
from tests.benchmarks.figure import Figure


def main() -> None:
    """Run them in turn."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(f"{'what':44}{'ours':>12}{'baseline':>12}{'ratio':>8}{'goal':>8}")
    for benchmark in (wire, commit, card, absence, drain, idle):
        for figure in benchmark.measure():
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
    main()
