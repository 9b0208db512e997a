"""sync.db: how far each epoch was acknowledged, what was set aside, what went wrong. Its only writer is sync.

Losing the last moments of it in a power cut costs a batch sent twice, which the endpoint ignores; so it commits
without an fsync (WAL, synchronous=NORMAL). The kiosk reads it through `kiosk.reader`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk import disk
from kiosk.reader import sync_db
from sync.errors import StateError

log = logging.getLogger(__name__)

migrations = Migrations("moodpost.sync")

FREE_PAGES = 16
"""Kept in the file, so that on a full disk an acknowledgement can be recorded all the same."""
WAL_PAGES = 100
MOST_ASIDE = 20
_PAGE_BYTES = 4096


@migrations()
def watermarks_forks_aside_status(db: Database) -> None:
    """The first tables."""
    db.create_table("watermarks", {"epoch": str, "seq": int}, pk="epoch", not_null={"seq"})
    db.create_table("forks", {"epoch": str, "seq": int}, pk="epoch", not_null={"seq"})
    db.create_table("aside", {"epoch": str, "seq": int, "reason": str}, pk=("epoch", "seq"), not_null={"reason"})
    db.create_table(
        "anchors",
        {"boot": str, "boottime_ms": int, "wall_ms": int},
        pk="boot",
        not_null={"boottime_ms", "wall_ms"},
    )
    db.create_table("status", {"key": str, "value": str}, pk="key", not_null={"value"})


def make_folder(data: Path) -> Path:
    """Where sync.db belongs in the data folder `data`; sync's folder there is made where absent, closed to others.

    Where kiosk and sync are two users it is there already: what sync must not write to, it can't make a folder in.
    """
    path = sync_db(data)
    try:
        path.parent.mkdir(mode=0o750, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"{path.parent}: this folder can't be made ({error.strerror}). Is the data folder there and writable?"
        ) from None
    return path


class SyncState:
    """The open file. Every method is one transaction, on any thread; StateError where the disk won't have it.

    A file that can't be believed is set aside, and a new one begun: what it knew, the endpoint tells again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        """Sending and looking at the network have a thread each."""
        self._connection = self._open_or_begin_anew()

    def close(self) -> None:
        """Let go of the file, its log beside it: the kiosk may be another user, who could not make it."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        with disk.kept_side_files(self._path):
            self._connection.close()

    def _open_or_begin_anew(self) -> sqlite3.Connection:
        try:
            try:
                return _open(self._path)
            except sqlite3.DatabaseError as error:
                if not _means_damage(error):
                    raise
                aside = self._set_aside()
                log.error("%s: damaged (%s); set aside as %s, everything is sent again", self._path, error, aside.name)
                return _open(self._path)
        except StateError:
            raise
        except (sqlite3.Error, OSError) as error:
            hint = "Is the folder there and writable, and the file sync's own?"
            raise StateError(f"{self._path}: can't be opened ({error}). {hint}") from None

    def _set_aside(self) -> Path:
        """Take the file out of the way, and with it its log, which would be taken for the new one's."""
        before = (f.suffix.removeprefix(".damaged-") for f in self._path.parent.glob(f"{self._path.name}.damaged-*"))
        taken = [int(number) for number in before if number.isdigit()]
        if len(taken) >= MOST_ASIDE:
            raise StateError(f"{self._path}: damaged {len(taken)} times by now. Replace the card")
        aside = self._path.with_name(f"{self._path.name}.damaged-{max(taken, default=0) + 1}")
        self._path.rename(aside)
        if disk.wal(self._path).exists():
            disk.wal(self._path).rename(disk.wal(aside))
        disk.shm(self._path).unlink(missing_ok=True)
        disk.sync_folder(self._path.parent)
        return aside

    def _run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                try:
                    return self._connection.execute(sql, values).fetchall()
                except sqlite3.DatabaseError as error:
                    if not _means_damage(error):
                        raise
                    self._close()
                    self._connection = self._open_or_begin_anew()
                    return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise StateError(f"{self._path}: {error}. Is the disk full or read-only?") from None

    def watermark(self, epoch: str) -> int | None:
        """The highest sequence number acknowledged without a gap; None where nothing was."""
        for (seq,) in self._run("SELECT seq FROM watermarks WHERE epoch = ?", epoch):
            assert isinstance(seq, int)
            return seq
        return None

    def acknowledge(self, epoch: str, seq: int) -> None:
        """Move the watermark on to `seq`; never back."""
        self._run(
            "INSERT INTO watermarks VALUES (?, ?) ON CONFLICT (epoch) DO UPDATE SET seq = max(seq, excluded.seq)",
            epoch,
            seq,
        )

    def rewind(self, epoch: str, seq: int) -> None:
        """Move the watermark back to `seq`, since the endpoint has no more than that; never on."""
        self._run("UPDATE watermarks SET seq = min(seq, ?) WHERE epoch = ?", seq, epoch)

    def fork(self, epoch: str, seq: int) -> None:
        """The endpoint has a row `seq` of this epoch with other content: from there on a new epoch must begin."""
        self._run(
            "INSERT INTO forks VALUES (?, ?) ON CONFLICT (epoch) DO UPDATE SET seq = min(seq, excluded.seq)",
            epoch,
            seq,
        )

    def forked_at(self, epoch: str) -> int | None:
        """The first row that must not be sent under this epoch any more."""
        for (seq,) in self._run("SELECT seq FROM forks WHERE epoch = ?", epoch):
            assert isinstance(seq, int)
            return seq
        return None

    def set_aside(self, epoch: str, seq: int, reason: str) -> None:
        """The endpoint won't have row `seq`: later batches list it as missing."""
        self._run("INSERT OR IGNORE INTO aside VALUES (?, ?, ?)", epoch, seq, reason)

    def aside(self, epoch: str, first: int, last: int) -> set[int]:
        """The rows between `first` and `last` that were set aside."""
        found = self._run("SELECT seq FROM aside WHERE epoch = ? AND seq BETWEEN ? AND ?", epoch, first, last)
        return {seq for (seq,) in found if isinstance(seq, int)}

    def anchor(self, boot: str, boottime_ms: int, wall_ms: int) -> None:
        """The endpoint's clock stood at `wall_ms` (Unix) when that boot was `boottime_ms` old."""
        self._run("INSERT OR REPLACE INTO anchors VALUES (?, ?, ?)", boot, boottime_ms, wall_ms)

    def note(self, key: str, value: str) -> None:
        """Leave a word for the kiosk's diagnostics; the same word again costs no write."""
        self._run(
            "INSERT INTO status VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value "
            "WHERE value <> excluded.value",
            key,
            value,
        )

    def noted(self, key: str) -> str:
        """The word left under `key`, or ""."""
        for (value,) in self._run("SELECT value FROM status WHERE key = ?", key):
            return str(value)
        return ""


def _open(path: Path) -> sqlite3.Connection:
    # Used on the scheduler's threads, by one of them at a time.
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES // 2}")
        migrations.apply(Database(connection))
        _grow_ahead(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _grow_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Room for what is recorded later, taken now; a disk that is full already is no reason not to begin."""
    try:
        disk.keep_wal_space(path, WAL_PAGES, _PAGE_BYTES)
        if connection.execute("PRAGMA freelist_count").fetchone()[0] < FREE_PAGES:
            connection.execute("CREATE TABLE IF NOT EXISTS room (zeros BLOB)")
            connection.execute("INSERT INTO room VALUES (zeroblob(?))", (FREE_PAGES * _PAGE_BYTES,))
            connection.execute("DROP TABLE room")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except (sqlite3.OperationalError, OSError) as error:
        log.warning("%s: no room can be kept for a full disk (%s)", path, error)


def _means_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
