"""APScheduler made safe for a clock that jumps. Knows triggers and clocks; never what the jobs do.

APScheduler counts in wall-clock time. After a step back of an hour it would wait that hour; after a step of a
year forward it would list every run missed (14 s of CPU and 619 MB for a job each second). So the trigger here
counts from now and lists nothing, and remembers by the steady clock when the next run is due. And APScheduler has no
thread of its own: whoever waits sleeps by the steady clock, and then puts each run where it belongs by the wall clock
as it stands now, just before what is due is set off.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger

EXACT_S = 0.02
"""A run that is due so much earlier or later than it should be is left as it is: some of it is how long we take."""


class EveryFromNow(BaseTrigger):  # type: ignore[misc]
    """Fires each `seconds`, counted from the moment it is asked: missed times are never caught up with.

    The first time comes `first_s` seconds after it was asked for.
    """

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic, first_s: float = 0.0) -> None:
        self.seconds = seconds
        self._steady = steady
        self._first_s = first_s
        self.due_s = steady()
        """When the run is due that was asked for last, in seconds of the steady clock."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next time: `first_s` for the first, then one interval from `now`."""
        wait_s = self._first_s if previous_fire_time is None else self.seconds
        self.due_s = self._steady() + wait_s
        return now + timedelta(seconds=wait_s)


class ByTurns(BaseScheduler):  # type: ignore[misc]
    """APScheduler without a thread: `_process_jobs` is called by whoever waits, and nobody else plans anything."""

    def wakeup(self) -> None:
        """Nobody sleeps in it."""

    def shutdown(self, wait: bool = True) -> None:
        """End after the jobs that run now."""
        super().shutdown(wait)


class Schedule:
    """Jobs on one worker thread, each at its interval, whatever the wall clock does; those set apart on another.

    `wall` and `steady` give seconds. All but the jobs themselves, and `ended`, which is told the name of each that has
    ended, is for one thread: the one that sleeps between two turns.
    """

    def __init__(
        self,
        wall: Callable[[], float],
        steady: Callable[[], float],
        ended: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._told = ended
        self._jobs: dict[str, tuple[Job, EveryFromNow]] = {}
        self._scheduler = ByTurns(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), "apart": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def every(
        self, seconds: float, job: Callable[[], Any], name: str, *, first_s: float = 0.0, apart: bool = False
    ) -> None:
        """Run `job` in `first_s` seconds and then each `seconds`; `apart`: beside the others, not between them."""
        trigger = EveryFromNow(seconds, self._steady, first_s)
        executor = "apart" if apart else "default"
        self._jobs[name] = (self._scheduler.add_job(job, trigger, id=name, name=name, executor=executor), trigger)

    def at(self, name: str, due_s: float) -> None:
        """Have the next run at `due_s` of the steady clock, sooner or later than it would be."""
        self._jobs[name][1].due_s = due_s

    def by(self, name: str, due_s: float) -> None:
        """Have the next run at `due_s` of the steady clock, unless it comes sooner anyhow."""
        trigger = self._jobs[name][1]
        trigger.due_s = min(trigger.due_s, due_s)

    def is_under_way(self, name: str) -> bool:
        """Whether a run was set off that has not ended: then no other is, and one that is due is passed over.

        As APScheduler counts them, which frees a run's place however it ended, and before it tells of that.
        """
        job, _ = self._jobs[name]
        return bool(self._scheduler._lookup_executor(job.executor)._instances[name])

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def turn(self) -> float:
        """Set off what is due; in how many seconds the next run is due."""
        now_s, wall_s = self._steady(), self._wall()
        due = False
        for name, (job, trigger) in self._jobs.items():
            if trigger.due_s <= now_s and self.is_under_way(name):
                trigger.due_s = now_s + trigger.seconds
            is_due = trigger.due_s <= now_s
            due |= is_due
            at = wall_s + max(0.0, trigger.due_s - now_s)
            off_s = job.next_run_time.timestamp() - at
            if off_s > 0 if is_due else abs(off_s) > EXACT_S:
                job.modify(next_run_time=datetime.fromtimestamp(at, UTC))
        if due:
            self._scheduler._process_jobs()
        dues = (trigger.due_s for _, trigger in self._jobs.values())
        return max(0.0, min(dues) - self._steady())

    def stop(self) -> None:
        """End after the job that runs now."""
        self._scheduler.shutdown(wait=True)

    def _ended(self, event: JobEvent) -> None:
        """On the thread of the job, when APScheduler would have it run once more."""
        self._told(event.job_id)
