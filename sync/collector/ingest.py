"""One batch into the database, whole or not at all. Never knows HTTP, tokens or pages.

=============================================  =====================================================
the batch                                      what happens
=============================================  =====================================================
follows what we have                           written; acknowledged to its last row
repeats rows with the same content             those are ignored; acknowledged to its last row
says *missing* of a row that we have           the row stays
brings a row that was said to be missing       the row is written, it is missing no longer
has other content for a row that we have       409 fork: nothing is written but an alarm
begins after a gap                             409 gap, with what we have: nothing is written
names another start for an epoch that we have  422 start: nothing is written but an alarm
can't be stored                                422 batch, or 413 size: nothing is written
=============================================  =====================================================

An acknowledgement leaves only after COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from sync.collector import anchors, counted, shelf, tables
from sync.protocol import MAX_JSON_BYTES, Ack, Batch, Refusal, Row

_CONTENT = ("kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse", "boot", "boottime")


def _of(table: Any) -> tuple[Any, Any]:
    """Of one kiosk and epoch, which are told when it is run."""
    return table.c.kiosk == bindparam("of_kiosk"), table.c.epoch == bindparam("of_epoch")


# Made once: to put a statement together takes longer than SQLite takes to run it.
_EPOCH = select(tables.epochs.c.start, tables.epochs.c.have).where(*_of(tables.epochs))
_ROWS = select(tables.responses.c.seq, *(tables.responses.c[name] for name in _CONTENT)).where(
    *_of(tables.responses), tables.responses.c.seq.between(bindparam("first"), bindparam("last"))
)
_TEXTS = attrgetter("survey", "question", "value", "language", "misuse")
_LATEST = select(func.max(tables.responses.c.received))
_INSERT = insert(tables.responses)
_TOUCHING = (
    *_of(tables.missing),
    tables.missing.c.low <= bindparam("before"),
    tables.missing.c.high >= bindparam("after"),
)
_MISSING = select(tables.missing.c.low, tables.missing.c.high).where(*_TOUCHING)
_MISSING_NO_MORE = delete(tables.missing).where(*_TOUCHING)
_HEARD = (
    update(tables.epochs)
    .where(*_of(tables.epochs))
    .values(have=bindparam("to_have"), last_contact=bindparam("to_contact"))
)

_NEW_EPOCH = (
    "a new epoch began: the card was flashed anew, moved to another board, copied or restored, or its store was "
    "damaged; where two boards share this id, give each its own"
)


class _No(Exception):
    """Ends the transaction with nothing written; says what to answer and whether to raise an alarm."""

    def __init__(
        self, error: str, detail: str, *, have: int | None = None, seq: int | None = None, alarm: bool = False
    ) -> None:
        super().__init__(error)
        self.error, self.detail, self.have, self.seq, self.alarm = error, detail, have, seq, alarm


def ingest(engine: Engine, kiosk: str, batch: Batch, now: float) -> Ack | Refusal:
    """Writes `batch` of `kiosk` in one transaction and says what to answer; `now` in Unix seconds.

    SQLAlchemyError where the database can't be written: then nothing was, and nothing is to be acknowledged.
    """
    try:
        _storable(batch)
        with tables.writing(engine, kiosk) as connection:
            _write(connection, kiosk, batch, now)
            book = shelf.keep(connection, kiosk, batch.offer) if batch.offer else None
    except _No as no:
        if no.alarm:
            with tables.writing(engine, kiosk) as connection:
                _raise_alarm(connection, kiosk, batch, no, int(now))
        return Refusal(kiosk, batch.epoch, batch.nonce, no.error, no.detail, no.have, no.seq)
    return Ack(kiosk, batch.epoch, batch.nonce, batch.last, int(now), book)


def _storable(batch: Batch) -> None:
    """What the wire allows but a database doesn't: NUL in a text (PostgreSQL), small batches that unfold hugely."""
    told = set(map(_TEXTS, batch.rows))  # rows say the same things again and again
    if any("\0" in text for texts in told for text in texts):
        seq = next(row.seq for row in batch.rows if any("\0" in text for text in _TEXTS(row)))
        raise _No("batch", f"row {seq}: found a NUL character in a text, expected none")
    longest = max((sum(map(len, texts)) for texts in told), default=0)
    size = longest * len(batch.rows)
    if size > MAX_JSON_BYTES:  # which they can hold only where this is: so they are counted only then
        size = sum(len(text) for row in batch.rows for text in _TEXTS(row))
    if any("\0" in id_ for id_ in (batch.boot, *(boot.id for boot in batch.boots))):
        raise _No("batch", "boots: found a NUL character in an id, expected none")
    if size > MAX_JSON_BYTES:
        raise _No("size", f"the rows hold {size} characters, expected at most {MAX_JSON_BYTES}: send fewer at once")


def _write(connection: Connection, kiosk: str, batch: Batch, now: float) -> None:
    have = _have(connection, kiosk, batch)
    boots = anchors.learn(connection, kiosk, batch, now)
    # What we have ends at `have`: after it there are neither rows nor ranges that the batch could meet.
    known = _known(connection, kiosk, batch) if batch.first <= have else {}
    fresh: Sequence[Row] = batch.rows if not known else [row for row in batch.rows if row.seq not in known]
    for row in batch.rows if known else ():
        before = known.get(row.seq)
        if before is not None and before != _content(row, boots):
            raise _No(
                "fork",
                f"row {row.seq} came before with other content: two boards seem to share one identity, as a cloned "
                "card does; give each board a card and an id of its own",
                have=have,
                seq=row.seq,
                alarm=True,
            )
    if fresh:
        _insert(connection, kiosk, batch.epoch, fresh, boots, now)
        counted.count(connection, kiosk, batch.epoch, fresh, have)
    if batch.first <= have or batch.missing:
        _settle_missing(connection, kiosk, batch, sorted({*known, *(row.seq for row in fresh)}))
    _settle_epoch(connection, kiosk, batch, have, now)


