"""How the tables of votes.db came to be, step by step. Never knows files; loaded only where a step is to be taken."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from kiosk.response import checksum_of
from kiosk.schema import APPLICATION_ID, MIGRATION_SET, RESPONSE_COLUMNS

migrations = Migrations(MIGRATION_SET)


def apply(connection: sqlite3.Connection) -> None:
    """Take the steps that this database has not seen yet, each in one transaction with its record."""
    migrations.apply(Database(connection))


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
