"""APScheduler made safe for a clock that jumps. Knows triggers and clocks; never what the jobs do.

APScheduler counts in wall-clock time. After a step back of an hour it would wait that hour; after a step of a
year forward it would list every run missed (14 s of CPU and 619 MB for a job each second). So the trigger here
counts from now and lists nothing, and a watch over the clock's steps runs every job at once after one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

STEP_S = 1.0
"""A wall clock that moved this much against the steady one has been stepped."""


class EveryFromNow(BaseTrigger):  # type: ignore[misc]
    """Fires each `seconds`, counted from the moment it is asked: missed times are never caught up with."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next time: at once for the first, then one interval from `now`."""
        return now if previous_fire_time is None else now + self._interval


class Schedule:
    """Jobs on one worker thread, each at its interval, whatever the wall clock does.

    `wall` and `steady` give seconds; `look` is to be called about once a second by whoever waits anyway.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._offset = wall() - steady()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(self, seconds: float, job: Callable[[], Any], name: str) -> None:
        """Run `job` now and then each `seconds`."""
        self._scheduler.add_job(job, EveryFromNow(seconds), id=name, name=name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def look(self) -> bool:
        """Whether the wall clock was stepped since it was last noticed; every job then runs at once."""
        offset = self._wall() - self._steady()
        stepped = abs(offset - self._offset) >= STEP_S
        if stepped:  # steps too small to matter add up until they do
            self._offset = offset
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.fromtimestamp(self._wall(), UTC))
        return stepped

    def stop(self) -> None:
        """End after the job that runs now."""
        self._scheduler.shutdown(wait=True)
