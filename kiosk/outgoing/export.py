"""The responses of a kiosk for other programs: CSV, NDJSON or SQLite, a row each, with its time. Knows no endpoint.

Nothing is left out unasked: replaced votes, marked ones and ends are there, and what counts can be told from them.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
from sqlite_utils import Database

from kiosk.clock import Moment
from kiosk.errors import FileError
from kiosk.figures.gathered import Gathered, Source, marks
from kiosk.figures.period import local
from kiosk.response import Response, parse_vote

Format = Literal["csv", "ndjson", "sqlite"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".db": "sqlite"}
SUFFIXES |= {".sqlite": "sqlite", ".sqlite3": "sqlite"}

_FORMULA = re.compile(r"""^([\s"']*)(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])""")
_AFTER_SEPARATOR = re.compile(r"""([;,|\t\r\n][\s"']*)(?=[=+\-@＝＋－＠])""")
_BOM = b"\xef\xbb\xbf"
_BATCH = 1_000
_NUMBERS = ("seq", "visit", "position", "face", "faces", "marked", "boot", "boottime_ms")
_OWN = {"epoch", "time", "zone", "vouched_by", "earliest", "latest"}
"""Made here, of what holds no formula."""


class Record(msgspec.Struct, frozen=True):
    """A response as it is exported."""

    kiosk: str
    epoch: str
    """With `seq` it names the row, here and at the endpoint."""
    seq: int
    visit: int
    """The `seq` of the first vote of the visit; of its votes the last one counts."""
    position: int
    kind: str
    survey: str
    question: str
    value: str
    face: int | None
    """Of a vote: which one, 1 the happiest."""
    faces: int | None
    ui: str
    language: str
    marked: bool
    """Whether the row is marked as misuse, at once (`misuse`) or later (`marks`)."""
    misuse: str
    marks: str
    time: str
    """Local time with its distance from UTC, ISO 8601; empty where nobody knows it."""
    zone: str
    vouched_by: str
    """Who vouches for the time: ntp, endpoint, rtc, nobody."""
    earliest: str
    latest: str
    """Where there is no time: after and before which moment it was, as far as other boots tell."""
    boot: int
    boottime_ms: int


FIELDS: tuple[str, ...] = Record.__struct_fields__


def records(
    gathered: Gathered,
    *,
    kiosk: str,
    timezone: str,
    zone: datetime.tzinfo,
    since_ms: int | None = None,
    kinds: Collection[str] = (),
    at: Callable[[], None] = lambda: None,
) -> Iterator[Record]:
    """All responses in the order in which they were stored, those of damaged stores first.

    `since_ms` (Unix) leaves out what is known to be older; `kinds`, where there are some, all others. `at` is called
    every thousand rows or so.
    """
    for source in gathered.sources:
        late = marks(source)
        for number, row in enumerate(source.oldest_first()):
            if number % _BATCH == _BATCH - 1:
                at()
            if kinds and row.kind not in kinds:
                continue
            when = source.times.of(row)
            if since_ms is not None and when.latest_ms is not None and when.latest_ms < since_ms:
                continue
            yield _record(source, row, when, late.get(row.seq, ""), kiosk, timezone, zone)


def _record(
    source: Source, row: Response, when: Moment, late: str, kiosk: str, timezone: str, zone: datetime.tzinfo
) -> Record:
    face, faces = parse_vote(row.value) if row.kind == "vote" else (None, None)
    known = when.wall_ms is not None
    return Record(
        kiosk=kiosk,
        epoch=source.epoch(row.seq),
        seq=row.seq,
        visit=row.visit,
        position=row.position,
        kind=row.kind,
        survey=row.survey,
        question=row.question,
        value=row.value,
        face=face,
        faces=faces,
        ui=row.ui,
        language=row.language,
        marked=bool(row.misuse or late),
        misuse=row.misuse,
        marks=late,
        time=_iso(when.wall_ms, zone),
        zone=timezone,
        vouched_by=when.by,
        earliest="" if known else _iso(when.earliest_ms, zone),
        latest="" if known else _iso(when.latest_ms, zone),
        boot=row.boot,
        boottime_ms=row.ms,
    )


def _iso(wall_ms: int | None, zone: datetime.tzinfo) -> str:
    if wall_ms is None:
        return ""
    try:
        shown = local(wall_ms, zone)
    except (OverflowError, ValueError, OSError):  # a clock that was set to no year there is
        return ""
    return (shown + datetime.timedelta(milliseconds=wall_ms % 1000)).isoformat(timespec="milliseconds")


def write_csv(rows: Iterable[Record], file: BinaryIO, *, mark: bool = False) -> int:
    """Write them to `file`; how many. `mark`: begin with the sign by which a spreadsheet knows UTF-8.

    A text that a spreadsheet would take for a formula is defused with an apostrophe.
    """
    if mark:
        file.write(_BOM)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=False)
    try:
        out = csv.writer(text)
        out.writerow(FIELDS)
        count = 0
        for count, row in enumerate(rows, 1):  # noqa: B007  the last one is the number of them
            out.writerow([_cell(name, value) for name, value in zip(FIELDS, msgspec.structs.astuple(row), strict=True)])
        text.flush()
    finally:
        text.detach()
    return count


def _cell(name: str, value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return defused(value) if isinstance(value, str) and name not in _OWN else value


@lru_cache(maxsize=8_192)
def defused(text: str) -> str:
    """`text` so that no spreadsheet takes it, or a part that it may split off, for a formula."""
    return _AFTER_SEPARATOR.sub(r"\1'", _FORMULA.sub(r"'\1", text))


def write_ndjson(rows: Iterable[Record], file: BinaryIO) -> int:
    """Write them to `file`, one JSON object a line; how many."""
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007
        file.write(msgspec.json.encode(row) + b"\n")
    return count


def write_sqlite(rows: Iterable[Record], path: Path) -> int:
    """Write them into an SQLite database in the empty file `path`; how many.

    Its view `votes` has a row for each visit: the vote that counts.
    """
    types: dict[str, Any] = dict.fromkeys(_NUMBERS, int)
    db = Database(sqlite3.connect(path, isolation_level=None))
    try:
        # the whole file is synced at the end; until then nobody knows its name
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("PRAGMA synchronous=OFF")
        table = db.create_table("responses", {name: types.get(name, str) for name in FIELDS}, pk=("epoch", "seq"))
        counted = _Counted(rows)
        db.execute("BEGIN")
        table.insert_all((msgspec.structs.asdict(row) for row in counted), batch_size=_BATCH)
        if db.conn.in_transaction:
            db.execute("COMMIT")
        db.create_view(
            "votes",
            "SELECT * FROM responses WHERE (epoch, seq) IN "
            "(SELECT epoch, max(seq) FROM responses WHERE kind = 'vote' GROUP BY epoch, visit)",
        )
        return counted.count
    except sqlite3.Error as error:
        raise FileError(f"{path.parent}: the database can't be written ({error}). Is there room?") from None
    finally:
        db.close()


class _Counted:
    def __init__(self, rows: Iterable[Record]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Record]:
        for self.count, row in enumerate(self._rows, 1):  # noqa: B020
            yield row
