"""What an answer is called: the words of the surveys for the ids that rows carry. Pure; never knows files or rows."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.survey import Survey


class Labels:
    """Looks ids up in the surveys that the kiosk asks now; one that none of them has stands for itself."""

    def __init__(self, surveys: Sequence[Survey] = (), language: str = "en") -> None:
        """`language` is taken where a survey has it, else the survey's first."""
        self._choices: dict[tuple[str, str, str], str] = {}
        self._faces: dict[int, list[str]] = {}
        for survey in surveys:
            spoken = language if language in survey.languages else survey.languages[0]
            self._faces.setdefault(survey.points, [face.label[spoken] for face in survey.faces])
            for followup in survey.followups:
                for choice in followup.choices:
                    self._choices[survey.id, followup.id, choice.id] = choice.text[spoken]

    def choice(self, survey: str, question: str, choice: str) -> str:
        """The words of a choice, `survey` as rows carry it; of an older version too, where the ids are still there."""
        return self._choices.get((survey.partition("/")[0], question, choice), choice)

    def face(self, faces: int, face: int) -> str:
        """What a face is labelled with, of so many; ``"face 2 of 4"`` where no survey says."""
        known = self._faces.get(faces, [])
        if len(known) == faces:
            return known[face - 1]
        return f"{faces - face} of {faces - 1}" if faces > 5 else f"face {face} of {faces}"
