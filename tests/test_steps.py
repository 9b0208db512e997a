"""The follow-ups and the languages: each kind answered, taken back and passed over, and how long each waits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

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
from kiosk.response import Draft
from kiosk.screens.view import Ask, Attract, Languages, Modes, Thanked
from kiosk.state import Outcome, Rules, State

EVERY_KIND = """
id = "every"
version = 1
languages = ["en", "fi", "ja"]
[question]
id = "q"
text = { en = "How?", fi = "Miten?", ja = "?" }
[[faces]]
label = { en = "good", fi = "hyvä", ja = "良" }
[[faces]]
label = { en = "bad", fi = "huono", ja = "悪" }
[[followups]]
id = "what"
kind = "choices"
faces = [2]
text = { en = "What?", fi = "Mikä?", ja = "何" }
choices = [
    { id = "queue", text = { en = "Q", fi = "J", ja = "列" } },
    { id = "price", text = { en = "P", fi = "H", ja = "値" } },
    { id = "other", text = { en = "O", fi = "M", ja = "他" } },
]
[[followups]]
id = "which"
kind = "choice"
after = { what = ["queue", "other"] }
text = { en = "Which queue?", fi = "Mikä jono?", ja = "どの" }
choices = [
    { id = "till", text = { en = "T", fi = "K", ja = "会" } },
    { id = "door", text = { en = "D", fi = "O", ja = "戸" } },
]
[[followups]]
id = "again"
kind = "nps"
text = { en = "Recommend?", fi = "Suosittele?", ja = "勧" }
[[followups]]
id = "more"
kind = "text"
text = { en = "More?", fi = "Lisää?", ja = "他" }
keyboards = { ja = "none" }
[thanks]
text = { en = "Thanks", fi = "Kiitos", ja = "謝" }
"""
KINDS = frozenset({"choice", "choices", "nps", "text"})


class Walk:
    """Takes a visit through events, lets the card store what it gets, and keeps the rows."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.now = 50_000
        self.state = State()
        self.rows: list[Draft] = []

    def do(self, *events: Event, after: float = 0.5) -> Outcome:
        for event in events:
            self.now += round(after * 1000)
            outcome = visit.advance(self.state, event, self.now, self.rules)
            self.state = outcome.state
            self.rows += outcome.rows
            if outcome.ticket is not None:
                self.state = visit.advance(self.state, Stored(outcome.ticket), self.now, self.rules).state
        return outcome

    def vote(self, face: int) -> None:
        self.do(Press(face, "physical"))

    def write(self, text: str) -> None:
        for character in text:
            self.do(Type(character), after=0.3)

    @property
    def view(self) -> Any:
        return shown.view(self.state, self.rules, self.now)

    @property
    def asked(self) -> str:
        return self.view.followup.id if isinstance(self.view, Ask) else type(self.view).__name__

    @property
    def told(self) -> list[tuple[int, str, str, str]]:
        return [(r.position, r.kind, r.question, r.value) for r in self.rows]


@pytest.fixture
def rules() -> Rules:
    return Rules(survey.parse(EVERY_KIND), "en", KINDS, ("en", "fi", "ja"))


@pytest.fixture
def walk(rules: Rules) -> Walk:
    walk = Walk(rules)
    walk.vote(2)
    walk.do(Tick(), after=0.5)
    return walk


def test_several_choices_light_up_and_go_out_and_are_one_answer_in_the_surveys_order(walk: Walk) -> None:
    walk.do(Choose("price"), Choose("queue"), Choose("other"), Choose("other"))
    assert walk.view.chosen == ("queue", "price")
    assert len(walk.rows) == 1, "nothing is stored before Done"
    walk.do(Done())
    assert walk.told[1:] == [(1, "choices", "what", "queue price")]


def test_done_without_anything_chosen_or_written_does_nothing(walk: Walk) -> None:
    walk.do(Done())
    assert walk.asked == "what"
    walk.do(Choose("price"), Done(), Choose("9"))
    assert walk.asked == "more"
    walk.write("   ")
    walk.do(Done())
    assert walk.asked == "more"
    assert len(walk.rows) == 3


def test_a_branch_is_asked_only_after_its_answer(walk: Walk) -> None:
    walk.do(Choose("price"), Done())
    assert walk.asked == "again"
    walk.do(Back())
    assert (walk.asked, walk.view.chosen) == ("what", ("price",))
    walk.do(Choose("price"), Choose("queue"), Done())
    assert walk.asked == "which"


