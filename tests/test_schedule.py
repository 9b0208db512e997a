"""Trap 8: APScheduler counts in wall-clock time, and a kiosk's wall clock jumps. Jobs go on all the same."""

from __future__ import annotations

import datetime as real
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers import base
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync import schedule as schedule_module
from sync.schedule import EXACT_S, EveryFromNow, Schedule
from tests.conftest import until

HOUR = 3_600.0
YEAR = 365.25 * 24 * HOUR
PERIOD_S = 0.2


class Wall:
    """A wall clock that goes on by itself and is stepped by a test; APScheduler looks at it too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset = 0.0
        wall = self

        class Stepped(real.datetime):
            @classmethod
            def now(cls, tz: real.tzinfo | None = None) -> datetime:  # type: ignore[override]
                return real.datetime.fromtimestamp(wall(), tz)

        monkeypatch.setattr(base, "datetime", Stepped)
        monkeypatch.setattr(schedule_module, "datetime", Stepped)

    def __call__(self) -> float:
        return time.time() + self.offset


class Job:
    """Counts its runs, and whether two of them were ever under way at once."""

    def __init__(self) -> None:
        self.runs = 0
        self.under_way = 0
        self.overlapped = False
        self.goes_on = threading.Event()
        self.goes_on.set()
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.runs += 1
            self.under_way += 1
            self.overlapped |= self.under_way > 1
        assert self.goes_on.wait(60)
        with self._lock:
            self.under_way -= 1

    def runs_again(self, times: int = 1, look: Callable[[], object] = lambda: None) -> None:
        runs = self.runs

        def ran() -> bool:
            look()
            return self.runs >= runs + times

        until(ran, f"{times} more runs")


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch)


@pytest.fixture
def job() -> Job:
    return Job()


@pytest.fixture
def schedule(wall: Wall, job: Job) -> Iterator[Schedule]:
    schedule = Schedule(wall, time.monotonic)
    schedule.every(PERIOD_S, job, "job")
    yield schedule
    job.goes_on.set()
    if schedule._scheduler.running:
        schedule.stop()


def test_a_job_runs_at_once_and_then_again_and_again(schedule: Schedule, job: Job) -> None:
    schedule.start()
    job.runs_again(4)
    assert not job.overlapped


@pytest.mark.parametrize("step_s", [-HOUR, -YEAR, -20 * YEAR, HOUR, YEAR, 30 * YEAR])
def test_after_a_step_of_the_clock_the_job_goes_on_within_two_periods(
    schedule: Schedule, wall: Wall, job: Job, step_s: float
) -> None:
    schedule.start()
    job.runs_again(2)
    wall.offset += step_s
    began = time.monotonic()
    job.runs_again(1, schedule.look)
    job.runs_again(3)
    # Two periods by design; the rest is for a slow machine. Without `look` it would be the step itself.
    assert time.monotonic() - began < 60
    assert not job.overlapped


def test_a_step_forward_of_a_year_is_one_run_and_no_missed_ones_are_listed(
    schedule: Schedule, wall: Wall, job: Job
) -> None:
    asked: list[datetime] = []
    trigger = schedule._scheduler.get_job("job").trigger
    real_next = trigger.get_next_fire_time

    def watched(previous: datetime | None, now: datetime) -> datetime:
        asked.append(now)
        assert len(asked) < 1_000, "the trigger is asked for every missed run"
        return real_next(previous, now)  # type: ignore[no-any-return]

    trigger.get_next_fire_time = watched
    schedule.start()
    job.runs_again(1)
    asked.clear()
    runs = job.runs
    wall.offset += YEAR
    job.runs_again(1, schedule.look)
    assert job.runs - runs <= 3
    assert len(asked) <= 6


def test_back_and_forth_and_back_again_the_job_goes_on(schedule: Schedule, wall: Wall, job: Job) -> None:
    schedule.start()
    for step_s in (-HOUR, YEAR, -YEAR, -HOUR, HOUR, HOUR):
        wall.offset += step_s
        job.runs_again(2, schedule.look)
    assert not job.overlapped


class ByHand(BaseScheduler):  # type: ignore[misc]
    """APScheduler without its thread: a test plays the thread, in a time of its own."""

    woken = False

    def wakeup(self) -> None:
        self.woken = True

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)


class Played:
    """A schedule whose thread and clocks are played by a test, with no time of this machine in it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steady = 0.0
        self.wall = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
        self.runs: list[float] = []
        self.hand = ByHand(
            timezone=UTC, executors={"default": DebugExecutor()}, job_defaults={"misfire_grace_time": None}
        )
        played = self

        class Told(real.datetime):
            @classmethod
            def now(cls, tz: real.tzinfo | None = None) -> datetime:  # type: ignore[override]
                return real.datetime.fromtimestamp(played.wall, tz)

        patch.setattr(base, "datetime", Told)

    def schedule(self, period_s: float) -> Schedule:
        """Begun, with one job that notes when it runs."""
        schedule = Schedule(lambda: self.wall, lambda: self.steady)
        schedule._scheduler = self.hand
        schedule.every(period_s, lambda: self.runs.append(self.steady), "job")
        schedule.start()
        return schedule

    def pass_s(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


@pytest.mark.parametrize("step_s", [-YEAR, -HOUR, -0.9, -0.1, 0.1, 0.9, HOUR, YEAR])
def test_a_step_of_any_size_leaves_the_next_run_where_it_was(step_s: float, played: Played) -> None:
    schedule = played.schedule(HOUR)
    hand = played.hand
    hand._process_jobs()
    played.pass_s(600)
    played.wall += step_s
    schedule.look()
    assert hand.woken
    assert hand._process_jobs() == pytest.approx(HOUR - 600, abs=EXACT_S)
    assert played.runs == [0.0]


def test_steps_too_small_to_matter_add_up_until_they_do(played: Played) -> None:
    schedule = played.schedule(HOUR)
    played.hand._process_jobs()
    woken = []
    for _ in range(6):
        played.wall -= 0.4 * EXACT_S
        played.hand.woken = False
        schedule.look()
        woken.append(played.hand.woken)
    assert woken == [False, False, True, False, False, True]


def test_a_clock_that_is_not_stepped_wakes_nobody(played: Played) -> None:
    schedule = played.schedule(1.0)
    for _ in range(100):
        played.hand._process_jobs()
        played.pass_s(0.7)
        played.hand.woken = False
        schedule.look()
        assert not played.hand.woken


@settings(max_examples=150, deadline=None)
@example(period_s=1.0, steps=[(0.25, -0.9), (0.28125, -10 * YEAR), (0.125, -10 * YEAR)])
@given(
    period_s=st.sampled_from([1.0, 5.0, 900.0]),
    steps=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from([-10 * YEAR, -HOUR, -1.5, -0.9, 0.9, 1.5, HOUR, 30 * 24 * HOUR, YEAR])
            | st.floats(-20 * YEAR, 20 * YEAR)
            | st.floats(-2, 2),
        ),
        max_size=12,
    ),
)
def test_whatever_the_clock_does_two_runs_are_never_two_periods_apart_nor_is_there_a_storm(
    period_s: float, steps: list[tuple[float, float]]
) -> None:
    """The scheduler's thread, the steps and the looks played tick by tick, with no time of this machine in it."""
    ticks_s, lasts_s = period_s / 20, period_s * 20
    due_steps = sorted((at * lasts_s, step) for at, step in steps)
    with pytest.MonkeyPatch.context() as patch:
        played = Played(patch)
        schedule, hand = played.schedule(period_s), played.hand
        wakes, looks = 0.0, 1.0
        while played.steady < lasts_s:
            while due_steps and due_steps[0][0] <= played.steady:
                played.wall += due_steps.pop(0)[1]
            if played.steady >= looks:
                schedule.look()
                looks = played.steady + 1.0
            if hand.woken or played.steady >= wakes:
                hand.woken = False
                wakes = played.steady + hand._process_jobs()
            played.pass_s(ticks_s)
        schedule.stop()
    rounding_s = 1e-6
    gaps = [later - earlier for earlier, later in pairwise([0.0, *played.runs, lasts_s])]
    assert max(gaps) <= 2 * period_s + ticks_s + rounding_s
    assert min(gaps[1:-1]) >= period_s - rounding_s


