"""Writes docs/benchmarks.md from the figures of one run of all. Never measures anything."""

from __future__ import annotations

import importlib
import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.conftest import ROOT

PAGE = "docs/benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`, all in one run; nobody edits it. Each figure stands beside its baseline from the same run on
the same machine: the *ratio* is ours over the baseline, less is better, and *goal* is the highest ratio that we call
good. In brackets stand the quartiles, where there were enough rounds. This was no Pi: ratios carry over better than
milliseconds.
"""


def machine() -> list[str]:
    """What it was measured on: nothing that names the machine itself."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return [
        f"{_processor()}, {os.cpu_count()} cores, {int(memory[1]) / 1e6:.0f} GB of memory" if memory else _processor(),
        f"{system}, Linux {'.'.join(platform.release().split('.')[:2])}, {_file_system()}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"pygame-ce {metadata.version('pygame-ce')}",
        f"commit {_commit()}",
    ]


def write(measured: Mapping[str, Sequence[Figure]]) -> None:
    """Write it anew."""
    (ROOT / PAGE).write_text("\n".join(_lines(measured)), encoding="utf-8")


def _lines(measured: Mapping[str, Sequence[Figure]]) -> Iterator[str]:
    yield HEAD
    yield from (f"- {line}" for line in machine())
    goals = [figure for figures in measured.values() for figure in figures if figure.goal is not None]
    missed = [figure for figure in goals if not figure.is_met]
    yield f"\n**{len(goals) - len(missed)} of {len(goals)} goals met.**"
    for name, figures in measured.items():
        module = importlib.import_module(f"tests.benchmarks.{name}")
        title, *paragraphs = (module.__doc__ or name).strip().split("\n\n")
        yield f"\n## {' '.join(title.split()).rstrip('.')}\n"
        yield f"`make bench ONLY={name}`, [`{name}.py`](../tests/benchmarks/{name}.py)\n"
        for paragraph in paragraphs:
            yield f"{paragraph}\n"
        yield "| what | ours | baseline | ratio | goal | |"
        yield "|---|---|---|---|---|---|"
        yield from map(_row, figures)
        reasons = dict.fromkeys(figure.missed for figure in figures if figure.is_met is False and figure.missed)
        yield from (f"\n**Missed**: {reason}" for reason in reasons)
    yield ""


def _row(figure: Figure) -> str:
    goal = "" if figure.goal is None else f"≤ {figure.goal:g}"
    verdict = {None: "", True: "met", False: "**missed**"}[figure.is_met]
    ours, baseline = _value(figure.ours, figure.ours_spread), _value(figure.baseline, figure.baseline_spread)
    what = f"{figure.what.strip()}, {figure.unit}"
    return f"| {what} | {ours} | {baseline} {figure.beside} | {figure.told_ratio} | {goal} | {verdict} |"


def _value(value: float, quartiles: tuple[float, float] | None) -> str:
    return f"{value:.4g}" + (f" ({quartiles[0]:.4g} to {quartiles[1]:.4g})" if quartiles else "")


def spread(figure: Figure) -> str:
    """The quartiles in words, "" where there are none."""
    if figure.ours_spread is None or figure.baseline_spread is None:
        return ""
    (low, high), (other_low, other_high) = figure.ours_spread, figure.baseline_spread
    return f"; quartiles {low:.4g} to {high:.4g}, {other_low:.4g} to {other_high:.4g}"


def _processor() -> str:
    found = re.search(r"(?m)^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text())
    return f"{platform.machine()}, {found[1]}" if found else platform.machine()


def _file_system() -> str:
    run = subprocess.run(["stat", "-f", "-c", "%T", str(ROOT)], capture_output=True, text=True, check=False)
    return f"on {run.stdout.strip()}" if run.returncode == 0 else "on a disk of unknown kind"


def _commit() -> str:
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else "unknown"
