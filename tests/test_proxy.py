"""A real proxy before a real encrypted endpoint: all goes through it, and what it refuses is told in words."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.apply import proxy as proxies
from hardware.health import Health
from kiosk.cli import main
from kiosk.clock import Reading
from kiosk.settings import Endpoint, Secret
from sync import probes_link
from sync.probes import Prober
from sync.probes_line import Tunnel
from sync.proxy import NONE, Proxy, refusal
from sync.reply import Answer, NoAnswer
from sync.transport import Transport
from tests.conftest import until
from tests.faults.test_names import Authority, SecureServer
from tests.faulty import says
from tests.proxies import Connect, ProxyServer
from tests.test_probes_link import Net
from tests.test_transport import requests_under_way

DAY = timedelta(days=1)
NAME = "feedback.example.com"
"""Only the proxy knows where it is: what reached the endpoint went through the proxy."""
URL = f"https://{NAME}"
PASSWORD = "kiosk:pass word@1/%"


class House:
    """An endpoint that only the house's proxy can reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = SecureServer(Authority(folder).certify(NAME, -DAY, 40 * DAY))
        self.endpoint.always = says(200, b"{}", Content_Type="application/json")
        there = ("127.0.0.1", int(self.endpoint.url.rpartition(":")[2]))
        self.proxy = ProxyServer(places={f"{NAME}:443": there})

    def through(self, password: str = "") -> Proxy:
        user, _, word = password.partition(":")
        return Proxy("127.0.0.1", self.proxy.port, user, Secret(word))

    def post(self, proxy: Proxy | None, total_s: float = 20.0) -> Answer | NoAnswer:
        with Transport(total_s, proxy=proxy) as client:
            return client.post(f"{URL}/v1", b"a batch", {"Authorization": "Bearer open-sesame"})

    def look(self, proxy: Proxy) -> dict[str, Health]:
        prober = Prober(
            kiosk="south",
            endpoint=Endpoint(url=URL),
            noted=lambda key: "",
            clocks=lambda: Reading(5_000, time.time_ns() // 1_000_000, "ntp"),
            client=lambda total_s: Transport(total_s, proxy=proxy),
            proxy=proxy,
            root=self.folder,
        )
        return {reading.name: reading for reading in prober.look()}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    Net(tmp_path).interface("eth0", "up")
    address = probes_link.address
    monkeypatch.setattr(probes_link, "address", lambda root: address(root, lambda name: ["192.0.2.7"]))
    yield house
    until(lambda: not requests_under_way(), "every request's thread to end")
    house.proxy.close()
    house.endpoint.close()


def test_a_batch_goes_through_the_proxy_which_sees_nothing_of_it(house: House) -> None:
    answer = house.post(house.through())
    assert isinstance(answer, Answer)
    assert answer.status == 200
    (asked,) = house.endpoint.asked
    assert (asked.path, asked.body, asked.headers["authorization"]) == ("/v1", b"a batch", "Bearer open-sesame")
    assert house.proxy.asked == [Connect(f"{NAME}:443", 200)]
    assert b"sesame" not in house.proxy.heard and b"batch" not in house.proxy.heard


def test_a_password_is_shown_to_the_proxy_alone(house: House) -> None:
    house.proxy.password = PASSWORD
    assert isinstance(house.post(house.through(PASSWORD)), Answer)
    assert "proxy-authorization" not in house.endpoint.asked[0].headers


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (407, "The proxy wants a user and a password, or takes neither of these: correct them. (407)"),
        (403, "The proxy forbids the way to the endpoint: whoever runs it must let this kiosk through. (403)"),
        (502, "The proxy can't reach the endpoint: is the endpoint's address right, and is it on? (502)"),
        (400, "The proxy opens no way to the endpoint: is it one for HTTPS (CONNECT), and is its address right? (400)"),
    ],
)
def test_a_proxy_that_refuses_is_told_in_words_and_without_the_password(
    house: House, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.proxy.status = status
    assert house.post(house.through("kiosk:wrong-word")) == NoAnswer(said)
    found = house.look(house.through("kiosk:wrong-word"))
    assert (found["proxy"].condition, f"{found['proxy'].said} ({status})") == ("bad", said)
    assert {found[name].condition for name in ("portal", "tls", "token", "endpoint")} == {"unknown"}
    assert house.endpoint.asked == []
    assert "wrong-word" not in f"{found}{house.through('kiosk:wrong-word')}{caplog.text}"


def test_a_proxy_that_is_not_there_is_told_and_never_passed_by(house: House) -> None:
    proxy = house.through()
    house.proxy.close()
    assert isinstance(house.post(proxy), NoAnswer)
    found = house.look(proxy)
    assert (found["proxy"].condition, found["dns"].condition) == ("bad", "good")
    assert found["proxy"].said.startswith("The proxy does not answer")
    assert house.endpoint.asked == []


def test_what_is_no_proxy_is_told(house: House) -> None:
    found = house.look(Proxy("127.0.0.1", int(house.endpoint.url.rpartition(":")[2])))
    assert found["proxy"].condition == "bad"


def test_probes_go_the_way_that_sync_goes(house: House) -> None:
    house.proxy.password = PASSWORD
    house.endpoint.always = says(405, b"{}", Content_Type="application/json")
    found = house.look(house.through(PASSWORD))
    steps = ("link", "address", "dns", "proxy", "portal", "tls", "certificate", "endpoint")
    assert {name: found[name].condition for name in steps} == dict.fromkeys(steps, "good")
    assert found["proxy"].raw == house.proxy.url
    assert {asked.target for asked in house.proxy.asked} == {f"{NAME}:443"}


def test_a_proxy_that_breaks_the_encryption_is_found_by_its_certificate(house: House, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with contextlib.closing(SecureServer(Authority(other).certify(NAME, -DAY, DAY))) as stranger:
        place = ("127.0.0.1", int(stranger.url.rpartition(":")[2]))
        house.proxy.places = {f"{NAME}:443": place}
        found = house.look(house.through())
    assert (found["proxy"].condition, found["tls"].condition) == ("good", "bad")
    assert "can't show that it is the endpoint" in found["tls"].said


def test_the_deadline_holds_for_a_proxy_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = Proxy("127.0.0.1", silent.getsockname()[1])
        with Transport(0.5, proxy=proxy) as client:
            assert client.post(URL, b"", {}) == NoAnswer("no answer within 0.5 s")
    until(lambda: not requests_under_way(), "every request's thread to end")


def test_an_endpoint_on_this_machine_itself_is_reached_without_the_proxy(house: House) -> None:
    with Transport(1.0, proxy=house.through()) as client:
        client.post("http://127.0.0.1:1/", b"", {})
    assert house.proxy.asked == []


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("", None),
        ("none", None),
        ("http://proxy.example.com:3128", Proxy("proxy.example.com", 3128)),
        ("http://proxy.example.com", Proxy("proxy.example.com", 80)),
        ("http://[2001:db8::1]:8080", Proxy("2001:db8::1", 8080)),
    ],
)
def test_an_address_is_read_as_it_stands(url: str, proxy: Proxy | None) -> None:
    found = Proxy.of(url)
    assert (found and (found.host, found.port, found.auth)) == (proxy and (proxy.host, proxy.port, None))


