"""votes.db: its only writer, on a thread of its own. Knows rows, boots and epochs; never screens or networks.

A row is thanked for only after its COMMIT returned, which here means: is on the card (WAL, synchronous=FULL).
Rows that nobody is thanked for (how a visit ended, late marks) ride with the next commit, at the latest after
`RIDE_S`. Rows are never updated; a new epoch, boot or anchor is a new row too.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from kiosk import schema
from kiosk.clock import Anchor, Reading, worth_keeping
from kiosk.errors import StoreError
from kiosk.response import Draft, Response, checksum

log = logging.getLogger(__name__)

RIDE_S = 60.0
"""Seconds that a row which nobody is thanked for may wait for another commit; also how often the clock is read."""
RETRY_S = 5.0
"""Seconds between attempts to open a store that could not be used."""
_VISITS_REMEMBERED = 1_000
_INSERT = f"INSERT INTO responses VALUES ({', '.join('?' * len(schema.RESPONSE_COLUMNS))})"


class Settled(msgspec.Struct, frozen=True):
    """What became of a commit: the rows with their numbers and how long it took, or why it failed."""

    ticket: int | None
    rows: tuple[Response, ...] = ()
    ms: float = 0.0
    """Milliseconds from the call of `put` to the return of COMMIT."""
    error: str = ""


class Board(msgspec.Struct, frozen=True):
    """Where the store is written: the kernel's id of this boot; the board's serial, "" where it has none."""

    boot_id: str
    serial: str


class _Put(msgspec.Struct):
    rows: Sequence[Draft]
    ticket: int | None
    asked: float


class Store:
    """The writer. Its methods return at once; `settled` is called on the store's thread for each `put`.

    `read_clock` gives the clocks; `forks` gives, for epochs that the endpoint called forked, the first row that
    must go on under a new one. Neither may raise.
    """

    def __init__(
        self,
        path: Path,
        board: Board,
        *,
        settled: Callable[[Settled], None],
        read_clock: Callable[[], Reading],
        forks: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._path = path
        self._board = board
        self._settled = settled
        self._read_clock = read_clock
        self._forks = forks
        self._jobs: queue.SimpleQueue[_Put | None] = queue.SimpleQueue()
        self._riders: list[Draft] = []
        self._visits: OrderedDict[int, int] = OrderedDict()
        self._connection: sqlite3.Connection | None = None
        self._trouble = ""
        self._boot = 0
        self._last = 0
        self._anchors: list[Anchor] = []
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, rows: Sequence[Draft], ticket: int | None) -> None:
        """Store rows of one visit, in order: durably at once where there is a ticket, else with the next commit."""
        self._jobs.put(_Put(rows, ticket, time.perf_counter()))

    def close(self, timeout_s: float = 30.0) -> bool:
        """Commit what rides and close the file. False if that took longer than `timeout_s` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._attempt(None)
        due = self._due()
        while True:
            try:
                job = self._jobs.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                self._attempt(None)
                due = self._due()
                continue
            if job is None:
                break
            if job.ticket is None:
                self._take_riders(job.rows)
            else:
                self._attempt(job)
                if self._connection is None:
                    due = min(due, self._due())
        self._attempt(None)
        if self._connection is not None:
            self._connection.close()

    def _take_riders(self, rows: Sequence[Draft]) -> None:
        """Keep what rides with the next commit; what belongs to a vote that was never stored has no place."""
        self._riders += [row for row in rows if row.kind in ("end", "mark") and row.visit in self._visits]

    def _due(self) -> float:
        return time.monotonic() + (RETRY_S if self._connection is None else RIDE_S)

    def _attempt(self, job: _Put | None) -> None:
        """One commit: what rides, the job, and, between jobs, anchors and epochs."""
        ticket = job.ticket if job else None
        try:
            connection = self._connection or self._open()
            rows = self._commit(connection, job)
        except Exception as error:  # whatever it is, this thread must live on and say so
            self._forget_connection()
            if job and job.ticket is not None:
                self._take_riders(job.rows)  # how an earlier visit ended is no less true
            why = str(error) if isinstance(error, StoreError) else f"{self._path}: {error}"
            if why != self._trouble:
                unforeseen = not isinstance(error, sqlite3.Error | OSError)
                log.error("not stored: %s", why, exc_info=unforeseen)
            self._trouble = why
            self._settled(Settled(ticket, error=why))
            return
        recovered = bool(self._trouble)
        self._trouble = ""
        if job or rows or recovered:
            asked = job.asked if job else time.perf_counter()
            self._settled(Settled(ticket, rows, (time.perf_counter() - asked) * 1000))

    def _open(self) -> sqlite3.Connection:
        connection = schema.connect(self._path)
        try:
            with _transaction(connection):
                (self._last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM responses").fetchone()
                self._boot = self._this_boot(connection)
                known = connection.execute(
                    'SELECT boottime_ms, wall_ms, "by" FROM anchors WHERE boot = ? ORDER BY id', (self._boot,)
                )
                self._anchors = [Anchor(*row) for row in known]
                self._bind_epoch(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _this_boot(self, connection: sqlite3.Connection) -> int:
        found = connection.execute("SELECT number FROM boots WHERE id = ?", (self._board.boot_id,)).fetchone()
        if found is None:
            made = connection.execute("INSERT INTO boots (id) VALUES (?)", (self._board.boot_id,))
            assert made.lastrowid is not None
            return made.lastrowid
        return int(found[0])

    def _bind_epoch(self, connection: sqlite3.Connection) -> None:
        """Begin an epoch where there is none, or where the card was moved to (or cloned for) another board."""
        found = connection.execute("SELECT serial FROM epochs ORDER BY first DESC LIMIT 1").fetchone()
        serial = self._board.serial
        if found is None:
            self._begin_epoch(connection, self._last + 1, "a new store")
        elif serial and found[0] and found[0] != serial:
            self._begin_epoch(connection, self._last + 1, "another board")

    def _begin_epoch(self, connection: sqlite3.Connection, first: int, reason: str) -> None:
        # An epoch in which no row was written yet gives its place to the new one.
        connection.execute(
            "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?)",
            (first, schema.new_epoch_id(), self._board.serial, reason),
        )
        log.info("a new epoch begins at row %d: %s", first, reason)

    def _commit(self, connection: sqlite3.Connection, job: _Put | None) -> tuple[Response, ...]:
        drafts = [*self._riders, *(job.rows if job else ())]
        reading = None if job else self._news(self._read_clock())
        forks = [] if job else self._new_forks(connection)
        if not drafts and reading is None and not forks:
            return ()
        visits = self._visits.copy()
        rows = _numbered(drafts, self._last, self._boot, visits)
        with _transaction(connection):
            connection.executemany(_INSERT, [(*msgspec.structs.astuple(r), checksum(r)) for r in rows])
            if reading is not None:
                connection.execute(
                    'INSERT INTO anchors (boot, boottime_ms, wall_ms, "by") VALUES (?, ?, ?, ?)',
                    (self._boot, *msgspec.structs.astuple(reading)),
                )
            for first in forks:
                self._begin_epoch(connection, first, "the endpoint found a fork")
        if rows:
            self._last = rows[-1].seq
        self._visits = visits
        while len(visits) > _VISITS_REMEMBERED:
            visits.popitem(last=False)
        self._riders.clear()
        if reading is not None:
            self._anchors.append(reading)
        return tuple(rows)

    def _news(self, reading: Reading) -> Anchor | None:
        """The reading as an anchor, where it tells more than those kept already."""
        if not worth_keeping(self._anchors, reading):
            return None
        return Anchor(reading.boottime_ms, reading.wall_ms, reading.by)

    def _new_forks(self, connection: sqlite3.Connection) -> list[int]:
        """The rows from which a new epoch must begin: forks inside an epoch as it stands."""
        told = self._forks()
        if not told:
            return []
        epochs = connection.execute("SELECT first, id FROM epochs ORDER BY first").fetchall()
        ends = [first - 1 for first, _ in epochs[1:]] + [self._last + 1]
        return [
            max(first, told[id_])
            for (first, id_), end in zip(epochs, ends, strict=True)
            if id_ in told and told[id_] <= end
        ]

    def _forget_connection(self) -> None:
        """After a failure nothing that the connection believes is believed: the next commit opens the file anew."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


def _numbered(drafts: Sequence[Draft], last: int, boot: int, visits: OrderedDict[int, int]) -> list[Response]:
    """Drafts as rows after `last`. `visits` knows the first vote of each visit and learns those among the drafts.

    A row of a visit whose vote was never stored has nothing to belong to and is left out.
    """
    rows: list[Response] = []
    for draft in drafts:
        seq = last + len(rows) + 1
        if draft.kind == "vote":
            visits.setdefault(draft.visit, seq)
        if draft.visit not in visits:
            continue
        rows.append(
            Response(
                seq=seq,
                visit=visits[draft.visit],
                position=draft.position,
                kind=draft.kind,
                survey=draft.survey,
                question=draft.question,
                value=draft.value,
                ui=draft.ui,
                language=draft.language,
                misuse=draft.misuse,
                boot=boot,
                ms=draft.ms,
            )
        )
    return rows


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT. sqlite-utils' atomic() begins deferred, which fails at once beside a writer."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
