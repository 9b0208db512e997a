"""What an installer brought is stored whole and taken off the card, or refused in words with nothing changed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from image.firstboot import settle, state
from image.firstboot.command import main
from image.firstboot.machine import host_name
from kiosk import files, trust
from kiosk.backstage.pin import Pin
from kiosk.settings import Secret
from tests.cards import BLANKED, PLAIN, PUBLIC_KEY, SETTINGS, Card, survey

CONNECTION = "system/connections/moodpost.nmconnection"


@pytest.fixture(autouse=True)
def _nothing_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free here is the machine's under us."""
    monkeypatch.setattr(settle, "MOST_WIPED", -1)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


@pytest.fixture
def taken(card: Card) -> Card:
    """One whose settings were taken."""
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    assert card.refused == []
    return card


def pin_is(card: Card, number: str) -> bool:
    kept = Pin(card.data / "store", lambda: 1_000)
    kept.load()
    return kept.check(Secret(number)).right


def test_settings_are_stored_without_their_secrets_and_each_secret_in_its_place(taken: Card) -> None:
    assert taken.stored("settings/moodpost.toml") == BLANKED
    assert taken.stored("secrets/token") == b"s3cret-token\n"
    assert "psk=open\\ssesame" in taken.stored(CONNECTION).decode()
    assert pin_is(taken, "246813")
    assert taken.stored("system/hostname") == b"south-exit\n"
    assert (taken.data / "system/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Helsinki")
    assert files.settings(taken.data / "settings/moodpost.toml").kiosk.id == "south.exit"
    secret = [path for path in taken.data.rglob("*") if path.is_file() and b"246813" in path.read_bytes()]
    assert secret == [], "a PIN is only hashed"


def test_secrets_are_readable_by_nobody_else(taken: Card) -> None:
    modes = {
        name: stat.S_IMODE((taken.data / name).stat().st_mode)
        for name in ("secrets", "system", "settings", "secrets/token", CONNECTION, "store/technician.pin")
    }
    assert modes == {
        "secrets": 0o700,
        "system": 0o700,
        "settings": 0o750,
        "secrets/token": 0o600,
        CONNECTION: 0o600,
        "store/technician.pin": 0o600,
    }


def test_the_same_card_is_not_taken_again(taken: Card) -> None:
    before = {path: path.stat().st_mtime_ns for path in [*taken.data.rglob("*"), *taken.boot.rglob("*")]}
    taken.ran.clear()
    assert taken.go()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert taken.ran == [], "and no program starts anew"


def test_an_empty_secret_keeps_the_stored_one(taken: Card) -> None:
    changed = BLANKED.replace(b"south.exit", b"north").replace(b".com", b".com:443/votes")
    taken.put("moodpost.toml", changed)
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("secrets/token") == b"s3cret-token\n"
    assert "psk=open\\ssesame" in taken.stored(CONNECTION).decode()
    assert pin_is(taken, "246813")
    assert taken.stored("system/hostname") == b"north\n"


def test_a_network_that_a_technician_has_joined_stays_until_the_settings_name_another(taken: Card) -> None:
    joined = taken.stored(CONNECTION).replace(b"open", b"shut")
    (taken.data / CONNECTION).write_bytes(joined)
    taken.put("moodpost.toml", BLANKED.replace(b"south.exit", b"north"))
    assert taken.go()
    assert taken.stored(CONNECTION) == joined
    taken.put("moodpost.toml", BLANKED.replace(b"south.exit", b"north").split(b"[wifi]")[0])
    assert taken.go()
    assert not (taken.data / CONNECTION).exists()


def test_a_token_goes_with_its_endpoint(taken: Card) -> None:
    taken.put("moodpost.toml", b'[kiosk]\nid = "a"\n')
    assert taken.go()
    assert taken.stored("secrets/token") == b""


