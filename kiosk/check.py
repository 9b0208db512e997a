"""Whether a store can be believed: a bounded look at its opening, a full one while idle. Reads; never mends."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from kiosk import disk
from kiosk.errors import DamagedStore
from kiosk.frames import Log
from kiosk.response import checksum_of, checksum_of_fields

LAST_ROWS = 100
"""Rows looked at when the store is opened: whatever was written shortly before the power went."""
LAST_NOTES = 16
"""Of boots, anchors and epochs the same: there are as many as days, and each start would look at more of them."""
_CHUNK = 200
_NEAR_FRAMES = 64
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_ELSEWHERE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
}
_UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}


def means_damage(error: BaseException) -> bool:
    """Whether an error says that the file itself is bad, rather than that it can't be written now."""
    if isinstance(error, DamagedStore | UnicodeDecodeError):  # the names in a damaged schema are the first to be read
        return True
    code = getattr(error, "sqlite_errorcode", None)
    # A sector that can't be read any more is damage like any other: a new file lies elsewhere on the card.
    return isinstance(code, int) and (code & 0xFF in _DAMAGE or code in _UNREADABLE)


def opening_means_damage(error: BaseException, path: Path) -> bool:
    """Whether an error at the opening says that the file is bad: any that neither the disk nor its user explains.

    A flipped bit in a schema is "no such column", in a header "readonly" or "unsupported file format".
    """
    if means_damage(error):
        return True
    if isinstance(error, OSError | MemoryError):
        return False
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_READONLY:
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return code not in _ELSEWHERE


def look(connection: sqlite3.Connection, path: Path) -> None:
    """A bounded look, whatever the size: the small tables and the last rows. DamagedStore where anything is wrong."""
    patient = connection.text_factory
    connection.text_factory = str  # takes half the time, and stops at bytes that are no text: here that is an answer
    try:
        _look(connection, path)
    except sqlite3.OperationalError as error:
        if hasattr(error, "sqlite_errorcode"):
            raise
        raise DamagedStore(f"{path}: a text in it is none") from None  # the error would show what stands there
    finally:
        connection.text_factory = patient


def _look(connection: sqlite3.Connection, path: Path) -> None:
    if table := _bad_notes(connection, LAST_NOTES):
        raise DamagedStore(f"{path}: a row of {table} fails its checksum")
    bad = _bad_row(connection, f"SELECT * FROM responses ORDER BY seq DESC LIMIT {LAST_ROWS}", ())
    if bad is not None:
        raise DamagedStore(f"{path}: row {bad} fails its checksum")


def _bad_notes(connection: sqlite3.Connection, last: int = -1) -> str:
    """The small table one of whose last rows fails its checksum, by default of all its rows; "" where none does."""
    for table, columns in (("epochs", 4), ("boots", 2), ("anchors", 5)):
        found = connection.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT ?", (last,)).fetchall()
        for *values, crc in found:
            if len(values) != columns or checksum_of(table, values) != crc:
                return table
    return ""


def look_at_log(path: Path, whole: int) -> None:
    """DamagedStore where commits stand in the -wal behind the `whole` frames that SQLite believes.

    SQLite ends a log at the first frame that is wrong, and drops in silence what was thanked for after it.
    """
    try:
        with disk.wal(path).open("rb") as file:
            head = file.read(disk.WAL_HEAD)
            # What stands there after a sound log are frames of an older one, or none: a look at the next ones tells.
            frame = disk.FRAME_HEAD + Log(head).page_bytes
            file.seek(disk.WAL_HEAD + whole * frame)
            near = Log(head + file.read(_NEAR_FRAMES * frame))
            if near.sound and not any(near.frame(n).salts == near.salts for n in range(len(near))):
                return
            file.seek(0)
            log = Log(file.read())
    except FileNotFoundError:
        return
    except OSError as error:
        raise DamagedStore(f"{disk.wal(path)}: can't be read ({error.strerror})") from None
    if log.broken_after(whole):
        raise DamagedStore(f"{disk.wal(path)}: the log is broken after frame {whole}, and goes on behind that")


def in_full(path: Path, stopped: Callable[[], bool], pause: Callable[[float], object] = time.sleep) -> str:
    """What is wrong with the store at `path`, "" where nothing is or `stopped` said so.

    Reads the whole file beside its writer, gently: after each stretch it rests for longer than it worked.
    """
    with disk.opening:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    connection.text_factory = lambda text: text.decode(errors="replace")
    try:
        connection.set_progress_handler(stopped, 10_000)
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            return str(found)
        if table := _bad_notes(connection):
            return f"a row of {table} fails its checksum"
        (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM responses").fetchone()
        (at,) = connection.execute("SELECT coalesce(min(seq), 1) FROM responses").fetchone()
        while at <= last and not stopped():
            began = time.perf_counter()
            query = "SELECT * FROM responses WHERE seq BETWEEN ? AND ?"
            if (bad := _bad_row(connection, query, (at, at + _CHUNK - 1))) is not None:
                return f"row {bad} fails its checksum"
            at += _CHUNK
            pause(4 * (time.perf_counter() - began))
    except sqlite3.Error as error:
        return str(error) if means_damage(error) else ""
    finally:
        connection.close()
    return ""


def _bad_row(connection: sqlite3.Connection, query: str, values: tuple[int, ...]) -> int | None:
    for *fields, crc in connection.execute(query, values):
        if checksum_of_fields(fields) != crc:
            return int(fields[0])
    return None
