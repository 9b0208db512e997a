"""The visit: its table as it stands in the docstring, each way to end, and what holds for any sequence of events."""

from __future__ import annotations

import re
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk import shown, survey, visit
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
    Tick,
    Toggle,
    Type,
)
from kiosk.response import Draft, parse_vote
from kiosk.screens.view import Ask, Attract, Languages, Thanked, Trouble
from kiosk.state import Outcome, Rules, State
from kiosk.survey import Survey
from tests.conftest import ROOT

TWO_STEPS = """
id = "two"
version = 3
languages = ["en"]
[question]
id = "q"
text = { en = "How?" }
[[faces]]
label = { en = "good" }
[[faces]]
label = { en = "fair" }
[[faces]]
label = { en = "bad" }
[[followups]]
id = "why"
kind = "choice"
text = { en = "Why?" }
choices = [{ id = "a", text = { en = "A" } }, { id = "b", text = { en = "B" } }]
[[followups]]
id = "where"
kind = "choice"
faces = [1, 2]
text = { en = "Where?" }
choices = [{ id = "c", text = { en = "C" } }, { id = "d", text = { en = "D" } }]
[[followups]]
id = "more"
kind = "text"
text = { en = "More?" }
[thanks]
text = { en = "Thanks" }
"""


@pytest.fixture(scope="module")
def two_steps() -> Survey:
    return survey.parse(TWO_STEPS)


@pytest.fixture
def rules(two_steps: Survey) -> Rules:
    return Rules(two_steps, "en", frozenset({"choice"}))


