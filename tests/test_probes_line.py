"""Names and encrypted lines, against real sockets and real certificates of a test's own authority."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sync import probes_line
from sync.probes_line import DAY_S, Failure, Line
from tests.faults.test_names import Authority, SecureServer
from tests.faulty import FaultServer

DAY = timedelta(days=1)
LIMIT_S = 10.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def authority(made: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("SSL_CERT_FILE", str(made.folder / "ca.pem"))
    return made


@contextlib.contextmanager
def secured(certificate: Path) -> Iterator[int]:
    """The port of a server that shows this certificate."""
    with contextlib.closing(SecureServer(certificate)) as server:
        yield int(server.url.rpartition(":")[2])


def line_to(
    port: int, *, host: str = "localhost", tls: bool = True, total_s: float = LIMIT_S, clock_is_set: bool = True
) -> Line | Failure:
    addresses = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)
    return probes_line.connect(host, addresses, tls=tls, total_s=total_s, clock_is_set=clock_is_set)


def test_a_line_stands_where_the_certificate_is_right_and_tells_how_long_it_lasts(authority: Authority) -> None:
    with secured(authority.certify("localhost", -DAY, 40 * DAY)) as port:
        line = line_to(port)
    assert isinstance(line, Line)
    assert line.raw == f"127.0.0.1 port {port}, TLSv1.3"
    assert line.ends_s == pytest.approx(time.time() + 40 * DAY_S, abs=600)
    assert line.lasts_s == pytest.approx(41 * DAY_S, abs=600)


@pytest.mark.parametrize(
    ("name", "since", "ends", "is_set", "words", "stranger"),
    [
        ("elsewhere.example", -DAY, DAY, True, "Somebody else answers in the endpoint's place", True),
        ("localhost", -2 * DAY, -DAY, True, "has expired: whoever runs the endpoint must renew it", False),
        ("localhost", -2 * DAY, -DAY, False, "has expired, or the clock, which nobody has set, is wrong", False),
        ("localhost", DAY, 2 * DAY, False, "The clock is not set", False),
        ("localhost", DAY, 2 * DAY, True, "is not valid yet: whoever runs the endpoint must see to it", False),
    ],
)
def test_a_certificate_that_is_wrong_is_told_in_words(
    authority: Authority, name: str, since: timedelta, ends: timedelta, is_set: bool, words: str, stranger: bool
) -> None:
    with secured(authority.certify(name, since, ends)) as port:
        failure = line_to(port, clock_is_set=is_set)
    assert isinstance(failure, Failure)
    assert (failure.step, words in failure.said, failure.stranger) == ("tls", True, stranger)


def test_an_authority_that_nobody_knows_may_be_a_portals(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").folder / "ca.pem"))
    with secured(authority.certify("localhost", -DAY, DAY)) as port:
        failure = line_to(port)
    assert isinstance(failure, Failure)
    assert (failure.step, failure.stranger) == ("tls", True)
    assert failure.said.startswith("Who answers can't show that it is the endpoint")


def test_what_speaks_no_tls_is_a_stranger() -> None:
    with contextlib.closing(FaultServer()) as server:
        failure = line_to(int(server.url.rpartition(":")[2]))
    assert isinstance(failure, Failure)
    assert (failure.step, failure.stranger) == ("tls", True)
    assert "not encrypted as it should" in failure.said


def test_a_line_that_is_cut_off_in_the_handshake_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        failure = line_to(listener.getsockname()[1])
        thread.join()
    assert isinstance(failure, Failure)
    assert (failure.step, failure.stranger) == ("tls", True)


def test_a_handshake_that_is_never_answered_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # the kernel takes the connection, nobody answers
        began = time.monotonic()
        failure = line_to(listener.getsockname()[1], total_s=0.3)
        assert time.monotonic() - began < LIMIT_S
    assert isinstance(failure, Failure)
    assert (failure.step, failure.raw.endswith("no TLS handshake in time")) == ("tls", True)


def test_an_endpoint_that_refuses_connections_is_told(unused_port: int) -> None:
    failure = line_to(unused_port)
    assert isinstance(failure, Failure)
    assert (failure.step, failure.stranger) == ("connect", False)
    assert failure.said.startswith("The endpoint refuses connections")


def test_one_address_that_is_dead_leaves_time_for_the_next(authority: Authority, unused_port: int) -> None:
    with secured(authority.certify("localhost", -DAY, DAY)) as port:
        addresses = [
            socket.getaddrinfo("127.0.0.1", number, type=socket.SOCK_STREAM)[0] for number in (unused_port, port)
        ]
        line = probes_line.connect("localhost", addresses, tls=True, total_s=LIMIT_S, clock_is_set=True)
    assert isinstance(line, Line)


def test_without_encryption_a_line_stands_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert line_to(port, tls=False) == Line(f"127.0.0.1 port {port}")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "does not answer"),
        (OSError(101, "Network is unreachable"), "There is no way to the endpoint"),
        (OSError(113, "No route to host"), "There is no way to the endpoint"),
        (OSError(1, "Operation not permitted"), "can't be reached"),
    ],
)
def test_why_there_is_no_connection_is_told(
    monkeypatch: pytest.MonkeyPatch, unused_port: int, error: OSError, words: str
) -> None:
    def fails(line: socket.socket, address: object) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "connect", fails)
    failure = line_to(unused_port)
    assert isinstance(failure, Failure)
    assert (failure.step, words in failure.said) == ("connect", True)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_name_that_is_known_gives_its_addresses() -> None:
    reading, addresses = probes_line.resolve("localhost", 443)
    assert (reading.name, reading.condition) == ("dns", "good")
    assert reading.raw.startswith("localhost = ")
    assert addresses


def test_an_address_needs_no_name_server() -> None:
    reading, addresses = probes_line.resolve("127.0.0.1", 443)
    assert (reading.said, len(addresses)) == ("The endpoint is named by its address: no name server is needed.", 1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "No name server answers"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "is not known to the name server"),
        (UnicodeError("label too long"), "is not known to the name server"),
    ],
)
def test_a_name_that_is_not_found_is_told_by_its_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    reading, addresses = probes_line.resolve("feedback.example.com", 443)
    assert (reading.condition, words in reading.said, addresses) == ("bad", True, [])
    assert reading.raw == f"getaddrinfo(feedback.example.com): {error}"


@pytest.mark.parametrize(
    ("days", "lasts", "condition", "words"),
    [
        (14, 90, "good", "valid for 14 days more"),
        (13.9, 90, "bad", "ends in 13 days"),
        (1.5, 90, "bad", "ends in 1 day:"),
        (-0.5, 90, "bad", "ends in 0 days"),
        (3, 6, "good", "valid for 3 days more"),
        (1.9, 6, "bad", "ends in 1 day:"),
    ],
)
def test_a_certificate_that_should_have_been_renewed_is_bad(
    days: float, lasts: float, condition: str, words: str
) -> None:
    line = Line("", 1_800_000_000.0, lasts * DAY_S)
    reading = probes_line.certificate(line, 1_800_000_000.0 - days * DAY_S, clock_is_set=True)
    assert (reading.name, reading.condition, words in reading.said) == ("certificate", condition, True)
    assert reading.raw == "valid until 2027-01-15 08:00 UTC"


def test_before_the_clock_is_set_nothing_is_said_of_a_certificates_end() -> None:
    assert probes_line.certificate(Line("", 1.8e9, 90 * DAY_S), 0.0, clock_is_set=False).condition == "unknown"
