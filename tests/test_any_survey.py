"""Any valid survey can be walked to its end by touching only what is on the screen, and left from anywhere."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pygame
from hypothesis import HealthCheck, given, settings

from kiosk import shown, survey, visit
from kiosk.events import Stored, Tick, touched
from kiosk.response import Draft
from kiosk.screens.stage import KINDS, Painter
from kiosk.screens.target import Target, hit
from kiosk.screens.view import Ask, Attract, Languages, Thanked, Trouble, View
from kiosk.state import Rules, State
from kiosk.survey import Choice, Face, FollowUp, Question, Survey, Texts, Thanks

LANGUAGES = ("en", "fi", "ar", "ja", "hi", "th")
SIZES = ((480, 320), (800, 480), (720, 1280))
WORDS = ("Jono", "Price (€)", "12:30", "طابور", "列に並ぶ", "สวัสดี", "कतार", "A rather long answer that has to wrap")

texts: st.SearchStrategy[str] = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


def said(draw: st.DrawFn, languages: tuple[str, ...]) -> Texts:
    return {code: draw(texts) for code in languages}


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    languages = tuple(draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=4, unique=True)))
    nps = draw(st.booleans()) and draw(st.booleans())
    count = 0 if nps else draw(st.integers(2, 5))
    followups: list[FollowUp] = []
    for place in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["choice", "choices", "nps", "text"]))
        choices = draw(st.integers(2, 6)) if kind in ("choice", "choices") else 0
        earlier = [f for f in followups if f.answers]
        after = {}
        if earlier and draw(st.booleans()):
            asked = draw(st.sampled_from(earlier))
            after = {asked.id: draw(st.lists(st.sampled_from(asked.answers), min_size=1, max_size=3, unique=True))}
        faces = draw(st.lists(st.integers(1, count), max_size=count, unique=True)) if count else []
        followups.append(
            FollowUp(
                f"f{place}",
                kind,
                said(draw, languages),
                faces=faces,
                scores=draw(st.lists(st.integers(0, 10), max_size=3, unique=True)) if nps else [],
                after=after,
                choices=[Choice(f"c{n}", said(draw, languages)) for n in range(choices)],
            )
        )
    asked_for = Survey(
        "any",
        1,
        list(languages),
        Question("q", said(draw, languages), "nps" if nps else "faces"),
        Thanks(said(draw, languages)),
        [Face(said(draw, languages)) for _ in range(count)],
        followups,
    )
    assert not [mistake for check in survey.CHECKS for mistake in check(asked_for)]
    return asked_for


class Visitor:
    """Touches what the painter says can be touched, in a kiosk whose card stores at once."""

    def __init__(self, asked: Survey, size: tuple[int, int]) -> None:
        self.rules = Rules(asked, asked.languages[0], KINDS, tuple(asked.languages))
        self.painter = Painter(asked, size)
        self.surface = pygame.Surface(size)
        self.state = State()
        self.now = 10_000
        self.rows: list[Draft] = []
        self.look()

    def look(self) -> None:
        self.view: View = shown.view(self.state, self.rules, self.now)
        self.targets: dict[str, Target] = {t.action: t for t in self.painter.draw(self.surface, self.view)}

    def tap(self, action: str) -> None:
        """In the middle of a target, as late as a person would."""
        target = self.targets[action]
        at = target.x + target.w / 2, target.y + target.h / 2
        assert hit(list(self.targets.values()), *at) == action, "what is touched is what was meant"
        self.now += 400
        self.do(touched(action))

    def wait(self) -> None:
        assert self.state.deadline is not None
        self.now = self.state.deadline
        self.do(Tick())

    def do(self, event: Any) -> None:
        outcome = visit.advance(self.state, event, self.now, self.rules)
        self.state = outcome.state
        self.rows += outcome.rows
        if outcome.ticket is not None:
            self.look()
            self.state = visit.advance(self.state, Stored(outcome.ticket), self.now, self.rules).state
        self.look()

    def has_a_way_on(self) -> None:
        """A deadline, and Back where there is something to go back from."""
        match self.view:
            case Ask() | Languages():
                assert self.state.deadline is not None
                assert "back" in self.targets
            case Thanked() | Trouble():
                assert self.state.deadline is not None
            case Attract():
                assert any(action.startswith("face:") for action in self.targets)


def answer(visitor: Visitor, draw: Any) -> None:
    """One follow-up answered by what stands on it."""
    view = visitor.view
    assert isinstance(view, Ask)
    if view.followup.kind == "text":
        for _ in range(draw(st.integers(1, 3))):
            keys = [action for action in visitor.targets if len(action) == 5 and action[-1].isalpha()]
            visitor.tap(draw(st.sampled_from(keys)))
        visitor.tap("done")
        return
    answers = [a for a in visitor.targets if a.startswith("choice:")]
    assert len(answers) == len(view.followup.answers)
    if view.followup.kind == "choices":
        for action in draw(st.lists(st.sampled_from(answers), min_size=1, unique=True)):
            visitor.tap(action)
        visitor.tap("done")
    else:
        visitor.tap(draw(st.sampled_from(answers)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(asked=surveys(), size=st.sampled_from(SIZES), data=st.data())
def test_any_survey_can_be_walked_to_its_end(asked: Survey, size: tuple[int, int], data: st.DataObject) -> None:
    visitor = Visitor(asked, size)
    faces = [action for action in visitor.targets if action.startswith("face:")]
    assert len(faces) == asked.points
    visitor.tap(data.draw(st.sampled_from(faces)))
    steps = 0
    while isinstance(visitor.view, Ask):
        visitor.has_a_way_on()
        answer(visitor, data.draw)
        steps += 1
        assert steps <= len(asked.followups)
    assert isinstance(visitor.view, Thanked)
    visitor.wait()
    assert isinstance(visitor.view, Attract)
    assert visitor.rows[-1].value == "done"
    answered = {row.question: row.value for row in visitor.rows if row.kind in ("choice", "choices", "text")}
    meant = asked.asked(visitor.state.face, answered, KINDS, asked.languages[0])
    assert [f.id for f in meant] == list(answered), "what was asked is what the branches say, in order"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(asked=surveys(), size=st.sampled_from(SIZES), data=st.data())
def test_whatever_is_touched_there_is_a_way_back_to_the_faces(
    asked: Survey, size: tuple[int, int], data: st.DataObject
) -> None:
    visitor = Visitor(asked, size)
    for _ in range(data.draw(st.integers(0, 12))):
        if not visitor.targets:
            visitor.wait()
        visitor.tap(data.draw(st.sampled_from(sorted(visitor.targets))))
        visitor.has_a_way_on()
    for _ in range(3 * len(asked.followups) + 4):
        if isinstance(visitor.view, Attract) and visitor.state.phase == "attract":
            break
        if "back" in visitor.targets:
            visitor.tap("back")
        else:
            visitor.wait()
    assert isinstance(visitor.view, Attract)
