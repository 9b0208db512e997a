"""Votes, results, the survey in force and the log, as the technician sees them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from kiosk.screens.technician import pages
from kiosk.survey import Schedule, Survey
from kiosk.technician.asks import Answer, Ask, Count, Counted, Touch, Weigh, Weighed
from kiosk.technician.page import NOTHING, Page
from kiosk.technician.readings import SCROLL

COUNT_MS = 5_000
"""How often votes are counted anew while their page is open."""


class Votes(Page):
    """Counted when the page is opened, and every few seconds while it is."""

    def __init__(self) -> None:
        self._page = pages.Votes((), (), None, "Counting …", "unknown")
        self._next_ms: int | None = None

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._next_ms = None
        return (Count(),)

    def body(self, now_ms: int) -> pages.Votes:
        """See `Page`."""
        return self._page

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if isinstance(answer, Counted):
            self._next_ms = now_ms + COUNT_MS
            # What was counted before is still shown when a look fails: with the words that it did.
            self._page = answer.page or msgspec.structs.replace(self._page, said=answer.said, condition="unknown")
        return NOTHING

    def due(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if self._next_ms is None or now_ms < self._next_ms:
            return NOTHING
        self._next_ms = None
        return (Count(),)

    def deadline(self, now_ms: int) -> int | None:
        """See `Page`."""
        return self._next_ms


class Results(Page):
    """What the votes say of a day or a week, with marked ones or without."""

    def __init__(self) -> None:
        self._span: Literal["today", "week"] = "today"
        self._misuse = False
        self._page = self._empty("Counting …")

    def _empty(self, why: str) -> pages.Results:
        return pages.Results(self._span, self._misuse, 0, 0, "–", "–", (), (), why)

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        return (Weigh(self._span, self._misuse),)

    def body(self, now_ms: int) -> pages.Results:
        """See `Page`."""
        return self._page

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        match touch.action:
            case "span:today":
                self._span = "today"
            case "span:week":
                self._span = "week"
            case "misuse:with":
                self._misuse = True
            case "misuse:without":
                self._misuse = False
            case _:
                return NOTHING
        # Lit at once; the figures follow.
        self._page = msgspec.structs.replace(self._page, span=self._span, misuse=self._misuse, said="Counting …")
        return (Weigh(self._span, self._misuse),)

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if isinstance(answer, Weighed):
            found = answer.page or self._empty(answer.said)
            if (found.span, found.misuse) == (self._span, self._misuse):
                self._page = found
        return NOTHING


class InForce(Page):
    """The survey that is asked now."""

    def __init__(self, page: pages.Survey) -> None:
        self._page = page

    def body(self, now_ms: int) -> pages.Survey:
        """See `Page`."""
        return self._page


class Log(Page):
    """The last warnings and errors, the newest first."""

    def __init__(self, lines: Callable[[], tuple[tuple[str, str], ...]]) -> None:
        self._lines = lines
        self._first = 0

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._first = 0
        return NOTHING

    def body(self, now_ms: int) -> pages.Log:
        """See `Page`."""
        return pages.Log(self._lines(), self._first)

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if touch.action == "up":
            self._first = max(0, self._first - SCROLL)
        elif touch.action == "down":
            self._first = min(self._first + SCROLL, max(0, len(self._lines()) - 1))
        return NOTHING


def in_force(survey: Survey, languages: Sequence[str]) -> pages.Survey:
    """`survey` in a few lines, in English where it has that, else in its first language."""
    language = "en" if "en" in survey.languages else survey.languages[0]
    spoken = languages or survey.languages
    asked = []
    for followup in survey.followups:
        after = _after(survey, followup.faces, followup.scores)
        asked.append(f"{followup.text[language]} ({_KINDS.get(followup.kind, followup.kind)}{after})")
    counts = (
        pages.Count("Survey", survey.name),
        pages.Count("Asked", _when(survey.schedule)),
        pages.Count("Answers", "a score, 0 to 10" if survey.question.scale == "nps" else f"{survey.points} faces"),
        pages.Count("Languages", " ".join(spoken) if len(spoken) <= _FEW else str(len(spoken))),
    )
    return pages.Survey(counts, (survey.question.text[language], *asked))


def _when(schedule: Schedule | None) -> str:
    if schedule is None:
        return "always"
    dates = f"{schedule.first or ''} to {schedule.last or ''}" if schedule.first or schedule.last else ""
    return ", ".join(filter(None, (" ".join(schedule.days), schedule.hours, dates.strip())))


_FEW = 4
"""So many codes of languages are told, of more how many they are."""
_KINDS = {"choice": "one choice", "choices": "several choices", "text": "open text", "nps": "a score"}


def _after(survey: Survey, faces: Sequence[int], scores: Sequence[int]) -> str:
    if scores:
        return f", after a score of {', '.join(map(str, scores))}"
    if not faces or len(faces) == survey.points:
        return ""
    return f", after face {', '.join(map(str, faces))}"
