"""Where a visit stands, what it goes by, and the rows that it writes. Pure; never knows what leads to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from kiosk import misuse
from kiosk.entry import Entry
from kiosk.events import Press
from kiosk.layouts import Layout, layout
from kiosk.response import Draft, End, Kind, vote_value
from kiosk.screens.view import Modes
from kiosk.survey import FollowUp, Survey

Phase = Literal["attract", "voted", "ask", "chosen", "review", "thanks", "trouble"]

_KINDS: Mapping[str, Kind] = {"choice": "choice", "nps": "choice", "choices": "choices", "text": "text"}
"""The kind of row that a follow-up's answer is."""


class Rules(msgspec.Struct, frozen=True):
    """What a visit goes by: survey, languages, what the screen can ask, and how long each step lasts (ms)."""

    survey: Survey
    language: str
    """The one that is spoken as long as nobody chooses."""
    kinds: frozenset[str]
    """Kinds of follow-up that can be asked here; empty where there is no usable touch."""
    languages: tuple[str, ...] = ()
    """Which can be chosen."""
    modes: Modes = Modes()
    closed: bool = False
    """Whether a vote is marked as pressed outside the opening hours."""
    undo_ms: int = 3_000
    lockout_ms: int = 2_000
    answer_ms: int = 20_000
    write_ms: int = 60_000
    """How long open text waits for the next touch."""
    warn_ms: int = 10_000
    """How long before its end a follow-up counts down."""
    thanks_ms: int = 2_500
    commit_ms: int = 10_000
    trouble_ms: int = 5_000
    settle_ms: int = 300
    """How long a new screen takes no touch: it appears under the finger that has just tapped."""


class State(msgspec.Struct, frozen=True):
    """Where a visit stands. `deadline` is when it moves on by itself; None only while nobody is there."""

    phase: Phase = "attract"
    deadline: int | None = None
    visit: int = 0
    """The number of the visit on the screen, or of the last one."""
    visits: int = 0
    tickets: int = 0
    """How many tickets were given out."""
    awaits: int = 0
    """In `voted`, `chosen` and `trouble`: the ticket that is waited for."""
    face: int = 0
    """The vote that counts, also of the visit before; 0: none."""
    voted_ms: int = 0
    """When the visit's first vote was pressed."""
    pressed_ms: int = 0
    """When that face was last pressed."""
    step: int = 0
    asked_ms: int = 0
    """When what can be touched on the screen appeared."""
    answers: tuple[tuple[str, str], ...] = ()
    """What was answered (follow-up, value), one a step; those from `step` on are asked again."""
    kept: tuple[tuple[str, str], ...] = ()
    """The same as it was touched and typed, to be shown again after Back."""
    picked: tuple[str, ...] = ()
    """The choices that are lit up on the follow-up on the screen."""
    entry: Entry | None = None
    """What is typed so far, where that is open text."""
    ending: End | None = None
    """In thanks: how the visit ends once the screen is left."""
    picking: bool = False
    """Whether the languages stand over the attract screen or the follow-up."""
    language: str = ""
    """Chosen by the visitor; empty: the default."""
    modes: Modes | None = None
    """Chosen by the visitor; None: the kiosk's own."""


class Outcome(msgspec.Struct, frozen=True):
    """What an event leads to. Where `ticket` is set, Stored or Failed with it must follow."""

    state: State
    rows: tuple[Draft, ...] = ()
    ticket: int | None = None


def spoken(state: State, rules: Rules) -> str:
    """The language that is spoken."""
    return state.language or rules.language


def asked(state: State, rules: Rules) -> tuple[FollowUp, ...]:
    """The follow-ups of the visit as far as its answers tell: those answered, the one at `step`, those after it."""
    return rules.survey.asked(state.face, _counted(state), rules.kinds, spoken(state, rules))


def followup(state: State, rules: Rules) -> FollowUp | None:
    """The follow-up at `step`; None where all are answered."""
    counted = _counted(state)
    return next((f for f in asked(state, rules) if f.id not in counted), None)


def _counted(state: State) -> dict[str, str]:
    return dict(state.answers[: state.step])


def keys(at: FollowUp | None, language: str) -> Layout | None:
    """What `at` is typed with; None where it is no open text."""
    return layout(language, at.keyboard(language)) if at is not None and at.kind == "text" else None


def vote_row(visit: int, press: Press, now: int, rules: Rules, language: str, locked: bool = False) -> Draft:
    """A vote as it is stored."""
    return Draft(
        visit=visit,
        position=0,
        kind="vote",
        survey=rules.survey.name,
        question=rules.survey.question.id,
        value=vote_value(press.face, rules.survey.points),
        ui=press.ui,
        language=language,
        misuse=misuse.LOCKOUT if locked else misuse.CLOSED if rules.closed else "",
        ms=now,
    )


def reply_row(state: State, at: FollowUp, value: str, now: int, rules: Rules) -> Draft:
    """An answer as it is stored; empty takes it back."""
    return Draft(
        visit=state.visit,
        position=state.step + 1,
        kind=_KINDS[at.kind],
        survey=rules.survey.name,
        question=at.id,
        value=value,
        ui="digital",
        language=spoken(state, rules),
        misuse="",
        ms=now,
    )


def end_row(state: State, how: End, now: int, rules: Rules) -> tuple[Draft, ...]:
    """How the visit ends, as it is stored."""
    return (
        Draft(
            visit=state.visit,
            position=state.step + 1,
            kind="end",
            survey=rules.survey.name,
            question="",
            value=how,
            ui="",
            language=spoken(state, rules),
            misuse="",
            ms=now,
        ),
    )
