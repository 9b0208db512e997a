"""A server on a real socket that answers as badly as a test wants. Knows HTTP's bytes; never who asks or why."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from sync import books, protocol
from sync.protocol import Batch

FOREVER = 1_000_000_000


class Asked(msgspec.Struct, frozen=True):
    """One request, read to its end. Header names are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes
    offered: dict[str, bytes] = {}
    """Every book that was ever offered, whoever keeps it."""

    @property
    def book(self) -> str | None:
        """The book that the body is packed against."""
        return self.headers.get(books.NAMES.lower())

    @property
    def batch(self) -> Batch:
        names = {name: self.headers.get(f"moodpost-{name}", "") for name in ("epoch", "nonce")}
        book = None if self.book is None else self.offered[self.book]
        batch = protocol.decode(
            self.body, **names, book=book, keep=books.asked(self.headers.get(books.KEEPS.lower(), ""))
        )
        if batch.offer:
            self.offered[books.name_of(batch.offer)] = batch.offer
        return batch


class Line:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self.closing = closing

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait_for_the_end(self) -> None:
        """Until the other end hangs up, or the server is closed."""
        while self._connection.recv(4096):
            pass


Behaviour = Callable[[Asked, Line], None]
"""Writes what it likes; the connection is kept where it returns, and ends where it raises ConnectionError."""


class FaultServer:
    """Answers each request by the next behaviour of `script`, then by `always`. Keeps what it was asked."""

    def __init__(self) -> None:
        self.script: deque[Behaviour] = deque()
        self.always: Behaviour = says(500)
        self.asked: list[Asked] = []
        self.offered: dict[str, bytes] = {}
        self.connections = 0
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._listen, name="fault-server")]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        self._listener.close()
        assert not any(thread.is_alive() for thread in self._threads)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), name="fault-line")
                self._threads.append(thread)
            thread.start()
            if self._closing.is_set():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        line = Line(connection, self._closing)
        with contextlib.suppress(OSError), connection.makefile("rb") as stream:
            if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # a TLS handshake
                line.write(written(400, b"this is no TLS server"))
                raise ConnectionAbortedError
            while (asked := _read(stream, self.offered)) is not None:
                self.asked.append(asked)
                behaviour = self.script.popleft() if self.script else self.always
                behaviour(asked, line)
        with self._lock:
            self._open.discard(connection)
        connection.close()


def _read(stream: Any, offered: dict[str, bytes]) -> Asked | None:
    first = stream.readline()
    if not first:
        return None
    path = first.split()[1].decode()
    headers = {}
    while (row := stream.readline().strip()) != b"":
        name, _, value = row.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return Asked(path, headers, stream.read(int(headers.get("content-length", "0"))), offered)


def written(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """An answer as bytes; `headers` may lie about its length."""
    all_headers = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode("latin-1") + body


def says(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A whole answer. Underscores in header names stand for dashes."""
    data = written(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda asked, line: line.write(data)


def names(asked: Asked) -> dict[str, Any]:
    """What an endpoint repeats of a request."""
    batch = asked.batch
    return {"kiosk": asked.path.split("/")[3], "epoch": batch.epoch, "nonce": batch.nonce}


def acknowledges(status: int = 200, **changes: Any) -> Behaviour:
    """An acknowledgement of the whole batch, but for the `changes`; those that are callable are asked the batch."""

    def behave(asked: Asked, line: Line) -> None:
        answer = {**names(asked), "ack": asked.batch.last, "time": 1_790_000_000}
        answer |= {name: change(asked.batch) if callable(change) else change for name, change in changes.items()}
        line.write(written(status, json.dumps(answer).encode(), {"Content-Type": "application/json"}))

    return behave


def refuses(status: int, error: str = "batch", **more: Any) -> Behaviour:
    """The endpoint's own refusal. A header is given as ``headers={…}``."""
    headers = more.pop("headers", {})

    def behave(asked: Asked, line: Line) -> None:
        said = {name: value(asked.batch) if callable(value) else value for name, value in more.items()}
        line.write(written(status, json.dumps({**names(asked), "error": error, **said}).encode(), headers))

    return behave


def redirects(to: str) -> Behaviour:
    return says(302, b"<html>Log in</html>", Location=to, Content_Type="text/html")


def hangs_up(after: bytes = b"") -> Behaviour:
    """Writes no more than `after` and ends the connection."""

    def behave(asked: Asked, line: Line) -> None:
        line.write(after)
        raise ConnectionAbortedError

    return behave


def stays_silent(after: bytes = b"") -> Behaviour:
    """Writes no more than `after` and keeps the connection."""

    def behave(asked: Asked, line: Line) -> None:
        line.write(after)
        line.wait_for_the_end()

    return behave


def trickles(data: bytes, first: bytes = b"", each_s: float = 0.05) -> Behaviour:
    """Writes `first` at once, then one byte of `data` at a time, over and over."""

    def behave(asked: Asked, line: Line) -> None:
        line.write(first)
        at = 0
        while not line.closing.wait(each_s):
            line.write(data[at % len(data) :][:1])
            at += 1
        raise ConnectionAbortedError

    return behave


def never_ends(first: bytes, data: bytes) -> Behaviour:
    """Writes `first`, then `data` as often as it is taken."""

    def behave(asked: Asked, line: Line) -> None:
        line.write(first)
        while not line.closing.is_set():
            line.write(data)

    return behave


class Honest:
    """An endpoint as the protocol's page asks for: keeps rows, refuses some, tells gaps and forks, may keep a book."""

    def __init__(
        self, poisoned: Callable[[protocol.Row], bool] = lambda row: False, *, largest: int = FOREVER, status: int = 422
    ) -> None:
        self.poisoned = poisoned
        self.largest = largest
        self.status = status
        self.names_forks = True
        self.keeps_books = False
        self.book = ""
        self.rows: dict[tuple[str, int], protocol.Row] = {}
        self.missing: set[tuple[str, int]] = set()
        self.have: dict[str, int] = {}

    def __call__(self, asked: Asked, line: Line) -> None:
        if asked.book is not None and asked.book != self.book:
            return refuses(409, "book")(asked, line)
        batch = asked.batch
        have = self.have.get(batch.epoch, batch.start - 1)
        if len(batch.rows) > self.largest:
            return refuses(413, "size")(asked, line)
        if batch.first > have + 1:
            return refuses(409, "gap", have=have)(asked, line)
        for row in batch.rows:
            if self.poisoned(row):
                return refuses(self.status, "batch", detail=f"a row of this batch: {row.value}")(asked, line)
            if self.rows.get((batch.epoch, row.seq), row) != row:
                return refuses(409, "fork", **({"seq": row.seq} if self.names_forks else {}))(asked, line)
        self.rows.update({(batch.epoch, row.seq): row for row in batch.rows})
        gaps = {(batch.epoch, seq) for low, high in batch.missing for seq in range(low, high + 1)}
        self.missing = (self.missing | gaps) - self.rows.keys()
        self.have[batch.epoch] = max(have, batch.last)
        if batch.offer and self.keeps_books:
            self.book = books.name_of(batch.offer)
            return acknowledges(book=self.book)(asked, line)
        return acknowledges()(asked, line)
