"""The loop sleeps until something is posted, stirs or is due, and wakes for nothing else."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kiosk.loop import Loop
from tests.conftest import ROOT, Clock


class CountingPoll:
    """A poll that notes how long it was asked to wait and how often it returned."""

    def __init__(self, poll: Any) -> None:
        self._poll = poll
        self.asked: list[int | None] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poll, name)

    def poll(self, timeout: int | None) -> Any:
        self.asked.append(timeout)
        return self._poll.poll(timeout)


@pytest.fixture
def loop(clock: Clock) -> Iterator[Loop]:
    with contextlib.closing(Loop(clock)) as loop:
        yield loop


@pytest.fixture
def poll(loop: Loop) -> CountingPoll:
    loop._poll = counting = CountingPoll(loop._poll)  # type: ignore[assignment]
    return counting


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    yield reading, writing
    for descriptor in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def read_all(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def within(seconds: float, work: Callable[[], None]) -> None:
    """Do `work` on this thread; should it sleep for ever, an alarm ends it with an error instead."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"it slept for more than {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_what_was_posted_is_taken_once_and_in_order(loop: Loop) -> None:
    for event in ("a", "b", "c"):
        loop.post(event)
    assert list(loop.taken()) == ["a", "b", "c"]
    assert list(loop.taken()) == []


def test_what_is_posted_while_the_rest_is_taken_is_taken_too(loop: Loop) -> None:
    loop.post("a")
    taken = loop.taken()
    assert next(taken) == "a"
    loop.post("b")
    assert list(taken) == ["b"]


def test_a_post_from_a_thread_wakes_the_sleeper(loop: Loop, poll: CountingPoll) -> None:
    asleep = threading.Event()
    poll.poll = lambda timeout: (asleep.set(), poll._poll.poll(timeout))[1]  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: (asleep.wait(), loop.post("pressed")))
    thread.start()
    within(20, lambda: loop.sleep(None))
    thread.join()
    assert list(loop.taken()) == ["pressed"]