def _key(kiosk: str, batch: Batch) -> dict[str, Any]:
    return {"of_kiosk": kiosk, "of_epoch": batch.epoch}


def _have(connection: Connection, kiosk: str, batch: Batch) -> int:
    """How far the epoch goes without a gap before this batch; refuses what doesn't join on to it."""
    known = tables.fetch(connection, _EPOCH, _key(kiosk, batch))
    start, have = known[0] if known else (batch.start, batch.start - 1)
    if start != batch.start:
        # Neither gap nor fork: no row differs, and a new epoch would only bury the mistake.
        raise _No(
            "start",
            f"the batch says that its epoch starts at {batch.start}, but before it started at {start}: "
            "the kiosk's store seems to be damaged; look at its diagnostics",
            seq=batch.start,
            alarm=True,
        )
    if batch.first > have + 1:
        raise _No("gap", f"the batch begins at {batch.first}, expected at most {have + 1}", have=have)
    return int(have)


def _known(connection: Connection, kiosk: str, batch: Batch) -> dict[int, tuple[Any, ...]]:
    """The content of the rows in the batch's span that are here already."""
    span = {**_key(kiosk, batch), "first": batch.first, "last": batch.last}
    return {seq: tuple(content) for seq, *content in tables.fetch(connection, _ROWS, span)}


def _content(row: Row, boots: dict[str, int]) -> tuple[Any, ...]:
    return (
        row.kind,
        row.visit,
        row.position,
        row.survey,
        row.question,
        row.value,
        row.ui,
        row.language,
        row.misuse,
        boots[row.boot],
        row.boottime,
    )


def _insert(
    connection: Connection, kiosk: str, epoch: str, rows: Sequence[Row], boots: dict[str, int], now: float
) -> None:
    latest = tables.run(connection, _LATEST, {}).scalar() or 0
    received = max(int(now * 1000), latest + 1)
    told = [
        (
            kiosk,
            epoch,
            r.seq,
            received,
            r.kind,
            r.visit,
            r.position,
            r.survey,
            r.question,
            r.value,
            r.ui,
            r.language,
            r.misuse,
            boots[r.boot],
            r.boottime,
        )
        for r in rows
    ]
    tables.insert_many(connection, _INSERT, told)


def _settle_missing(connection: Connection, kiosk: str, batch: Batch, here: Sequence[int]) -> None:
    """In the batch's span exactly that is missing which is no row; ranges that touch become one."""
    touching = {**_key(kiosk, batch), "before": batch.last + 1, "after": batch.first - 1}
    before = [(low, high) for low, high in tables.fetch(connection, _MISSING, touching)]
    after = list(_joined(sorted([*_outside(before, batch), *_between(batch, here)])))
    if sorted(before) != after:
        tables.run(connection, _MISSING_NO_MORE, touching)
        if after:
            key = {"kiosk": kiosk, "epoch": batch.epoch}
            connection.execute(insert(tables.missing), [{**key, "low": low, "high": high} for low, high in after])


def _outside(ranges: Sequence[tuple[int, int]], batch: Batch) -> Iterator[tuple[int, int]]:
    for low, high in ranges:
        if low < batch.first:
            yield low, min(high, batch.first - 1)
        if high > batch.last:
            yield max(low, batch.last + 1), high


def _between(batch: Batch, here: Sequence[int]) -> Iterator[tuple[int, int]]:
    for before, after in pairwise([batch.first - 1, *here, batch.last + 1]):
        if after - before > 1:
            yield before + 1, after - 1


def _joined(ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for low, high in ranges:
        if current and low <= current[1] + 1:
            current = current[0], high
        else:
            if current:
                yield current
            current = low, high
    if current:
        yield current


def _settle_epoch(connection: Connection, kiosk: str, batch: Batch, have: int, now: float) -> None:
    values = {"have": max(have, batch.last), "last_contact": int(now)}
    heard = {**_key(kiosk, batch), "to_have": values["have"], "to_contact": values["last_contact"]}
    if not tables.run(connection, _HEARD, heard).rowcount:
        epochs = tables.epochs.c
        others = connection.scalar(select(func.count()).where(epochs.kiosk == kiosk))
        row = {"kiosk": kiosk, "epoch": batch.epoch, "start": batch.start, **values}
        connection.execute(insert(tables.epochs), [row])
        if others:
            _raise_alarm(connection, kiosk, batch, _No("epoch", _NEW_EPOCH, seq=batch.start), int(now))


def _raise_alarm(connection: Connection, kiosk: str, batch: Batch, no: _No, now: int) -> None:
    """One alarm a kiosk, epoch and kind, however often it happens."""
    alarms = tables.alarms.c
    key = (alarms.kiosk == kiosk, alarms.epoch == batch.epoch, alarms.kind == no.error)
    values = {"seq": no.seq, "detail": no.detail, "last": now}
    if not connection.execute(update(tables.alarms).where(*key).values(**values, times=alarms.times + 1)).rowcount:
        row = {"kiosk": kiosk, "epoch": batch.epoch, "kind": no.error, **values, "since": now, "times": 1}
        connection.execute(insert(tables.alarms), [row])
