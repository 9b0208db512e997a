"""One request against a server that does its worst: the answer or the reason, always within the deadline."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sync import transport
from sync.reply import Answer, NoAnswer
from sync.transport import MAX_ANSWER_BYTES, MAX_HANGING, Transport
from tests.conftest import until
from tests.faulty import (
    Behaviour,
    FaultServer,
    hangs_up,
    never_ends,
    redirects,
    says,
    stays_silent,
    trickles,
    written,
)

QUICK_S = 0.5
LIMIT_S = 10.0
"""Far beyond the deadline, far below what the fault would last: a slow machine is no failure."""
DEADLINE = NoAnswer("no answer within 0.5 s")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Every thread ends, and with it its socket: one that is merely dropped is a warning, and so a failure."""
    yield
    until(lambda: not requests_under_way(), "every request's thread to end")
    gc.collect()


def requests_under_way() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "request"]


def post(url: str, total_s: float = LIMIT_S, body: bytes = b"body", **headers: str) -> Answer | NoAnswer:
    began = time.monotonic()
    with Transport(total_s) as client:
        answer = client.post(url, body, headers)
    assert time.monotonic() - began < LIMIT_S + 5
    return answer


def test_an_answer_is_its_status_its_headers_in_small_letters_and_its_body(server: FaultServer) -> None:
    server.always = says(200, b'{"ack": 1}', Content_Type="application/json", Retry_After="7")
    answer = post(server.url + "/v1/here", body=b"a batch", Authorization="Bearer open-sesame")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, b'{"ack": 1}')
    assert answer.headers == {"content-length": "10", "content-type": "application/json", "retry-after": "7"}
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/v1/here", b"a batch")
    assert asked.headers["authorization"] == "Bearer open-sesame"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [204, 400, 401, 404, 409, 413, 429, 500, 503])
def test_every_status_is_an_answer(server: FaultServer, status: int) -> None:
    server.always = says(status)
    assert post(server.url) == Answer(status, {"content-length": "0"}, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_never_followed(server: FaultServer, status: int) -> None:
    server.always = says(status, Location=server.url + "/login")
    answer = post(server.url + "/v1")
    assert isinstance(answer, Answer)
    assert answer.status == status
    assert [asked.path for asked in server.asked] == ["/v1"]


def test_the_connection_is_kept_within_a_pass_and_not_beyond(server: FaultServer) -> None:
    server.always = says(200)
    with Transport(LIMIT_S) as client:
        for _ in range(3):
            assert isinstance(client.post(server.url, b"", {}), Answer)
        assert server.connections == 1
    post(server.url)
    assert server.connections == 2


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server: FaultServer) -> None:
    server.script.extend([says(200, Connection="close"), says(201)])
    with Transport(LIMIT_S) as client:
        assert isinstance(client.post(server.url, b"", {}), Answer)
        answer = client.post(server.url, b"", {})
    assert isinstance(answer, Answer)
    assert (answer.status, server.connections) == (201, 2)


def test_no_cookie_is_carried_from_a_portal_to_the_next_pass(server: FaultServer) -> None:
    server.always = says(200, Set_Cookie="portal=1")
    post(server.url)
    post(server.url)
    assert "cookie" not in server.asked[1].headers


def test_a_proxy_in_the_environment_is_not_asked(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.always = says(200)
    assert isinstance(post(server.url), Answer)


NO_ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "half a body": (
        hangs_up(HEAD + b'{"ack":'),
        "RemoteProtocolError: peer closed connection without sending complete",
    ),
    "half a head": (hangs_up(b"HTTP/1.1 200 OK\r\nConte"), "RemoteProtocolError: Server disconnected without"),
    "nothing": (hangs_up(), "RemoteProtocolError: Server disconnected without sending a response."),
    "garbage": (hangs_up(b"\x16\x03\x01 what\r\n\r\n"), "RemoteProtocolError: illegal status line: bytearray(b'"),
    "another protocol": (hangs_up(b"SSH-2.0-OpenSSH_9\r\n"), "RemoteProtocolError: "),
    "a length that is none": (says(200, b"x", Content_Length="many"), "RemoteProtocolError: bad Content-Length"),
    "an endless body": (never_ends(HEAD, b"x" * 4096), "the answer (200) has no end"),
    "endless headers": (never_ends(b"HTTP/1.1 200 OK\r\n", b"A: " + b"x" * 4000 + b"\r\n"), "RemoteProtocolError: "),
    "a chunk that lies": (
        hangs_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "RemoteProtocolError: illegal chunk header",
    ),
    "nothing within the time": (stays_silent(), DEADLINE.reason),
    "half a body within the time": (stays_silent(HEAD + b"{"), DEADLINE.reason),
    "a body byte by byte": (trickles(b"x", HEAD), ""),
    "headers byte by byte": (trickles(b"Some-Header: 1\r\n", b"HTTP/1.1 200 OK\r\n"), DEADLINE.reason),
    "one hundred continues": (trickles(b"HTTP/1.1 100 Continue\r\n\r\n", each_s=0.002), DEADLINE.reason),
}


