"""The next batch to send: which rows, under which epoch, without which. Knows the store and sync.db; no network."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Sequence

import msgspec

from kiosk.clock import Boot
from kiosk.errors import StoreError
from kiosk.reader import Reader
from kiosk.response import Response
from sync import protocol
from sync.books import Book
from sync.errors import StateError
from sync.protocol import BootTimes
from sync.state import SyncState

log = logging.getLogger(__name__)

REACH = 1_000
"""Rows among which a neighbour is looked for."""
ANCHORS = 4
"""Anchors of one voucher that travel with a boot; a clock that is stepped all day would fill every batch."""


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
    book: Book | None = None
    """What the body is packed against; None where it tells everything itself."""
    offer: Book | None = None
    """What the endpoint is asked to keep."""

    @property
    def span(self) -> int:
        """How many rows it spans, missing ones included."""
        return self.last - self.first + 1


class _Source(msgspec.Struct):
    """A store to send from, with what was read of it already."""

    reader: Reader
    boots: dict[int, BootTimes] = {}
    """Those that were asked for so far: a store has one for each day, a batch one or two."""

    def learn(self, numbers: Collection[int], present: str) -> None:
        """Read the boots of these numbers, and the present one, where they are not known yet."""
        new = set(numbers) - self.boots.keys()
        if not self.boots and (number := self.reader.boot_number(present)) is not None:
            new.add(number)
        if new:
            try:
                self.boots |= {boot.number: _times(boot) for boot in self.reader.boots(new)}
            except msgspec.ValidationError as error:
                raise StoreError(f"the store's list of boots is damaged ({error})") from None
        for number in new:
            # A boot that is gone from the store for good: the row is still a vote.
            self.boots.setdefault(number, BootTimes(f"lost-{number}", []))


class _Span(msgspec.Struct, frozen=True):
    """An epoch's rows that can be sent; a forked one ends where the endpoint has other content."""

    epoch: str
    first: int
    last: int
    highest: int
    """The highest row of its store."""
    source: _Source


