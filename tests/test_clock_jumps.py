"""The real kiosk, sync and collector, while the wall clock of kiosk and sync is thrown about: libfaketime moves it.

Only the wall clock: CLOCK_MONOTONIC and CLOCK_BOOTTIME go on, as they do in a Pi whose clock is set. Who vouches
for the clock is a file that the test makes, since on a machine with NTP the kernel would vouch for the faked time.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.reader import Reader
from sync.beat import EVERY_S
from sync.pace import FRESH_S
from tests.conftest import ROOT, until
from tests.running import Place

HOUR = 3_600
DAY = 24 * HOUR
YEAR = 365 * DAY
STEPS_S = {"back an hour": -HOUR, "on 30 days": 30 * DAY, "on a year": YEAR, "back ten years": -10 * YEAR}
NTP_ERROR_S = 300
"""NTP differs from the collector by this, so that one can see whose word is taken."""
WITHIN_S = 20.0
"""Two periods of sync are 2 s; the rest is for a slow machine."""
JOBS = 3
"""To send, to look at the network, to give a sign of life. Each may be due at once after a step, and once only."""
STORM_KIB = 60_000
"""APScheduler's own trigger takes 14 s and 619 MB to list the runs missed in a year."""

VOUCHER = """\
import os, pathlib
import hardware.board
hardware.board._synchronised = lambda root: pathlib.Path(os.environ["MOODPOST_TEST_VOUCHER"]).exists()
"""
WAKE_UPS = """\
import math, os, sys
if "sync" in sys.orig_argv:
    from apscheduler.job import Job
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.schedulers.base import BaseScheduler
    from apscheduler.triggers.interval import IntervalTrigger
    import sync.schedule

    listed = 0
    run_times, process_jobs = Job._get_run_times, BaseScheduler._process_jobs

    def counted(job, now):
        global listed
        found = run_times(job, now)
        listed += len(found)
        return found

    def noted(scheduler):
        global listed
        listed = 0
        wait_s = process_jobs(scheduler)
        with open(os.environ["MOODPOST_TEST_WAKE_UPS"], "a") as file:
            file.write(f"{listed}\\n")
        return wait_s

    Job._get_run_times, BaseScheduler._process_jobs = counted, noted

    class Plain(IntervalTrigger):
        due_s = math.nan
        begun = ended = 0

        def __init__(self, seconds, steady, first_s):
            super().__init__(seconds=seconds, timezone="UTC")

    if os.environ.get("MOODPOST_TEST_PLAIN"):
        sync.schedule.EveryFromNow = Plain
        sync.schedule.ByTurns = BackgroundScheduler
        sync.schedule.Schedule.turn = lambda schedule: 1.0
"""
"""Each time that sync's scheduler wakes up, and how many runs it lists then. Processor time would tell little: under
libfaketime most of it is the reading of its file for every look at a clock. PLAIN is APScheduler left to itself."""


class WallClock:
    """The wall clock that the processes see: this machine's, moved."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset_s = 0
        self._file = folder / "faketime"
        self._voucher = folder / "ntp-has-answered"
        self.step_to(0)
        # Loaded by Python itself before anything else; sitecustomize is what it is called.
        (folder / "sitecustomize.py").write_text(VOUCHER + WAKE_UPS, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{ROOT}")
        monkeypatch.setenv("MOODPOST_TEST_VOUCHER", str(self._voucher))
        self._wake_ups = folder / "wake-ups"
        self._wake_ups.touch()
        monkeypatch.setenv("MOODPOST_TEST_WAKE_UPS", str(self._wake_ups))
        monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(self._file))
        monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
        monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        self._monkeypatch = monkeypatch

    def __enter__(self) -> None:
        """Processes started from here on see this clock."""
        self._monkeypatch.setenv("LD_PRELOAD", str(library()))

    def __exit__(self, *_: object) -> None:
        self._monkeypatch.delenv("LD_PRELOAD")

    def step_to(self, offset_s: int) -> None:
        """Let it stand so many seconds from the true time, at once and for all processes."""
        self.offset_s = offset_s
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset_s:+d}\n", encoding="ascii")
        fresh.replace(self._file)

    def step(self, seconds: int) -> None:
        self.step_to(self.offset_s + seconds)

    def listed(self) -> list[int]:
        """How many runs sync's scheduler has listed, each time that it woke up."""
        return [int(line) for line in self._wake_ups.read_text(encoding="ascii").splitlines()]

    def ntp_vouches(self, whether: bool) -> None:
        if whether:
            self._voucher.touch()
        else:
            self._voucher.unlink(missing_ok=True)


def library() -> Path:
    found = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), *Path("/usr/lib/faketime").glob("*MT.so.1")]
    assert found, "libfaketime is needed: apt-get install faketime"
    return found[0]


class Street:
    """A place, and somebody who presses one button after the other."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.pressed_at: list[float] = []
        self._faces = itertools.cycle((1, 2, 3, 4))  # the same button twice within its quiet time would be its bounce

    def vote_arrives(self, after: str) -> None:
        """Press, and wait until the vote is at the collector."""
        self.pressed_at.append(time.time())
        self.place.members["kiosk"].order(f"press {next(self._faces)}")
        count = len(self.pressed_at)
        until(lambda: len(self.place.collected("vote")) >= count, f"the vote {after} at the collector", WITHIN_S)
        threading.Event().wait(0.1)

    def told_off_by_s(self) -> list[float]:
        """How far the collector's time of each vote lies from the true one, in seconds."""
        told = [datetime.fromisoformat(row["time"]).timestamp() for row in self.place.collected("vote")]
        return [one - true for one, true in zip(told, self.pressed_at, strict=True)]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    place = Place(tmp_path)
    yield Street(place)
    place.close()


