"""The tables of votes.db and how the file is opened for writing. Knows no thread and no visit."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk import disk, wal
from kiosk.check import opening_means_damage
from kiosk.errors import DamagedStore, StoreError
from kiosk.response import checksum_of

migrations = Migrations("moodpost.votes")


APPLICATION_ID = 0x4D4F4F44
"""Stands in the header of every store ("MOOD"): another program's database is told from one."""
PAGE_BYTES = 4096

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


@migrations()
def responses_boots_epochs(db: Database) -> None:
    """The first tables: rows, the boots they were taken in, what is known of their time, epochs."""
    tables: dict[str, tuple[str, dict[str, type]]] = {
        "responses": ("seq", RESPONSE_COLUMNS),
        "boots": ("number", {"number": int, "id": str}),
        "anchors": ("id", {"id": int, "boot": int, "boottime_ms": int, "wall_ms": int, "by": str}),
        "epochs": ("first", {"first": int, "id": str, "serial": str, "reason": str}),
    }
    for name, (key, columns) in tables.items():
        db.create_table(name, columns, pk=key, not_null=set(columns) - {key})
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@migrations()
def checksums_copies_reserve(db: Database) -> None:
    """What damage asks for: checksums in the small tables, second copies of boots and epochs, space kept free.

    The copies are indexes that hold every column: on pages of their own, kept by SQLite in the same transaction.
    Without its epoch and its boot a row can't be sent again as the one that the endpoint may have already.
    """
    for table in ("boots", "anchors", "epochs"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN crc INTEGER NOT NULL DEFAULT 0")
        for rowid, *values, _ in list(db.execute(f"SELECT rowid, * FROM {table}")):
            db.execute(f"UPDATE {table} SET crc = ? WHERE rowid = ?", (checksum_of(table, values), rowid))
    db.execute("CREATE INDEX boots_again ON boots (id, crc)")
    db.execute("CREATE INDEX epochs_again ON epochs (id, serial, reason, crc)")
    db.create_table("reserve", {"id": int, "zeros": bytes}, pk="id")


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
    db = Database(connection)
    applied = {m.name for m in migrations.applied(db)}
    found = connection.execute("SELECT type, name, rootpage FROM sqlite_master").fetchall()
    names = {name for kind, name, _ in found if kind == "table"}
    # The table of migrations alone is a store too: the power was cut while it was made, and the id comes with the rest.
    others = names - {migrations.migrations_table}
    if others and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise DamagedStore(f"{path}: found another program's database, expected a Moodpost store")
    if len({root for *_, root in found}) < len(found):
        raise DamagedStore(f"{path}: two tables begin on one page")
    with contextlib.closing(Database(memory=True)) as empty:
        ours = [m.name for m in migrations.pending(empty)]
    if newer := sorted(applied.difference(ours)):
        if not applied.issuperset(ours):
            raise DamagedStore(f"{path}: found migrations {', '.join(newer)}, expected {', '.join(ours)}")
        raise StoreError(
            f"{path}: the store was made by a newer version of Moodpost (it has {', '.join(newer)}). "
            "Nothing was changed; install that version again."
        )
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path}: found journal mode {mode}, expected wal: does the filesystem support it?")
    connection.execute("PRAGMA synchronous=FULL")
    # This read has made the log, if there was none, and nothing stands in it yet: now its name is made to last.
    connection.execute("PRAGMA schema_version").fetchone()
    disk.lay_down_names(path.parent)
    # Some builds write zeros over every page that is let go; there is nothing in a vote to hide, and a card to spare.
    connection.execute("PRAGMA secure_delete=OFF")
    if applied.issuperset(ours):
        if not names >= TABLES:
            raise DamagedStore(f"{path}: found no table {', '.join(sorted(TABLES - names))}")
    else:
        migrations.apply(db)


def new_epoch_id() -> str:
    """A random 64-bit id, as 16 hexadecimal digits."""
    return secrets.token_hex(8)
