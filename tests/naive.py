"""An endpoint as somebody writes one in an afternoon, right but for the flaws it is told to have.

It shares nothing with our collector but the protocol's reader, so that the check is tried on more than one endpoint.
"""

from __future__ import annotations

import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from sync import books, protocol
from sync.errors import ProtocolError, UnfoldsError
from sync.protocol import Batch, Row

TOKEN, READER = "kiosk-token-0123456789", "reader-token-0123456789"
SOURCE = Path(__file__).read_text(encoding="utf-8")


class Refused(Exception):
    """Ends a request with this status and these words."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.error, self.more = status, error, more


class Naive:
    """What it keeps. With `tokens` it asks for them."""

    def __init__(self, *flaws: str, tokens: bool = False) -> None:
        for flaw in flaws:
            assert f'has("{flaw}")' in SOURCE, f"no such flaw: {flaw}"
        self.flaws = set(flaws)
        self.tokens = tokens
        self.lock = threading.Lock()
        self.rows: dict[tuple[str, int], Row] = {}
        self.counted: dict[str, int] = {}
        self.have: dict[str, int] = {}
        self.starts: dict[str, int] = {}
        self.missing: set[tuple[str, int]] = set()
        self.nonces: dict[str, str] = {}
        self.seen: set[str] = set()
        self.twins: dict[str, threading.Event] = {}
        self.asked = 0
        self.kiosks: set[str] = set()
        self.books: dict[str, bytes] = {}

    def has(self, flaw: str) -> bool:
        """Whether it was told to have this flaw."""
        return flaw in self.flaws

    def ingest(self, kiosk: str, batch: Batch) -> dict[str, Any]:
        """One batch, and what to answer with 200."""
        self.meet_twin(batch)
        with self.lock:
            self.kiosks.add(kiosk)
            epoch = "" if self.has("one epoch for all") else batch.epoch
            start = 1 if self.has("starts at 1") else batch.start
            if not self.has("forgets start") and self.starts.setdefault(batch.epoch, batch.start) != batch.start:
                raise Refused(422, "start")
            have = self.have.get(batch.epoch, start - 1)
            self.join(batch, max(self.have.values(), default=0) if self.has("one have for all") else have)
            self.repeat(batch, have)
            old = [row for row in batch.rows if (epoch, row.seq) in self.rows]
            other = [row.seq for row in old if self.rows[epoch, row.seq] != row]
            if other:
                self.fork(epoch, batch, other[0])
            if self.has("acks half") and batch.first < batch.last:
                middle = (batch.first + batch.last) // 2
                kept = [row for row in batch.rows if row.seq <= middle]
                batch = msgspec.structs.replace(batch, rows=kept, last=middle)
            fresh = [row for row in batch.rows if (epoch, row.seq) not in self.rows]
            if self.has("missing for ever") and any((epoch, row.seq) in self.missing for row in fresh):
                raise Refused(409, "fork", seq=fresh[0].seq)
            self.rows |= {(epoch, row.seq): row for row in fresh}
            gone = set(range(batch.first, batch.last + 1)) - {row.seq for row in batch.rows}
            self.missing |= {(epoch, seq) for seq in gone}
            more = len(batch.rows if self.has("counts again") else fresh)
            self.counted[batch.epoch] = self.counted.get(batch.epoch, 0) + more
            self.have[batch.epoch] = max(have, batch.last)
            self.seen.add(batch.nonce)
            first_nonce = self.nonces.setdefault(f"{batch.epoch} {batch.first}", batch.nonce)
            nonce = first_nonce if self.has("nonce of the first answer") else batch.nonce
            answer = {"kiosk": kiosk, "epoch": batch.epoch, "nonce": nonce, "ack": batch.last, "time": int(time.time())}
            if batch.offer and not self.has("keeps no books"):
                self.books[kiosk] = batch.offer
                answer["book"] = books.name_of(batch.offer)
        if self.has("promises another book") and "book" in answer:
            answer["book"] = "the-latest"
        if self.has("one ack for all"):
            answer["nonce"] = "the-same-for-all"
        if self.has("epoch left out"):
            del answer["epoch"]
        if self.has("acks nothing"):
            answer["ack"] = batch.first - 1
        if self.has("ack beyond last"):
            answer["ack"] = batch.last + 1
        if self.has("milliseconds"):
            answer["time"] = int(time.time() * 1000)
        if self.has("time as text"):
            answer["time"] = "now"
        return answer

    def join(self, batch: Batch, have: int) -> None:
        """Whether it joins on to what is here."""
        if batch.first <= have + (2 if self.has("takes a small gap") else 1):
            return
        if self.has("acks what it has after a gap"):
            raise Refused(200, "", ack=have, time=int(time.time()))
        raise Refused(409, "gap", **({} if self.has("gap without have") else {"have": have}))

    def repeat(self, batch: Batch, have: int) -> None:
        """Whether what was here before may come again."""
        again = batch.last <= have and all((batch.epoch, row.seq) in self.rows for row in batch.rows)
        if self.has("refuses what it has") and batch.first <= have:
            raise Refused(409, "duplicate", have=have)
        if self.has("refuses the same nonce") and batch.nonce in self.seen:
            raise Refused(400, "replay")
        if self.has("refuses a new nonce") and again and batch.nonce not in self.seen:
            raise Refused(400, "duplicate")
        if self.has("refuses an overlap") and batch.first <= have < batch.last and batch.first > 1:
            same = all(self.rows.get((batch.epoch, row.seq), row) == row for row in batch.rows)
            if same:
                raise Refused(409, "gap", have=have)

    def fork(self, epoch: str, batch: Batch, seq: int) -> None:
        """What happens where content differs."""
        if self.has("keeps the first and acks"):
            return
        if self.has("keeps what is new of a fork"):
            self.rows = {(epoch, row.seq): row for row in batch.rows} | self.rows
        if self.has("overwrites and acks") or self.has("overwrites and refuses"):
            known = {(epoch, row.seq): row for row in batch.rows if (epoch, row.seq) in self.rows}
            self.rows |= known
        if self.has("overwrites and acks"):
            return
        raise Refused(409, "fork", **({} if self.has("fork without seq") else {"seq": seq}))

    def meet_twin(self, batch: Batch) -> None:
        """With this flaw: the second of two equal batches at once is refused, and is sure to come second."""
        if not self.has("trips over twins") or batch.last - batch.first != 39:
            return
        with self.lock:
            twin = self.twins.get(batch.nonce)
            if twin is None:
                mine = self.twins[batch.nonce] = threading.Event()
        if twin is not None:
            twin.set()
            raise Refused(400, "twin")
        mine.wait(0 if len(self.twins) > 1 else 20)

    def summary(self) -> dict[str, Any]:
        """What readers are told."""
        with self.lock:
            kiosk = next(iter(self.kiosks), "")
            rows = [{"kiosk": kiosk, "epoch": epoch, "rows": {"vote": n}} for epoch, n in self.counted.items()]
        return {"epochs": "many" if self.has("sums in words") else rows}


class Handler(BaseHTTPRequestHandler):
    """HTTP around it."""

    protocol_version = "HTTP/1.1"
    naive: Naive
    timeout = 60

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the tests look at what is answered."""

    def setup(self) -> None:
        super().setup()
        self.sulking = False

    def say(self, status: int, what: dict[str, Any] | bytes) -> None:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self._headers_buffer += [b"\r\n", b"" if self.command == "HEAD" else body]  # in one packet, for speed
        self.flush_headers()

    @property
    def named(self) -> dict[str, Any]:
        found = re.fullmatch(r"/v1/kiosks/([^/]+)/responses", self.path)
        return {
            "kiosk": found[1] if found else "",
            "epoch": self.headers.get("Moodpost-Epoch", ""),
            "nonce": self.headers.get("Moodpost-Nonce", ""),
        }

    def do_GET(self) -> None:
        if self.path == "/v1/summary" and not self.naive.has("keeps summary"):
            known = self.headers.get("Authorization") == f"Bearer {READER}"
            if self.naive.has("denies readers") or (self.naive.tokens and not known):
                return self.say(401, {"error": "token"})
            return self.say(200, self.naive.summary())
        if self.naive.has("acks a GET"):
            return self.say(200, {**self.named, "ack": 0, "time": int(time.time())})
        return self.say(404, {"error": "nothing here"})

    def do_HEAD(self) -> None:
        self.say(500 if self.naive.has("500 on HEAD") else 405, {"error": "method"})

    def do_POST(self) -> None:
        naive = self.naive
        try:
            body = self.read()
            if self.sulking and naive.has("sulks"):
                raise Refused(400, "you again")
            naive.asked += 1
            if naive.has("always busy") or (naive.has("busy at first") and naive.asked <= 2):
                raise Refused(503, "busy")
            if naive.has("locked for ever"):
                raise Refused(500, "locked")
            self.authorise()
            self.say(200, naive.ingest(self.named["kiosk"], self.decode(body)))
        except Refused as refused:
            self.sulking = True
            answer = {**self.named, "error": refused.error, **refused.more}
            if naive.has("refuses without names"):
                answer = {"error": refused.error, **refused.more}
            if naive.has("refuses in HTML") and refused.status != 409:
                return self.say(refused.status, b"<html>No.</html>")
            self.say(refused.status, answer)

    def read(self) -> bytes:
        length = int(self.headers.get("Content-Length", "0"))
        if self.naive.has("impatient") and length < 2000:
            body = self.rfile.read1(length)
            if len(body) < length:
                self.close_connection = True
            return body
        return self.rfile.read(length)

    def authorise(self) -> None:
        naive = self.naive
        if not naive.tokens or naive.has("nobody is asked"):
            return
        given = self.headers.get("Authorization", "")
        if naive.has("any token") and given:
            given = f"Bearer {TOKEN}"
        if naive.has("no auth") and not given:
            return
        if given != f"Bearer {TOKEN}":
            raise Refused(401, "token", detail=f"{given} is not it")
        if self.named["kiosk"] != "check-lobby" and not naive.has("any kiosk's token") and not naive.has("any token"):
            raise Refused(403, "token")

    def decode(self, body: bytes) -> Batch:
        naive = self.naive
        if len(body) > protocol.MAX_WIRE_BYTES and not naive.has("bodies without end"):
            raise Refused(413, "size")
        if naive.has("takes plain JSON") and body[:1] in b"{[":
            body = protocol.compress(body)
        if naive.has("takes half a gzip") and body[:2] == b"\x1f\x8b":
            body = protocol.compress(zlib.decompressobj(31).decompress(body, protocol.MAX_JSON_BYTES + 1))
        if naive.has("unzips everything") and body[:2] == b"\x1f\x8b" and len(body) > 10_000:
            body = protocol.compress(zlib.decompressobj(31).decompress(body).strip())
        if (name := self.headers.get(books.NAMES)) is not None:
            body = self.unfolded(body, name)
        try:
            wire = json.loads(protocol.decompress(body))
        except (ValueError, RecursionError):
            wire = None
        version = "v" if isinstance(wire, dict) else 0
        if wire and wire[version] == 99 and naive.has("hangs on v"):
            self.rfile.read(1)
            raise Refused(400, "hung up")
        if wire and wire[version] == 99 and naive.has("ignores v"):
            wire[version] = protocol.VERSION
            body = protocol.compress(json.dumps(wire).encode())
        try:
            batch = self.batch(body)
        except ProtocolError as error:
            if naive.has("takes what it does not know") and "colour" in json.dumps(wire):
                raise Refused(200, "", ack=6, time=int(time.time())) from None
            if naive.has("batches without end") and "10000 rows" in str(error):
                raise Refused(200, "", ack=10_001, time=int(time.time())) from None
            if naive.has("hangs up on garbage"):
                self.close_connection = True
                raise ConnectionAbortedError from None
            raise Refused(500 if naive.has("500 on garbage") else 400, "batch", detail=str(error)) from None
        if naive.has("small batches only") and len(batch.rows) > 5_000:
            raise Refused(400, "too many")
        if naive.has("no batch without rows") and not batch.rows:
            raise Refused(400, "nothing in it")
        return batch

    def batch(self, body: bytes) -> Batch:
        """What a body holds; ProtocolError where it is no batch."""
        keep = books.asked(self.headers.get(books.KEEPS, ""))
        return protocol.decode(body, epoch=self.named["epoch"], nonce=self.named["nonce"], keep=keep)

    def unfolded(self, body: bytes, name: str) -> bytes:
        """A body that is packed against a book, as if it were not."""
        naive = self.naive
        book = naive.books.get(self.named["kiosk"], b"")
        if name != books.name_of(book) or naive.has("forgets books"):
            if naive.has("acks a book it lost") and name != books.name_of(book):
                raise Refused(200, "", ack=12, time=int(time.time()))
            raise Refused(409, "batch" if naive.has("lost book in other words") else "book")
        try:
            plain = protocol.decompress(body, book=book)
        except UnfoldsError:
            status = 200 if naive.has("unfolds books") else 413
            raise Refused(status, "size", **({"ack": 12, "time": int(time.time())} if status == 200 else {})) from None
        if naive.has("reads books wrongly"):
            plain = plain.replace(b"waiting", b"waitinG")
        return protocol.compress(plain)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ends early is part of the play."""


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on a free port, and its address."""
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


@contextmanager
def naive(flaws: Collection[str] = (), *, tokens: bool = False) -> Iterator[str]:
    """An endpoint with these flaws, and its address."""
    keeps = Naive(*flaws, tokens=tokens)
    with serving(type("Named", (Handler,), {"naive": keeps})) as url:
        yield url
