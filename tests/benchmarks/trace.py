"""Days at a kiosk as rows: visitors who come by the hour and dither like people, the same for the same seed.

What the visitors do is drawn here; which rows become of it the kiosk's own `visit` decides. Each draw adds up what
it tells, in bits: the least that any coder needs, even one that knew every probability and the milliseconds besides.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple, TypeVar

import msgspec

from kiosk import survey, visit
from kiosk.events import Choose, Event, Press, Skip, Stored, Tick
from kiosk.response import Draft, Response, Ui
from kiosk.state import Rules, State

A_DAY = 400
"""Votes on an average day: what `design` reckons with."""
BY_HOUR = {8: 2, 9: 3, 10: 5, 11: 8, 12: 11, 13: 9, 14: 7, 15: 8, 16: 11, 17: 14, 18: 12, 19: 7, 20: 3}
"""How the visitors of a day spread over the opening hours."""
_UIS: dict[Ui, float] = {"physical": 70, "digital": 30}
_SURVEY = Path(__file__).with_name("trace.toml")
_HOUR_MS = 3_600_000
_COMMIT_MS = 8

T = TypeVar("T")


class Trace(NamedTuple):
    """The rows, and the bits that their draws told."""

    rows: list[Response]
    bits: float


def day(rows: int, seed: int = 1) -> list[Response]:
    """`rows` responses of one boot."""
    return trace(rows, seed).rows


def trace(rows: int, seed: int = 1) -> Trace:
    """`rows` responses of one boot that began at midnight, and what they tell."""
    house = _House(seed)
    while len(house.rows) < rows:
        house.visitor()
    return Trace(house.rows[:rows], house.bits * rows / len(house.rows))


class _Plan(NamedTuple):
    """What the visitor who has just voted means to do, unless the next one is quicker; never, if at all, is None."""

    at: int | None
    touch: Choose | Skip | None
    bits: float


class _House:
    """A kiosk with those who come to it."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.bits = 0.0
        self.rows: list[Response] = []
        self._survey = survey.parse(_SURVEY.read_text(encoding="utf-8"))
        self._state = State()
        self._rules = Rules(self._survey, self._survey.languages[0], frozenset({"choice"}))
        self._visits: dict[int, int] = {}
        self._load = 0.0
        self._plan: _Plan | None = None

    def visitor(self) -> None:
        """Somebody comes and votes; what he means to do then happens before the next one, or not at all."""
        at = self._arrival()
        self._go_on(at)
        language = self._one_of(dict(zip(self._survey.languages, (80, 15, 5), strict=True)))
        self._rules = msgspec.structs.replace(self._rules, language=language)
        face, ui = self._one_of({1: 50, 2: 28, 3: 12, 4: 10}), self._one_of(_UIS)
        self._do(Press(face, ui), at)
        match self._one_of({"votes": 95, "hammers": 3, "changes": 2}):
            case "hammers":
                for _ in range(self._one_of({1: 60, 2: 30, 3: 10})):
                    at = self._within(at, 200, 900)
                    self._do(Press(face, ui), at)
            case "changes":
                at = self._within(at, 800, 2_500)
                face = self._one_of({other: 1 for other in (1, 2, 3, 4) if other != face})
                self._do(Press(face, ui), at)
        told, self.bits = self.bits, 0.0
        when, touch = self._means(at, face)
        self._plan = _Plan(when, touch, self.bits)
        self.bits = told

    def _means(self, at: int, face: int) -> tuple[int | None, Choose | Skip | None]:
        asked = self._survey.asked(face, {}, {"choice"}, "en")[0]
        match self._one_of({"answers": 45, "skips": 10, "goes": 45}):
            case "answers":
                choice = self._one_of({choice.id: 1 for choice in asked.choices})
                return self._thinks(at, 3_500), Choose(choice)
            case "skips":
                return self._thinks(at, 2_200), Skip()
            case _:
                return None, None

    def _go_on(self, now: int) -> None:
        """All that happens before `now`. A plan that came to nothing told nothing: its draws are not counted."""
        if self._plan and self._plan.touch and self._plan.at and self._plan.at < now:
            self._do(self._plan.touch, self._plan.at)
            self.bits += self._plan.bits
        while self._state.deadline is not None and self._state.deadline <= now:
            if self._plan and not self._plan.touch:
                self.bits += self._plan.bits
            self._plan = None
            self._do(Tick(), self._state.deadline)
        self._plan = None

    def _do(self, event: Event, at: int) -> None:
        outcome = visit.advance(self._state, event, at, self._rules)
        self._state = outcome.state
        for draft in outcome.rows:
            self._store(draft)
        if outcome.ticket is not None:
            self._state = visit.advance(self._state, Stored(outcome.ticket), at + _COMMIT_MS, self._rules).state

    def _store(self, draft: Draft) -> None:
        seq = len(self.rows) + 1
        first = self._visits.setdefault(draft.visit, seq)
        self.rows.append(Response(**{**msgspec.structs.asdict(draft), "seq": seq, "visit": first, "boot": 1}))

    def _one_of(self, weights: Mapping[T, float]) -> T:
        (found,) = self._dice.choices(list(weights), list(weights.values()))
        self.bits -= math.log2(weights[found] / sum(weights.values()))
        return found

    def _within(self, at: int, low: int, high: int) -> int:
        """`low` to `high` ms later, each as likely."""
        found = at + self._dice.randrange(low, high)
        second = found // 1000 * 1000
        self.bits -= math.log2((min(second + 1000, at + high) - max(second, at + low)) / (high - low))
        return found

    def _thinks(self, at: int, median: float) -> int:
        """As long as people take to touch what they think: log-normal."""
        mu, sigma = math.log(median), 0.6
        taken = NormalDist(mu, sigma)
        found = at + max(400, round(self._dice.lognormvariate(mu, sigma)))
        second = found // 1000 * 1000

        def until(ms: int) -> float:
            return taken.cdf(math.log(ms - at)) if ms - at > 400 else 0.0

        self.bits -= math.log2(until(second + 1000) - until(second))
        return found

    def _arrival(self) -> int:
        """When the next visitor comes: a Poisson process whose rate goes by the hour."""
        before = self._load
        self._load += self._dice.expovariate(1.0)
        found = _when(self._load)
        if self.rows and found <= self.rows[-1].ms:  # while somebody hammers nobody else can vote
            found = self.rows[-1].ms + 1
            self._load = _load(found)
        second = found // 1000 * 1000
        low, high = max(_load(second), before), _load(second + 1000)
        self.bits -= math.log2(math.exp(before - low) - math.exp(before - high))
        return found


def _load(ms: int) -> float:
    """How many visitors are expected from midnight of the first day to `ms`."""
    days, rest = divmod(ms, 24 * _HOUR_MS)
    hours, part = divmod(rest, _HOUR_MS)
    shares = sum(share for hour, share in BY_HOUR.items() if hour < hours) + BY_HOUR.get(hours, 0) * part / _HOUR_MS
    return A_DAY * (days + shares / sum(BY_HOUR.values()))


def _when(load: float) -> int:
    """The ms at which so many visitors are expected to have come."""
    days, rest = divmod(load / A_DAY, 1.0)
    rest *= sum(BY_HOUR.values())
    for hour, share in BY_HOUR.items():
        if rest < share:
            return round((days * 24 + hour + rest / share) * _HOUR_MS)
        rest -= share
    return round((days * 24 + max(BY_HOUR) + 1) * _HOUR_MS)
