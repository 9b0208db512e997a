"""The way to the endpoint, broken at one step after the other: the cause is named, what follows from it is unknown."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hardware.health import Health
from kiosk.clock import Reading
from kiosk.health.verdict import judge
from kiosk.reader import NETWORK
from kiosk.settings import Endpoint
from sync import probes, probes_line, probes_link
from sync.probes import Prober
from sync.probes_line import Failure, Line
from sync.reply import Answer, NoAnswer
from sync.transport import Transport
from tests.conftest import until
from tests.faults.test_names import Authority, SecureServer
from tests.faulty import FaultServer, redirects, says, stays_silent
from tests.test_probes_link import Net

DAY = timedelta(days=1)
URL = "https://feedback.example.com/moodpost"
DATE = "Thu, 26 Nov 2026 12:00:00 GMT"
NOON_MS = 1_795_694_400_000
WELL = Answer(405, {"date": DATE}, b"")
ALL = ["link", "address", "dns", "portal", "tls", "certificate", "token", "endpoint", "drift"]


class Way:
    """Everything between a kiosk and its endpoint, well until a test breaks a step of it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.net = Net(root)
        self.net.interface("eth0", "up")
        self.root = root
        self.addresses = ["192.0.2.7"]
        self.line: Line | Failure = Line("192.0.2.80 port 443, TLSv1.3", NOON_MS / 1000 + 60 * 86_400, 90 * 86_400.0)
        self.answers: dict[str, Answer | NoAnswer] = {}
        self.looked: list[str] = []
        self.notes = {"contact": "boot-one 4000"}
        self.clocks = Reading(5_000, NOON_MS, "ntp")
        self.endpoint: Endpoint | None = Endpoint(url=URL)
        address = probes_link.address
        monkeypatch.setattr(probes_link, "address", lambda root: address(root, lambda name: self.addresses))
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)
        monkeypatch.setattr(probes_line, "connect", lambda *_, **__: self.line)

    def resolve(self, host: str, port: int, **_: Any) -> list[Any]:
        assert (host, port) == ("feedback.example.com", 443)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.80", port))]

    def prober(self, client: Callable[[float], Any] | None = None) -> Prober:
        return Prober(
            kiosk="south",
            endpoint=self.endpoint,
            noted=lambda key: self.notes.get(key, ""),
            clocks=lambda: self.clocks,
            client=client or (lambda total_s: FakeClient(self)),
            root=self.root,
        )

    def look(self) -> dict[str, Health]:
        readings = self.prober().look()
        found = {reading.name: reading for reading in readings}
        assert len(found) == len(readings)
        return found

    def broken_at(self, *names: str, below: str) -> str:
        """Only `names` are bad, and `below` are unknown as they were not tried; the verdict's first line."""
        found = self.look()
        assert {name for name, reading in found.items() if reading.condition == "bad"} == set(names)
        for name in below.split():
            assert found[name].condition == "unknown", name
            assert found[name].said.startswith("Not tried: "), name
        return judge(found.values()).head


class FakeClient:
    def __init__(self, way: Way) -> None:
        self._way = way

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: Any) -> None: ...

    def look(self, url: str) -> Answer | NoAnswer:
        self._way.looked.append(url)
        return self._way.answers.get(url.split(":")[0], WELL if url.startswith("https") else NoAnswer("refused"))


@pytest.fixture
def way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    return Way(tmp_path, monkeypatch)


def test_a_way_that_is_well_is_well_from_the_link_to_the_endpoint(way: Way) -> None:
    found = way.look()
    assert list(found) == ALL
    assert {reading.condition for reading in found.values()} == {"good"}
    assert way.looked == [f"{URL}/v1/kiosks/south/responses"]


def test_every_reading_is_one_that_the_kiosk_takes_from_sync(way: Way) -> None:
    way.net.interface("wlan0", "up", wireless=True)
    way.net.level("-60")
    assert set(way.look()) == set(NETWORK) - {"proxy"}, "see test_proxy.py"


