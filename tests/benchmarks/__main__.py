"""Runs the benchmarks and prints each figure, its baseline, the ratio, the goal, and met or missed.

All of them, which writes docs/benchmarks.md and docs/scale.md anew; or those that are named, `python -m
tests.benchmarks tap memory`; or with `--quick` a part of them with fewer rounds, within five minutes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from tests.benchmarks import page, scale
from tests.benchmarks.figure import Figure

BENCHMARKS = (
    *("wire", "commit", "card", "ack", "absence", "drain", "fleet", "size"),
    *("tap", "idle", "memory", "start", "leak", "misuse"),
)
QUICK = ("wire", "commit", "card", "ack", "drain", "tap", "memory", "start", "leak")
"""What tells much in little time."""


def main(names: list[str], *, quick: bool = False) -> None:
    """Run them in turn. What can't be measured here is told at the end, and makes the exit code 1."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise SystemExit(f"found {', '.join(unknown)}, expected some of {', '.join(BENCHMARKS)}")
    for line in page.machine():
        print(line)
    print(f"\n{'what':44}{'ours':>12}{'baseline':>12}{'ratio':>8}{'goal':>8}")
    measured: dict[str, list[Figure]] = {}
    failed: dict[str, str] = {}
    for name in names or (QUICK if quick else BENCHMARKS):
        measured[name] = []
        try:
            for figure in measure(name, quick=quick):
                measured[name].append(figure)
                show(figure)
        except SystemExit as error:  # a rival is not installed, say
            failed[name] = str(error.code)
            print(f"{name}: not measured. {error.code}", flush=True)
    goals = [figure.is_met for figures in measured.values() for figure in figures if figure.goal is not None]
    print(f"\n{sum(map(bool, goals))} of {len(goals)} goals met")
    if failed:
        raise SystemExit("; ".join(f"{name}: {why}" for name, why in failed.items()))
    if not names and not quick:
        page.write(measured)
        scale.write(measured)
        print(f"written: {page.PAGE}, {scale.PAGE}")


def measure(name: str, *, quick: bool) -> Iterator[Figure]:
    """The figures of one benchmark, as they come."""
    figures: Iterator[Figure] = importlib.import_module(f"tests.benchmarks.{name}").measure(quick=quick)
    return figures


def show(figure: Figure) -> None:
    """One line of the table, and why where its goal is missed."""
    verdict = {None: "", True: "met", False: "missed"}[figure.is_met]
    goal = "" if figure.goal is None else f"{figure.goal:g}"
    print(
        f"{figure.what:44}{figure.ours:12.4g}{figure.baseline:12.4g}{figure.told_ratio:>8}{goal:>8} {verdict}"
        f"  ({figure.unit}; beside {figure.beside}{page.spread(figure)})",
        flush=True,
    )
    if figure.is_met is False and figure.missed:
        print(f"  why: {figure.missed}", flush=True)


if __name__ == "__main__":
    main([word for word in sys.argv[1:] if word != "--quick"], quick="--quick" in sys.argv)
