"""What is applied to the machine: only to our own image, again at each start, and never so that a start stops."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.apply.deeds import Ran
from image.firstboot import settle
from tests.cards import BLANKED, PUBLIC_KEY, SETTINGS, Card, survey
from tests.conftest import ROOT

SCRIPT = ROOT / "image/firstboot/moodpost-firstboot.sh"
MACHINE_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(settle, "MOST_WIPED", -1)  # what is free here is the machine's under us
    card = Card(tmp_path)
    card.put("moodpost.toml", SETTINGS)
    (card.root / "etc").mkdir()
    (card.root / "etc/machine-id").write_text(f"{MACHINE_ID}\n")
    return card


@pytest.fixture
def ours(card: Card) -> Card:
    """Our image, with its data partition third on an SD card of 4,000,000 sectors."""
    card.mark_as_ours()
    disk = card.root / "sys/devices/mmc/block/mmcblk0"
    for number, (start, size) in enumerate([(8_192, 500_000), (600_000, 1_000_000), (1_700_000, 300_000)], 1):
        part = disk / f"mmcblk0p{number}"
        part.mkdir(parents=True)
        for name, value in (("partition", number), ("start", start), ("size", size)):
            (part / name).write_text(f"{value}\n")
    (disk / "size").write_text("4000000\n")
    (card.root / "sys/dev/block").mkdir(parents=True)
    (card.root / "sys/dev/block/8:3").symlink_to(disk / "mmcblk0p3")
    return card


def programs(card: Card, *names: str) -> list[list[str]]:
    return [argv for argv in card.ran if any(name in " ".join(argv) for name in names)]


def test_another_system_keeps_its_name_and_keys(card: Card) -> None:
    assert card.go()
    assert not (card.root / "proc/sys/kernel/hostname").exists()
    assert not (card.data / "system/machine-id").exists()
    assert programs(card, "sfdisk", "resize2fs", "nmcli", "iw", "ssh-keygen") == []


def test_the_host_gets_its_name_at_each_start(ours: Card) -> None:
    hostname = ours.root / "proc/sys/kernel/hostname"
    for _ in range(2):
        assert ours.go()
        assert hostname.read_bytes() == b"south-exit"
        hostname.unlink()


def test_the_machines_id_of_the_first_start_is_kept(ours: Card) -> None:
    assert ours.go()
    assert ours.stored("system/machine-id").decode() == f"{MACHINE_ID}\n"
    (ours.root / "etc/machine-id").write_text("f" * 32)
    assert ours.go()
    assert ours.stored("system/machine-id").decode() == f"{MACHINE_ID}\n"


def test_an_id_that_is_none_is_not_kept(ours: Card) -> None:
    (ours.root / "etc/machine-id").write_text("uninitialized\n")
    assert ours.go()
    assert not (ours.data / "system/machine-id").exists()


def test_a_host_key_is_made_once(ours: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    keygen = ours.root / "usr/bin/ssh-keygen"
    keygen.parent.mkdir(parents=True, exist_ok=True)
    keygen.touch()
    real = ours.run

    def run(argv: list[str], seconds: float) -> Ran:
        if argv[0] == "/usr/bin/ssh-keygen":
            Path(argv[-1]).write_text("private")
            Path(f"{argv[-1]}.pub").write_text("public")
        return real(argv, seconds)

    monkeypatch.setattr(ours, "run", run)
    left = ours.data / "system/ssh/new_key"
    left.parent.mkdir(parents=True)
    left.write_text("of a start that was cut")
    assert ours.go()
    assert ours.stored("system/ssh/ssh_host_ed25519_key") == b"private"
    assert ours.stored("system/ssh/ssh_host_ed25519_key.pub") == b"public"
    assert not left.exists()
    assert ours.go()
    assert len(programs(ours, "ssh-keygen")) == 1


def test_the_data_grows_to_the_end_of_the_card_once(ours: Card) -> None:
    assert ours.go()
    sfdisk, partx, resize = programs(ours, "sfdisk", "partx", "resize2fs")
    assert sfdisk[0] == "/usr/bin/sh"
    assert sfdisk[-3:] == ["/usr/sbin/sfdisk", "3", "/dev/mmcblk0"]
    assert partx == ["/usr/bin/partx", "--update", "--nr", "3", "/dev/mmcblk0"]
    assert resize == ["/usr/sbin/resize2fs", "/dev/mmcblk0p3"]
    part = ours.root / "sys/dev/block/8:3"
    (part / "size").write_text("2300000\n")
    ours.ran.clear()
    assert ours.go()
    assert [argv[0] for argv in programs(ours, "sfdisk", "partx", "resize2fs")] == ["/usr/sbin/resize2fs"]
    ours.ran.clear()
    assert ours.go()
    assert programs(ours, "sfdisk", "partx", "resize2fs") == []


def test_what_sfdisk_is_told_has_the_partition_fill_the_disk(tmp_path: Path, ours: Card) -> None:
    """The very line, on a disk of 100 MB with three partitions."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(100 << 20)
    table = "label: dos\n start=2048, size=20480, type=c\n start=22528, size=20480\n start=43008, size=20480\n"
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run(["sfdisk", "-q", str(image)], input=table.encode(), env=env, check=True)
    assert ours.go()
    (line,) = programs(ours, "sfdisk")
    subprocess.run([*line[:-1], str(image)], env=env, check=True)
    dump = subprocess.run(["sfdisk", "--dump", str(image)], env=env, check=True, capture_output=True, text=True).stdout
    sizes = [int(part.split("size=")[1].split(",")[0]) for part in dump.splitlines() if "size=" in part]
    assert sizes[:2] == [20_480, 20_480]
    assert sizes[2] >= (100 << 11) - 43_008 - 2_048