def test_the_progress_marks_count_what_is_asked_as_far_as_it_is_known(walk: Walk) -> None:
    steps = [(walk.view.step, walk.view.steps)]
    walk.do(Choose("queue"), Done())
    steps.append((walk.view.step, walk.view.steps))
    walk.do(Choose("till"))
    steps.append((walk.view.step, walk.view.steps))
    assert steps == [(1, 3), (2, 4), (3, 4)]


def test_an_answer_voids_those_after_it_which_are_asked_again_with_what_was_answered_lit(walk: Walk) -> None:
    walk.do(Choose("queue"), Done(), Choose("till"), Choose("7"))
    walk.do(Back(), Back(), Back())
    assert walk.asked == "what"
    walk.do(Done())
    assert (walk.asked, walk.view.chosen) == ("which", ("till",))
    walk.do(Choose("door"))
    assert (walk.asked, walk.view.chosen) == ("again", ("7",))
    assert [t[0] for t in walk.told] == [0, 1, 2, 3, 1, 2]


def test_a_score_is_a_choice_from_0_to_10(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("11"), Choose("-1"), Choose("10"))
    assert walk.told[-1] == (2, "choice", "again", "10")


def test_what_is_written_is_stored_with_done_and_masked(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("3"))
    walk.write("Ask ann@example.com ")
    assert walk.view.entry.text.casefold() == "ask ann@example.com "
    walk.do(Done())
    assert isinstance(walk.view, Thanked)
    position, kind, question, value = walk.told[-1]
    assert (position, kind, question) == (3, "text", "more")
    assert value.startswith(("Ask ", "ask "))
    assert "example" not in value
    assert "ann@" not in msgspec.json.encode(walk.state).decode(), "nothing that was typed outlives its page"


def test_text_that_was_left_with_back_is_there_again(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("3"))
    walk.write("hello")
    walk.do(Back(), Choose("4"))
    assert walk.view.entry.text.casefold() == "hello"


def test_a_text_that_nobody_finished_is_not_stored(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("3"))
    walk.write("hello")
    walk.do(Tick(), after=61)
    assert [t[1:] for t in walk.told[-1:]] == [("end", "", "timeout")]
    assert "text" not in {t[1] for t in walk.told}
    assert walk.state.entry is None


def test_choices_that_were_answered_and_emptied_are_taken_back_with_skip(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Back(), Choose("price"), Skip())
    assert walk.told[1:] == [(1, "choices", "what", "price"), (1, "choices", "what", "")]
    assert isinstance(walk.view, Thanked)


def test_skip_takes_nothing_back_that_still_stands(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Back(), Skip())
    assert walk.told[1:] == [(1, "choices", "what", "price")]


def test_a_long_press_offers_other_letters_and_types_nothing(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("3"), Hold("a"))
    assert walk.view.entry.text == ""


def test_keys_where_nothing_is_written_are_none(walk: Walk) -> None:
    before = walk.state
    walk.do(Type("a"), Hold("a"))
    assert walk.state == before


def test_a_language_chosen_before_the_vote_is_spoken_until_the_visit_ends(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Speak("fi"))
    assert walk.view == Attract("fi", languages=rules.languages)
    walk.vote(1)
    walk.do(Tick())
    assert walk.view.language == "fi"
    walk.do(Skip())
    assert walk.view.language == "fi"
    walk.do(Tick(), after=2.5)
    assert walk.view.language == "en"
    assert {r.language for r in walk.rows} == {"fi"}


def test_a_language_that_nobody_votes_in_is_left_again(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Speak("fi"))
    walk.do(Tick(), after=20)
    assert walk.view == Attract("en", languages=rules.languages)
    assert walk.state.deadline is None


def test_a_language_that_is_not_offered_is_none(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Speak("xx"))
    assert walk.view.language == "en"


def test_the_languages_come_and_go_over_the_attract_screen(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Pick())
    assert walk.view == Languages("en", rules.languages)
    walk.do(Back())
    assert isinstance(walk.view, Attract)
    walk.do(Pick(), Speak("ja"))
    assert walk.view == Attract("ja", languages=rules.languages)
    walk.do(Pick())
    walk.do(Tick(), after=20)
    assert walk.view == Attract("en", languages=rules.languages)