def test_a_job_that_takes_longer_than_its_period_is_never_begun_twice(schedule: Schedule, wall: Wall, job: Job) -> None:
    held_back: list[object] = []
    schedule._scheduler.add_listener(held_back.append, EVENT_JOB_MAX_INSTANCES)
    job.goes_on.clear()
    schedule.start()
    until(lambda: job.under_way, "the job to begin")
    for step_s in (-HOUR, HOUR, YEAR):
        wall.offset += step_s
        schedule.look()
    until(lambda: len(held_back) >= 3, "three times at which it was due")
    assert (job.runs, job.under_way) == (1, 1)
    job.goes_on.set()
    job.runs_again(2, schedule.look)
    assert not job.overlapped


def test_two_jobs_take_turns(wall: Wall) -> None:
    job = Job()
    job.goes_on.clear()
    held_back: set[str] = set()
    schedule = Schedule(wall, time.monotonic)
    schedule._scheduler.add_listener(lambda event: held_back.add(event.job_id), EVENT_JOB_MAX_INSTANCES)
    schedule.every(0.01, job, "one")
    schedule.every(0.01, job, "other")
    schedule.start()
    until(lambda: held_back == {"one", "other"}, "both to be due again, after a first run was asked of both")
    assert (job.runs, job.under_way) == (1, 1)
    job.goes_on.set()
    job.runs_again(20)
    schedule.stop()
    assert not job.overlapped