def test_posts_from_many_threads_all_arrive(loop: Loop) -> None:
    def post(sender: int) -> None:
        for number in range(500):
            loop.post((sender, number))

    threads = [threading.Thread(target=post, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    got: list[Any] = []

    def take() -> None:
        while len(got) < 2_000:
            loop.sleep(None)
            got.extend(loop.taken())

    within(20, take)
    for thread in threads:
        thread.join()
    assert sorted(got) == [(sender, number) for sender in range(4) for number in range(500)]
    assert [n for s, n in got if s == 2] == list(range(500))


def test_more_posts_than_the_wake_up_holds_block_nobody(loop: Loop) -> None:
    within(20, lambda: [loop.post(number) for number in range(100_000)] and None)
    assert len(list(loop.taken())) == 100_000


def test_the_loop_does_not_sleep_on_events_that_wait_nor_once_it_was_stopped(loop: Loop, poll: CountingPoll) -> None:
    loop.post("waiting")
    loop.sleep(None)
    list(loop.taken())
    loop.stop()
    loop.sleep(None)
    assert poll.asked == []


@pytest.mark.parametrize(
    ("deadline_in", "at_most", "asked"),
    [(None, None, None), (70, None, 70), (None, 15, 15), (70, 15, 15), (10, 15, 10), (0, None, 0), (-500, None, 0)],
)
def test_it_sleeps_until_the_nearer_of_deadline_and_limit(
    loop: Loop, clock: Clock, deadline_in: int | None, at_most: int | None, asked: int | None
) -> None:
    waits: list[int | None] = []
    loop._poll = type("Poll", (), {"poll": lambda _, timeout: waits.append(timeout) or []})()  # type: ignore[assignment]
    loop.sleep(None if deadline_in is None else clock() + deadline_in, at_most)
    assert waits == [asked]


def test_a_deadline_ends_a_real_sleep(loop: Loop, clock: Clock) -> None:
    within(20, lambda: loop.sleep(clock() + 20))


def test_it_wakes_once_for_many_posts_and_then_sleeps_again(loop: Loop, clock: Clock, poll: CountingPoll) -> None:
    for _ in range(5_000):
        loop.post("x")
    list(loop.taken())
    loop.sleep(clock() + 1)  # wakes for the posts that were taken already
    assert poll._poll.poll(0) == []  # nothing is left that would wake it
    assert len(poll.asked) == 1


def test_a_descriptor_that_stirs_wakes_the_sleeper_and_is_drained(
    loop: Loop, poll: CountingPoll, pipe: tuple[int, int]
) -> None:
    drained: list[int] = []
    loop.watch(pipe[0], lambda descriptor: (drained.append(descriptor), read_all(descriptor))[0])
    os.write(pipe[1], b"input")
    within(20, lambda: loop.sleep(None))
    assert drained == [pipe[0]]
    assert poll._poll.poll(0) == []


def test_a_descriptor_that_was_forgotten_wakes_nobody(loop: Loop, clock: Clock, pipe: tuple[int, int]) -> None:
    loop.watch(pipe[0], lambda _: pytest.fail("drained after it was forgotten"))
    loop.forget(pipe[0])
    loop.forget(pipe[0])
    os.write(pipe[1], b"input")
    loop.sleep(clock() + 1)
    assert loop._poll.poll(0) == []


@pytest.mark.parametrize("last_words", [b"", b"unread"], ids=["nothing unread", "something unread"])
def test_a_descriptor_whose_other_end_is_gone_is_forgotten(
    loop: Loop, clock: Clock, poll: CountingPoll, pipe: tuple[int, int], last_words: bytes
) -> None:
    drained: list[int] = []
    loop.watch(pipe[0], drained.append)  # like a device that was pulled out: what is left can't be read any more
    os.write(pipe[1], last_words)
    os.close(pipe[1])
    loop.sleep(clock() + 1)
    assert poll._poll.poll(0) == []
    loop.sleep(clock() + 1)
    assert drained == [pipe[0]]


def test_a_drain_may_watch_another_device_under_the_number_of_the_one_that_is_gone(
    loop: Loop, pipe: tuple[int, int]
) -> None:
    other, other_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    drained: list[int] = []

    def replace(descriptor: int) -> None:
        os.dup2(other, descriptor)
        loop.watch(descriptor, lambda descriptor: (drained.append(descriptor), read_all(descriptor))[0])

    loop.watch(pipe[0], replace)
    os.close(pipe[1])
    within(20, lambda: loop.sleep(None))
    os.write(other_end, b"input")
    within(20, lambda: loop.sleep(None))
    assert drained == [pipe[0]]
    os.close(other)
    os.close(other_end)


def test_a_descriptor_that_was_closed_is_forgotten(loop: Loop, clock: Clock, poll: CountingPoll) -> None:
    reading, writing = os.pipe()
    loop.watch(reading, lambda _: None)
    os.close(reading)
    os.close(writing)
    loop.sleep(clock() + 1)
    assert poll._poll.poll(0) == []


def test_a_drain_may_forget_another_descriptor_that_stirs_as_well(loop: Loop, clock: Clock) -> None:
    pipes = [os.pipe(), os.pipe()]
    called = []

    def forget_all(descriptor: int) -> None:
        called.append(descriptor)
        for reading, _ in pipes:
            loop.forget(reading)

    for reading, writing in pipes:
        loop.watch(reading, forget_all)
        os.write(writing, b"x")
    loop.sleep(clock() + 1)
    assert len(called) == 1
    for ends in pipes:
        for descriptor in ends:
            os.close(descriptor)


def test_a_loop_that_has_nothing_to_do_returns_from_poll_once_a_deadline(
    loop: Loop, clock: Clock, poll: CountingPoll, pipe: tuple[int, int]
) -> None:
    loop.watch(pipe[0], read_all)
    for _ in range(5):
        loop.sleep(clock() + 2)
    assert poll.asked == [2] * 5


def test_stop_from_a_thread_wakes_the_sleeper(loop: Loop) -> None:
    thread = threading.Thread(target=loop.stop)
    thread.start()
    within(20, lambda: loop.sleep(None))
    thread.join()
    assert loop.stopped


@pytest.fixture
def handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_wakes_the_sleeper_and_stops_the_loop(loop: Loop, poll: CountingPoll, number: signal.Signals) -> None:
    loop.stop_on_signals()

    def poll_as_the_signal_comes(timeout: int | None) -> Any:
        os.kill(os.getpid(), number)
        return poll._poll.poll(timeout)

    poll.poll = poll_as_the_signal_comes  # type: ignore[method-assign]
    within(20, lambda: loop.sleep(None))
    assert loop.stopped


@pytest.mark.usefixtures("handlers")
def test_a_signal_that_python_has_not_handled_yet_ends_the_sleep_all_the_same(loop: Loop) -> None:
    # As if it came after Python's last look for signals and before the system call: only the kernel's own
    # notice, the byte in the pipe, can end the poll then.
    loop.stop_on_signals()
    signal.signal(signal.SIGTERM, lambda *_: None)
    os.kill(os.getpid(), signal.SIGTERM)
    assert loop._poll.poll(0) == [(loop._wake, select.POLLIN)]


@pytest.mark.usefixtures("handlers")
def test_signals_and_posts_after_the_end_are_no_errors_and_write_into_nobody_elses_file(clock: Clock) -> None:
    loop = Loop(clock)
    loop.stop_on_signals()
    loop.close()
    others = [os.pipe2(os.O_NONBLOCK), os.pipe2(os.O_NONBLOCK)]  # these get the numbers that the loop had
    os.kill(os.getpid(), signal.SIGTERM)
    loop.post("late")
    for reading, writing in others:
        with pytest.raises(BlockingIOError):
            os.read(reading, 1)
        os.close(reading)
        os.close(writing)
    assert loop.stopped


def test_close_leaves_no_descriptor_open(clock: Clock) -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    Loop(clock).close()
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


SLEEPER = """
import contextlib, os, time
from kiosk.loop import Loop
with contextlib.closing(Loop(lambda: 0)) as loop:
    loop.stop_on_signals()
    print("asleep", flush=True)
    loop.sleep(None)
    print("stopped", loop.stopped, time.process_time() < 5, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_process_asleep_in_the_loop_ends_in_order_with_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        process.send_signal(number)
        assert process.communicate(timeout=20)[0] == "stopped True True\n"
        assert process.returncode == 0
