"""The last responses and votes that arrived. Read-only; never tells what visitors typed, never knows HTTP or pages."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, select

from kiosk.insight import standing, weight
from kiosk.response import Kind, parse_vote
from sync.collector import tables
from sync.collector.anchors import clock_of

LAST_VOTES = 10
_VISIT_SPAN = 64
"""Rows after a vote among which its follow-ups are looked for; a visit's rows stand together."""


class LastVote(msgspec.Struct, frozen=True):
    """A vote that counts, with the ids that were chosen after it; `time` None where nobody vouched for the clock."""

    kiosk: str
    face: int
    faces: int
    answers: list[str]
    time: str | None
    marked: bool


class Received(msgspec.Struct, frozen=True):
    """A response as it may be told: the fields of the wire, without what was typed."""

    kiosk: str
    epoch: str
    seq: int
    visit: int
    position: int
    kind: Kind
    survey: str
    question: str
    value: str | None
    """None for open text."""
    face: int | None
    faces: int | None
    score: float | None
    """A vote's weight, 100 (happiest) to 0; None for other kinds."""
    ui: str
    language: str
    misuse: str
    time: str | None


def received(engine: Engine, *, kiosk: str | None, kind: Kind | None, limit: int) -> list[Received]:
    """The last `limit` responses by arrival, the latest first; of one kiosk or kind where asked."""
    responses = tables.responses.c
    query = select(tables.responses).order_by(responses.received.desc(), responses.seq.desc()).limit(limit)
    if kiosk is not None:
        query = query.where(responses.kiosk == kiosk)
    if kind is not None:
        query = query.where(responses.kind == kind)
    with tables.reading(engine) as connection:
        rows = connection.execute(query).all()
        time_of = clock_of(connection, {row.boot for row in rows})
    return [_told(row, time_of(row.boot, row.boottime)) for row in rows]


def _told(row: Any, time: str | None) -> Received:
    face, faces = parse_vote(row.value) if row.kind == "vote" else (None, None)
    return Received(
        kiosk=row.kiosk,
        epoch=row.epoch,
        seq=row.seq,
        visit=row.visit,
        position=row.position,
        kind=row.kind,
        survey=row.survey,
        question=row.question,
        value=None if row.kind == "text" else row.value,
        face=face,
        faces=faces,
        score=None if face is None or faces is None else weight(face, faces),
        ui=row.ui,
        language=row.language,
        misuse=row.misuse,
        time=time,
    )


def last_votes(connection: Connection) -> list[LastVote]:
    """The last `LAST_VOTES` votes that count, the latest arrival first."""
    responses, votes = tables.responses.c, tables.votes.c
    key = and_(
        votes.kiosk == responses.kiosk,
        votes.epoch == responses.epoch,
        votes.visit == responses.visit,
        votes.seq == responses.seq,
    )
    query = (
        select(
            responses.kiosk,
            responses.epoch,
            responses.seq,
            responses.visit,
            responses.boot,
            responses.boottime,
            votes.face,
            votes.faces,
            votes.marked,
        )
        .join_from(tables.responses, tables.votes, key)
        .where(responses.kind == "vote")
        .order_by(responses.received.desc(), responses.seq.desc())
        .limit(LAST_VOTES)
    )
    rows = connection.execute(query).all()
    time_of = clock_of(connection, {row.boot for row in rows})
    return [
        LastVote(r.kiosk, r.face, r.faces, _answers(connection, r), time_of(r.boot, r.boottime), bool(r.marked))
        for r in rows
    ]


def _answers(connection: Connection, vote: Any) -> list[str]:
    responses = tables.responses.c
    query = (
        select(responses.position, responses.value, responses.kind)
        .where(
            responses.kiosk == vote.kiosk,
            responses.epoch == vote.epoch,
            responses.seq > vote.seq,
            responses.seq <= vote.seq + _VISIT_SPAN,
            responses.visit == vote.visit,
            responses.kind.in_(("choice", "choices", "text")),
        )
        .order_by(responses.seq)
    )
    # What was typed is not told, but it has its position.
    given = ((row.position, "" if row.kind == "text" else row.value) for row in connection.execute(query))
    return [choice for value in standing(given) for choice in value.split(" ")]
