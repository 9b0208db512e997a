"""A day at a kiosk, drawn from a seed: honest visitors and known culprits; and what the real rules make of it.

Each press knows who made it and whether it ought to count, which no kiosk can know. It goes through the real visit
(`kiosk.visit`), the real watch (`kiosk.watch`) and rows as the store numbers them, so that the marks are those that a
kiosk would keep.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

import msgspec

from kiosk import insight, survey, visit
from kiosk.events import Choose, Event, Press, Skip, Stored, Tick
from kiosk.misuse import Limits
from kiosk.response import Draft, Response, parse_vote
from kiosk.state import Rules, State, followup
from kiosk.watch import Watch
from tests.conftest import ROOT

OPENS_MS, CLOSES_MS = 8 * 3_600_000, 21 * 3_600_000
FACES = 4
HONEST = ("visitor", "friends", "family", "class", "crowd", "elderly")
CULPRITS = ("children", "employee", "late", "angry", "double", "elbow", "stuck", "robot")
VISITORS = 400
_COMMIT_MS = 5
_TAP_MS = 120
_STEP_MS = 4_000
"""What it takes one visitor to step aside for the next."""
_MOODS = ((45, 30, 15, 10), (80, 12, 5, 3), (25, 30, 25, 20))
"""How faces are spread on an ordinary day, on one on which everybody is happy, and on a bad one."""


class Deed(NamedTuple):
    """A press of a button: when (ms since midnight), which face, how long it was held, who did it and as which person.

    `honest`: it ought to count, or is what somebody who ought to count pressed first.
    """

    ms: int
    face: int
    who: str
    honest: bool
    person: int
    held_ms: int = _TAP_MS
    answers: bool = False


class Verdict(NamedTuple):
    """A press and the rules that marked it, in its row or later."""

    deed: Deed
    rules: frozenset[str]


class Day(NamedTuple):
    """What the kiosk kept of a day."""

    rows: list[Response]
    verdicts: list[Verdict]

    @property
    def index(self) -> float:
        """The day's index over all visits."""
        return _index(insight.counting(self.rows).values())

    @property
    def unmarked(self) -> float:
        """The same without those that are marked."""
        marked = insight.marked(self.rows)
        return _index(row for row in insight.counting(self.rows).values() if row.seq not in marked)

    @property
    def true(self) -> float:
        """The index of what honest people pressed last."""
        last = {verdict.deed.person: verdict.deed.face for verdict in self.verdicts if verdict.deed.honest}
        return insight.index((face, FACES) for face in last.values()) or 0.0


def recall(days: Iterable[Day], *culprits: str) -> float:
    """The share that is marked, by whatever rule, of the presses of these culprits (of all: none named)."""
    theirs = [v for day in days for v in day.verdicts if not v.deed.honest and v.deed.who in (culprits or CULPRITS)]
    return sum(bool(verdict.rules) for verdict in theirs) / len(theirs)


def harmed(days: Iterable[Day], *who: str) -> float:
    """The share that is marked of the honest presses of these people (of all: none named)."""
    theirs = [v for day in days for v in day.verdicts if v.deed.honest and (not who or v.deed.who in who)]
    return sum(bool(verdict.rules) for verdict in theirs) / len(theirs)


def precision(days: Iterable[Day], rule: str = "") -> float:
    """The share of what this rule (any: none named) has marked that ought not to count; 1 where it marked nothing."""
    marked = [v for day in days for v in day.verdicts if (rule in v.rules if rule else v.rules)]
    return sum(not verdict.deed.honest for verdict in marked) / len(marked) if marked else 1.0


def _index(rows: Iterable[Response]) -> float:
    return insight.index(parse_vote(row.value) for row in rows) or 0.0