def test_without_an_endpoint_there_is_one_reading_that_says_so(way: Way) -> None:
    way.endpoint = None
    (reading,) = way.look().values()
    assert (reading.name, reading.condition) == ("endpoint", "good")


def test_a_pulled_cable_is_the_cause_of_everything_else(way: Way) -> None:
    way.net.interface("eth0", "down", carrier="0")
    way.notes["denied"] = "the endpoint won't have this kiosk: 401"
    head = way.broken_at("link", below="address dns tls certificate portal endpoint token drift")
    assert head.startswith("There is no network link")
    assert way.looked == []


def test_a_network_that_gives_no_address_is_the_cause(way: Way) -> None:
    way.addresses = ["fe80::1"]
    head = way.broken_at("address", below="dns tls certificate portal endpoint token drift")
    assert head.startswith("The network gives this kiosk no address")


def test_a_weak_wifi_is_told_and_keeps_nothing_from_being_tried(way: Way) -> None:
    way.net.interface("wlan0", "up", wireless=True)
    way.net.level("-90")
    assert way.broken_at("wifi", below="").startswith("The Wi-Fi is weak here (-90 dBm)")


def test_a_dead_name_server_is_the_cause(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert way.broken_at("dns", below="tls certificate portal endpoint token drift").startswith(
        "No name server answers"
    )


def test_a_name_server_that_hangs_is_the_cause_within_its_time_and_is_not_asked_again_meanwhile(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, asked = threading.Event(), []

    def hangs(*_: Any, **__: Any) -> list[Any]:
        asked.append(1)
        assert end.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    monkeypatch.setattr(probes, "NAME_S", 0.1)
    prober = way.prober()
    for _ in range(3):
        found = {reading.name: reading for reading in prober.look()}
        assert found["dns"].said.startswith("The name server does not answer")
        assert found["link"].condition == "good"
        assert found["tls"].said == "Not tried: no name was resolved."
    assert asked == [1]
    end.set()
    until(lambda: not [t for t in threading.enumerate() if t.name == "network name"], "the resolver's thread to end")


def test_an_endpoint_that_is_down_is_the_cause(way: Way) -> None:
    way.line = Failure("connect", "The endpoint does not answer.", "timed out")
    found = way.look()
    head = way.broken_at("endpoint", below="tls certificate token drift")
    assert (head, found["portal"].condition) == ("The endpoint does not answer.", "unknown")
    assert way.looked[0] == "http://feedback.example.com/"


def test_a_certificate_that_has_expired_is_the_cause_though_the_server_has_a_page_without_encryption(way: Way) -> None:
    way.line = Failure("tls", "The endpoint's certificate has expired.", "(10)")
    way.answers["http"] = Answer(200, {"content-type": "text/html"}, b"")
    head = way.broken_at("tls", below="certificate endpoint token drift")
    assert head == "The endpoint's certificate has expired."


@pytest.mark.parametrize(
    "failure",
    [
        Failure("tls", "Somebody else answers.", "(62)", stranger=True),
        Failure("connect", "The endpoint refuses connections.", ""),
    ],
)
def test_a_portal_that_breaks_the_encrypted_line_is_the_cause(way: Way, failure: Failure) -> None:
    way.line = failure
    way.answers["http"] = Answer(302, {"location": "http://login.portal.example/"}, b"")
    head = way.broken_at("portal", below="tls certificate endpoint token drift")
    assert head.startswith("A captive portal answers in the endpoint's place")


def test_a_portal_behind_a_line_that_is_proven_is_the_cause(way: Way) -> None:
    way.answers["https"] = Answer(200, {"content-type": "text/html"}, b"")
    assert way.broken_at("portal", below="endpoint token drift").startswith(
        "A web page answers in the endpoint's place"
    )


def test_an_endpoint_in_trouble_is_the_cause(way: Way) -> None:
    way.answers["https"] = Answer(503, {"date": DATE}, b"")
    assert way.broken_at("endpoint", below="token").startswith("The endpoint is in trouble (it answers 503)")


def test_a_token_that_is_refused_is_the_cause(way: Way) -> None:
    way.notes |= {"denied": "the endpoint won't have this kiosk: 401 token", "problem": "401 token"}
    assert way.broken_at("token", below="").startswith("The endpoint doesn't know this kiosk's token")
    way.notes["denied"] = "the endpoint won't have this kiosk: 403 token: of another"
    assert way.broken_at("token", below="").startswith("The endpoint doesn't let this kiosk send under this id")
    way.notes["denied"] = "the endpoint won't have this kiosk: 418"
    assert way.broken_at("token", below="").startswith("The endpoint refuses this kiosk")


def test_a_certificate_that_ends_soon_is_told(way: Way) -> None:
    way.line = Line("", NOON_MS / 1000 + 5.5 * 86_400, 90 * 86_400.0)
    assert way.broken_at("certificate", below="").startswith("The endpoint's certificate ends in 5 days")


def test_a_clock_that_is_wrong_is_told(way: Way) -> None:
    way.clocks = Reading(5_000, NOON_MS - 3 * 86_400_000, "nobody")
    assert way.broken_at("drift", below="").startswith("The clock is 3 days behind the endpoint's")


def test_a_kernel_that_does_not_tell_in_time_is_unknown_and_the_rest_is_tried(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()
    monkeypatch.setattr(probes_link, "link", lambda root: end.wait(60))
    monkeypatch.setattr(probes, "BOARD_S", 0.05)
    found = way.look()
    end.set()
    assert [found[name].condition for name in ("link", "address", "dns", "endpoint")] == [
        "unknown",
        "unknown",
        "good",
        "good",
    ]


def test_all_deadlines_together_are_fifteen_seconds_and_none_is_longer_than_five() -> None:
    times = (probes.BOARD_S, probes.NAME_S, probes.LINE_S, probes.ANSWER_S)
    assert (sum(times), max(times)) == (15.0, 5.0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


def here(url: str, root: Path) -> dict[str, Health]:
    """A real look at an endpoint on this machine itself, by the real client."""
    prober = Prober(
        kiosk="south",
        endpoint=Endpoint(url=url),
        noted=lambda key: "",
        clocks=lambda: Reading(5_000, time.time_ns() // 1_000_000, "ntp"),
        client=Transport,
        root=root,
    )
    return {reading.name: reading for reading in prober.look()}


def test_an_endpoint_on_this_machine_itself_needs_no_network(server: FaultServer, tmp_path: Path) -> None:
    server.always = says(405, b'{"error": "method"}', Content_Type="application/json")
    found = here(server.url, tmp_path)
    assert list(found) == ["link", "dns", "portal", "token", "endpoint", "drift"]
    assert [found[name].condition for name in ("link", "dns", "portal", "endpoint")] == ["good"] * 4
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/v1/kiosks/south/responses", b"")
    assert "authorization" not in asked.headers


def test_a_real_encrypted_endpoint_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with contextlib.closing(SecureServer(authority.certify("localhost", -DAY, 40 * DAY))) as server:
        server.always = says(404, b"{}", Content_Type="application/json")
        found = here(server.url, tmp_path)
    assert [found[name].condition for name in ("dns", "tls", "certificate", "portal", "endpoint")] == ["good"] * 5


def test_a_redirect_of_a_real_server_is_a_portals(server: FaultServer, tmp_path: Path) -> None:
    server.always = redirects("http://login.example/?mac=1")
    assert here(server.url, tmp_path)["portal"].condition == "bad"


def test_a_real_server_that_stays_silent_is_told_in_time(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "ANSWER_S", 0.7)
    server.always = stays_silent()
    found = here(server.url, tmp_path)
    assert (found["endpoint"].condition, found["endpoint"].raw) == ("bad", "no answer within 0.2 s")
    assert found["portal"].condition == "unknown"
    until(lambda: not [t for t in threading.enumerate() if t.name == "request"], "the request to end")
