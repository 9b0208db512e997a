"""The made-up kiosk: its epochs, its rows, how it posts them. Never knows which rule is played.

The same number always has the same content, but for `other`, so that rows can come again; each play has an epoch of
its own. What it sent stays at the endpoint.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from kiosk.response import Response
from kiosk.settings import Secret
from sync import protocol
from sync.conformance import odd
from sync.conformance.exchange import BUSY, BrokenError, Exchange, answered
from sync.protocol import BootTimes, Packed
from sync.reply import Answer, NoAnswer, retry_after_s

TRIES = 3
"""How often a batch is sent to an endpoint that can't take it now."""
UPTIME_S = 100_000
"""The age of the made-up boot when the play begins: every row happened in it."""
MOST_PAUSE_S = 30.0
"""No longer pause than this is made, whatever Retry-After asks for."""
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
_NONE = NoAnswer("not sent yet")
_HINTS = {
    401: ": is it this kiosk's token (--kiosk, --token-file)?",
    403: ": is it this kiosk's token (--kiosk, --token-file)?",
    404: ": is the address right, and may this kiosk send (--kiosk)?",
}


class Client(Protocol):
    """What `sync.transport.Transport` is."""

    def __enter__(self) -> Client: ...

    def __exit__(self, *_: Any) -> None: ...

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
        """The answer, or why there is none."""


