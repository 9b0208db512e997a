"""The next batch to send: which rows, under which epoch, without which. Knows the store and sync.db; no network."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable

import msgspec

from kiosk.clock import Boot
from kiosk.errors import StoreError
from kiosk.reader import Reader
from kiosk.response import Response
from sync import protocol
from sync.protocol import BootTimes
from sync.state import SyncState

REACH = 1_000
"""Rows among which a neighbour is looked for."""


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
    """Of a trial: the (first) row that is left out to see whether it is the one the endpoint won't have."""

    @property
    def span(self) -> int:
        """How many rows it spans, missing ones included."""
        return self.last - self.first + 1


class Outbox:
    """What waits, oldest first. One for each pass, since it keeps what it read of epochs and boots."""

    def __init__(self, reader: Reader, state: SyncState, *, boot: str, boottime_ms: Callable[[], int]) -> None:
        self._reader = reader
        self._state = state
        self._boot = boot
        self._boottime_ms = boottime_ms
        self._boots = self._read_boots()

    def next(self, limit: int) -> Parcel | None:
        """The oldest rows not acknowledged, at most `limit` of one epoch; None where nothing waits."""
        highest = self._reader.last()
        for id_, start, end in self._epochs(highest):
            first = self._sent(id_, start) + 1
            if first <= end:
                return self._pack(id_, start, first, min(end, first + limit - 1), highest)
        return None

    def trial(self, seq: int, epoch: str, run: int = 1) -> Parcel | None:
        """Row `seq`, or the `run` rows from it on, left out between their neighbours; None while no later one has come.

        An earlier neighbour was acknowledged before; it is sent once more, so that both are judged at one time. A
        neighbour is a row that can be sent. In an epoch that has ended the earlier one is enough; where there is
        none either, the next epoch's first row is the neighbour.
        """
        highest = self._reader.last()
        epochs = self._epochs(highest)
        place = next((i for i, (id_, _, _) in enumerate(epochs) if id_ == epoch), None)
        if place is None:
            return None
        _, start, end = epochs[place]
        ended = place + 1 < len(epochs)
        earlier = [row.seq for row in self._good(epoch, max(start, seq - REACH), seq - 1)][-1:]
        here = [row.seq for row in self._good(epoch, seq, min(end, seq + REACH))]
        aside = seq if here[:1] == [seq] else None
        wide = run if aside else run // 2  # a row that is missing anyhow needs none left out at first
        if not ended:
            wide = min(wide, len(here) - 1)
            if aside and wide <= run // 2:
                return None  # no wider than the trial before
        out, later = here[: max(0, wide)], here[max(0, wide) :][:1]
        if later or (ended and earlier):
            return self._pack(epoch, start, (earlier or [seq])[0], (later or out or [seq])[-1], highest, out, aside)
        for id_, begin, last in epochs[place + 1 :] if aside else []:
            for row in self._good(id_, begin, min(last, begin + REACH)):
                return self._pack(id_, begin, row.seq, row.seq, highest, aside=seq)
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

    def _good(self, epoch: str, first: int, last: int) -> list[Response]:
        """The rows between `first` and `last` that can be sent: neither damaged nor set aside."""
        aside = self._state.aside(epoch, first, last)
        return [row for row in self._reader.span(first, last).rows if row.seq not in aside]

    def _pack(
        self,
        epoch: str,
        start: int,
        first: int,
        last: int,
        highest: int,
        out: Collection[int] = (),
        aside: int | None = None,
    ) -> Parcel:
        rows = [row for row in self._good(epoch, first, last) if row.seq not in out]
        if any(row.boot not in self._boots for row in rows):
            self._boots = self._read_boots()
        for row in rows:
            # A boot that is gone from the store for good: the row is still a vote.
            self._boots.setdefault(row.boot, BootTimes(f"lost-{row.boot}", []))
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
            boottime=self._boottime_ms() // 1000,
            nonce=nonce,
        )
        return Parcel(epoch, start, first, last, highest, nonce, body, aside)

    def _read_boots(self) -> dict[int, BootTimes]:
        try:
            return {b.number: _times(b) for b in self._reader.boots()}
        except msgspec.ValidationError as error:
            raise StoreError(f"the store's list of boots is damaged ({error})") from None


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
