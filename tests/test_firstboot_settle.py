"""Once all is stored, secrets are taken off the card: where they stood, from copies, and from what is free."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from hardware.apply.deeds import Ran
from image.firstboot import hands, settle, source
from tests.cards import BLANKED, PLAIN, SETTINGS, Card, survey
from tests.disks import small_disk


@pytest.fixture(autouse=True)
def _nothing_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free here is the machine's under us."""
    monkeypatch.setattr(settle, "MOST_WIPED", -1)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_the_cards_secrets_are_blanked_in_place(card: Card) -> None:
    path = card.put("moodpost.toml", SETTINGS)
    inode = path.stat().st_ino
    assert card.go()
    assert path.read_bytes() == BLANKED
    assert path.stat().st_ino == inode
    assert card.has_secrets() == []


def test_copies_that_editors_left_go_where_they_hold_a_secret(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    gone = [
        card.put("moodpost.toml~", SETTINGS),
        card.put(".moodpost.toml.swp", b"b0VIM" + SETTINGS),
        card.put("._moodpost.toml", b"s3cret-token"),
        card.put("Copy of moodpost (2).toml", SETTINGS.decode().encode("utf-16")),
        card.put(".Trash-1000/moodpost.toml", SETTINGS),
    ]
    stays = [
        card.put("moodpost.toml.bak", BLANKED),
        card.put("kernel8.img", b"246813" * 9),
        card.put("config.txt", b"gpio=246813"),
    ]
    assert card.go()
    assert [path for path in gone if path.exists()] == []
    assert all(path.exists() for path in stays)


def test_zeros_that_a_power_cut_left_are_taken_away(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    zeros = card.put("moodpost.zeros0", bytes(99))
    assert card.go()
    assert not zeros.exists()


def test_every_free_byte_is_overwritten_and_no_more_than_is_free(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "MOST_WIPED", 1 << 30)
    monkeypatch.setattr(settle, "_STEP", 4096)
    real, written = os.write, [0]
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((512, 512, 100, 100, 100, 9, 9, 9, 0, 255)))

    def write(descriptor: int, data: bytes) -> int:
        if "zeros" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            assert set(data) == {0}
            written[0] += len(data)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    assert 100 * 512 <= written[0] <= 100 * 512 + 2 * 4096
    assert not list(card.boot.glob("*zeros*"))


@pytest.mark.parametrize("odd", range(4))
def test_no_cluster_is_passed_over_where_several_make_a_page(
    card: Card, monkeypatch: pytest.MonkeyPatch, odd: int
) -> None:
    """Whatever number is left once no page fits any more: there stood what an editor gave up last."""
    monkeypatch.setattr(settle, "MOST_WIPED", 1 << 30)
    with small_disk(4, block=1024) as disk:
        card.boot.rmdir()
        card.boot.symlink_to(disk.path)
        card.put("moodpost.toml", SETTINGS)
        card.put("odd", bytes(1024 * odd + 1))
        given_up = card.put("moodpost.new", b"")
        with contextlib.suppress(OSError), given_up.open("ab", buffering=0) as file:
            while True:
                file.write(b"open sesame".ljust(1024))
        assert disk.free == 0
        assert disk.holds(b"open sesame", times=1_000)
        given_up.unlink()
        assert card.go()
        assert not disk.holds(b"open sesame")


def test_a_slow_stick_holds_the_start_back_no_longer_than_a_minute(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    now, written = [0.0], [0]
    monkeypatch.setattr(settle, "MOST_WIPED", 1 << 30)
    monkeypatch.setattr(settle, "_STEP", 4096)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((4096, 4096, 999, 999, 999, 9, 9, 9, 0, 255)))
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if "zeros" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            now[0] += 7.0
            written[0] += 1
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    card.put("moodpost.toml", PLAIN)
    card.plug_in(moodpost=SETTINGS)
    assert card.go()
    assert written[0] == 9
    assert any("too slow to be wiped" in line for line in card.said)
    assert b"s3cret-token" not in (card.stick / "moodpost.toml").read_bytes()
    assert not list(card.stick.glob("*zeros*"))
    assert card.go()
    assert written[0] == 9, "nor again at the next start"


def test_folders_without_end_are_not_looked_through(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "MOST_LOOKED_AT", 20)
    for number in range(50):
        card.put(f".Trash-1000/{number}", SETTINGS)
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    assert len(list((card.boot / ".Trash-1000").iterdir())) >= 30


def test_a_large_disk_is_not_wiped_and_that_is_said(card: Card) -> None:
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    assert any("too large to be wiped" in line for line in card.said)


def test_what_stood_behind_a_files_end_is_overwritten(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = hands.set_size

    def noted(path: Path, size: int) -> None:
        sizes.append((path.name, size))
        real(path, size)

    monkeypatch.setattr(hands, "set_size", noted)
    monkeypatch.setattr(source.Source, "cluster", 4096)
    card.put("moodpost.toml", SETTINGS)
    card.put("survey.toml", survey())
    assert card.go()
    assert sizes == [
        ("moodpost.toml", 4096),
        ("moodpost.toml", len(SETTINGS)),
        ("survey.toml", 4096),
        ("survey.toml", len(survey())),
    ]


def test_a_card_that_is_read_only_is_writable_only_meanwhile(card: Card) -> None:
    card.mount(card.boot, "ro")
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    mount = [argv[1:] for argv in card.ran if argv[0].endswith("/mount")]
    assert mount == [["-o", "remount,rw", str(card.boot)], ["-o", "remount,ro", str(card.boot)]]


def test_a_card_that_can_not_be_written_to_is_tried_again_at_each_start(card: Card) -> None:
    card.mount(card.boot, "ro")
    card.put("moodpost.toml", SETTINGS)
    card.answers["remount,rw"] = Ran(32, "write-protected")
    assert not card.go()
    assert any("can't be blanked" in line and "write-protected" in line for line in card.unblanked)
    assert card.stored("secrets/token") == b"s3cret-token\n", "it is in force all the same"
    assert not (card.data / "system/firstboot.sums").exists()
    assert not card.go()
    del card.answers["remount,rw"]
    assert card.go()
    assert card.has_secrets() == []


def test_a_file_that_is_changed_before_it_could_be_blanked_counts(card: Card) -> None:
    card.mount(card.boot, "ro")
    card.put("moodpost.toml", SETTINGS)
    card.answers["remount,rw"] = Ran(32, "")
    assert not card.go()
    card.answers.clear()
    card.put("moodpost.toml", BLANKED.replace(b"south.exit", b"north"))
    assert card.go()
    assert card.stored("system/hostname") == b"north\n"
    assert any("too large to be wiped" in line for line in card.said), "secrets stood there before"
