"""What takes its time: nobody waits for it, each is answered for in time, and no answer comes to the wrong person."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import pytest

from kiosk.backstage.errands import Came, Errands
from tests.conftest import Clock


class Home:
    """Where errands come home to."""

    def __init__(self, clock: Clock) -> None:
        self.came: queue.SimpleQueue[Came] = queue.SimpleQueue()
        self.errands = Errands(self.came.put, clock)

    def next(self) -> object:
        return self.errands.home(self.came.get(timeout=20))


@pytest.fixture
def home(clock: Clock) -> Home:
    return Home(clock)


def test_it_brings_what_it_found_and_tells_on_the_way(home: Home) -> None:
    def work(tell: Callable[[object], None]) -> str:
        tell("half")
        return "whole"

    assert home.errands.send("x", work, "late", 1_000) is None
    assert [home.next(), home.next()] == ["half", "whole"]
    assert home.errands.deadline is None


def test_one_that_hangs_is_answered_for_and_not_sent_again(home: Home, clock: Clock) -> None:
    go = threading.Event()
    sent = []

    def hang(_: object) -> str:
        sent.append(1)
        go.wait()
        return "too late"

    home.errands.send("x", hang, "late", 1_000)
    assert home.errands.send("x", hang, "late", 1_000) is None  # under way
    assert home.errands.deadline == clock.ms + 1_000
    assert home.errands.late(clock.move(0.999)) == []
    assert home.errands.late(clock.move(0.001)) == ["late"]
    assert home.errands.send("x", hang, "late", 1_000) == "late"
    go.set()
    assert home.next() is None
    assert sent == [1]
    home.errands.send("x", lambda _: "again", "late", 1_000)
    assert home.next() == "again"


def test_one_that_fails_is_answered_for_and_the_log_says_why(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> str:
        raise OSError("the card is gone")

    home.errands.send("look", fail, "late", 1_000)
    assert home.next() == "late"
    assert "look: failed" in caplog.text
    assert "the card is gone" in caplog.text


def test_whoever_comes_next_gets_all_of_what_is_under_way_where_that_is_shared(home: Home) -> None:
    go, sent = threading.Event(), []

    def look(tell: Callable[[object], None]) -> str:
        sent.append(1)
        tell("half")
        go.wait()
        return "whole"

    home.errands.send("look", look, "late", 1_000)
    assert home.next() == "half"
    home.errands.forget()
    assert home.errands.deadline is None
    assert home.errands.send("look", look, "late", 1_000) is None
    assert home.next() == "half"
    go.set()
    assert home.next() == "whole"
    assert sent == [1]


def test_what_is_not_shared_comes_home_to_nobody_else_and_is_not_done_twice_at_once(home: Home) -> None:
    go, sent = threading.Event(), []

    def deed(_: object) -> str:
        sent.append(1)
        go.wait()
        return "right"

    home.errands.send("pin", deed, "late", 1_000, shared=False)
    home.errands.forget()
    assert home.errands.send("pin", deed, "late", 1_000, shared=False) == "late"
    go.set()
    assert home.next() is None
    assert sent == [1]


def test_one_that_hangs_is_remembered_over_who_is_next(home: Home, clock: Clock) -> None:
    go = threading.Event()
    home.errands.send("x", lambda _: go.wait(), "late", 1_000)
    home.errands.forget()
    clock.move(1.0)
    assert home.errands.send("x", lambda _: go.wait(), "late", 1_000) == "late"
    go.set()


def test_what_was_sent_for_one_never_comes_to_another(clock: Clock) -> None:
    first, second = Home(clock), Home(clock)
    go = threading.Event()
    first.errands.send("pin", lambda _: go.wait() and "right", "late", 1_000)
    second.errands.send("pin", lambda _: go.wait() and "wrong", "late", 1_000)
    go.set()
    assert second.errands.home(first.came.get(timeout=20)) is None
    assert second.next() == "wrong"
