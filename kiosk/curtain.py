"""Waits for a screen where there is none, and has the picture opened there. Knows no picture; never waits in place.

The process stays, since its pins do: while a kiosk starts anew nobody hears a press. It is asked only while nobody is
in the middle of a visit. Without a picture it looks each two seconds at what the kernel says anyway; with one, whoever
looks at the rest of the day each minute has it look too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from hardware import connectors
from hardware.display import Display
from hardware.errors import DisplayError

log = logging.getLogger(__name__)

LOOK_MS = 2_000
PATIENCE_MS = 10_000
"""How long a screen may take to tell its modes before it is tried without, and from a try that failed to the next."""
MOST_PAUSE_MS = 320_000
"""The same after several: a try takes its moment from whoever presses a button."""


class Curtain:
    """`reopen` opens the picture anew on the bare screen; where that fails off screen, with DisplayError.

    `root` is where /sys is looked for.
    """

    def __init__(
        self,
        display: Display,
        reopen: Callable[[], None],
        clock: Callable[[], int],
        root: Path = Path("/"),
    ) -> None:
        self._display = display
        self._reopen = reopen
        self._clock = clock
        self._root = root
        self._due_ms = clock() + LOOK_MS
        self._connected_ms: int | None = None
        self._pause_ms = PATIENCE_MS
        self._said = ""

    @property
    def deadline(self) -> int | None:
        """When `is_time` may have something to say; None while there is a picture."""
        return self._due_ms if self._is_dark else None

    @property
    def _is_dark(self) -> bool:
        return self._display.driver == "offscreen" or self._display.lost

    def watch(self) -> None:
        """See whether the screen was pulled out. The picture stays open: a screen that comes back is lit anew."""
        if self._is_dark:
            return
        seen = connectors.seen(self._root)
        if self._display.failing or (seen.told and not seen.connected):
            log.error("the screen was unplugged: going on without it")
            self._display.lost = True
            self._due_ms = self._clock() + LOOK_MS
            self._connected_ms = None

    def is_time(self) -> bool:
        """Whether a screen is there by now, so that it is time to `open` the picture."""
        now = self._clock()
        if not self._is_dark or now < self._due_ms:
            return False
        self._due_ms = now + LOOK_MS
        seen = connectors.seen(self._root)
        if not seen.connected:
            self._connected_ms = None
            self._pause_ms = PATIENCE_MS
            return False
        if self._connected_ms is None:
            self._connected_ms = now
        return seen.ready or now - self._connected_ms >= PATIENCE_MS

    def open(self) -> None:
        """Open the picture anew: surface and size are others then, whether it could be had or not."""
        try:
            self._reopen()
        except DisplayError as error:
            if str(error) != self._said:
                self._said = str(error)
                log.error("%s Going on without one", error)
            self._due_ms = self._clock() + self._pause_ms
            self._pause_ms = min(2 * self._pause_ms, MOST_PAUSE_MS)
        else:
            self._said, self._pause_ms = "", PATIENCE_MS
            log.warning("a screen was plugged in: the picture is %d x %d", *self._display.size)
