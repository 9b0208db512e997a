"""How far a card is, told while it is written: share, rate, time left. Never knows what is done.

A terminal gets one line that changes; anything else (a file, a pipe) a line each ten percent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_EACH_S = 0.2
_BAR = 24


class Progress:
    """Of one thing of `total` bytes, called `label`; called with how many are done."""

    def __init__(self, label: str, total: int, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._label, self._total, self._out, self._clock = label, max(1, total), out, clock
        self._live = out.isatty()
        self._began = self._told_at = clock()
        self._told = 0
        """Tenths."""

    def __call__(self, done: int) -> None:
        """So many bytes are done."""
        now = self._clock()
        last = done >= self._total
        if self._live:
            if last or now - self._told_at >= _EACH_S:
                self._told_at = now
                full = _BAR * done // self._total
                self._say(f"\r{self._label}  [{'#' * full}{'-' * (_BAR - full)}] {self._line(done, now)}\033[K")
            if last:
                self._say("\n")
        elif (tenth := 10 * done // self._total) > self._told:
            self._told = tenth
            self._say(f"{self._label.rstrip()}: {self._line(done, now)}\n")

    def broken_off(self) -> None:
        """Leave the line that changes as it is."""
        if self._live:
            self._say("\n")

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def _line(self, done: int, now: float) -> str:
        spent = max(now - self._began, 1e-9)
        line = f"{100 * done // self._total:3d} %  {done / 1e6:.0f} of {self._total / 1e6:.0f} MB  "
        line += f"{done / spent / 1e6:.1f} MB/s"
        if done >= self._total:
            return f"{line}  in {_span(spent)}"
        return f"{line}  {_span(spent * (self._total - done) / max(1, done))} left"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
