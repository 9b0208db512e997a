"""votes.db, open for writing: numbers, boots, anchors, epochs, and the one transaction that rows go in by.

Knows rows with their numbers; never visits, threads or who is thanked. Rows are never updated; a new epoch, boot
or anchor is a new row too.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from kiosk import check, disk, schema, wal
from kiosk.check import opening_means_damage
from kiosk.clock import Anchor, Reading, worth_keeping
from kiosk.errors import DamagedStore, StoreError
from kiosk.reader import SyncStatus, epoch_after_fork
from kiosk.response import Response, checksum, checksum_of
from kiosk.space import LOW_BYTES, Space

log = logging.getLogger(__name__)

_LOOK_EACH_ROWS = 200
"""So often the free pages are counted between votes; rows of 16 kB."""
_PATIENCE_MS = 500
"""How long the opening waits for a reader to end; one that never does must not keep votes from being taken."""
_INSERT = f"INSERT INTO responses VALUES ({', '.join('?' * len(schema.RESPONSE_COLUMNS))})"


class Board(msgspec.Struct, frozen=True):
    """Where the store is written: the kernel's id of this boot; the board's serial, "" where it has none."""

    boot_id: str
    serial: str


class Votes:
    """The open file. Whatever a method raises, nothing of what it was to write is there, and it is to be closed.

    DamagedStore, or an sqlite3.Error that `check.means_damage`, where the file can't be believed.
    """

    def __init__(self, path: Path, board: Board, *, began: str = "a new store") -> None:
        """Open or make the store at `path`; `began` is why, where there is none yet, it begins."""
        self._path = path
        self._board = board
        self._connection = schema.connect(path)
        self._written = 0
        self.news = ""
        """Why an epoch began since this was opened, where it is not simply a new store's first."""
        try:
            self._begin_log()
            check.look(self._connection, path)
            with self._transaction():
                (self.last,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM responses").fetchone()
                self.boot = self._this_boot()
                known = self._connection.execute(
                    'SELECT boottime_ms, wall_ms, "by" FROM anchors WHERE boot = ? ORDER BY id', (self.boot,)
                )
                self._anchors = [Anchor(*row) for row in known]
                # Slabs that a power cut left between their making and their use.
                self._connection.execute("DELETE FROM reserve WHERE id < 0")
                self._bind_epoch(began)
            self.space = Space(self._connection, path)
        except BaseException as error:
            self.close()
            if isinstance(error, StoreError) or not isinstance(error, Exception):
                raise
            if opening_means_damage(error, path):
                raise DamagedStore(f"{path}: {error}") from error
            raise

    def close(self, *, failed: bool = False) -> None:
        """Let go of the file, its log beside it as after a power cut; `failed`: what was refused must not come back."""
        with contextlib.ExitStack() as meanwhile:
            if failed:
                with contextlib.suppress(OSError):
                    meanwhile.enter_context(wal.ended(self._path))
            meanwhile.enter_context(disk.kept_side_files(self._path))
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()

    def _begin_log(self) -> None:
        """Move all that is in the log into the database, unless somebody reads it; look at what SQLite passed by."""
        self._connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        busy, logged, done = self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        self._connection.execute("PRAGMA busy_timeout=5000")
        if logged >= 0:
            check.look_at_log(self._path, logged)
        if busy or logged != done:
            return
        pages, page_bytes = (self._connection.execute(f"PRAGMA page_{of}").fetchone()[0] for of in ("count", "size"))
        if self._path.stat().st_size < pages * page_bytes:
            raise DamagedStore(f"{self._path}: the file is cut short, it should hold {pages} pages")

    def _this_boot(self) -> int:
        id_ = self._board.boot_id
        found = self._connection.execute("SELECT number FROM boots WHERE id = ?", (id_,)).fetchone()
        if found is not None:
            return int(found[0])
        (number,) = self._connection.execute("SELECT coalesce(max(number), 0) + 1 FROM boots").fetchone()
        self._insert("boots", number, id_)
        return int(number)

    def _bind_epoch(self, began: str) -> None:
        """Begin an epoch where there is none, or where the card was moved to (or cloned for) another board."""
        found = self._connection.execute("SELECT serial FROM epochs ORDER BY first DESC LIMIT 1").fetchone()
        serial = self._board.serial
        if found is None:
            self._begin_epoch(self.last + 1, began)
        elif serial and found[0] and found[0] != serial:
            self._begin_epoch(self.last + 1, "another board")

    def _begin_epoch(self, first: int, reason: str, id_: str = "") -> None:
        # An epoch in which no row was written yet gives its place to the new one.
        self._insert("epochs", first, id_ or schema.new_epoch_id(), self._board.serial, reason)
        if self.last:
            self.news = reason
        log.info("a new epoch begins at row %d: %s", first, reason)

    def _insert(self, table: str, *values: object) -> None:
        marks = ", ".join("?" * (len(values) + 1))
        crc = checksum_of(table, values)
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*values, crc))

    def write(self, rows: Sequence[Response]) -> None:
        """Commit rows, numbered on from `last`: when this returns they are on the card."""
        try:
            self._commit(rows)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_FULL or not self.space.release():
                raise
            self._commit(rows)
        self.last = rows[-1].seq
        self._written += len(rows)
        if self._written >= _LOOK_EACH_ROWS:
            self._written = 0
            # The rows are safe; what is wrong now, the next commit will tell.
            with contextlib.suppress(sqlite3.Error, OSError):
                if self.space.free_bytes() < LOW_BYTES // 2:
                    self.space.step()

    def _commit(self, rows: Sequence[Response]) -> None:
        with self._transaction():
            self._connection.executemany(_INSERT, [(*msgspec.structs.astuple(r), checksum(r)) for r in rows])

    def keep_time(self, reading: Reading) -> None:
        """Keep the reading as an anchor of this boot where it tells more than those kept already."""
        if worth_keeping(self._anchors, reading):
            anchor = Anchor(reading.boottime_ms, reading.wall_ms, reading.by)
            with self._transaction():
                (number,) = self._connection.execute("SELECT coalesce(max(id), 0) + 1 FROM anchors").fetchone()
                self._insert("anchors", number, self.boot, anchor.boottime_ms, anchor.wall_ms, anchor.by)
            self._anchors.append(anchor)

    def follow(self, status: SyncStatus) -> None:
        """Begin the epochs that the endpoint's answers ask for: after a fork, and where it has more than we do."""
        told = status.forks
        epochs = self._connection.execute("SELECT first, id FROM epochs ORDER BY first").fetchall()
        ends = [first - 1 for first, _ in epochs[1:]] + [self.last + 1]
        begins = {
            max(first, told[id_]): ("the endpoint found a fork", id_)
            for (first, id_), end in zip(epochs, ends, strict=True)
            if id_ in told and told[id_] <= end
        }
        newest = epochs[-1][1]
        if newest not in told and status.watermarks.get(newest, 0) > self.last:
            begins[self.last + 1] = (
                "the endpoint has acknowledged rows that are not here: an older copy of the card",
                "",
            )
        if begins:
            with self._transaction():
                for first, (reason, forked) in begins.items():
                    self._begin_epoch(first, reason, epoch_after_fork(self._connection, forked, first) or "")

    def forget(self, seqs: Sequence[int]) -> None:
        """Delete rows that the store need not keep any longer."""
        with self._transaction():
            self._connection.executemany("DELETE FROM responses WHERE seq = ?", [(seq,) for seq in seqs])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE … COMMIT. sqlite-utils' atomic() begins deferred, which fails at once beside a writer."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