class Player:
    """A kiosk that nobody built. `token` and `reader` are empty where there are none; times in seconds."""

    def __init__(
        self,
        url: str,
        kiosk: str,
        *,
        token: Secret,
        reader: Secret,
        total_s: float,
        client: Callable[[float], Client],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self.kiosk = kiosk
        self.token = token
        self.reader = reader
        self.total_s = total_s
        self.pause = pause
        self.client = client
        self.exchanges: list[Exchange] = []
        """Everything that was sent, in order."""
        self.boot = f"check-{secrets.token_hex(8)}"
        self.began = time.monotonic()

    def epoch(self, start: int = 1) -> Epoch:
        """A fresh epoch whose first number is `start` (odd)."""
        return Epoch(self, start)

    def address(self, kiosk: str = "") -> str:
        """Where a kiosk's batches go."""
        return f"{self._url}/v1/kiosks/{kiosk or self.kiosk}/responses"

    def headers(self, epoch: str, nonce: str, token: Secret | None = None) -> dict[str, str]:
        """The headers of a batch; `token` in the place of the kiosk's own, an empty one for none at all."""
        secret = (self.token if token is None else token).reveal()
        return {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Moodpost-Epoch": epoch,
            "Moodpost-Nonce": nonce,
            **({"Authorization": f"Bearer {secret}"} if secret else {}),
        }

    def post(
        self,
        body: bytes,
        sent: str,
        *,
        epoch: str = "",
        nonce: str = "",
        first: int = 1,
        last: int = 1,
        kiosk: str = "",
        token: Secret | None = None,
        client: Client | None = None,
        right: bool = False,
        more: Mapping[str, str] = NOTHING_MORE,
    ) -> Exchange:
        """Send one body, whatever it is; again where the endpoint is busy. `client` keeps its connection.

        `more` are headers, some perhaps in the place of the usual ones.
        """
        epoch, nonce = epoch or secrets.token_hex(8), nonce or new_nonce()
        exchange = Exchange(sent, kiosk or self.kiosk, epoch, nonce, first, last, _NONE, right=right)
        url, headers = self.address(kiosk), {**self.headers(epoch, nonce, token), **more}
        for last_try in (*[False] * (TRIES - 1), True):
            began = time.monotonic()
            with contextlib.nullcontext(client) if client else self.client(self.total_s) as line:
                answer = line.post(url, body, headers)
            if last_try or not isinstance(answer, Answer) or answer.status not in BUSY:
                break
            self.pause(max(1.0, min(MOST_PAUSE_S, retry_after_s(answer.headers, datetime.now(UTC)))))
        return self._note(exchange, answer, began)

    def ask(self, method: str, epoch: str, nonce: str, sent: str, pieces: Sequence[bytes] = ()) -> Exchange:
        """Send to the kiosk's address what no kiosk sends, or not in this way."""
        exchange = Exchange(sent, self.kiosk, epoch, nonce, 1, 4, _NONE, posted=bool(pieces), right=bool(pieces))
        began = time.monotonic()
        headers = self.headers(epoch, nonce)
        answer = odd.ask(method, self.address(), headers, pieces, total_s=self.total_s, pause=self.pause)
        return self._note(exchange, answer, began)

    def summary(self) -> Answer | NoAnswer:
        """What the endpoint tells readers, if it tells them anything."""
        token = self.reader.reveal()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return odd.ask("GET", f"{self._url}/v1/summary", headers, total_s=self.total_s)

    def _note(self, exchange: Exchange, answer: Answer | NoAnswer, began: float) -> Exchange:
        """Remember an exchange with its answer; one that repeats a token is freed of it."""
        late = isinstance(answer, NoAnswer) and time.monotonic() - began >= 0.9 * self.total_s
        for token in (self.token.reveal(), self.reader.reveal()):
            if token and isinstance(answer, Answer):
                answer = Answer(answer.status, answer.headers, answer.body.replace(token.encode(), b"***"))
        exchange = msgspec.structs.replace(exchange, answer=answer, late=late)
        self.exchanges.append(exchange)
        return exchange


class Epoch:
    """One epoch of the made-up kiosk."""

    def __init__(self, player: Player, start: int) -> None:
        self._player = player
        self.id = secrets.token_hex(8)
        self.start = start

    def body(
        self,
        first: int,
        last: int,
        *,
        other: Collection[int] = (),
        missing: Sequence[tuple[int, int]] = (),
        start: int | None = None,
    ) -> bytes:
        """Rows `first` to `last` without the missing ones, packed; those in `other` with other content."""
        gone = {seq for low, high in missing for seq in range(low, high + 1)}
        rows = [row(seq, seq in other) for seq in range(first, last + 1) if seq not in gone]
        return self.pack(rows, start=start, first=first, last=last, missing=missing).body

    def pack(self, rows: Sequence[Response], *, start: int | None = None, **more: Any) -> Packed:
        """Any rows as a batch of this epoch; `more` is as in `protocol.encode`."""
        age = UPTIME_S + int(time.monotonic() - self._player.began)
        return protocol.encode(
            rows,
            start=self.start if start is None else start,
            boots={1: BootTimes(self._player.boot, [(age, int(time.time()), "nobody")])},
            boot=self._player.boot,
            boottime=age,
            **more,
        )

    def send(
        self, first: int, last: int, *, nonce: str = "", after: str = "", client: Client | None = None, **what: Any
    ) -> Exchange:
        """Send one batch once; `after` says in words what went before."""
        nonce = nonce or new_nonce()
        body = self.body(first, last, **what)
        return self.post(body, first, last, nonce, _told(first, last, what) + after, client=client, right=True)

    def post(self, body: bytes, first: int, last: int, nonce: str, sent: str, **how: Any) -> Exchange:
        """Send a body of this epoch as it is; `how` is as in `Player.post`."""
        sent = f"epoch {self.id}: {sent}"
        return self._player.post(body, sent, epoch=self.id, nonce=nonce, first=first, last=last, **how)

    def deliver(self, first: int, last: int, **how: Any) -> Exchange:
        """Send a batch as a kiosk would, until it is acknowledged to its end; BrokenError where it never is.

        What an endpoint leaves of a batch is sent again, and so is a batch that it can't take now.
        """
        tries = 0
        while True:
            exchange = self.send(first, last, **how)
            answered(exchange)
            if exchange.ack is not None and exchange.ack >= last:
                return exchange
            if exchange.ack is not None and exchange.ack >= first:
                first = exchange.ack + 1
                missing = how.get("missing", ())
                how["missing"] = [(max(low, first), high) for low, high in missing if high >= first]
                how.pop("nonce", None)
                continue
            tries += 1
            if exchange.ack is not None:
                raise BrokenError(exchange, f"nothing new was acknowledged: found ack {exchange.ack}, expected {last}")
            if exchange.status and exchange.status < 500 and exchange.status != 408:
                found = f"found {exchange.status} without an acknowledgement, expected 200 with one"
                raise BrokenError(exchange, found + _HINTS.get(exchange.status, ""))
            if tries == TRIES:
                raise BrokenError(exchange, f"it was not acknowledged in {TRIES} tries")
            self._player.pause(1.0)


def row(seq: int, other: bool = False) -> Response:
    """A vote under an odd number, what should improve under an even one."""
    if seq % 2:
        face = 1 + (seq // 2 + other) % 4
        return Response(seq, seq, 0, "vote", "check/1", "visit", f"{face}/4", "physical", "en", "", 1, seq * 1000)
    value = "staff" if other else "waiting"
    return Response(seq, seq - 1, 1, "choice", "check/1", "improve", value, "digital", "en", "", 1, seq * 1000)


def new_nonce() -> str:
    """A nonce as a kiosk makes one."""
    return secrets.token_urlsafe(12)


def _told(first: int, last: int, what: dict[str, Any]) -> str:
    told = f"row {first}" if first == last else f"rows {first} to {last}"
    if what.get("missing"):
        told += " without " + ", ".join(f"{low} to {high}" for low, high in what["missing"]) + " (missing)"
    if what.get("other"):
        told += ", other content in " + ", ".join(map(str, sorted(what["other"])))
    return told
