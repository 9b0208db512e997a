"""What time does to a kiosk on its wall: the survey in force, awake or asleep, where the picture stands.

Pure, given readings of the clocks; never knows screens, visits or stores. Times are milliseconds of CLOCK_BOOTTIME.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kiosk.clock import Anchor, Reading, worth_keeping
from kiosk.timetable import Timetable

LOOK_MS = 60_000
"""How often the clock is looked at: it may have been set, or vouched for, since."""
QUIET_MS = 60_000
"""How long nobody presses or touches anything before a closed kiosk falls asleep."""
DRIFT_MS = 180_000
"""How long the picture stands in one place."""
_PLACES = ((0, 0), (1, 1), (-1, 1), (-1, -1), (1, -1), (0, 1), (-1, 0), (0, -1), (1, 0))


class Midnight(msgspec.Struct, frozen=True):
    """When the local day began: in Unix milliseconds, and in those of CLOCK_BOOTTIME (negative before this boot)."""

    wall_ms: int
    boottime_ms: int


class Day:
    """Knows what holds now, once `look` was called, and when to `look` again.

    While nobody has vouched for the clock it is open, the survey without a schedule is asked, and there is no
    midnight. Who vouched once in this boot is believed for the rest of it.
    """

    def __init__(self, timetable: Timetable, read_clock: Callable[[], Reading]) -> None:
        self._timetable = timetable
        self._read_clock = read_clock
        self._anchor: Anchor | None = None
        self._began_ms: int | None = None
        self._stirred_ms = 0
        self.survey = timetable.survey(None)
        self.closed = False
        self.midnight: Midnight | None = None
        self.drift = 0, 0
        """Steps to the right and down; how long a step is, the screen says."""
        self.due_ms = 0
        """When to look again."""

    def look(self, now_ms: int) -> None:
        """Bring everything up to date."""
        reading = self._read_clock()
        known = [self._anchor] if self._anchor else []
        if reading.by != "nobody" and worth_keeping(known, reading):
            self._anchor = Anchor(reading.boottime_ms, reading.wall_ms, reading.by)
        if self._began_ms is None:
            self._began_ms = self._stirred_ms = now_ms  # whoever has just switched it on wants to see something
        wall = self._anchor.wall_at(now_ms) if self._anchor else None
        self.survey = self._timetable.survey(wall)
        self.closed = not self._timetable.is_open(wall)
        self.drift = _PLACES[(now_ms - self._began_ms) // DRIFT_MS % len(_PLACES)]
        self.due_ms = now_ms + LOOK_MS
        self.midnight = None
        if wall is not None:
            midnight = self._timetable.midnight(wall)
            self.midnight = Midnight(midnight, now_ms - wall + midnight)
            self.due_ms = min(self.due_ms, now_ms - wall + self._timetable.next_change(wall))

    def stir(self, now_ms: int) -> None:
        """Somebody pressed or touched something: the kiosk is awake for a while."""
        self._stirred_ms = now_ms

    def is_asleep(self, now_ms: int) -> bool:
        """Whether the screen sleeps, as long as nobody's visit is on it."""
        sleeps_ms = self.sleeps_ms
        return sleeps_ms is not None and now_ms >= sleeps_ms

    @property
    def sleeps_ms(self) -> int | None:
        """From when on it sleeps; None while it is open."""
        return self._stirred_ms + QUIET_MS if self.closed else None
