"""The follow-ups of a visit and the languages: touches in; answers and the next state out. Pure: time is an argument.

Never knows presses of faces or the card's answers (kiosk/visit.py).

An answer at position p takes the place of every earlier answer of the visit at p and after p: after Back the later
follow-ups are asked again, with what was answered before lit up. An empty `choices` or `text` takes an answer back.

The language and the modes are the visitor's: chosen before the vote or during the follow-ups, gone with the visit.
"""

from __future__ import annotations

import msgspec

from kiosk import entry as typed
from kiosk.events import Back, Choose, Done, Hold, Pick, Skip, Speak, Toggle, Touch, Type
from kiosk.response import End
from kiosk.state import Outcome, Rules, State, end_row, followup, keys, reply_row, spoken
from kiosk.survey import FollowUp


def touched(state: State, touch: Touch, now: int, rules: Rules) -> Outcome:
    """What a touch leads to on a follow-up, on the languages, and for the language of the attract screen."""
    if state.picking or (state.phase == "attract" and isinstance(touch, Pick | Speak | Toggle)):
        return Outcome(_attuned(state, touch, now, rules))
    if state.phase != "ask":
        return Outcome(state)
    match touch:
        case Choose():
            return _choose(state, touch.choice, now, rules)
        case Type() | Hold():
            return Outcome(_write(state, touch, now, rules))
        case Done():
            return _done(state, now, rules)
        case Back():
            return _back(state, now, rules)
        case Skip():
            return _skip(state, now, rules)
        case _:
            return Outcome(_attuned(state, touch, now, rules))


def stirred(state: State, now: int, rules: Rules) -> State:
    """Somebody is there: what stands on the screen begins its time anew."""
    if state.phase == "ask":
        at = followup(state, rules)
        lasts = rules.write_ms if at is not None and at.kind == "text" else rules.answer_ms
        return msgspec.structs.replace(state, deadline=now + lasts)
    if state.phase == "attract":
        changed = state.picking or state.language or state.modes is not None
        return msgspec.structs.replace(state, deadline=now + rules.answer_ms if changed else None)
    return state


def _remembered(state: State, rules: Rules) -> State:
    """What is lit up and typed now is shown again when the visitor comes back to it."""
    at = followup(state, rules)
    if at is None:
        return state
    given = state.entry.text if state.entry is not None else " ".join(state.picked)
    return msgspec.structs.replace(
        state, kept=(*((id_, old) for id_, old in state.kept if id_ != at.id), (at.id, given))
    )


def _attuned(state: State, touch: Touch, now: int, rules: Rules) -> State:
    """The languages come or go, or one is chosen, or a mode."""
    match touch:
        case Pick():
            state = msgspec.structs.replace(state, picking=True, asked_ms=now)
        case Back():
            state = msgspec.structs.replace(state, picking=False, asked_ms=now)
        case Speak() if touch.language in rules.languages:
            chosen = "" if touch.language == rules.language else touch.language
            state = msgspec.structs.replace(state, language=chosen, picking=False, asked_ms=now)
            if state.phase == "ask":
                return ask(_remembered(state, rules), state.step, now, rules)
        case Toggle():
            modes = state.modes or rules.modes
            flipped = msgspec.structs.replace(modes, **{touch.mode: not getattr(modes, touch.mode)})
            state = msgspec.structs.replace(state, modes=None if flipped == rules.modes else flipped)
    return stirred(state, now, rules)


def _choose(state: State, choice: str, now: int, rules: Rules) -> Outcome:
    at = followup(state, rules)
    if at is None or choice not in at.answers:
        return Outcome(state)
    if at.kind != "choices":
        return _answer(msgspec.structs.replace(state, picked=(choice,)), at, choice, now, rules)
    lit = set(state.picked) ^ {choice}
    state = msgspec.structs.replace(state, picked=tuple(c for c in at.answers if c in lit))
    return Outcome(stirred(state, now, rules))