@pytest.mark.parametrize(("behaviour", "reason"), NO_ANSWERS.values(), ids=list(NO_ANSWERS))
def test_a_broken_answer_is_none_and_says_why(server: FaultServer, behaviour: Behaviour, reason: str) -> None:
    server.always = behaviour
    slow = reason in ("", DEADLINE.reason)
    answer = post(server.url, QUICK_S if slow else LIMIT_S)
    assert isinstance(answer, NoAnswer)
    assert answer.reason.startswith(reason)
    assert not answer.tls
    if reason == "":  # whoever looks at the clock first
        assert answer in (DEADLINE, NoAnswer("half an answer (200) within the time"))


def test_a_body_as_long_as_an_answer_may_be_is_read_whole(server: FaultServer) -> None:
    server.always = says(200, b"x" * MAX_ANSWER_BYTES)
    answer = post(server.url)
    assert isinstance(answer, Answer)
    assert len(answer.body) == MAX_ANSWER_BYTES
    server.always = says(200, b"x" * (MAX_ANSWER_BYTES + 1))
    assert post(server.url) == NoAnswer("the answer (200) has no end")


def test_an_answer_that_comes_packed_is_not_unpacked(server: FaultServer) -> None:
    server.always = says(200, b"not gzip", Content_Encoding="gzip")
    answer = post(server.url)
    assert isinstance(answer, Answer)
    assert answer.body == b"not gzip"


def test_the_deadline_holds_for_a_body_that_nobody_takes(server: FaultServer) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:  # accepts by itself and never reads
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert post(url, QUICK_S, body=bytes(30_000_000)) == DEADLINE


def test_a_refused_connection_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}") == NoAnswer("ConnectError: [Errno 111] Connection refused")


def test_after_a_deadline_the_next_request_has_a_connection_of_its_own(server: FaultServer) -> None:
    server.script.append(stays_silent())
    server.always = says(200)
    with Transport(QUICK_S) as client:
        assert client.post(server.url, b"first", {}) == DEADLINE
        assert isinstance(client.post(server.url, b"second", {}), Answer)
    assert server.connections == 2


def test_a_request_past_its_deadline_is_cut_off_and_its_thread_ends(server: FaultServer) -> None:
    server.always = trickles(b"Some-Header: 1\r\n", b"HTTP/1.1 200 OK\r\n")
    with Transport(QUICK_S) as client:
        for _ in range(MAX_HANGING + 2):  # none of them counts as hanging for long
            assert client.post(server.url, b"", {}) == DEADLINE
            until(lambda: not requests_under_way(), "the request's thread to end")


