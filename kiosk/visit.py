"""One visit after the other: events in; rows to store, view to show, deadline out. Pure: time is an argument.

Never knows pygame, SQLite, pins or the clock. All times are milliseconds of one steady clock.

A face that is pressed while a visit is on the screen: is it a change of mind, the same finger again, or the
next visitor? The screen names what is shown (`asked`: a follow-up, nothing answered yet; `answered`: a
follow-up after an answer), the face is compared with the vote that counts, and time runs since the first vote
of the visit (for `other`) or since this face was last pressed (for `same`).

========  =====  =========  =====================  ========
screen    face   elapsed    rows                   next
========  =====  =========  =====================  ========
attract   any    any        vote                   asked
attract   same   <lockout   vote lockout           asked
voted     same   <lockout   vote lockout           voted
voted     same   >=lockout  end exit; vote         asked
voted     other  <undo      vote again             asked
voted     other  >=undo     end exit; vote         asked
asked     same   <lockout   vote lockout           asked
asked     same   >=lockout  end exit; vote         asked
asked     other  <undo      vote again             asked
asked     other  >=undo     end exit; vote         asked
answered  same   <lockout   vote lockout           answered
answered  same   >=lockout  end exit; vote         asked
answered  other  <undo      end exit; vote         asked
answered  other  >=undo     end exit; vote         asked
review    same   any        vote again             asked
review    other  <undo      vote again             asked
thanks    same   <lockout   vote lockout           thanks
thanks    same   >=lockout  end done; vote         asked
thanks    other  <undo      end done; vote         asked
thanks    other  >=undo     end done; vote         asked
skipped   same   <lockout   vote lockout           skipped
skipped   same   >=lockout  end skip; vote         asked
skipped   other  <undo      vote again             asked
skipped   other  >=undo     end skip; vote         asked
========  =====  =========  =====================  ========

`vote` opens a visit of its own; `vote again` stays in the visit, where the last one counts; `vote lockout` is
marked as misuse, is a visit of its own and leaves the screen as it is. `thanks` here follows an answer and
`skipped` none; thanks with no answer before it (nothing was asked) behaves as `skipped`, but for ending as
`done`. `voted` waits for COMMIT; its `next` is reached when that has returned. `review` is the question once
more, after Back from the first follow-up: whoever touched Back may change the vote or confirm it. It lasts only
while the vote can still be changed, since nobody knows who will press after that; and that time runs from the
first vote, so that impatient strangers can't replace each other's votes without end.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk import misuse
from kiosk.response import Draft, End, Ui, vote_value
from kiosk.screens.view import Ask, Attract, Thanked, Trouble, View
from kiosk.survey import FollowUp, Survey

Phase = Literal["attract", "voted", "ask", "chosen", "review", "thanks", "trouble"]


class Rules(msgspec.Struct, frozen=True):
    """What a visit goes by: survey, language, what the screen can ask, and how long each step lasts (ms)."""

    survey: Survey
    language: str
    kinds: frozenset[str]
    """Kinds of follow-up that can be asked here; empty where there is no usable touch."""
    undo_ms: int = 3_000
    lockout_ms: int = 2_000
    answer_ms: int = 20_000
    thanks_ms: int = 2_500
    commit_ms: int = 10_000
    trouble_ms: int = 5_000
    settle_ms: int = 300
    """How long a follow-up takes no touch: it appears under the finger that has just tapped a face."""


class Press(msgspec.Struct, frozen=True):
    """A face, by a button or by touch; 1 is the happiest."""

    face: int
    ui: Ui


class Choose(msgspec.Struct, frozen=True):
    """A choice was touched."""

    choice: str


class Back(msgspec.Struct, frozen=True):
    """Back was touched."""


class Skip(msgspec.Struct, frozen=True):
    """Skip was touched."""


class Stored(msgspec.Struct, frozen=True):
    """COMMIT returned for the rows that went out with `ticket`."""

    ticket: int


class Failed(msgspec.Struct, frozen=True):
    """The rows that went out with `ticket` could not be stored."""

    ticket: int


class Tick(msgspec.Struct, frozen=True):
    """Time has passed."""


Event = Press | Choose | Back | Skip | Stored | Failed | Tick


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
    """When the follow-up on the screen appeared."""
    chosen: tuple[str, ...] = ()
    """The answers in force, one a step."""
    ending: End | None = None
    """In thanks: how the visit ends once the screen is left."""


class Outcome(msgspec.Struct, frozen=True):
    """What an event leads to. Where `ticket` is set, Stored or Failed with it must follow."""

    state: State
    rows: tuple[Draft, ...] = ()
    ticket: int | None = None


def view(state: State, rules: Rules) -> View:
    """What to show."""
    match state.phase:
        case "attract":
            return Attract(rules.language)
        case "voted" | "review":
            return Attract(rules.language, state.face)
        case "thanks":
            return Thanked(rules.language, state.face)
        case "trouble":
            return Trouble(rules.language, "store")
        case "ask" | "chosen":
            asked = _followups(state, rules)
            lit = state.chosen[state.step : state.step + 1]
            return Ask(rules.language, asked[state.step], state.step + 1, len(asked), lit)


def advance(state: State, event: Event, now_ms: int, rules: Rules) -> Outcome:
    """What `event` at `now_ms` leads to; a deadline that has passed by then counts first."""
    rows: tuple[Draft, ...] = ()
    if state.deadline is not None and now_ms >= state.deadline:
        state, rows = _expire(state, state.deadline, rules)
    match event:
        case Press():
            outcome = _press(state, event, now_ms, rules)
        case Stored() | Failed():
            outcome = _settled(state, event, now_ms, rules)
        case Choose() | Back() | Skip() if state.phase == "ask" and now_ms - state.asked_ms >= rules.settle_ms:
            outcome = _touched(state, event, now_ms, rules)
        case _:
            outcome = Outcome(state)
    return msgspec.structs.replace(outcome, rows=rows + outcome.rows) if rows else outcome


def leave(state: State, now_ms: int, rules: Rules) -> tuple[Draft, ...]:
    """The row that ends the visit on the screen when the program ends; none where there is none."""
    return _end(state, state.ending or "exit", now_ms, rules) if _is_open(state) else ()


def _press(state: State, press: Press, now: int, rules: Rules) -> Outcome:
    if not 1 <= press.face <= len(rules.survey.faces):
        raise ValueError(f"face {press.face}: the survey has {len(rules.survey.faces)}")
    if state.phase == "review" and press.face == state.face:
        return _vote_again(state, press, now, rules)
    locked = misuse.lockout(press.face, now, state.face, state.pressed_ms, rules.lockout_ms)
    mark = misuse.LOCKOUT if locked else ""
    if not _is_open(state):
        return _open(state, press, now, rules, mark)
    if locked:
        state = msgspec.structs.replace(state, visits=state.visits + 1, tickets=state.tickets + 1, pressed_ms=now)
        return Outcome(state, (_vote(state.visits, press, now, rules, mark),), state.tickets)
    if press.face != state.face and not state.chosen and now - state.voted_ms < rules.undo_ms:
        return _vote_again(state, press, now, rules)
    ended = leave(state, now, rules)
    opened = _open(state, press, now, rules, mark)
    return msgspec.structs.replace(opened, rows=ended + opened.rows)


def _vote_again(state: State, press: Press, now: int, rules: Rules) -> Outcome:
    """The same person's vote once more, changed or confirmed: the time to change it does not begin anew."""
    again = msgspec.structs.replace(_await_vote(state, press.face, now, rules), voted_ms=state.voted_ms)
    return Outcome(again, (_vote(state.visit, press, now, rules, ""),), again.awaits)


