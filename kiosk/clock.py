"""Boots, their anchors, and the wall time of a response. Pure, given readings; never knows where they come from.

A Pi has no battery clock: it boots in the past and jumps when NTP answers. So a response is timed by
CLOCK_BOOTTIME, and its wall time is computed from the best anchor of its boot, whenever that was learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

Voucher = Literal["nobody", "rtc", "endpoint", "ntp"]
"""Who vouched for a wall time, from the least to the most to be trusted."""

_RANK: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Voucher))}
STEP_MS = 1_000
"""A wall clock this far from its anchor has been stepped."""


class Reading(msgspec.Struct, frozen=True):
    """The clocks of this machine at one moment: milliseconds since boot, Unix milliseconds, who vouches."""

    boottime_ms: int
    wall_ms: int
    by: Voucher


class Anchor(msgspec.Struct, frozen=True):
    """At `boottime_ms` of its boot the wall clock stood at `wall_ms` (Unix), as `by` vouched."""

    boottime_ms: int
    wall_ms: int
    by: Voucher

    def wall_at(self, boottime_ms: int) -> int:
        """Unix milliseconds at another moment of the same boot."""
        return self.wall_ms + boottime_ms - self.boottime_ms


class Boot(msgspec.Struct, frozen=True):
    """One boot: its number in the store, the kernel's id, its anchors, the last moment known of it."""

    number: int
    id: str
    anchors: tuple[Anchor, ...] = ()
    last_ms: int = 0


class Moment(msgspec.Struct, frozen=True):
    """When something happened. `wall_ms` is None where nobody vouched; then the bounds, where known, hold it."""

    wall_ms: int | None
    by: Voucher
    earliest_ms: int | None
    latest_ms: int | None


def best(anchors: Sequence[Anchor]) -> Anchor | None:
    """The anchor to compute with: vouched for by the most trusted, the latest of those; None if nobody vouched."""
    vouched = [a for a in anchors if a.by != "nobody"]
    return max(vouched, key=lambda a: (_RANK[a.by], a.boottime_ms), default=None)


def worth_keeping(known: Sequence[Anchor], reading: Reading, step_ms: int = STEP_MS) -> bool:
    """Whether a reading tells more than the anchors already kept: the first of its voucher, or a step since then.

    A step is `step_ms` or more against the latest anchor by the same voucher; the clocks' own grain must be finer.
    """
    same = [a for a in known if a.by == reading.by]
    if not same:
        return True
    latest = max(same, key=lambda a: a.boottime_ms)
    return abs(latest.wall_at(reading.boottime_ms) - reading.wall_ms) >= step_ms


def moment(boots: Sequence[Boot], number: int, ms: int) -> Moment:
    """The wall time of `ms` in boot `number`; from the neighbours' anchors come bounds where it has none itself.

    Boots are numbered in the order in which they happened. ValueError where there is no such boot.
    """
    boot = next((b for b in boots if b.number == number), None)
    if boot is None:
        raise ValueError(f"boot {number} is not among the {len(boots)} known")
    anchor = best(boot.anchors)
    if anchor is not None:
        wall = anchor.wall_at(ms)
        return Moment(wall, anchor.by, wall, wall)
    return Moment(None, "nobody", _after_earlier(boots, number, ms), _before_later(boots, number))


def _after_earlier(boots: Sequence[Boot], number: int, ms: int) -> int | None:
    """It happened after the last known moment of the nearest earlier boot with an anchor, and `ms` later still."""
    for boot in sorted(boots, key=lambda b: -b.number):
        anchor = best(boot.anchors)
        if boot.number < number and anchor is not None:
            return anchor.wall_at(max(boot.last_ms, anchor.boottime_ms)) + ms
    return None


def _before_later(boots: Sequence[Boot], number: int) -> int | None:
    """It happened before the nearest later boot with an anchor began."""
    for boot in sorted(boots, key=lambda b: b.number):
        anchor = best(boot.anchors)
        if boot.number > number and anchor is not None:
            return anchor.wall_at(0)
    return None
