"""A report on a stretch of days: the figures of one kiosk, ready to be drawn or given as JSON. Knows no files."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.figures.labels import Labels
from kiosk.figures.period import Period
from kiosk.insight import Counted, Tally, wilson

REASONS = 5
"""So many reasons a face."""


class Report(msgspec.Struct, frozen=True):
    """What was counted, and what it is about. Every figure is there with the marked votes and without them."""

    kiosk: str
    place: str
    timezone: str
    over: Period | None
    """None: all that there is."""
    counted: Counted
    labels: Labels
    notes: tuple[str, ...]
    """What must be known to read the figures."""

    @property
    def title(self) -> str:
        """Where, as well as it is known."""
        return self.place or self.kiosk or "A kiosk"

    @property
    def stretch(self) -> str:
        """When, in words."""
        if self.over is None:
            return "All votes on this kiosk"
        first, last = self.over.first, self.over.last
        if first == last:
            return f"{last:%A}, {last.day} {last:%B %Y}"
        begin = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
        return f"{begin} to {last.day} {last:%B %Y}"

    @property
    def tallies(self) -> tuple[tuple[str, Tally], tuple[str, Tally]]:
        """Both ways to count, with what they are called."""
        return ("all votes", self.counted.every), ("without marked", self.counted.clean)

    def reasons(self, face: int, most: int = REASONS) -> list[tuple[str, int]]:
        """What was answered most after a face of the usual scale, marked votes left out, in words."""
        clean = self.counted.clean
        return [(self.labels.choice(*what), times) for what, times in clean.top(clean.scale, face, most)]


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON can carry it; figures of too few votes are there too, with ``enough`` false."""
    over = report.over
    return {
        "kiosk": report.kiosk,
        "place": report.place,
        "timezone": report.timezone,
        "from": over.first.isoformat() if over else None,
        "to": over.last.isoformat() if over else None,
        "marked": report.counted.marked,
        "left_out": report.counted.left_out,
        "all": _figures(report.counted.every, report.labels),
        "without_marked": _figures(report.counted.clean, report.labels),
        "notes": list(report.notes),
    }


def _figures(tally: Tally, labels: Labels) -> dict[str, Any]:
    interval = wilson(tally.happy, tally.votes) if tally.votes else None
    return {
        "votes": tally.votes,
        "enough": tally.enough,
        "index": _rounded(tally.index),
        "happy": round(tally.happy / tally.votes, 4) if tally.votes else None,
        "happy_95": [round(end, 4) for end in interval] if interval else None,
        "texts": tally.texts,
        "faces": [
            {
                "face": face,
                "of": faces,
                "label": labels.face(faces, face),
                "votes": votes,
                "reasons": [
                    {"survey": survey, "question": question, "choice": choice, "answers": times}
                    for (survey, question, choice), times in tally.top(faces, face, 1_000)
                ],
            }
            for (faces, face), votes in sorted(tally.faces.items())
        ],
        "hours": [{"votes": cell.votes, "index": _rounded(cell.index)} for cell in tally.hours],
        "weekdays": [[{"votes": cell.votes, "index": _rounded(cell.index)} for cell in day] for day in tally.heat],
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 2)
