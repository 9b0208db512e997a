"""Every screen that a survey leads to, as views: to look at them all. Knows no drawing and no visit."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kiosk import entry
from kiosk.layouts import layout
from kiosk.screens.view import Ask, Attract, Languages, Modes, Thanked, Trouble, View
from kiosk.screens.words import said
from kiosk.survey import SCORES, FollowUp, Survey

_TODAY = 1_234
"""A number of voters with as many digits as there will be on a good day."""

MODES: dict[str, Modes] = {
    "plain": Modes(),
    "contrast": Modes(contrast=True),
    "large": Modes(large=True),
    "reach": Modes(reach=True),
    "all": Modes(contrast=True, large=True, reach=True),
}
"""The modes that are looked at, by name."""


class Sample(msgspec.Struct, frozen=True):
    """A view and the name of its screen: `attract`, `voted`, `languages`, `ask-improve`, `ask-improve-answered`, …"""

    screen: str
    view: View


def samples(survey: Survey, language: str, modes: Modes = Modes()) -> Iterator[Sample]:  # noqa: B008  it is frozen
    """Each screen of `survey` in `language`; follow-ups untouched and answered, all told that can be."""
    languages = tuple(survey.languages)
    today = _TODAY if survey.attract.count else None
    yield Sample("attract", Attract(language, languages=languages, today=today, modes=modes))
    yield Sample("voted", Attract(language, survey.points, languages=languages, undo_s=3, modes=modes))
    yield Sample("languages", Languages(language, languages, left_s=10, modes=modes))
    for place, followup in enumerate(survey.followups, 1):
        keys = layout(language, followup.keyboard(language)) if followup.kind == "text" else None
        if followup.kind == "text" and keys is None:
            continue
        untouched = Ask(
            language,
            followup,
            step=place,
            steps=len(survey.followups),
            face=_face(survey, followup),
            undo_s=3 if place == 1 else None,
            entry=entry.start(keys) if keys else None,
            languages=languages,
            modes=modes,
        )
        yield Sample(f"ask-{followup.id}", untouched)
        answered = msgspec.structs.replace(
            untouched,
            chosen=followup.answers if followup.kind == "choices" else followup.answers[-1:],
            undo_s=None,
            left_s=10,
            entry=entry.start(keys, said(followup.text, language)) if keys else None,
        )
        yield Sample(f"ask-{followup.id}-answered", answered)
    yield Sample("thanks", Thanked(language, 1, undo_s=3, modes=modes))
    yield Sample("trouble", Trouble(language, "store", modes=modes))


def _face(survey: Survey, followup: FollowUp) -> int:
    """A vote after which `followup` is asked."""
    if followup.scores:
        return SCORES - followup.scores[0]
    return followup.faces[0] if followup.faces else survey.points