def test_a_partition_that_is_not_the_last_does_not_grow(ours: Card) -> None:
    behind = (ours.root / "sys/dev/block/8:3").resolve().with_name("mmcblk0p4")
    behind.mkdir()
    for name, value in (("partition", 4), ("start", 3_000_000), ("size", 10)):
        (behind / name).write_text(f"{value}\n")
    assert ours.go()
    assert programs(ours, "sfdisk", "partx") == []


def test_growing_that_fails_stops_nothing(ours: Card) -> None:
    ours.answers["sfdisk"] = Ran(1, "read-only")
    assert ours.go()
    assert any("sfdisk" in line or "read-only" in line for line in ours.said)
    assert ours.stored("secrets/token") == b"s3cret-token\n"


def test_without_its_data_partition_nothing_is_stored_in_the_root(ours: Card) -> None:
    ours.mounts.clear()
    ours.mount(ours.boot)
    assert not ours.go()
    assert not ours.data.exists()
    assert "data partition can't be used" in ours.refused[0]


def test_a_running_network_is_told_of_the_new_one(ours: Card) -> None:
    ours.put("authorized_keys", PUBLIC_KEY)
    assert ours.go()
    told = programs(ours, "nmcli")
    assert told[0] == ["/usr/bin/nmcli", "connection", "reload"]
    ours.ran.clear()
    ours.put("moodpost.toml", BLANKED.replace(b"south.exit", b"north"))
    assert ours.go()
    assert programs(ours, "nmcli") == [], "the network is the same"
    assert programs(ours, "modprobe", "iw") == [
        ["/usr/sbin/modprobe", "--quiet", "cfg80211"],  # before: what isn't there can't be told
        ["/usr/sbin/iw", "reg", "set", "FI"],
    ]


def quick(card: Card) -> tuple[int, bool]:
    """The quick check's exit code, and whether it called for the whole pass."""
    called = card.root / "called"
    called.unlink(missing_ok=True)
    whole = card.root / "whole"
    whole.write_text(f"#!/bin/sh\ntouch {called}\n")
    whole.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "MOODPOST_ROOT": str(card.root), "MOODPOST_FIRSTBOOT": str(whole)}
    ended = subprocess.run(["sh", str(SCRIPT)], env=env, check=False, capture_output=True, text=True)
    assert ended.stderr == ""
    return ended.returncode, called.exists()


