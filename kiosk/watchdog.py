"""When systemd may be told that the kiosk lives: only while each of its threads answers. Pure; never knows threads.

It asks whether threads answer, not whether devices are well. A panel with no pins and a store that can't write are
matters for the screen, since a restart would not mend them; a thread that is gone or hangs it does.

Each beat asks every thread, and the next one is given only if all have answered meanwhile. So at most one and a half
times the watchdog's time passes between a thread's end and the restart, a quiet kiosk is woken once for each beat, and
a thread may be busy for nearly the whole of the watchdog's time: the store, on a slow card, for 30 s at most.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

log = logging.getLogger(__name__)

Answers = Callable[[int], bool | None]
"""Whether a thread has answered since a moment, ms. Where not, this asks it, without waiting; None: there is none."""
_LOOKS_AGAIN = 8
"""While an answer is late, somebody looks so often in an interval. A beat in time is worth some wake-ups then."""


class Notifier(Protocol):
    """Who passes it on to systemd; hardware/watchdog.py has one."""

    interval_s: float | None

    def ready(self) -> None:
        """The start is over."""

    def beat(self) -> None:
        """All that must answer has answered."""

    def status(self, text: str) -> None:
        """How it is, in a line."""


class Heartbeat:
    """The beats of one process, given from the thread that calls `turn`, which must be the one that owns the screen.

    `threads` are the others, by name, None where there is none. `status` says how the kiosk is, at each beat.
    """

    def __init__(
        self,
        notifier: Notifier,
        threads: Mapping[str, Answers | None] | None = None,
        status: Callable[[], str] = str,
    ) -> None:
        self._notifier = notifier
        self._status = status
        self._interval_ms = None if notifier.interval_s is None else max(1, int(notifier.interval_s * 1000))
        self._threads = {name: answers for name, answers in (threads or {}).items() if answers is not None}
        self._asked_ms: int | None = None
        self._late: tuple[str, ...] = ()
        self._due_ms = 0

    def begin(self) -> None:
        """The kiosk is ready."""
        self._notifier.ready()
        self._notifier.status(self._status())

    @property
    def deadline(self) -> int | None:
        """When `turn` must be called next; None: never."""
        return None if self._interval_ms is None else self._due_ms

    def turn(self, now_ms: int) -> bool:
        """The loop has turned. Whether a beat was given: one was due, and nobody owes an answer."""
        if self._interval_ms is None or now_ms < self._due_ms:
            return False
        asked_ms = self._asked_ms
        if asked_ms is not None:
            late = tuple(name for name, answers in self._threads.items() if answers(asked_ms) is False)
            if late and late != self._late:
                log.warning("no answer yet from: %s", ", ".join(late))
            self._late = late
            if late:
                self._due_ms = now_ms + max(1, self._interval_ms // _LOOKS_AGAIN)
                return False
        self._notifier.beat()
        self._asked_ms = now_ms
        self._due_ms = now_ms + self._interval_ms
        for answers in self._threads.values():
            answers(now_ms)
        self._notifier.status(self._status())
        return True


class Screen(Protocol):
    """What there is to say of a screen."""

    driver: str

    @property
    def size(self) -> tuple[int, int]:
        """In pixels."""


def status(today: int | None, waiting: int | None, buttons: int, screen: Screen, said: str = "") -> str:
    """How the kiosk is, in one line for `systemctl status`; what is not known is left out.

    How many voted `today`, how many rows are `waiting` to be sent, how many buttons there are, which screen, and what
    that says of trouble.
    """
    width, height = screen.size
    votes = [] if today is None else [f"{today} {'vote' if today == 1 else 'votes'} today"]
    votes += [] if waiting is None else [f"{waiting} waiting"]
    parts = [", ".join(votes), f"buttons: {buttons or 'none'}", f"screen: {screen.driver} {width}x{height}", said]
    return "; ".join(part for part in parts if part)
