"""A kiosk's card: real votes.db and sync.db in a folder, visitors drawn from dice. Never knows the network."""

from __future__ import annotations

import queue
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from kiosk.clock import Reading
from kiosk.reader import Reader, sync_db, sync_status
from kiosk.response import Draft, Response
from kiosk.store import Board, Noticed, Settled, Store

POISON = "what no endpoint will have"
WALL_MS = 1_790_000_000_000
CHUNK_ROWS = 400
"""Rows a commit while the backlog is made."""
_TEXTS = ("Too long a queue", "Liian pitkä jono", "الطابور طويل", "🙂 thanks", "")


Identity = tuple[str, int]
"""Boot and second of a row: a card here writes no two rows in one second, so each names a row of its own."""


class Card:
    """A store with its writer. Each `boot` is a new one, on a board with or without another serial."""

    def __init__(
        self,
        folder: Path,
        dice: random.Random,
        serial: str = "serial-one",
        thanked: Callable[[str, tuple[Response, ...]], None] = lambda boot, rows: None,
    ) -> None:
        self.folder = folder
        self.votes = folder / "votes.db"
        self.serial = serial
        self.rows = 0
        self.written: dict[Identity, Response] = {}
        """Every row that was ever thanked for, whatever became of the card since."""
        self._dice = dice
        self._thanked = thanked
        self._settled: queue.SimpleQueue[Settled | Noticed] = queue.SimpleQueue()
        self._store: Store | None = None
        self._visit = 0
        self._ms = 0
        self._boot = ""
        self.boot()

    def boot(self, serial: str | None = None) -> None:
        """Stop, and begin again as after a restart: a store that is opened looks for forks."""
        self.stop()
        self.serial = serial or self.serial
        self._boot = f"{self._dice.getrandbits(64):016x}"
        self._ms = self._dice.randint(20_000, 90_000)
        by = self._dice.choice(("ntp", "rtc", "nobody"))
        reading = Reading(self._ms, WALL_MS + self._ms, by)
        self._store = Store(
            self.votes,
            Board(self._boot, self.serial),
            settled=self._settled.put,
            read_clock=lambda: reading,
            sync_status=lambda: sync_status(sync_db(self.folder)),
        )
        self.put(1)

    @property
    def now(self) -> tuple[str, int]:
        """The boot it is in, and its age in milliseconds."""
        return self._boot, self._ms

    def stop(self) -> None:
        """Close the store."""
        if self._store is not None:
            assert self._store.close()
            self._store = None

    def put(self, rows: int, *, poisoned: bool = False) -> None:
        """At least so many more rows, in whole visits, each commit thanked for."""
        end = self.rows + rows
        while self.rows < end:
            drafts: list[Draft] = []
            while len(drafts) < min(CHUNK_ROWS, end - self.rows):
                drafts += self._a_visit(poisoned)
                poisoned = False
            assert self._store is not None
            self._store.put(drafts, 1)
            while not isinstance(settled := self._settled.get(timeout=60), Settled) or settled.ticket != 1:
                pass
            assert not settled.error, settled.error
            self.rows = settled.rows[-1].seq
            self._thanked(self._boot, settled.rows)
            self.written |= {(self._boot, row.ms // 1000): row for row in settled.rows}

    def _a_visit(self, poisoned: bool) -> list[Draft]:
        dice = self._dice
        self._visit += 1
        language = dice.choice(("en", "fi", "sv", "ar"))
        ui = dice.choice(("physical", "digital"))
        drafts: list[Draft] = []

        def add(position: int, kind: str, question: str, value: str, misuse: str = "") -> None:
            self._ms += dice.randint(1_000, 30_000)
            shown = "" if kind in ("end", "mark") else ui
            drafts.append(
                Draft(self._visit, position, kind, "visit/1", question, value, shown, language, misuse, self._ms)  # type: ignore[arg-type]
            )

        for _ in range(2 if dice.random() < 0.1 else 1):
            add(0, "vote", "visit", f"{dice.randint(1, 4)}/4", "lockout/1" if dice.random() < 0.05 else "")
        if dice.random() < 0.4:
            add(1, "choice", "improve", dice.choice(("waiting", "staff", "price")))
        if poisoned or dice.random() < 0.1:
            add(2, "text", "why", POISON if poisoned else dice.choice(_TEXTS))
        if dice.random() < 0.7:
            add(len(drafts), "end", "", dice.choice(("done", "skip", "exit", "timeout")))
        if dice.random() < 0.03 and self.rows > 50:
            named = sorted(dice.sample(range(self.rows - 40, self.rows + 1), 2))
            add(0, "mark", "", f"burst/1 {named[0]} {named[1]}")
        return drafts

    def copy_to(self, folder: Path) -> None:
        """The card byte by byte, as it lies when the kiosk is off: `stop` first, and close what holds sync.db."""
        assert self._store is None
        shutil.copytree(self.folder, folder)

    def copy_from(self, folder: Path) -> None:
        """Put an older copy back; what was written since is gone from the card."""
        assert self._store is None
        shutil.rmtree(self.folder)
        shutil.copytree(folder, self.folder)
        with Reader(self.votes) as reader:
            self.rows = reader.last()


def stored(votes: Path) -> list[tuple[str, str, Response]]:
    """What is in a store now: for each row its epoch, its boot's id and itself; every row good, no number absent."""
    with Reader(votes) as reader:
        last = reader.last()
        span = reader.span(1, last)
        epochs = reader.epochs()
        boots = {boot.number: boot.id for boot in reader.boots()}
    assert span.damaged == []
    assert [row.seq for row in span.rows] == list(range(1, last + 1))
    found = []
    for row in span.rows:
        while len(epochs) > 1 and epochs[1].first <= row.seq:
            epochs.pop(0)
        found.append((epochs[0].id, boots[row.boot], row))
    return found
