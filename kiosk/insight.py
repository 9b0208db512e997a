"""What votes say: weight, index, interval, by hour and weekday. Pure; never knows where votes come from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

from kiosk.response import Response, parse_vote

TOO_FEW = 30
"""With fewer votes than this a figure is chance: it is not shown."""
TOO_FEW_SAID = "too few votes"
_Z95 = 1.959964
"""The normal distribution holds 95 % within so many standard deviations."""

_T = TypeVar("_T")


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


def happy(face: int, faces: int) -> bool:
    """Whether a face is one of the upper half: of 2 and 3 the first, of 4 and 5 the first two."""
    return face <= faces // 2


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1, of which `hits` in `of` were seen; ValueError where nothing was.

    Wilson's score interval: true also for shares near 0 and 1, where the usual one leaves the scale.
    """
    if not 0 <= hits <= of or not of:
        raise ValueError(f"{hits} of {of}: expected a part of one or more")
    share, z2 = hits / of, _Z95 * _Z95
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    reach = _Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def standing(answers: Iterable[tuple[int, str]]) -> list[str]:
    """The answers of a visit that count, by position, of all that were given as (position, value) in order of seq.

    An answer takes the place of those at its position and after it: whoever goes back is asked the later follow-ups
    again. An empty one takes back.
    """
    return [value for value in _last(answers) if value]


def _last(given: Iterable[tuple[int, _T]]) -> list[_T]:
    count: dict[int, _T] = {}
    for position, value in given:
        count = {at: before for at, before in count.items() if at < position}
        count[position] = value
    return list(count.values())


class Ballot(msgspec.Struct, frozen=True):
    """A visit as it counts: its last vote, whether that one is marked, and the answers that stand."""

    vote: Response
    marked: bool
    answers: tuple[Response, ...]


class _Visit:
    __slots__ = ("answers", "marked", "vote")

    def __init__(self) -> None:
        self.vote: Response | None = None
        self.marked = False
        self.answers: list[Response] = []

    def ballot(self) -> Ballot | None:
        if self.vote is None:
            return None
        given = _last([(row.position, row) for row in reversed(self.answers)])
        return Ballot(self.vote, self.marked, tuple(row for row in given if row.value))


def ballots(newest_first: Iterable[Response]) -> Iterator[Ballot]:
    """The visits in `newest_first`, rows of one store by falling seq, each as soon as its first vote is reached.

    Read this way a mark comes before the rows that it names and the vote that counts before those it replaced, so
    that only the visits under way need be remembered, however many rows there are. Answers of which no vote is left
    count nowhere.
    """
    named: set[int] = set()
    under_way: dict[int, _Visit] = {}
    for row in newest_first:
        if row.kind == "mark":
            named |= named_by([row.value])
        elif row.kind != "end":
            visit = under_way.setdefault(row.visit, _Visit())
            if row.kind != "vote":
                # answers from before the vote was changed were to another question
                if visit.vote is None:
                    visit.answers.append(row)
            elif visit.vote is None:
                visit.vote = row
                visit.marked = row.misuse != "" or row.seq in named
            if row.seq == row.visit:
                del under_way[row.visit]
                if ballot := visit.ballot():
                    yield ballot
        named.discard(row.seq)
    for visit in under_way.values():
        if ballot := visit.ballot():
            yield ballot


class Cell(msgspec.Struct):
    """Votes of one hour, or of one hour of one weekday."""

    votes: int = 0
    weights: float = 0.0

    @property
    def index(self) -> float | None:
        """The mean weight; None where nobody voted."""
        return self.weights / self.votes if self.votes else None


class Tally:
    """Ballots counted; `when` is the local (weekday, hour) of a ballot, Monday 0, or None where nobody knows it."""

    def __init__(self) -> None:
        self.votes = 0
        self.happy = 0
        self.timed = 0
        """How many of the votes have a time."""
        self.faces: Counter[tuple[int, int]] = Counter()
        """By (number of faces, face)."""
        self.reasons: dict[tuple[int, int], Counter[tuple[str, str, str]]] = {}
        """By the same, what was answered: (survey, question, choice)."""
        self.texts = 0
        """How many answers in open text stand."""
        self.heat = [[Cell() for _ in range(24)] for _ in range(7)]
        self._weights = 0.0

    def add(self, ballot: Ballot, when: tuple[int, int] | None) -> None:
        """Count one visit. ValueError where its vote says nothing that can be read."""
        face, faces = parse_vote(ballot.vote.value)
        worth = weight(face, faces)
        self.votes += 1
        self.happy += happy(face, faces)
        self._weights += worth
        self.faces[faces, face] += 1
        if when is not None:
            self.timed += 1
            cell = self.heat[when[0]][when[1]]
            cell.votes += 1
            cell.weights += worth
        for answer in ballot.answers:
            self._answer((faces, face), answer)

    def _answer(self, face: tuple[int, int], answer: Response) -> None:
        if answer.kind == "text":
            self.texts += 1
            return
        reasons = self.reasons.setdefault(face, Counter())
        # a score of 0 to 10 is a figure, not a reason: no id of a choice begins with a digit
        reasons.update(
            (answer.survey, answer.question, choice) for choice in answer.value.split(" ") if not choice[:1].isdigit()
        )

    @property
    def enough(self) -> bool:
        """Whether there are enough votes for a figure."""
        return self.votes >= TOO_FEW

    @property
    def index(self) -> float | None:
        """The mean weight of all, 0 to 100; None where there are none."""
        return self._weights / self.votes if self.votes else None

    @property
    def hours(self) -> list[Cell]:
        """By hour of the day, all weekdays together."""
        columns = [[day[hour] for day in self.heat] for hour in range(24)]
        return [Cell(sum(c.votes for c in column), sum(c.weights for c in column)) for column in columns]

    @property
    def scale(self) -> int:
        """How many faces most of the votes chose between; 0 where there are none."""
        scales: Counter[int] = Counter()
        for (faces, _), votes in self.faces.items():
            scales[faces] += votes
        return max(scales, key=lambda faces: (scales[faces], faces), default=0)

    def top(self, faces: int, face: int, most: int) -> list[tuple[tuple[str, str, str], int]]:
        """The answers given most after this face, (survey, question, choice) and how often; ties by name."""
        reasons = self.reasons.get((faces, face), Counter())
        return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:most]


class Counted(msgspec.Struct):
    """What came of it."""

    every: Tally
    """All votes."""
    clean: Tally
    """Those that are not marked."""
    left_out: int = 0
    """Votes at a time that nobody knows: whether they belong to the period can't be told."""
    whole: bool = True
    """False where time ran out first: the newest are counted, older ones are not."""

    @property
    def marked(self) -> int:
        """How many of the votes are marked."""
        return self.every.votes - self.clean.votes


def index_said(tally: Tally) -> str:
    """The index, ``"72"``, or that there are too few votes."""
    return f"{tally.index:.0f}" if tally.enough and tally.index is not None else TOO_FEW_SAID


def happy_said(tally: Tally) -> str:
    """The share of happy faces with its interval, ``"81 % (74 to 87 %)"``, or that there are too few votes."""
    if not tally.enough:
        return TOO_FEW_SAID
    share = 100 * tally.happy / tally.votes
    low, high = (100 * end for end in wilson(tally.happy, tally.votes))
    return f"{share:.0f} % ({low:.0f} to {high:.0f} %)"
