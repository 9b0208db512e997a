"""What the store does while nobody presses: space ahead, old rows out, the full check, salvage; and what it tells.

Every step on the store's thread is short. Checking and reading damaged files, which take minutes, have threads of
their own. Never knows visits, screens or networks.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk import aside, check, disk, salvage
from kiosk.clock import Reading, moment
from kiosk.errors import StoreError
from kiosk.reader import Reader, SyncStatus
from kiosk.retention import DAY_MS, STEP_ROWS, may_go
from kiosk.votes import Votes

log = logging.getLogger(__name__)

SALVAGE_AGAIN_S = 3_600.0
"""After a salvage that failed, for want of room perhaps."""
CHECK_AFTER_S = 600.0
CHECK_EACH_S = 86_400.0
"""The full check runs so long after the start, and then this often."""


class Upkeep:
    """The store's spare time. `damaged` is called, on a thread of this class, when the full check finds something.

    It is told what, and the inode of the file: by then another may stand in its place.
    """

    def __init__(self, path: Path, *, retention_days: int, damaged: Callable[[str, int], None]) -> None:
        self._path = path
        self._days = retention_days
        self._damaged = damaged
        self._stop = threading.Event()
        self._check_ends = threading.Event()
        self._check_at = time.monotonic() + CHECK_AFTER_S
        self._salvage_at = 0.0
        self._workers: dict[str, threading.Thread] = {}
        self._oldest = 1

    def close(self) -> None:
        """End what runs on other threads."""
        self._stop.set()
        self.end_check()
        for worker in self._workers.values():
            worker.join(10.0)

    def end_check(self) -> bool:
        """End the full check, so that nobody but the store's thread has the file open; False where it does not end.

        It begins anew some time later.
        """
        checking = self._workers.get("check")
        if checking is None or not checking.is_alive():
            return True
        self._check_ends.set()
        checking.join(10.0)
        self._check_at = time.monotonic() + CHECK_AFTER_S
        return not checking.is_alive()

    def step(self, votes: Votes, status: SyncStatus, reading: Reading) -> bool:
        """One short step; whether there is more to do at once."""
        if time.monotonic() >= self._salvage_at and salvage.pending(self._path.parent):
            self._begin("salvage", self._salvage)
        if time.monotonic() >= self._check_at and not self._stop.is_set():
            self._check_ends.clear()
            self._begin("check", self._check)
            self._check_at = time.monotonic() + CHECK_EACH_S
        return votes.space.step() or self._retire(votes, status, reading)

    def set_aside(self, why: str) -> None:
        """Set the store aside. StoreError or OSError where that can't be done."""
        folder = aside.set_aside(self._path, why)
        self._oldest = 1
        log.error("the store was damaged and is set aside in %s: %s", folder, why)

    def notices(self, votes: Votes | None, status: SyncStatus) -> tuple[str, ...]:
        """What whoever looks after the kiosk should know, the most urgent first."""
        told = []
        if votes is not None and votes.space.is_scarce():
            free = disk.free_bytes(self._path.parent) >> 20
            told.append(
                f"The disk is full ({free} MB free): {votes.space.slabs()} of the votes' last reserves are left"
            )
        for case in reversed(aside.cases(self._path.parent)):
            told.append(
                f"A damaged store was set aside ({aside.FOLDER}/{case.folder.name}): {case.result or 'reading it'}"
            )
        if votes is not None and votes.news:
            told.append(f"A new epoch began ({votes.news}). Where a copy of this card is at work, give it its own id")
        if status.alarm:
            told.append(f"Sending: {status.alarm}")
        return tuple(told)

    def _retire(self, votes: Votes, status: SyncStatus, reading: Reading) -> bool:
        if reading.by == "nobody" or not status.watermarks:
            return False
        with Reader(self._path) as reader:
            if self._is_young(reader, reading):
                return False
            span = reader.oldest(self._oldest, STEP_ROWS)
            going = may_go(
                span.rows,
                highest=votes.last,
                epochs=reader.epochs(),
                boots=reader.boots(),
                status=status,
                now=reading,
                days=self._days,
            )
        if not going:
            return False
        votes.forget(going)
        self._oldest = going[-1] + 1
        return len(going) > STEP_ROWS // 2

    def _is_young(self, reader: Reader, now: Reading) -> bool:
        """Whether the oldest row, by its own boot's clock, is too young to go: then no other need be read."""
        for row in reader.oldest(self._oldest, 1).rows:
            boots = reader.boots({row.boot})
            wall_ms = moment(boots, row.boot, row.ms).wall_ms if boots else None
            return wall_ms is not None and wall_ms >= now.wall_ms - self._days * DAY_MS
        return True

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        """Begin `work` on a thread of its own, if it is not under way already."""
        running = self._workers.get(name)
        if running is None or not running.is_alive():
            self._workers[name] = threading.Thread(target=work, name=name, daemon=True)
            self._workers[name].start()

    def _check(self) -> None:
        try:
            inode = self._path.stat().st_ino
            why = check.in_full(self._path, self._check_ends.is_set, self._check_ends.wait)
        except (sqlite3.Error, OSError) as error:
            log.warning("the full check could not be made: %s", error)
            return
        if why and not self._check_ends.is_set():
            self._damaged(why, inode)

    def _salvage(self) -> None:
        for case in salvage.pending(self._path.parent):
            try:
                salvage.salvage(case, stopped=self._stop.is_set, pause=self._stop.wait)
            except (StoreError, OSError, sqlite3.Error) as error:
                log.error("%s: can't be read out now: %s", case.folder, error)
                self._salvage_at = time.monotonic() + SALVAGE_AGAIN_S
