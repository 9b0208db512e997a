"""A network drawn from a seed, in front of a real collector: what it does with each request. Knows HTTP, no kiosk."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sync import books, protocol
from sync.collector.server import Server
from sync.collector.tokens import Tokens
from sync.protocol import Batch
from tests.conftest import until
from tests.faulty import Asked, FaultServer, Line, names, written

KIOSK = "south"
TOKEN = "token-of-the-kiosk-0123"
OTHERS = "token-of-another-kiosk-0123"
PORTAL = b"<!doctype html><html><body>Welcome to our Wi-Fi. Please log in.</body></html>"
BEYOND = 10_000_000

QUICK: dict[str, int] = {
    "honest": 30,
    "500": 1,
    "503": 1,
    "503, Retry-After in seconds": 1,
    "503, Retry-After as a date": 1,
    "503, Retry-After absurd": 1,
    "429": 1,
    "commit, then 500": 1,
    "commit, then cut": 1,
    "commit, then half an answer": 1,
    "commit, then reset": 1,
    "commit twice": 1,
    "commit, acknowledge a part": 1,
    "commit late, 504 now": 1,
    "portal, 200": 1,
    "redirect, 302": 1,
    "no HTTP": 1,
    "413": 1,
    "413 of a proxy": 1,
    "400 of a proxy": 1,
    "401 of a proxy": 1,
    "403 of a proxy": 1,
    "401 of ours": 1,
    "403 of ours": 1,
    "409, have behind": 1,
    "409, have ahead": 1,
    "409, have absurd": 1,
    "409 of a lost book": 1,
    "a book promised, not kept": 1,
    "another book promised": 1,
    "another nonce": 1,
    "another epoch": 1,
    "another kiosk": 1,
    "the answer before": 1,
    "201 with our acknowledgement": 1,
    "ack beyond the last": 1,
    "ack before the first": 1,
    "reset": 1,
    "request cut in the middle": 1,
}
"""How often each stands in a deck."""
SLOW: dict[str, int] = {
    "no answer": 1,
    "commit, no answer": 1,
    "commit, half an answer, then silence": 1,
    "one byte a second": 1,
    "commit, one byte a second": 1,
}
"""What only the deadline ends; each is dealt to a request that has little time."""
LASTING = ("portal, 200", "redirect, 302", "400 of a proxy", "401 of a proxy", "403 of a proxy")
"""What goes on for a while when it begins."""
FALSE = (
    "another nonce",
    "another epoch",
    "another kiosk",
    "the answer before",
    "201 with our acknowledgement",
    "ack beyond the last",
    "ack before the first",
)
"""Acknowledgements that are none; every other one, the first of all, for rows that never arrived."""
STANDING = ("refused for one row", "fork")
"""What is not dealt but follows from the rows."""
KINDS = (*QUICK, *SLOW, *STANDING)


class Deck:
    """Cards of every kind, shuffled; a new deck when all are dealt."""

    def __init__(self, cards: dict[str, int], dice: random.Random) -> None:
        self._cards = [kind for kind, times in cards.items() for _ in range(times)]
        self._dice = dice
        self._left: list[str] = []
        self.dealt = 0

    def deal(self) -> str:
        """The next card."""
        if not self._left:
            self._left = self._cards[:]
            self._dice.shuffle(self._left)
        self.dealt += 1
        return self._left.pop()

    def take_back(self, kind: str) -> None:
        """Under the others: it could not be played."""
        self._left.insert(0, kind)
        self.dealt -= 1

    @property
    def rounds(self) -> int:
        """How many times every card was dealt."""
        return self.dealt // len(self._cards)


class Said(msgspec.Struct, frozen=True):
    """What the collector answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def raw(self) -> bytes:
        kept = {name: value for name, value in self.headers.items() if name in ("content-type", "retry-after")}
        return written(self.status, self.body, kept)


