"""The collector as a process of its own: where it listens, when it refuses to, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sync.collector.server import Server, _url
from sync.collector.tokens import Tokens
from sync.errors import CollectorError
from tests.conftest import until
from tests.test_collector_parts import NOW, acked, body, collector, post, vote

TOKENS = Tokens({"reader": "reader-token-0123456789"})
PROGRAM = """
import sys
from pathlib import Path
from sync.collector.server import serve
serve(port=0, database=Path(sys.argv[1]), on_ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@contextmanager
def process(database: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A collector in a process of its own, and its address."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(database)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        try:
            assert running.stdout
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_though_pages_are_open(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path / "c.db") as (running, url), httpx.Client(base_url=url, timeout=30) as client:
        acked(post(client, body([vote(1)])))
        with client.stream("GET", "/events") as open_page:
            lines = open_page.iter_lines()
            assert "retry" in next(lines)
            began = time.monotonic()
            running.send_signal(number)
            assert running.wait(20) == 0
            assert time.monotonic() - began < 20
            assert [line for line in lines if line and not line.startswith("data: {")] == []
        out, err = running.communicate(timeout=20)
    assert (out, err) == ("ended\n", "")


def test_a_killed_collector_still_has_what_it_acknowledged(tmp_path: Path) -> None:
    with process(tmp_path / "c.db") as (running, url), httpx.Client(base_url=url, timeout=30) as client:
        acked(post(client, body([vote(1), vote(2)])))
        running.kill()
        running.wait(20)
    with collector(tmp_path / "c.db") as client:
        assert client.get("/v1/summary").json()["epochs"][0]["have"] == 2


def test_an_open_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with process(tmp_path / "c.db") as (running, url):
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port)) as half:
            half.sendall(b"POST /v1/kiosks/x/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
            httpx.get(f"{url}/health", timeout=30)
            began = time.monotonic()
            running.terminate()
            assert running.wait(20) == 0
            assert time.monotonic() - began < 20


def test_it_listens_on_loopback_and_says_where(tmp_path: Path) -> None:
    server = Server(port=0, database=tmp_path / "c.db")
    assert server.url.startswith("http://127.0.0.1:")
    ready: list[str] = []
    thread = threading.Thread(target=server.run, args=(ready.append,))
    thread.start()
    until(lambda: ready, "the collector to listen")
    assert ready == [server.url]
    assert httpx.get(f"{ready[0]}/health", timeout=30).json() == {"status": "ok"}
    server.stop()
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{ready[0]}/health", timeout=30)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_where_others_could_reach_it_it_wants_tokens(tmp_path: Path, host: str) -> None:
    with pytest.raises(CollectorError, match="others could reach this address, but there is no token file"):
        Server(host, 0, database=tmp_path / "c.db")
    assert not (tmp_path / "c.db").exists()


def test_with_tokens_it_listens_everywhere(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db", TOKENS, host="0.0.0.0") as client:
        assert client.get("/").status_code == 401
        assert str(client.base_url).startswith("http://127.0.0.1:")


def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            CollectorError, match=f"127.0.0.1:{port}: another program listens there already; end it, or"
        ):
            Server(port=port, database=tmp_path / "c.db")


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("127.0.0.1", 65_536, "found port 65536, expected 0"),
        ("192.0.2.1", 0, "this is no address of this machine"),
        ("no such name", 0, "no such address; expected a name or address of this machine"),
    ],
)
def test_an_address_that_can_not_be_had_is_told_in_words(tmp_path: Path, host: str, port: int, told: str) -> None:
    with pytest.raises(CollectorError, match=told):
        Server(host, port, database=tmp_path / "c.db", tokens=TOKENS)


def test_a_database_that_can_not_be_opened_frees_the_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(CollectorError, match="can't be opened"):
        Server(port=port, database=tmp_path / "nowhere" / "c.db")
    socket.create_server(("127.0.0.1", port)).close()


def test_an_ipv6_address_stands_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert _url(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_the_clock_is_the_callers(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db", now=lambda: NOW + 7.9) as client:
        assert acked(post(client, body([vote(1)]))).time == NOW + 7
