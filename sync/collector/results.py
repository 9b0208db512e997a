"""What was received, counted: votes, index, rows, alarms. Read-only; never knows HTTP or pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Engine, func, select

from kiosk.insight import weight
from kiosk.response import KINDS
from sync.collector import tables
from sync.collector.anchors import iso
from sync.collector.latest import LastVote, last_votes

SHOWN_KIOSKS = 100
SHOWN_ALARMS = 20


class Tally(msgspec.Struct, frozen=True):
    """Votes (one a visit, its last) and their index, 0 to 100; None where there are none."""

    votes: int
    index: float | None


class Distribution(msgspec.Struct, frozen=True):
    """Votes on panels with so many faces, by face, the happiest first."""

    faces: int
    votes: list[int]


class KioskResult(msgspec.Struct, frozen=True):
    """One kiosk: all its votes, those not marked as misuse, and when it was last heard (UTC)."""

    kiosk: str
    last_contact: str | None
    all: Tally
    unmarked: Tally


class Alarm(msgspec.Struct, frozen=True):
    """Something a person must look at: ``fork`` or ``start``; from `since` to `last` (UTC), so many `times`."""

    kiosk: str
    epoch: str
    kind: str
    seq: int
    detail: str
    since: str | None
    last: str | None
    times: int


class EpochResult(msgspec.Struct, frozen=True):
    """What is here of one epoch, counted from the rows themselves, for a program that compares with the kiosk."""

    kiosk: str
    epoch: str
    start: int
    have: int
    """From `start` to here there is no gap: each number is a row or known to be missing."""
    missing: int
    rows: dict[str, int]
    """By kind."""
    last_contact: str | None


class Overview(msgspec.Struct, frozen=True):
    """What the live page shows."""

    all: Tally
    unmarked: Tally
    distribution: list[Distribution]
    kiosks: list[KioskResult]
    """The most recently heard first, at most `SHOWN_KIOSKS` of `kiosks_total`."""
    kiosks_total: int
    alarms: list[Alarm]
    """The latest first, at most `SHOWN_ALARMS`."""
    last: list[LastVote]


class Summary(msgspec.Struct, frozen=True):
    """Everything that was counted, for programs."""

    all: Tally
    unmarked: Tally
    distribution: list[Distribution]
    kiosks: list[KioskResult]
    epochs: list[EpochResult]
    alarms: list[Alarm]


def overview(engine: Engine) -> Overview:
    """What the live page shows, everything as of the same moment."""
    with tables.reading(engine) as connection:
        counts = _counts(connection)
        kiosks = _kiosks(connection, counts)
        everything, unmarked, distribution = _totals(counts)
        return Overview(
            everything,
            unmarked,
            distribution,
            kiosks[:SHOWN_KIOSKS],
            len(kiosks),
            _alarms(connection)[:SHOWN_ALARMS],
            last_votes(connection),
        )


def summary(engine: Engine) -> Summary:
    """Everything counted, epoch by epoch, everything as of the same moment. Reads every row: not for each second."""
    with tables.reading(engine) as connection:
        counts = _counts(connection)
        everything, unmarked, distribution = _totals(counts)
        return Summary(
            everything,
            unmarked,
            distribution,
            _kiosks(connection, counts),
            _epochs(connection),
            _alarms(connection),
        )


_Count = tuple[str, int, int, bool, int]
"""Kiosk, faces, face, whether marked, and how many votes."""


def _counts(connection: Connection) -> list[_Count]:
    votes = tables.votes.c
    group = (votes.kiosk, votes.faces, votes.face, votes.marked)
    query = select(*group, func.count()).group_by(*group)
    return [(kiosk, faces, face, bool(marked), n) for kiosk, faces, face, marked, n in connection.execute(query)]


def _tally(counts: Iterable[_Count]) -> Tally:
    n, total = 0, 0.0
    for _, faces, face, _, votes in counts:
        n += votes
        total += votes * weight(face, faces)
    return Tally(n, total / n if n else None)


def _totals(counts: Sequence[_Count]) -> tuple[Tally, Tally, list[Distribution]]:
    by_faces: dict[int, Counter[int]] = defaultdict(Counter)
    for _, faces, face, _, votes in counts:
        by_faces[faces][face] += votes
    distribution = [
        Distribution(faces, [by_face[face] for face in range(1, faces + 1)]) for faces, by_face in by_faces.items()
    ]
    distribution.sort(key=lambda d: (-sum(d.votes), d.faces))
    return _tally(counts), _tally(c for c in counts if not c[3]), distribution


def _kiosks(connection: Connection, counts: Sequence[_Count]) -> list[KioskResult]:
    epochs = tables.epochs.c
    heard = select(epochs.kiosk, func.max(epochs.last_contact)).group_by(epochs.kiosk)
    of: dict[str, list[_Count]] = defaultdict(list)
    for count in counts:
        of[count[0]].append(count)
    return [
        KioskResult(kiosk, iso(last), _tally(of[kiosk]), _tally(c for c in of[kiosk] if not c[3]))
        for kiosk, last in sorted(connection.execute(heard).all(), key=lambda row: (-row[1], row[0]))
    ]


def _epochs(connection: Connection) -> list[EpochResult]:
    responses, missing, epochs = tables.responses.c, tables.missing.c, tables.epochs.c
    by_kind = (responses.kiosk, responses.epoch, responses.kind)
    rows: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for kiosk, epoch, kind, n in connection.execute(select(*by_kind, func.count()).group_by(*by_kind)):
        rows[kiosk, epoch][kind] = n
    width = func.sum(missing.high - missing.low + 1)
    query = select(missing.kiosk, missing.epoch, width).group_by(missing.kiosk, missing.epoch)
    absent = {(kiosk, epoch): int(n) for kiosk, epoch, n in connection.execute(query)}
    return [
        EpochResult(
            kiosk=row.kiosk,
            epoch=row.epoch,
            start=row.start,
            have=row.have,
            missing=absent.get((row.kiosk, row.epoch), 0),
            rows={kind: rows[row.kiosk, row.epoch].get(kind, 0) for kind in KINDS},
            last_contact=iso(row.last_contact),
        )
        for row in connection.execute(select(tables.epochs).order_by(epochs.kiosk, epochs.last_contact, epochs.epoch))
    ]


def _alarms(connection: Connection) -> list[Alarm]:
    alarms = tables.alarms.c
    query = select(tables.alarms).order_by(alarms.last.desc(), alarms.kiosk, alarms.epoch, alarms.kind)
    return [
        Alarm(r.kiosk, r.epoch, r.kind, r.seq, r.detail, iso(r.since), iso(r.last), r.times)
        for r in connection.execute(query)
    ]
