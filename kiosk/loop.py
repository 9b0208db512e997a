"""Sleeps on descriptors until something happens or a deadline comes. Never knows what happened or what for."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any


class Loop:
    """One queue that any thread may post to, and one sleeper. Not for nesting; `close` it at the end."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._posted: deque[Any] = deque()
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._open = threading.RLock()
        self._signals = False
        self._drains: dict[int, Callable[[int], None]] = {}
        self.stopped = False

    def close(self) -> None:
        """Let go of the descriptors. Whoever posts after that is heard by nobody, and no error."""
        if self._signals:
            signal.set_wakeup_fd(-1)
        with self._open:
            os.close(self._wake)
            os.close(self._waker)
            self._waker = -1

    def post(self, event: object) -> None:
        """Hand over an event and wake the sleeper; from any thread, never blocks."""
        self._posted.append(event)
        self._stir()

    def stop(self) -> None:
        """Make `stopped` true and wake the sleeper; from any thread or signal handler."""
        self.stopped = True
        self._stir()

    def _stir(self) -> None:
        # A full pipe wakes the sleeper as well as a fuller one would. The lock keeps the number from being
        # another file's by now; a signal may come in the middle of it, so the same thread may take it twice.
        with self._open, contextlib.suppress(BlockingIOError):
            if self._waker >= 0:
                os.write(self._waker, b"\0")

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the loop instead of the process. Only in the main thread."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        # The kernel may deliver a signal just before the poll: Python's handler would run only after it, so the
        # signal itself must make the pipe readable.
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._signals = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def watch(self, descriptor: int, drain: Callable[[int], None]) -> None:
        """Wake when `descriptor` can be read, and call `drain` with it then, which reads all that is there."""
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
                self._clear()
                continue
            drain = self._drains.get(descriptor)
            if happened & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                # A device that was pulled out must not spin the loop, nor one whose last input can't be read any more.
                # Before the drain: that may watch it, or another of its number, anew.
                self.forget(descriptor)
            if drain:
                drain(descriptor)

    def _clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake, 4096):
                pass
