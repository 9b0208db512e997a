"""A kept secret is used only for what it was given for, whoever plugs in a stick or forgets to write it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.firstboot import settle
from tests.cards import BLANKED, PLAIN, PUBLIC_KEY, SETTINGS, Card

CONNECTION = "system/connections/moodpost.nmconnection"
NO_PIN = b"".join(line for line in BLANKED.splitlines(keepends=True) if not line.startswith((b"pin", b"[tech")))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(settle, "MOST_WIPED", -1)  # what is free here is the machine's under us
    return Card(tmp_path)


@pytest.fixture
def taken(card: Card) -> Card:
    card.put("moodpost.toml", SETTINGS)
    card.put("authorized_keys", PUBLIC_KEY)
    assert card.go()
    assert card.refused == []
    return card


ELSEWHERE = [
    b"https://evil.example.com",
    b"https://feedback.example.com.evil.example",
    b"https://feedback.example.com:8443",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_the_token_does_not_go_to_another_address(taken: Card, url: bytes) -> None:
    before = taken.tree()
    taken.plug_in(moodpost=BLANKED.replace(b"https://feedback.example.com", url))
    assert taken.go()
    assert "endpoint.token" in taken.refused[0]
    assert "expected the token anew" in taken.refused[0]
    assert taken.tree() == before
    assert "s3cret-token" not in "".join(taken.refused)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_without_a_line_for_it_another_address_has_no_token(taken: Card, url: bytes) -> None:
    taken.plug_in(moodpost=PLAIN.replace(b"https://feedback.example.com", url))
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("secrets/token") == b""


def test_a_stick_can_not_have_another_believed_to_be_the_endpoint(taken: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.trust.check", lambda settings, file: None)
    taken.plug_in(moodpost=BLANKED)
    (taken.stick / "ca.pem").write_bytes(b"of somebody else")
    assert taken.go()
    assert "endpoint.token" in taken.refused[0]
    assert not (taken.data / "settings/ca.pem").exists()
    (taken.stick / "moodpost.toml").write_bytes(PLAIN)
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("secrets/token") == b""


def test_the_passphrase_is_not_for_another_network(taken: Card) -> None:
    before = taken.stored(CONNECTION)
    taken.put("moodpost.toml", BLANKED.replace(b'"Store"', b'"Other"'))
    assert taken.go()
    assert "wifi.passphrase" in taken.refused[0]
    assert taken.stored(CONNECTION) == before
    taken.put("moodpost.toml", PLAIN.replace(b'"Store"', b'"Other"'))
    assert taken.go()
    assert taken.refused == []
    assert b"psk" not in taken.stored(CONNECTION), "an open one, as it is meant"


def test_a_stick_brings_nobody_who_may_log_in_and_takes_nobody_away(taken: Card) -> None:
    taken.plug_in(moodpost=SETTINGS.replace(b"south.exit", b"north"))
    (taken.stick / "authorized_keys").write_bytes(PUBLIC_KEY.replace(b"desk", b"evil"))
    assert taken.go()
    assert taken.stored("system/hostname") == b"north\n"
    assert taken.stored("system/ssh/authorized_keys") == PUBLIC_KEY


def test_a_stick_that_was_blanked_at_one_kiosk_does_not_leave_another_without_secrets(card: Card) -> None:
    card.plug_in(moodpost=BLANKED)
    assert card.go()
    told = "\n".join(card.refused)
    assert all(name in told for name in ("endpoint.token", "wifi.passphrase", "technician.pin")), told
    assert not (card.data / "settings").exists()


@pytest.mark.parametrize("key", ["token", "passphrase", "pin"])
def test_each_empty_secret_is_refused_where_none_is_kept(card: Card, key: str) -> None:
    def is_it(line: bytes) -> bool:
        return line.startswith(key.encode()) or (key == "pin" and line.startswith(b"[tech"))

    lines = [
        line for line in BLANKED.splitlines(keepends=True) if line in PLAIN.splitlines(keepends=True) or is_it(line)
    ]
    card.put("moodpost.toml", b"".join(lines))
    assert card.go()
    assert len(card.refused) == 1
    assert f".{key}: found" in card.refused[0]


def test_a_stick_counts_again_after_the_card_has_changed(taken: Card) -> None:
    taken.plug_in(moodpost=NO_PIN.replace(b"south.exit", b"north"))
    assert taken.go()
    assert taken.stored("system/hostname") == b"north\n"
    taken.pull_out()
    taken.put("moodpost.toml", BLANKED.replace(b"south.exit", b"west"))
    assert taken.go()
    assert taken.stored("system/hostname") == b"west\n"
    taken.plug_in()
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("system/hostname") == b"north\n"
    assert taken.go()
    taken.pull_out()
    assert taken.go()
    assert taken.stored("system/hostname") == b"north\n"


def test_a_folder_in_the_pins_place_does_not_keep_a_pin_out(taken: Card) -> None:
    (taken.data / "store/technician.pin").unlink()
    (taken.data / "store/technician.pin/full").mkdir(parents=True)
    taken.put("moodpost.toml", SETTINGS.replace(b"south.exit", b"north"))
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("system/hostname") == b"north\n"
    assert (taken.data / "store/technician.pin").is_file()