def test_wrong_tries_go_on_counting_where_the_pin_is_the_same(taken: Card) -> None:
    assert not pin_is(taken, "000000")
    tries = taken.stored("store/technician.tries")
    taken.put("moodpost.toml", SETTINGS.replace(b"south.exit", b"north"))
    assert taken.go()
    assert taken.stored("store/technician.tries") == tries
    taken.put("moodpost.toml", SETTINGS.replace(b"246813", b"135791"))
    assert taken.go()
    assert taken.stored("store/technician.tries") != tries
    assert pin_is(taken, "135791")


def test_what_is_no_longer_on_the_card_is_no_longer_in_force(card: Card) -> None:
    card.put("moodpost.toml", PLAIN + b"[network]\nntp = ['a.example.com', '10.0.0.1']\n")
    card.put("survey.toml", survey())
    card.put("authorized_keys", PUBLIC_KEY)
    assert card.go()
    assert card.refused == []
    assert card.stored("system/ssh/authorized_keys") == PUBLIC_KEY
    assert card.stored("system/timesyncd.conf") == b"[Time]\nNTP=a.example.com 10.0.0.1\n"
    drop_in = card.root / "run/systemd/timesyncd.conf.d/moodpost.conf"
    assert drop_in.read_bytes() == card.stored("system/timesyncd.conf")
    card.put("moodpost.toml", PLAIN)
    (card.boot / "survey.toml").unlink()
    (card.boot / "authorized_keys").unlink()
    card.put("surveys/dinner.toml", survey("dinner"))
    assert card.go()
    assert card.refused == []
    assert not drop_in.exists()
    assert sorted(path.name for path in (card.data / "settings").iterdir()) == ["moodpost.toml", "surveys"]
    assert not (card.data / "system/ssh/authorized_keys").exists()
    assert not (card.data / "system/timesyncd.conf").exists()


BAD = {
    "moodpost.toml": [
        (b"[kiosk\n", "line 1, kiosk: found a table's name without its closing bracket"),
        (b'[kiosk]\nid = "a"\nplce = "b"\n', 'line 3, kiosk.plce: found an unknown key "plce"'),
        (b"\xff\xfe[\0", "found UTF-16"),
        (b"#" * (files.MAX_BYTES + 1), "found more than"),
        (
            SETTINGS.replace(b"open sesame", b"short"),
            "wifi.passphrase: found 5 characters (not shown here), expected 8 to 63",
        ),
        (SETTINGS + b"[network]\nntp = ['a b']\n", 'network.ntp: found "a b"'),
        (SETTINGS + b"[network]\nntp = ['a\\nNTP=b']\n".replace(b"'", b'"'), "network.ntp: found"),
        (SETTINGS + b"[network]\nca_file = 'ca.pem'\n", "ca.pem"),
        (SETTINGS + b"[network]\nca_file = '../ca.pem'\n", 'expected "ca.pem"'),
        (SETTINGS.replace(b"south.exit", b"new-kiosk"), 'kiosk.id: found "new-kiosk", as the card came with it'),
        (SETTINGS + b"[panel]\nbuttons = [5, 6]\n", "panel.buttons: found 2 buttons"),
    ],
    "survey.toml": [(b"id = 3", "survey.toml, line 1, id")],
    "surveys/a.toml": [(survey("a", '[schedule]\nhours = "08:00-09:00"\n'), "surveys")],
    "authorized_keys": [
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "found a private key"),
        (b"hello\n", "found a line that is no public key"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMoodpostMoodpost desk\n", "found a line that is no public key"),
        (PUBLIC_KEY.replace(b"ssh-ed25519", b"ssh-rsa"), "found a line that is no public key"),
        (PUBLIC_KEY.decode().encode("utf-16"), "found a line that is no public key"),
    ],
    "ca.pem": [
        (b"hello", "found no certificate in ca.pem"),
        (b"-----BEGIN PRIVATE KEY-----", "ca.pem: found a private key"),
        (b"#" * 3_000_000, "ca.pem: found more than"),
    ],
}


