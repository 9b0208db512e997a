"""How many rows a batch may have: few at first, more while a backlog goes quickly. Pure; never knows what they say."""

from __future__ import annotations

BATCH_ROWS = 1_000
"""Of a pass's first batch, and wherever answers take their time: it goes over a poor line within its deadline."""
MOST_ROWS = 8_000
"""While a backlog goes quickly: what a request costs is shared by more rows, each about 1 kB of memory meanwhile."""
QUICK_S = 2.0
"""An answer that takes no longer lets the next batch be twice as large."""
LARGE_BYTES = 256 << 10
"""A body of so much: twice the rows and it may be more than the MiB that most servers take at once."""


class Size:
    """The size of the next batch, through passes and what an endpoint refuses."""

    def __init__(self) -> None:
        self.limit = BATCH_ROWS
        """Rows that the next batch may have."""
        self._most = MOST_ROWS
        self._quick = True
        self._large = False

    def begin(self) -> None:
        """A pass begins: what was too large in the last one may be small enough now."""
        self.limit, self._most, self._quick = min(self.limit, BATCH_ROWS), MOST_ROWS, True

    def sent(self, body_bytes: int) -> None:
        """A batch is on its way in so many bytes."""
        self._large = body_bytes >= LARGE_BYTES

    def heard(self, took_s: float, *, whole: bool) -> None:
        """An answer came after so long; `whole`, it acknowledged all of its batch."""
        self._quick = whole and took_s <= QUICK_S

    def after(self, span: int) -> int:
        """What the limit becomes once a batch of `span` rows is acknowledged, if that is as quick as the last was."""
        most = self._most if self._quick else min(self._most, BATCH_ROWS)
        return min(most, self.limit if span < self.limit or self._large else self.limit * 2)

    def grow(self, span: int) -> None:
        """A batch of `span` rows was acknowledged."""
        self.limit = self.after(span)

    def halve(self, span: int) -> None:
        """A batch of `span` rows was too large: no other of this pass is to be as large."""
        self.limit = self._most = max(1, min(self.limit, span) // 2)
