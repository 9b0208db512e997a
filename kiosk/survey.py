"""What is asked, in which language, after which face. Pure; never knows files, screens or visits."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk import checked
from kiosk.layouts import layout

Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_-]{0,31}\Z",
        description="a short id: a small letter, then up to 31 small letters, digits, - or _",
    ),
]
Language = Annotated[
    str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", description='a language code such as "en"')
]
Text = Annotated[str, Meta(pattern=r"\S", max_length=200, description="a text of 1 to 200 characters")]
Texts = dict[Language, Text]
Hours = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z",
        description='hours such as "08:00-21:00"',
    ),
]
FaceNumber = Annotated[int, Meta(ge=1, le=5, description="a face number, 1 (happiest) to the number of faces")]


Score = Annotated[int, Meta(ge=0, le=10, description="a score from 0 to 10")]
Keyboard = Literal["own", "kana", "latin", "none"]
"""What open text is typed with: the language's own letters, kana, Latin letters, or not at all."""

SCORES = 11
"""How many scores there are on the scale from 0 to 10."""
_KEYBOARDS: dict[str, Keyboard] = {"ja": "kana", "zh": "latin"}
"""Languages whose own script no touchscreen types letter by letter, and what is offered instead."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the faces answer, or the scores from 0 to 10."""

    id: Id
    text: Texts
    scale: Annotated[Literal["faces", "nps"], Meta(description='"faces" or "nps" (0 to 10, by touch only)')] = "faces"
    low: Texts | None = None
    high: Texts | None = None
    """What 0 and 10 mean; without them the kiosk's own words."""