def a_day(seed: int) -> list[Deed]:
    """All presses of the day in their order. While a group or a culprit stands there, no single visitor comes near.

    A button that is stuck can't be pressed once more.
    """
    dice = random.Random(seed)
    moods = dice.choice(_MOODS)
    persons = count()
    bouts: list[list[Deed]] = []
    taken: list[tuple[int, int]] = []

    def at_any_time(bout: Callable[[int], list[Deed]], times: int) -> None:
        while times:
            deeds = bout(dice.randint(OPENS_MS + 600_000, CLOSES_MS - 1_800_000))
            begin, end = deeds[0].ms - 15_000, deeds[-1].ms + 15_000
            if all(end < low or high < begin for low, high in taken):
                taken.append((begin, end))
                bouts.append(deeds)
                times -= 1

    def some(
        who: str, ms: int, faces: Sequence[int], pauses: Callable[[], float], *, honest: bool = False
    ) -> list[Deed]:
        deeds, person = [], next(persons)
        for face in faces:
            deeds.append(Deed(ms, face, who, honest, next(persons) if honest else person))
            ms += round(1_000 * pauses())
        return deeds

    def mood() -> int:
        return dice.choices(range(1, FACES + 1), moods)[0]

    def school_class(ms: int) -> list[Deed]:
        # 30 in three minutes: one every six seconds, never less than the 1.5 s in which one hand leaves and one comes
        return some("class", ms, [mood() for _ in range(30)], lambda: 1.5 + dice.gammavariate(3, 1.5), honest=True)

    def crowd(ms: int) -> list[Deed]:
        # a cinema lets out: three seconds each, the fastest that people in a queue were ever imagined to press
        return some("crowd", ms, [mood() for _ in range(40)], lambda: 1.2 + dice.gammavariate(2, 0.9), honest=True)

    def friends(ms: int) -> list[Deed]:
        return some("friends", ms, [mood(), mood()], lambda: dice.uniform(0.2, 5), honest=True)

    def family(ms: int) -> list[Deed]:
        faces = [mood() for _ in range(dice.randint(3, 6))]
        return some("family", ms, faces, lambda: dice.uniform(1.0, 3.5), honest=True)

    def elderly(ms: int) -> list[Deed]:
        held_ms = round(dice.lognormvariate(6.5, 0.9))  # most a second or so, one in a hundred five
        first = Deed(ms, mood(), "elderly", True, next(persons), held_ms)
        again = first._replace(ms=ms + first.held_ms + dice.randint(300, 1_800), who="double", honest=False)
        return [first, again]

    def children(ms: int) -> list[Deed]:
        pace = dice.uniform(0.2, 1.4)
        faces = [dice.randint(1, FACES) for _ in range(dice.randint(15, 60))]
        return some("children", ms, faces, lambda: max(0.03, dice.lognormvariate(0, 0.6) * pace))

    def employee(who: str, ms: int, presses: int) -> list[Deed]:
        pace = dice.uniform(2.2, 6.0)
        even = dice.uniform(0.03, 0.12)
        return some(who, ms, [1] * presses, lambda: max(0.3, dice.gauss(pace, pace * even)))

    def angry(ms: int) -> list[Deed]:
        pace = dice.uniform(0.25, 0.9)
        deeds = some("angry", ms, [FACES] * dice.randint(5, 20), lambda: max(0.1, dice.gauss(pace, pace / 4)))
        return [deeds[0]._replace(honest=True), *deeds[1:]]

    def elbow(ms: int) -> list[Deed]:
        first = dice.randint(1, FACES - 1)
        together = max(2.0, dice.lognormvariate(4, 0.6))
        deeds = some("elbow", ms, [first, first + 1], lambda: together / 1_000)
        if dice.random() < 0.5:  # and then the vote that was meant
            deeds.append(Deed(ms + dice.randint(1_500, 5_000), mood(), "visitor", True, next(persons)))
        return deeds

    def stuck(ms: int) -> list[Deed]:
        held_ms = 10_100 + round(dice.lognormvariate(10.5, 1))  # half a minute more or less, or an hour
        return [Deed(ms, dice.randint(1, FACES), "stuck", False, next(persons), held_ms)]

    def robot(ms: int) -> list[Deed]:
        pace, face = dice.uniform(2.1, 20), dice.randint(1, FACES)
        faces = [face] * 30 if dice.random() < 0.5 else [1 + n % FACES for n in range(30)]
        return some("robot", ms, faces, lambda: dice.gauss(pace, pace / 200))

    for bout, times in (
        (school_class, 2), (crowd, 1), (children, 4), (robot, 2), (angry, 5), (family, 12), (friends, 15),
        (elderly, 12), (elbow, 8), (stuck, 2),
    ):  # fmt: skip
        at_any_time(bout, times)
    bouts.append(employee("employee", CLOSES_MS - dice.randint(120_000, 600_000), dice.randint(12, 25)))
    taken.append((bouts[-1][0].ms, bouts[-1][-1].ms))
    bouts.append(employee("late", CLOSES_MS + dice.randint(60_000, 900_000), dice.randint(5, 15)))
    for _ in range(VISITORS):
        ms = dice.randint(OPENS_MS, CLOSES_MS - 1)
        if all(ms < low or high < ms for low, high in taken):
            taken.append((ms - _STEP_MS, ms + _STEP_MS))
            first = Deed(ms, mood(), "visitor", True, next(persons), answers=dice.random() < 0.5)
            bouts.append([first])
            if dice.random() < 0.06:  # a change of mind
                other = first._replace(ms=ms + dice.randint(600, 2_500), face=first.face % FACES + 1)
                bouts[-1] = [first._replace(answers=False), other]
    deeds = sorted(deed for deeds in bouts for deed in deeds)
    jams = [deed for deed in deeds if deed.who == "stuck"]
    return [d for d in deeds if not any(j.face == d.face and j.ms < d.ms <= j.ms + j.held_ms for j in jams)]


