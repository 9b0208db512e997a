"""What a visit shows, and when that changes by itself. Pure; never knows how it is drawn."""

from __future__ import annotations

import msgspec

from kiosk.screens.view import Ask, Asleep, Attract, Languages, Modes, Thanked, Trouble, View
from kiosk.state import Rules, State, asked, followup, spoken

_SECOND_MS = 1_000


class Besides(msgspec.Struct, frozen=True):
    """What is to be seen where nobody is in a visit."""

    asleep: bool = False
    trouble: str = ""
    """Why votes can't be stored."""
    notice: str = ""
    """One line for whoever looks after the kiosk."""
    today: int | None = None
    """How many have voted today; None where that isn't told."""


def view(state: State, rules: Rules, now_ms: int, besides: Besides = Besides()) -> View:  # noqa: B008  it is frozen
    """What to show at `now_ms`."""
    view = _of_the_visit(state, rules, now_ms)
    match view:
        case Attract(face=None) if besides.asleep:
            return Asleep(view.language)
        case Attract(face=None) if besides.trouble:
            return Trouble(view.language, "store", (besides.trouble,), view.modes)
        case Attract(face=None):
            # Whoever comes first in the morning need not hear that nobody was there before.
            return msgspec.structs.replace(view, notice=besides.notice, today=besides.today or None)
        case Trouble() if besides.trouble:
            return msgspec.structs.replace(view, details=(besides.trouble,))
        case _:
            return view


def _of_the_visit(state: State, rules: Rules, now_ms: int) -> View:
    language, modes = spoken(state, rules), state.modes or rules.modes
    if state.picking:
        return Languages(language, rules.languages, _left_s(state, rules, now_ms), modes)
    undo_s = _seconds(_undo_until(state, rules), now_ms)
    match state.phase:
        case "attract":
            return Attract(language, languages=rules.languages, left_s=_left_s(state, rules, now_ms), modes=modes)
        case "voted" | "review":
            return Attract(language, state.face, languages=rules.languages, undo_s=undo_s, modes=modes)
        case "thanks":
            return Thanked(language, state.face, undo_s, modes)
        case "trouble":
            return Trouble(language, "store", modes=modes)
        case "ask" | "chosen":
            return _ask(state, rules, now_ms, undo_s, modes)


def wake_ms(state: State, rules: Rules, now_ms: int) -> int | None:
    """When something changes without an event, in the visit or on its screen; None: never."""
    moments = [] if state.deadline is None else [state.deadline]
    if undo_s := _seconds(undo_until := _undo_until(state, rules), now_ms):
        assert undo_until is not None
        moments.append(undo_until - (undo_s - 1) * _SECOND_MS)
    if state.deadline is not None and now_ms < state.deadline and _counts_down(state):
        left_s = _left_s(state, rules, now_ms)
        moments.append(state.deadline - (rules.warn_ms if left_s is None else (left_s - 1) * _SECOND_MS))
    return min(moments, default=None)


def _ask(state: State, rules: Rules, now_ms: int, undo_s: int | None, modes: Modes) -> Ask:
    at = followup(state, rules)
    assert at is not None, "a visit asks only while there is something to ask"
    return Ask(
        spoken(state, rules),
        at,
        step=state.step + 1,
        steps=max(len(asked(state, rules)), state.step + 1),
        chosen=state.picked,
        face=state.face,
        undo_s=undo_s,
        left_s=_left_s(state, rules, now_ms),
        entry=state.entry,
        languages=rules.languages,
        modes=modes,
    )


def _undo_until(state: State, rules: Rules) -> int | None:
    """Until when another face would change the vote; None where it would be the next visitor's."""
    told = state.phase in ("ask", "review") or (state.phase == "thanks" and state.ending is not None)
    return state.voted_ms + rules.undo_ms if told and not state.answers else None


def _counts_down(state: State) -> bool:
    return state.picking or state.phase in ("attract", "ask")


def _left_s(state: State, rules: Rules, now_ms: int) -> int | None:
    """Seconds until the screen goes by itself, once they are few."""
    if state.deadline is None or not _counts_down(state):
        return None
    return _seconds(state.deadline if now_ms >= state.deadline - rules.warn_ms else None, now_ms)


def _seconds(until_ms: int | None, now_ms: int) -> int | None:
    """Whole seconds left, the last one is 1; None where there are none."""
    return None if until_ms is None or until_ms <= now_ms else -(-(until_ms - now_ms) // _SECOND_MS)