def test_the_languages_can_be_had_from_a_follow_up_and_lose_nothing(walk: Walk) -> None:
    walk.do(Choose("price"), Pick())
    assert isinstance(walk.view, Languages)
    walk.do(Speak("fi"))
    assert (walk.view.language, walk.asked, walk.view.chosen) == ("fi", "what", ("price",))
    walk.do(Done())
    assert walk.rows[-1].language == "fi"
    assert walk.rows[0].language == "en"


def test_text_that_cannot_be_written_in_a_language_is_left_out_there(walk: Walk) -> None:
    walk.do(Speak("ja"), Choose("price"), Done(), Choose("9"))
    assert isinstance(walk.view, Thanked)


def test_the_second_of_two_taps_on_a_language_votes_for_nothing(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Pick(), Speak("fi"))
    walk.do(Press(1, "digital"), after=0.2)
    assert walk.rows == []
    walk.do(Press(1, "physical"), after=0.05)
    assert len(walk.rows) == 1, "a button is no finger on the glass"


def test_the_next_visitor_is_spoken_to_in_the_kiosks_language(walk: Walk) -> None:
    walk.do(Speak("fi"), Toggle("large"))
    walk.do(Press(1, "physical"), after=4)
    assert (walk.view.language, walk.view.modes) == ("en", Modes())
    assert walk.rows[-1].language == "en"


def test_whoever_goes_back_to_the_faces_keeps_language_and_modes(walk: Walk) -> None:
    walk.do(Speak("fi"), Toggle("contrast"))
    walk.do(Back(), after=4)
    assert walk.view == Attract("fi", languages=walk.rules.languages, modes=Modes(contrast=True))
    walk.do(Tick(), after=20)
    assert walk.view == Attract("en", languages=walk.rules.languages)


def test_a_mode_is_the_visitors_and_goes_with_him(rules: Rules) -> None:
    walk = Walk(msgspec.structs.replace(rules, modes=Modes(large=True)))
    walk.do(Pick(), Toggle("reach"), Toggle("large"))
    assert walk.view.modes == Modes(reach=True)
    walk.do(Toggle("large"), Toggle("reach"), Back())
    assert walk.state.modes is None
    assert walk.state.deadline is None


def test_any_touch_begins_the_time_anew(walk: Walk) -> None:
    for _ in range(10):
        walk.do(Stir(), after=15)
    assert walk.asked == "what"
    walk.do(Tick(), after=20)
    assert walk.rows[-1].value == "timeout"


def test_a_stir_in_an_empty_room_changes_nothing(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Stir())
    assert walk.state == State()
    walk.vote(1)
    walk.do(Skip())
    before = walk.state
    walk.do(Stir(), after=0.1)
    assert walk.state == before


def test_the_last_ten_seconds_are_counted_down_and_the_loop_is_told_of_each(walk: Walk) -> None:
    seen = [walk.view.left_s]
    while walk.asked == "what":
        wake = shown.wake_ms(walk.state, walk.rules, walk.now)
        assert wake is not None and wake > walk.now
        walk.now = wake
        walk.do(Tick(), after=0)
        seen.append(getattr(walk.view, "left_s", None))
    assert [left for left in seen if left] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_open_text_waits_longer(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("9"))
    assert walk.state.deadline == walk.now + walk.rules.write_ms
    walk.do(Type("a"), after=40)
    assert walk.state.deadline == walk.now + walk.rules.write_ms


def test_the_time_in_which_the_vote_can_be_changed_is_told_second_by_second(rules: Rules) -> None:
    walk = Walk(rules)
    walk.vote(2)
    seen = []
    while walk.view.undo_s is not None:
        seen.append(walk.view.undo_s)
        wake = shown.wake_ms(walk.state, walk.rules, walk.now)
        assert wake is not None and wake > walk.now
        walk.now = wake
    assert seen == [3, 2, 1]


def test_after_an_answer_the_vote_can_no_longer_be_changed(walk: Walk) -> None:
    assert walk.view.undo_s is not None
    walk.do(Choose("price"), Done())
    assert walk.view.undo_s is None


def test_while_nobody_is_there_nothing_wakes_the_loop(rules: Rules) -> None:
    assert shown.wake_ms(State(), rules, 1_000) is None


def test_outside_the_opening_hours_a_vote_is_marked_and_no_other_row(rules: Rules) -> None:
    walk = Walk(msgspec.structs.replace(rules, closed=True))
    walk.vote(2)
    walk.do(Choose("price"), Done(), Skip())
    walk.do(Tick(), after=3)
    assert [r.misuse for r in walk.rows] == ["closed/1", "", ""]


