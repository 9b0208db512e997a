"""Posts a batch, and packs the one that follows meanwhile. Knows parcels and books; never verdicts or sockets.

With a backlog, packing and the endpoint's work take about as long: side by side they take half. What was packed
counts only while all is as it was foreseen; else it is thrown away, and the outbox asked anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sync.books import Book
from sync.outbox import Parcel

FRESH_MS = 2_000
"""A batch says how old the boot is: one that was packed longer ago would tell the endpoint a clock that is slow."""

_SWITCH_S = 0.0005
"""How long who packs may keep who posts from running: with Python's 5 ms the request leaves when all is packed."""

_Answer = TypeVar("_Answer")


class Ahead:
    """At most one batch, packed before it could be sent. `boottime_ms` gives the age of the boot."""

    def __init__(self, boottime_ms: Callable[[], int]) -> None:
        self._boottime_ms = boottime_ms
        self._parcel: Parcel | None = None
        self._at = 0

    def post(self, post: Callable[[], _Answer], pack: Callable[[], Parcel | None]) -> _Answer:
        """What `post` gives or raises, on a thread of its own; meanwhile `pack` makes the batch that follows."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        try:
            with ThreadPoolExecutor(1, "post") as line:
                answer = line.submit(post)
                self._at = self._boottime_ms()
                self._parcel = pack()
                return answer.result()
        finally:
            sys.setswitchinterval(before)

    def drop(self) -> None:
        """What was packed is not what follows."""
        self._parcel = None

    def take(self, limit: int, book: Book | None) -> Parcel | None:
        """What was packed, if it has at most `limit` rows, leans on this very `book` and is fresh. It is given once."""
        parcel, self._parcel = self._parcel, None
        fits = parcel is not None and parcel.span <= limit and parcel.book is book
        return parcel if fits and self._boottime_ms() - self._at <= FRESH_MS else None