def test_root_s_word_for_no_proxy_is_the_one_that_sync_reads() -> None:
    assert proxies.NONE == NONE


def test_user_and_password_are_read_from_their_places_and_never_show() -> None:
    found = Proxy.of("http://kiosk:pass%20word%401%2F%25@p:1")
    assert found and found.auth == ("kiosk", "pass word@1/%")
    assert found.url == "http://p:1"
    assert "pass" not in repr(found).replace("password", "")
    assert "Basic" not in repr(Tunnel(found.question("e", 443), refusal))


def settings(house: House, proxy: str) -> Path:
    path = house.folder / "moodpost.toml"
    path.write_text(f'[kiosk]\nid = "south"\n[endpoint]\nurl = "{URL}"\n[network]\n{proxy}\n')
    return path


def test_sync_looks_once_through_the_proxy_of_the_settings(house: House) -> None:
    path = settings(house, f'proxy = "{house.proxy.url}"\nproxy_user = "kiosk"\nproxy_password = "word"')
    house.proxy.password = "kiosk:word"
    ended = CliRunner().invoke(main, ["sync", "--look", "--settings", str(path), "--data", str(house.folder)])
    assert ended.exit_code == 0, ended.output
    assert "good    proxy       The proxy opens the way to the endpoint." in ended.output
    assert "word" not in ended.output.replace("password", "")


@pytest.mark.parametrize(("given", "code"), [("http://kiosk:word@127.0.0.1:{port}", 0), ("http://127.0.0.1:{port}", 1)])
def test_a_proxy_in_a_file_takes_the_place_of_the_one_in_the_settings(house: House, given: str, code: int) -> None:
    path, file = settings(house, 'proxy = "http://127.0.0.1:1"'), house.folder / "proxy"
    file.write_text(given.replace("{port}", str(house.proxy.port)))
    house.proxy.password = "kiosk:word"
    words = ["sync", "--look", "--settings", str(path), "--data", str(house.folder), "--proxy-file", str(file)]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == code, ended.output
    if code:
        assert ended.output.splitlines()[-1].startswith("The proxy wants a user and a password")
