"""Reads what can be read of a store that was set aside, page by page, into a store of its own that sync sends from.

Never changes what it reads. Rows keep their epoch and number, so that the endpoint knows those it has already.
A row is taken only where its checksum holds; what fails it is lost, and listed as missing when the rest is sent.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from kiosk import disk, pages, schema
from kiosk.aside import Case, cases
from kiosk.errors import StoreError
from kiosk.pages import Log, Record
from kiosk.response import Response, checksum, checksum_of
from kiosk.space import ROOM_BYTES

log = logging.getLogger(__name__)

_STRETCH_PAGES = 16
_FIELDS = len(schema.RESPONSE_COLUMNS)
_SMALL = {"boots": 2, "anchors": 5, "epochs": 4}
"""The other tables, and how many values stand before the checksum."""
_AGAIN = ("boots", "epochs")
"""Those with a second copy in an index."""
_UNREADABLE = b""


class Found(msgspec.Struct):
    """What came of it."""

    rows: int = 0
    failed: int = 0
    """Pages with records that look like rows but fail their checksums."""
    unreadable: int = 0
    """Pages that the card does not give any more."""


def pending(home: Path) -> list[Case]:
    """The cases in the data folder `home` that wait to be read."""
    return [case for case in cases(home) if not case.salvaged.exists()]


def salvage(
    case: Case, *, stopped: Callable[[], bool] = lambda: False, pause: Callable[[float], object] = time.sleep
) -> Found | None:
    """Read one case; None where `stopped` said so before the end. OSError or sqlite3.Error where it can't be written.

    Works for a moment and rests for as long: whoever taps meanwhile must not notice.
    """
    part = case.folder / "salvaged.part"
    part.unlink(missing_ok=True)
    size = sum(file.stat().st_size for file in case.folder.glob("votes.db*"))
    if disk.free_bytes(case.folder) < size + ROOM_BYTES:
        raise StoreError(f"{case.folder}: to be read out it needs {size >> 20} MB more room on the disk")
    try:
        return _salvage(case, part, stopped, pause)
    finally:
        part.unlink(missing_ok=True)  # a full disk is not to stay full because of it


def _salvage(case: Case, part: Path, stopped: Callable[[], bool], pause: Callable[[float], object]) -> Found | None:
    from kiosk.migrations import apply

    found = Found()
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as into:
        into.execute("PRAGMA journal_mode=MEMORY")
        into.execute("PRAGMA synchronous=OFF")  # it is synced whole before it gets its name
        apply(into)
        stretches = _stretches(case.folder, found)
        while True:
            began = time.perf_counter()
            stretch = next(stretches, None)
            if stretch is None:
                break
            into.execute("BEGIN")
            for page, first, newer in stretch:
                _take(page, first, newer, into, found)
            into.execute("COMMIT")
            if stopped():
                return None
            pause(time.perf_counter() - began)
        found.rows = into.execute("SELECT count(*) FROM responses").fetchone()[0]
    result = f"{found.rows} responses were read from it"
    if found.failed:
        result += f"; {found.failed} pages hold something that fails its checksum"
    if found.unreadable:
        result += f"; {found.unreadable} pages can't be read"
    disk.sync_file(part)
    disk.write(case.folder / "salvaged.txt", result + "\n")
    part.replace(case.salvaged)
    disk.sync_folder(case.folder)
    log.warning("%s: %s", case.folder, result)
    return found


def _take(page: bytes, first: bool, newer: bool, into: sqlite3.Connection, found: Found) -> None:
    odd = False
    for record in pages.records(page, first=first):
        odd = not _keep(record, newer, into) or odd
    if odd:
        found.failed += 1
        for record in pages.brute(page):
            _keep(record, newer, into)


def _keep(record: Record, newer: bool, into: sqlite3.Connection) -> bool:
    """Write a true record down where it belongs; False for one that looks like one of ours and is not true.

    Responses are never changed: the first one found stays, those of the database before those of the log. An epoch
    in which nothing was written may have given its place to another: of the small tables the log (`newer`) counts.
    """
    rowid, values = record
    if rowid is None:
        # An entry of an index: the row's values, its checksum, its key.
        for table in _AGAIN:
            if len(values) == _SMALL[table] + 1:
                _insert(table, [values[-1], *values[:-2]], values[-2], newer, into)
        return True
    if len(values) == _FIELDS:
        *fields, crc = (rowid, *values[1:])
        if checksum(Response(*fields)) != crc:  # type: ignore[arg-type]
            return False
        marks = ", ".join("?" * _FIELDS)
        into.execute(f"INSERT OR IGNORE INTO responses VALUES ({marks})", (*fields, crc))
        return True
    for table, width in _SMALL.items():
        if len(values) == width + 1 and _insert(table, [rowid, *values[1:-1]], values[-1], newer, into):
            return True
    return True


def _insert(table: str, values: list[pages.Value], crc: pages.Value, newer: bool, into: sqlite3.Connection) -> bool:
    if checksum_of(table, values) != crc:
        return False
    marks = ", ".join("?" * (len(values) + 1))
    with contextlib.suppress(sqlite3.IntegrityError):
        into.execute(f"INSERT OR {'REPLACE' if newer else 'IGNORE'} INTO {table} VALUES ({marks})", (*values, crc))
    return True


def _stretches(folder: Path, found: Found) -> Iterator[list[tuple[bytes, bool, bool]]]:
    """Some pages at a time: the database's, then those of its log; whether each is a first one, and of the log."""
    stretch: list[tuple[bytes, bool, bool]] = []
    for page in _pages(folder, found):
        stretch.append(page)
        if len(stretch) == _STRETCH_PAGES:
            yield stretch
            stretch = []
    yield stretch


def _pages(folder: Path, found: Found) -> Iterator[tuple[bytes, bool, bool]]:
    with contextlib.suppress(FileNotFoundError), (folder / "votes.db").open("rb", buffering=0) as file:
        size = pages.page_size(_read(file.fileno(), 0, 100)) or schema.PAGE_BYTES
        for at in range(0, os.fstat(file.fileno()).st_size, size):
            page = _read(file.fileno(), at, size)
            found.unreadable += page is _UNREADABLE
            yield page, at == 0, False
    with contextlib.suppress(FileNotFoundError), (folder / "votes.db-wal").open("rb", buffering=0) as file:
        wal = Log(_read_all(file.fileno(), found))
        for index in wal.committed():
            frame = wal.frame(index)
            yield frame.page, frame.page_number == 1, True


def _read_all(descriptor: int, found: Found) -> bytes:
    """A whole file, with zeros where it can't be read."""
    data = bytearray()
    size = os.fstat(descriptor).st_size
    while len(data) < size:
        piece = _read(descriptor, len(data), min(schema.PAGE_BYTES, size - len(data)))
        found.unreadable += piece is _UNREADABLE
        data += piece or bytes(min(schema.PAGE_BYTES, size - len(data)))
    return bytes(data)


def _read(descriptor: int, at: int, size: int) -> bytes:
    try:
        return os.pread(descriptor, size, at)
    except OSError:
        return _UNREADABLE
