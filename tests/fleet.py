"""A real collector on a real socket, and kiosks that send to it: stores, sync.db and sender as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kiosk.clock import Reading
from kiosk.reader import Reader, sync_db, sync_status
from kiosk.response import Response
from kiosk.settings import Endpoint, Secret
from kiosk.store import Board
from sync.collector import results, tables
from sync.collector.server import Server
from sync.collector.tokens import Tokens
from sync.sender import Sender
from sync.state import SyncState, make_folder
from sync.transport import Transport
from tests.conftest import until
from tests.test_store import Bench, a_vote


class Fleet:
    """The collector, and what it has."""

    def __init__(self, folder: Path, tokens: Tokens | None = None) -> None:
        self._database = folder / "collector.db"
        self._server = Server(port=0, database=self._database, tokens=tokens)
        self.url = self._server.url
        ready = threading.Event()
        self._thread = threading.Thread(target=self._server.run, args=(lambda url: ready.set(),))
        self._thread.start()
        assert ready.wait(20)

    def close(self) -> None:
        self._server.stop()
        self._thread.join(20)

    def rows(self) -> dict[tuple[str, int], str]:
        """Each response's value by (epoch, seq)."""
        engine = tables.open_engine(self._database)
        columns = tables.responses.c
        with tables.reading(engine) as connection:
            found = connection.execute(select(columns.epoch, columns.seq, columns.value)).all()
        engine.dispose()
        return {(epoch, seq): value for epoch, seq, value in found}

    def summary(self) -> results.Summary:
        engine = tables.open_engine(self._database)
        try:
            return results.summary(engine)
        finally:
            engine.dispose()


class Kiosk:
    """A card in a board: its folder, its store, its sync."""

    def __init__(self, folder: Path, fleet: Fleet, board: Board, token: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.fleet = fleet
        self.board = board
        self.token = token
        self.bench = Bench(folder)
        self.now = 0.0
        self._visits = 0

    def start(self) -> Kiosk:
        self.bench.start(self.board)
        until(lambda: self.bench.path.exists() and begun(self.bench.path), "the store to begin")
        return self

    def vote(self, times: int = 1, value: str = "1/4") -> list[Response]:
        rows: list[Response] = []
        for _ in range(times):
            self._visits += 1
            settled = self.bench.put([a_vote(self._visits, value, ms=self._visits * 1_000)], self._visits)
            assert not settled.error
            rows += settled.rows
        return rows

    def sync(self, passes: int = 10) -> None:
        """Some passes of a sync that has just begun, each when the pause before it is over."""
        state = SyncState(make_folder(self.folder))
        sender = Sender(
            kiosk="south",
            endpoint=Endpoint(url=self.fleet.url, token=Secret(self.token)),
            votes=self.bench.path,
            state=state,
            client=Transport,
            clocks=lambda: Reading(500_000, 0, "nobody"),
            boot=self.board.boot_id,
            trace=lambda event, **fields: None,
            steady=lambda: self.now,
            jitter=lambda: 1.0,
        )
        for _ in range(passes):
            self.now += 10_000
            sender.send()
        state.close()

    def noted(self, what: str) -> str:
        """What sync has noted last."""
        state = SyncState(make_folder(self.folder))
        try:
            return state.noted(what)
        finally:
            state.close()

    def look(self) -> tuple[str, ...]:
        """Let the store see what sync has left, as it does each minute; what it tells the technician then."""
        self.bench.status = sync_status(sync_db(self.folder))
        store = self.bench.open
        assert store is not None
        store._ride_at = 0.0
        store.put([], None)  # wakes it
        until(lambda: self.bench.heard() and store._ride_at > 0, "a word to the technician")
        return self.bench.heard()

    def stop(self) -> None:
        self.bench.stop()

    def epochs(self) -> list[str]:
        with Reader(self.bench.path) as reader:
            return [epoch.id for epoch in reader.epochs()]


def begun(path: Path) -> Any:
    """The epochs of a store; nothing while its file is just being made."""
    try:
        with Reader(path) as reader:
            return reader.epochs()
    except OSError:
        return None


@contextmanager
def fleet(folder: Path, tokens: Tokens | None = None) -> Iterator[Fleet]:
    found = Fleet(folder, tokens)
    try:
        yield found
    finally:
        found.close()
