"""What votes say: weight and index. Pure; never knows where votes come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Row(Protocol):
    """What is asked of a row here: both the store's and the wire's have it."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def visit(self) -> int:
        """The number of the first vote of its visit."""

    @property
    def kind(self) -> str:
        """``vote``, ``mark``, …"""

    @property
    def value(self) -> str:
        """Of a mark its rule and the rows that it names."""

    @property
    def misuse(self) -> str:
        """The rule that marked it at the press, or empty."""


AnyRow = TypeVar("AnyRow", bound=Row)


def named_by(marks: Iterable[str]) -> set[int]:
    """The rows that the values of marks name: ``"burst/1 12 13"`` names 12 and 13."""
    words = {word for value in set(marks) for word in value.split(" ")[1:]}
    # Sixteen digits hold every sequence number; whoever writes more names no row.
    return {int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 16}


def marked(rows: Iterable[Row]) -> set[int]:
    """The numbers of the votes that `rows`, of one epoch, mark as misuse: in the vote's row, or by a mark among them.

    A late mark follows its votes by minutes: read a little further than the votes that are counted.
    """
    among = list(rows)
    in_row = {row.seq for row in among if row.kind == "vote" and row.misuse}
    return in_row | named_by(row.value for row in among if row.kind == "mark")


def counting(rows: Iterable[AnyRow]) -> dict[int, AnyRow]:
    """By visit the vote of it that counts, its last, of `rows` of one epoch in the order of their numbers."""
    return {row.visit: row for row in rows if row.kind == "vote"}


def weight(face: int, faces: int) -> float:
    """The weight of a face, 100 (happiest, face 1) to 0 (face `faces`), evenly spaced."""
    return 100.0 * (faces - face) / (faces - 1)


def index(votes: Iterable[tuple[int, int]]) -> float | None:
    """The mean weight, 0 to 100, of votes given as (face, number of faces); None where there are none."""
    weights = [weight(face, faces) for face, faces in votes]
    return sum(weights) / len(weights) if weights else None


def standing(answers: Iterable[tuple[int, str]]) -> list[str]:
    """The answers of a visit that count, by position, of all that were given as (position, value) in order of seq.

    An answer takes the place of those at its position and after it: whoever goes back is asked the later follow-ups
    again. An empty one takes back.
    """
    count: dict[int, str] = {}
    for position, value in answers:
        count = {at: before for at, before in count.items() if at < position}
        count[position] = value
    return [value for value in count.values() if value]