def test_a_job_that_fails_runs_again(wall: Wall, caplog: pytest.LogCaptureFixture) -> None:
    runs: list[int] = []

    def fails() -> None:
        runs.append(1)
        raise RuntimeError("something nobody thought of")

    schedule = Schedule(wall, time.monotonic)
    schedule.every(0.01, fails, "fails")
    schedule.start()
    until(lambda: len(runs) >= 3, "the job to run again")
    schedule.stop()
    assert "something nobody thought of" in caplog.text


def test_stopping_waits_for_the_job_at_hand_and_runs_none_after_it(schedule: Schedule, job: Job) -> None:
    job.goes_on.clear()
    schedule.start()
    until(lambda: job.under_way, "the job to begin")
    stopper = threading.Thread(target=schedule.stop)
    stopper.start()
    stopper.join(0.1)
    assert stopper.is_alive()
    job.goes_on.set()
    stopper.join(20)
    assert not stopper.is_alive()
    assert (job.runs, job.under_way) == (1, 0)


NOW = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "previous",
    [NOW, NOW - timedelta(days=365), NOW + timedelta(days=365), NOW - timedelta(hours=1), NOW + timedelta(hours=1)],
)
@pytest.mark.parametrize("seconds", [1.0, 900.0])
def test_the_next_time_counts_from_now_whatever_the_last_one_was(previous: datetime, seconds: float) -> None:
    assert EveryFromNow(seconds).get_next_fire_time(previous, NOW) == NOW + timedelta(seconds=seconds)


def test_the_first_time_is_now() -> None:
    assert EveryFromNow(900.0).get_next_fire_time(None, NOW) == NOW


def test_the_night_the_clocks_go_back_or_forward_is_a_night_like_any_other() -> None:
    for night in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        at = night
        for _ in range(24 * 4):
            after = EveryFromNow(900.0).get_next_fire_time(at, at)
            assert after - at == timedelta(seconds=900)
            assert after.utcoffset() == timedelta(0)
            at = after
    schedule = Schedule(time.time, time.monotonic)
    assert schedule._scheduler.timezone is UTC


def test_what_it_takes_the_place_of_would_list_every_missed_run() -> None:
    """If this fails, APScheduler has changed, and the trigger of our own may not be needed any more."""
    trigger = IntervalTrigger(seconds=1, start_date=NOW, timezone=UTC)
    first = trigger.get_next_fire_time(None, NOW)
    late = NOW + timedelta(hours=1)
    listed = 0
    while first is not None and first <= late:
        first = trigger.get_next_fire_time(first, late)
        listed += 1
    assert listed > 3_000


def test_a_job_may_begin_later_and_is_run_at_once_when_it_is_asked_for(wall: Wall) -> None:
    runs: list[float] = []
    schedule = Schedule(wall, time.monotonic)
    schedule.every(HOUR, lambda: runs.append(time.monotonic()), "rare", first_s=HOUR)
    schedule.every(0.01, lambda: None, "often")
    schedule.start()
    schedule.look()
    assert runs == []
    for times in (1, 2):
        schedule.soon("rare")
        until(lambda times=times: len(runs) == times, "a run that was asked for")  # type: ignore[misc]
        schedule.look()
    wall.offset -= YEAR
    schedule.look()
    schedule.soon("rare")
    until(lambda: len(runs) == 3, "a run after a step of the clock")
    schedule.look()
    until(lambda: schedule._jobs["rare"][1].due_s > time.monotonic() + HOUR - 60, "the next run to be an hour away")
    schedule.stop()
    assert len(runs) == 3


def test_a_job_set_apart_keeps_no_other_from_running_and_is_not_run_twice_at_a_time(wall: Wall) -> None:
    apart, job = Job(), Job()
    apart.goes_on.clear()
    schedule = Schedule(wall, time.monotonic)
    schedule.every(HOUR, apart, "apart", apart=True)
    schedule.every(0.01, job, "job")
    schedule.start()
    until(lambda: apart.under_way, "the job set apart to begin")
    job.runs_again(5)
    schedule.soon("apart")
    job.runs_again(5)
    apart.goes_on.set()
    schedule.stop()
    assert not apart.overlapped
