"""Two that others would take to send what waits, each draining a backlog into the server of `obvious`. Rivals only.

syslog-ng keeps what waits in its disk buffer, reliable as its manual has it for what must not be lost, and sends it
by its HTTP destination, 1,000 rows a batch (8,000 take it a third longer). posthog-python is as it comes (100 events a
batch, one thread); its queue is in memory and would be gone with the power, so that it does less than the others. Both
get their rows while nobody answers at the other end, and are timed from the first rows that the server has kept to the
last.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from kiosk.response import Response
from tests.benchmarks.obvious import BATCH, FIELDS
from tests.benchmarks.trace import day
from tests.conftest import ROOT, until
from tests.running import free_port

PYTHON = ROOT / ".venv/bench/bin/python"
UNPACKED = ROOT / ".venv/bench/syslog-ng"
PATIENCE_S = 120
CONFIGURATION = """\
@version: 3.35
options {{ stats-freq(0); time-reopen(1); }};
source waiting {{
    network(ip("127.0.0.1") port({source}) transport("tcp") flags(no-parse) log-msg-size(65536));
}};
destination endpoint {{
    http(
        url("http://127.0.0.1:{port}/rows") method("POST") headers("Content-Type: application/json")
        body("$MSG") body-prefix("[") delimiter(",") body-suffix("]")
        batch-lines({batch}) batch-timeout(1000) retries(1000)
        disk-buffer(reliable(yes) disk-buf-size(1073741824) dir("{folder}"))
    );
}};
log {{ source(waiting); destination(endpoint); flags(flow-control); }};
"""
"""Flow control has the sender wait where the buffer can't take more: nothing is dropped on the way in."""


class Drained(NamedTuple):
    """How long it took, and what it cost while it was timed."""

    seconds: float
    """For 100,000 rows."""
    near_ms: float = 0.0
    """Of processor for 1,000 rows at who sends them; 0 where nobody asked."""
    far_ms: float = 0.0
    """The same at who keeps them."""


class Processors:
    """The processor's time of who sends and who keeps, from now on."""

    def __init__(self, near: int, far: int) -> None:
        self._pids = near, far
        self._before = [_processor_ms(pid) for pid in self._pids]

    def drained(self, seconds: float, rows: int) -> Drained:
        """What so many rows took so far, in `seconds`."""
        spent = [_processor_ms(pid) - ms for pid, ms in zip(self._pids, self._before, strict=True)]
        return Drained(seconds / rows * 100_000, *(ms / rows * 1_000 for ms in spent))


def _processor_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1_000


@lru_cache(maxsize=2)
def rows_of(count: int) -> Sequence[Response]:
    """So many rows; whoever sends them, they are the same."""
    return day(count)


def items(rows: int) -> Iterator[dict[str, object]]:
    """The rows as an application would hand them over, each with an id of its own."""
    for row in rows_of(rows):
        fields = {**msgspec.structs.asdict(row), "id": str(uuid.UUID(int=row.seq * 0x9E3779B97F4A7C15, version=4))}
        yield {name: fields[name] for name in FIELDS}


Way = Callable[[int], AbstractContextManager[int]]
"""How a server's port is reached: the port that leads to it."""


def syslog_ng(folder: Path, rows: int, way: Way = contextlib.nullcontext) -> Drained:
    """From its buffer on the disk."""
    server, control = _syslog_ng()
    folder.mkdir()
    port, source = free_port(), free_port()
    configuration = folder / "syslog-ng.conf"
    places = {"cfgfile": configuration, "persist-file": folder / "persist", "pidfile": folder / "pid"}
    options = [f"--{name}={path}" for name, path in places.items()]
    forwarder = [*server, "--foreground", "--no-caps", f"--control={folder / 'control'}", *options]
    stats = [*control, "stats", f"--control={folder / 'control'}"]
    with way(port) as reached, (folder / "said").open("w") as said, contextlib.ExitStack() as end:
        text = CONFIGURATION.format(source=source, port=reached, batch=BATCH, folder=folder)
        configuration.write_text(text, encoding="utf-8")
        near = end.enter_context(_running(forwarder, said))
        with until_reached(source) as line:
            for item in items(rows):
                line.sendall(json.dumps(item, separators=(",", ":")).encode() + b"\n")

        def waiting() -> bool:
            run = subprocess.run(stats, capture_output=True, text=True, check=False)
            return f";queued;{rows}\n" in run.stdout

        until(waiting, "everything to wait in syslog-ng's buffer", PATIENCE_S)
        with serving(folder, port) as far:
            return drained(folder / "server.db", rows, near, far)


