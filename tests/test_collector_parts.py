"""What the collector's tests share: rows, bodies, a real collector on a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from kiosk.response import Kind, Response, Ui
from sync import protocol
from sync.collector.server import Server
from sync.collector.tokens import Tokens
from sync.protocol import Ack, Batch, BootTimes, Refusal
from tests.conftest import until

KIOSK = "helsinki-south-exit"
EPOCH = "00c0ffee00c0ffee"
NONCE = "bm9uY2UtMQ"
BOOT = BootTimes("0f7b6c1e-boot-one", [(100, 1_790_000_000, "ntp")])
NOW = 1_790_000_500


def vote(seq: int, face: int = 2, *, visit: int = 0, misuse: str = "", at: int = 200, faces: int = 4) -> Response:
    """A vote by button, `at` seconds of the boot; of a visit of its own unless told."""
    value = f"{face}/{faces}"
    return Response(seq, visit or seq, 0, "vote", "visit/1", "visit", value, "physical", "en", misuse, 1, at * 1000)


def row(seq: int, kind: Kind, value: str, *, visit: int = 0, position: int = 1, ui: Ui = "digital") -> Response:
    """Anything but a vote, of the visit that began just before unless told."""
    question = "" if kind in ("end", "mark") else "improve"
    return Response(seq, visit or seq - 1, position, kind, "visit/1", question, value, ui, "en", "", 1, 205_000)


def body(
    rows: Sequence[Response],
    *,
    start: int = 1,
    boots: Mapping[int, BootTimes] | None = None,
    boot: str = BOOT.id,
    boottime: int = 600,
    **span: Any,
) -> bytes:
    """A request's body with what doesn't matter filled in."""
    boots = {1: BOOT} if boots is None else boots
    return protocol.encode(rows, start=start, boots=boots, boot=boot, boottime=boottime, **span).body


def batch(rows: Sequence[Response], *, epoch: str = EPOCH, **more: Any) -> Batch:
    """The same, as the collector reads it."""
    return protocol.decode(body(rows, **more), epoch=epoch, nonce=NONCE)


@contextmanager
def collector(database: Path | str, tokens: Tokens | None = None, **more: Any) -> Iterator[httpx.Client]:
    """A collector that runs on a free port, and a client that speaks to it."""
    server = Server(database=database, tokens=tokens, **{"port": 0, "now": lambda: NOW, **more})
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(lambda url: ready.set(),))
    thread.start()
    try:
        until(ready.is_set, "the collector to listen")
        with httpx.Client(base_url=server.url, timeout=30) as client:
            yield client
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive(), "the collector did not end"


def post(
    client: httpx.Client, content: bytes | Iterator[bytes], *, kiosk: str = KIOSK, token: str = "", **headers: str
) -> httpx.Response:
    """Posts a body as a kiosk does; other headers with _ for -, an empty one left out."""
    sent = {
        "Content-Encoding": "gzip",
        "Moodpost-Epoch": EPOCH,
        "Moodpost-Nonce": NONCE,
        "Authorization": f"Bearer {token}" if token else "",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    kept = {name: value for name, value in sent.items() if value}
    return client.post(f"/v1/kiosks/{kiosk}/responses", content=content, headers=kept)


def acked(answer: httpx.Response) -> Ack:
    """The acknowledgement in an answer that is one."""
    assert answer.status_code == 200, answer.text
    return protocol.read_answer(answer.content, Ack)


def refused(answer: httpx.Response, status: int, error: str) -> Refusal:
    """The refusal in an answer, which a kiosk takes for its endpoint's own."""
    assert answer.status_code == status, answer.text
    refusal = protocol.refused(answer.content, kiosk=KIOSK, epoch=EPOCH, nonce=NONCE)
    assert refusal is not None, answer.text
    assert refusal.error == error
    return refusal


def always(value: float) -> Callable[[], float]:
    """A clock that stands."""
    return lambda: value