def _open(state: State, press: Press, now: int, rules: Rules, mark: str) -> Outcome:
    number = state.visits + 1
    state = msgspec.structs.replace(state, visit=number, visits=number)
    state = _await_vote(state, press.face, now, rules)
    return Outcome(state, (_vote(number, press, now, rules, mark),), state.awaits)


def _await_vote(state: State, face: int, now: int, rules: Rules) -> State:
    return msgspec.structs.replace(
        state,
        phase="voted",
        face=face,
        tickets=state.tickets + 1,
        awaits=state.tickets + 1,
        voted_ms=now,
        pressed_ms=now,
        step=0,
        chosen=(),
        ending=None,
        deadline=now + rules.commit_ms,
    )


def _settled(state: State, event: Stored | Failed, now: int, rules: Rules) -> Outcome:
    if event.ticket != state.awaits:
        return Outcome(state)
    match state.phase, event:
        case "voted", Stored():
            return Outcome(_ask(state, 0, now, rules))
        case "chosen", Stored():
            return Outcome(_ask(state, state.step + 1, now, rules))
        case "trouble", Stored():  # late, but safe after all: whoever still stands there shall know
            return Outcome(_thank(state, None, now, rules))
        case "voted" | "chosen", Failed():
            # a vote that was lost locks nobody out from trying again
            return Outcome(*_fail(msgspec.structs.replace(state, face=0, awaits=0), now, rules))
        case _:
            return Outcome(state)


