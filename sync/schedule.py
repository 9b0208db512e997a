"""APScheduler made safe for a clock that jumps. Knows triggers and clocks; never what the jobs do.

APScheduler counts in wall-clock time. After a step back of an hour it would wait that hour; after a step of a
year forward it would list every run missed (14 s of CPU and 619 MB for a job each second). So the trigger here
counts from now and lists nothing, and remembers by the steady clock when the next run is due: whatever the wall
clock does meanwhile, `look` moves that run back to its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

EXACT_S = 0.02
"""A run that is due so much earlier or later than it should be is left as it is: some of it is how long we take."""


class EveryFromNow(BaseTrigger):  # type: ignore[misc]
    """Fires each `seconds`, counted from the moment it is asked: missed times are never caught up with.

    The first time comes `first_s` seconds after it was asked for.
    """

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic, first_s: float = 0.0) -> None:
        self._seconds = seconds
        self._steady = steady
        self._first_s = first_s
        self.due_s = steady()
        """When the run is due that was asked for last, in seconds of the steady clock."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next time: `first_s` for the first, then one interval from `now`."""
        wait_s = self._first_s if previous_fire_time is None else self._seconds
        self.due_s = self._steady() + wait_s
        return now + timedelta(seconds=wait_s)


class Schedule:
    """Jobs on one worker thread, each at its interval, whatever the wall clock does; those set apart on another.

    `wall` and `steady` give seconds; `look` is to be called about once a second by whoever waits anyway. Between two
    runs there is never more than the interval and the time between two looks.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._jobs: dict[str, tuple[Job, EveryFromNow]] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), "apart": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(
        self, seconds: float, job: Callable[[], Any], name: str, *, first_s: float = 0.0, apart: bool = False
    ) -> None:
        """Run `job` in `first_s` seconds and then each `seconds`; `apart`: beside the others, not between them."""
        trigger = EveryFromNow(seconds, self._steady, first_s)
        executor = "apart" if apart else "default"
        self._jobs[name] = (self._scheduler.add_job(job, trigger, id=name, name=name, executor=executor), trigger)

    def soon(self, name: str) -> None:
        """Have the job of this name run now, and then again at its interval; nothing where it runs already."""
        job, trigger = self._jobs[name]
        trigger.due_s = self._steady()
        job.modify(next_run_time=datetime.fromtimestamp(self._wall(), UTC))

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def look(self) -> None:
        """Have every job due when the steady clock says so, by the wall clock as it stands now."""
        for job, trigger in self._jobs.values():
            due_s = self._wall() + trigger.due_s - self._steady()
            if abs(job.next_run_time.timestamp() - due_s) > EXACT_S:
                job.modify(next_run_time=datetime.fromtimestamp(due_s, UTC))

    def stop(self) -> None:
        """End after the job that runs now."""
        self._scheduler.shutdown(wait=True)
