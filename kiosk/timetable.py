"""Which survey is in force, whether the place is open, when that next changes. Pure; never knows clocks or screens.

Times are Unix milliseconds, or None while nobody vouches for the clock: then the place is always open and the
survey that has no schedule is asked. A local time stands for the first moment at which a clock on the wall shows
it; where a night in spring leaves it out, for the moment at which that clock jumps over it.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator, Sequence

from kiosk.survey import Schedule, Survey

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = datetime.timedelta(days=1)
_MINUTE_MS = 60_000


class Timetable:
    """The surveys of one kiosk, in the order of their files, and its opening hours.

    `hours` as in the settings, such as "08:00-21:00"; `timezone` is a name that the time zone database knows. One of
    the surveys has no schedule.
    """

    def __init__(self, surveys: Sequence[Survey], hours: str = "00:00-24:00", timezone: str = "UTC") -> None:
        self._default = next(survey for survey in surveys if survey.schedule is None)
        self._scheduled = [(survey, survey.schedule) for survey in surveys if survey.schedule is not None]
        self._opening = Schedule(hours=hours)
        # UTC needs no time zone database.
        self._zone = datetime.UTC if timezone == "UTC" else zoneinfo.ZoneInfo(timezone)

    def survey(self, wall_ms: int | None) -> Survey:
        """The survey that is asked: the first whose schedule holds, else the one without."""
        if wall_ms is not None:
            for survey, schedule in self._scheduled:
                if self._holds(schedule, wall_ms):
                    return survey
        return self._default

    def is_open(self, wall_ms: int | None) -> bool:
        """Whether the place is open."""
        return wall_ms is None or self._holds(self._opening, wall_ms)

    def midnight(self, wall_ms: int) -> int:
        """When the local day began."""
        return self._moment(self._date(wall_ms), 0)

    def next_change(self, wall_ms: int) -> int:
        """When the answer to any of these questions may next be another; the next midnight at the latest."""
        today = self._date(wall_ms)
        schedules = [self._opening, *(schedule for _, schedule in self._scheduled)]
        edges = {edge for schedule in schedules for window in self._windows(schedule, today) for edge in window}
        return min(edge for edge in {*edges, self._moment(today + _DAY, 0)} if edge > wall_ms)

    def _holds(self, schedule: Schedule, wall_ms: int) -> bool:
        return any(begin <= wall_ms < end for begin, end in self._windows(schedule, self._date(wall_ms)))

    def _windows(self, schedule: Schedule, today: datetime.date) -> Iterator[tuple[int, int]]:
        """When `schedule` begins to hold and when it ceases, of yesterday and today: a night belongs to its evening."""
        begin, end = (_minutes(time) for time in schedule.hours.split("-"))
        for day in (today - _DAY, today):
            named = not schedule.days or _DAYS[day.weekday()] in schedule.days
            if named and (schedule.first or day) <= day <= (schedule.last or day):
                yield self._moment(day, begin), self._moment(day, end) if end > begin else self._moment(day + _DAY, end)

    def _date(self, wall_ms: int) -> datetime.date:
        return self._local(wall_ms).date()

    def _local(self, wall_ms: int) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(wall_ms // 1000, self._zone)

    def _moment(self, day: datetime.date, minutes: int) -> int:
        """Unix milliseconds of the local time `minutes` after 00:00 on `day`."""
        wanted = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(minutes=minutes)
        early, late = sorted(round(wanted.replace(tzinfo=self._zone, fold=fold).timestamp()) * 1000 for fold in (0, 1))
        # Shown twice in autumn: `early` is the first time. Left out in spring: the clock jumps in between.
        while self._local(early).replace(tzinfo=None) < wanted and early < late:
            early += _MINUTE_MS
        return early


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
