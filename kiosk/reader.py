"""votes.db and sync.db, read-only: rows with their checksums verified, boots, epochs; how far sync has come.

Never writes, never knows who asks. Every transaction is closed before a method returns.
"""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import time
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import msgspec

from hardware.health import Health
from kiosk import disk
from kiosk.clock import Anchor, Boot
from kiosk.errors import DamagedStore, NoStoreYet, StoreError
from kiosk.response import Response, checksum_of, checksum_of_fields

_MOST = 10_000
_BUDGET_S = 1.0
"""What reading sync.db may take, far more than it ever does."""
_MOST_BYTES = 65_536
"""Of one value in it, many more than there ever are."""
_MOST_SAID = 300
"""Characters of a sentence or a raw value of somebody else's."""
_MOST_READINGS = 32
NETWORK = ("link", "wifi", "address", "dns", "proxy", "portal", "tls", "certificate", "token", "endpoint", "drift")
"""The readings that sync may leave; any other is not its to tell."""


class Epoch(msgspec.Struct, frozen=True, array_like=True):
    """From row `first` on, until the next epoch, rows are known as (`id`, seq)."""

    first: int
    id: str


class Span(msgspec.Struct, frozen=True):
    """A stretch of rows, read: those that are good, and the numbers of those that fail their checksum."""

    rows: list[Response]
    damaged: list[int]


class SyncStatus(msgspec.Struct, frozen=True):
    """What sync left: by epoch the watermark, the first row of a fork, rows the endpoint won't have; its alarm, and
    what is wrong just now; by boot (the kernel's id) when it last had an acknowledgement, ms since that boot."""

    watermarks: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}
    forks: dict[str, Annotated[int, msgspec.Meta(ge=1)]] = {}
    aside: dict[str, list[int]] = {}
    alarm: str = ""
    problem: str = ""
    contacts: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}


class Findings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What sync found of the network, and when: milliseconds since the boot of the kernel's id `boot`."""

    boot: str = ""
    """Empty: nothing was found yet."""
    ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    readings: tuple[Health, ...] = ()


def _connect(path: Path) -> sqlite3.Connection:
    try:
        with disk.opening:
            return _read_only(path, 5.0)
    except sqlite3.Error as error:
        raise NoStoreYet(f"{path}: can't be opened for reading ({error}). Has the kiosk run yet?") from None


def _read_only(path: Path, patience_s: float) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=patience_s)


