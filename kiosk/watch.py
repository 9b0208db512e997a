"""Looks for misuse as votes come in: what stands in their rows, and marks that name earlier ones. Pure.

Never knows screens, pins or the store; whoever holds those tells it what was pressed and what was stored. A mark that
is learnt late waits until the rows that it names have their numbers, then goes out as a row of its own. Nothing is
looked at but the last votes of this run; what was pressed before a restart is not judged again.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from kiosk.misuse import LOCKOUT, RULES, STUCK, Limits, Pressed, stuck
from kiosk.response import Draft, Response, parse_vote

REMEMBERED = 128
"""Votes that are looked back at. A late mark belongs to the visit of one of them, which the store knows, too."""


class _Vote(msgspec.Struct, eq=False):
    """A vote, the rules that have marked it, and its number once it is stored."""

    pressed: Pressed
    row: Draft
    rules: set[str]
    seq: int | None = None
    lost: bool = False
    """It was never stored, or in a store that another has replaced."""


class Watch:
    """Feed it every row before it is stored and every commit after; store the marks that it gives back.

    A vote is marked by the first rule that has something against it, and never twice by the same.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._votes: deque[_Vote] = deque(maxlen=REMEMBERED)
        self._waiting: dict[int, list[_Vote]] = {}
        """By ticket: votes whose commit has not returned yet."""
        self._held: dict[int, _Vote] = {}
        """By face: the vote of a button since which it was not let go."""
        self._late: dict[str, list[_Vote]] = {}
        """By rule: votes that are to be named by a mark."""
        self._last = 0

    def pressed(self, rows: Sequence[Draft], ticket: int | None) -> tuple[Draft, ...]:
        """The rows as they are to be stored under `ticket`: a vote that is seen to be misuse has its rule in it."""
        return tuple(self._press(row, ticket) if row.kind == "vote" else row for row in rows)

    def settled(self, ticket: int | None, rows: Iterable[Response], now_ms: int) -> tuple[Draft, ...]:
        """What was put under `ticket` was stored as `rows`, or failed where there are none; marks to store now."""
        stored = [row.seq for row in rows if row.kind == "vote"]
        if stored and stored[0] <= self._last:
            self._forget()
        for place, vote in enumerate(self._waiting.pop(ticket, ()) if ticket is not None else ()):
            if place < len(stored):
                vote.seq = self._last = stored[place]
            else:
                vote.lost = True
        return self._marks(now_ms)

    def held(self, button: int, now_ms: int) -> tuple[Draft, ...]:
        """Button `button`, from 0, is down still; marks to store now."""
        return self._hold(button, None, now_ms)

    def released(self, button: int, now_ms: int) -> tuple[Draft, ...]:
        """Button `button`, from 0, was let go at `now_ms`; marks to store now."""
        marks = self._hold(button, now_ms, now_ms)
        self._held.pop(button + 1, None)
        return marks

    def since(self, ms: int) -> tuple[int, ...]:
        """The numbers of the votes that were pressed at `ms` or later, as far as they are remembered and stored."""
        return tuple(vote.seq for vote in self._votes if vote.pressed.ms >= ms and vote.seq is not None)

    def mark(self, rule: str, seqs: Iterable[int], now_ms: int) -> tuple[Draft, ...]:
        """Marks to store now, for what no rule over presses can know; of `seqs` those that are remembered are named."""
        wanted = set(seqs)
        for vote in self._votes:
            if vote.seq in wanted:
                self._name(vote, rule)
        return self._marks(now_ms)

    def _press(self, row: Draft, ticket: int | None) -> Draft:
        face, _ = parse_vote(row.value)
        vote = _Vote(Pressed(face, row.ms, row.ui, row.misuse == LOCKOUT), row, {row.misuse} - {""})
        self._votes.append(vote)
        if ticket is not None:
            self._waiting.setdefault(ticket, []).append(vote)
        if row.ui == "physical":
            self._held[face] = vote
        presses = [vote.pressed for vote in self._votes]
        for rule, judge in RULES.items():
            for place in judge(presses, self._limits):
                if (other := self._votes[place]) is not vote and not other.rules:
                    self._name(other, rule)
                elif other is vote and not vote.rules:
                    vote.rules.add(rule)
                    row = msgspec.structs.replace(row, misuse=rule)
        return row

    def _hold(self, button: int, up_ms: int | None, now_ms: int) -> tuple[Draft, ...]:
        vote = self._held.get(button + 1)
        if vote and not vote.rules and stuck(vote.pressed.ms, up_ms, now_ms, self._limits):
            self._name(vote, STUCK)
        return self._marks(now_ms)

    def _name(self, vote: _Vote, rule: str) -> None:
        if rule not in vote.rules and not vote.lost:
            vote.rules.add(rule)
            self._late.setdefault(rule, []).append(vote)

    def _marks(self, now_ms: int) -> tuple[Draft, ...]:
        """A mark for each rule that can name a vote; what is on its way to the card still is named later."""
        marks = []
        late, self._late = self._late, {}
        for rule, votes in late.items():
            if ready := [vote for vote in votes if vote.seq is not None]:
                marks.append(_mark(rule, ready, now_ms))
            if waiting := [vote for vote in votes if vote.seq is None and not vote.lost]:
                self._late[rule] = waiting
        return tuple(marks)

    def _forget(self) -> None:
        """Another store has begun (its numbers start anew): there the ones known so far name other rows, or none."""
        known = [*self._votes, *self._held.values(), *itertools.chain(*self._late.values())]
        for vote in known:
            if vote.seq is not None:
                vote.seq, vote.lost = None, True
        self._last = 0


def _mark(rule: str, votes: Sequence[_Vote], now_ms: int) -> Draft:
    newest = max(votes, key=lambda vote: vote.seq or 0)
    return Draft(
        visit=newest.row.visit,
        position=0,
        kind="mark",
        survey=newest.row.survey,
        question="",
        value=" ".join([rule, *(str(seq) for seq in sorted(vote.seq or 0 for vote in votes))]),
        ui="",
        language=newest.row.language,
        misuse="",
        ms=now_ms,
    )
