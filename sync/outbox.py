"""The next batch to send: which rows, under which epoch, without which. Knows the store and sync.db; no network."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from kiosk.clock import Boot
from kiosk.reader import Reader
from kiosk.response import Response
from sync import protocol
from sync.protocol import BootTimes
from sync.state import SyncState


class Parcel(msgspec.Struct, frozen=True):
    """One batch, ready to send: rows `first` to `last` of `epoch`, and what of them is missing."""

    epoch: str
    start: int
    first: int
    last: int
    highest: int
    """The store's highest row at the time."""
    nonce: str
    body: bytes
    aside: int | None = None
    """Of a trial: the row that is left out to see whether it is the one the endpoint won't have."""

    @property
    def span(self) -> int:
        """How many rows it spans, missing ones included."""
        return self.last - self.first + 1


class Outbox:
    """What waits, oldest first. One for each pass, since it keeps what it read of epochs and boots."""

    def __init__(self, reader: Reader, state: SyncState, *, boot: str, boottime_ms: int) -> None:
        self._reader = reader
        self._state = state
        self._boot = boot
        self._boottime_ms = boottime_ms
        self._boots = {b.number: _times(b) for b in reader.boots()}

    def next(self, limit: int) -> Parcel | None:
        """The oldest rows not acknowledged, at most `limit` of one epoch; None where nothing waits."""
        highest = self._reader.last()
        for id_, start, end in self._epochs(highest):
            first = self._sent(id_, start) + 1
            if first <= end:
                return self._pack(id_, start, first, min(end, first + limit - 1), highest)
        return None

    def trial(self, seq: int, epoch: str) -> Parcel | None:
        """Row `seq` left out between its neighbours; None while it has no later neighbour in its epoch.

        An earlier neighbour was acknowledged before; it is sent once more, so that both are judged at one time.
        """
        highest = self._reader.last()
        for id_, start, end in self._epochs(highest):
            if id_ == epoch and seq < end:
                return self._pack(id_, start, max(start, seq - 1), seq + 1, highest, aside=seq)
        return None

    def waiting(self) -> int:
        """How many rows wait."""
        return sum(max(0, end - self._sent(id_, start)) for id_, start, end in self._epochs(self._reader.last()))

    def _sent(self, epoch: str, start: int) -> int:
        watermark = self._state.watermark(epoch)
        return start - 1 if watermark is None else max(watermark, start - 1)

    def _epochs(self, highest: int) -> list[tuple[str, int, int]]:
        """Each epoch as (id, first row, last row); a forked one ends where the endpoint has other content."""
        epochs = self._reader.epochs()
        ends = [e.first - 1 for e in epochs[1:]] + [highest]
        spans = []
        for epoch, end in zip(epochs, ends, strict=True):
            fork = self._state.forked_at(epoch.id)
            spans.append((epoch.id, epoch.first, end if fork is None else min(end, fork - 1)))
        return spans

    def _pack(self, epoch: str, start: int, first: int, last: int, highest: int, aside: int | None = None) -> Parcel:
        left_out = self._state.aside(epoch, first, last) | ({aside} if aside else set())
        rows = [row for row in self._reader.span(first, last).rows if row.seq not in left_out]
        nonce = secrets.token_urlsafe(12)
        body = protocol.encode(
            rows,
            epoch=epoch,
            start=start,
            first=first,
            last=last,
            missing=_gaps(rows, first, last),
            boots=self._boots,
            boot=self._boot,
            boottime=self._boottime_ms // 1000,
            nonce=nonce,
        )
        return Parcel(epoch, start, first, last, highest, nonce, body, aside)


def _gaps(rows: Iterable[Response], first: int, last: int) -> list[tuple[int, int]]:
    """The stretches between `first` and `last` that no row fills: damaged, set aside, or gone."""
    gaps = []
    expected = first
    for row in rows:
        if row.seq > expected:
            gaps.append((expected, row.seq - 1))
        expected = row.seq + 1
    if expected <= last:
        gaps.append((expected, last))
    return gaps


def _times(boot: Boot) -> BootTimes:
    """A boot as the wire has it; the endpoint's own word about the time never travels back to it."""
    anchors = [(a.boottime_ms // 1000, a.wall_ms // 1000, a.by) for a in boot.anchors if a.by != "endpoint"]
    return msgspec.convert({"id": boot.id, "anchors": anchors}, BootTimes)
