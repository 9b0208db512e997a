"""How often each button was pressed before this start, from the store. Knows rows and faces; never pins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from kiosk.errors import KioskError

log = logging.getLogger(__name__)

ROWS = 2_000
"""The newest rows that are looked at: enough for 200 presses even where each visit leaves ten rows."""


class Earlier:
    """Reads once, when it is first called, from any thread but the one that owns the screen.

    Not each time: what is pressed from the start on is counted by the panel, and would be counted twice.
    """

    def __init__(self, votes: Path, buttons: int) -> None:
        """`votes` is the store, `buttons` how many the panel has."""
        self._votes = votes
        self._buttons = buttons
        self._lock = threading.Lock()
        self._counts: Sequence[int] | None = None

    def __call__(self) -> Sequence[int]:
        """Presses by button, the happiest first; empty where they can't be known."""
        with self._lock:
            if self._counts is None:
                self._counts = self._read()
            return self._counts

    def _read(self) -> Sequence[int]:
        from kiosk.reader import Reader

        if not self._buttons or not self._votes.exists():
            return ()
        counts = [0] * self._buttons
        try:
            with Reader(self._votes) as reader:
                rows = reader.newest(reader.last(), ROWS).rows
        except KioskError as error:
            log.info("earlier presses of the buttons can't be told: %s", error)
            return ()
        for row in rows:
            face, _, faces = row.value.partition("/")
            # A survey with more or fewer faces than buttons tells nothing of the buttons beside them.
            if row.kind == "vote" and row.ui == "physical" and faces == str(self._buttons):
                counts[int(face) - 1] += 1
        return counts
