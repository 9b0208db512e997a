"""The live page as it is first seen, without scripts. Everything from outside is escaped; never knows the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from sync.collector.latest import LastVote
from sync.collector.results import Alarm, Distribution, KioskResult, Overview


@cache
def asset(name: str) -> bytes:
    """A file that the page is made of."""
    return (files("sync.collector") / name).read_bytes()


def render(seen: Overview) -> str:
    """The whole page; `page.js` builds the same elements anew whenever something arrives."""
    marked = seen.all.votes - seen.unmarked.votes
    more = seen.kiosks_total - len(seen.kiosks)
    return Template(asset("page.html").decode()).substitute(
        now=f"{datetime.now(UTC):%H:%M} UTC",
        index=_index(seen.all.index),
        votes=f"{seen.all.votes:,}",
        votes_word="vote" if seen.all.votes == 1 else "votes",
        unmarked=f"{_index(seen.unmarked.index)} without {marked:,} marked as misuse"
        if marked
        else "None marked as misuse",
        distribution="".join(map(_bars, seen.distribution or [Distribution(4, [0] * 4)])),
        last=_rows(map(_vote, seen.last), "No votes yet"),
        kiosks=_rows(map(_kiosk, seen.kiosks), "No kiosk has been heard yet"),
        more=f"and {more:,} more" if more else "",
        alarms="".join(map(_alarm, seen.alarms)),
        alarms_hidden="" if seen.alarms else " hidden",
    )


def _index(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _mood(face: int, faces: int) -> str:
    place = (faces - face) / (faces - 1)
    if place in (0, 1):
        return "great" if place else "bad"
    return "fair" if place == 0.5 else "good" if place > 0.5 else "poor"


def _face(face: int, faces: int) -> str:
    mood = _mood(face, faces)
    label = f"face {face} of {faces}"
    return f'<svg class="face {mood}" role="img" aria-label="{label}"><use href="#{mood}"/></svg>'


def _bars(shown: Distribution) -> str:
    total = sum(shown.votes)
    parts = []
    for face, votes in enumerate(shown.votes, 1):
        share = 100 * votes / total if total else 0.0
        parts.append(
            _face(face, shown.faces) + f'<svg class="bar {_mood(face, shown.faces)}" aria-hidden="true">'
            f'<rect width="{share:.2f}%" height="100%" rx="5"/></svg>'
            f'<span class="share">{share:.1f} %</span><span class="votes">{votes:,}</span>'
        )
    return f'<div class="bars">{"".join(parts)}</div>'


def _rows(rows: Iterable[str], none: str) -> str:
    return "".join(rows) or f'<tr><td class="none" colspan="4">{none}</td></tr>'


def _time(time: str | None, unknown: str) -> str:
    if time is None:
        return unknown
    moment = datetime.fromisoformat(time)
    shown = f"{moment:%H:%M} UTC" if moment.date() == datetime.now(UTC).date() else f"{moment:%Y-%m-%d %H:%M}"
    return f'<time datetime="{time}" title="{time}">{shown}</time>'


def _vote(vote: LastVote) -> str:
    chips = "".join(f'<span class="chip"><bdi>{escape(answer)}</bdi></span>' for answer in vote.answers)
    if vote.marked:
        chips += '<span class="chip marked"><bdi>marked as misuse</bdi></span>'
    return (
        f"<tr><td>{_face(vote.face, vote.faces)}</td><td>{escape(vote.kiosk)}</td><td>{chips}</td>"
        f'<td class="time">{_time(vote.time, "time unknown")}</td></tr>'
    )


def _kiosk(kiosk: KioskResult) -> str:
    name = escape(kiosk.kiosk)
    marked = kiosk.all.votes - kiosk.unmarked.votes
    without = f'<span class="without">{_index(kiosk.unmarked.index)} unmarked</span>' if marked else ""
    return (
        f'<tr><td title="{name}">{name}</td><td class="number">{kiosk.all.votes:,}</td>'
        f'<td class="number">{_index(kiosk.all.index)}{without}</td>'
        f'<td class="time">{_time(kiosk.last_contact, "–")}</td></tr>'
    )


def _alarm(alarm: Alarm) -> str:
    times = "once" if alarm.times == 1 else f"{alarm.times:,} times, last"
    return (
        f'<div class="alarm"><p><strong>{escape(alarm.kiosk)}: {escape(alarm.kind)}</strong> – {escape(alarm.detail)}'
        f'</p><p class="quiet">Epoch {escape(alarm.epoch)}, {times} {_time(alarm.last, "")}</p></div>'
    )
