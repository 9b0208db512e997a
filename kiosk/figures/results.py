"""What the technician's pages Votes and Results show, gathered from the stores. Knows no screen; reads only.

Slow on a full card: for a thread of its own. Each call ends within its budget or says what it left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from kiosk.clock import Reading
from kiosk.errors import StoreError
from kiosk.figures import period as periods
from kiosk.figures.counting import Run, count
from kiosk.figures.gathered import Gathered
from kiosk.figures.labels import Labels
from kiosk.figures.period import Period
from kiosk.figures.reconcile import reconcile
from kiosk.insight import TOO_FEW_SAID, Counted, Tally, happy_said, index_said
from kiosk.screens.technician import pages

BUDGET_S = 4.0
"""What one call may take; a page shows "unknown" after 5 s."""
_DAY_MS = 86_400_000
_DAYS = {"today": 1, "week": 7}
_REASONS = 3


def results(
    data: Path,
    *,
    now: Reading,
    boot: str,
    timezone: str,
    span: Literal["today", "week"],
    misuse: bool,
    labels: Labels | None = None,
    budget_s: float = BUDGET_S,
) -> pages.Results:
    """What the votes of today, or of the last seven days with today, say; with marked ones where `misuse`.

    `boot` is the kernel's id of this boot, in which `now` was read. Where there is no store, or it can't be read,
    the page says so.
    """
    labels = labels or Labels()
    try:
        counted = _counted(data, now, boot, timezone, _DAYS[span], budget_s)
    except StoreError as error:
        return pages.Results(span, misuse, 0, 0, TOO_FEW_SAID, TOO_FEW_SAID, (), (), str(error))
    tally = counted.every if misuse else counted.clean
    vouched = now.by != "nobody"
    heat = tuple(tuple(cell.index for cell in day) for day in tally.heat) if vouched else ()
    return pages.Results(
        span,
        misuse,
        tally.votes,
        counted.marked,
        index_said(tally),
        happy_said(tally),
        _faces(tally, labels),
        heat,
        " ".join(notes(counted, _DAYS[span] if not vouched else None)),
        index_said(counted.clean if misuse else counted.every),
    )


def votes(
    data: Path, *, now: Reading, boot: str, timezone: str, endpoint: bool = True, budget_s: float = BUDGET_S
) -> pages.Votes:
    """Today's votes by hour, and whether every response is acknowledged, waiting or set aside.

    `endpoint`: whether the settings name one.
    """
    try:
        even = reconcile(data)
        counted = _counted(data, now, boot, timezone, 1, budget_s)
    except StoreError as error:
        return pages.Votes((), (), None, str(error), "unknown")
    vouched = now.by != "nobody"
    today = counted.every.votes
    counts = [
        pages.Count("Today" if vouched else "Last 24 h", f"{today:,}", "good" if counted.whole else "unknown"),
        pages.Count("Marked as misuse", f"{counted.marked:,}"),
        pages.Count("Waiting", f"{even.waiting:,}"),
        pages.Count("Acknowledged", f"{even.acknowledged:,}"),
        pages.Count("Refused", f"{even.aside:,}", "bad" if even.aside else "good"),
        pages.Count("Gap", f"{even.missing + even.ahead:,}", "good" if even.even else "bad"),
    ]
    said = [even.said if endpoint else "No endpoint is set: every response stays on this kiosk."]
    if not endpoint:
        counts = [count for count in counts if count.name in ("Today", "Last 24 h", "Marked as misuse")]
    said += notes(counted, None if vouched else 1)
    hour = periods.hour(now.wall_ms, periods.zone(timezone))[1] if vouched else None
    hours = tuple(cell.votes for cell in counted.every.hours) if vouched else ()
    good = not endpoint or (even.even and not even.aside)
    return pages.Votes(tuple(counts), hours, hour, " ".join(said), "good" if good else "bad")


def _counted(data: Path, now: Reading, boot: str, timezone: str, days: int, budget_s: float) -> Counted:
    zone = periods.zone(timezone)
    over: Period | Run = Run(boot, now.boottime_ms - days * _DAY_MS)
    if now.by != "nobody":
        over = periods.latest(days, now.wall_ms, zone)
    with Gathered(data) as gathered:
        return count(gathered, over, zone, out_of_time=_alarm(budget_s))


def _alarm(budget_s: float) -> Callable[[], bool]:
    until = time.monotonic() + budget_s
    return lambda: time.monotonic() > until


def _faces(tally: Tally, labels: Labels) -> tuple[pages.FaceLine, ...]:
    """Those of the scale that most votes were given on; a kiosk that asked another survey has others."""
    faces = tally.scale
    total = sum(votes for (scale, _), votes in tally.faces.items() if scale == faces)
    return tuple(
        pages.FaceLine(
            face,
            tally.faces[faces, face] / total,
            tally.faces[faces, face],
            tuple((labels.choice(*what), times) for what, times in tally.top(faces, face, _REASONS)),
        )
        for face in range(1, faces + 1)
    )


def notes(counted: Counted, days: int | None) -> list[str]:
    """What must be known to read the figures; `days` where the clock is not vouched for and so many were asked for."""
    said = []
    if days is not None:
        stretch = "24 h" if days == 1 else f"{days} days"
        said.append(f"The clock is not set: these are the votes since the last start, of {stretch} at most.")
    if counted.left_out:
        left = "1 vote" if counted.left_out == 1 else f"{counted.left_out:,} votes"
        said.append(f"{left} from a time that nobody knows left out.")
    if not counted.whole:
        said.append("Only the newest could be read in time.")
    return said
