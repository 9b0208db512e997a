"""votes.db and sync.db, read-only: rows with their checksums verified, boots, epochs; how far sync has come.

Never writes, never knows who asks. Every transaction is closed before a method returns.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Annotated, Any

import msgspec

from kiosk.clock import Anchor, Boot
from kiosk.errors import NoStoreYet, StoreError
from kiosk.response import Response, checksum


class Epoch(msgspec.Struct, frozen=True, array_like=True):
    """From row `first` on, until the next epoch, rows are known as (`id`, seq)."""

    first: int
    id: str


class Span(msgspec.Struct, frozen=True):
    """A stretch of rows, read: those that are good, and the numbers of those that fail their checksum."""

    rows: list[Response]
    damaged: list[int]


class SyncStatus(msgspec.Struct, frozen=True):
    """What sync left: the watermark of each epoch, the first row of each fork."""

    watermarks: dict[str, Annotated[int, msgspec.Meta(ge=0)]]
    forks: dict[str, Annotated[int, msgspec.Meta(ge=1)]]


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    except sqlite3.Error as error:
        raise NoStoreYet(f"{path}: can't be opened for reading ({error}). Has the kiosk run yet?") from None


class Reader:
    """Reads `votes.db` beside its writer. StoreError where the file is absent or can't be read.

    Never opened as immutable: with a writer at work that read 7,910 of 20,000 rows without an error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _connect(path)
        # a text with flipped bits must reach its checksum, not stop the query
        self._connection.text_factory = lambda text: text.decode(errors="replace")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _query(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if "no such table" in str(error):
                raise NoStoreYet(f"{self._path}: holds no store yet ({error}). Is the kiosk just making it?") from None
            raise StoreError(
                f"{self._path}: can't be read ({error}). Is it a store, and is its writer there?"
            ) from None

    def last(self) -> int:
        """The highest sequence number, 0 while there is none."""
        ((last,),) = self._query("SELECT coalesce(max(seq), 0) FROM responses")
        return int(last)

    def epochs(self) -> list[Epoch]:
        """All epochs, the oldest first."""
        rows = self._query("SELECT first, id FROM epochs ORDER BY first")
        return [msgspec.convert(row, Epoch) for row in rows]

    def boots(self) -> list[Boot]:
        """All boots in their order, each with its anchors."""
        boots = self._query("SELECT number, id FROM boots ORDER BY number")
        anchors = self._query('SELECT boot, boottime_ms, wall_ms, "by" FROM anchors ORDER BY id')
        return [
            msgspec.convert(
                {"number": number, "id": id_, "anchors": [_anchor(a) for a in anchors if a[0] == number]}, Boot
            )
            for number, id_ in boots
        ]

    def span(self, first: int, last: int) -> Span:
        """The rows from `first` to `last`, both included, as many as there are."""
        rows: list[Response] = []
        damaged: list[int] = []
        found = self._query("SELECT * FROM responses WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last))
        for *fields, crc in found:
            row = Response(*fields)
            if checksum(row) == crc:
                rows.append(row)
            else:
                damaged.append(row.seq)
        return Span(rows, damaged)

    def counts(self, last: int) -> tuple[int, int]:
        """How many votes and how many answers have a sequence number up to `last`."""
        found = dict(self._query("SELECT kind, count(*) FROM responses WHERE seq <= ? GROUP BY kind", (last,)))
        return found.get("vote", 0), sum(found.get(kind, 0) for kind in ("choice", "choices", "text"))


def _anchor(row: tuple[Any, ...]) -> dict[str, object]:
    return dict(zip(Anchor.__struct_fields__, row[1:], strict=True))


def sync_status(path: Path) -> SyncStatus:
    """What `sync.db` at `path` says; nothing where sync has not run yet or the file can't be read."""
    try:
        connection = _connect(path)
    except StoreError:
        return SyncStatus({}, {})
    try:
        found = [dict(connection.execute(f"SELECT epoch, seq FROM {table}")) for table in ("watermarks", "forks")]
        # Whoever broke into sync must not be able to stop the kiosk with an odd value.
        return msgspec.convert({"watermarks": found[0], "forks": found[1]}, SyncStatus)
    except (sqlite3.Error, msgspec.ValidationError, UnicodeDecodeError):
        return SyncStatus({}, {})
    finally:
        connection.close()
