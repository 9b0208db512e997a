"""Sleeps on descriptors until something happens or a deadline comes. Never knows what happened or what for."""

from __future__ import annotations

import os
import select
import signal
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


class Loop:
    """One queue that any thread may post to, and one sleeper. Not for nesting; `close` it at the end."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._posted: deque[Any] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._drains: dict[int, Callable[[int], None]] = {}
        self.stopped = False

    def close(self) -> None:
        """Let go of the descriptor."""
        os.close(self._wake)

    def post(self, event: object) -> None:
        """Hand over an event and wake the sleeper; from any thread, never blocks."""
        self._posted.append(event)
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """Make `stopped` true and wake the sleeper; from any thread or signal handler."""
        self.stopped = True
        os.eventfd_write(self._wake, 1)

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the loop instead of the process."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def watch(self, descriptor: int, drain: Callable[[int], None]) -> None:
        """Wake when `descriptor` can be read, and call `drain` with it then."""
        self._drains[descriptor] = drain
        self._poll.register(descriptor, select.POLLIN)

    def forget(self, descriptor: int) -> None:
        """Watch it no more."""
        if self._drains.pop(descriptor, None):
            self._poll.unregister(descriptor)

    def taken(self) -> Iterator[Any]:
        """The events posted so far, each once."""
        while self._posted:
            yield self._posted.popleft()

    def sleep(self, deadline_ms: int | None, at_most_ms: int | None = None) -> None:
        """Until something is posted or stirs, or the clock passes `deadline_ms` or `at_most_ms` have gone by."""
        if self._posted or self.stopped:
            return
        waits = [] if deadline_ms is None else [max(0, deadline_ms - self._clock())]
        waits += [] if at_most_ms is None else [at_most_ms]
        for descriptor, happened in self._poll.poll(min(waits) if waits else None):
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
                continue
            self._drains[descriptor](descriptor)
            if happened & (select.POLLHUP | select.POLLERR | select.POLLNVAL) and not happened & select.POLLIN:
                self.forget(descriptor)  # a device that was pulled out must not spin the loop
