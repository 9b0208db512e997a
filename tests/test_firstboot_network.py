"""What first boot makes of [network]: NetworkManager's files and the proxy's, all or nothing, secrets kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.firstboot import guess, settle
from tests.cards import SETTINGS, Card

WIFI, CABLE = (f"system/connections/moodpost{kind}.nmconnection" for kind in ("", "-cable"))
PROXY = "secrets/proxy"
PLAIN = b'[kiosk]\nid = "south.exit"\n[endpoint]\nurl = "https://feedback.example.com"\n'
BY_HAND = b'[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.0.1"\ndns = ["10.0.0.1", "fd00::1"]\n'
THROUGH = b'[network]\nproxy = "http://p.fi:3128"\nproxy_user = "kiosk"\nproxy_password = "pass word"\n'
BLANKED = THROUGH.replace(b'"pass word"', b'""'.ljust(11))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(settle, "MOST_WIPED", -1)  # what is free here is the machine's under us
    return Card(tmp_path)


def takes(card: Card, text: bytes) -> None:
    card.put("moodpost.toml", text)
    assert card.go()
    assert card.refused == []


def test_an_address_is_the_cable_s_where_there_is_no_wifi(card: Card) -> None:
    takes(card, PLAIN + BY_HAND)
    lines = card.stored(CABLE).decode().splitlines()
    assert {"type=ethernet", "address1=10.0.0.7/24", "gateway=10.0.0.1", "dns=10.0.0.1;", "dns=fd00::1;"} <= set(lines)
    assert (card.data / CABLE).stat().st_mode & 0o777 == 0o600
    assert not (card.data / WIFI).exists()
    takes(card, PLAIN)
    assert not (card.data / CABLE).exists(), "the settings don't name it any more"


def test_an_address_is_the_wifi_s_where_there_is_one(card: Card) -> None:
    takes(card, SETTINGS + BY_HAND)
    text = card.stored(WIFI).decode()
    assert "psk=open\\ssesame" in text and "address1=10.0.0.7/24" in text
    assert not (card.data / CABLE).exists()


def test_another_address_keeps_the_passphrase_of_the_network(card: Card) -> None:
    takes(card, SETTINGS + BY_HAND)
    takes(card, (card.boot / "moodpost.toml").read_bytes().replace(b"10.0.0.7/24", b"10.0.0.8/24"))
    text = card.stored(WIFI).decode()
    assert "psk=open\\ssesame" in text and "address1=10.0.0.8/24" in text


def test_what_a_technician_has_set_stays_until_the_settings_name_another(card: Card) -> None:
    takes(card, PLAIN + BY_HAND + THROUGH.removeprefix(b"[network]\n"))
    for name in (CABLE, PROXY):
        (card.data / name).write_bytes(b"the technician's")
    changed = (card.boot / "moodpost.toml").read_bytes()
    takes(card, changed.replace(b"south.exit", b"north.exit"))
    assert card.stored(CABLE) == card.stored(PROXY) == b"the technician's"
    changed = changed.replace(b"10.0.0.7/24", b"10.0.0.8/24").replace(b"p.fi:3128", b"q.fi:3128")
    takes(card, changed.split(b"proxy_password")[0])
    assert b"10.0.0.8/24" in card.stored(CABLE)
    assert card.stored(PROXY) == b"http://kiosk@q.fi:3128\n"


def test_what_a_technician_has_set_stays_also_where_another_version_stored_the_settings(card: Card) -> None:
    takes(card, PLAIN + BY_HAND + THROUGH.removeprefix(b"[network]\n"))
    stored = card.data / "settings/moodpost.toml"
    stored.write_bytes(stored.read_bytes().replace(b"[network]\n", b"[network]\nmesh = true\n"))
    for name in (CABLE, PROXY):
        (card.data / name).write_bytes(b"the technician's")
    takes(card, (card.boot / "moodpost.toml").read_bytes().replace(b"south.exit", b"north.exit"))
    assert card.stored(CABLE) == card.stored(PROXY) == b"the technician's"


def test_settings_that_never_named_any_leave_what_a_technician_has_set(card: Card) -> None:
    takes(card, PLAIN)
    for name in (CABLE, PROXY):
        (card.data / name).parent.mkdir(exist_ok=True)
        (card.data / name).write_bytes(b"the technician's")
    takes(card, PLAIN.replace(b"south.exit", b"north.exit"))
    assert card.stored(CABLE) == card.stored(PROXY) == b"the technician's"


def test_a_proxy_s_password_is_kept_where_sync_alone_gets_it_and_blanked_elsewhere(card: Card) -> None:
    takes(card, PLAIN + THROUGH)
    assert card.stored(PROXY) == b"http://kiosk:pass%20word@p.fi:3128\n"
    assert (card.data / PROXY).stat().st_mode & 0o777 == 0o600
    assert (card.boot / "moodpost.toml").read_bytes() == PLAIN + BLANKED
    assert card.stored("settings/moodpost.toml") == PLAIN + BLANKED
    takes(card, PLAIN + BLANKED.replace(b"kiosk", b"kiosk") + b"# changed\n")
    assert card.stored(PROXY) == b"http://kiosk:pass%20word@p.fi:3128\n"
    takes(card, PLAIN)
    assert not (card.data / PROXY).exists()


@pytest.mark.parametrize("other", [(b"p.fi:3128", b"evil.fi:3128"), (b'"kiosk"', b'"other"')])
def test_a_proxy_s_password_is_not_for_another_proxy_or_user(card: Card, other: tuple[bytes, bytes]) -> None:
    takes(card, PLAIN + THROUGH)
    before = card.tree()
    card.put("moodpost.toml", PLAIN + BLANKED.replace(*other))
    assert card.go()
    assert 'network.proxy_password: found "" and none is kept for this proxy and user' in card.refused[0]
    assert card.tree() == before
    assert "pass word" not in "".join(card.refused)


@pytest.mark.parametrize(
    "lines",
    [
        b'[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.1.1"\ndns = ["10.0.0.1"]\n',
        b'[network]\nproxy = "http://kiosk:pass-word@p.fi"\n',
    ],
)
def test_a_mistake_in_the_network_leaves_everything_as_it_was(card: Card, lines: bytes) -> None:
    takes(card, PLAIN + BY_HAND)
    before = card.tree()
    card.put("moodpost.toml", PLAIN.replace(b"south.exit", b"north.exit") + lines)
    assert card.go()
    assert len(card.refused) == 1 and "network." in card.refused[0]
    assert "pass-word" not in card.refused[0]
    assert card.tree() == before


def test_a_network_that_changed_is_joined_at_once(card: Card) -> None:
    card.mark_as_ours()
    takes(card, PLAIN + BY_HAND)
    assert ["/usr/bin/nmcli", "--wait", "0", "connection", "up", "id", "moodpost-cable"] in card.ran


def test_a_proxy_s_password_is_found_in_a_file_that_was_refused() -> None:
    data = b'[network]\nproxy = "p.fi\nproxy_password = "pass word"\n'
    (span,) = guess.find(data)
    assert data[span.start : span.start + len(span.fill)] == b'"pass word"'
    assert guess.words(data) == ["pass word"]
