"""A data folder with a store written by the real `Votes`: visits at given times, for what reads stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kiosk.clock import Reading
from kiosk.response import Response
from kiosk.votes import Board, Votes

HERE = Board("boot-one", "serial-one")
MONDAY = 1_794_787_200_000
"""Unix ms of Monday, 16 November 2026, 00:00 UTC."""
HOUR = 3_600_000


def a_row(seq: int, visit: int, kind: Any, value: str, ms: int, position: int = 0, **fields: Any) -> Response:
    question = {"vote": "visit", "choice": "improve", "choices": "improve", "text": "comment"}.get(kind, "")
    given = {"survey": "visit/2", "question": question, "ui": "digital", "language": "en", "misuse": "", "boot": 1}
    given |= fields
    return Response(seq=seq, visit=visit, position=position, kind=kind, value=value, ms=ms, **given)


def fill(data: Path, rows: Sequence[Response], *, by: Any = "ntp", wall_ms: int = MONDAY, board: Board = HERE) -> None:
    """Write `rows` into the store there; boottime 0 of its boot stood at `wall_ms`, as `by` vouched."""
    data.mkdir(parents=True, exist_ok=True)
    votes = Votes(data / "votes.db", board)
    votes.keep_time(Reading(0, wall_ms, by))
    for first in range(0, len(rows), 5_000):
        votes.write(rows[first : first + 5_000])
    votes.close()


def visits(faces: Sequence[int], first: int = 1, ms: int = 0, step_ms: int = 60_000) -> Iterator[Response]:
    """A visit for each face of four, one row each, `step_ms` after the other; `ms` is the first one's moment."""
    for number, face in enumerate(faces):
        yield a_row(first + number, first + number, "vote", f"{face}/4", ms + number * step_ms)
