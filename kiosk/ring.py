"""The last warnings and errors, kept for whoever stands before the kiosk. Knows neither screen nor file."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Iterator

KEPT = 100
LONGEST = 400
"""Characters of a message that are kept."""


class Ring(logging.Handler):
    """Keeps the last warnings and errors, from any thread. Only what the program logs gets here, and that no secret."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it. Formatted now: what it names may change."""
        try:
            said = " ".join(record.getMessage().split())
        except Exception:  # noqa: BLE001  a log line that can't be formatted must stop nobody
            said = str(record.msg)
        self._records.append((record.created, f"{record.levelname.lower()}: {said}"[:LONGEST]))

    @property
    def lines(self) -> tuple[tuple[float, str], ...]:
        """When (Unix seconds, by the clock as it was), and what; the newest first."""
        return tuple(reversed(self._records.copy()))


@contextlib.contextmanager
def listening() -> Iterator[Ring]:
    """The last warnings and errors of this process are kept meanwhile."""
    ring = Ring()
    logging.getLogger().addHandler(ring)
    try:
        yield ring
    finally:
        logging.getLogger().removeHandler(ring)
