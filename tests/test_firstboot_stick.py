"""A stick labelled MOODPOST brings settings too, and they stay in force when it is pulled out."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.apply.deeds import Ran
from hardware.errors import ApplyError
from image.firstboot import command, settle
from tests.cards import BLANKED, PLAIN, SETTINGS, Card

NORTH = SETTINGS.replace(b"south.exit", b"north").replace(b"s3cret-token", b"from-a-stick")


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(settle, "MOST_WIPED", -1)  # what is free here is the machine's under us
    return Card(tmp_path)


def host(card: Card) -> bytes:
    return card.stored("system/hostname").strip()


def mounts(card: Card) -> list[list[str]]:
    return [argv for argv in card.ran if argv[0].endswith("mount")]


def test_a_stick_is_mounted_for_reading_and_let_go(card: Card) -> None:
    card.plug_in(moodpost=NORTH)
    card.put("moodpost.toml", PLAIN)
    assert card.go()
    place = str(card.root / "run/moodpost-firstboot/stick")
    mount, umount = mounts(card)
    options = "ro,nosuid,nodev,noexec,noatime,umask=0077"
    assert mount == ["/usr/bin/mount", "-t", "vfat", "-o", options, str(card.root / "dev/sda1"), place]
    assert umount == ["/usr/bin/umount", place]


def test_what_a_stick_brings_stands_in_for_what_the_card_brought(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert host(card) == b"north"
    assert card.stored("secrets/token") == b"from-a-stick\n"
    assert b"from-a-stick" not in (card.stick / "moodpost.toml").read_bytes()
    assert card.has_secrets() == []


def test_it_stays_in_force_without_the_stick_until_the_card_is_changed(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert card.go()
    card.pull_out()
    assert card.go()
    assert host(card) == b"north"
    card.put("moodpost.toml", BLANKED.replace(b"south.exit", b"west"))
    assert card.go()
    assert host(card) == b"west"
    assert card.stored("secrets/token") == b"from-a-stick\n"


def test_a_stick_that_only_takes_votes_away_says_nothing(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(other=b"")
    assert card.go()
    assert host(card) == b"south-exit"
    assert card.refused == []


@pytest.mark.parametrize("name", ["survey.toml", "moodpost.toml.txt", "MOODPOST.TXT", "authorized_keys", "ca.pem"])
def test_a_stick_without_settings_that_was_meant_for_the_kiosk_is_told_of(card: Card, name: str) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in()
    (card.stick / name).write_bytes(b"")
    assert card.go()
    (line,) = card.refused
    assert line.startswith(f"{name} on the stick: found no moodpost.toml beside it")
    assert host(card) == b"south-exit"


def test_a_stick_that_is_told_to_end_in_the_middle_is_let_go(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "run", card.run)
    before = signal.getsignal(signal.SIGTERM)
    real = card.run

    def run(argv: list[str], seconds: float) -> Ran:
        ran = real(argv, seconds)
        if argv[1] == "-t":
            card.mount(Path(argv[-1]), "ro")
        if "remount,rw" in argv[-2]:
            os.kill(os.getpid(), signal.SIGTERM)
        return ran

    monkeypatch.setattr(command, "run", run)
    card.put("moodpost.toml", PLAIN)
    card.plug_in(moodpost=NORTH)
    places = {"--boot": card.boot, "--data": card.data, "--run": card.runtime, "--root": card.root}
    try:
        ended = CliRunner().invoke(command.main, [str(part) for pair in places.items() for part in pair])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.exit_code == 128 + signal.SIGTERM
    assert [argv[-2] for argv in mounts(card)[1:]] == ["remount,rw", "remount,ro", "/usr/bin/umount"]
    assert b"from-a-stick" in (card.stick / "moodpost.toml").read_bytes(), "it goes on at the next start"


def test_a_mistake_on_the_stick_leaves_what_is_in_force(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    card.plug_in(moodpost=b'[kiosk]\nid = "?"\n')
    assert card.go()
    assert "kiosk.id" in card.refused[0]
    assert host(card) == b"south-exit"
    card.pull_out()
    assert card.go()
    assert card.refused == []


def test_a_mistake_on_the_card_is_not_told_for_ever_once_a_stick_stood_in(card: Card) -> None:
    path = card.put("moodpost.toml", b'[kiosk]\nid = "?"\n')
    card.plug_in(moodpost=NORTH)
    assert card.go()
    assert card.refused == []
    card.pull_out()
    assert card.go()
    assert card.refused == []
    path.write_bytes(b'[kiosk]\nid = "??"\n')
    assert card.go()
    assert "kiosk.id" in card.refused[0]
    assert host(card) == b"north"


@pytest.mark.parametrize("kind", ["ntfs", ""])
def test_a_stick_of_another_format_is_not_mounted_and_that_is_said(card: Card, kind: str) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(kind, moodpost=NORTH)
    assert card.go()
    assert mounts(card) == []
    assert "expected FAT32 or exFAT" in card.refused[0]
    assert host(card) == b"south-exit"


def test_a_stick_that_can_not_be_mounted_is_told(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(moodpost=NORTH)
    card.answers["/usr/bin/mount"] = Ran(32, "bad superblock")
    assert card.go()
    assert card.refused == ["the stick can't be read (bad superblock)"]


def test_a_program_that_hangs_does_not_stop_the_start(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.plug_in(moodpost=NORTH)
    real = card.run

    def run(argv: list[str], seconds: float) -> Ran:
        if argv[0].endswith("blkid"):
            raise ApplyError("blkid did not end within 20 s")
        return real(argv, seconds)

    monkeypatch.setattr(card, "run", run)
    assert card.go()
    assert card.refused == ["blkid did not end within 20 s"]
    assert host(card) == b"south-exit"
