"""The panel's size from a made-up /sys: what an EDID says plausibly is known, all else is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.panel_size import dots_per_inch, physical_size, upright

PANEL = (1280, 800)


def edid(cm: tuple[int, int] = (0, 0), mm: tuple[int, int] | None = None, clock: int = 7100) -> bytes:
    """A base block with these sizes; `mm` in its first detailed timing, a name in the second."""
    block = bytearray(128)
    block[:8] = b"\x00\xff\xff\xff\xff\xff\xff\x00"
    block[18:20] = 1, 4
    block[21:23] = cm
    if mm is not None:
        block[54:56] = clock.to_bytes(2, "little")
        block[66:69] = mm[0] & 0xFF, mm[1] & 0xFF, (mm[0] >> 8) << 4 | mm[1] >> 8
    block[72:90] = b"\x00\x00\x00\xfc\x00Test panel\n  "
    block[127] = -sum(block) % 256
    return bytes(block)


def connector(
    root: Path, name: str, data: bytes, *, status: str = "connected", modes: str = "1280x800\n1024x768\n"
) -> Path:
    folder = root / "sys/class/drm" / name
    folder.mkdir(parents=True)
    (folder / "status").write_text(f"{status}\n")
    (folder / "modes").write_text(modes)
    (folder / "edid").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("cm", "mm", "size"),
    [
        ((22, 14), (217, 136), (217, 136)),
        ((22, 14), None, (220, 140)),
        ((0, 0), (217, 136), (217, 136)),
        ((52, 32), (518, 324), (518, 324)),  # needs the high halves
        ((16, 9), (217, 136), (217, 136)),
        ((22, 14), (16, 9), (220, 140)),
        ((22, 14), (160, 90), (220, 140)),
    ],
)
def test_what_an_edid_says_is_known(
    tmp_path: Path, cm: tuple[int, int], mm: tuple[int, int] | None, size: tuple[int, int]
) -> None:
    connector(tmp_path, "card1-HDMI-A-1", edid(cm, mm))
    assert physical_size(PANEL, tmp_path) == size


@pytest.mark.parametrize(
    ("cm", "mm"),
    [
        ((0, 0), None),
        ((0, 0), (0, 0)),
        ((22, 0), None),  # EDID 1.4: a proportion, not a height
        ((16, 9), None),
        ((16, 10), (160, 100)),
        ((16, 9), (16, 9)),
        ((160, 90), None),
        ((4, 3), (400, 300)),
        ((22, 14), (518, 324)),  # one of them is another screen's
        ((14, 22), None),  # pixels twice as high as wide
        ((2, 1), None),
        ((90, 56), None),  # 36 pixels an inch
    ],
)
def test_what_cannot_be_true_is_unknown(tmp_path: Path, cm: tuple[int, int], mm: tuple[int, int] | None) -> None:
    connector(tmp_path, "card1-HDMI-A-1", edid(cm, mm))
    assert physical_size(PANEL, tmp_path) is None


def test_a_text_is_no_timing(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", edid((22, 14), (118, 236), clock=0))
    assert physical_size(PANEL, tmp_path) == (220, 140)


GOOD = edid((22, 14), (217, 136))


@pytest.mark.parametrize(
    "data",
    [b"", GOOD[:127], b"\x01" + GOOD[1:], GOOD[:30] + b"\x55" + GOOD[31:]],
    ids=["none, as on DSI", "cut off", "no header", "bad checksum"],
)
def test_a_damaged_edid_says_nothing(tmp_path: Path, data: bytes) -> None:
    connector(tmp_path, "card1-HDMI-A-1", data)
    assert physical_size(PANEL, tmp_path) is None


def test_extension_blocks_change_nothing(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", GOOD + bytes(range(128)))
    assert physical_size(PANEL, tmp_path) == (217, 136)


def test_a_screen_that_is_not_connected_is_not_asked(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", edid((52, 32)), status="disconnected")
    connector(tmp_path, "card1-HDMI-A-2", GOOD)
    connector(tmp_path, "card1-Writeback-1", b"", status="unknown")
    assert physical_size(PANEL, tmp_path) == (217, 136)


def test_a_screen_that_has_no_such_mode_does_not_show_the_picture(tmp_path: Path) -> None:
    connector(tmp_path, "card1-DSI-1", b"", modes="800x480\n")
    connector(tmp_path, "card1-HDMI-A-1", GOOD)
    assert physical_size(PANEL, tmp_path) == (217, 136)
    assert physical_size((800, 480), tmp_path) is None
    assert physical_size((720, 576), tmp_path) is None


def test_a_screen_that_lists_no_modes_may_be_the_one(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", GOOD, modes="")
    assert physical_size(PANEL, tmp_path) == (217, 136)


def test_of_two_screens_that_differ_nobody_knows_which_one_shows_it(tmp_path: Path) -> None:
    connector(tmp_path, "card1-HDMI-A-1", GOOD)
    other = connector(tmp_path, "card1-HDMI-A-2", edid((52, 32)))
    assert physical_size(PANEL, tmp_path) is None
    (other / "edid").write_bytes(GOOD)
    assert physical_size(PANEL, tmp_path) == (217, 136)
    (other / "edid").write_bytes(b"")
    assert physical_size(PANEL, tmp_path) is None


def test_a_machine_without_screens_knows_none(tmp_path: Path) -> None:
    assert physical_size(PANEL, tmp_path) is None
    broken = connector(tmp_path, "card1-HDMI-A-1", GOOD)
    (broken / "status").unlink()
    (tmp_path / "sys/class/drm/card1").mkdir()
    assert physical_size(PANEL, tmp_path) is None
    (broken / "status").write_bytes(b"\xff")
    assert physical_size(PANEL, tmp_path) is None


def test_dots_per_inch_are_those_of_the_closer_pixels() -> None:
    assert dots_per_inch((800, 480), (154, 86)) == pytest.approx(480 / (86 / 25.4))
    assert dots_per_inch((254, 254), (25, 26)) == pytest.approx(254 / (25 / 25.4))


@pytest.mark.parametrize(("degrees", "mm"), [(0, (217, 136)), (90, (136, 217)), (180, (217, 136)), (270, (136, 217))])
def test_a_turned_picture_swaps_width_and_height(degrees: int, mm: tuple[int, int]) -> None:
    assert upright((217, 136), degrees) == mm
