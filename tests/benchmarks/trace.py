"""A day at a kiosk as rows: votes, follow-ups and endings of random visitors, the same for the same seed."""

from __future__ import annotations

import random

from kiosk.files import bundled_survey
from kiosk.response import Response, vote_value


def day(rows: int, seed: int = 1) -> list[Response]:
    """`rows` responses of one boot: a visitor each 20 s or so, half of them answer, most in the first language."""
    dice, survey = random.Random(seed), bundled_survey()
    made: list[Response] = []
    ms = 60_000

    def add(visit: int, position: int, kind: str, question: str, value: str, ui: str, language: str) -> None:
        made.append(
            Response(
                seq=len(made) + 1,
                visit=visit,
                position=position,
                kind=kind,  # type: ignore[arg-type]
                survey=survey.name,
                question=question,
                value=value,
                ui=ui,  # type: ignore[arg-type]
                language=language,
                misuse="",
                boot=1,
                ms=ms,
            )
        )

    while len(made) < rows:
        ms += round(dice.expovariate(1 / 20_000)) + 2_000
        visit = len(made) + 1
        face = dice.choices((1, 2, 3, 4), (50, 28, 12, 10))[0]
        language = dice.choices(survey.languages, (80, 15, 5))[0]
        ui = dice.choices(("physical", "digital"), (70, 30))[0]
        add(visit, 0, "vote", survey.question.id, vote_value(face, 4), ui, language)
        ending = dice.choices(("done", "skip", "timeout", "exit"), (45, 10, 40, 5))[0]
        position = 1
        if ending == "done":
            asked = survey.followups_after(face, {"choice"})[0]
            ms += dice.randint(1_000, 6_000)
            add(visit, 1, "choice", asked.id, dice.choice(asked.choices).id, "digital", language)
            position = 2
        ms += dice.randint(1_500, 4_000) if ending != "timeout" else 20_000
        add(visit, position, "end", "", ending, "", language)
    return made[:rows]
