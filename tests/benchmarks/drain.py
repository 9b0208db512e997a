"""How fast a backlog drains, and what a vote costs meanwhile; beside the loop that most would write.

The obvious loop reads 1,000 rows that are not marked as sent, POSTs them as JSON objects with ids of their own, and
marks each as sent with sqlite-utils' `update`, which commits. Its server stands on the same libraries as ours and
keeps the rows in SQLite with the same durability, each batch in one transaction. Both clients and both servers are
processes, both keep their connection. That loop is measured twice more, in its favour: with one commit for all the
marks of a batch, over a wire that nothing slows; and so again over a line of 10 Mbit/s with 20 ms to and fro, where
bytes and round trips cost what they cost behind a shop's router.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.absence import Desk, drafts
from tests.benchmarks.figure import Figure
from tests.benchmarks.trace import day
from tests.conftest import until
from tests.running import SETTINGS, Place, free_port

WAITING = 200_000
FEW = 20_000
"""Rows for what takes long: a rate is a rate."""
VOTES = 100
GOAL = 0.4
"""2.5 times the speed."""
BYTES_A_SECOND = 10_000_000 / 8
DELAY_S = 0.010
"""One way."""
COLUMNS = ("kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse", "boot", "ms")
UNIT = "s per 100,000 rows"


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """From the first acknowledgement to the last."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        ours, quiet, meanwhile = _ours(folder / "ours", WAITING)
        each = _obvious(folder / "each", FEW, "each")
        yield Figure("draining a backlog", UNIT, ours, "the obvious loop", each, GOAL)
        together = _obvious(folder / "together", WAITING, "together")
        yield Figure("draining a backlog", UNIT, ours, "the same, marks in one commit", together, None)
        yield Figure("vote → COMMIT while draining", "ms", meanwhile, "the same with no sync", quiet, None)
        slow, _, _ = _ours(folder / "slow", FEW, slow=True)
        obvious = _obvious(folder / "slow-obvious", FEW, "together", slow=True)
        yield Figure("draining over 10 Mbit/s", UNIT, slow, "the same, marks in one commit", obvious, GOAL)


def _ours(folder: Path, rows: int, *, slow: bool = False) -> tuple[float, float, float]:
    """Seconds for 100,000 rows; a vote's milliseconds before and meanwhile."""
    desk = Desk(folder)
    waiting = drafts(day(rows))
    for at in range(0, len(waiting), 5_000):
        desk.put(waiting[at : at + 5_000])
    place = Place(folder)
    with contextlib.ExitStack() as end:
        end.callback(desk.close)
        end.callback(place.close)
        place.collector()
        if slow:
            port = end.enter_context(slow_line(place.port))
            place.settings.write_text(SETTINGS.replace("{port}", str(port)), encoding="utf-8")
        quiet = [_paced(desk) for _ in range(VOTES)]
        heard = place.start("sync")
        until(lambda: heard.all("acknowledged"), "the first batch", 60)
        meanwhile = [_paced(desk)]
        while heard.all("acknowledged")[-1]["ack"] < rows:
            meanwhile.append(_paced(desk))
            assert not heard.all("refused", "ended"), heard.all("refused", "ended")
        acks = heard.all("acknowledged")
        first, last = acks[0], next(a for a in acks if a["ack"] >= rows)
        seconds = (last["at"] - first["at"]) / (last["ack"] - first["ack"]) * 100_000
        return seconds, statistics.median(quiet), statistics.median(meanwhile)


def _paced(desk: Desk) -> float:
    time.sleep(0.02)
    return desk.vote()


def _obvious(folder: Path, rows: int, marks: str, *, slow: bool = False) -> float:
    """Seconds for 100,000 rows of the loop that comes to mind first."""
    folder.mkdir()
    _keep_as_usual(folder / "rows.db", rows)
    script, port = [sys.executable, str(Path(__file__).with_name("obvious.py"))], free_port()
    server = subprocess.Popen([*script, "serve", str(folder / "server.db"), str(port)])
    try:
        with slow_line(port) if slow else contextlib.nullcontext(port) as reached:
            client = [*script, marks, str(folder / "rows.db"), str(reached)]
            run = subprocess.run(client, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    finally:
        server.terminate()
        server.wait()
    with contextlib.closing(sqlite3.connect(folder / "server.db")) as arrived:
        assert arrived.execute("SELECT count(*) FROM items").fetchone() == (rows,)
    return float(run.stdout) / rows * 100_000


def _keep_as_usual(path: Path, rows: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as kept, kept:
        kept.execute("PRAGMA journal_mode=WAL")
        kept.execute(f"CREATE TABLE responses (id TEXT PRIMARY KEY, {', '.join(COLUMNS)}, sent INTEGER DEFAULT 0)")
        kept.execute("CREATE INDEX unsent ON responses (sent)")
        kept.executemany(
            f"INSERT INTO responses (id, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * 12)})",
            (
                (f"{r.seq * 0x9E3779B97F4A7C15 % 2**64:032x}", *(getattr(r, name) for name in COLUMNS))
                for r in day(rows)
            ),
        )


@contextlib.contextmanager
def slow_line(port: int) -> Iterator[int]:
    """A port that leads to `port` over a line with a rate and a delay."""
    reached = free_port()
    loop = asyncio.new_event_loop()
    hung_up = asyncio.Event()
    listening = threading.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):  # Python 3.11 would print a stream's end as an error
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    async def lead() -> None:
        server = await asyncio.start_server(meet, "127.0.0.1", reached)
        listening.set()
        await hung_up.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=loop.run_until_complete, args=(lead(),))
    thread.start()
    assert listening.wait(10)
    try:
        yield reached
    finally:
        loop.call_soon_threadsafe(hung_up.set)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    free_at = 0.0
    with contextlib.suppress(ConnectionError):
        while data := await source.read(16_384):
            # A chunk leaves after those before it, at the line's rate, and arrives a delay later.
            free_at = max(free_at, loop.time()) + len(data) / BYTES_A_SECOND
            loop.call_at(free_at + DELAY_S, _write, target, data)
            await asyncio.sleep(max(0.0, free_at - loop.time()))
    loop.call_at(max(free_at, loop.time()) + DELAY_S, target.close)


def _write(target: asyncio.StreamWriter, data: bytes) -> None:
    if not target.is_closing():
        target.write(data)