def _connect_to_sync(path: Path) -> sqlite3.Connection:
    """Whoever broke into sync may put anything there, and SQLite would wait for ever at a pipe: it is looked at first.

    Nor does the store wait for this, as for others who read it: nobody closes sync.db by hand.
    """
    for file in (path, disk.wal(path), disk.shm(path), path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(file.lstat().st_mode):
                raise StoreError(f"{file}: is no plain file, and is not opened")
    return _read_only(path, _BUDGET_S)


def _legible(text: bytes) -> str:
    """A text with flipped bits must reach its checksum, not stop the query."""
    return text.decode(errors="replace")


class Reader:
    """Reads `votes.db` beside its writer. StoreError where the file is absent or can't be read.

    Never opened as immutable: with a writer at work that read 7,910 of 20,000 rows without an error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _connect(path)
        self._connection.text_factory = _legible

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
            if "no such column" in str(error):
                raise NoStoreYet(f"{self._path}: is of an older version ({error}); the kiosk brings it up") from None
            raise StoreError(
                f"{self._path}: can't be read ({error}). Is it a store, and is its writer there?"
            ) from None

    def _checked(self, table: str, where: str = "") -> list[list[Any]]:
        """Rows of a small table without their checksums; DamagedStore where one fails."""
        rows = self._query(f"SELECT * FROM {table} {where} ORDER BY rowid")
        if any(checksum_of(table, values) != crc for *values, crc in rows):
            raise DamagedStore(f"{self._path}: a row of {table} fails its checksum; the kiosk will set the store aside")
        return [values for *values, _ in rows]

    def last(self) -> int:
        """The highest sequence number, 0 while there is none."""
        ((last,),) = self._query("SELECT coalesce(max(seq), 0) FROM responses")
        return int(last)

    def epochs(self) -> list[Epoch]:
        """All epochs, the oldest first."""
        return [Epoch(first, id_) for first, id_, _, _ in self._checked("epochs")]

    def boots(self, numbers: Collection[int] | None = None) -> list[Boot]:
        """The boots in their order, each with its anchors: those of these numbers, else all."""
        among = "" if numbers is None else f" IN ({', '.join(str(int(n)) for n in numbers)})"
        anchors: dict[int, list[Anchor]] = {}
        for _, boot, *anchor in self._checked("anchors", among and f"WHERE boot{among}"):
            anchors.setdefault(boot, []).append(Anchor(*anchor))
        boots = self._checked("boots", among and f"WHERE number{among}")
        return [Boot(number, id_, tuple(anchors.get(number, ()))) for number, id_ in boots]

    def epoch_after_fork(self, forked: str, first: int) -> str | None:
        """The epoch that rows from `first` on belong to where `forked` ends there; None where there is no such row."""
        return epoch_after_fork(self._connection, forked, first)

    def boot_number(self, id_: str) -> int | None:
        """The number of the boot with the kernel's id `id_`."""
        return next((number for (number,) in self._query("SELECT number FROM boots WHERE id = ?", (id_,))), None)

    def span(self, first: int, last: int) -> Span:
        """The rows from `first` to `last`, both included, as many as there are."""
        return self._span("SELECT * FROM responses WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last))

    def oldest(self, first: int, most: int) -> Span:
        """The `most` lowest rows from number `first` on."""
        return self._span("SELECT * FROM responses WHERE seq >= ? ORDER BY seq LIMIT ?", (first, most))

    def newest(self, last: int, most: int) -> Span:
        """The `most` highest rows up to number `last`, the highest first."""
        return self._span("SELECT * FROM responses WHERE seq <= ? ORDER BY seq DESC LIMIT ?", (last, most))

    def count(self, first: int, last: int) -> int:
        """How many rows there are from `first` to `last`, both included."""
        ((rows,),) = self._query("SELECT count(*) FROM responses WHERE seq BETWEEN ? AND ?", (first, last))
        return int(rows)

    def newest_texts(self, most: int) -> list[str]:
        """The last answers in open text, at most so many; the whole file may be looked at."""
        sql = "SELECT * FROM responses WHERE kind = 'text' AND value <> '' ORDER BY seq DESC LIMIT ?"
        return [row.value for row in self._span(sql, (most,)).rows]

    def marks(self) -> list[str]:
        """What the late marks of the store say, by rising number; the whole file is looked at."""
        return [row.value for row in self._span("SELECT * FROM responses WHERE kind = 'mark' ORDER BY seq", ()).rows]

    def _span(self, sql: str, values: tuple[object, ...]) -> Span:
        rows: list[Response] = []
        damaged: list[int] = []
        found = self._decoded(sql, values)
        for *fields, crc in self._query(sql, values) if found is None else found:
            if checksum_of_fields(fields) == crc:
                rows.append(Response(*fields))
            else:
                damaged.append(fields[0])
        return Span(rows, damaged)

    def _decoded(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]] | None:
        """The rows of a query without a call for each text, which takes longer than all the rest.

        None where a text is none or anything else is wrong: `_query` copes with that, or says what it is.
        """
        self._connection.text_factory = str
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error:
            return None
        finally:
            self._connection.text_factory = _legible

    def counts(self, last: int) -> tuple[int, int]:
        """How many votes and how many answers have a sequence number up to `last`."""
        found = dict(self._query("SELECT kind, count(*) FROM responses WHERE seq <= ? GROUP BY kind", (last,)))
        return found.get("vote", 0), sum(found.get(kind, 0) for kind in ("choice", "choices", "text"))


def epoch_after_fork(connection: sqlite3.Connection, forked: str, first: int) -> str | None:
    """The id of the epoch that begins at row `first`, where epoch `forked` had to end; None where there is no such row.

    It follows from that row. So copies of a card that share rows from there on, or one card put back to an older
    copy, name them alike, and the endpoint knows them again.
    """
    query = "SELECT b.id, r.* FROM responses r LEFT JOIN boots b ON b.number = r.boot WHERE r.seq = ?"
    row = connection.execute(query, (first,)).fetchone()
    from hashlib import blake2b  # it loads OpenSSL, 3 MB, which no kiosk needs that was never cloned

    return row and blake2b(repr((forked, *row)).encode(), digest_size=8).hexdigest()


def stores(data: Path) -> list[Path]:
    """What is to be sent from in the data folder: first what was read from damaged stores, then the store itself."""
    return [*sorted(data.glob("damaged/[0-9]*/salvaged.db")), data / "votes.db"]


def _bound(connection: sqlite3.Connection) -> None:
    """Whoever broke into sync must not be able to stop the kiosk, with an endless value or one that fills memory."""
    until = time.monotonic() + _BUDGET_S
    connection.set_progress_handler(lambda: time.monotonic() > until, 1_000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)


def sync_db(data: Path) -> Path:
    """Where sync's file of the data folder `data` is; its lock is beside it.

    In a folder of its own, which is sync's: nobody but the kiosk may make files beside `votes.db`.
    """
    return data / "sync/sync.db"


def sync_status(path: Path) -> SyncStatus:
    """What `sync.db` at `path` says; nothing where sync has not run yet or the file can't be read."""
    try:
        connection = _connect_to_sync(path)
    except (StoreError, OSError, sqlite3.Error):
        return SyncStatus()
    try:
        _bound(connection)
        marks, forks = (
            dict(connection.execute(f"SELECT epoch, seq FROM {table} LIMIT {_MOST}"))
            for table in ("watermarks", "forks")
        )
        aside: dict[Any, list[Any]] = {}
        for epoch, seq in connection.execute(f"SELECT epoch, seq FROM aside LIMIT {_MOST}"):
            aside.setdefault(epoch, []).append(seq)
        said = "SELECT value FROM status WHERE key IN ('alarm', 'denied') AND value <> '' ORDER BY key DESC"
        alarm = "; ".join(value for (value,) in connection.execute(said))
        noted = dict(connection.execute("SELECT key, value FROM status WHERE key IN ('problem', 'contact')"))
        boot, _, ms = str(noted.get("contact", "")).partition(" ")
        return msgspec.convert(
            {
                "watermarks": marks,
                "forks": forks,
                "aside": aside,
                "alarm": alarm,
                "problem": noted.get("problem", ""),
                "contacts": {boot: int(ms)} if ms.isascii() and ms.isdigit() and len(ms) < 16 else {},
            },
            SyncStatus,
        )
    except (sqlite3.Error, msgspec.ValidationError, UnicodeDecodeError, TypeError):
        return SyncStatus()
    finally:
        connection.close()


def network_findings(path: Path) -> Findings:
    """What sync left of the network in `sync.db` at `path`, cut and cleaned; nothing where there is nothing good."""
    try:
        connection = _connect_to_sync(path)
    except (StoreError, OSError, sqlite3.Error):
        return Findings()
    try:
        _bound(connection)
        for (value,) in connection.execute("SELECT value FROM status WHERE key = 'findings' LIMIT 1"):
            found = msgspec.json.decode(value, type=Findings)
            readings = [_cleaned(reading) for reading in found.readings if reading.name in NETWORK]
            return Findings(_clean(found.boot), found.ms, tuple(readings[:_MOST_READINGS]))
        return Findings()
    except (sqlite3.Error, msgspec.MsgspecError, UnicodeError, TypeError, RecursionError):
        return Findings()
    finally:
        connection.close()


def _cleaned(reading: Health) -> Health:
    return Health(reading.name, reading.condition, _clean(reading.said), _clean(reading.raw))


def _clean(text: str) -> str:
    """What can be shown in one line as it is written: no control characters, none that turns the direction."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * _MOST_SAID])
    return " ".join(text.split())[:_MOST_SAID]
