"""Space grown ahead, so that a full disk still takes votes. Knows pages; never rows of votes or what fills the disk.

New rows go to pages that SQLite has let go of and that lie on the disk already: a page beyond the end of the file
would be promised by a commit and missed by the checkpoint after it. `LOW_BYTES` of them are kept in use; behind
them stand `SLABS` rows of zeros in the table `reserve`, each giving `SLAB_BYTES` when it is deleted. How large a page
is, the store's own file tells.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kiosk import disk

LOW_BYTES = 128 << 10
"""Less than this in free pages, and more are made; some 15 rows fit into a kilobyte."""
SLAB_BYTES = 256 << 10
SLABS = 24
"""6.3 MB: 30,000 visits of 200 bytes; a vote and how its visit ended take 120, an answer 60 more."""
ROOM_BYTES = 8 << 20
"""A disk with less than this is full: what is left is for those who can't grow ahead."""
_CHECKPOINT_PAGES = 1_000
"""SQLite moves the log into the database when it has so many (wal_autocheckpoint as it comes)."""


class Space:
    """The free pages of an open store. Every method is one short transaction, on the store's thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._backed = True
        self._page_bytes = self._number("PRAGMA page_size")
        # What the log may hold between two checkpoints, and the largest steps here.
        pages = _CHECKPOINT_PAGES + 4 * SLAB_BYTES // self._page_bytes
        disk.keep_wal_space(path, pages, self._page_bytes)

    def free_bytes(self) -> int:
        """What the pages hold that rows can go to."""
        return self._number("PRAGMA freelist_count") * self._page_bytes

    def slabs(self) -> int:
        """How much of the reserve there is."""
        return self._number("SELECT count(*) FROM reserve")

    def is_scarce(self) -> bool:
        """Whether the disk is full: the reserve is being used up, or can't be made."""
        return self.slabs() < SLABS and not self._roomy()

    def step(self) -> bool:
        """One bounded step towards what is to be kept; whether another may be needed at once."""
        if not self._backed:
            return self._lay_down()
        if self.free_bytes() < LOW_BYTES:
            return self._grow() if self._roomy() else self.release()
        if self.slabs() < SLABS and self._roomy():
            return self._reserve()
        return False

    def release(self) -> bool:
        """Turn one slab of the reserve into free pages; False where none is left."""
        found = self._connection.execute("SELECT max(id) FROM reserve").fetchone()[0]
        if found is None:
            return False
        self._connection.execute("DELETE FROM reserve WHERE id = ?", (found,))
        return True

    def _roomy(self) -> bool:
        return disk.free_bytes(self._path.parent) >= ROOM_BYTES

    def _grow(self) -> bool:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute("INSERT INTO reserve (id, zeros) VALUES (-1, zeroblob(?))", (self._zeros(),))
            self._connection.execute("DELETE FROM reserve WHERE id = -1")
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return self._lay_down()

    def _reserve(self) -> bool:
        self._connection.execute("INSERT INTO reserve (zeros) VALUES (zeroblob(?))", (self._zeros(),))
        return self._lay_down()

    def _lay_down(self) -> bool:
        """See that the pages are in the file, not only in the log; where a reader is in the way, with the next step."""
        busy, logged, done = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._backed = not busy and logged == done
        return self._backed

    def _zeros(self) -> int:
        # Overflow pages hold four bytes less than a page; the first part stands in the row.
        return SLAB_BYTES // self._page_bytes * (self._page_bytes - 4) - 100

    def _number(self, sql: str) -> int:
        return int(self._connection.execute(sql).fetchone()[0])
