"""Which vote of a visit counts, and whether it is marked as misuse. Never knows batches as a whole, times or HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kiosk.insight import counting, named_by
from kiosk.response import parse_vote
from sync.collector import tables
from sync.protocol import Row


def count(connection: Connection, kiosk: str, epoch: str, rows: Sequence[Row], have: int) -> None:
    """Brings `votes` up to date with `rows`, just written, in the order of `seq`.

    The last vote row of a visit counts, whenever it arrives. `have` is what the epoch had before: rows up to
    it came late (they had been reported missing), so that marks which name them may be here already.
    """
    last = counting(rows)
    if last:
        faces = {value: parse_vote(value) for value in {row.value for row in last.values()}}
        votes = [(kiosk, epoch, r.visit, r.seq, *faces[r.value], r.misuse != "") for r in last.values()]
        tables.insert_many(connection, _NEWER[connection.dialect.name], votes)
    marks = [row.value for row in rows if row.kind == "mark"]
    late = min((row.seq for row in last.values()), default=have + 1)
    if late <= have:
        responses = tables.responses.c
        key = (responses.kiosk == kiosk, responses.epoch == epoch, responses.kind == "mark", responses.seq > late)
        marks += connection.scalars(select(responses.value).where(*key))
    if named := named_by(marks):
        _mark(connection, [{"k": kiosk, "e": epoch, "s": seq} for seq in sorted(named)])


def _newer(made: Any) -> Any:
    """An insert of a visit's vote over an earlier one of it. The dialects spell it alike, and share no class."""
    new = made.excluded
    return made.on_conflict_do_update(
        index_elements=["kiosk", "epoch", "visit"],
        set_={"seq": new.seq, "face": new.face, "faces": new.faces, "marked": new.marked},
        where=new.seq > tables.votes.c.seq,
    )


# Made once: to put a statement together takes longer than SQLite takes to run it.
_NEWER = {"sqlite": _newer(sqlite.insert(tables.votes)), "postgresql": _newer(postgresql.insert(tables.votes))}


def _mark(connection: Connection, named: list[dict[str, Any]]) -> None:
    votes, responses = tables.votes.c, tables.responses.c
    visit = (
        select(responses.visit)
        .where(responses.kiosk == bindparam("k"), responses.epoch == bindparam("e"), responses.seq == bindparam("s"))
        .scalar_subquery()
    )
    key = (votes.kiosk == bindparam("k"), votes.epoch == bindparam("e"), votes.visit == visit)
    connection.execute(update(tables.votes).where(*key, votes.seq == bindparam("s")).values(marked=True), named)
