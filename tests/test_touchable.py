"""What can be touched, on made-up trees of /sys with what kernels really say of their devices."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from hardware.touchable import bits, can_be_touched


class Said(NamedTuple):
    """What a 64-bit kernel says of a device, as in /proc/bus/input/devices."""

    name: str
    prop: str = "0"
    ev: str = "3"
    key: str = "0"
    rel: str = "0"
    abs: str = "0"


CEC = Said(  # a remote control in the eyes of the kernel, and every one of those says that it moves a pointer
    "vc4-hdmi",
    "20",
    "100017",
    "ffffc000000000 3ff 0 400000320fc200 40830c900000000 0 210300 49d2c040ec00 1e378000000000 8010000010000000",
    rel="3",
)
JACK = Said("vc4-hdmi HDMI Jack", ev="21")
POWER = Said("pwr_button", key="10000000000000 0")
KEYBOARD = Said(
    "Logitech USB Keyboard",
    ev="120013",
    key="1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe",
)
MEDIA_KEYS = Said(  # the same keyboard once more: a wheel sideways and a volume, but nothing to point with
    "Logitech USB Keyboard Consumer Control",
    ev="1f",
    key="3f000303ff 0 0 483ffff17aff32d bfd4444600000000 1 130ff38b17c000 677bfad9415fed 9ed68000004400 10000002",
    rel="1040",
    abs="100000000",
)
FT5X06 = Said("generic ft5x06 (79)", "2", "b", "400 0 0 0 0 0", abs="260800000000003")
GOODIX = Said("Goodix Capacitive TouchScreen", "2", "b", "400 0 0 0 2000000000000000 0", abs="265000000000000")
RESISTIVE = Said("ADS7846 Touchscreen", "0", "b", "400 0 0 0 0 0", abs="1000003")
TOUCHPAD = Said("SynPS/2 Synaptics TouchPad", "5", "b", "e520 10000 0 0 0 0", abs="660800011000003")
MOUSE = Said("Logitech USB Optical Mouse", ev="17", key="ff0000 0 0 0 0", rel="1943")


def plug(root: Path, number: int, said: Said) -> Path:
    """Put a device into a made-up /sys and /dev; its folder."""
    folder = root / f"sys/class/input/event{number}/device"
    (folder / "capabilities").mkdir(parents=True)
    (folder / "name").write_text(f"{said.name}\n")
    (folder / "properties").write_text(f"{said.prop}\n")
    for what in ("ev", "key", "rel", "abs"):
        (folder / "capabilities" / what).write_text(f"{getattr(said, what)}\n")
    (root / "dev/input").mkdir(parents=True, exist_ok=True)
    (root / f"dev/input/event{number}").touch()
    return folder


@pytest.fixture(autouse=True)
def wide_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.touchable._WORD_BITS", 64)


@pytest.mark.parametrize("said", [FT5X06, GOODIX, RESISTIVE, TOUCHPAD, MOUSE], ids=lambda said: said.name)
def test_what_a_finger_or_a_hand_moves_can_be_touched(tmp_path: Path, said: Said) -> None:
    plug(tmp_path, 0, said)
    assert can_be_touched(tmp_path)


@pytest.mark.parametrize("said", [CEC, JACK, POWER, KEYBOARD, MEDIA_KEYS], ids=lambda said: said.name)
def test_what_has_keys_or_plugs_alone_can_not(tmp_path: Path, said: Said) -> None:
    plug(tmp_path, 0, said)
    assert not can_be_touched(tmp_path)


def test_a_pi_with_hdmi_and_buttons_has_nothing_to_touch_until_a_panel_comes(tmp_path: Path) -> None:
    assert not can_be_touched(tmp_path)
    for number, said in enumerate((CEC, JACK, CEC, JACK, POWER, KEYBOARD, MEDIA_KEYS)):
        plug(tmp_path, number, said)
    assert not can_be_touched(tmp_path)
    plug(tmp_path, 10, GOODIX)
    assert can_be_touched(tmp_path)


def test_a_panel_that_this_user_may_not_read_is_none(tmp_path: Path) -> None:
    plug(tmp_path, 0, FT5X06)
    (tmp_path / "dev/input/event0").unlink()
    assert not can_be_touched(tmp_path)


def test_a_kernel_of_32_bits_writes_shorter_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goodix = Said("goodix-ts", "2", "b", "400 0 0 0 0 0 0 0 0 0 0", abs="2650000 0")
    mouse = Said("mouse", "0", "17", "70000 0 0 0 0 0 0 0 0", rel="103")
    monkeypatch.setattr("hardware.touchable._WORD_BITS", 32)
    for name, said in (("goodix", goodix), ("mouse", mouse)):
        plug(tmp_path / name, 0, said)
        assert can_be_touched(tmp_path / name)


@pytest.mark.parametrize("damage", ["", "no bitmap\n", "\xff\xfe"])
def test_a_device_that_says_nonsense_is_none_and_the_next_one_counts(tmp_path: Path, damage: str) -> None:
    folder = plug(tmp_path, 0, FT5X06)
    for path in (folder / "properties", folder / "capabilities/key"):
        path.write_text(damage, encoding="latin-1")
    (folder / "capabilities/rel").unlink()
    assert not can_be_touched(tmp_path)
    plug(tmp_path, 1, MOUSE)
    assert can_be_touched(tmp_path)


@pytest.mark.parametrize(
    ("text", "word_bits", "number"),
    [("0\n", 64, 0), ("", 64, 0), ("b\n", 64, 11), ("1 0", 64, 1 << 64), ("1 0", 32, 1 << 32), ("2 f 1", 8, 0x20F01)],
)
def test_a_bitmap_is_words_in_hex_without_leading_zeros(text: str, word_bits: int, number: int) -> None:
    assert bits(text, word_bits) == number
