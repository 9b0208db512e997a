"""Work that hangs: it is left behind in time, not begun again, and holds nothing else up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from sync.bounded import Bounded, TooLate
from tests.conftest import until

LIMIT_S = 10.0


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()
    until(lambda: not [t for t in threading.enumerate() if t.name.startswith("network ")], "the threads to end")


def test_what_the_work_gives_or_raises_is_given_or_raised() -> None:
    bounded = Bounded()
    assert bounded.run("work", lambda: 5, LIMIT_S) == 5
    assert bounded.run("work", lambda: None, LIMIT_S) is None
    with pytest.raises(ZeroDivisionError):
        bounded.run("work", lambda: 1 / 0, LIMIT_S)


def test_work_that_hangs_is_left_behind_and_not_begun_again_while_it_does(never: threading.Event) -> None:
    bounded, begun = Bounded(), []

    def hangs() -> None:
        begun.append(1)
        never.wait(60)

    for _ in range(3):
        with pytest.raises(TooLate, match=r"no answer within 0\.05 s"):
            bounded.run("hangs", hangs, 0.05)
    assert begun == [1]
    assert bounded.run("other", lambda: 5, LIMIT_S) == 5
    never.set()
    until(lambda: not bounded._threads["hangs"].is_alive(), "it to end")
    assert bounded.run("hangs", lambda: 6, LIMIT_S) == 6


def test_stop_ends_the_wait_at_once_and_every_later_one(never: threading.Event) -> None:
    bounded = Bounded()
    began = time.monotonic()
    threading.Timer(0.05, bounded.stop).start()
    with pytest.raises(TooLate):
        bounded.run("hangs", lambda: never.wait(60), 60.0)
    with pytest.raises(TooLate):
        bounded.run("other", lambda: 5, 60.0)
    assert time.monotonic() - began < LIMIT_S
