"""How many have voted today: read from the store once, then counted as they are stored. Knows no screens.

A visit counts once, by its first vote, unless that is marked as misuse.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from pathlib import Path

import msgspec

from kiosk.clock import Anchor, best
from kiosk.day import Midnight
from kiosk.errors import StoreError
from kiosk.reader import Reader
from kiosk.response import Response

_LONGEST_DAY_MS = 26 * 3_600_000
_CHUNK = 200
BUDGET_S = 2.0
"""What the look into the store may take; a day that needs longer is not told."""


class Before(msgspec.Struct, frozen=True):
    """How many had voted between `midnight` and the start of this run; None where that can't be told."""

    midnight: Midnight
    count: int | None


class Today:
    """The count since local midnight. `ask` is called for what was stored before this run; `found` takes its answer."""

    def __init__(self, started_ms: int, ask: Callable[[Midnight], None]) -> None:
        self._started_ms = started_ms
        self._ask = ask
        self._midnight: Midnight | None = None
        self._before: int | None = None
        self._own = array("Q")  # of a day, so as small as it can be

    @property
    def count(self) -> int | None:
        """How many; None while that isn't known."""
        return None if self._midnight is None or self._before is None else self._before + len(self._own)

    def begins(self, midnight: Midnight | None, now_ms: int) -> None:
        """The local day began at `midnight`; None while nobody vouches for the clock."""
        # Should the clock be vouched for later, it is still known what was pressed since any midnight.
        since = midnight.boottime_ms if midnight else now_ms - _LONGEST_DAY_MS
        del self._own[: sum(1 for _ in takewhile(lambda ms: ms < since, self._own))]
        if midnight is not None and midnight != self._midnight:
            self._before = 0 if midnight.boottime_ms >= self._started_ms else None
            if self._before is None:
                self._ask(midnight)
        self._midnight = midnight

    def found(self, before: Before) -> None:
        """What the store told."""
        if before.midnight == self._midnight:
            self._before = before.count

    def stored(self, rows: Iterable[Response]) -> None:
        """Count what was stored just now."""
        self._own.extend(row.ms for row in rows if _counts(row))


def ask_store(votes: Path, boot_id: str, started_ms: int, tell: Callable[[Before], None]) -> Callable[[Midnight], None]:
    """What `Today` asks: the store at `votes` is read on a thread of its own, and `tell` gets the answer there."""
    is_new = not votes.exists()

    def ask(midnight: Midnight) -> None:
        def work() -> None:
            try:
                with Reader(votes) as reader:
                    count = count_before(reader, midnight, boot_id, started_ms)
            except StoreError:
                count = None
            tell(Before(midnight, count))

        if is_new:
            tell(Before(midnight, 0))
        else:
            threading.Thread(target=work, name="today", daemon=True).start()

    return ask


def count_before(
    reader: Reader,
    midnight: Midnight,
    boot_id: str,
    started_ms: int,
    clock: Callable[[], float] = time.monotonic,
) -> int | None:
    """How many visits the store has from `midnight` until `started_ms` of the boot `boot_id`; None where that would
    take too long. It reads backwards, no further than midnight. What was pressed at a time that nobody knows is left
    out.
    """
    until = clock() + BUDGET_S
    boots = reader.boots()
    anchors = {boot.number: best(boot.anchors) for boot in boots}
    this = next((boot.number for boot in boots if boot.id == boot_id), None)
    last, count = reader.last(), 0
    while last > 0:
        span = reader.newest(last, _CHUNK)
        for row in span.rows:
            if row.boot == this:
                now = row.ms >= midnight.boottime_ms
                counts = row.ms < started_ms
            else:
                wall_ms = _wall_ms(anchors, row)
                now = wall_ms is None or wall_ms >= midnight.wall_ms
                counts = wall_ms is not None
            if not now:
                return count
            count += counts and _counts(row)
        if clock() > until:
            return None
        last = min([*(row.seq for row in span.rows), *span.damaged], default=1) - 1
    return count


def _wall_ms(anchors: Mapping[int, Anchor | None], row: Response) -> int | None:
    anchor = anchors.get(row.boot)
    return anchor.wall_at(row.ms) if anchor else None


def _counts(row: Response) -> bool:
    return row.kind == "vote" and row.seq == row.visit and not row.misuse