def test_a_press_within_the_lockout_is_that_before_it_is_closed(rules: Rules) -> None:
    walk = Walk(msgspec.structs.replace(rules, closed=True))
    walk.vote(2)
    walk.vote(2)
    assert [r.misuse for r in walk.rows] == ["closed/1", "lockout/1"]


@pytest.mark.parametrize(("face", "score"), [(1, 10), (11, 0)])
def test_a_question_with_scores_is_voted_on_like_faces(face: int, score: int) -> None:
    asked = survey.parse(
        f"""
id = "nps"
version = 1
languages = ["en"]
followups = [
    {{ id = "why", kind = "choice", scores = [{score}], text = {{ en = "Why?" }}, choices = [
        {{ id = "a", text = {{ en = "A" }} }}, {{ id = "b", text = {{ en = "B" }} }}] }},
]
[question]
id = "q"
scale = "nps"
text = {{ en = "Recommend?" }}
[thanks]
text = {{ en = "Thanks" }}
"""
    )
    walk = Walk(Rules(asked, "en", KINDS))
    walk.do(Press(face, "digital"))
    assert walk.asked == "why"
    assert walk.told == [(0, "vote", "q", f"{face}/11")]
    other = Walk(Rules(asked, "en", KINDS))
    other.do(Press(6, "digital"))
    assert other.asked == "Thanked"


def test_a_touch_just_as_a_screen_leaves_by_itself_votes_for_nothing(walk: Walk) -> None:
    """The strip says "Touch the screen to go on", and where a choice stood a face stands now."""
    walk.do(Press(2, "digital"), after=19.51)
    assert [r.kind for r in walk.rows] == ["vote", "end"]
    walk.do(Press(2, "digital"), after=0.4)
    assert [r.kind for r in walk.rows] == ["vote", "end", "vote"]


@pytest.mark.parametrize("later", [0.6, 4])
def test_the_second_of_two_taps_on_back_votes_for_nothing(walk: Walk, later: float) -> None:
    walk.do(Back(), after=later)
    assert isinstance(walk.view, Attract)
    walk.do(Press(1, "digital"), after=0.1)
    assert sum(r.kind == "vote" for r in walk.rows) == 1
    walk.do(Press(1, "physical"), after=0.05)
    assert sum(r.kind == "vote" for r in walk.rows) == 2, "a button is no finger on the glass"


def test_what_is_touched_while_a_screen_is_drawn_was_meant_for_the_one_before(walk: Walk) -> None:
    walk.do(Tick(), after=2)
    walk.do(Shown(), after=0)
    walk.do(Choose("price"), after=0.1)
    assert walk.view.chosen == ()
    walk.do(Choose("price"), after=0.3)
    assert walk.view.chosen == ("price",)


def test_a_drop_of_water_on_a_key_does_not_keep_the_page_for_ever(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("9"))
    walk.write("no")
    for _ in range(300):
        walk.do(Hold("delete"), after=0.3)
    assert isinstance(walk.view, Attract)
    assert walk.rows[-1].value == "timeout"


def test_a_language_that_is_about_to_be_left_counts_down_on_the_faces(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Speak("fi"))
    assert walk.view.left_s is None
    walk.do(Tick(), after=10)
    assert walk.view.left_s == 10
    walk.do(Stir(), after=1)
    assert walk.view.left_s is None
    assert shown.wake_ms(walk.state, rules, walk.now) == walk.now + rules.answer_ms - rules.warn_ms


def test_whoever_votes_after_trouble_is_the_next_visitor(rules: Rules) -> None:
    walk = Walk(rules)
    walk.do(Speak("fi"))
    lost = visit.advance(walk.state, Press(1, "physical"), walk.now + 400, rules)
    walk.state = visit.advance(lost.state, Failed(lost.state.awaits), walk.now + 500, rules).state
    walk.now += 600
    walk.do(Press(2, "physical"))
    assert walk.rows[-1].language == "en"


def test_nothing_of_a_visit_is_left_in_memory_but_its_vote(walk: Walk) -> None:
    walk.do(Choose("price"), Done(), Choose("9"))
    walk.write("secret")
    walk.do(Done())
    walk.do(Tick(), after=3)
    assert isinstance(walk.view, Attract)
    assert "secret" not in msgspec.json.encode(walk.state).decode().casefold()
    assert (walk.state.answers, walk.state.kept, walk.state.picked, walk.state.entry) == ((), (), (), None)