@pytest.mark.parametrize(("name", "data", "words"), [(name, *each) for name, bad in BAD.items() for each in bad])
def test_one_mistake_and_nothing_changes(taken: Card, name: str, data: bytes, words: str) -> None:
    before = taken.tree()
    if name != "moodpost.toml":
        taken.put("moodpost.toml", SETTINGS.replace(b"south.exit", b"north"))
    path = taken.put(name, data)
    assert taken.go(), "the boot goes on"
    assert any(words in line for line in taken.refused), taken.refused
    assert not any(str(taken.root) in line for line in taken.refused)
    assert taken.tree() == before
    assert path.read_bytes() == data, "so that it can be mended"
    assert any(line.startswith("the settings were refused: ") for line in taken.said)
    path.unlink()
    taken.put("moodpost.toml", SETTINGS.replace(b"south.exit", b"west"))
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("system/hostname") == b"west\n"


def test_all_mistakes_are_told_at_once(card: Card) -> None:
    card.put("moodpost.toml", b'[kiosk]\nid = "?"\n[wifi]\nssid = ""\n')
    card.put("survey.toml", b"id = 3")
    card.put("authorized_keys", b"hello\n")
    assert card.go()
    assert {"kiosk.id", "wifi.ssid", "survey.toml", "authorized_keys"} <= {
        word for word in ("kiosk.id", "wifi.ssid", "survey.toml", "authorized_keys") if word in "\n".join(card.refused)
    }
    assert not (card.data / "settings").exists()


def test_a_card_without_settings_says_what_is_missing(card: Card) -> None:
    assert card.go()
    (line,) = card.refused
    assert line.startswith("moodpost.toml: found no such file on the card, expected")


