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
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from kiosk import disk, pages, schema
from kiosk.aside import Case, cases
from kiosk.errors import StoreError
from kiosk.frames import Log
from kiosk.pages import Record, Rest
from kiosk.response import Response, checksum, checksum_of
from kiosk.space import ROOM_BYTES

log = logging.getLogger(__name__)

_STRETCH_PAGES = 16
_TRIED_BYTES = 1 << 20
_PIECE_BYTES = 4096
"""A log is read by: about what a card gives or fails to give."""
_FIELDS = len(schema.RESPONSE_COLUMNS)
_SMALL = {"boots": 2, "anchors": 5, "epochs": 4}
"""The other tables, and how many values stand before the checksum."""
_AGAIN = ("boots", "epochs")
"""Those with a second copy in an index."""
_UNREADABLE = b""


class _Page(NamedTuple):
    data: bytes
    first: bool
    """Of its file."""
    newer: bool
    """Of the log."""
    rest: Rest
    """Finds what its records have on other pages."""


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
    connection = sqlite3.connect(part, isolation_level=None)
    with contextlib.ExitStack() as files, contextlib.closing(connection) as into:
        into.execute("PRAGMA journal_mode=MEMORY")
        into.execute("PRAGMA synchronous=OFF")  # it is synced whole before it gets its name
        apply(into)
        stretches = _stretches(_pages(case.folder, found, files))
        while True:
            began = time.perf_counter()
            stretch = next(stretches, None)
            if stretch is None:
                break
            into.execute("BEGIN")
            for page in stretch:
                _take(page, into, found)
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


def _take(page: _Page, into: sqlite3.Connection, found: Found) -> None:
    odd = False
    for record in pages.records(page.data, first=page.first, rest=page.rest):
        odd = not _keep(record, page.newer, into) or odd
    if odd:
        found.failed += 1
        for record in pages.brute(page.data, rest=page.rest):
            _keep(record, page.newer, into)


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


def _stretches(of: Iterator[_Page]) -> Iterator[list[_Page]]:
    """Some pages at a time."""
    stretch: list[_Page] = []
    for page in of:
        stretch.append(page)
        if len(stretch) == _STRETCH_PAGES:
            yield stretch
            stretch = []
    yield stretch


def _pages(folder: Path, found: Found, files: contextlib.ExitStack) -> Iterator[_Page]:
    """The database's pages, then those of its log. `files` are open until all has been read: records lead to others."""
    page_of: Callable[[int], bytes] = _no_page
    with contextlib.suppress(FileNotFoundError):
        file = files.enter_context((folder / "votes.db").open("rb", buffering=0))
        size = _page_bytes(file.fileno())
        page_of = partial(_page, file.fileno(), size)
        for number in range(1, -(-os.fstat(file.fileno()).st_size // size) + 1):
            data = page_of(number)
            found.unreadable += data is _UNREADABLE
            yield _Page(data, number == 1, False, partial(pages.rest_of, page_of))
    with contextlib.suppress(FileNotFoundError):
        file = files.enter_context((folder / "votes.db-wal").open("rb", buffering=0))
        wal = Log(_read_all(file.fileno(), found))
        committed = wal.committed()
        newest = {wal.frame(index).page_number: index for index in committed}
        rest = partial(pages.rest_of, partial(_newest, wal, newest, page_of))
        for index in committed:
            frame = wal.frame(index)
            yield _Page(frame.page, frame.page_number == 1, True, rest)


def _page_bytes(descriptor: int) -> int:
    """What a database's head tells; where that is lost, the size by which most pages are where they should be."""

    def leaves(size: int) -> int:
        end = min(os.fstat(descriptor).st_size, _TRIED_BYTES)
        return sum(pages.is_leaf(_read(descriptor, at, size)) for at in range(0, end, size))

    return pages.page_size(_read(descriptor, 0, 100)) or max(pages.SIZES, key=leaves)


def _no_page(number: int) -> bytes:
    return _UNREADABLE


def _page(descriptor: int, size: int, number: int) -> bytes:
    return _read(descriptor, (number - 1) * size, size)


def _newest(wal: Log, newest: dict[int, int], page_of: Callable[[int], bytes], number: int) -> bytes:
    return wal.frame(newest[number]).page if number in newest else page_of(number)


def _read_all(descriptor: int, found: Found) -> bytes:
    """A whole file, with zeros where it can't be read."""
    data = bytearray()
    size = os.fstat(descriptor).st_size
    while len(data) < size:
        piece = _read(descriptor, len(data), min(_PIECE_BYTES, size - len(data)))
        found.unreadable += piece is _UNREADABLE
        data += piece or bytes(min(_PIECE_BYTES, size - len(data)))
    return bytes(data)


def _read(descriptor: int, at: int, size: int) -> bytes:
    try:
        return os.pread(descriptor, size, at)
    except OSError:
        return _UNREADABLE
