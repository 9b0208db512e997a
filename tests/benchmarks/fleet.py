"""What a fleet costs its collector and its lines: beside the server and the requests that most would write.

Fair, because both servers stand on the same libraries (Litestar, SQLAlchemy, SQLite with a durable commit for each
request) and get the same visits of the same kiosks, one visit a request, from the same clients over connections that
are kept; ours checks a token, numbers, forks and gaps besides, and counts as it goes. On the line both send over TLS
1.3 with a connection of its own for each pass, as votes minutes apart do; counted is what goes over TCP, both ways.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import httpx

from kiosk.crew import Member
from kiosk.response import Response
from sync import protocol
from sync.collector.tokens import READER, line
from sync.protocol import BootTimes
from tests.benchmarks.drain import COLUMNS
from tests.benchmarks.figure import Figure, of
from tests.benchmarks.trace import day
from tests.conftest import until
from tests.image.authority import Authority
from tests.running import Heard, free_port

KIOSKS = 1_000
VISITS = 8
"""Of each kiosk, one a request."""
CLIENTS = 4
PAGES = 15
LINES = 9
BOOT = BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])
HEADERS = {"Moodpost-Epoch": "00c0ffee00c0ffee", "Moodpost-Nonce": "bm9uY2UtMTIzNDU2"}
OBVIOUS = "the obvious server"
FULL = 1_000
"""Rows of a large batch."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """The servers one after the other, then the lines."""
    kiosks = KIOSKS // 5 if quick else KIOSKS
    visits = _visits(VISITS)
    rows = kiosks * sum(map(len, visits))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        ours, usual = _Ours(Path(name) / "ours", kiosks), _Obvious(Path(name) / "obvious", kiosks)
        spent, pages = ours.serve(visits)
        other, _ = usual.serve(visits)
        requests = kiosks * VISITS
        what = "a visit at the collector"
        yield Figure(what, "ms of processor", spent.cpu_s / requests * 1e3, OBVIOUS, other.cpu_s / requests * 1e3, None)
        yield Figure(
            what, "ms, from 4 clients", spent.took_s / requests * 1e3, OBVIOUS, other.took_s / requests * 1e3, None
        )
        yield Figure("a row kept there", "bytes", spent.kept / rows, OBVIOUS, other.kept / rows, None)
        first, many = pages
        yield of(f"the live page of {kiosks:,} kiosks", "ms", many, "that of one", first, None)
        yield from _lines(Path(name))


class _Spent:
    """What a server used for all that it was sent: seconds of processor, seconds, bytes of its database."""

    def __init__(self, cpu_s: float, took_s: float, kept: int) -> None:
        self.cpu_s, self.took_s, self.kept = cpu_s, took_s, kept


class _Server:
    """A server in a process of its own that `kiosks` send to, each its visits in turn."""

    def __init__(self, folder: Path, kiosks: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.names = [f"kiosk-{number:04}" for number in range(kiosks)]
        self.database = folder / "collector.db"

    def serve(self, visits: Sequence[Sequence[Response]]) -> tuple[_Spent, tuple[list[float], list[float]]]:
        with self._running() as pid:
            self._send(self.names[:1], visits)
            first = self._pages()
            cpu_s, began = _cpu_s(pid), time.perf_counter()
            threads = [
                threading.Thread(target=self._send, args=(self.names[1 + at :: CLIENTS], visits))
                for at in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            took_s = time.perf_counter() - began
            cpu_s = _cpu_s(pid) - cpu_s
            many = self._pages()
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _Spent(cpu_s, took_s, self.database.stat().st_size), (first, many)

    def _send(self, kiosks: Sequence[str], visits: Sequence[Sequence[Response]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            # As they come: each kiosk has one visit before anybody has a second.
            for place, visit in enumerate(visits):
                for kiosk in kiosks:
                    path, body, headers = self.request(kiosk, place, visit)
                    connection.request("POST", path, body, headers)
                    answer = connection.getresponse()
                    said = answer.read()
                    assert answer.status == 200, said

    def request(self, kiosk: str, place: int, visit: Sequence[Response]) -> tuple[str, bytes, dict[str, str]]:
        raise NotImplementedError

    def _pages(self) -> list[float]:
        return []

    @contextlib.contextmanager
    def _running(self) -> Iterator[int]:
        raise NotImplementedError
        yield 0


class _Ours(_Server):
    """`moodpost collector` with a token for each kiosk."""

    def request(self, kiosk: str, place: int, visit: Sequence[Response]) -> tuple[str, bytes, dict[str, str]]:
        return f"/v1/kiosks/{kiosk}/responses", body_of(visit), _headers(kiosk)

    def _pages(self) -> list[float]:
        taken = []
        for _ in range(PAGES):
            asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/", headers=_headers(READER))
            began = time.perf_counter()
            with urllib.request.urlopen(asked, timeout=60) as answer:
                answer.read()
            taken.append((time.perf_counter() - began) * 1e3)
        return taken

    @contextlib.contextmanager
    def _running(self) -> Iterator[int]:
        tokens = self.folder / "tokens"
        tokens.write_text("".join(f"{line(who, _token(who))}\n" for who in (*self.names, READER)))
        with collector(self.folder, self.port, tokens) as pid:
            yield pid


class _Obvious(_Server):
    """The server of `obvious`, which takes lists of JSON objects with ids."""

    def request(self, kiosk: str, place: int, visit: Sequence[Response]) -> tuple[str, bytes, dict[str, str]]:
        return "/rows", json.dumps(objects(kiosk, visit)).encode(), {"Content-Type": "application/json"}

    @contextlib.contextmanager
    def _running(self) -> Iterator[int]:
        script = str(Path(__file__).with_name("obvious.py"))
        server = subprocess.Popen([sys.executable, script, "serve", str(self.database), str(self.port)])
        try:
            until(lambda: _listens(self.port), "the obvious server to listen", 60)
            yield server.pid
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def collector(folder: Path, port: int, tokens: Path) -> Iterator[int]:
    """The collector with its data in `folder`; its process."""
    heard = Heard()
    given = ["--port", str(port), "--data", str(folder), "--tokens", str(tokens)]
    member = Member("collector", ["collector", "--trace", *given], heard)
    try:
        until(lambda: heard.all("ready", "ended"), "the collector to listen", 60)
        assert heard.all("ready"), "the collector ended instead of starting"
        yield member.pid
    finally:
        member.end()


def body_of(rows: Sequence[Response]) -> bytes:
    """A batch of ours, told in full."""
    boots = {row.boot: BOOT for row in rows}
    return protocol.encode(rows, start=1, boots=boots, boot=BOOT.id, boottime=rows[-1].ms // 1000 + 1).body


def objects(kiosk: str, rows: Sequence[Response]) -> list[dict[str, object]]:
    """The same rows with an id each, as most would send them."""
    return [
        {"id": f"{kiosk}-{row.seq:032x}"[-36:], **{name: getattr(row, name) for name in COLUMNS if hasattr(row, name)}}
        for row in rows
    ]


def _visits(count: int) -> list[list[Response]]:
    """The first visits of a day, each with the rows between its vote and the next visit's."""
    rows = day(count * 12)
    found: list[list[Response]] = []
    for _, group in groupby(rows, key=lambda row: row.visit):
        found.append(list(group))
    return found[:count]


