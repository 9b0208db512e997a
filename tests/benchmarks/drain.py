"""How fast a backlog drains, end to end into a table at the other end, beside what others would send it with.

The obvious loop reads 1,000 rows that are not marked as sent, POSTs them as JSON objects with ids of their own, and
marks each as sent with sqlite-utils' `update`, which commits. Its server stands on the same libraries as ours and
keeps the rows in SQLite with the same durability, each batch in one transaction; syslog-ng and posthog-python (see
`forwarders`) send to the same server. Both clients and both servers are processes, all keep their connection; each is
timed from the first batch that the other end has kept to the last. In its favour posthog-python keeps what waits in
memory, where a power cut takes it. The loop is measured once more, in its favour: with one commit for all the
marks of a batch. All go over a wire that nothing slows, then over a line of 10 Mbit/s with 20 ms to and fro, where
bytes and round trips cost what they cost behind a shop's router.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks import forwarders
from tests.benchmarks.absence import Desk, drafts
from tests.benchmarks.figure import Figure, of
from tests.benchmarks.forwarders import Drained, Processors, Way
from tests.conftest import until
from tests.running import SETTINGS, Place, free_port

WAITING = 200_000
FEW = 20_000
"""Rows for what takes long: a rate is a rate."""
VOTES = 100
ROUNDS = 3
GOALS = {
    "the obvious loop": 1 / 2.5,
    "the same, marks in one commit": None,
    "syslog-ng, reliable disk buffer": 1 / 2,
    "posthog-python": 1 / 8,
}
"""2.5 times the speed, and so on."""
BYTES_A_SECOND = 10_000_000 / 8
DELAY_S = 0.010
"""One way."""
COLUMNS = ("kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse", "boot", "ms")
UNIT = "s per 100,000 rows"


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """From the first acknowledgement to the last."""
    waiting, rounds = (FEW, 1) if quick else (WAITING, ROUNDS)
    ways: dict[str, tuple[Callable[..., Drained], int]] = {
        "ours": (_ours, waiting),
        "the obvious loop": (partial(_obvious, marks="each"), FEW // 4 if quick else FEW),
        "the same, marks in one commit": (partial(_obvious, marks="together"), waiting),
        "syslog-ng, reliable disk buffer": (forwarders.syslog_ng, waiting),
        "posthog-python": (forwarders.posthog, FEW),
    }
    taken: dict[str, list[Drained]] = {who: [] for who in ways}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        for turn in range(rounds):
            for at, (who, (drain, rows)) in enumerate(ways.items()):
                taken[who].append(drain(folder / f"{at}-{turn}", rows))
        yield from _beside(taken.pop("ours"), taken)
        votes, quiet = _meanwhile(folder / "meanwhile", FEW)
        yield of("vote → COMMIT while draining", "ms", votes, "the same with no sync", quiet, None)
        if not quick:
            slow = _ours(folder / "slow", FEW, way=slow_line).seconds
            loop = "the same, marks in one commit"
            for at, who in enumerate((loop, "syslog-ng, reliable disk buffer", "posthog-python")):
                drain, _ = ways[who]
                theirs = drain(folder / f"slow-{at}", FEW, way=slow_line).seconds
                goal = GOALS["the obvious loop"] if who == loop else GOALS[who]
                yield Figure("draining over 10 Mbit/s", UNIT, slow, who, theirs, goal)


def _beside(ours: list[Drained], others: dict[str, list[Drained]]) -> Iterator[Figure]:
    seconds, near, far = (list(values) for values in zip(*ours, strict=True))
    syslog = others["syslog-ng, reliable disk buffer"]
    for who, baseline in others.items():
        yield of("draining a backlog", UNIT, seconds, who, [each.seconds for each in baseline], GOALS[who])
    for where, part, part_ms in (("kiosk", 1, near), ("other end", 2, far)):
        what = f"  processor at the {where}"
        yield of(what, "ms for 1,000 rows", part_ms, "syslog-ng and its server", [each[part] for each in syslog], None)


def _ours(folder: Path, rows: int, *, way: Way = contextlib.nullcontext) -> Drained:
    """Out of a store, into a collector."""
    with _waiting(folder, rows, way) as (_, place):
        heard = place.start("sync")
        until(lambda: heard.all("acknowledged"), "the first batch", 60)
        processors = Processors(place.members["sync"].pid, place.members["collector"].pid)
        begun = heard.all("acknowledged")[-1]

        def all_sent() -> bool:
            assert not heard.all("refused", "ended"), heard.all("refused", "ended")
            return any(answer["ack"] >= rows for answer in heard.all("acknowledged"))

        until(all_sent, "everything to be acknowledged", 600)
        ended = next(answer for answer in heard.all("acknowledged") if answer["ack"] >= rows)
        return processors.drained(ended["at"] - begun["at"], ended["ack"] - begun["ack"])


def _meanwhile(folder: Path, rows: int) -> tuple[list[float], list[float]]:
    """A vote's milliseconds while so many rows are sent, and before."""
    with _waiting(folder, rows) as (desk, place):
        quiet = [_paced(desk) for _ in range(VOTES)]
        heard = place.start("sync")
        until(lambda: heard.all("acknowledged"), "the first batch", 60)
        meanwhile = [_paced(desk)]
        while heard.all("acknowledged")[-1]["ack"] < rows:
            meanwhile.append(_paced(desk))
        return meanwhile, quiet