@pytest.fixture
def settled(ours: Card) -> Card:
    ours.put("moodpost.toml", SETTINGS + b"[network]\nntp = ['a.example.com']\n")
    ours.put("surveys/b c.toml", survey())
    ours.put("surveys/a.TOML", survey("dinner", '[schedule]\nhours = "18:00-22:00"\n'))
    ours.put("surveys/._a.toml", b"left by another computer")
    ours.put("authorized_keys", PUBLIC_KEY)
    assert ours.go()
    assert ours.refused == []
    return ours


@pytest.fixture
def masked() -> Iterator[None]:
    """The umask of the unit."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def open_to_all(path: Path) -> bool:
    """Whether a user who is not root can read a file, its folder included."""
    return path.stat().st_mode & 0o004 != 0 and path.parent.stat().st_mode & 0o005 == 0o005


@pytest.mark.usefixtures("masked")
def test_the_time_servers_can_be_read_by_who_asks_them(ours: Card) -> None:
    ours.put("moodpost.toml", SETTINGS + b"[network]\nntp = ['a.example.com']\n")
    drop_in = ours.root / "run/systemd/timesyncd.conf.d/moodpost.conf"
    assert ours.go()
    assert open_to_all(drop_in)
    shutil.rmtree(drop_in.parent)
    assert quick(ours) == (0, False)
    assert open_to_all(drop_in)


def test_an_ordinary_start_needs_no_python_and_sets_what_a_restart_forgets(settled: Card) -> None:
    hostname = settled.root / "proc/sys/kernel/hostname"
    drop_in = settled.root / "run/systemd/timesyncd.conf.d/moodpost.conf"
    hostname.unlink()
    drop_in.unlink()
    assert quick(settled) == (0, False)
    assert hostname.read_text() == "south-exit\n"
    assert drop_in.read_text() == "[Time]\nNTP=a.example.com\n"


CHANGES = {
    "a changed file": lambda card: card.put("moodpost.toml", BLANKED),
    "a changed survey": lambda card: card.put("surveys/b c.toml", survey("x")),
    "one more": lambda card: card.put("surveys/c.toml", survey()),
    "one less": lambda card: (card.boot / "surveys/a.TOML").unlink(),
    "no key": lambda card: (card.boot / "authorized_keys").unlink(),
    "an authority": lambda card: card.put("ca.pem", b""),
    "a stick": lambda card: card.plug_in(),
    "decided and not done": lambda card: (card.data / "system/staged").mkdir(),
    "not settled": lambda card: (card.data / "system/firstboot.sums").unlink(),
    "no settings": lambda card: (card.data / "settings/moodpost.toml").unlink(),
    "refused before": lambda card: (card.runtime / "settings-refused").touch(),
    "another version of the program": lambda card: card.install("kiosk/__init__.py", '__version__ = "99.0"\n'),
    "no program": lambda card: (card.root / "usr/lib/moodpost/kiosk/__init__.py").unlink(),
    "no boot partition": lambda card: card.boot.rename(card.root / "gone"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_not_as_before_is_looked_at_whole(settled: Card, change: str) -> None:
    CHANGES[change](settled)
    code, called = quick(settled)
    assert (code, called) == (0, True)


def test_stored_settings_that_this_version_would_refuse_are_told_at_each_start(settled: Card) -> None:
    stored = settled.data / "settings/moodpost.toml"
    stored.write_bytes(stored.read_bytes() + b"[was]\nonce = 1\n")
    assert settled.go()
    assert len(settled.refused) == 1
    assert "was" in settled.refused[0]
    assert quick(settled) == (0, True)
    assert b"[was]" in stored.read_bytes(), "nothing is changed"


def test_a_card_that_was_never_started_is_looked_at_whole(card: Card) -> None:
    assert quick(card) == (0, True)


def test_without_a_boot_partition_what_is_stored_stays_in_force(settled: Card) -> None:
    settled.boot.rename(settled.root / "gone")
    assert settled.go()
    assert settled.refused == []
    assert settled.stored("secrets/token") == b"s3cret-token\n"
