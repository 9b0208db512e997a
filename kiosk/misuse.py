"""Rules that mark a press as misuse, each with a name and a version. Pure; never knows screens or stores.

A mark never drops a vote: the row is kept, and every figure is shown with and without marked rows. A rule over recent
presses is asked at each press, the newest last, and says which of them are misuse: the newest is then marked in its
row, the others by a later row that names them (`kiosk.watch`). Whoever hammers one face is a matter of the lockout
alone: his further presses prove no burst and no rhythm, so that his one vote stands. Times are milliseconds of one
steady clock; the defaults were chosen by `tests/benchmarks/misuse.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from kiosk.response import Ui

LOCKOUT = "lockout/1"
CLOSED = "closed/1"
"""Pressed outside the opening hours."""
MASH = "mash/1"
BURST = "burst/1"
RHYTHM = "rhythm/1"
STUCK = "stuck/1"


_MIXED = 10
"""So many times more even must votes for different faces be: a queue before the kiosk has a pace of its own."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the rules go by, as `[misuse]` in moodpost.toml; 0 switches one off."""

    burst_votes: Annotated[int, Meta(ge=0, le=50, description="a number of votes, 0 (never) or 3 to 50")] = 8
    """So many votes, whatever their faces, in less than `burst_s` are a burst."""
    burst_s: Annotated[float, Meta(ge=1, le=60, description="seconds, 1 to 60 (by default 12)")] = 12.0
    mash_ms: Annotated[int, Meta(ge=0, le=1000, description="milliseconds, 0 (never) to 1000")] = 150
    """Two buttons no further apart were pressed by one arm."""
    stuck_s: Annotated[float, Meta(ge=0, le=300, description="seconds, 0 (never) to 300 (by default 10)")] = 10.0
    """A button held longer was not pressed by a visitor."""
    rhythm_votes: Annotated[int, Meta(ge=0, le=50, description="a number of votes, 0 (never) or 5 to 50")] = 8
    """So many votes at even intervals come from a machine, or from somebody who works like one."""
    rhythm_spread: Annotated[float, Meta(ge=0.01, le=1, description="a share, 0.01 to 1 (by default 0.4)")] = 0.4
    """By how much the longest of those intervals may exceed the shortest, as a share of the shortest."""


class Pressed(msgspec.Struct, frozen=True):
    """A press that is a vote: its face, when, how it came, and whether the lockout holds it."""

    face: int
    ms: int
    ui: Ui
    locked: bool = False


def lockout(face: int, now_ms: int, last_face: int, last_ms: int, lockout_ms: int) -> bool:
    """Whether `face` is the one voted for last, pressed again less than `lockout_ms` after `last_ms`.

    `last_ms` is its last press, marked or not: whoever hammers a face casts one unmarked vote, however long.
    """
    return face == last_face and now_ms - last_ms < lockout_ms


def mash(presses: Sequence[Pressed], limits: Limits) -> list[int]:
    """The places of the newest press and those of other buttons within `mash_ms` before it; none where it is alone."""
    newest = presses[-1]
    if not limits.mash_ms or newest.ui != "physical":
        return []
    near = [
        place
        for place, press in enumerate(presses)
        if press.ui == "physical" and press.face != newest.face and newest.ms - press.ms <= limits.mash_ms
    ]
    return [*near, len(presses) - 1] if near else []


def burst(presses: Sequence[Pressed], limits: Limits) -> list[int]:
    """The places of the votes in the last `burst_s`, the newest included, where there are `burst_votes` or more."""
    newest = presses[-1]
    if not limits.burst_votes or newest.locked:
        return []
    near = [
        place
        for place, press in enumerate(presses)
        if not press.locked and newest.ms - press.ms < limits.burst_s * 1000
    ]
    return near if len(near) >= limits.burst_votes else []


def rhythm(presses: Sequence[Pressed], limits: Limits) -> list[int]:
    """The places of the last `rhythm_votes` votes where the intervals between them are even; else none."""
    free = [place for place, press in enumerate(presses) if not press.locked]
    last = free[-limits.rhythm_votes :]
    if not limits.rhythm_votes or presses[-1].locked or len(last) < limits.rhythm_votes:
        return []
    intervals = [presses[after].ms - presses[before].ms for before, after in pairwise(last)]
    spread = limits.rhythm_spread
    if len({presses[place].face for place in last}) > 1:
        spread /= _MIXED
    return last if max(intervals) <= min(intervals) * (1 + spread) else []


def stuck(down_ms: int, up_ms: int | None, now_ms: int, limits: Limits) -> bool:
    """Whether a button that went down at `down_ms`, and up at `up_ms` (None: not yet), was held too long by now."""
    held_ms = (now_ms if up_ms is None else up_ms) - down_ms
    return 0 < limits.stuck_s * 1000 < held_ms


RULES: Mapping[str, Callable[[Sequence[Pressed], Limits], list[int]]] = {MASH: mash, BURST: burst, RHYTHM: rhythm}
"""Those that are asked at a press; the first that says yes stands in the row."""
