"""A certificate authority of the installer's own, made by openssl: who is believed, and what is wrong with its file."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from kiosk import settings as settings_module
from kiosk.clock import Reading
from kiosk.errors import SettingsError
from kiosk.settings import Endpoint, Settings
from kiosk.trust import Trust, check, trust
from sync.probes import Prober
from sync.reply import Answer, NoAnswer
from sync.transport import Transport
from tests.faults.test_names import Authority, SecureServer
from tests.faulty import says

DAY = timedelta(days=1)
EXPECTED = "expected a file of PEM certificates (-----BEGIN CERTIFICATE-----)"
SAID = "moodpost.toml, network.ca_file: "


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority: Authority) -> Iterator[SecureServer]:
    with contextlib.closing(SecureServer(authority.certify("localhost", -DAY, 40 * DAY))) as server:
        server.always = says(404, b"{}", Content_Type="application/json")
        yield server


def ask(url: str, trust: Trust) -> Answer | NoAnswer:
    with Transport(10.0, trust) as client:
        return client.post(url, b"body", {})


def probed(url: str, trust: Trust) -> dict[str, tuple[str, str]]:
    prober = Prober(
        kiosk="south",
        endpoint=Endpoint(url=url),
        noted=lambda key: "",
        clocks=lambda: Reading(1, 1, "nobody"),
        client=lambda total_s: Transport(total_s, trust),
        trust=trust,
    )
    return {reading.name: (reading.condition, reading.said) for reading in prober.look()}


def named(ca_file: str) -> Settings:
    return settings_module.parse(f'[kiosk]\nid = "k"\n[network]\nca_file = "{ca_file}"\n')


def test_an_endpoint_of_ones_own_authority_is_believed_with_its_file_and_not_without(
    authority: Authority, server: SecureServer
) -> None:
    with_file = trust(named("ca.pem"), authority.folder / "moodpost.toml")
    assert isinstance(ask(server.url, with_file), Answer)
    assert probed(server.url, with_file)["tls"][0] == "good"
    refused = ask(server.url, Trust())
    assert isinstance(refused, NoAnswer)
    assert refused.tls
    assert "tls" not in {name for name, found in probed(server.url, Trust()).items() if found[0] == "good"}


def test_the_systems_certificates_count_all_the_same(
    authority: Authority, server: SecureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.pem"))
    other = Authority(tmp_path)
    assert isinstance(ask(server.url, Trust(other.folder / "ca.pem")), Answer)


def test_an_authority_without_a_key_usage_is_believed_though_python_is_strict(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    authority = Authority(tmp_path)
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem")
    made = ["openssl", "req", "-x509", *new, "-subj", "/CN=plain", "-days", "2"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    usual = ssl.create_default_context

    def strict() -> ssl.SSLContext:
        context = usual()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    mocker.patch.object(ssl, "create_default_context", strict)
    with contextlib.closing(SecureServer(authority.certify("localhost", -DAY, DAY))) as server:
        server.always = says(404, b"{}")
        assert isinstance(ask(server.url, Trust(tmp_path / "ca.pem")), Answer)


def test_what_was_loaded_serves_until_a_file_has_changed(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, own = tmp_path / "system.pem", tmp_path / "ca.pem"
    for file in (system, own):
        file.write_bytes((authority.folder / "ca.pem").read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    believed = Trust(own)
    context, _ = believed.context()
    assert believed.context()[0] is context
    assert Trust(tmp_path / "other.pem").context()[0] is not context
    for file in (system, own):
        before, _ = believed.context()
        again = file.with_suffix(".new")
        again.write_bytes(file.read_bytes() + b"\n")
        again.replace(file)
        assert believed.context()[0] is not before
    own.write_bytes(b"nothing of the kind")
    assert believed.context()[1]
    own.write_bytes(system.read_bytes())
    assert believed.context()[1] == "", "mended, it counts at once"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "found no file {file}, " + EXPECTED),
        (b"", "found no certificate in {file}, " + EXPECTED),
        (b"my company's certificate", "found no certificate in {file}, " + EXPECTED),
        (b"\x30\x82\x01\x0a", "found no certificate in {file}, " + EXPECTED),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "found no certificate in {file}, " + EXPECTED,
        ),
    ],
    ids=["absent", "empty", "text", "DER", "garbled"],
)
def test_a_file_that_is_no_certificate_is_told_and_the_network_is_used_all_the_same(
    server: SecureServer, tmp_path: Path, content: bytes | None, said: str
) -> None:
    file, home = tmp_path / "ca.pem", tmp_path / "moodpost.toml"
    if content is not None:
        file.write_bytes(content)
    sentence = SAID + said.format(file=file)
    with pytest.raises(SettingsError) as caught:
        check(named("ca.pem"), home)
    assert caught.value.mistakes == (sentence,)
    found = trust(named("ca.pem"), home)
    answer = ask(server.url, found)
    assert answer == NoAnswer(sentence, tls=True)
    assert probed(server.url, found)["tls"] == ("bad", sentence)


@pytest.mark.parametrize("ca_file", ["", ".", "a/b", "\\u0000"])
def test_whatever_is_named_is_told_in_words(tmp_path: Path, ca_file: str) -> None:
    (tmp_path / "a").touch()
    if not ca_file:
        check(named(ca_file), tmp_path / "moodpost.toml")
        return
    with pytest.raises(SettingsError, match=r"network\.ca_file: ") as caught:
        check(named(ca_file), tmp_path / "moodpost.toml")
    assert str(caught.value).endswith(EXPECTED)


def test_a_file_that_was_mended_counts_at_once(authority: Authority, server: SecureServer, tmp_path: Path) -> None:
    found = Trust(tmp_path / "ca.pem")
    assert isinstance(ask(server.url, found), NoAnswer)
    (tmp_path / "ca.pem").write_bytes((authority.folder / "ca.pem").read_bytes())
    assert isinstance(ask(server.url, found), Answer)


def test_what_is_wrong_with_the_file_is_said_though_no_line_is_tried(tmp_path: Path) -> None:
    found = probed("http://127.0.0.1:9", Trust(tmp_path / "ca.pem"))
    assert found["tls"][0] == "bad"
    assert found["endpoint"][0] == "bad"
