"""The sleep of sync: ended by a signal, a ring, a file that stirs, or its time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

SLEEPS = """
import os, sys
from kiosk.rest import Rest

rest = Rest()
reading, writing = os.pipe()
rest.watch(reading)
{before}
print("sleeps", flush=True)
print("ended", rest({seconds}), flush=True)
{after}
rest.close()
"""


def sleeper(seconds: float, before: str = "", after: str = "") -> subprocess.Popen[str]:
    script = SLEEPS.format(seconds=seconds, before=before, after=after)
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str]) -> list[str]:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_sleep_and_says_that_the_end_has_come(number: signal.Signals) -> None:
    process = sleeper(600)
    assert process.stdout is not None
    assert process.stdout.readline() == "sleeps\n"
    process.send_signal(number)
    assert heard(process) == ["ended True"]


def test_a_signal_that_came_before_the_sleep_ends_it() -> None:
    before = "import signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert heard(sleeper(600, before, 'print("again", rest(600))')) == ["sleeps", "ended True", "again True"]


def test_a_ring_ends_the_sleep_once_and_from_any_thread() -> None:
    before = "import threading; threading.Timer(0.05, rest.ring).start()"
    assert heard(sleeper(600, before, 'rest.ring(); print("again", rest(600))')) == [
        "sleeps",
        "ended False",
        "again False",
    ]


def test_what_stirs_ends_the_sleep_and_who_does_not_care_forgets_it() -> None:
    after = "rest.forget(reading); import time; began = time.monotonic(); rest(0.2)"
    after += "; print(time.monotonic() - began > 0.15)"
    assert heard(sleeper(600, 'os.write(writing, b"!")', after)) == ["sleeps", "ended False", "True"]


def test_a_time_that_is_over_ends_the_sleep_and_none_is_left_of_it() -> None:
    began = time.monotonic()
    assert heard(sleeper(0.2001)) == ["sleeps", "ended False"]
    assert time.monotonic() - began > 0.2
