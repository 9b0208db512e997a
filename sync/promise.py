"""How far an endpoint is believed to remember a book. Pure; never knows rows, sockets or files.

=================================  ===================================================================================
a batch that                       what follows
=================================  ===================================================================================
offers a book that is promised     the next ones are packed against it
names it and is acknowledged       the same; a newer book that is promised takes its place
names it and is not acknowledged   it is dropped, whatever the reason: the same rows go again, told in full
=================================  ===================================================================================

After a book was dropped so many batches have to be acknowledged in full before another is tried: one, then two, four, …
until one works. So an endpoint that always forgets costs hardly a request, and nobody can be led round in a loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.books import Book
from sync.reply import Acknowledged, Forked, ForkedSomewhere, Rejected, Verdict

if TYPE_CHECKING:
    from sync.outbox import Parcel


class Promise:
    """What was promised, for as long as the process lives."""

    def __init__(self) -> None:
        self.book: Book | None = None
        """The book that the next batch may be packed against."""
        self._in_full = 0
        """Batches that must be acknowledged in full before that."""
        self._doubt = 1

    def expected(self, parcel: Parcel) -> Book | None:
        """The book of the batch after `parcel`, if that is acknowledged by an endpoint that goes on as before."""
        return parcel.offer if self.book is not None and parcel.offer is not None else self.book

    def settle(self, parcel: Parcel, verdict: Verdict) -> bool:
        """Learn from the answer to `parcel`. Whether its rows go again at once: what was said of them may be wrong."""
        if isinstance(verdict, Acknowledged) and verdict.ack >= parcel.first:
            if parcel.book is not None:
                self._doubt = 1
            self._in_full = max(0, self._in_full - 1)
            if parcel.offer is not None and verdict.book == parcel.offer.name and not self._in_full:
                self.book = parcel.offer
            return False
        if parcel.book is None:
            return False
        self.book = None
        self._in_full, self._doubt = self._doubt, 2 * self._doubt
        return isinstance(verdict, Rejected | Forked | ForkedSomewhere)
