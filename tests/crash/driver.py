"""The real store in a recorded process: votes are put, and what is thanked for is told to the tape at that moment.

Nothing of the store is replaced. `with_pragmas` alone bends what it says to SQLite: for the controls, and to have
checkpoints after a few rows instead of a thousand.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import queue
import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kiosk import disk
from kiosk.clock import Reading
from kiosk.reader import Epoch, Reader, SyncStatus
from kiosk.response import Draft
from kiosk.store import Board, Noticed, Settled, Store, _Damaged
from tests.conftest import until

WAIT_S = 30


class Kiosk:
    """Takes votes, answers and endings as the app does, and waits for each to be settled."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "votes.db"
        self.store: Store | None = None
        self.forks: dict[str, int] = {}
        self.acknowledged: dict[str, int] = {}
        self._reading = Reading(60_000, 1_790_000_000_000, "nobody")
        self._settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._visit = 0

    def open(self, boot: str = "boot-1", serial: str = "serial-1", reading: Reading | None = None) -> None:
        """Start the store; `reading` is what the clocks say from now on."""
        self._reading = reading or self._reading
        mark(serial=serial)
        self.store = Store(
            self.path,
            Board(boot, serial),
            settled=self._hear,
            read_clock=lambda: self._reading,
            sync_status=lambda: SyncStatus(watermarks=self.acknowledged, forks=self.forks),
        )

    def close(self) -> None:
        """End the store as the program does. A scenario that ends without it is a process that was killed."""
        assert self.store is not None
        assert self.store.close(WAIT_S)
        self.store = None

    def vote(self, face: int = 1, *, answers: int = 0, undone: bool = False, ends: bool = True) -> list[Settled]:
        """One visit, row by row, each thanked for before the next; its end rides. Gives what became of each row."""
        self._visit += 1
        faces = [face, face % 4 + 1] if undone else [face]
        rows = [self._draft(0, "vote", "visit", f"{face}/4", "physical") for face in faces]
        rows += [
            self._draft(at, "text", "why", f"because {at} of {self._visit}", "digital") for at in range(1, answers + 1)
        ]
        settled = [self.put([row]) for row in rows]
        if ends:
            self.ride(self._draft(answers + 1, "end", "", "done", ""))
        return settled

    def votes(self, count: int) -> None:
        """So many visits, of every kind."""
        for n in range(count):
            self.vote(n % 4 + 1, answers=(0, 0, 0, 1, 2)[n % 5], undone=n % 7 == 0, ends=n % 3 > 0)

    def burst(self, count: int) -> None:
        """So many votes at once: nobody waits for the one before."""
        assert self.store is not None
        waits = set()
        for _ in range(count):
            self._visit += 1
            ticket = next(self._tickets)
            waits.add(ticket)
            self.store.put([self._draft(0, "vote", "visit", "2/4", "physical")], ticket)
        while waits:
            waits.discard(self._settled.get(timeout=WAIT_S).ticket)

    def put(self, rows: Sequence[Draft]) -> Settled:
        """Store rows durably; gives what became of them."""
        assert self.store is not None
        ticket = next(self._tickets)
        self.store.put(rows, ticket)
        while (settled := self._settled.get(timeout=WAIT_S)).ticket != ticket:
            pass
        if settled.error:
            mark(refused=msgspec.to_builtins(rows))
        return settled

    def ride(self, row: Draft) -> None:
        """Store a row with the next commit."""
        assert self.store is not None
        self.store.put([row], None)

    def fork(self, first: int) -> None:
        """Hear from the endpoint that rows from `first` on fork in the newest epoch; from now on, as with sync.db."""
        self.forks = {self.epochs()[-1].id: first}
        mark(forks=self.forks)

    def let_go(self, up_to: int) -> None:
        """Hear from the endpoint that it has the rows up to that number: from now on they may be deleted."""
        mark(may_go=up_to)
        self.acknowledged = {self.epochs()[-1].id: up_to}

    def doubt(self) -> None:
        """Let the store be told that it is damaged, as the full check does; it is set aside before the next vote."""
        assert self.store is not None
        self.store._jobs.put(_Damaged("on purpose", self.path.stat().st_ino))

    def wait(self, condition: Callable[[sqlite3.Connection], object]) -> None:
        """Until the store, read beside its writer, is so; its upkeep goes on meanwhile."""
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None)
        try:
            until(lambda: condition(connection), "the upkeep")
        finally:
            connection.close()

    def epochs(self) -> list[Epoch]:
        """The epochs as anybody reads them now."""
        with Reader(self.path) as reader:
            return reader.epochs()

    def _draft(self, position: int, kind: str, question: str, value: str, ui: str) -> Draft:
        fields = (self._visit, position, kind, "visit/1", question, value, ui, "en", "", 70_000 + self._visit * 6_000)
        return msgspec.convert(dict(zip(Draft.__struct_fields__, fields, strict=True)), Draft)

    def _hear(self, settled: Settled | Noticed) -> None:
        """On the store's thread, before anybody else hears of it."""
        if isinstance(settled, Noticed):
            return
        if settled.rows:
            epochs = self.epochs()
            mark(thanked=[[epoch_of(epochs, row.seq), msgspec.to_builtins(row)] for row in settled.rows])
        self._settled.put(settled)


def epoch_of(epochs: Sequence[Epoch], seq: int) -> str:
    """The epoch that a row is known under; "" where it is in none."""
    return next((epoch.id for epoch in reversed(epochs) if epoch.first <= seq), "")


def mark(**told: Any) -> None:
    """Say something to the tape."""
    _shim("crash_mark")(ctypes.c_char_p(json.dumps(told).encode()))


def fail_sync(k: int, *, of_folder: bool = False) -> None:
    """Let the k-th sync of a file from now fail, or of a folder; none for 0."""
    mark(syncs_count_from_here=k)
    _shim("crash_fail_sync")(ctypes.c_int(k), ctypes.c_int(of_folder))


def _shim(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(ctypes.CDLL(None), name)
    return found


def with_pragmas(**pragmas: str | int) -> None:
    """From now on every connection of this process is given these PRAGMAs, whatever others it is told to set."""

    class Bent(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            asked = re.match(r"\s*PRAGMA\s+(\w+)\s*=", sql, re.IGNORECASE)
            if asked is None or asked[1].lower() not in pragmas:
                return super().execute(sql, *values)
            cursor = super().execute(f"PRAGMA {asked[1]}={pragmas[asked[1].lower()]}")
            if asked[1].lower() != "journal_mode":
                return cursor
            cursor.fetchall()
            return super().execute("SELECT 'wal'")  # the store holds SQLite to that answer

    if "journal_mode" in pragmas:
        disk.keep_wal_space = lambda *_: True  # there is no log to keep room in
    connect = sqlite3.connect

    def bent(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, factory=Bent, **options)
        if "wal_autocheckpoint" in pragmas:
            connection.execute("PRAGMA wal_autocheckpoint=1000")
        return connection

    sqlite3.connect = bent  # type: ignore[assignment]
