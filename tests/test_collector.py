"""The collector over HTTP, on a real socket: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from kiosk.response import Response
from sync import deflate, protocol
from sync.books import Book
from sync.collector import live, receive, tables
from sync.collector.app import create_app
from sync.collector.tokens import Tokens
from sync.packer import Lists
from sync.protocol import MAX_JSON_BYTES, MAX_WIRE_BYTES, Packed, Refusal
from tests.conftest import until
from tests.test_collector_parts import BOOT, EPOCH, KIOSK, NONCE, NOW, acked, body, collector, post, refused, row, vote

TOKENS = Tokens({KIOSK: "kiosk-token-0123456789", "espoo": "espoo-token-0123456789", "reader": "reader-token-012345"})


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with collector(tmp_path / "c.db") as client:
        yield client


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[httpx.Client]:
    with collector(tmp_path / "c.db", TOKENS) as client:
        yield client


def counted(client: httpx.Client) -> Any:
    return client.get("/v1/summary").json()["all"]["votes"]


def test_a_batch_is_acknowledged_with_the_collectors_time(client: httpx.Client) -> None:
    ack = acked(post(client, body([vote(1), vote(2)])))
    assert (ack.kiosk, ack.epoch, ack.nonce, ack.ack, ack.time) == (KIOSK, EPOCH, NONCE, 2, NOW)


def test_an_acknowledgement_moves_the_kiosks_watermark(client: httpx.Client) -> None:
    answer = post(client, body([vote(1), vote(2)]))
    given = {"kiosk": KIOSK, "epoch": EPOCH, "nonce": NONCE, "first": 1, "last": 2}
    ack = protocol.acknowledged(answer.status_code, answer.content, **given)
    assert ack is not None
    assert answer.headers["content-type"] == "application/json"


def test_the_same_batch_twice_counts_once(client: httpx.Client) -> None:
    for _ in range(2):
        assert acked(post(client, body([vote(1), vote(2)]))).ack == 2
    assert counted(client) == 2


def test_a_gap_and_a_fork_are_409(client: httpx.Client) -> None:
    post(client, body([vote(1), vote(2)]))
    assert refused(post(client, body([vote(5)])), 409, "gap").have == 2
    fork = refused(post(client, body([vote(2, face=4)])), 409, "fork")
    assert (fork.have, fork.seq) == (2, 2)
    assert [a["kind"] for a in client.get("/v1/summary").json()["alarms"]] == ["fork"]


def test_another_start_is_422(client: httpx.Client) -> None:
    post(client, body([vote(1)]))
    refused(post(client, body([vote(2)], start=2)), 422, "start")


def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db") as client:
        acked(post(client, body([vote(1), vote(2)])))
    with collector(tmp_path / "c.db") as client:
        assert counted(client) == 2
        assert refused(post(client, body([vote(9)])), 409, "gap").have == 2


@pytest.mark.parametrize("encoding", ["", "identity", "br", "gzip, gzip"])
def test_only_gzip_is_taken(client: httpx.Client, encoding: str) -> None:
    refused(post(client, body([vote(1)]), Content_Encoding=encoding), 415, "encoding")


def test_a_body_larger_than_the_wire_allows_is_413(client: httpx.Client) -> None:
    refused(post(client, b"x" * (MAX_WIRE_BYTES + 1)), 413, "size")


def test_a_body_of_unknown_length_is_413_too(client: httpx.Client) -> None:
    refused(post(client, (b"x" * 65_536 for _ in range(MAX_WIRE_BYTES // 65_536 + 1))), 413, "size")


def test_a_body_without_end_is_cut_off(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"x" * 65_536

    with suppress(httpx.TransportError):  # cut off while still sending
        refused(post(client, endless()), 413, "size")
    assert sent < 64 * MAX_WIRE_BYTES
    assert client.get("/health").status_code == 200


def test_a_bomb_is_413_and_unfolds_no_further_than_allowed(client: httpx.Client) -> None:
    bomb = gzip.compress(b" " * (MAX_JSON_BYTES + 1))
    assert len(bomb) < MAX_WIRE_BYTES
    assert "holds more than" in refused(post(client, bomb), 413, "size").detail


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no json"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b'{"v": 1}'),
        gzip.compress(b"\xff\xfe"),
        body([vote(1)])[:-9],
        body([vote(1)]) + b"more",
    ],
    ids=["nothing", "no gzip", "no json", "deep", "too little", "no text", "cut short", "too long"],
)
def test_garbage_is_400_and_known_for_the_endpoints_own(client: httpx.Client, content: bytes) -> None:
    assert refused(post(client, content), 400, "batch").detail


@pytest.mark.parametrize("name", ["Moodpost-Epoch", "Moodpost-Nonce"])
def test_a_batch_without_its_names_in_the_headers_is_400(client: httpx.Client, name: str) -> None:
    answer = post(client, body([vote(1)]), **{name: ""})
    assert answer.status_code == 400
    assert name in protocol.read_answer(answer.content, Refusal).detail
    assert counted(client) == 0


def test_nothing_that_is_not_well_formed_is_echoed(client: httpx.Client) -> None:
    answer = post(client, b"x", Moodpost_Epoch="<script>", Moodpost_Nonce="a b")
    assert protocol.read_answer(answer.content, Refusal).epoch == ""
    assert "<script>" not in answer.text


@pytest.mark.parametrize("kiosk", ["-x", "a%20b", "%3Cscript%3E", "a" * 65, "x%0A"])
def test_an_address_with_no_kiosks_id_is_404(client: httpx.Client, kiosk: str) -> None:
    answer = post(client, body([vote(1)]), kiosk=kiosk)
    assert answer.status_code == 404
    assert protocol.read_answer(answer.content, Refusal).kiosk == ""
    assert counted(client) == 0


def test_every_other_no_is_a_refusal_too(client: httpx.Client) -> None:
    for answer in (client.get("/nowhere"), client.put("/v1/summary"), client.get("/v1/responses?kind=nonsense")):
        assert 400 <= answer.status_code < 500
        assert protocol.read_answer(answer.content, Refusal).error


def test_a_slow_sender_is_408(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "BODY_S", 0.05)
    held = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b"x"
        held.wait(0.3)
        yield b"x"

    refused(post(client, slowly()), 408, "slow")


def test_a_sender_that_hangs_up_is_forgotten(client: httpx.Client, tmp_path: Path) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port)) as sender:
        head = f"POST /v1/kiosks/{KIOSK}/responses HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
        sender.sendall(head.encode() + b"Content-Length: 999\r\n\r\n" + body([vote(1)])[:20])
    assert counted(client) == 0
    acked(post(client, body([vote(1)])))


def test_a_body_whose_connection_broke_is_408_and_not_taken_for_garbage(tmp_path: Path) -> None:
    """Uvicorn drops that answer; another server before the same application need not."""
    parts = iter(
        [{"type": "http.request", "body": body([vote(1)])[:20], "more_body": True}, {"type": "http.disconnect"}]
    )
    said: list[Any] = []

    async def cut_off() -> None:
        app = create_app(tmp_path / "c.db", now=lambda: NOW)
        head = [
            ("content-encoding", "gzip"),
            ("moodpost-epoch", EPOCH),
            ("moodpost-nonce", NONCE),
            ("host", "localhost"),
        ]
        path = f"/v1/kiosks/{KIOSK}/responses"
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http"}
        scope |= {"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": None}
        scope |= {"headers": [(name.encode(), value.encode()) for name, value in head], "server": ("localhost", 80)}

        async def receive() -> Any:
            return next(parts)

        async def send(message: Any) -> None:
            said.append(message)

        async with app.lifespan():
            await app(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(cut_off())
    start, *rest = said
    content = b"".join(part["body"] for part in rest)
    refusal = protocol.refused(content, kiosk=KIOSK, epoch=EPOCH, nonce=NONCE)
    assert refusal is not None
    assert (start["status"], refusal.error) == (408, "gone")
    assert (b"connection", b"close") in start["headers"]


def test_a_database_that_can_not_be_written_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BUSY_S", 0)
    with collector(tmp_path / "c.db") as client, closing(sqlite3.connect(tmp_path / "c.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = post(client, body([vote(1)]))
        refused(answer, 503, "storage")
        assert answer.headers["retry-after"] == "30"
        assert client.get("/").status_code == 200
        other.rollback()
        acked(post(client, body([vote(1)])))


def test_many_kiosks_at_once_are_all_served(client: httpx.Client) -> None:
    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=30) as each:
            headers = {"Content-Encoding": "gzip", "Moodpost-Epoch": EPOCH, "Moodpost-Nonce": NONCE}
            content = body([vote(1), vote(2)])
            answers = await asyncio.gather(
                *(each.post(f"/v1/kiosks/kiosk-{n}/responses", content=content, headers=headers) for n in range(40))
            )
        return [answer.status_code for answer in answers]

    assert asyncio.run(all_at_once()) == [200] * 40
    assert counted(client) == 80


def test_a_kiosk_needs_its_token(guarded: httpx.Client) -> None:
    for token in ("", "wrong-token-0123456789", "kiosk-token-012345678"):
        answer = post(guarded, body([vote(1)]), token=token)
        refused(answer, 401, "token")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert acked(post(guarded, body([vote(1)]), token="kiosk-token-0123456789")).ack == 1


def test_a_kiosks_token_is_good_for_that_kiosk_only(guarded: httpx.Client) -> None:
    unknown = post(guarded, body([vote(1)]), token="nobodys-token-0123456789")
    for token in ("espoo-token-0123456789", "reader-token-012345"):
        answer = post(guarded, body([vote(1)]), token=token)
        refused(answer, 401, "token")
        assert answer.content == unknown.content, "whether the token is good for another nobody learns"
    assert post(guarded, body([vote(1)]), kiosk="reader", token="reader-token-012345").status_code == 401


def test_a_large_body_without_a_token_still_hears_why_it_is_refused(guarded: httpx.Client) -> None:
    refused(post(guarded, b"x" * (2 * MAX_WIRE_BYTES)), 401, "token")


@pytest.mark.parametrize("path", ["/", "/events", "/v1/summary", "/v1/responses", "/page.js", "/schema/openapi.json"])
def test_reading_needs_the_readers_token(guarded: httpx.Client, path: str) -> None:
    answer = guarded.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert guarded.get(path, auth=("me", "wrong-token-0123456789")).status_code == 401
    assert guarded.get(path, auth=("me", "espoo-token-0123456789")).status_code == 403
    assert guarded.get(path, headers={"Authorization": "Basic ?"}).status_code == 401
    with guarded.stream("GET", path, auth=("me", "reader-token-012345")) as answer:
        assert answer.status_code == 200
    with guarded.stream("GET", path, headers={"Authorization": "Bearer reader-token-012345"}) as answer:
        assert answer.status_code == 200


def test_health_needs_no_token_and_tells_nothing(guarded: httpx.Client) -> None:
    assert guarded.get("/health").json() == {"status": "ok"}


def test_without_tokens_no_foreign_name_is_answered_to(client: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        assert client.get("/", headers={"Host": host}).status_code == 403
        assert post(client, body([vote(1)]), Host=host).status_code == 403
    for host in ("localhost:9000", "127.0.0.1", "[::1]:8080"):
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_tokens_and_typed_words_stand_in_no_trace(tmp_path: Path) -> None:
    lines: list[str] = []
    with collector(tmp_path / "c.db", TOKENS, trace=lines.append) as client:
        post(client, body([vote(1), row(2, "text", "typed words", visit=1)]), token="kiosk-token-0123456789")
        post(client, body([vote(1, 4)]), token="kiosk-token-0123456789")
        post(client, body([vote(1)]), token="wrong-token-0123456789")
    assert any("2 rows, 1 to 2" in line for line in lines)
    assert any("alarm: fork at 1" in line for line in lines)
    assert any("refused with 401" in line for line in lines)
    assert not [line for line in lines if "token-0" in line or "typed" in line]


def events(answer: httpx.Response) -> Iterator[Any]:
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_an_open_page_hears_of_a_vote(client: httpx.Client) -> None:
    with client.stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        assert next(told)["all"]["votes"] == 0
        acked(post(client, body([vote(1, 4), row(2, "choice", "waiting")])))
        seen = next(told)
        while seen["all"]["votes"] == 0:
            seen = next(told)
        assert seen["last"][0]["answers"] == ["waiting"]


def test_an_open_page_hears_of_an_alarm(client: httpx.Client) -> None:
    post(client, body([vote(1)]))
    with client.stream("GET", "/events") as answer:
        told = events(answer)
        assert next(told)["alarms"] == []
        post(client, body([vote(1, 4)]))
        while not (seen := next(told))["alarms"]:
            pass
        assert seen["alarms"][0]["kind"] == "fork"


def test_a_quiet_stream_is_kept_alive(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    with client.stream("GET", "/events") as answer:
        assert any(line.startswith(":") for line in answer.iter_lines())


def test_pages_beyond_the_limit_are_asked_to_wait(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_LISTENERS", 1)
    with client.stream("GET", "/events") as first:
        told = events(first)
        next(told)
        assert not _opens(client)
    until(lambda: _opens(client), "the place of the closed page")


def _opens(client: httpx.Client) -> bool:
    with client.stream("GET", "/events") as answer:
        return answer.status_code == 200


def test_a_storm_of_batches_is_told_a_few_times_only() -> None:
    async def storm() -> tuple[int, int]:
        made = 0

        async def snapshot() -> bytes:
            nonlocal made
            made += 1
            return b"%d" % made

        teller = live.Live(snapshot)
        stream = teller.listen()
        assert await anext(stream) == b"retry: 2000\n\n"
        told = [await anext(stream)]
        for _ in range(1000):
            teller.changed()
        told.append(await anext(stream))
        teller.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return made, len(told)

    assert asyncio.run(storm()) == (2, 2)


def test_a_state_that_can_not_be_read_ends_no_stream() -> None:
    async def once_failed() -> bytes:
        states = iter([None, b"2"])

        async def snapshot() -> bytes | None:
            return next(states)

        teller = live.Live(snapshot)
        stream = teller.listen()
        await anext(stream)
        told = asyncio.ensure_future(anext(stream))
        while not states.__length_hint__() < 2:  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        teller.changed()
        found = await told
        teller.close()
        return found

    assert asyncio.run(once_failed()) == b"data: 2\n\n"


def booked(rows: list[Response], book: Book | None = None) -> Packed:
    return protocol.encode(rows, start=1, boots={1: BOOT}, boot=BOOT.id, boottime=600, book=book)


def offered(client: httpx.Client, seq: int = 1, **more: str) -> Book:
    """The book that was kept of a batch with one vote."""
    sent = booked([vote(seq)])
    assert sent.offer is not None
    ack = acked(post(client, sent.body, Moodpost_Keep=str(len(sent.offer.text)), **more))
    assert ack.book == sent.offer.name
    return sent.offer


def by(book: Book, **more: str) -> dict[str, str]:
    return {"Content_Encoding": "deflate", "Moodpost_Book": book.name, **more}


def test_a_book_is_kept_and_read_by(client: httpx.Client) -> None:
    sent = booked([vote(2), row(3, "choice", "waiting")], offered(client))
    assert len(sent.body) < len(booked([vote(2), row(3, "choice", "waiting")]).body)
    ack = acked(post(client, sent.body, **by(offered(client))))
    assert (ack.ack, ack.book) == (3, None)
    assert acked(post(client, body([vote(1), vote(2), row(3, "choice", "waiting")]))).ack == 3, "it was what was meant"


def test_who_asks_to_keep_nothing_is_promised_nothing(client: httpx.Client) -> None:
    assert b"book" not in post(client, body([vote(1)])).content


@pytest.mark.parametrize("asked", ["0", "-1", "2049", "99999999999", "x", "1.5", "1, 2"])
def test_who_asks_for_what_is_not_granted_is_promised_nothing_and_loses_nothing(
    client: httpx.Client, asked: str
) -> None:
    answer = post(client, body([vote(1)]), Moodpost_Keep=asked)
    assert (acked(answer).ack, acked(answer).book) == (1, None)


def test_a_book_lasts_beyond_a_restart_and_its_kiosk_has_one(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db") as client:
        offered(client)
    with collector(tmp_path / "c.db") as client:
        book = Book(offered(client).text, Lists())
        longer = booked([vote(2), row(3, "choice", "waiting")], book)
        assert longer.offer is not None
        again = by(book, Moodpost_Keep=str(len(longer.offer.text)))
        assert acked(post(client, longer.body, **again)).book == longer.offer.name
        refused(post(client, booked([vote(4)], book).body, **by(book)), 409, "book")
        assert acked(post(client, booked([vote(4)], longer.offer).body, **by(longer.offer))).ack == 4
    with closing(sqlite3.connect(tmp_path / "c.db")) as database:
        assert database.execute("SELECT kiosk, name FROM books").fetchall() == [(KIOSK, longer.offer.name)]


def test_a_lost_book_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db") as client:
        book = offered(client)
        with closing(sqlite3.connect(tmp_path / "c.db")) as database, database:
            database.execute("DELETE FROM books")
        answer = refused(post(client, booked([vote(2)], book).body, **by(book)), 409, "book")
        assert "send the same rows in full" in answer.detail
        assert counted(client) == 1


def test_another_kiosks_book_can_not_be_named(guarded: httpx.Client) -> None:
    book = offered(guarded, token="kiosk-token-0123456789")
    answer = post(guarded, booked([vote(1)], book).body, kiosk="espoo", token="espoo-token-0123456789", **by(book))
    assert (answer.status_code, answer.json()["error"]) == (409, "book")
    assert answer.json()["kiosk"] == "espoo"


@pytest.mark.parametrize("name", ["", "x", "0" * 16, "0" * 500, "é", "' OR 1=1"])
def test_a_name_that_is_none_is_a_lost_book(client: httpx.Client, name: str) -> None:
    offered(client)
    headers = {"Content-Encoding": "deflate", "Moodpost-Epoch": EPOCH, "Moodpost-Nonce": NONCE}
    raw = [(k.encode(), v.encode("utf-8")) for k, v in {**headers, "Moodpost-Book": name}.items()]
    answer = client.post(f"/v1/kiosks/{KIOSK}/responses", content=body([vote(2)]), headers=raw)
    refused(answer, 409, "book")


@pytest.mark.parametrize("encoding", ["gzip", "", "br"])
def test_with_a_book_only_deflate_is_taken_and_without_one_it_is_not(client: httpx.Client, encoding: str) -> None:
    book = offered(client)
    sent = booked([vote(2)], book)
    refused(post(client, sent.body, **by(book, Content_Encoding=encoding)), 415, "encoding")
    refused(post(client, sent.body, Content_Encoding="deflate"), 415, "encoding")


def test_what_is_spoilt_under_a_book_is_400_and_nothing_is_written(client: httpx.Client) -> None:
    book = offered(client)
    sent = booked([vote(2)], book).body
    for spoilt in (b"", sent[:-1], sent + b"x", body([vote(2)]), booked([vote(2)], Book(b"other", Lists())).body):
        assert refused(post(client, spoilt, **by(book)), 400, "batch").detail
    for at in range(len(sent)):
        refused(post(client, sent[:at] + bytes([sent[at] ^ 0x55]) + sent[at + 1 :], **by(book)), 400, "batch")
    assert counted(client) == 1


def test_a_bomb_under_a_book_is_413(client: httpx.Client) -> None:
    book = offered(client)
    bomb = deflate.smallest([book.text * (MAX_JSON_BYTES // len(book.text) + 1)], book.text)
    assert len(bomb) < MAX_WIRE_BYTES
    assert "holds more than" in refused(post(client, bomb, **by(book)), 413, "size").detail


def test_a_batch_that_is_refused_leaves_the_book_as_it_was(client: httpx.Client) -> None:
    book = offered(client)
    other = booked([vote(1, face=4), row(2, "choice", "waiting")])
    assert other.offer is not None
    refused(post(client, other.body, Moodpost_Keep=str(len(other.offer.text))), 409, "fork")
    assert acked(post(client, booked([vote(2)], book).body, **by(book))).ack == 2