@pytest.fixture
def wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    return WallClock(tmp_path, monkeypatch)


def start(street: Street, wall: WallClock) -> None:
    with wall:
        street.place.kiosk("--pins", "mock", "--screen", "offscreen")
        street.place.start("sync")


def test_votes_arrive_and_their_times_are_right_whatever_the_wall_clock_does(street: Street, wall: WallClock) -> None:
    place = street.place
    place.collector()
    wall.step_to(-round(time.time()) + DAY)  # the second of January 1970
    start(street, wall)
    street.vote_arrives("in 1970")
    with Reader(place.folder / "votes.db") as reader:
        (anchor,) = reader.boots()[0].anchors
    assert (anchor.wall_ms // 1000 // DAY, anchor.by) == (1, "nobody"), "the kiosk's clock is not moved"
    acknowledged = until(lambda: place.heard["sync"].all("acknowledged"), "sync to hear of it")
    assert acknowledged[0]["at"] < 2 * DAY, "sync's clock is not moved"
    wall.step_to(-40 * DAY)
    street.vote_arrives("after the saved clock was set")
    for name, step_s in STEPS_S.items():
        kib, before, began = memory_kib(place), len(wall.listed()), time.monotonic()
        wall.step(step_s)
        street.vote_arrives(f"after a step {name}")
        street.vote_arrives(f"after the one after a step {name}")
        listed, seconds = wall.listed()[before:], time.monotonic() - began
        assert 1 <= max(listed) <= JOBS, f"runs missed are listed after a step {name}"
        # One a period; and one for each look that finds a job's next run out of its place, as after the step.
        assert len(listed) <= 2 * seconds / FRESH_S + 3 * JOBS, f"a storm after a step {name}"
        assert memory_kib(place) - kib < STORM_KIB, f"a storm after a step {name}"
    # Nobody vouched for any of that, so every time is by the endpoint's clock.
    assert max(map(abs, street.told_off_by_s())) < 60

    # The kiosk starts anew, since it reads its clock then; sync goes on.
    place.members["kiosk"].end()
    wall.step_to(NTP_ERROR_S)
    wall.ntp_vouches(True)
    with wall:
        place.kiosk("--pins", "mock", "--screen", "offscreen")
    street.vote_arrives("after NTP has answered")
    off = street.told_off_by_s()
    assert max(abs(one - NTP_ERROR_S) for one in off) < 60, "NTP is to be believed, also for what was sent before"

    place.members["kiosk"].end()
    wall.step_to(-10 * YEAR)
    wall.ntp_vouches(False)
    with wall:
        place.kiosk("--pins", "mock", "--screen", "offscreen")
    street.vote_arrives("after somebody set the clock wrong")
    assert max(abs(one - NTP_ERROR_S) for one in street.told_off_by_s()) < 60, "who vouches for nothing changes nothing"
    rows = place.collected("vote", "end", "mark")  # an even pace is a machine's
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["value"][0] for row in rows if row["kind"] == "vote"] == list(
        itertools.islice(itertools.cycle("1234"), len(street.pressed_at))
    )


def test_a_scheduler_left_to_itself_is_seen_listing_every_run_it_missed(
    street: Street, wall: WallClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOODPOST_TEST_PLAIN", "yes")
    with wall:
        street.place.start("sync")
    until(lambda: any(wall.listed()), "sync to begin")
    wall.step(DAY)
    until(lambda: max(wall.listed()) > 0.9 * DAY / EVERY_S, "the runs of a day to be listed")


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("EET-2EEST,M3.5.0/3,M10.5.0/4", "2026-10-25T01:00:00Z"),
        ("EET-2EEST,M3.5.0/3,M10.5.0/4", "2026-03-29T01:00:00Z"),
    ],
    ids=["Helsinki, an hour back", "Helsinki, an hour on"],
)
def test_the_night_the_clocks_change_is_a_night_like_any_other(
    street: Street, wall: WallClock, monkeypatch: pytest.MonkeyPatch, zone: str, change: str
) -> None:
    """Kiosk, sync and collector in that time zone; local time jumps after the first votes."""
    moment = datetime.fromisoformat(change).timestamp()
    monkeypatch.setenv("TZ", zone)
    assert local_time(moment - 1)[-4:] != local_time(moment)[-4:], "no change in this zone then"
    street.place.collector()
    wall.step_to(round(moment - time.time()) - 10)
    wall.ntp_vouches(True)
    start(street, wall)
    street.vote_arrives("before the change")
    until(lambda: time.time() + wall.offset_s > moment + 1, "the change", 60)
    street.vote_arrives("after the change")
    street.vote_arrives("after that")
    off = street.told_off_by_s()
    assert max(off) - min(off) < 10
    assert abs(off[0] - wall.offset_s) < 10


def local_time(moment: float) -> str:
    """The time and its distance from UTC in the zone that the environment names."""
    shown = "import sys, time; print(time.strftime('%T %z', time.localtime(float(sys.argv[1]))))"
    return subprocess.run(
        [sys.executable, "-c", shown, str(moment)], check=True, capture_output=True, text=True
    ).stdout.strip()


def memory_kib(place: Place) -> int:
    """The most KiB of memory that kiosk and sync have taken."""
    found = (Path(f"/proc/{place.members[name].pid}/status").read_text() for name in ("kiosk", "sync"))
    return sum(int(status.partition("VmHWM:")[2].split()[0]) for status in found)