@pytest.mark.parametrize("named", [b"", b'[network]\nca_file = "ca.pem"\n'])
def test_an_authority_of_the_installers_own_counts_whether_or_not_it_is_named(card: Card, named: bytes) -> None:
    card.put("moodpost.toml", PLAIN + named)
    path = card.put("ca.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert card.go()
    assert "network.ca_file: found no certificate in ca.pem" in card.refused[0]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = [*new, "-keyout", "/dev/null", "-out", str(path), "-days", "1", "-subj", "/CN=ours"]
    subprocess.run(made, check=True, capture_output=True)
    assert card.go()
    assert card.refused == []
    assert card.stored("settings/ca.pem") == path.read_bytes()
    stored = card.data / "settings/moodpost.toml"
    assert trust.trust(files.settings(stored), stored).ca_file == card.data / "settings/ca.pem"


@pytest.mark.parametrize("at", ["open", "replace"])
def test_a_disk_that_takes_nothing_leaves_what_was_stored(
    taken: Card, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    before = taken.tree()
    real: Callable[..., int] = getattr(os, at)

    def full(path: object, *args: int, **more: int) -> int:
        if "staging" in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, *args, **more)

    monkeypatch.setattr(os, at, full)
    taken.put("moodpost.toml", SETTINGS.replace(b"south.exit", b"north"))
    assert not taken.go()
    assert "No space left on device" in taken.refused[0]
    assert taken.tree() == before
    monkeypatch.undo()
    monkeypatch.setattr(settle, "MOST_WIPED", -1)
    assert taken.go()
    assert taken.refused == []
    assert taken.stored("system/hostname") == b"north\n"


def test_a_state_that_can_not_be_read_has_all_applied_once_more(taken: Card) -> None:
    (taken.data / "system/firstboot.json").write_bytes(b"{")
    assert taken.go()
    assert state.load(taken.data / "system/firstboot.json").card.settled
    assert taken.stored("secrets/token") == b"s3cret-token\n"


def test_settings_that_vanished_from_the_data_are_taken_from_the_card_again(taken: Card) -> None:
    shutil.rmtree(taken.data / "settings")
    assert taken.go()
    assert taken.stored("settings/moodpost.toml") == BLANKED


def test_a_running_kiosk_is_started_anew_with_the_new_settings(taken: Card) -> None:
    restart = ["/usr/bin/systemctl", "--no-block", "try-restart", "moodpost-kiosk.service", "moodpost-sync.service"]
    assert restart in taken.ran


def test_a_key_that_comes_after_the_start_opens_ssh_at_once_on_our_image_alone(card: Card) -> None:
    start = ["/usr/bin/systemctl", "--no-block", "start", "ssh.service"]
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    assert start not in card.ran
    card.mark_as_ours()
    card.mount(card.data)
    card.put("authorized_keys", PUBLIC_KEY)
    card.go()
    assert start in card.ran


@pytest.mark.parametrize(
    ("id_", "name"),
    [("helsinki-south", "helsinki-south"), ("A.B_c", "a-b-c"), ("9-", "9"), ("x" * 64, "x" * 63), ("a..", "a")],
)
def test_a_kiosks_id_becomes_a_host_name(id_: str, name: str) -> None:
    assert host_name(id_) == name


def test_the_command_does_a_pass_and_ends(card: Card) -> None:
    card.put("moodpost.toml", b'[kiosk]\nid = "?"\n')
    places = {"--boot": card.boot, "--data": card.data, "--run": card.runtime, "--root": card.root}
    options = [str(part) for pair in places.items() for part in pair]
    assert CliRunner().invoke(main, options).exit_code == 0
    assert "kiosk.id" in card.refused[0]
    card.put("moodpost.toml", SETTINGS)
    assert CliRunner().invoke(main, options).exit_code == 0
    assert card.refused == []
    assert card.has_secrets() == []


def test_the_consoles_are_told_in_plain_characters(card: Card) -> None:
    (card.root / "sys/class/tty/console").mkdir(parents=True)
    (card.root / "sys/class/tty/console/active").write_text("tty1 ttyAMA0\n")
    (card.root / "dev").mkdir()
    for name in ("tty1", "ttyAMA0"):
        (card.root / "dev" / name).touch()
    card.put("moodpost.toml", b'[kiosk]\nid = "\x1b[2J"\n')
    assert card.go()
    assert (card.root / "dev/tty1").read_bytes() == (card.root / "dev/ttyAMA0").read_bytes()
    told = (card.root / "dev/tty1").read_text()
    assert "Moodpost: the settings were refused:" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        (b"\xef\xbb\xbf" + PUBLIC_KEY, PUBLIC_KEY),
        (PUBLIC_KEY.replace(b"\n", b"\r"), PUBLIC_KEY),
        (
            b"# mine\r\n\r\n" + PUBLIC_KEY + b'from="10.0.0.*" ' + PUBLIC_KEY,
            PUBLIC_KEY + b'from="10.0.0.*" ' + PUBLIC_KEY,
        ),
        (b"", None),
        (b"\n# none\n", None),
    ],
)
def test_keys_are_stored_as_sshd_reads_them_and_a_file_without_any_is_none(
    card: Card, data: bytes, stored: bytes | None
) -> None:
    card.put("moodpost.toml", SETTINGS)
    card.put("authorized_keys", data)
    assert card.go()
    assert card.refused == []
    path = card.data / "system/ssh/authorized_keys"
    assert (path.read_bytes() if path.exists() else None) == stored


def test_what_is_refused_is_told_where_only_root_writes(card: Card) -> None:
    card.runtime.rmdir()
    card.put("moodpost.toml", b'[kiosk]\nid = "?"\n')
    assert card.go()
    assert card.refused
    assert stat.S_IMODE(card.runtime.stat().st_mode) == 0o750
    assert stat.S_IMODE((card.runtime / "settings-refused").stat().st_mode) == 0o640
    assert stat.S_IMODE((card.runtime / "lock").stat().st_mode) == 0o600
    assert main.params[2].default == "/run/moodpost-firstboot"


@pytest.mark.parametrize("name", ["authorized_keys", "ca.pem", "surveys/a.toml"])
def test_a_folder_in_the_place_of_a_file_is_passed_over(card: Card, name: str) -> None:
    (card.boot / name).mkdir(parents=True)
    card.put("moodpost.toml", SETTINGS)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert card.go()
    assert card.refused == []
    assert card.stored("system/hostname") == b"south-exit\n"
    assert len(list(Path("/proc/self/fd").iterdir())) == before, "nothing stays open"
