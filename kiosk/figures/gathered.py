"""The rows of a kiosk, of its store and of what was read from damaged ones, each once and with its time.

Read-only, through kiosk/reader.py alone. Never knows what rows say.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from kiosk.clock import Anchor, Boot, Moment, moment
from kiosk.reader import Epoch, Reader, Span, stores, sync_db
from kiosk.response import Response

CHUNK = 2_000
"""Rows read at a time; between two chunks the store is let go of."""
_BUDGET_S = 1.0
_MOST_BOOTS = 10_000
_Ms = Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000_000)]
"""Until the year 3000."""


class Times:
    """When rows were taken: of each boot the best anchor, or the bounds that its neighbours give."""

    def __init__(self, boots: Sequence[Boot]) -> None:
        self._begins = {boot.number: moment(boots, boot.number, 0) for boot in boots}

    def of(self, row: Response) -> Moment:
        """The moment of a row; one without a time or bounds where its boot is not known."""
        begin = self._begins.get(row.boot)
        if begin is None:
            return Moment(None, "nobody", None, None)
        if begin.wall_ms is None:
            earliest = None if begin.earliest_ms is None else begin.earliest_ms + row.ms
            return Moment(None, "nobody", earliest, begin.latest_ms)
        wall = begin.wall_ms + row.ms
        return Moment(wall, begin.by, wall, wall)


class Source:
    """One store, open for reading: `votes.db`, or what was read from a damaged one. `close` lets go of it."""

    def __init__(self, path: Path, home: Path, anchors: dict[str, Anchor], before: Sequence[Source]) -> None:
        """`before` are those opened already: rows that they hold are not given again. StoreError as Reader has it."""
        self.name = str(path.relative_to(home))
        """Such as ``damaged/0001/salvaged.db``."""
        self.damaged = 0
        """Rows met so far that fail their checksum and were passed over."""
        self.read = 0
        """Rows met so far, those among them."""
        self.reader = Reader(path)
        try:
            self.last = self.reader.last()
            self.epochs = self.reader.epochs()
            boots = [_with_endpoints(boot, anchors) for boot in self.reader.boots()]
        except BaseException:
            self.reader.close()
            raise
        self.times = Times(boots)
        self.boots = boots
        shared = {epoch.id for epoch in self.epochs}
        self._before = [other for other in before if any(epoch.id in shared for epoch in other.epochs)]

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()

    def epoch(self, seq: int) -> str:
        """The epoch under which row `seq` is known; "" where that is lost."""
        return _epoch_at(self.epochs, seq)

    def newest_first(self) -> Iterator[Response]:
        """All rows by falling number."""
        last = self.last
        while last > 0:
            span = self.reader.newest(last, CHUNK)
            self._met(span)
            yield from self._new(span.rows)
            last = min([*(row.seq for row in span.rows), *span.damaged], default=1) - 1

    def oldest_first(self) -> Iterator[Response]:
        """All rows by rising number, as far as there were some when this was opened."""
        first = 1
        while first <= self.last:
            span = self.reader.oldest(first, CHUNK)
            self._met(span)
            yield from self._new([row for row in span.rows if row.seq <= self.last])
            first = max([*(row.seq for row in span.rows), *span.damaged], default=self.last) + 1

    def _met(self, span: Span) -> None:
        self.read += len(span.rows) + len(span.damaged)
        self.damaged += len(span.damaged)

    def _new(self, rows: list[Response]) -> list[Response]:
        """Those that no store opened before this one holds under the same epoch and number."""
        if not rows or not self._before:
            return rows
        low, high = min(row.seq for row in rows), max(row.seq for row in rows)
        known = {(other.epoch(row.seq), row.seq) for other in self._before for row in other.reader.span(low, high).rows}
        return [row for row in rows if (self.epoch(row.seq), row.seq) not in known]


class Gathered:
    """Every store of a data folder. A `with` closes them. NoStoreYet where there is none."""

    def __init__(self, data: Path) -> None:
        anchors = endpoint_anchors(sync_db(data))
        self.sources: list[Source] = []
        try:
            for path in stores(data):
                # what was salvaged counts also where no new store was begun yet
                if path.exists() or (path.name == "votes.db" and not self.sources):
                    self.sources.append(Source(path, data, anchors, self.sources))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of every file."""
        for source in self.sources:
            source.close()

    def __enter__(self) -> Gathered:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def rows(self) -> int:
        """About how many rows there are: the highest numbers of all stores together."""
        return sum(source.last for source in self.sources)

    @property
    def read(self) -> int:
        """Rows met so far."""
        return sum(source.read for source in self.sources)

    @property
    def damaged(self) -> int:
        """Rows met so far that fail their checksum."""
        return sum(source.damaged for source in self.sources)


def marks(source: Source) -> dict[int, str]:
    """By row the rules that late marks of this store name it for, separated by spaces: the whole file is looked at."""
    found: dict[int, list[str]] = {}
    for value in source.reader.marks():
        rule, *seqs = value.split(" ")
        for seq in seqs:
            if seq.isascii() and seq.isdigit() and len(seq) <= 16:
                found.setdefault(int(seq), []).append(rule)
    return {seq: " ".join(dict.fromkeys(rules)) for seq, rules in found.items()}


def endpoint_anchors(path: Path) -> dict[str, Anchor]:
    """By boot (the kernel's id) what the endpoint's clock said, from `sync.db`; nothing where it can't be read.

    Bounded in size and time, and strict: whoever broke into sync may write what he likes there.
    """
    if not path.exists():
        return {}
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    except sqlite3.Error:
        return {}
    try:
        until = time.monotonic() + _BUDGET_S
        connection.set_progress_handler(lambda: time.monotonic() > until, 1_000)
        rows = connection.execute(f"SELECT boot, boottime_ms, wall_ms FROM anchors LIMIT {_MOST_BOOTS}").fetchall()
        found = msgspec.convert(rows, list[tuple[str, _Ms, _Ms]])
    except (sqlite3.Error, msgspec.ValidationError, UnicodeDecodeError):
        return {}
    finally:
        connection.close()
    return {boot: Anchor(ms, wall, "endpoint") for boot, ms, wall in found}


def _with_endpoints(boot: Boot, anchors: dict[str, Anchor]) -> Boot:
    anchor = anchors.get(boot.id)
    return msgspec.structs.replace(boot, anchors=(*boot.anchors, anchor)) if anchor else boot


def _epoch_at(epochs: Sequence[Epoch], seq: int) -> str:
    return next((epoch.id for epoch in reversed(epochs) if epoch.first <= seq), "")