class Walk:
    """Takes a visit through events and keeps what came out."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.now = 50_000
        self.state = State()
        self.rows: list[Draft] = []

    def do(self, event: Event, after: float = 0.0) -> Outcome:
        self.now += round(after * 1000)
        outcome = visit.advance(self.state, event, self.now, self.rules)
        self.state = outcome.state
        self.rows += outcome.rows
        return outcome

    def press(self, face: int, after: float = 0.0) -> Outcome:
        return self.do(Press(face, "physical"), after)

    def stored(self) -> Outcome:
        return self.do(Stored(self.state.awaits))

    def vote(self, face: int, after: float = 0.0) -> None:
        self.press(face, after)
        self.stored()

    def choose(self, choice: str, after: float = 0.5) -> None:
        self.do(Choose(choice), after)
        self.stored()

    @property
    def told(self) -> list[tuple[int, int, str, str]]:
        return [(r.visit, r.position, r.kind, r.value) for r in self.rows]

    @property
    def shown(self) -> object:
        return shown.view(self.state, self.rules, self.now)


@pytest.fixture
def walk(rules: Rules) -> Walk:
    return Walk(rules)


def the_table() -> list[tuple[str, ...]]:
    """The rows of the table in the docstring of `kiosk.visit`."""
    assert visit.__doc__ is not None
    lines = [re.split(r"  +", line) for line in visit.__doc__.splitlines()]
    table = [tuple(cells) for cells in lines if len(cells) == 5 and not cells[0].startswith(("=", "screen"))]
    assert len(table) == 24
    return table


def reach(walk: Walk, screen: str) -> None:
    """Bring the visit to a screen, with face 2 as the vote that counts."""
    if screen == "attract":
        # the visit before: ended, and the same finger could come again
        walk.vote(2)
        walk.do(Back(), after=0.5)
        walk.do(Tick(), after=6)
        return
    walk.press(2)
    if screen == "voted":
        return
    walk.stored()
    match screen:
        case "answered":
            walk.choose("a")
        case "thanks":
            walk.choose("a")
            walk.choose("c")
        case "skipped":
            walk.do(Skip(), after=0.5)
        case "review":
            walk.do(Back(), after=0.5)


PHASE = {
    "attract": "attract",
    "voted": "voted",
    "asked": "ask",
    "answered": "ask",
    "review": "review",
    "thanks": "thanks",
    "skipped": "thanks",
}


@pytest.mark.parametrize(
    ("screen", "face", "elapsed", "rows", "after"), the_table(), ids=lambda cell: str(cell).replace(" ", "-")
)
def test_a_press_does_what_the_table_says(
    two_steps: Survey, screen: str, face: str, elapsed: str, rows: str, after: str
) -> None:
    # Times that let every screen of the table last while the elapsed time of the row passes.
    walk = Walk(
        Rules(
            two_steps,
            "en",
            frozenset({"choice"}),
            undo_ms=6_000,
            lockout_ms=9_000 if (screen, elapsed) == ("attract", "<lockout") else 4_000,
            thanks_ms=20_000,
        )
    )
    reach(walk, screen)
    walk.now = {
        "any": walk.now + (90_000 if screen == "attract" else 100),
        "<lockout": walk.state.pressed_ms + walk.rules.lockout_ms - 1,
        ">=lockout": walk.state.pressed_ms + walk.rules.lockout_ms,
        "<undo": walk.state.voted_ms + walk.rules.undo_ms - 1,
        ">=undo": walk.state.voted_ms + walk.rules.undo_ms,
    }[elapsed]
    assert walk.state.phase == PHASE[screen]
    before, mine, seen = walk.state, walk.state.visit, len(walk.rows)
    outcome = walk.press(1 if face == "other" else 2)
    new = [(r.kind, r.value if r.kind == "end" else r.misuse, r.visit) for r in walk.rows[seen:]]
    fresh = before.visits + 1
    assert new == [
        {
            "end exit": ("end", "exit", mine),
            "end done": ("end", "done", mine),
            "end skip": ("end", "skip", mine),
            "vote": ("vote", "", fresh),
            "vote again": ("vote", "", mine),
            "vote lockout": ("vote", "lockout/1", fresh),
        }[row]
        for row in rows.split("; ")
    ]
    if after == "asked" and (screen, rows) != ("asked", "vote lockout"):
        assert outcome.ticket == walk.state.awaits
        assert walk.shown == Attract("en", walk.state.face), "nothing beyond the highlight before COMMIT"
        walk.stored()
        assert isinstance(walk.shown, Ask)
        assert walk.state.answers == ()
    else:
        assert after == screen
        assert (walk.state.phase, walk.state.deadline) == (before.phase, before.deadline)


def test_a_whole_visit_is_a_vote_its_answers_and_done(walk: Walk) -> None:
    walk.vote(1)
    walk.choose("b")
    walk.choose("d")
    assert walk.shown == Thanked("en", 1)
    walk.do(Tick(), after=2.5)
    assert walk.shown == Attract("en")
    assert walk.told == [
        (1, 0, "vote", "1/3"),
        (1, 1, "choice", "b"),
        (1, 2, "choice", "d"),
        (1, 3, "end", "done"),
    ]
    assert {r.survey for r in walk.rows} == {"two/3"}
    assert [r.question for r in walk.rows] == ["q", "why", "where", ""]


def test_each_face_gets_its_own_followups(walk: Walk) -> None:
    walk.vote(3)
    walk.choose("a")
    assert walk.shown == Thanked("en", 3)


def test_open_text_is_passed_over_while_no_screen_can_ask_it(two_steps: Survey) -> None:
    kinds = [f.kind for f in two_steps.asked(3, {}, {"choice"}, "en")]
    assert kinds == ["choice"]
    assert [f.kind for f in two_steps.asked(3, {}, {"choice", "text"}, "en")] == ["choice", "text"]


def test_without_a_usable_touch_nothing_is_asked(two_steps: Survey) -> None:
    walk = Walk(Rules(two_steps, "en", frozenset()))
    walk.vote(1)
    assert walk.shown == Thanked("en", 1, undo_s=3)
    walk.do(Tick(), after=2.5)
    assert walk.told == [(1, 0, "vote", "1/3"), (1, 1, "end", "done")]


def test_where_nothing_was_asked_a_change_of_mind_is_still_possible_during_thanks(two_steps: Survey) -> None:
    walk = Walk(Rules(two_steps, "en", frozenset()))
    walk.vote(1)
    walk.vote(3, after=1)
    walk.do(Tick(), after=2.5)
    assert walk.told == [(1, 0, "vote", "1/3"), (1, 0, "vote", "3/3"), (1, 1, "end", "done")]


def test_skip_ends_the_questions_and_is_thanked(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Skip(), after=0.5)
    assert walk.shown == Thanked("en", 1, undo_s=3)
    walk.do(Tick(), after=2.5)
    assert walk.told == [(1, 0, "vote", "1/3"), (1, 1, "end", "skip")]


def test_back_from_the_second_followup_shows_the_first_with_its_answer(walk: Walk) -> None:
    walk.vote(1)
    walk.choose("a")
    walk.do(Back(), after=0.5)
    assert isinstance(walk.shown, Ask)
    assert (walk.shown.step, walk.shown.steps, walk.shown.chosen) == (1, 2, ("a",))
    walk.choose("b")
    walk.choose("c")
    assert [t for t in walk.told if t[2] == "choice"] == [
        (1, 1, "choice", "a"),
        (1, 1, "choice", "b"),
        (1, 2, "choice", "c"),
    ]


def test_back_from_the_first_followup_shows_the_question_while_the_vote_can_be_changed(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Back(), after=1)
    assert walk.shown == Attract("en", 1, undo_s=2)
    walk.vote(3, after=1)
    assert [(t[0], t[3]) for t in walk.told] == [(1, "1/3"), (1, "3/3")]


def test_a_vote_confirmed_after_back_is_the_same_visit_and_goes_on(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Back(), after=1)
    walk.vote(1, after=0.5)
    assert isinstance(walk.shown, Ask)
    assert [(r.visit, r.value, r.misuse) for r in walk.rows] == [(1, "1/3", ""), (1, "1/3", "")]


def test_strangers_who_press_one_after_the_other_replace_each_other_only_within_the_undo_time(walk: Walk) -> None:
    for face in (1, 2, 3, 1):
        walk.vote(face, after=2)
    assert [r.visit for r in walk.rows if r.kind == "vote"] == [1, 1, 2, 2]


def test_back_when_the_vote_can_no_longer_be_changed_ends_the_visit(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Back(), after=3)
    assert walk.shown == Attract("en")
    assert walk.told[-1] == (1, 1, "end", "exit")


def test_a_question_shown_again_and_left_alone_ends_by_timeout(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Back(), after=1)
    walk.do(Tick(), after=2)
    assert walk.shown == Attract("en")
    assert walk.told[-1] == (1, 1, "end", "timeout")


@pytest.mark.parametrize(("answers", "position"), [([], 1), (["a"], 2)])
def test_a_followup_left_alone_ends_by_timeout_at_its_step(walk: Walk, answers: list[str], position: int) -> None:
    walk.vote(1)
    for answer in answers:
        walk.choose(answer)
    walk.do(Tick(), after=20)
    assert walk.shown == Attract("en")
    assert walk.told[-1] == (1, position, "end", "timeout")


def test_an_answer_lights_up_at_once_and_moves_on_only_after_commit(walk: Walk) -> None:
    walk.vote(1)
    outcome = walk.do(Choose("a"), after=0.5)
    assert isinstance(walk.shown, Ask)
    assert (walk.shown.step, walk.shown.chosen) == (1, ("a",))
    walk.do(Choose("b"), after=0.5)
    assert walk.told[-1] == (1, 1, "choice", "a"), "a second touch meanwhile is none"
    assert outcome.ticket is not None
    walk.do(Stored(outcome.ticket))
    assert isinstance(walk.shown, Ask)
    assert walk.shown.step == 2


def test_a_touch_that_comes_with_the_screen_is_none(walk: Walk) -> None:
    """Whoever taps a face twice must not have chosen what appears below the finger."""
    walk.vote(1)
    for touch in (Choose("a"), Skip(), Back()):
        walk.do(touch, after=0.09)
    assert isinstance(walk.shown, Ask)
    assert walk.told == [(1, 0, "vote", "1/3")]
    walk.do(Choose("a"), after=0.03)
    assert walk.told[-1] == (1, 1, "choice", "a")


@pytest.mark.parametrize("touch", [Choose("a"), Back(), Skip(), Stored(9), Failed(9), Tick()])
def test_what_does_not_belong_to_the_screen_changes_nothing(walk: Walk, touch: Event) -> None:
    walk.do(touch, after=1)
    assert walk.state == State()
    walk.vote(1)
    before = walk.state
    walk.do(Choose("no such choice"), after=1)
    assert walk.state == before


def test_a_face_that_the_survey_does_not_have_is_a_programming_error(walk: Walk) -> None:
    with pytest.raises(ValueError, match="face 4: the survey has 3"):
        walk.press(4)


def test_a_vote_that_could_not_be_stored_is_never_thanked_and_locks_nobody_out(walk: Walk) -> None:
    walk.press(1)
    walk.do(Failed(walk.state.awaits))
    assert walk.shown == Trouble("en", "store")
    walk.press(1, after=0.5)
    assert walk.rows[-1].misuse == ""
    walk.stored()
    assert isinstance(walk.shown, Ask)


def test_an_answer_that_could_not_be_stored_is_never_thanked(walk: Walk) -> None:
    walk.vote(1)
    walk.do(Choose("a"), after=0.5)
    walk.do(Failed(walk.state.awaits))
    assert walk.shown == Trouble("en", "store")
    walk.do(Tick(), after=5)
    assert walk.shown == Attract("en")
    assert [t for t in walk.told if t[2] == "end"] == [(1, 1, "end", "timeout")]


def test_a_card_that_is_too_slow_is_called_trouble_and_thanked_if_it_comes_round(walk: Walk) -> None:
    walk.press(1)
    walk.do(Tick(), after=10)
    assert walk.shown == Trouble("en", "store")
    walk.do(Stored(walk.state.awaits), after=1)
    assert walk.shown == Thanked("en", 1)
    walk.do(Tick(), after=2.5)
    assert [t[2:] for t in walk.told] == [("vote", "1/3"), ("end", "timeout")]


def test_presses_that_queue_behind_a_slow_card_are_each_stored_and_the_last_is_waited_for(walk: Walk) -> None:
    first = walk.press(1).ticket
    second = walk.press(2, after=1).ticket
    assert first is not None and second is not None and second > first
    walk.do(Stored(first))
    assert walk.shown == Attract("en", 2), "thanked for the vote that counts, not for the one before"
    walk.do(Stored(second))
    assert isinstance(walk.shown, Ask)


def test_a_deadline_that_has_passed_counts_before_the_event_that_comes_after_it(walk: Walk) -> None:
    walk.vote(1)
    walk.press(3, after=25)
    assert walk.told == [(1, 0, "vote", "1/3"), (1, 1, "end", "timeout"), (2, 0, "vote", "3/3")]


def test_whoever_hammers_one_face_casts_one_unmarked_vote(walk: Walk) -> None:
    for _ in range(50):
        walk.press(1, after=0.4)
        walk.stored()
    assert [r.misuse for r in walk.rows if r.kind == "vote"].count("") == 1
    assert len([r for r in walk.rows if r.kind == "vote"]) == 50


def test_when_the_program_ends_so_does_the_visit_on_the_screen(walk: Walk) -> None:
    assert visit.leave(walk.state, walk.now, walk.rules) == ()
    walk.vote(1)
    assert [(r.visit, r.value) for r in visit.leave(walk.state, walk.now, walk.rules)] == [(1, "exit")]
    walk.do(Skip(), after=0.5)
    assert [(r.visit, r.value) for r in visit.leave(walk.state, walk.now, walk.rules)] == [(1, "skip")]


def test_the_bundled_survey_takes_a_visit_to_its_end(bundled: Survey) -> None:
    walk = Walk(Rules(bundled, "fi", frozenset({"choices"})))
    walk.vote(4)
    assert isinstance(walk.shown, Ask)
    assert walk.shown.followup.id == "improve"
    walk.do(Choose("waiting"), after=0.5)
    walk.do(Done())
    walk.stored()
    assert walk.shown == Thanked("fi", 4)
    assert {r.language for r in walk.rows} == {"fi"}


TOUCHES: list[Event] = [
    *(Choose(choice) for choice in ("a", "b", "c", "x")),
    *(Type(key) for key in ("a", " ", "delete", "shift", "symbols", "é")),
    *(Hold("a"), Done(), Back(), Skip(), Pick(), Speak("fi"), Speak("en"), Toggle("large"), Stir(), Shown(), Tick()),
]


class Visits(RuleBasedStateMachine):
    """Any events in any order at any pace, with a card that stores, stores late, or fails."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = Rules(survey.parse(TWO_STEPS), "en", frozenset({"choice", "text"}), ("en", "fi"))
        self.now = 1_000
        self.state = State()
        self.presses = 0
        self.votes: list[Draft] = []
        self.ends: list[Draft] = []
        self.open: list[int] = []
        self.seen: dict[int, tuple[Draft, ...]] = {}

    def do(self, event: Event) -> None:
        outcome = visit.advance(self.state, event, self.now, self.rules)
        self.state = outcome.state
        self.votes += [r for r in outcome.rows if r.kind == "vote"]
        self.ends += [r for r in outcome.rows if r.kind == "end"]
        if outcome.ticket is not None:
            assert outcome.ticket not in self.seen, "a ticket is given once"
            self.seen[outcome.ticket] = outcome.rows
            self.open.append(outcome.ticket)

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += round(seconds * 1000)
        self.do(Tick())

    @rule(ms=st.integers(0, 700))
    def a_moment_passes_unnoticed(self, ms: int) -> None:
        self.now += ms

    @rule(face=st.integers(1, 3), ui=st.sampled_from(["physical", "digital"]))
    def somebody_presses(self, face: int, ui: Any) -> None:
        before = len(self.votes)
        self.do(Press(face, ui))
        if ui == "digital" and len(self.votes) == before:  # it was meant for what stood there before
            assert self.now - self.state.asked_ms < self.rules.settle_ms
        else:
            self.presses += 1

    @rule(event=st.sampled_from(TOUCHES))
    def somebody_touches(self, event: Event) -> None:
        self.do(event)

    @precondition(lambda self: self.open)
    @rule(fails=st.booleans())
    def the_card_answers(self, fails: bool) -> None:
        ticket = self.open.pop(0)
        self.do(Failed(ticket) if fails else Stored(ticket))

    @invariant()
    def every_press_is_one_row(self) -> None:
        assert len(self.votes) == self.presses

    @invariant()
    def every_vote_has_a_ticket_and_is_handed_over_once(self) -> None:
        handed = [r for rows in self.seen.values() for r in rows if r.kind == "vote"]
        assert len(handed) == len(self.votes)

    @invariant()
    def no_screen_but_the_inviting_one_as_it_should_be_is_without_a_deadline(self) -> None:
        state = self.state
        as_it_should_be = not (state.picking or state.language or state.modes)
        assert (state.deadline is None) == (state.phase == "attract" and as_it_should_be)

    @invariant()
    def the_loop_is_never_told_to_wake_in_the_past(self) -> None:
        wake = shown.wake_ms(self.state, self.rules, self.now)
        assert wake is None or wake > self.now or wake == self.state.deadline

    @invariant()
    def nothing_typed_is_left_when_nobody_is_there(self) -> None:
        if self.state.phase in ("attract", "thanks", "trouble"):
            assert (self.state.entry, self.state.kept) == (None, ())

    @invariant()
    def the_screen_can_always_be_told(self) -> None:
        shown.view(self.state, self.rules, self.now)

    @invariant()
    def nothing_is_thanked_that_is_waited_for(self) -> None:
        if self.state.awaits in self.open and self.state.phase != "trouble":
            seen = shown.view(self.state, self.rules, self.now)
            if self.state.phase == "chosen":  # what may be shown of an answer: its highlight, where it was touched
                assert isinstance(seen, Ask)
                told = self.state.answers[self.state.step][1]
                assert (*seen.chosen, seen.entry and seen.entry.text.strip()) in ((told, None), (told,))
            else:
                assert isinstance(seen, Attract | Languages)
                assert getattr(seen, "face", None) in (self.state.face, None)

    @invariant()
    def no_visit_ends_twice(self) -> None:
        assert len({r.visit for r in self.ends}) == len(self.ends)

    @invariant()
    def there_is_a_way_back_to_attract_by_time_alone(self) -> None:
        state, now, steps = self.state, self.now, 0
        ends = list(self.ends)
        while state.deadline is not None:
            now = max(now, state.deadline)
            outcome = visit.advance(state, Tick(), now, self.rules)
            state, steps = outcome.state, steps + 1
            ends += [r for r in outcome.rows if r.kind == "end"]
            assert steps <= 3
        unmarked = {r.visit for r in self.votes if not r.misuse} | {r.visit for r in ends}
        assert {r.visit for r in ends} == unmarked, "every visit has ended, however"

    @invariant()
    def every_vote_is_well_formed(self) -> None:
        for row in self.votes:
            assert 1 <= parse_vote(row.value)[0] <= 3
            assert row.position == 0


Visits.TestCase.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)
test_what_holds_for_any_sequence_of_events = Visits.TestCase


def test_the_state_is_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(State()), type=State) == State()
    assert "pygame" not in (ROOT / "kiosk/visit.py").read_text(encoding="utf-8").replace("Never knows pygame", "")
