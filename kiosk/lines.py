"""Lines to standard output that never make anybody wait. Knows nothing of what they say.

A trace is for whoever looks; if he stops reading, lines are dropped, and the kiosk or the sending goes on.
"""

from __future__ import annotations

import os
import queue
import sys
import threading

WAITING_LINES = 10_000
"""More than these waiting for a reader, and further ones are dropped."""
FLUSH_S = 2.0
"""How long the end of the program waits for what is still to be read."""


class Lines:
    """A writer with a thread of its own; `close` gives the last lines a moment."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self._waiting: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._thread = threading.Thread(target=self._write, name="lines", daemon=True)
        self._thread.start()

    def __call__(self, line: str) -> None:
        """Write a line, soon, or not at all."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            return

    def close(self) -> None:
        """Let what waits be written, for FLUSH_S seconds at the most."""
        try:
            self._waiting.put(None, timeout=FLUSH_S)
        except queue.Full:
            return
        self._thread.join(FLUSH_S)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            data = (line + "\n").encode()
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                return  # nobody is there any more