class Outbox:
    """What waits in some stores, oldest first. One for each pass, since it keeps what it read of epochs and boots."""

    def __init__(
        self, readers: Sequence[Reader], state: SyncState, *, boot: str, boottime_ms: Callable[[], int]
    ) -> None:
        self._sources = [_Source(reader) for reader in readers]
        self._state = state
        self._boot = boot
        self._boottime_ms = boottime_ms

    def next(self, limit: int, book: Book | None = None) -> Parcel | None:
        """The oldest rows not acknowledged, at most `limit` of one epoch; None where nothing waits.

        `book` is one that the endpoint has promised to keep.
        """
        for source in list(self._sources):
            try:
                for span in self._guarded(source):
                    first = self._sent(span) + 1
                    if first <= span.last:
                        return self._pack(span, first, min(span.last, first + limit - 1), book=book)
            except StoreError as error:
                if source is self._sources[-1]:
                    raise
                log.warning("passed over: %s", error)
                self._sources.remove(source)
        return None

    def following(self, parcel: Parcel, limit: int, book: Book | None = None, *, least: int = 1) -> Parcel | None:
        """The rows after `parcel`, as `next` gives them once that is acknowledged; None where fewer than `least` wait.

        Also None where a store can't be read: then `next` says so.
        """
        first = parcel.last + 1
        try:
            for span in self._spans():
                last = min(span.last, parcel.last + limit)
                if span.epoch == parcel.epoch and span.first <= parcel.first and last - parcel.last >= least:
                    return self._pack(span, first, last, book=book)
        except (StoreError, StateError) as error:
            log.debug("nothing is packed ahead: %s", error)
        return None

    def trial(self, seq: int, epoch: str, run: int = 1) -> Parcel | None:
        """Row `seq`, or the `run` rows from it on, left out between their neighbours; None while no later one has come.

        An earlier neighbour was acknowledged before; it is sent once more, so that both are judged at one time. A
        neighbour is a row that can be sent. In an epoch that has ended the earlier one is enough; where there is
        none either, the next epoch's first row is the neighbour.
        """
        spans = self._spans()
        place = next((i for i, s in enumerate(spans) if s.epoch == epoch and s.first <= seq <= s.last), None)
        if place is None:
            return None
        span = spans[place]
        ended = place + 1 < len(spans)
        earlier = [row.seq for row in self._good(span, max(span.first, seq - REACH), seq - 1)][-1:]
        here = [row.seq for row in self._good(span, seq, min(span.last, seq + REACH))]
        aside = seq if here[:1] == [seq] else None
        wide = run if aside else run // 2  # a row that is missing anyhow needs none left out at first
        if not ended:
            wide = min(wide, len(here) - 1)
            if aside and wide <= run // 2:
                return None  # no wider than the trial before
        out, later = here[: max(0, wide)], here[max(0, wide) :][:1]
        if later or (ended and earlier):
            return self._pack(span, (earlier or [seq])[0], (later or out or [seq])[-1], out, aside)
        for following in spans[place + 1 :] if aside else []:
            for row in self._good(following, following.first, min(following.last, following.first + REACH)):
                return self._pack(following, row.seq, row.seq, aside=seq)
        return None

    def waiting(self) -> int:
        """How many rows wait."""
        return sum(max(0, span.last - self._sent(span)) for span in self._spans())

    def _sent(self, span: _Span) -> int:
        watermark = self._state.watermark(span.epoch)
        return span.first - 1 if watermark is None else max(watermark, span.first - 1)

    def _spans(self) -> list[_Span]:
        return [span for source in list(self._sources) for span in self._guarded(source)]

    def _guarded(self, source: _Source) -> list[_Span]:
        """The epochs of a store; what was read out of a damaged one must not keep the store itself from being sent."""
        try:
            return self._spans_of(source)
        except StoreError as error:
            if source is self._sources[-1]:
                raise
            log.warning("passed over: %s", error)
            self._sources.remove(source)
            return []

    def _spans_of(self, source: _Source) -> list[_Span]:
        highest = source.reader.last()
        epochs = source.reader.epochs()
        ends = [e.first - 1 for e in epochs[1:]] + [highest]
        spans = []
        for epoch, end in zip(epochs, ends, strict=False):  # a store read out of ruins may have no epoch at all
            id_, first = epoch.id, epoch.first
            while (fork := self._state.forked_at(id_)) is not None and fork <= end:
                spans.append(_Span(id_, first, fork - 1, highest, source))
                # The kiosk begins the next epoch in its store; in what was read out of a damaged one nobody does.
                following = None if source is self._sources[-1] else source.reader.epoch_after_fork(id_, fork)
                if following is None:
                    break
                id_, first = following, fork
            else:
                spans.append(_Span(id_, first, end, highest, source))
        return spans

    def _good(self, span: _Span, first: int, last: int) -> list[Response]:
        """The rows between `first` and `last` that can be sent: neither damaged nor set aside."""
        aside = self._state.aside(span.epoch, first, last)
        rows = span.source.reader.span(first, last).rows
        return [row for row in rows if row.seq not in aside] if aside else rows

    def _pack(
        self,
        span: _Span,
        first: int,
        last: int,
        out: Collection[int] = (),
        aside: int | None = None,
        book: Book | None = None,
    ) -> Parcel:
        source = span.source
        rows = self._good(span, first, last)
        if out:
            rows = [row for row in rows if row.seq not in out]
        source.learn({row.boot for row in rows}, self._boot)
        body, offer = protocol.encode(
            rows,
            start=span.first,
            first=first,
            last=last,
            missing=_gaps(rows, first, last),
            boots=source.boots,
            boot=self._boot,
            boottime=self._boottime_ms() // 1000,
            book=book,
        )
        nonce = secrets.token_urlsafe(12)
        return Parcel(span.epoch, span.first, first, last, span.highest, nonce, body, aside, book, offer)


def _gaps(rows: Sequence[Response], first: int, last: int) -> list[tuple[int, int]]:
    """The stretches between `first` and `last` that no row fills: damaged, set aside, or gone."""
    gaps: list[tuple[int, int]] = []
    if len(rows) == last - first + 1:
        return gaps
    expected = first
    for row in rows:
        if row.seq > expected:
            gaps.append((expected, row.seq - 1))
        expected = row.seq + 1
    if expected <= last:
        gaps.append((expected, last))
    return gaps


def _times(boot: Boot) -> BootTimes:
    """A boot as the wire has it: of each voucher the newest anchors; the endpoint's own never travel back to it."""
    newest = [a for i, a in enumerate(boot.anchors) if sum(b.by == a.by for b in boot.anchors[i + 1 :]) < ANCHORS]
    anchors = [(a.boottime_ms // 1000, a.wall_ms // 1000, a.by) for a in newest if a.by != "endpoint"]
    return msgspec.convert({"id": boot.id, "anchors": anchors}, BootTimes)
