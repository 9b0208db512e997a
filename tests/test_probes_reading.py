"""How the kernel's small files are read, and what is said where they can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.health import good
from hardware.probes.reading import Unread, cells, line, number, place, text, told


def a_file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "folder/file"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def test_a_text_is_stripped_of_what_the_kernel_ends_it_with(tmp_path: Path) -> None:
    assert text(a_file(tmp_path, b"Raspberry Pi 5\0\n")) == "Raspberry Pi 5"


def test_no_more_is_read_than_any_such_file_has(tmp_path: Path) -> None:
    assert len(text(a_file(tmp_path, b"x" * 1_000_000))) == 65_536


@pytest.mark.parametrize(("content", "base", "value"), [(b"42\n", 10, 42), (b"0x2a\n", 16, 42), (b"-7", 10, -7)])
def test_a_number_is_read_in_its_base(tmp_path: Path, content: bytes, base: int, value: int) -> None:
    assert number(a_file(tmp_path, content), base) == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "folder/file = '', which is no number"),
        (b"4.2", "folder/file = '4.2', which is no number"),
        (b"x" * 100, f"folder/file = '{'x' * 40}', which is no number"),
        (b"\xff", "folder/file: no text"),
    ],
)
def test_what_is_no_number_is_told_as_it_was_read(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Unread) as why:
        number(a_file(tmp_path, content))
    assert str(why.value) == said


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b"\x1b[2J", b"x" * 101])
def test_what_cannot_be_shown_on_a_line_is_none(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unread, match=r"^folder/file = '.{0,50}', which is no line of text$"):
        line(a_file(tmp_path, content))


def test_a_line_is_handed_on(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"generic ft5x06 (79)\n")
    assert line(path) == "generic ft5x06 (79)"
    path.write_text("x" * 100)
    assert line(path) == "x" * 100


def test_the_device_trees_numbers_have_the_highest_byte_first(tmp_path: Path) -> None:
    assert cells(a_file(tmp_path, b"\0\0\x10\x20")) == 0x1020


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"\0\0\0\0\0"])
def test_the_device_trees_numbers_have_four_bytes(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unread, match=r"which is no 32-bit number$"):
        cells(a_file(tmp_path, content))


def test_what_is_missing_is_told_with_the_end_of_its_path(tmp_path: Path) -> None:
    for read in (text, number, cells):
        with pytest.raises(Unread, match=r"^folder/none: No such file or directory$"):
            read(tmp_path / "folder/none")
    assert place(Path("/sys/class/thermal/thermal_zone0/temp")) == "thermal_zone0/temp"


def test_a_reading_that_can_be_had_is_handed_on() -> None:
    health = good("load", "It is idle.")
    assert told("load", "nobody knows", lambda: health) is health


@pytest.mark.parametrize(
    ("error", "raw"),
    [
        (Unread("a/b: gone"), "a/b: gone"),
        (PermissionError(13, "Permission denied"), "PermissionError: Permission denied"),
    ],
)
def test_a_reading_that_cannot_be_had_is_unknown(error: Exception, raw: str) -> None:
    def look() -> None:
        raise error

    found = told("load", "nobody knows", look)  # type: ignore[arg-type]
    assert (found.name, found.condition, found.said, found.raw) == ("load", "unknown", "nobody knows", raw)


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        told("load", "nobody knows", lambda: good("load", str(1 // 0)))
