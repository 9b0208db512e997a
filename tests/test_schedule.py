"""Trap 8: APScheduler counts in wall-clock time, and a kiosk's wall clock jumps. Jobs go on all the same."""

from __future__ import annotations

import datetime as real
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job as JobOfTheirs
from apscheduler.schedulers import base
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
        self.turn: Callable[[], object] = lambda: None
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

    def runs_again(self, times: int = 1) -> None:
        """Take turns, as who waits does, until it has run so many times more."""
        runs = self.runs

        def ran() -> bool:
            self.turn()
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
    job.turn = schedule.turn
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
    job.runs_again(4)
    # Four periods by design; the rest is for a slow machine. APScheduler alone would wait for as long as the step.
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
    job.runs_again(1)
    assert job.runs - runs <= 3
    assert len(asked) <= 6


def test_back_and_forth_and_back_again_the_job_goes_on(schedule: Schedule, wall: Wall, job: Job) -> None:
    schedule.start()
    for step_s in (-HOUR, YEAR, -YEAR, -HOUR, HOUR, HOUR):
        wall.offset += step_s
        job.runs_again(2)
    assert not job.overlapped


class Played:
    """A schedule whose clocks are played by a test, with no time of this machine in it; jobs run within its turns."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steady = 0.0
        self.wall = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
        self.runs: list[float] = []
        played = self

        class Told(real.datetime):
            @classmethod
            def now(cls, tz: real.tzinfo | None = None) -> datetime:  # type: ignore[override]
                return real.datetime.fromtimestamp(played.wall, tz)

        patch.setattr(base, "datetime", Told)

    def schedule(self, period_s: float) -> Schedule:
        """Begun, with one job that notes when it runs."""
        schedule = Schedule(lambda: self.wall, lambda: self.steady)
        schedule._scheduler._executors["default"] = DebugExecutor()
        schedule.every(period_s, lambda: self.runs.append(self.steady), "job")
        schedule.start()
        return schedule

    def pass_s(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(monkeypatch)


STEPS_S = [-YEAR, -HOUR, -0.9, -0.1, 0.1, 0.9, HOUR, YEAR]


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_step_of_any_size_leaves_the_next_run_where_it_was(step_s: float, played: Played) -> None:
    schedule = played.schedule(HOUR)
    assert schedule.turn() == HOUR
    played.pass_s(600)
    played.wall += step_s
    assert schedule.turn() == HOUR - 600
    assert played.runs == [0.0], "a metered line would be used too soon"
    played.pass_s(HOUR - 600)
    played.wall -= step_s
    assert schedule.turn() == HOUR
    assert played.runs == [0.0, HOUR], "it would be late by the step"


@pytest.mark.parametrize("step_s", [*STEPS_S, -0.5 * EXACT_S, 0.5 * EXACT_S])
def test_a_step_just_before_a_run_is_due_neither_hastens_nor_delays_it(step_s: float, played: Played) -> None:
    schedule = played.schedule(HOUR)
    schedule.turn()
    played.pass_s(HOUR - 1)
    played.wall += step_s
    assert schedule.turn() == 1
    played.pass_s(1)
    assert schedule.turn() == HOUR, "whoever waits would turn in vain until the wall clock has caught up"
    assert played.runs == [0.0, HOUR]


def test_a_step_in_the_middle_of_a_turn_costs_another_turn_and_no_more(played: Played) -> None:
    schedule = played.schedule(HOUR)
    schedule.turn()
    played.pass_s(HOUR)
    process = schedule._scheduler._process_jobs

    def stepped() -> object:
        played.wall -= YEAR
        return process()

    schedule._scheduler._process_jobs = stepped
    assert schedule.turn() == 0.0
    schedule._scheduler._process_jobs = process
    assert schedule.turn() == HOUR
    assert played.runs == [0.0, HOUR]


def test_a_clock_that_is_not_stepped_has_nothing_moved_nor_processed_before_it_is_due(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = played.schedule(10.0)
    schedule.turn()
    done: list[str] = []
    process = schedule._scheduler._process_jobs
    monkeypatch.setattr(JobOfTheirs, "modify", lambda job, **what: done.append("moved"))
    monkeypatch.setattr(schedule._scheduler, "_process_jobs", lambda: (done.append("processed"), process()))
    for _ in range(100):
        played.pass_s(0.75)
        schedule.turn()
    assert done == ["processed"] * len(played.runs[1:])
    assert len(done) == 7


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
def test_whatever_the_clock_does_there_is_a_run_each_period_and_no_other(
    period_s: float, steps: list[tuple[float, float]]
) -> None:
    """Who waits and the steps played tick by tick, with no time of this machine in it."""
    ticks_s, lasts_s = period_s / 20, period_s * 20
    due_steps = sorted((at * lasts_s, step) for at, step in steps)
    turns = 0
    with pytest.MonkeyPatch.context() as patch:
        played = Played(patch)
        schedule = played.schedule(period_s)
        wakes = 0.0
        while played.steady < lasts_s:
            while due_steps and due_steps[0][0] <= played.steady:
                played.wall += due_steps.pop(0)[1]
            if played.steady >= wakes:
                wakes = played.steady + schedule.turn()
                turns += 1
            played.pass_s(ticks_s)
        schedule.stop()
    rounding_s = 1e-6
    gaps = [later - earlier for earlier, later in pairwise([0.0, *played.runs, lasts_s])]
    assert max(gaps) <= period_s + ticks_s + rounding_s
    assert min(gaps[1:-1]) >= period_s - rounding_s
    assert turns == len(played.runs), "who waits was woken for nothing"


def test_a_job_that_takes_longer_than_its_period_is_never_begun_twice(schedule: Schedule, wall: Wall, job: Job) -> None:
    job.goes_on.clear()
    schedule.start()
    schedule.turn()
    until(lambda: job.under_way, "the job to begin")
    trigger = schedule._jobs["job"][1]
    for step_s in (-HOUR, HOUR, YEAR):
        wall.offset += step_s
        due_s = trigger.due_s
        until(lambda due_s=due_s: (schedule.turn(), trigger.due_s > due_s)[1], "a time at which it is passed over")  # type: ignore[misc]
    assert (job.runs, job.under_way, schedule.is_under_way("job")) == (1, 1, True)
    job.goes_on.set()
    job.runs_again(2)
    assert not job.overlapped


def test_two_jobs_take_turns(wall: Wall) -> None:
    job = Job()
    job.goes_on.clear()
    schedule = Schedule(wall, time.monotonic)
    schedule.every(0.01, job, "one")
    schedule.every(0.01, job, "other")
    job.turn = schedule.turn
    schedule.start()
    schedule.turn()
    until(lambda: job.under_way, "one to begin")
    assert (job.runs, job.under_way) == (1, 1)
    assert schedule.is_under_way("one")
    assert schedule.is_under_way("other"), "it waits for its turn, and is not asked for twice"
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
    until(lambda: (schedule.turn(), len(runs) >= 3)[1], "the job to run again")
    schedule.stop()
    assert "something nobody thought of" in caplog.text


def test_the_end_of_a_run_is_told_when_it_may_be_run_again(wall: Wall) -> None:
    """Else who waits, woken by the end, would find it under way still, and sleep."""
    ended: list[bool] = []
    schedule = Schedule(wall, time.monotonic, lambda name: ended.append(schedule.is_under_way(name)))
    schedule.every(HOUR, lambda: None, "job")
    schedule.start()
    for times in range(1, 200):
        schedule.at("job", 0.0)
        schedule.turn()
        until(lambda times=times: len(ended) == times, "its end")  # type: ignore[misc]
        assert not schedule.is_under_way("job")
    schedule.stop()


def test_stopping_waits_for_the_job_at_hand_and_runs_none_after_it(schedule: Schedule, job: Job) -> None:
    job.goes_on.clear()
    schedule.start()
    schedule.turn()
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


def test_a_job_may_begin_later_and_be_asked_for_sooner_or_later_than_it_would_run(played: Played) -> None:
    schedule = Schedule(lambda: played.wall, lambda: played.steady)
    schedule._scheduler._executors["default"] = DebugExecutor()
    schedule.every(HOUR, lambda: played.runs.append(played.steady), "rare", first_s=600.0)
    schedule.start()
    assert (schedule.turn(), played.runs) == (600.0, [])
    schedule.by("rare", played.steady + 900.0)
    assert schedule.turn() == 600.0, "it comes sooner anyhow"
    schedule.by("rare", played.steady + 5.0)
    assert schedule.turn() == 5.0
    schedule.at("rare", played.steady + 900.0)
    assert schedule.turn() == 900.0
    played.wall -= YEAR
    schedule.at("rare", played.steady - 1.0)
    assert schedule.turn() == HOUR, "an hour from when it ran"
    assert played.runs == [0.0]


def test_a_job_set_apart_keeps_no_other_from_running_and_is_not_run_twice_at_a_time(wall: Wall) -> None:
    apart, job = Job(), Job()
    apart.goes_on.clear()
    schedule = Schedule(wall, time.monotonic)
    schedule.every(HOUR, apart, "apart", apart=True)
    schedule.every(0.01, job, "job")
    job.turn = schedule.turn
    schedule.start()
    job.runs_again(5)
    until(lambda: apart.under_way, "the job set apart to begin")
    schedule.by("apart", 0.0)
    job.runs_again(5)
    apart.goes_on.set()
    schedule.stop()
    assert (apart.runs, apart.overlapped) == (1, False)
