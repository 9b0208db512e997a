"""What the real code makes of a disk after a cut: opens it, takes one vote more, and looks for what was thanked for."""

from __future__ import annotations

import functools
import queue
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kiosk import aside, salvage
from kiosk.clock import Reading
from kiosk.errors import KioskError
from kiosk.reader import Reader
from kiosk.response import Draft, Response, checksum
from kiosk.store import Board, Noticed, Settled, Store
from tests.crash.disk import State
from tests.crash.driver import epoch_of

WAIT_S = 30


class Promise(msgspec.Struct, frozen=True):
    """What must hold after a cut: the rows thanked for before it, each with its epoch; on the board of this serial.

    From the row on that `forks` names for its epoch, rows may have gone over to a newer epoch. Rows up to number
    `may_go` may have been let go.
    """

    thanked: Sequence[tuple[str, Response]]
    serial: str
    forks: Mapping[str, int]
    may_go: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What is wrong with a state; "" where nothing is."""

    lost: str = ""
    corrupt: str = ""

    def __bool__(self) -> bool:
        return bool(self.lost or self.corrupt)


def put_down(state: State, folder: Path, *, stale: bytes = b"") -> None:
    """Make `folder` hold exactly that state; `stale` is what a -shm from before the cut holds, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(state.folders):
        (folder / path).mkdir()
    for path, content in state.files.items():
        with (folder / path).open("wb") as file:
            file.write(content.data)
            file.truncate(content.size)
        if stale and path.endswith("-wal"):
            (folder / f"{path.removesuffix('-wal')}-shm").write_bytes(stale)


def judge(folder: Path, promise: Promise) -> Verdict:
    """Whether the store in `folder` keeps the promise."""
    settled: queue.SimpleQueue[Settled | Noticed] = queue.SimpleQueue()
    before = {case.folder for case in aside.cases(folder)}
    path = folder / "votes.db"
    board = Board("the boot after the cut", promise.serial)
    store = Store(path, board, settled=settled.put, read_clock=lambda: Reading(60_000, 0, "nobody"))
    try:
        store.put([Draft(1, 0, "vote", "visit/1", "visit", "4/4", "physical", "en", "", 60_000)], 1)
        while isinstance(vote := settled.get(timeout=WAIT_S), Noticed) or vote.ticket != 1:
            pass
        if vote.error:
            return Verdict(corrupt=f"takes no vote: {vote.error}")
        if put_aside := {case.folder for case in aside.cases(folder)} - before:
            return Verdict(corrupt=f"a cut is no damage, but the store was set aside: {sorted(put_aside)}")
        return _look(path, promise, vote.rows[-1], _set_aside(folder))
    except (KioskError, sqlite3.Error, msgspec.ValidationError) as error:
        return Verdict(corrupt=f"can't be read: {error}")
    finally:
        assert store.close(WAIT_S)


def _set_aside(folder: Path) -> dict[tuple[str, int], Response]:
    """The rows that can be read of stores that were set aside, by epoch and number."""
    kept = {}
    for case in aside.cases(folder):
        if not case.salvaged.exists():
            salvage.salvage(case, pause=lambda seconds: None)
        with Reader(case.salvaged) as reader:
            epochs = reader.epochs()
            kept |= {(epoch_of(epochs, row.seq), row.seq): row for row in reader.span(1, reader.last()).rows}
    return kept


def _look(path: Path, promise: Promise, vote: Response, kept: Mapping[tuple[str, int], Response]) -> Verdict:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            return Verdict(corrupt=f"integrity check: {said}")
        read = [(raw[0], _row(raw)) for raw in connection.execute("SELECT * FROM responses ORDER BY seq")]
    finally:
        connection.close()
    if damaged := [seq for seq, row in read if row is None]:
        return Verdict(corrupt=f"rows fail their checksum: {damaged}")
    rows = [row for _, row in read if row is not None]
    with Reader(path) as reader:
        last = reader.last()
        span = reader.span(last - 9, last)
        epochs = reader.epochs()
    if span.damaged or span.rows != rows[-10:]:
        return Verdict(corrupt="the reader reads other rows than SQLite")
    if [row.seq for row in rows if row.seq > promise.may_go] != [*range(promise.may_go + 1, vote.seq + 1)]:
        return Verdict(corrupt=f"numbers with gaps: {[row.seq for row in rows]}")
    if rows[-1] != vote:
        return Verdict(corrupt=f"the last row is not the vote just taken, {vote}")
    found = {row.seq: row for row in rows[:-1]}  # without the vote just taken
    for epoch, row in promise.thanked:
        if row.seq <= promise.may_go and row.seq not in found:
            continue
        if kept.get((epoch, row.seq)) == row:
            continue
        if found.get(row.seq) != row:
            return Verdict(lost=f"row {row.seq} was thanked for, found {found.get(row.seq)}")
        forked = row.seq >= promise.forks.get(epoch, row.seq + 1)
        if epoch_of(epochs, row.seq) != epoch and not forked:
            return Verdict(lost=f"row {row.seq} was thanked for in epoch {epoch}, found in {epochs}")
    return Verdict()


@functools.lru_cache(maxsize=20_000)
def _row(raw: tuple[Any, ...]) -> Response | None:
    """A row as it stands in the file, None where its checksum fails. The same rows come in most states."""
    row = Response(*raw[:-1])
    return row if checksum(row) == raw[-1] else None