class Face(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One face, by its label; its place in the list is its number, 1 the happiest."""

    label: Texts


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that can be chosen in a follow-up."""

    id: Id
    text: Texts


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked after a vote: one choice, several choices, a score from 0 to 10, or open text."""

    id: Id
    kind: Annotated[
        Literal["choice", "choices", "nps", "text"], Meta(description='"choice", "choices", "nps" or "text"')
    ]
    text: Texts
    faces: Annotated[list[FaceNumber], Meta(description="a list of face numbers")] = []
    """After which faces it is asked; empty: after every one."""
    scores: Annotated[list[Score], Meta(description="a list of scores from 0 to 10")] = []
    """The same where the question is answered with a score."""
    after: Annotated[
        dict[str, list[str]], Meta(description="a table of follow-ups' ids, each with a list of its choices")
    ] = {}
    """Which answers to earlier follow-ups it is asked after: to each of these follow-ups, one of these choices."""
    choices: Annotated[list[Choice], Meta(description="[[followups.choices]] tables")] = []
    low: Texts | None = None
    high: Texts | None = None
    """What 0 and 10 mean; without them the kiosk's own words."""
    keyboards: dict[Language, Annotated[Keyboard, Meta(description='"own", "kana", "latin" or "none"')]] = {}
    """What open text is typed with in a language; "none" leaves it out there."""

    def keyboard(self, language: str) -> Keyboard:
        """What open text is typed with in `language`."""
        return self.keyboards.get(language) or _KEYBOARDS.get(language.split("-")[0], "own")

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered; nothing for open text."""
        return tuple(map(str, range(SCORES))) if self.kind == "nps" else tuple(c.id for c in self.choices)

    def _follows(self, answers: Mapping[str, str]) -> bool:
        return all(set(answers.get(id_, "").split()) & set(wanted) for id_, wanted in self.after.items())


class Attract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What else the attract screen shows."""

    did: Texts | None = None
    """What was done about what visitors said: "You said …, we did …"."""
    count: Annotated[bool, Meta(description="true or false")] = False
    """How many have voted today."""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a survey is asked, where there are several; everything that is given must hold."""

    days: Annotated[
        list[
            Annotated[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Meta(description='a day such as "mon"')]
        ],
        Meta(description='a list of days such as ["mon", "tue"]'),
    ] = []
    hours: Hours = "00:00-24:00"
    """Local time; what ends before it begins goes over midnight."""
    first: Annotated[datetime.date, Meta(description="a date such as 2026-12-01")] | None = None
    last: Annotated[datetime.date, Meta(description="a date such as 2026-12-24")] | None = None
    """The first and the last day."""


class Thanks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said at the end."""

    text: Texts


class Survey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question answered with a face, then follow-ups; versioned, in several languages."""

    id: Id
    version: Annotated[int, Meta(ge=1, le=999_999, description="a whole number from 1, raised at every change")]
    languages: Annotated[list[Language], Meta(description="a list of language codes, the default first")]
    question: Question
    thanks: Thanks
    faces: Annotated[list[Face], Meta(description="2 to 5 [[faces]] tables, happiest first")] = []
    followups: Annotated[list[FollowUp], Meta(description="[[followups]] tables")] = []
    attract: Attract = Attract()
    schedule: Schedule | None = None
    """Without one it is asked whenever no other is."""

    @property
    def name(self) -> str:
        """Id and version as rows carry them: ``"visit/1"``."""
        return f"{self.id}/{self.version}"

    @property
    def points(self) -> int:
        """How many votes there are to choose from: the faces, or 11 scores (the first is 10)."""
        return SCORES if self.question.scale == "nps" else len(self.faces)

    def asked(
        self, face: int, answers: Mapping[str, str], kinds: Collection[str], language: str
    ) -> tuple[FollowUp, ...]:
        """What is asked after `face` and these `answers` (by follow-up id), of the kinds that can be shown, in order.

        A follow-up that waits for an answer which isn't there yet is not among them.
        """
        return tuple(f for f in self.followups if self._can_be_asked(f, face, kinds, language) and f._follows(answers))

    def _can_be_asked(self, followup: FollowUp, face: int, kinds: Collection[str], language: str) -> bool:
        wanted = [SCORES - score for score in followup.scores] or followup.faces
        typed = followup.kind != "text" or layout(language, followup.keyboard(language)) is not None
        return followup.kind in kinds and (not wanted or face in wanted) and typed


def _language_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    if not survey.languages:
        yield "languages", "found an empty list, expected at least one language code"
    for code in _repeated(survey.languages):
        yield "languages", f'found "{code}" more than once, expected each language once'


def _text_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for path, said in texts(survey):
        for code in survey.languages:
            if code not in said:
                yield path, f'found no text in "{code}", expected one for each of {", ".join(survey.languages)}'
        for code in said:
            if code not in survey.languages:
                yield f"{path}.{code}", f'found a text in "{code}", expected only {", ".join(survey.languages)}'


def _face_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    if getattr(survey.question, "scale", "faces") == "nps":  # there may be no [question] at all
        yield from _score_mistakes(survey)
        return
    if not 2 <= len(survey.faces) <= 5:
        yield "faces", f"found {len(survey.faces) or 'nothing'}, expected 2 to 5 [[faces]] tables, happiest first"
    for end in ("low", "high"):
        if getattr(survey.question, end):
            yield f"question.{end}", 'found words for a scale, expected them with scale = "nps" only'
    for i, followup in enumerate(survey.followups):
        if followup.scores:
            yield f"followups[{i}].scores", 'found scores, expected faces (or scale = "nps" in [question])'
        for j, face in enumerate(followup.faces):
            if face > len(survey.faces):
                yield f"followups[{i}].faces[{j}]", f"found {face}, expected a face from 1 to {len(survey.faces)}"


def _score_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    if survey.faces:
        yield "faces", f'found {len(survey.faces)} faces beside scale = "nps", expected none'
    for i, followup in enumerate(survey.followups):
        if followup.faces:
            yield f"followups[{i}].faces", "found face numbers, expected scores = [0, 1, …]"


def _branch_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    before: dict[str, FollowUp] = {}
    for i, followup in enumerate(survey.followups):
        for id_, wanted in followup.after.items():
            path = f"followups[{i}].after.{id_}"
            if id_ not in before or not before[id_].answers:
                known = (
                    ", ".join(f.id for f in before.values() if f.answers)
                    or "none, as nothing with choices comes before"
                )
                yield path, f"found {checked.quoted(id_)}, expected an earlier follow-up with choices: {known}"
                continue
            if not wanted:
                yield path, f"found an empty list, expected some of {', '.join(before[id_].answers)}"
            for choice in wanted:
                if choice not in before[id_].answers:
                    yield path, f"found {checked.quoted(choice)}, expected some of {', '.join(before[id_].answers)}"
        before[followup.id] = followup


def _keyboard_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for i, followup in enumerate(survey.followups):
        path = f"followups[{i}].keyboards"
        if followup.keyboards and followup.kind != "text":
            yield path, 'found keyboards, expected them with kind = "text" only'
        for code in followup.keyboards:
            if code not in survey.languages:
                yield f"{path}.{code}", f'found "{code}", expected one of {", ".join(survey.languages)}'
        if followup.kind == "text":
            for code in survey.languages:
                if followup.keyboard(code) == "own" and layout(code, "own") is None:
                    expected = f'{code} = "latin", or {code} = "none" to leave it out'
                    yield path, f'found no keyboard for "{code}", expected {expected}'


def _schedule_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    schedule = survey.schedule
    if schedule and schedule.first and schedule.last and schedule.last < schedule.first:
        yield "schedule.last", f"found {schedule.last}, expected a day not before {schedule.first}"


def _id_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for id_ in _repeated([survey.question.id, *(f.id for f in survey.followups)]):
        yield "followups", f'found the id "{id_}" more than once, expected every question to have its own'
    for i, followup in enumerate(survey.followups):
        for id_ in _repeated([c.id for c in followup.choices]):
            yield f"followups[{i}].choices", f'found the id "{id_}" more than once, expected each once'


def _choice_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for i, followup in enumerate(survey.followups):
        if followup.kind in ("text", "nps") and followup.choices:
            what = "open text" if followup.kind == "text" else "a score from 0 to 10"
            yield f"followups[{i}].choices", f'found choices for {what}, expected none (or kind = "choice")'
        for end in ("low", "high"):
            if followup.kind != "nps" and getattr(followup, end):
                yield f"followups[{i}].{end}", 'found words for a scale, expected them with kind = "nps" only'
        if followup.kind in ("choice", "choices") and not 2 <= len(followup.choices) <= 6:
            yield f"followups[{i}].choices", f"found {len(followup.choices)}, expected 2 to 6 choices"


CHECKS = (
    _language_mistakes,
    _text_mistakes,
    _face_mistakes,
    _id_mistakes,
    _choice_mistakes,
    _branch_mistakes,
    _keyboard_mistakes,
    _schedule_mistakes,
)
"""Each tells what types can't say is wrong: pairs of key path and sentence."""


def parse(text: str, source: str = "survey.toml") -> Survey:
    """The survey in `text`; SettingsError tells every mistake, with `source` and line."""
    return checked.parse(text, source, Survey, CHECKS)


def _repeated(ids: Collection[str]) -> list[str]:
    return [id_ for id_, count in Counter(ids).items() if count > 1]


def texts(survey: Survey) -> Iterator[tuple[str, Texts]]:
    """Each text of `survey` in its languages, with its key path."""
    yield "question.text", survey.question.text
    yield from _ends("question", survey.question)
    for i, face in enumerate(survey.faces):
        yield f"faces[{i}].label", face.label
    for i, followup in enumerate(survey.followups):
        yield f"followups[{i}].text", followup.text
        yield from _ends(f"followups[{i}]", followup)
        for j, choice in enumerate(followup.choices):
            yield f"followups[{i}].choices[{j}].text", choice.text
    if survey.attract.did is not None:
        yield "attract.did", survey.attract.did
    yield "thanks.text", survey.thanks.text


def _ends(path: str, scale: Question | FollowUp) -> Iterator[tuple[str, Texts]]:
    for end in ("low", "high"):
        said = getattr(scale, end)
        if said is not None:
            yield f"{path}.{end}", said