class _Kiosk:
    """The real visit and watch, and a store that commits after some milliseconds."""

    def __init__(self, limits: Limits, lockout_ms: int) -> None:
        text = (ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8")
        self._rules = Rules(survey.parse(text), "en", frozenset({"choice", "choices"}), lockout_ms=lockout_ms)
        self._watch = Watch(limits)
        self._state = State()
        self._visits: dict[int, int] = {}
        self._happening: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self.rows: list[Response] = []

    def at(self, ms: int, what: Callable[[int], None]) -> None:
        heapq.heappush(self._happening, (ms, next(self._order), what))

    def run(self) -> None:
        while self._happening:
            ms, _, what = heapq.heappop(self._happening)
            while self._state.deadline is not None and self._state.deadline < ms:
                self._advance(Tick(), self._state.deadline)
            what(ms)
        if self._state.deadline is not None:
            self._advance(Tick(), self._state.deadline)

    def press(self, deed: Deed, ms: int) -> None:
        self._rules = msgspec.structs.replace(self._rules, closed=ms >= CLOSES_MS)
        self._advance(Press(deed.face, "physical"), ms)
        self.at(ms + deed.held_ms, lambda now: self._store(self._watch.released(deed.face - 1, now)))
        if deed.answers:
            self.at(ms + 3_000, self._answer)

    def _answer(self, ms: int) -> None:
        asked = followup(self._state, self._rules) if self._state.phase == "ask" else None
        if asked is not None:
            self._advance(Choose(asked.choices[0].id) if asked.kind == "choice" else Skip(), ms)

    def _advance(self, event: Event, ms: int) -> None:
        outcome = visit.advance(self._state, event, ms, self._rules)
        self._state = outcome.state
        rows, ticket = self._watch.pressed(outcome.rows, outcome.ticket), outcome.ticket
        if ticket is None:
            self._store(rows)
        else:
            self.at(ms + _COMMIT_MS, lambda now: self._commit(rows, ticket, now))

    def _commit(self, rows: Sequence[Draft], ticket: int, ms: int) -> None:
        self._store(self._watch.settled(ticket, self._store(rows), ms))
        self._advance(Stored(ticket), ms)

    def _store(self, drafts: Sequence[Draft]) -> list[Response]:
        rows = []
        for draft in drafts:
            seq = len(self.rows) + 1
            visit_ = self._visits.setdefault(draft.visit, seq)
            rows.append(Response(seq=seq, boot=1, **{**msgspec.structs.asdict(draft), "visit": visit_}))
            self.rows.append(rows[-1])
        return rows


def judged(deeds: Sequence[Deed], limits: Limits, lockout_ms: int = 2_000) -> Day:
    """The day as a kiosk with these limits keeps it."""
    kiosk = _Kiosk(limits, lockout_ms)
    for deed in deeds:
        kiosk.at(deed.ms, lambda ms, deed=deed: kiosk.press(deed, ms))  # type: ignore[misc]
    kiosk.run()
    marks: dict[int, set[str]] = {}
    for row in kiosk.rows:
        if row.kind == "mark":
            for seq in insight.named_by([row.value]):
                marks.setdefault(seq, set()).add(row.value.split(" ")[0])
    votes = [row for row in kiosk.rows if row.kind == "vote"]
    verdicts = [
        Verdict(deed, frozenset(marks.get(row.seq, set()) | ({row.misuse} - {""})))
        for deed, row in zip(deeds, votes, strict=True)
    ]
    return Day(kiosk.rows, verdicts)
