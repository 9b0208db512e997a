"""Counts what a period's votes say, read backwards from the newest row. Knows stores and times; draws nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import msgspec

from kiosk.figures import period as periods
from kiosk.figures.gathered import Gathered, Source
from kiosk.figures.period import Period
from kiosk.insight import Counted, Tally, ballots
from kiosk.response import Response


class Run(msgspec.Struct, frozen=True):
    """The part of one boot since a moment of it, for while nobody vouches for the clock: no rows of other boots."""

    boot: str
    """The kernel's id."""
    since_ms: int
    """Milliseconds of CLOCK_BOOTTIME."""


def count(
    gathered: Gathered,
    over: Period | Run | None,
    zone: datetime.tzinfo,
    *,
    out_of_time: Callable[[], bool] = lambda: False,
    at: Callable[[Source, Response], None] = lambda source, row: None,
) -> Counted:
    """The votes of a period, of a run, or (None) of all that there is.

    `out_of_time` is asked, and `at` is told, every thousand rows or so. StoreError where a store can't be read.
    """
    counted = Counted(Tally(), Tally())
    for source in reversed(gathered.sources):  # the store in use first: it has the newest
        _count(source, over, zone, counted, out_of_time, at)
    return counted


def _count(
    source: Source,
    over: Period | Run | None,
    zone: datetime.tzinfo,
    counted: Counted,
    out_of_time: Callable[[], bool],
    at: Callable[[Source, Response], None],
) -> None:
    numbers = {boot.number for boot in source.boots if isinstance(over, Run) and boot.id == over.boot}

    def place(row: Response) -> int | None:
        """-1 before, 0 within, 1 after; None where that can't be told."""
        if over is None:
            return 0
        if isinstance(over, Run):
            return 0 if row.boot in numbers and row.ms >= over.since_ms else -1
        wall_ms = source.times.of(row).wall_ms
        if wall_ms is None:
            return None
        return -1 if wall_ms < over.begin_ms else 1 if wall_ms >= over.end_ms else 0

    def needed() -> Iterator[Response]:
        """Rows until one that is older; then on to the first vote of the last visit that reaches into the period."""
        lowest = source.last
        for number, row in enumerate(source.newest_first()):
            if number % 1_000 == 999:
                at(source, row)
                if out_of_time():
                    counted.whole = False
                    return
            if row.kind not in ("end", "mark"):
                if place(row) == -1:
                    if row.seq < lowest:
                        return
                else:
                    lowest = min(lowest, row.visit)
            yield row

    for ballot in ballots(needed()):
        found = place(ballot.vote)
        if found is None:
            counted.left_out += 1
        if found != 0:
            continue
        wall_ms = source.times.of(ballot.vote).wall_ms
        when = None if wall_ms is None else periods.hour(wall_ms, zone)
        counted.every.add(ballot, when)
        if not ballot.marked:
            counted.clean.add(ballot, when)
