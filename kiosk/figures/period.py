"""Stretches of days in a kiosk's time zone. Pure; never knows what happened in them.

A day begins at the first moment at which a clock on the wall there shows 00:00; a day has 23 to 25 hours.
"""

from __future__ import annotations

import datetime
import zoneinfo
from functools import lru_cache

import msgspec

_DAY = datetime.timedelta(days=1)
_LONGEST = 3_660
"""Days; a longer stretch is asked for by mistake."""


def zone(name: str) -> datetime.tzinfo:
    """The time zone of this name; UTC needs no time zone database."""
    return datetime.UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


class Period(msgspec.Struct, frozen=True):
    """From one local day to another, both whole, and the same in Unix milliseconds, the end not included."""

    first: datetime.date
    last: datetime.date
    begin_ms: int
    end_ms: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def between(first: datetime.date, last: datetime.date, where: datetime.tzinfo) -> Period:
    """From `first` to `last`; ValueError where that is no stretch of days."""
    if last < first:
        raise ValueError(f"found {first} to {last}, expected the earlier day first")
    if (last - first).days >= _LONGEST:
        raise ValueError(f"found {first} to {last}, expected at most {_LONGEST} days")
    return Period(first, last, _midnight(first, where), _midnight(last + _DAY, where))


def latest(days: int, now_ms: int, where: datetime.tzinfo) -> Period:
    """The last `days` local days, today among them, though it is not over; `now_ms` in Unix milliseconds."""
    today = local(now_ms, where).date()
    return between(today - (days - 1) * _DAY, today, where)


def local(wall_ms: int, where: datetime.tzinfo) -> datetime.datetime:
    """What clock and calendar show there."""
    return datetime.datetime.fromtimestamp(wall_ms // 1000, where)


@lru_cache(maxsize=8_192)
def _hour_of(quarter: int, where: datetime.tzinfo) -> tuple[int, int]:
    at = datetime.datetime.fromtimestamp(quarter * 900, where)
    return at.weekday(), at.hour


def hour(wall_ms: int, where: datetime.tzinfo) -> tuple[int, int]:
    """The local weekday (Monday 0) and hour. Every zone of this century is a whole number of quarters from UTC."""
    return _hour_of(wall_ms // 900_000, where)


def _midnight(day: datetime.date, where: datetime.tzinfo) -> int:
    # In a night that leaves midnight out, fold=0 reckons with the time before and so gives the moment of the jump.
    return round(datetime.datetime.combine(day, datetime.time(), where).timestamp()) * 1000