class Network(FaultServer):
    """Takes each request, deals a card for it, and does with it as the card says."""

    def __init__(self, collector: str, seed: int, poisoned: Callable[[protocol.Row], bool]) -> None:
        self._collector = urlsplit(collector).netloc
        self._dice = random.Random(f"network {seed}")
        self._poisoned = poisoned
        self._poison_status = self._dice.choice((400, 422))
        self._names_forks = seed % 2 == 0
        self.quick = Deck(QUICK, self._dice)
        self.slow = Deck(SLOW, self._dice)
        self.calm = False
        """Deals honest cards only."""
        self.hurried = False
        """Whether the next request has little time."""
        self.drawn: Counter[str] = Counter()
        """What was really done, of each kind: a batch with the poisoned row in it is refused whatever was dealt."""
        self.history: list[str] = []
        """What was dealt."""
        self.strayed: list[str] = []
        """Addresses that nobody was to ask."""
        self.trouble: list[str] = []
        self.by_book = 0
        """Batches that the collector took though they did not tell everything themselves."""
        self._lasting: tuple[str, int] = ("", 0)
        self._late: list[tuple[int, Asked]] = []
        self._before = Said(200, {}, b"{}")
        super().__init__()

    # The work of a connection

    def _serve(self, connection: socket.socket) -> None:
        line = Line(connection, self._closing)
        stream = connection.makefile("rb")
        try:
            with contextlib.suppress(OSError):
                while (head := _read_head(stream)) is not None:
                    path, headers = head
                    card = self._deal(path)
                    length = int(headers.get("content-length", "0"))
                    whole = card != "request cut in the middle"
                    asked = Asked(path, headers, stream.read(length if whole else length // 2), self.offered)
                    self._do(card, asked, line, connection)
        except Exception as error:  # noqa: BLE001 - a bug here must fail the campaign, not look like one more fault
            self.trouble.append(f"{type(error).__name__}: {error}")
        with self._lock:
            self._open.discard(connection)
        stream.close()
        connection.close()

    def _deal(self, path: str) -> str:
        if path != f"/v1/kiosks/{KIOSK}/responses":
            self.strayed.append(path)
        kind, times = self._lasting
        if self.calm:
            kind = "honest"
        elif self.hurried:
            kind = self.slow.deal()
        elif times:
            self._lasting = (kind, times - 1)
        else:
            kind = self.quick.deal()
            if kind in LASTING:
                self._lasting = (kind, self._dice.randint(3, 14))
        self.history.append(kind)
        return kind

    def _do(self, card: str, asked: Asked, line: Line, connection: socket.socket) -> None:
        if card == "request cut in the middle":
            self.drawn[card] += 1
            self._cut(asked)
            _reset(connection)
        self._deliver_late()
        batch = asked.batch
        if card in _UNREAD:
            self.drawn[card] += 1
            _UNREAD[card](self, asked, line)
            return
        if card == "reset":
            self.drawn[card] += 1
            _reset(connection)
        if any(self._poisoned(row) for row in batch.rows):
            # Whatever it would have said of the batch: this row it won't have.
            self.drawn["refused for one row"] += 1
            if card != "honest":
                (self.slow if card in SLOW else self.quick).take_back(card)
            line.write(_refusal(asked, self._poison_status, "batch", detail="a row of this batch"))
            return
        self.drawn[card] += 1
        match card:
            case "commit late, 504 now":
                self._late.append((len(self.history) + self._dice.randint(1, 12), asked))
                line.write(written(504))
                return
            case "401 of ours":
                line.write(self._ask(asked, token="nobody's-token-0123456789").raw)
                return
            case "403 of ours":
                # Our collector says 401 to another kiosk's token as well; other endpoints say 403.
                line.write(self._ask(asked, token=OTHERS).raw.replace(b" 401 ", b" 403 ", 1))
                return
        if card in FALSE and self.drawn[card] % 2:
            # Nothing arrives, and yet it is acknowledged, but for one thing.
            said = Said(200, {}, json.dumps({**names(asked), "ack": batch.last, "time": int(time.time())}).encode())
            self._answer(card, said, asked, line, connection)
            return
        said = self._ask(asked, deaf=card == "a book promised, not kept")
        self.by_book += asked.book is not None and said.status == 200
        if said.status == 409 and b'"fork"' in said.body:
            self.drawn["fork"] += 1
            if not self._names_forks:
                said = Said(409, said.headers, json.dumps({**json.loads(said.body), "seq": None}).encode())
        self._answer(card, said, asked, line, connection)
        self._before = said

    def _answer(self, card: str, said: Said, asked: Asked, line: Line, connection: socket.socket) -> None:
        """What the kiosk hears of it after the collector has done its work."""
        raw = said.raw
        match card:
            case "honest":
                line.write(raw)
            case "commit, then 500":
                line.write(written(500, said.body, {"Content-Type": "application/json"}))
            case "commit, then cut":
                raise ConnectionAbortedError
            case "commit, then half an answer":
                line.write(raw[: self._dice.randrange(len(raw))])
                raise ConnectionAbortedError
            case "commit, then reset":
                _reset(connection)
            case "commit twice":
                line.write(self._ask(asked).raw)
            case "the answer before":
                line.write(self._before.raw)
            case "201 with our acknowledgement":
                line.write(written(201, said.body, {"Content-Type": "application/json"}))
            case "commit, no answer":
                line.wait_for_the_end()
            case "commit, half an answer, then silence":
                line.write(raw[: len(raw) - self._dice.randint(1, 40)])
                line.wait_for_the_end()
            case "commit, one byte a second":
                _trickle(raw, line)
            case _:
                line.write(self._changed(card, said, asked.batch))

    def _changed(self, card: str, said: Said, batch: Batch) -> bytes:
        """An acknowledgement with something else in it; a refusal stays what it is."""
        if said.status != 200:
            self.drawn[card] -= 1
            return said.raw
        answer = json.loads(said.body)
        match card:
            case "another nonce":
                answer["nonce"] = "nonce-of-another-batch"
            case "another epoch":
                answer["epoch"] = f"{self._dice.getrandbits(64):016x}"
            case "another kiosk":
                answer["kiosk"] = "north"
            case "ack beyond the last":
                answer["ack"] = batch.last + self._dice.choice((1, 1_000, BEYOND))
            case "ack before the first":
                answer["ack"] = batch.first - 2
            case "a book promised, not kept" | "another book promised":
                if not batch.offer:
                    self.drawn[card] -= 1
                answer["book"] = books.name_of(batch.offer if card == "a book promised, not kept" else PORTAL)
            case "commit, acknowledge a part":
                answer["ack"] = self._dice.randint(batch.first - 1, batch.last)
            case _:
                raise AssertionError(f"nothing is done for {card!r}")
        return written(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    # The way to the collector

    def _ask(self, asked: Asked, token: str = "", *, deaf: bool = False) -> Said:
        """With `deaf` the collector does not hear what it is asked to keep."""
        connection = http.client.HTTPConnection(self._collector, timeout=60)
        unsaid = ("host", "connection", books.KEEPS.lower() if deaf else "")
        headers = {name: value for name, value in asked.headers.items() if name not in unsaid}
        if token:
            headers["authorization"] = f"Bearer {token}"
        try:
            connection.request("POST", asked.path, asked.body, headers)
            answer = connection.getresponse()
            return Said(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def _cut(self, asked: Asked) -> None:
        """Half a body reaches the collector, under the length of the whole."""
        host, _, port = self._collector.partition(":")
        head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
        with socket.create_connection((host, int(port)), timeout=60) as half:
            half.sendall(f"POST {asked.path} HTTP/1.1\r\n{head}\r\n".encode() + asked.body)

    def _deliver_late(self) -> None:
        """What a proxy held back and the kiosk has long given up."""
        due = [asked for at, asked in self._late if at <= len(self.history)]
        self._late = [(at, asked) for at, asked in self._late if at > len(self.history)]
        for asked in due:
            self._ask(asked)

    def settle(self) -> None:
        """Deliver all that was held back."""
        for _, asked in self._late:
            self._ask(asked)
        self._late = []

    # Cards that the collector never hears of

    def _busy(self, asked: Asked, line: Line) -> None:
        line.write(written(503))

    def _busy_for_seconds(self, asked: Asked, line: Line) -> None:
        line.write(written(503, PORTAL, {"Retry-After": str(self._dice.randint(0, 5_000))}))

    def _busy_until(self, asked: Asked, line: Line) -> None:
        at = datetime.now(UTC) + timedelta(seconds=self._dice.randint(-3_600, 7_200))
        line.write(written(503, b"", {"Retry-After": format_datetime(at, usegmt=True)}))

    def _busy_absurdly(self, asked: Asked, line: Line) -> None:
        absurd = (
            "-1",
            "9" * 400,
            "1e9",
            "soon",
            "٣",
            "Thu, 99 Foo 2026 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "",
        )
        value = self._dice.choice(absurd).encode().decode("latin-1")
        line.write(written(503, b"", {"Retry-After": value}))

    def _redirect(self, asked: Asked, line: Line) -> None:
        line.write(written(302, PORTAL, {"Location": f"{self.url}/login", "Content-Type": "text/html"}))

    def _behind(self, asked: Asked, line: Line) -> None:
        have = max(0, asked.batch.first - 1 - self._dice.randint(1, 300))
        line.write(_refusal(asked, 409, "gap", have=have))

    def _ahead(self, asked: Asked, line: Line) -> None:
        line.write(_refusal(asked, 409, "gap", have=asked.batch.last + BEYOND))

    def _absurd(self, asked: Asked, line: Line) -> None:
        have = self._dice.choice((-1, -(2**62), 2**62, 2**200, "41", 4.5, None, [], asked.batch.last))
        line.write(_refusal(asked, 409, "gap", have=have))

    def _lost_book(self, asked: Asked, line: Line) -> None:
        line.write(_refusal(asked, 409, "book"))

    def _silent(self, asked: Asked, line: Line) -> None:
        line.wait_for_the_end()

    def _no_http(self, asked: Asked, line: Line) -> None:
        line.write(self._dice.choice((b"\x00" * 64, b"SSH-2.0-box\r\n", b"HTTP/1.1 banana\r\n\r\n", b"\r\n\r\n")))
        raise ConnectionAbortedError


def _of_a_proxy(status: int) -> Callable[[Network, Asked, Line], None]:
    return lambda network, asked, line: line.write(written(status, PORTAL, {"Content-Type": "text/html"}))


_UNREAD: dict[str, Callable[[Network, Asked, Line], None]] = {
    "500": _of_a_proxy(500),
    "503": Network._busy,
    "503, Retry-After in seconds": Network._busy_for_seconds,
    "503, Retry-After as a date": Network._busy_until,
    "503, Retry-After absurd": Network._busy_absurdly,
    "429": _of_a_proxy(429),
    "portal, 200": _of_a_proxy(200),
    "redirect, 302": Network._redirect,
    "no HTTP": Network._no_http,
    "413": lambda network, asked, line: line.write(_refusal(asked, 413, "size")),
    "413 of a proxy": _of_a_proxy(413),
    "400 of a proxy": _of_a_proxy(400),
    "401 of a proxy": _of_a_proxy(401),
    "403 of a proxy": _of_a_proxy(403),
    "409, have behind": Network._behind,
    "409, have ahead": Network._ahead,
    "409, have absurd": Network._absurd,
    "409 of a lost book": Network._lost_book,
    "no answer": Network._silent,
    "one byte a second": lambda network, asked, line: _trickle(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000, line),
}


def _refusal(asked: Asked, status: int, error: str, **more: Any) -> bytes:
    said = {**names(asked), "error": error, **more}
    return written(status, json.dumps(said).encode(), {"Content-Type": "application/json"})


def _read_head(stream: Any) -> tuple[str, dict[str, str]] | None:
    first = stream.readline()
    if not first:
        return None
    headers = {}
    while (row := stream.readline().strip()) != b"":
        name, _, value = row.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return first.split()[1].decode(), headers


def _reset(connection: socket.socket) -> None:
    """End the connection with a RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError


def _trickle(data: bytes, line: Line) -> None:
    for at in range(len(data)):
        if line.closing.wait(1.0 if at else 0.0):
            break
        line.write(data[at : at + 1])
    raise ConnectionAbortedError


@contextlib.contextmanager
def collector(database: Path) -> Iterator[str]:
    """A real collector on a socket of its own; its address."""
    tokens = Tokens({KIOSK: TOKEN, "north": OTHERS})
    server = Server(port=0, database=database, tokens=tokens, now=time.time)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(lambda url: ready.set(),), name="collector")
    thread.start()
    until(ready.is_set, "the collector to listen")
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()
