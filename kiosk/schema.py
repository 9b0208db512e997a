"""The tables of votes.db and how the file is opened for writing. Knows no thread and no visit."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk.errors import StoreError

migrations = Migrations("moodpost.votes")


APPLICATION_ID = 0x4D4F4F44
"""Stands in the header of every store ("MOOD"): another program's database is left alone."""

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


def connect(path: Path) -> sqlite3.Connection:
    """`votes.db` opened for writing and brought up to date. StoreError where that can't be done.

    The connection commits with an fsync (WAL, synchronous=FULL) and begins no transaction by itself.
    """
    try:
        fresh = not path.exists()
        connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: the store can't be opened ({error}). Is the folder there and writable?") from None
    try:
        _set_up(connection, path)
        if fresh:
            _sync_folder(path)
    except (sqlite3.Error, OSError) as error:
        connection.close()
        if isinstance(error, StoreError):
            raise
        hint = "Is the disk full or read-only, or the file something other than a store?"
        raise StoreError(f"{path}: the store can't be used ({error}). {hint}") from None
    return connection


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    db = Database(connection)
    applied = {m.name for m in migrations.applied(db)}
    if db.table_names() and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path}: found another program's database, expected a Moodpost store. Nothing was changed.")
    with contextlib.closing(Database(memory=True)) as empty:
        ours = {m.name for m in migrations.pending(empty)}
    if newer := sorted(applied - ours):
        raise StoreError(
            f"{path}: the store was made by a newer version of Moodpost (it has {', '.join(newer)}). "
            "Nothing was changed; install that version again."
        )
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path}: found journal mode {mode}, expected wal: does the filesystem support it?")
    connection.execute("PRAGMA synchronous=FULL")
    if ours - applied:
        migrations.apply(db)


def _sync_folder(path: Path) -> None:
    """Make the new file's name last: SQLite syncs the file, not the folder that names it."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_epoch_id() -> str:
    """A random 64-bit id, as 16 hexadecimal digits."""
    return secrets.token_hex(8)
