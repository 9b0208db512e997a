"""What is asked, in which language, after which face. Pure; never knows files, screens or visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_-]{0,31}$",
        description="a short id: a small letter, then up to 31 small letters, digits, - or _",
    ),
]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description='a language code such as "en"')]
Text = Annotated[str, Meta(min_length=1, max_length=200, description="a text of 1 to 200 characters")]
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


def mistakes(survey: Survey) -> Iterator[tuple[str, str]]:
    """Whatever types can't say is wrong: pairs of key path and sentence (what was found, what was expected)."""
    if not survey.languages:
        yield "languages", "found an empty list, expected at least one language code"
    for code, count in Counter(survey.languages).items():
        if count > 1:
            yield "languages", f'found "{code}" {count} times, expected each language once'
    if not 2 <= len(survey.faces) <= 5:
        yield "faces", f"found {len(survey.faces)} faces, expected 2 to 5"
    for path, texts in _texts(survey):
        for code in survey.languages:
            if code not in texts:
                yield (
                    path,
                    f'found no text in "{code}", expected one for each of {", ".join(survey.languages)}',
                )
        for code in texts:
            if code not in survey.languages:
                yield (
                    f"{path}.{code}",
                    f'found a text in "{code}", expected only {", ".join(survey.languages)}',
                )
    ids = Counter([survey.question.id, *(f.id for f in survey.followups)])
    for id_, count in ids.items():
        if count > 1:
            yield "followups", f'found the id "{id_}" {count} times, expected every question to have its own'
    for i, followup in enumerate(survey.followups):
        path = f"followups[{i}]"
        for j, face in enumerate(followup.faces):
            if face > len(survey.faces):
                yield f"{path}.faces[{j}]", f"found {face}, expected a face from 1 to {len(survey.faces)}"
        if followup.kind == "text" and followup.choices:
            yield f"{path}.choices", 'found choices for open text, expected none (or kind = "choice")'
        if followup.kind != "text" and not 2 <= len(followup.choices) <= 6:
            yield f"{path}.choices", f"found {len(followup.choices)} choices, expected 2 to 6"
        for id_, count in Counter(c.id for c in followup.choices).items():
            if count > 1:
                yield f"{path}.choices", f'found the id "{id_}" {count} times, expected each once'


def _texts(survey: Survey) -> Iterator[tuple[str, Texts]]:
    yield "question.text", survey.question.text
    for i, face in enumerate(survey.faces):
        yield f"faces[{i}].label", face.label
    for i, followup in enumerate(survey.followups):
        yield f"followups[{i}].text", followup.text
        for j, choice in enumerate(followup.choices):
            yield f"followups[{i}].choices[{j}].text", choice.text
    yield "thanks.text", survey.thanks.text
