"""One visit after the other: events in; rows to store and the next state out. Pure: time is an argument.

Never knows pygame, SQLite, pins or the clock, nor what a state looks like (kiosk/shown.py), nor what a touch
does to a follow-up (kiosk/steps.py). All times are milliseconds of one steady clock.

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

import msgspec

from kiosk import misuse, steps
from kiosk.events import (
    Back,
    Choose,
    Done,
    Event,
    Failed,
    Hold,
    Pick,
    Press,
    Shown,
    Skip,
    Speak,
    Stir,
    Stored,
    Toggle,
    Type,
)
from kiosk.response import Draft
from kiosk.state import Outcome, Rules, State, end_row, spoken, vote_row


def advance(state: State, event: Event, now_ms: int, rules: Rules) -> Outcome:
    """What `event` at `now_ms` leads to; a deadline that has passed by then counts first."""
    rows: tuple[Draft, ...] = ()
    if state.deadline is not None and now_ms >= state.deadline:
        state, rows = _expire(state, state.deadline, rules)
    early = now_ms - state.asked_ms < rules.settle_ms and (state.picking or state.phase in ("attract", "ask", "review"))
    match event:
        case Press(ui="digital") if early:
            outcome = Outcome(state)  # what was meant is what stood there before
        case Press():
            outcome = _press(state, event, now_ms, rules)
        case Stored() | Failed():
            outcome = _settled(state, event, now_ms, rules)
        case Shown():
            outcome = Outcome(msgspec.structs.replace(state, asked_ms=now_ms))
        case Stir():  # that somebody is there needs no steady hand
            outcome = Outcome(steps.stirred(state, now_ms, rules))
        case Choose() | Type() | Hold() | Done() | Back() | Skip() | Pick() | Speak() | Toggle():
            outcome = Outcome(state) if early else steps.touched(state, event, now_ms, rules)
        case _:
            outcome = Outcome(state)
    return msgspec.structs.replace(outcome, rows=rows + outcome.rows) if rows else outcome


def leave(state: State, now_ms: int, rules: Rules) -> tuple[Draft, ...]:
    """The row that ends the visit on the screen when the program ends; none where there is none."""
    return end_row(state, state.ending or "exit", now_ms, rules) if _is_open(state) else ()


def _press(state: State, press: Press, now: int, rules: Rules) -> Outcome:
    if not 1 <= press.face <= rules.survey.points:
        raise ValueError(f"face {press.face}: the survey has {rules.survey.points}")
    if state.phase == "review" and press.face == state.face:
        return _vote_again(state, press, now, rules)
    locked = misuse.lockout(press.face, now, state.face, state.pressed_ms, rules.lockout_ms)
    if not _is_open(state):
        if state.phase != "attract":
            state = _forgotten(state)
        return _open(state, press, now, rules, locked)
    if locked:
        row = vote_row(state.visits + 1, press, now, rules, spoken(state, rules), locked)
        state = msgspec.structs.replace(state, visits=state.visits + 1, tickets=state.tickets + 1, pressed_ms=now)
        return Outcome(state, (row,), state.tickets)
    if press.face != state.face and not state.answers and now - state.voted_ms < rules.undo_ms:
        return _vote_again(state, press, now, rules)
    ended = leave(state, now, rules)
    opened = _open(_forgotten(state), press, now, rules, locked)
    return msgspec.structs.replace(opened, rows=ended + opened.rows)


def _forgotten(state: State) -> State:
    """The next visitor is there: what the one before had chosen goes with him."""
    return msgspec.structs.replace(state, language="", modes=None)


def _vote_again(state: State, press: Press, now: int, rules: Rules) -> Outcome:
    """The same person's vote once more, changed or confirmed: the time to change it does not begin anew."""
    again = msgspec.structs.replace(_await_vote(state, press.face, now, rules), voted_ms=state.voted_ms)
    return Outcome(again, (vote_row(state.visit, press, now, rules, spoken(state, rules)),), again.awaits)


def _open(state: State, press: Press, now: int, rules: Rules, locked: bool) -> Outcome:
    number = state.visits + 1
    state = msgspec.structs.replace(state, visit=number, visits=number)
    state = _await_vote(state, press.face, now, rules)
    return Outcome(state, (vote_row(number, press, now, rules, spoken(state, rules), locked),), state.awaits)


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
        answers=(),
        kept=(),
        picked=(),
        entry=None,
        ending=None,
        picking=False,
        deadline=now + rules.commit_ms,
    )


def _settled(state: State, event: Stored | Failed, now: int, rules: Rules) -> Outcome:
    if event.ticket != state.awaits:
        return Outcome(state)
    match state.phase, event:
        case "voted", Stored():
            return Outcome(steps.ask(state, 0, now, rules))
        case "chosen", Stored():
            return Outcome(steps.ask(state, state.step + 1, now, rules))
        case "trouble", Stored():  # late, but safe after all: whoever still stands there shall know
            return Outcome(steps.thank(state, None, now, rules))
        case "voted" | "chosen", Failed():
            # a vote that was lost locks nobody out from trying again
            return Outcome(*_fail(msgspec.structs.replace(state, face=0, awaits=0), now, rules))
        case _:
            return Outcome(state)


def _expire(state: State, at: int, rules: Rules) -> tuple[State, tuple[Draft, ...]]:
    match state.phase:
        case "voted" | "chosen":
            return _fail(state, at, rules)
        case "thanks":
            rows = end_row(state, state.ending, at, rules) if state.ending else ()
            return steps.invite(state, at), rows
        case "ask" | "review":
            return steps.invite(state, at), end_row(state, "timeout", at, rules)
        case _:
            return steps.invite(state, at), ()


def _fail(state: State, now: int, rules: Rules) -> tuple[State, tuple[Draft, ...]]:
    rows = end_row(state, "timeout", now, rules)
    state = msgspec.structs.replace(state, phase="trouble", kept=(), picked=(), entry=None)
    return msgspec.structs.replace(state, deadline=now + rules.trouble_ms), rows


def _is_open(state: State) -> bool:
    """Whether the visit on the screen has not ended yet."""
    return state.phase in ("voted", "ask", "chosen", "review") or state.ending is not None