def _touched(state: State, touch: Choose | Back | Skip, now: int, rules: Rules) -> Outcome:
    match touch:
        case Choose():
            return _choose(state, touch.choice, now, rules)
        case Back():
            return _back(state, now, rules)
        case Skip():
            return Outcome(_thank(state, "skip", now, rules))


def _choose(state: State, choice: str, now: int, rules: Rules) -> Outcome:
    followup = _followups(state, rules)[state.step]
    if choice not in {c.id for c in followup.choices}:
        return Outcome(state)
    row = Draft(
        visit=state.visit,
        position=state.step + 1,
        kind="choice",
        survey=rules.survey.name,
        question=followup.id,
        value=choice,
        ui="digital",
        language=rules.language,
        misuse="",
        ms=now,
    )
    state = msgspec.structs.replace(
        state,
        phase="chosen",
        tickets=state.tickets + 1,
        awaits=state.tickets + 1,
        chosen=(*state.chosen[: state.step], choice, *state.chosen[state.step + 1 :]),
        deadline=now + rules.commit_ms,
    )
    return Outcome(state, (row,), state.awaits)


def _back(state: State, now: int, rules: Rules) -> Outcome:
    if state.step > 0:
        return Outcome(_ask(state, state.step - 1, now, rules))
    undo_until = state.voted_ms + rules.undo_ms
    if now < undo_until and not state.chosen:
        return Outcome(msgspec.structs.replace(state, phase="review", deadline=undo_until))
    return Outcome(_attract(state), _end(state, "exit", now, rules))


def _expire(state: State, at: int, rules: Rules) -> tuple[State, tuple[Draft, ...]]:
    match state.phase:
        case "voted" | "chosen":
            return _fail(state, at, rules)
        case "thanks":
            rows = _end(state, state.ending, at, rules) if state.ending else ()
            return _attract(state), rows
        case "ask" | "review":
            return _attract(state), _end(state, "timeout", at, rules)
        case _:
            return _attract(state), ()


def _ask(state: State, step: int, now: int, rules: Rules) -> State:
    if step >= len(_followups(state, rules)):
        return _thank(msgspec.structs.replace(state, step=step), "done", now, rules)
    return msgspec.structs.replace(state, phase="ask", step=step, asked_ms=now, deadline=now + rules.answer_ms)


def _thank(state: State, ending: End | None, now: int, rules: Rules) -> State:
    return msgspec.structs.replace(state, phase="thanks", ending=ending, deadline=now + rules.thanks_ms)


def _fail(state: State, now: int, rules: Rules) -> tuple[State, tuple[Draft, ...]]:
    rows = _end(state, "timeout", now, rules)
    return msgspec.structs.replace(state, phase="trouble", deadline=now + rules.trouble_ms), rows


def _attract(state: State) -> State:
    return msgspec.structs.replace(state, phase="attract", deadline=None, ending=None)


def _is_open(state: State) -> bool:
    """Whether the visit on the screen has not ended yet."""
    return state.phase in ("voted", "ask", "chosen", "review") or state.ending is not None


def _followups(state: State, rules: Rules) -> tuple[FollowUp, ...]:
    return rules.survey.asked(state.face, {}, rules.kinds, rules.language)


def _vote(visit: int, press: Press, now: int, rules: Rules, mark: str) -> Draft:
    return Draft(
        visit=visit,
        position=0,
        kind="vote",
        survey=rules.survey.name,
        question=rules.survey.question.id,
        value=vote_value(press.face, len(rules.survey.faces)),
        ui=press.ui,
        language=rules.language,
        misuse=mark,
        ms=now,
    )


def _end(state: State, how: End, now: int, rules: Rules) -> tuple[Draft, ...]:
    return (
        Draft(
            visit=state.visit,
            position=state.step + 1,
            kind="end",
            survey=rules.survey.name,
            question="",
            value=how,
            ui="",
            language=rules.language,
            misuse="",
            ms=now,
        ),
    )