@pytest.mark.parametrize("url", ["http://", "nonsense", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://[::1"])
def test_an_address_that_is_none_is_no_answer(url: str) -> None:
    assert isinstance(post(url), NoAnswer)


@pytest.mark.parametrize("token", ["open\nsesame", "open-sesame-ü", "open\0sesame"])
def test_a_token_that_no_header_can_hold_is_told_without_showing_it(
    server: FaultServer, token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = post(server.url, Authorization=f"Bearer {token}")
    assert answer == NoAnswer("the request can't be written: is there a stray character in the token or the address?")
    assert server.asked == []
    assert "sesame" not in "".join(capfd.readouterr())


def test_a_server_that_can_t_do_tls_is_told_from_one_that_is_busy(server: FaultServer) -> None:
    answer = post(server.url.replace("http://", "https://"))
    assert isinstance(answer, NoAnswer)
    assert answer.tls
    assert "SSL" in answer.reason


def test_the_deadline_holds_for_a_handshake_that_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answer = post(f"https://127.0.0.1:{listener.getsockname()[1]}", QUICK_S)
    assert isinstance(answer, NoAnswer)
    assert not answer.tls


class Resolver:
    """A name server that does not answer until a test lets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.lets_go = threading.Event()
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._hang)

    def _hang(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        self.asked += 1
        assert self.lets_go.wait(60)
        return self._real("127.0.0.1", port, *rest, **more)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    resolver = Resolver(monkeypatch)
    yield resolver
    resolver.lets_go.set()
    until(lambda: not requests_under_way(), "the requests that hung to end")


def test_the_deadline_holds_for_a_name_that_is_never_resolved(resolver: Resolver) -> None:
    assert post("http://endpoint.invalid", QUICK_S) == DEADLINE
    assert resolver.asked == 1


def test_a_request_whose_name_is_resolved_too_late_is_never_sent(resolver: Resolver, server: FaultServer) -> None:
    server.always = says(200)
    assert post(server.url.replace("127.0.0.1", "endpoint.invalid"), QUICK_S) == DEADLINE
    resolver.lets_go.set()
    until(lambda: not requests_under_way(), "the request that hung to end")
    assert server.asked == []


def test_no_new_request_begins_while_too_many_hang_and_one_does_when_they_have_ended(
    resolver: Resolver, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.always = says(200)
    monkeypatch.setattr(transport, "MAX_HANGING", 2)
    for _ in range(2):
        assert post("http://endpoint.invalid", 0.05) == NoAnswer("no answer within 0.05 s")
    refused = NoAnswer("2 earlier requests hang still: is the name server dead?")
    assert post(server.url, QUICK_S) == refused
    assert (resolver.asked, server.asked) == (2, [])
    resolver.lets_go.set()
    until(lambda: post(server.url) != refused, "a request to begin again")
    assert len(server.asked) == 1


@pytest.mark.parametrize("when", ["just before the cut", "in spite of the cut"])
def test_an_answer_after_the_deadline_counts_no_more_and_its_connection_is_closed(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    real = transport._Line.cut
    late = threading.Event()

    def answers_late(asked: Any, line: Any) -> None:
        assert late.wait(20)
        line.write(written(200))

    def cut(line: transport._Line) -> None:
        if when == "just before the cut":
            late.set()
            until(lambda: not requests_under_way(), "the answer to arrive")
        real(line)
        late.set()

    server.always = answers_late
    monkeypatch.setattr(transport._Line, "cut", cut)
    monkeypatch.setattr(transport._Line, "_shut", lambda line: None)
    assert post(server.url, QUICK_S) == DEADLINE
    late.set()  # on a slow machine the request's own timeout may be quicker: then nothing is cut
    until(lambda: not requests_under_way(), "the request to end")
    assert len(server.asked) == 1


def test_a_portal_s_redirect_is_read_to_its_end(server: FaultServer) -> None:
    server.always = redirects("https://portal.example/login")
    answer = post(server.url)
    assert isinstance(answer, Answer)
    assert (answer.headers["location"], answer.body) == ("https://portal.example/login", b"<html>Log in</html>")


def look(url: str, total_s: float = LIMIT_S) -> Answer | NoAnswer:
    with Transport(total_s) as client:
        return client.look(url)


def test_a_look_is_a_plain_question_and_reads_status_and_headers_alone(server: FaultServer) -> None:
    server.always = never_ends(written(200, b"", {"Content-Length": "1000000000", "Content-Type": "text/html"}), b"<p>")
    assert look(server.url + "/v1") == Answer(200, {"content-length": "1000000000", "content-type": "text/html"}, b"")
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/v1", b"")
    assert "authorization" not in asked.headers


def test_a_look_follows_no_redirect_and_ends_in_time(server: FaultServer) -> None:
    server.script.append(redirects(server.url + "/login"))
    answer = look(server.url)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["location"]) == (302, server.url + "/login")
    server.always = stays_silent()
    assert look(server.url, QUICK_S) == DEADLINE
    assert len(server.asked) == 2
