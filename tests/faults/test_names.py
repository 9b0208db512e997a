"""Certificates and name servers that fail, with the real transport and sender: the deadline holds, nothing moves."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.sender import BACKOFF_CAP_S, SLOW_PROBE_S
from sync.transport import Transport
from tests.conftest import until
from tests.faulty import FaultServer, Line, _read
from tests.test_sender import Kiosk
from tests.test_transport import requests_under_way

LIMIT_S = 20.0
"""Far beyond the deadline, far below what the fault would last: a slow machine is no failure."""
DAY = timedelta(days=1)
CONFIG = """\
[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:{name}
"""


class Authority:
    """A certificate authority of a test's own, whose word this process takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        added = [word for extension in extensions for word in ("-addext", extension)]
        subject = ("-subj", "/CN=Moodpost's tests", "-days", "2")
        self._openssl("req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", *subject, *added)

    def certify(self, name: str, since: timedelta, until: timedelta) -> Path:
        """A certificate of `name` with its key, in one file; valid in a span counted from now."""
        (self.folder / "ca.cnf").write_text(CONFIG.format(name=name))
        self._openssl("req", "-new", *_NEW_KEY, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", f"/CN={name}")
        span = ("-startdate", _stamp(since), "-enddate", _stamp(until))
        files = ("-in", "leaf.csr", "-out", "leaf.pem")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", "leaf", *span, *files)
        both = self.folder / "both.pem"
        both.write_bytes((self.folder / "leaf.key").read_bytes() + (self.folder / "leaf.pem").read_bytes())
        return both

    def _openssl(self, *words: str) -> None:
        try:
            subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            pytest.fail("openssl is not there: apt-get install openssl")
        except subprocess.CalledProcessError as error:
            pytest.fail(error.stderr)


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _stamp(distance: timedelta) -> str:
    return (datetime.now(UTC) + distance).strftime("%y%m%d%H%M%SZ")


class SecureServer(FaultServer):
    """An endpoint behind TLS."""

    def __init__(self, certificate: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        super().__init__()

    @property
    def url(self) -> str:
        return super().url.replace("http://127.0.0.1", "https://localhost")

    def _serve(self, connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            self._context.wrap_socket(connection, server_side=True) as secured,
            secured.makefile("rb") as stream,
        ):
            while (asked := _read(stream, self.offered)) is not None:
                self.asked.append(asked)
                self.always(asked, Line(secured, self._closing))
        with self._lock:
            self._open.discard(connection)
        connection.close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    folder = tmp_path / "authority"
    folder.mkdir()
    authority = Authority(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return authority


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    """With three votes that wait, and an honest endpoint that it can't reach as long as a test goes elsewhere."""
    server = FaultServer()
    kiosk = Kiosk(tmp_path, server)
    kiosk.vote(3)
    yield kiosk
    kiosk.close()
    server.close()
    until(lambda: not requests_under_way(), "every request's thread to end")


def secured(kiosk: Kiosk, certificate: Path) -> SecureServer:
    server = SecureServer(certificate)
    server.always = kiosk.endpoint
    kiosk.sender = kiosk.a_sender(url=server.url)
    return server


def test_a_certificate_that_is_right_is_sent_to(kiosk: Kiosk, authority: Authority) -> None:
    with contextlib.closing(secured(kiosk, authority.certify("localhost", -DAY, DAY))):
        kiosk.send(after=BACKOFF_CAP_S)
    assert (kiosk.arrived(), kiosk.waiting(), kiosk.problem()) == ([1, 2, 3], 0, "")


@pytest.mark.parametrize(
    ("name", "since", "ends", "words"),
    [
        ("elsewhere.example", -DAY, DAY, "Hostname mismatch"),
        ("localhost", -2 * DAY, -DAY, "certificate has expired"),
        ("localhost", DAY, 2 * DAY, "the endpoint's certificate is not yet valid: is the clock unset?"),
    ],
    ids=["wrong name", "expired", "not yet valid"],
)
def test_a_certificate_that_is_wrong_is_told_and_nothing_is_sent(
    kiosk: Kiosk, authority: Authority, name: str, since: timedelta, ends: timedelta, words: str
) -> None:
    with contextlib.closing(secured(kiosk, authority.certify(name, since, ends))) as server:
        kiosk.send(after=BACKOFF_CAP_S)
        assert words in kiosk.problem()
        assert (server.asked, kiosk.watermark(), kiosk.waiting()) == ([], None, 3)
        # A stranger is asked slowly, whatever the dice say.
        kiosk.now += SLOW_PROBE_S - 1
        connections = server.connections
        kiosk.send()
        assert server.connections == connections
    kiosk.sender = kiosk.a_sender()
    kiosk.send(after=BACKOFF_CAP_S)
    assert (kiosk.arrived(), kiosk.problem()) == ([1, 2, 3], "")


def test_a_certificate_of_an_authority_nobody_knows_is_a_stranger_s(
    kiosk: Kiosk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with contextlib.closing(secured(kiosk, authority.certify("localhost", -DAY, DAY))) as server:
        kiosk.send(after=BACKOFF_CAP_S)
        assert "certificate verify failed" in kiosk.problem()
        assert (server.asked, kiosk.waiting()) == ([], 3)


class NameServer:
    """Resolves names only when a test lets it; `fails` with an error at once, or hangs until then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: socket.gaierror | None) -> None:
        self.works = threading.Event()
        self.asked = 0
        self._error = error
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def _resolve(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        self.asked += 1
        if self._error is not None and not self.works.is_set():
            raise self._error
        assert self.works.wait(60)
        return self._real("127.0.0.1", port, *rest, **more)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "no answer within 0.3 s"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "Temporary failure"),
    ],
    ids=["hangs", "knows no such name", "fails for now"],
)
def test_a_name_server_that_fails_costs_no_more_than_the_deadline_and_moves_nothing(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch, error: socket.gaierror | None, words: str
) -> None:
    names = NameServer(monkeypatch, error)
    kiosk.total_s = 0.3
    kiosk.sender = kiosk.a_sender(url=kiosk.server.url.replace("127.0.0.1", "endpoint.invalid"))
    try:
        for _ in range(3):
            began = time.monotonic()
            kiosk.send(after=BACKOFF_CAP_S)
            assert time.monotonic() - began < LIMIT_S
            assert words in kiosk.problem()
        assert (names.asked, kiosk.server.asked, kiosk.watermark()) == (3, [], None)
    finally:
        names.works.set()
    until(lambda: not requests_under_way(), "the requests that hung to end")
    kiosk.total_s = 30.0
    kiosk.send(after=BACKOFF_CAP_S)
    assert (kiosk.arrived(), kiosk.waiting(), kiosk.problem()) == ([1, 2, 3], 0, "")


def test_a_name_server_that_is_dead_for_hours_does_not_pile_up_requests(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NameServer(monkeypatch, None)
    with contextlib.ExitStack() as ended:
        ended.callback(names.works.set)
        for _ in range(10):
            with Transport(0.05) as client:
                client.post("http://endpoint.invalid", b"", {})
        assert len(requests_under_way()) <= 4