def _write(state: State, touch: Type | Hold, now: int, rules: Rules) -> State:
    layout = keys(followup(state, rules), spoken(state, rules))
    if state.entry is None or layout is None:
        return state
    work = typed.tap if isinstance(touch, Type) else typed.hold
    written = work(state.entry, touch.key, layout)
    if written == state.entry and isinstance(touch, Hold):
        return state  # a drop of water may rest on a key for ever
    return stirred(msgspec.structs.replace(state, entry=written), now, rules)


def _done(state: State, now: int, rules: Rules) -> Outcome:
    at = followup(state, rules)
    if at is not None and at.kind == "choices" and state.picked:
        value = " ".join(state.picked)
        return _answer(state, at, value, now, rules)
    if at is not None and state.entry is not None and state.entry.text.strip():
        from kiosk.mask import masked  # a twentieth of the kiosk's start: it is loaded once the faces stand (start.py)

        return _answer(state, at, masked(state.entry.text.strip()), now, rules)
    return Outcome(state)


def _answer(state: State, at: FollowUp, value: str, now: int, rules: Rules) -> Outcome:
    row = reply_row(state, at, value, now, rules)
    state = msgspec.structs.replace(
        _remembered(state, rules),
        phase="chosen",
        tickets=state.tickets + 1,
        awaits=state.tickets + 1,
        answers=(*state.answers[: state.step], (at.id, value)),
        deadline=now + rules.commit_ms,
    )
    return Outcome(state, (row,), state.awaits)


def _back(state: State, now: int, rules: Rules) -> Outcome:
    if state.step > 0:
        return Outcome(ask(_remembered(state, rules), state.step - 1, now, rules))
    undo_until = state.voted_ms + rules.undo_ms
    if now < undo_until and not state.answers:
        return Outcome(msgspec.structs.replace(state, phase="review", deadline=undo_until, asked_ms=now))
    # Whoever touched Back still stands there and speaks the language that he chose.
    rows = end_row(state, "exit", now, rules)
    attract = msgspec.structs.replace(invite(state, now), language=state.language, modes=state.modes)
    return Outcome(stirred(attract, now, rules), rows)


def _skip(state: State, now: int, rules: Rules) -> Outcome:
    """The visit ends here. What was answered before Back and is empty now is taken back."""
    at = followup(state, rules)
    before = dict(state.answers[state.step :])
    empty = not state.picked and not (state.entry and state.entry.text.strip())
    taken_back = at is not None and at.kind in ("choices", "text") and empty and before.get(at.id)
    rows = (reply_row(state, at, "", now, rules),) if at is not None and taken_back else ()
    return Outcome(thank(state, "skip", now, rules), rows)


def ask(state: State, step: int, now: int, rules: Rules) -> State:
    """The follow-up at `step` on the screen, with what was answered before; thanks where there is none."""
    state = msgspec.structs.replace(state, step=step, picked=(), entry=None)
    at = followup(state, rules)
    if at is None:
        return thank(state, "done", now, rules)
    given = dict(state.kept).get(at.id, "")
    layout = keys(at, spoken(state, rules))
    return stirred(
        msgspec.structs.replace(
            state,
            phase="ask",
            asked_ms=now,
            picked=() if at.kind == "text" else tuple(given.split()),
            entry=None if layout is None else typed.start(layout, given),
        ),
        now,
        rules,
    )


def thank(state: State, ending: End | None, now: int, rules: Rules) -> State:
    """Thank you; `ending` is how the visit ends with that screen, None where it has ended."""
    return msgspec.structs.replace(
        state, phase="thanks", ending=ending, kept=(), entry=None, deadline=now + rules.thanks_ms
    )


def invite(state: State, now: int) -> State:
    """The faces again, in the kiosk's own language; what the visitor chose and typed is gone."""
    return msgspec.structs.replace(
        state,
        phase="attract",
        asked_ms=now,
        deadline=None,
        step=0,
        answers=(),
        ending=None,
        picking=False,
        kept=(),
        picked=(),
        entry=None,
        language="",
        modes=None,
    )
