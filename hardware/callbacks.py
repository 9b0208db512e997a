"""Whether the thread that tells of edges lives. Knows lgpio's pipe and its reader; never buttons.

lgpio reads all edges from one pipe on one thread, and that thread ends for good at the first exception in any
callback. A press would prove that it lives, but nobody may come for hours. So a message like an edge's is put into
that same pipe, of a chip that no board has, and whoever reads the pipe hands it back.
"""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any

from gpiozero.pins import Factory

log = logging.getLogger(__name__)

_MESSAGE = struct.Struct("QBBBBI")
"""lgpio's `lgGpioReport_t`: a time in ns, chip, pin, level, flags; and four bytes to fill up."""
_NOWHERE = 255
"""A chip, and a pin, that no lgpio hands out: its handles begin at 0, and a board has 54 pins at most."""


class CallbackThread:
    """lgpio's thread, as the module `lgpio` has it; AttributeError or OSError where that is another lgpio."""

    def __init__(self, lgpio: Any, clock: Callable[[], int]) -> None:
        self._thread = lgpio._notify_thread
        self._clock = clock
        self._asked_ms: int | None = None
        self._answered_ms: int | None = None
        self._answered = threading.Event()
        # Of the reader's own descriptor: the pipe's name is gone, and the end to write to is hidden in the library.
        self._pipe = os.open(f"/proc/self/fd/{self._thread._file.fileno()}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread.append(self)

    # What lgpio's thread looks for in each callback that it was given.
    chip = gpio = _NOWHERE

    def func(self, _chip: int, _gpio: int, _level: int, _tick: int) -> None:
        """On lgpio's thread: the message came through."""
        with contextlib.suppress(Exception):
            self._answered_ms = self._clock()
            self._answered.set()

    def answers(self, since_ms: int) -> bool:
        """Whether it has handed something back since the moment `since_ms`; if not it is asked, and answers soon."""
        if not self._thread.is_alive():
            return False
        if self._answered_ms is not None and self._answered_ms >= since_ms:
            return True
        # Once a moment: the pipe of a thread that hangs must not fill up with questions.
        if self._asked_ms is None or self._asked_ms < since_ms:
            self._asked_ms = self._clock()
            self._ask()
        return False

    def answers_within(self, seconds: float) -> bool:
        """Whether it answers now; waits for it, so never on the thread that owns the screen."""
        self._answered.clear()
        self._ask()
        return self._answered.wait(seconds if self._thread.is_alive() else 0)

    def _ask(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._pipe, _MESSAGE.pack(0, _NOWHERE, _NOWHERE, 0, 0, 0))

    def close(self) -> None:
        """Ask no more."""
        self._thread.remove(self)
        os.close(self._pipe)


def thread_of(factory: Factory, clock: Callable[[], int]) -> CallbackThread | None:
    """The thread that tells of edges on `factory`'s pins.

    None where there is none (mock pins tell at once), or where this lgpio keeps it otherwise than the one we know.
    """
    lgpio = sys.modules.get("lgpio")
    if lgpio is None or type(factory).__module__ != "gpiozero.pins.lgpio":
        return None
    try:
        return CallbackThread(lgpio, clock)
    except (AttributeError, OSError) as error:
        log.warning("whether presses still arrive can't be told with this lgpio (%s)", error)
        return None
