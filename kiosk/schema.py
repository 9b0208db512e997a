"""The tables of votes.db and how the file is opened for writing. Knows no thread and no visit."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from kiosk import disk, wal
from kiosk.check import opening_means_damage
from kiosk.errors import DamagedStore, StoreError

APPLICATION_ID = 0x4D4F4F44
"""Stands in the header of every store ("MOOD"): another program's database is told from one."""
PAGE_BYTES = 1024
"""Of a new store; the pages of one that an earlier version made (4096) stay as they are, and its file tells them.

A vote writes one page into the log. Of 4096 bytes and a frame's head it would reach into two blocks of the card, each
of which is written whole; with 1024 it reaches into one, mostly.
"""

RESPONSE_COLUMNS: dict[str, type] = {
    "seq": int,
    "visit": int,
    "position": int,
    "kind": str,
    "survey": str,
    "question": str,
    "value": str,
    "ui": str,
    "language": str,
    "misuse": str,
    "boot": int,
    "ms": int,
    "crc": int,
}
"""In the order of the fields of `Response`, the checksum last."""
TABLES = {"responses", "boots", "anchors", "epochs", "reserve"}
MIGRATIONS = ["responses_boots_epochs", "checksums_copies_reserve"]
"""The names of those in `migrations`, in their order: a store that has them all needs nothing of sqlite-utils."""
MIGRATION_SET = "moodpost.votes"
_RECORD = "_sqlite_migrations"
"""Where sqlite-utils records which of them were applied."""


def make_ahead(path: Path) -> None:
    """Make the store where there is nothing of one, in a process that ends; to be called while there is one thread.

    What sqlite-utils loads for the migrations, 1.5 MB, would stay. Nobody hears of what goes wrong here, since whoever
    opens the store next meets the same. The child keeps the data folder's lock even if this process is killed.
    """
    with contextlib.suppress(OSError):
        if path.exists() or disk.wal(path).exists():
            return
        if child := os.fork():
            os.waitpid(child, 0)
            return
        try:
            connection = connect(path)
            with disk.kept_side_files(path):
                connection.close()
        finally:
            os._exit(0)


_CACHE_KIB = 256
"""What the writer keeps of the file in memory: rows go to its end, so few pages are needed again. SQLite's own 2 MB
fill up with pages that nobody will ask for.
"""


def connect(path: Path) -> sqlite3.Connection:
    """`votes.db` opened for writing and brought up to date.

    The connection commits with an fsync (WAL, synchronous=FULL) and begins no transaction by itself. DamagedStore
    where the file is none of ours or can't be believed, StoreError where it can't be used now: then nothing was
    changed in it.
    """
    try:
        if not path.exists():
            disk.write(path, _empty())
        elif not disk.wal(path).exists():
            # The database's name lasts before there is a log: one without the other would puzzle us later.
            disk.lay_down_names(path.parent)
        # Before anything is moved from the log into the database: torn, if the log itself is lost then.
        wal.lay_down(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    except StoreError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: the store can't be opened ({error}). Is the folder there and writable?") from None
    # a text with flipped bits must reach its checksum, not stop the query
    connection.text_factory = lambda text: text.decode(errors="replace")
    try:
        _set_up(connection, path)
    except Exception as error:
        with disk.kept_side_files(path):
            connection.close()
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE and wal.give_room(path):
            return connect(path)
        if isinstance(error, StoreError):
            raise
        if opening_means_damage(error, path):
            raise DamagedStore(f"{path}: {error}") from error
        raise StoreError(f"{path}: the store can't be used ({error}). Is the disk full or read-only?") from error
    return connection


def _empty() -> bytes:
    """A database without tables that has a write-ahead log from the first.

    SQLite would write the first page under a rollback journal, and pass over an error at making that one's name last.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        memory.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        page = bytearray(memory.serialize())
    page[18:20] = (
        b"\2\2"  # written and read by WAL: https://www.sqlite.org/fileformat2.html#file_format_version_numbers
    )
    return bytes(page)


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("SELECT type, name, rootpage FROM sqlite_master").fetchall()
    names = {name for kind, name, _ in found if kind == "table"}
    applied = _applied(connection) if _RECORD in names else set()
    # The table of migrations alone is a store too: the power was cut while it was made, and the id comes with the rest.
    others = names - {_RECORD}
    if others and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise DamagedStore(f"{path}: found another program's database, expected a Moodpost store")
    if len({root for *_, root in found}) < len(found):
        raise DamagedStore(f"{path}: two tables begin on one page")
    if newer := sorted(applied.difference(MIGRATIONS)):
        if not applied.issuperset(MIGRATIONS):
            raise DamagedStore(f"{path}: found migrations {', '.join(newer)}, expected {', '.join(MIGRATIONS)}")
        raise StoreError(
            f"{path}: the store was made by a newer version of Moodpost (it has {', '.join(newer)}). "
            "Nothing was changed; install that version again."
        )
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path}: found journal mode {mode}, expected wal: does the filesystem support it?")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    # This read has made the log, if there was none, and nothing stands in it yet: now its name is made to last.
    connection.execute("PRAGMA schema_version").fetchone()
    disk.lay_down_names(path.parent)
    # Some builds write zeros over every page that is let go; there is nothing in a vote to hide, and a card to spare.
    connection.execute("PRAGMA secure_delete=OFF")
    if applied.issuperset(MIGRATIONS):
        if not names >= TABLES:
            raise DamagedStore(f"{path}: found no table {', '.join(sorted(TABLES - names))}")
    else:
        from kiosk.migrations import apply

        apply(connection)


def _applied(connection: sqlite3.Connection) -> set[str]:
    return {
        name for (name,) in connection.execute(f"SELECT name FROM {_RECORD} WHERE migration_set = ?", (MIGRATION_SET,))
    }


def new_epoch_id() -> str:
    """A random 64-bit id, as 16 hexadecimal digits."""
    return os.urandom(8).hex()  # as secrets does, which would load OpenSSL
