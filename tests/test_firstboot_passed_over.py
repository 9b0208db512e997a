"""A card whose mistake a stick has mended is blanked too, and secrets that can't be blanked are told of."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hardware.apply.deeds import Ran
from image.firstboot import guess, hands, settle
from image.firstboot.spans import blanked
from tests.cards import SETTINGS, Card, survey

NORTH = SETTINGS.replace(b"south.exit", b"north")


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(settle, "MOST_WIPED", -1)  # what is free here is the machine's under us
    return Card(tmp_path)


TYPOS = {
    "a missing quotation mark": SETTINGS.replace(b'"s3cret-token"', b'"s3cret-token'),
    "one too many": SETTINGS.replace(b"s3cret-token", b'x"s3cret-token'),
    "none": SETTINGS.replace(b'"246813"', b"246813"),
    "an unknown key": SETTINGS.replace(b"passphrase", b"passwort"),
    "a missing bracket": SETTINGS.replace(b"[kiosk]", b"[kiosk"),
    "a colon": SETTINGS.replace(b"pin =", b"pin:"),
    "a mark that Windows makes": b"\xef\xbb\xbf" + SETTINGS.replace(b"[kiosk]", b"[kiosk").replace(b"\n", b"\r\n"),
    "a text without an end": SETTINGS.replace(b'"s3cret-token"', b'"""s3cret-token'),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_card_with_a_mistake_is_blanked_once_a_stick_stands_in(card: Card, typo: str) -> None:
    path = card.put("moodpost.toml", TYPOS[typo])
    card.put("moodpost.toml~", TYPOS[typo])
    assert card.go()
    assert card.refused
    assert path.read_bytes() == TYPOS[typo], "so that it can be mended"
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert card.refused == []
    assert card.unblanked == []
    assert card.has_secrets() == []
    assert path.stat().st_size == len(TYPOS[typo])
    card.pull_out()
    assert card.go()
    assert card.refused == []
    assert card.stored("system/hostname") == b"north\n"


def test_where_the_mistake_is_elsewhere_only_the_secrets_go(card: Card) -> None:
    path = card.put("moodpost.toml", SETTINGS)
    card.put("survey.toml", b"id = 3")
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert card.has_secrets() == []
    assert b'url = "https://feedback.example.com"' in path.read_bytes()


def test_a_large_file_on_a_card_that_is_passed_over_keeps_its_size(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    large = card.put("ca.pem", b"#" * 3_000_000)
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert card.has_secrets() == []
    assert large.read_bytes() == b"#" * 3_000_000


def test_a_card_in_which_no_secret_can_be_looked_for_is_told_of_at_each_start(card: Card) -> None:
    path = card.put("moodpost.toml", SETTINGS.decode().encode("utf-16"))
    card.plug_in(moodpost=NORTH)
    for _ in range(2):
        assert card.go()
        assert card.unblanked == ["moodpost.toml on the card can't be read, so secrets may stand in it: delete it"]
        assert not (card.data / "system/firstboot.sums").exists()
    path.unlink()
    assert card.go()
    assert card.unblanked == []


def test_what_can_not_be_blanked_is_a_warning_and_a_line_for_doctor(
    card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    card.mount(card.boot, "ro")
    card.put("moodpost.toml", SETTINGS)
    card.answers["remount,rw"] = Ran(32, "write-protected")
    assert not card.go()
    (line,) = card.unblanked
    assert "can't be blanked" in line
    assert [record.levelname for record in caplog.records if record.message == line] == ["WARNING"]
    del card.answers["remount,rw"]
    assert card.go()
    assert card.unblanked == []


def test_a_full_disk_after_the_blanking_is_told_as_it_is(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    card.put("moodpost.toml", SETTINGS)
    real = hands.put

    def full(path: Path, data: bytes, *more: object) -> None:
        if path.name == "firstboot.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        real(path, data, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(hands, "put", full)
    assert not card.go()
    assert card.refused == [], "the settings are in force"
    assert "are blanked, but that can't be noted" in card.unblanked[0]
    assert card.has_secrets() == []
    assert card.stored("secrets/token") == b"s3cret-token\n"
    monkeypatch.setattr(hands, "put", real)
    assert card.go()
    assert card.unblanked == []


def test_a_guess_leaves_what_is_no_secret() -> None:
    text = survey() + b"[kiosk]\nid = 'a'\ntoken = \"\"\n# pin = '246813' \nplace = 'pins'\n"
    assert blanked(text, guess.find(text)) == text.replace(b"'246813' ", b'""       ')
    assert guess.words(text) == ["246813"]
