"""votes.db's thread: what is put is committed in order, then told. Knows drafts and visits; never screens or networks.

A row is thanked for only after its COMMIT returned, which here means: is on the card (WAL, synchronous=FULL).
Rows that nobody is thanked for (how a visit ended, late marks) ride with the next commit, at the latest after
`RIDE_S`. A store that can't be believed is set aside whole, and a new one begins with the same press.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections import ChainMap, OrderedDict
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path

import msgspec

from kiosk import aside
from kiosk.check import means_damage
from kiosk.clock import Reading
from kiosk.errors import StoreError
from kiosk.health import store_health
from kiosk.reader import Reader, SyncStatus
from kiosk.response import Draft, Response
from kiosk.upkeep import Upkeep
from kiosk.votes import Board, Votes

__all__ = ["Board", "Noticed", "Settled", "Store"]

log = logging.getLogger(__name__)

RIDE_S = 60.0
"""Seconds that a row which nobody is thanked for may wait for another commit; also how often the clock is read."""
RETRY_S = 5.0
"""Seconds between attempts to open a store that could not be used."""
IDLE_S = 2.0
"""Seconds without a press before upkeep takes its turn; between two of its steps there are `STEP_S`."""
STEP_S = 0.05
_VISITS_REMEMBERED = 1_000


class Settled(msgspec.Struct, frozen=True):
    """What became of a commit: the rows with their numbers and how long it took, or why it failed."""

    ticket: int | None
    rows: tuple[Response, ...] = ()
    ms: float = 0.0
    """Milliseconds from the call of `put` to the return of COMMIT."""
    error: str = ""


class Noticed(msgspec.Struct, frozen=True):
    """What whoever looks after the kiosk should know, the most urgent first; votes are taken all the same."""

    notices: tuple[str, ...]


class _Put(msgspec.Struct):
    rows: Sequence[Draft]
    ticket: int | None
    asked: float


class _Damaged(msgspec.Struct):
    why: str
    inode: int


class Store:
    """The writer. Its methods return at once; `settled` is called on the store's thread for each `put`.

    It is called with `Noticed` too, when there is something else to tell than before. `read_clock` gives the clocks;
    `sync_status` what sync has left, above all how far the endpoint has acknowledged. Neither may raise.
    """

    def __init__(
        self,
        path: Path,
        board: Board,
        *,
        settled: Callable[[Settled | Noticed], None],
        read_clock: Callable[[], Reading],
        sync_status: Callable[[], SyncStatus] = SyncStatus,
        retention_days: int = 400,
    ) -> None:
        self._path = path
        self._board = board
        self._settled = settled
        self._read_clock = read_clock
        self._sync_status = sync_status
        self._jobs: queue.SimpleQueue[_Put | _Damaged | int | None] = queue.SimpleQueue()
        self._upkeep = Upkeep(path, retention_days=retention_days, damaged=self._suspect)
        self._riders: list[Draft] = []
        self._visits: OrderedDict[int, int] = OrderedDict()
        self._votes: Votes | None = None
        self._trouble = ""
        self._noticed: tuple[str, ...] = ()
        self._ride_at = self._upkeep_at = time.monotonic()
        self._asked_ms = self._answered_ms = -1
        self.waiting: int | None = None
        """How many rows the endpoint had not acknowledged at the last answer; None while nobody knows."""
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def put(self, rows: Sequence[Draft], ticket: int | None) -> None:
        """Store rows of one visit, in order: durably at once where there is a ticket, else with the next commit."""
        self._jobs.put(_Put(rows, ticket, time.perf_counter()))

    def answers(self, since_ms: int) -> bool:
        """Whether the thread has answered a question of `since_ms` or later; if not, it is asked, behind its jobs."""
        if since_ms > self._asked_ms:
            self._asked_ms = since_ms
            self._jobs.put(since_ms)
        return self._answered_ms >= since_ms

    def close(self, timeout_s: float = 30.0) -> bool:
        """Commit what rides and close the file. False if that took longer than `timeout_s` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._round()
        while True:
            try:
                job = self._jobs.get(timeout=max(0.0, min(self._ride_at, self._upkeep_at) - time.monotonic()))
            except queue.Empty:
                if time.monotonic() >= self._ride_at:
                    self._round()
                else:
                    self._keep_up()
                continue
            if job is None:
                break
            if isinstance(job, int):
                self._answer(job)
                continue
            self._upkeep_at = time.monotonic() + IDLE_S
            if isinstance(job, _Damaged):
                if self._path.exists() and self._path.stat().st_ino == job.inode:  # not set aside meanwhile
                    self._attempt(None, damaged=job.why)
            elif job.ticket is None:
                self._take_riders(job.rows)
            else:
                self._attempt(job)
                if self._votes is None:
                    self._ride_at = min(self._ride_at, time.monotonic() + RETRY_S)
        self._attempt(None)
        self._upkeep.close()
        if self._votes is not None:
            self._votes.close()

    def _answer(self, since_ms: int) -> None:
        self._answered_ms = since_ms
        self.waiting = None
        with contextlib.suppress(StoreError), Reader(self._path) as reader:
            spans = store_health.unacknowledged(reader.epochs(), self._sync_status(), reader.last())
            self.waiting = sum(max(0, last - first + 1) for first, last in spans)

    def _suspect(self, why: str, inode: int) -> None:
        self._jobs.put(_Damaged(why, inode))

    def _take_riders(self, rows: Sequence[Draft]) -> None:
        """Keep what rides with the next commit; what belongs to a vote that was never stored has no place."""
        self._riders += [row for row in rows if row.kind in ("end", "mark") and row.visit in self._visits]

    def _round(self) -> None:
        """What is due each `RIDE_S`: riders, anchors, epochs, and a word to whoever looks after the kiosk."""
        self._attempt(None)
        self._ride_at = time.monotonic() + (RETRY_S if self._votes is None else RIDE_S)
        self._upkeep_at = max(self._upkeep_at, time.monotonic() + IDLE_S)
        self._tell()

    def _keep_up(self) -> None:
        more = False
        if self._votes is not None:
            try:
                more = self._upkeep.step(self._votes, self._sync_status(), self._read_clock())
            except Exception as error:
                log.warning("upkeep has to wait: %s", error, exc_info=_unforeseen(error))
                if means_damage(error):
                    self._attempt(None, damaged=str(error))
                elif isinstance(error, sqlite3.Error):
                    self._let_go(failed=True)
                    self._ride_at = time.monotonic()  # whether votes can be taken is seen at once
                self._upkeep_at = time.monotonic() + RIDE_S
                return
        self._upkeep_at = time.monotonic() + STEP_S if more else max(self._ride_at, time.monotonic()) + IDLE_S
        if not more:
            self._tell()

    def _tell(self) -> None:
        try:
            notices = self._upkeep.notices(self._votes, self._sync_status())
        except (sqlite3.Error, OSError) as error:
            log.warning("nothing can be told of the store: %s", error)
            return
        if notices != self._noticed:
            self._noticed = notices
            self._settled(Noticed(notices))

    def _attempt(self, job: _Put | None, damaged: str = "") -> None:
        """One commit: what rides and the job, or, between jobs, anchors and epochs too."""
        try:
            rows = self._commit(job, damaged)
        except Exception as error:  # whatever it is, this thread must live on and say so
            if means_damage(error) and not damaged:
                return self._attempt(job, damaged=str(error))
            # After a failure nothing that the connection believes is believed: the next commit opens the file anew.
            self._let_go(failed=True)
            why = str(error) if isinstance(error, StoreError) else f"{self._path}: {error}"
            if why != self._trouble:
                log.error("not stored: %s", why, exc_info=_unforeseen(error))
            self._trouble = why
            if job and job.ticket is not None:
                self._take_riders(job.rows)  # how an earlier visit ended is no less true
            return self._settled(Settled(job.ticket if job else None, error=self._trouble))
        recovered = bool(self._trouble)
        self._trouble = ""
        if job or rows or recovered:
            asked = job.asked if job else time.perf_counter()
            self._settled(Settled(job.ticket if job else None, rows, (time.perf_counter() - asked) * 1000))
        if damaged:
            self._tell()
        return None

    def _commit(self, job: _Put | None, damaged: str) -> tuple[Response, ...]:
        if damaged:
            self._let_go()
            self._upkeep.set_aside(damaged)
            self._riders.clear()  # their votes are in the other file
            self._visits.clear()
        if self._votes is None:
            aside.finish(self._path)
            self._votes = Votes(self._path, self._board, began="damage" if damaged else "a new store")
        votes = self._votes
        if job is None:
            votes.keep_time(self._read_clock())
            votes.follow(self._sync_status())
        drafts = [*self._riders, *(job.rows if job else ())]
        # Known only once they are stored; and to copy all that are, for each vote, would cost as much as the vote.
        begun: dict[int, int] = {}
        rows = _numbered(drafts, votes.last, votes.boot, ChainMap(begun, self._visits))
        if rows:
            votes.write(rows)
        elif job is not None:
            raise StoreError(f"{self._path}: nothing was left to store of what was put")
        self._visits.update(begun)
        while len(self._visits) > _VISITS_REMEMBERED:
            self._visits.popitem(last=False)
        self._riders.clear()
        return tuple(rows)

    def _let_go(self, *, failed: bool = False) -> None:
        if self._votes is not None:
            self._upkeep.end_check()
            self._votes.close(failed=failed)
        self._votes = None


def _unforeseen(error: Exception) -> bool:
    return not isinstance(error, sqlite3.Error | OSError)


def _numbered(drafts: Sequence[Draft], last: int, boot: int, visits: MutableMapping[int, int]) -> list[Response]:
    """Drafts as rows after `last`. `visits` knows the first vote of each visit and learns those among the drafts.

    The end of a visit whose vote is not here has nothing to belong to and is left out. An answer to one is kept by
    itself: somebody gave it, to a vote that stands in a store that was set aside meanwhile.
    """
    rows: list[Response] = []
    for draft in drafts:
        seq = last + len(rows) + 1
        if draft.kind == "vote":
            visits.setdefault(draft.visit, seq)
        elif draft.visit not in visits and draft.kind in ("end", "mark"):
            continue
        rows.append(
            Response(
                seq=seq,
                visit=visits.get(draft.visit, seq),
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