def _token(kiosk: str) -> str:
    return f"token-of-{kiosk}-in-the-benchmark"


def _headers(kiosk: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {_token(kiosk)}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        **HEADERS,
    }


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _lines(folder: Path) -> Iterator[Figure]:
    """Bytes over TCP for one visit and for a thousand rows, each with a connection of its own."""
    authority = Authority(folder / "authority", "127.0.0.1")
    with Counted(authority.context()) as line:
        trusted = ssl.create_default_context(cadata=authority.pem.decode())

        def passed(path: str, body: bytes, headers: dict[str, str]) -> float:
            before = line.bytes
            with httpx.Client(verify=trusted, trust_env=False) as client:
                client.post(f"https://127.0.0.1:{line.port}{path}", content=body, headers=headers).raise_for_status()
            line.settle()
            return float(line.bytes - before)

        for what, rows in (("one visit", _visits(1)[0]), (f"{FULL:,} rows", day(FULL))):
            ours = [
                passed("/v1/kiosks/kiosk-0001/responses", body_of(rows), _headers("kiosk-0001")) for _ in range(LINES)
            ]
            packed = protocol.compress(json.dumps(objects("kiosk-0001", rows)).encode())
            usual = [passed("/rows", packed, _headers("kiosk-0001")) for _ in range(LINES)]
            yield of(f"over the line for {what}", "bytes", ours, "JSON objects, gzipped", usual, None)
        bare = [passed("/", b"", {}) for _ in range(LINES)]
        yield Figure(
            "  a connection and nothing", "bytes", statistics.median(bare), "nothing", statistics.median(bare), None
        )


class Counted:
    """A TLS server on `port` that answers each request with an acknowledgement's size; counts what goes over TCP."""

    ANSWER = b'{"kiosk":"kiosk-0001","epoch":"00c0ffee00c0ffee","nonce":"bm9uY2UtMTIzNDU2","ack":212,"time":1790000000}'

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.bytes = 0
        self._open = threading.Semaphore(0)

    def __enter__(self) -> Counted:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="counts bytes", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def settle(self) -> None:
        """Until the last connection was counted to its end."""
        assert self._open.acquire(timeout=30)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._serve(connection)
                self._open.release()

    def _serve(self, connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(incoming, outgoing, server_side=True)
        with connection:
            self._exchange(connection, incoming, outgoing, tls.do_handshake)
            request = b""
            while not _whole(request):
                request += self._exchange(connection, incoming, outgoing, lambda: tls.read(65_536))
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(self.ANSWER)}\r\n\r\n"
            tls.write(head.encode() + self.ANSWER)
            self._flush(connection, outgoing)
            while piece := connection.recv(65_536):  # the client's goodbye
                self.bytes += len(piece)

    def _exchange(
        self,
        connection: socket.socket,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        act: Callable[[], bytes | None],
    ) -> bytes:
        while True:
            try:
                done = act()
            except ssl.SSLWantReadError:
                self._flush(connection, outgoing)
                piece = connection.recv(65_536)
                self.bytes += len(piece)
                incoming.write(piece)
            else:
                self._flush(connection, outgoing)
                return done or b""

    def _flush(self, connection: socket.socket, outgoing: ssl.MemoryBIO) -> None:
        if piece := outgoing.read():
            connection.sendall(piece)
            self.bytes += len(piece)


def _whole(request: bytes) -> bool:
    head, found, body = request.partition(b"\r\n\r\n")
    if not found:
        return False
    length = next(
        (int(one.partition(b":")[2]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0
    )
    return len(body) >= length