def _syslog_ng() -> tuple[list[str], list[str]]:
    """How the machine's own syslog-ng and its control are started, or those that are unpacked."""
    for root in (Path("/"), UNPACKED):
        programs = [root / "usr/sbin" / name for name in ("syslog-ng", "syslog-ng-ctl")]
        modules = [path.parent for path in (root / "usr/lib").glob("**/syslog-ng/**/libhttp.so")]
        if modules and all(program.exists() for program in programs):
            libraries = ":".join(map(str, [root / "usr/lib/syslog-ng", *(root / "usr/lib").glob("*-linux-gnu")]))
            server, control = (["env", f"LD_LIBRARY_PATH={libraries}", str(program)] for program in programs)
            return [*server, f"--module-path={modules[0]}"], control
    raise SystemExit(
        f"syslog-ng with its HTTP destination is neither installed nor in {UNPACKED}: `make bench` unpacks it there"
    )


def posthog(folder: Path, rows: int, way: Way = contextlib.nullcontext) -> Drained:
    """From its memory."""
    found = (
        subprocess.run([PYTHON, "-c", "import posthog"], capture_output=True, check=False) if PYTHON.exists() else None
    )
    if found is None or found.returncode:
        raise SystemExit(f"posthog-python is not installed in {PYTHON.parent.parent}: `make bench` does that")
    folder.mkdir()
    port = free_port()
    with serving(folder, port, "held") as far, way(port) as reached:
        told = "\n".join(map(json.dumps, items(rows)))
        script = str(Path(__file__).with_name("rivals") / "events.py")
        client = subprocess.Popen(
            [PYTHON, script, str(reached), str(rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert client.stdin and client.stdout
            client.stdin.write(told.encode())
            client.stdin.close()
            assert client.stdout.readline() == b"queued\n", "posthog-python didn't take the rows"
            (folder / "open").touch()
            return drained(folder / "server.db", rows, client.pid, far)
        finally:
            client.kill()
            client.wait()


def drained(database: Path, rows: int, near: int, far: int) -> Drained:
    """From the first rows that are in the server's table to the last; `near` sends them, `far` is the server."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as kept:

        def arrived() -> int:
            found = kept.execute("SELECT coalesce(max(rowid), 0) FROM items").fetchone()
            return int(found[0])

        def more_than(few: int) -> tuple[int, float]:
            until(lambda: arrived() > few, f"more than {few} of {rows} rows", PATIENCE_S)
            return arrived(), time.perf_counter()

        first, began = more_than(0)
        processors = Processors(near, far)
        _, ended = more_than(rows - 1)
        found = processors.drained(ended - began, rows - first)
        assert kept.execute("SELECT count(*) FROM items").fetchone() == (rows,)
        return found


@contextlib.contextmanager
def serving(folder: Path, port: int, how: str = "serve") -> Iterator[int]:
    """The process of the obvious server on `port`; `held`, it answers once there is a file `open` in the folder."""
    script = [sys.executable, str(Path(__file__).with_name("obvious.py")), how]
    with _running([*script, str(folder / "server.db"), str(port)]) as pid, until_reached(port):
        yield pid


@contextlib.contextmanager
def until_reached(port: int) -> Iterator[socket.socket]:
    """A connection to who listens there, as soon as somebody does."""
    line: list[socket.socket] = []

    def reached() -> bool:
        with contextlib.suppress(OSError):
            line.append(socket.create_connection(("127.0.0.1", port)))
        return bool(line)

    until(reached, f"somebody to listen at {port}", 30)
    with line[0]:
        yield line[0]


@contextlib.contextmanager
def _running(command: list[str], said: object = None) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=said, stderr=said)  # type: ignore[call-overload]
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