@contextlib.contextmanager
def _waiting(folder: Path, rows: int, way: Way = contextlib.nullcontext) -> Iterator[tuple[Desk, Place]]:
    """A store in which so many rows wait, and a collector that is up."""
    desk = Desk(folder)
    waiting = drafts(forwarders.rows_of(rows))
    for at in range(0, len(waiting), 5_000):
        desk.put(waiting[at : at + 5_000])
    place = Place(folder)
    with contextlib.ExitStack() as end:
        end.callback(desk.close)
        end.callback(place.close)
        place.collector()
        reached = end.enter_context(way(place.port))
        place.settings.write_text(SETTINGS.replace("{port}", str(reached)), encoding="utf-8")
        yield desk, place


def _paced(desk: Desk) -> float:
    time.sleep(0.02)
    return desk.vote()


def _obvious(folder: Path, rows: int, marks: str, *, way: Way = contextlib.nullcontext) -> Drained:
    """The loop that comes to mind first."""
    folder.mkdir()
    _keep_as_usual(folder / "rows.db", rows)
    script, port = [sys.executable, str(Path(__file__).with_name("obvious.py"))], free_port()
    server = subprocess.Popen([*script, "serve", str(folder / "server.db"), str(port)])
    try:
        with way(port) as reached:
            client = [*script, marks, str(folder / "rows.db"), str(reached)]
            run = subprocess.run(client, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    finally:
        server.terminate()
        server.wait()
    with contextlib.closing(sqlite3.connect(folder / "server.db")) as arrived:
        assert arrived.execute("SELECT count(*) FROM items").fetchone() == (rows,)
    return Drained(float(run.stdout) / rows * 100_000)


def _keep_as_usual(path: Path, rows: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as kept, kept:
        kept.execute("PRAGMA journal_mode=WAL")
        kept.execute(f"CREATE TABLE responses (id TEXT PRIMARY KEY, {', '.join(COLUMNS)}, sent INTEGER DEFAULT 0)")
        kept.execute("CREATE INDEX unsent ON responses (sent)")
        kept.executemany(
            f"INSERT INTO responses (id, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * 12)})",
            (
                (f"{r.seq * 0x9E3779B97F4A7C15 % 2**64:032x}", *(getattr(r, name) for name in COLUMNS))
                for r in forwarders.rows_of(rows)
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
