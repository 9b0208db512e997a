"""Space grown ahead, so that a full disk still takes votes. Knows pages; never rows of votes or what fills the disk.

New rows go to pages that SQLite has let go of and that lie on the disk already: a page beyond the end of the file
would be promised by a commit and missed by the checkpoint after it. `LOW_PAGES` of them are kept in use; behind
them stand `SLABS` rows of zeros in the table `reserve`, each giving `SLAB_PAGES` pages when it is deleted.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kiosk import disk
from kiosk.schema import PAGE_BYTES

LOW_PAGES = 32
"""Fewer free pages than this, and more are made; some 60 rows fit into one."""
SLAB_PAGES = 64
SLABS = 24
"""6.3 MB: 30,000 visits of 200 bytes; a vote and how its visit ended take 120, an answer 60 more."""
ROOM_BYTES = 8 << 20
"""A disk with less than this is full: what is left is for those who can't grow ahead."""
WAL_PAGES = 1_000 + 4 * SLAB_PAGES
"""Pages the log may hold between two checkpoints (SQLite makes one each 1,000), and the largest steps here."""
_ZEROS = SLAB_PAGES * (PAGE_BYTES - 4) - 100
"""Overflow pages hold four bytes less than a page; the first part stands in the row."""


class Space:
    """The free pages of an open store. Every method is one short transaction, on the store's thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._backed = True
        disk.keep_wal_space(path, WAL_PAGES, PAGE_BYTES)

    def free_pages(self) -> int:
        """Pages that rows can go to."""
        return self._number("PRAGMA freelist_count")

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
        if self.free_pages() < LOW_PAGES:
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
            self._connection.execute("INSERT INTO reserve (id, zeros) VALUES (-1, zeroblob(?))", (_ZEROS,))
            self._connection.execute("DELETE FROM reserve WHERE id = -1")
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return self._lay_down()

    def _reserve(self) -> bool:
        self._connection.execute("INSERT INTO reserve (zeros) VALUES (zeroblob(?))", (_ZEROS,))
        return self._lay_down()

    def _lay_down(self) -> bool:
        """See that the pages are in the file, not only in the log; where a reader is in the way, with the next step."""
        busy, logged, done = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._backed = not busy and logged == done
        return self._backed

    def _number(self, sql: str) -> int:
        return int(self._connection.execute(sql).fetchone()[0])
