"""What is asked, in which language, after which face. Pure; never knows files, screens or visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk import checked

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
FaceNumber = Annotated[int, Meta(ge=1, le=5, description="a face number, 1 (happiest) to the number of faces")]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the faces answer."""

    id: Id
    text: Texts


class Face(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One face, by its label; its place in the list is its number, 1 the happiest."""

    label: Texts


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that can be chosen in a follow-up."""

    id: Id
    text: Texts


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked after a vote: one choice, several choices, or open text."""

    id: Id
    kind: Annotated[Literal["choice", "choices", "text"], Meta(description='"choice", "choices" or "text"')]
    text: Texts
    faces: Annotated[list[FaceNumber], Meta(description="a list of face numbers")] = []
    """After which faces it is asked; empty: after every one."""
    choices: Annotated[list[Choice], Meta(description="[[followups.choices]] tables")] = []


class Thanks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said at the end."""

    text: Texts


class Survey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question answered with a face, then follow-ups; versioned, in several languages."""

    id: Id
    version: Annotated[int, Meta(ge=1, le=999_999, description="a whole number from 1, raised at every change")]
    languages: Annotated[list[Language], Meta(description="a list of language codes, the default first")]
    question: Question
    faces: Annotated[list[Face], Meta(description="2 to 5 [[faces]] tables, happiest first")]
    thanks: Thanks
    followups: Annotated[list[FollowUp], Meta(description="[[followups]] tables")] = []

    @property
    def name(self) -> str:
        """Id and version as rows carry them: ``"visit/1"``."""
        return f"{self.id}/{self.version}"

    def followups_after(self, face: int, kinds: Collection[str]) -> tuple[FollowUp, ...]:
        """What is asked after `face`, of the kinds that can be shown, in order."""
        return tuple(f for f in self.followups if f.kind in kinds and (not f.faces or face in f.faces))


def _language_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    if not survey.languages:
        yield "languages", "found an empty list, expected at least one language code"
    for code in _repeated(survey.languages):
        yield "languages", f'found "{code}" more than once, expected each language once'


def _text_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for path, texts in _texts(survey):
        for code in survey.languages:
            if code not in texts:
                yield path, f'found no text in "{code}", expected one for each of {", ".join(survey.languages)}'
        for code in texts:
            if code not in survey.languages:
                yield f"{path}.{code}", f'found a text in "{code}", expected only {", ".join(survey.languages)}'


def _face_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    if not 2 <= len(survey.faces) <= 5:
        yield "faces", f"found {len(survey.faces)}, expected 2 to 5 faces"
    for i, followup in enumerate(survey.followups):
        for j, face in enumerate(followup.faces):
            if face > len(survey.faces):
                yield f"followups[{i}].faces[{j}]", f"found {face}, expected a face from 1 to {len(survey.faces)}"


def _id_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for id_ in _repeated([survey.question.id, *(f.id for f in survey.followups)]):
        yield "followups", f'found the id "{id_}" more than once, expected every question to have its own'
    for i, followup in enumerate(survey.followups):
        for id_ in _repeated([c.id for c in followup.choices]):
            yield f"followups[{i}].choices", f'found the id "{id_}" more than once, expected each once'


def _choice_mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    for i, followup in enumerate(survey.followups):
        if followup.kind == "text" and followup.choices:
            yield f"followups[{i}].choices", 'found choices for open text, expected none (or kind = "choice")'
        if followup.kind in ("choice", "choices") and not 2 <= len(followup.choices) <= 6:
            yield f"followups[{i}].choices", f"found {len(followup.choices)}, expected 2 to 6 choices"


CHECKS = (_language_mistakes, _text_mistakes, _face_mistakes, _id_mistakes, _choice_mistakes)
"""Each tells what types can't say is wrong: pairs of key path and sentence."""


def parse(text: str, source: str = "survey.toml") -> Survey:
    """The survey in `text`; SettingsError tells every mistake, with `source` and line."""
    return checked.parse(text, source, Survey, CHECKS)


def _repeated(ids: Collection[str]) -> list[str]:
    return [id_ for id_, count in Counter(ids).items() if count > 1]


def _texts(survey: Survey) -> Iterator[tuple[str, Texts]]:
    yield "question.text", survey.question.text
    for i, face in enumerate(survey.faces):
        yield f"faces[{i}].label", face.label
    for i, followup in enumerate(survey.followups):
        yield f"followups[{i}].text", followup.text
        for j, choice in enumerate(followup.choices):
            yield f"followups[{i}].choices[{j}].text", choice.text
    yield "thanks.text", survey.thanks.text
