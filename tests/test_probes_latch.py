"""What happened once since this board was started stays known, and not longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.probes.latch import Latch


def test_a_word_is_held_by_everybody_until_the_next_boot(tmp_path: Path) -> None:
    path = tmp_path / "this-boot"
    one, other = Latch(path, "boot"), Latch(path, "boot")
    assert not other.holds("power")
    one.hold("power")
    assert other.holds("power")
    assert not other.holds("heat")
    assert not Latch(path, "next boot").holds("power")


def test_words_of_two_processes_stay_together(tmp_path: Path) -> None:
    path = tmp_path / "this-boot"
    one, other = Latch(path, "boot"), Latch(path, "boot")
    one.hold("power")
    other.hold("heat")
    assert path.read_text() == "boot\nheat\npower\n"
    assert list(tmp_path.iterdir()) == [path]


def test_the_next_boot_writes_over_the_last(tmp_path: Path) -> None:
    path = tmp_path / "this-boot"
    Latch(path, "boot").hold("power")
    Latch(path, "next boot").hold("heat")
    assert path.read_text() == "next boot\nheat\n"


def test_what_is_held_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "this-boot"
    Latch(path, "boot").hold("power")
    before = path.stat().st_ino
    Latch(path, "boot").hold("power")
    assert path.stat().st_ino == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\n\n", b"boot"])
def test_a_spoilt_file_holds_nothing_and_is_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "this-boot"
    path.write_bytes(content)
    latch = Latch(path, "boot")
    assert not latch.holds("power")
    latch.hold("power")
    assert path.read_text() == "boot\npower\n"


def test_where_nothing_can_be_written_memory_remembers(tmp_path: Path) -> None:
    latch = Latch(tmp_path / "no folder/this-boot", "boot")
    latch.hold("power")
    assert latch.holds("power")
