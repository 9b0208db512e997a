"""The loop that most would write to send stored rows, and the server for it: a baseline, run as a script."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import uvicorn
from litestar import Litestar, post
from litestar.params import Body
from sqlalchemy import Engine, text
from sqlite_utils import Database

from sync.collector.tables import open_engine, writing

BATCH = 1_000
FIELDS = ("id", "kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse", "boot", "ms")


class Item(msgspec.Struct):
    id: str
    kind: str
    visit: int
    position: int
    survey: str
    question: str
    value: str
    ui: str
    language: str
    misuse: str
    boot: int
    ms: int


def insert(engine: Engine, items: list[Item]) -> None:
    """A batch, durably, each row once."""
    places = ", ".join(f":{name}" for name in FIELDS)
    with writing(engine) as connection:
        connection.execute(
            text(f"INSERT OR IGNORE INTO items VALUES ({places})"), [msgspec.to_builtins(i) for i in items]
        )


class Event(msgspec.Struct):
    """A row as posthog-python sends it, among properties of its own."""

    properties: Item


class Events(msgspec.Struct):
    batch: list[Event]


def serve(database: str, port: int, *, held: bool = False) -> None:
    """Take batches in until killed; `held`, events only from when there is a file `open` beside the database."""
    engine = open_engine(Path(database))
    with writing(engine) as connection:
        connection.execute(text(f"CREATE TABLE items ({', '.join(FIELDS)}, PRIMARY KEY (id))"))

    @post("/rows", status_code=200, sync_to_thread=True)
    def rows(data: Annotated[list[Item], Body()]) -> dict[str, Any]:
        insert(engine, data)
        return {"stored": len(data)}

    @post("/batch/", status_code=200, sync_to_thread=True)
    def batch(data: Annotated[Events, Body()]) -> dict[str, Any]:
        while held and not Path(database).with_name("open").exists():
            time.sleep(0.01)
        insert(engine, [event.properties for event in data.batch])
        return {"status": "Ok"}

    uvicorn.run(Litestar([rows, batch], openapi_config=None), host="127.0.0.1", port=port, log_level="error")


def send(database: str, port: int, marks: str) -> float:
    """Send everything; the seconds that it took. `marks` says whether those of a batch are committed together."""
    rows = sqlite3.connect(database)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=FULL")
    with contextlib.closing(rows), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                client.get("/")
                break
            time.sleep(0.1)
        table = Database(rows).table("responses")
        began = time.perf_counter()
        query = f"SELECT {', '.join(FIELDS)} FROM responses WHERE sent = 0 ORDER BY rowid LIMIT ?"
        while found := rows.execute(query, (BATCH,)).fetchall():
            client.post("/rows", json=[dict(zip(FIELDS, row, strict=True)) for row in found]).raise_for_status()
            if marks == "each":
                for row in found:
                    table.update(row[0], {"sent": 1})
            else:
                with rows:
                    rows.executemany("UPDATE responses SET sent = 1 WHERE id = ?", [(row[0],) for row in found])
        return time.perf_counter() - began


if __name__ == "__main__":
    what, database, port = sys.argv[1:]
    if what in ("serve", "held"):
        serve(database, int(port), held=what == "held")
    else:
        print(send(database, int(port), what))
