"""Writes docs/scale.md: what 1 to 1,000,000 kiosks come to, by the figures of one run of all. Never measures anything.

What the run measured is said to be measured; all else is reckoned from it, and told so.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sync.agent import LOOK_METERED_S, LOOK_S
from sync.pace import METERED_S
from tests.benchmarks.figure import Figure
from tests.benchmarks.trace import A_DAY, BY_HOUR, day
from tests.conftest import ROOT

PAGE = "docs/scale.md"
WIDTH = 120
FLEETS = (1, 100, 10_000, 1_000_000)
DAYS = 365
PEAK = max(BY_HOUR.values()) / sum(BY_HOUR.values())
"""Of a day's visits, those of its busiest hour."""
CORE, GB_KEPT, GB_SENT = 20.0, 0.10, 10.0
"""Euros: a month of a core, a month of a gigabyte on a disk, a gigabyte by a SIM card. Assumed, not measured."""
ROUNDS = (1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")


class Measured(NamedTuple):
    """What is taken from the run."""

    visit_bytes: float
    """Over TCP, TLS and its connection with it, for one visit."""
    full_bytes: float
    """The same for a thousand rows."""
    connection_bytes: float
    cpu_ms: float
    """The collector's processor for a visit."""
    took_ms: float
    """Until it is durable, at four clients: what one process does one after the other."""
    kept_bytes: float
    """A row in the collector's database."""
    drain_s: float
    """For 100,000 waiting rows."""
    card_bytes: float
    """Written to the card for a vote."""


def measured(figures: Mapping[str, Sequence[Figure]]) -> Measured:
    """KeyError where a figure is not there: this file and a benchmark have come apart."""

    def ours(benchmark: str, begins: str, unit: str = "") -> float:
        for figure in figures.get(benchmark, ()):
            if figure.what.strip().startswith(begins) and figure.unit.startswith(unit):
                return figure.ours
        raise KeyError(f"{benchmark}: {begins} {unit}")

    return Measured(
        ours("fleet", "over the line for one visit"),
        ours("fleet", "over the line for 1,000 rows"),
        ours("fleet", "a connection and nothing"),
        ours("fleet", "a visit at the collector", "ms of processor"),
        ours("fleet", "a visit at the collector", "ms, from"),
        ours("fleet", "a row kept there"),
        ours("drain", "draining a backlog"),
        ours("card", "bytes on the card"),
    )


def write(figures: Mapping[str, Sequence[Figure]]) -> None:
    """Write it anew."""
    (ROOT / PAGE).write_text(page(measured(figures), rows_a_visit()), encoding="utf-8")


def page(of: Measured, rows: float) -> str:
    """The page, for visits of so many rows: its paragraphs filled, so that no figure's length breaks a line."""
    blocks = "\n".join(_lines(of, rows)).split("\n\n")
    return "\n\n".join(each if each.startswith(("#", "|")) else _filled(each) for each in blocks) + "\n"


def _filled(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def rows_a_visit() -> float:
    """Of the trace: a vote, its answers, its end."""
    rows = day(5_000)
    return len(rows) / len({row.visit for row in rows})


def _lines(of: Measured, rows: float) -> Iterator[str]:
    fleet = _Fleet(of, rows)
    yield f"""\
# From one kiosk to a million

Written by `make bench` with [benchmarks.md](benchmarks.md), from the same run; nobody edits it. What stands in bold was
**measured**; everything else is reckoned from that and from this: {A_DAY} visits a kiosk and day with {rows:.1f} rows
each, {PEAK:.0%} of them in the busiest hour, {len(BY_HOUR)} hours a day, every kiosk in the same time zone. What is far
from what was measured is an extrapolation: the larger the fleet, the less it is worth.

## What was measured

| | |
|---|---|
| a visit on the line, both ways | **{of.visit_bytes:,.0f} bytes**, **{of.connection_bytes:,.0f}** of them for TLS |
| a thousand rows on the line | **{of.full_bytes:,.0f} bytes** |
| a visit at the collector (SQLite, one process) | **{of.cpu_ms:.1f} ms** of processor |
| the same from four clients, durable and answered | one each **{of.took_ms:.1f} ms** |
| a row in the collector's database | **{of.kept_bytes:.0f} bytes**, indexes and all |
| 100,000 waiting rows of one kiosk, end to end | **{of.drain_s:.1f} s** |
| a vote on the kiosk's card | **{of.card_bytes / 1000:.1f} kB** |

## What it comes to: reckoned, the first column as well

| kiosks | {" | ".join(f"{kiosks:,}" for kiosks in FLEETS)} |
|---|{"---|" * len(FLEETS)}"""
    rows_of_the_table: tuple[tuple[str, Callable[[int], str]], ...] = (
        ("visits a second in the busiest hour", lambda n: _round(n * fleet.peak)),
        ("traffic a month, each visit sent at once", lambda n: f"{_size(n * fleet.month_bytes)}B"),
        ("the same with `metered = true`: each 15 minutes", lambda n: f"{_size(n * fleet.metered_bytes)}B"),
        ("rows a year", lambda n: _size(n * fleet.year_rows)),
        ("kept a year", lambda n: f"{_size(n * fleet.year_bytes)}B"),
        ("cores for collectors in the busiest hour", lambda n: _round(n * fleet.peak * of.cpu_ms / 1000)),
        ("of what one process on SQLite takes", lambda n: _share(n * fleet.peak / fleet.process)),
        ("a month at the prices below", lambda n: _euros(fleet.cost(n))),
    )
    for what, cell in rows_of_the_table:
        yield f"| {what} | {' | '.join(cell(kiosks) for kiosks in FLEETS)} |"
    yield f"""
A look at the network each {LOOK_S / 60:.0f} minutes (metered: {LOOK_METERED_S / 60:.0f}) is in the traffic, as a
connection each. The prices are assumed, for orders of magnitude: {CORE:g} € a month for each core begun,
{GB_KEPT:.2f} € a month for each gigabyte of a year that is kept, nothing for the shops' own lines. By a SIM card at
{GB_SENT:g} € a gigabyte each kiosk costs {_euros(fleet.month_bytes / 1e9 * GB_SENT)} a month more, metered
{_euros(fleet.metered_bytes / 1e9 * GB_SENT)}.

## What gives way first

**1 kiosk.** Nothing of this. A card that bears 10 TB (assumed: a small one of a good make) bears
{10e12 / of.card_bytes / A_DAY / DAYS:,.0f} years of votes; the power supply ends before.

**100 kiosks.** People. The collector idles for {1 - 100 * fleet.peak / fleet.process:.1%} of its busiest hour, but
somebody has a hundred tokens, labels and cards to make, for which there is `moodpost provision`.

**10,000 kiosks.** {_where_one_process_ends(fleet.process, fleet.peak)} Nothing is lost when it falls behind: who isn't
answered keeps the rows and comes again later with a larger batch, and a thousand rows cost little more than one visit.
Then there is, in this order: `metered = true`, which makes {fleet.together:.0f} visits of the busiest hour one request;
PostgreSQL behind several collectors, which share nothing else; a database for each part of the fleet. All of them back
after a day without a network bring {_size(10_000 * A_DAY * rows)} rows,
{10_000 * A_DAY * rows / 1e5 * of.drain_s:,.0f} s for one process at the pace of one kiosk's backlog.

**1,000,000 kiosks.** Storage, long before processors: {_size(1e6 * fleet.year_bytes)}B a year. Nobody needs each row of
last year: they are to be counted and let go, which the collector does not do for you. The page of results, which counts
all votes of all kiosks, has to be another one. What carries the load need not: a batch names one kiosk and nothing is
ordered between two, so that a fleet falls into as many parts as you like by the kiosks' ids, each with a collector of
its own."""


class _Fleet:
    """What one kiosk of it comes to."""

    def __init__(self, of: Measured, rows: float) -> None:
        self.peak = A_DAY * PEAK / 3600
        """Visits a second in the busiest hour."""
        self.process = 1_000 / of.took_ms
        """Visits a second that one collector takes."""
        self.together = max(1.0, self.peak * METERED_S)
        row_bytes = max(0.0, of.full_bytes - of.connection_bytes) / 1_000
        passes = min(A_DAY, len(BY_HOUR) * 3600 / METERED_S)
        day_s = 24 * 3600
        self.month_bytes = 30 * (A_DAY * of.visit_bytes + day_s / LOOK_S * of.connection_bytes)
        self.metered_bytes = 30 * ((passes + day_s / LOOK_METERED_S) * of.connection_bytes + A_DAY * rows * row_bytes)
        self.year_rows = DAYS * A_DAY * rows
        self.year_bytes = self.year_rows * of.kept_bytes
        self._cpu_s = of.cpu_ms / 1000

    def cost(self, kiosks: int) -> float:
        """Euros a month."""
        return math.ceil(kiosks * self.peak * self._cpu_s) * CORE + kiosks * self.year_bytes / 1e9 * GB_KEPT


def _where_one_process_ends(process: float, peak: float) -> str:
    share = 10_000 * peak / process
    if share <= 1:
        return f"The collector: one process on SQLite is busy for {share:.0%} of the busiest hour."
    return f"The collector: one process on SQLite takes {process:.0f} visits a second, and {share:.1f} times that come."


def _euros(value: float) -> str:
    return f"{value:,.0f} €" if value >= 10 else f"{value:.2f} €"


def _size(value: float) -> str:
    for size, prefix in ROUNDS:
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g} "


def _share(value: float) -> str:
    return f"{value:,.0f} times that" if value >= 2 else f"{_round(100 * value)}%"


def _round(value: float) -> str:
    """In two digits, or to the whole."""
    return f"{value:,.0f}" if value >= 100 else f"{float(f'{value:.2g}'):.9f}".rstrip("0").rstrip(".")
