"""Pins of the header as gpiozero has them, parts and their grounds, and what else a pin is for."""

from __future__ import annotations

import pytest
from gpiozero.pins.mock import MockFactory

from hardware import wiring
from hardware.wiring import HEADER, Part, cautions, drawn, grounds, mood, parts, physical, rows


@pytest.mark.parametrize("revision", ["900092", "a020d3", "c03111", "c04170"], ids=["Zero", "3B+", "4B", "5B"])
def test_the_header_is_that_of_gpiozeros_pinout(revision: str) -> None:
    pins = MockFactory(revision=revision).board_info.headers["J8"].pins
    assert {number: info.name for number, info in pins.items()} == dict(enumerate(HEADER, 1))


def test_bcm_numbers_have_their_physical_ones() -> None:
    assert [physical(bcm) for bcm in (5, 6, 13, 19, 26)] == [29, 31, 33, 35, 37]
    assert sorted(physical(bcm) for bcm in range(28)) == [
        pin for pin, name in enumerate(HEADER, 1) if name.startswith("GPIO")
    ]
    with pytest.raises(ValueError, match="GPIO28"):
        physical(28)


def test_parts_are_named_as_the_settings_order_them_happiest_first() -> None:
    assert parts([5, 6], [12, 16], 26) == [
        Part("button", 1, 5, "glad"),
        Part("button", 2, 6, "sad"),
        Part("light", 1, 12, "glad", 330),
        Part("light", 2, 16, "sad", 330),
        Part("buzzer", 1, 26, ohm=220),
    ]
    assert [part.name for part in parts([5, 6], [12, 16], 26)] == [
        "button 1",
        "button 2",
        "light 1",
        "light 2",
        "buzzer",
    ]
    assert [mood(number, 5) for number in (1, 3, 5, 6)] == ["very happy", "so-so", "very unhappy", ""]


def test_a_buzzer_with_a_tone_of_its_own_has_no_resistor_in_its_way() -> None:
    (buzzer,) = parts([], buzzer=26, buzzer_passive=False)
    assert buzzer.ohm == 0


@pytest.mark.parametrize(
    ("buttons", "lights", "found"),
    [
        ([5, 6, 13, 19], [], {1: 39}),
        ([5, 6, 13, 19], [12, 16, 20, 21], {1: 39, 0: 30}),
        ([2, 3], [], {1: 9}),
        ([14, 15], [], {0: 6}),
        ([4, 17], [], {1: 9}),
    ],
)
def test_each_side_that_is_used_has_its_nearest_ground(
    buttons: list[int], lights: list[int], found: dict[int, int]
) -> None:
    assert grounds(parts(buttons, lights)) == found


def test_no_part_hangs_on_a_ground() -> None:
    for bcm in range(28):
        ((_, ground),) = grounds(parts([bcm])).items()
        assert HEADER[ground - 1] == "GND"


def test_pins_that_have_another_job_are_told() -> None:
    said = cautions(parts([0, 3, 14], [2, 9, 21]))
    assert said == [
        "GPIO 0 (button 1) is for the memory of add-on boards (HAT): take another.",
        "GPIO 14 (button 3) is the serial console unless that is switched off in raspi-config.",
        "GPIO 2 (light 1) is the I²C bus, pulled up on the board: fine for a button, not for this.",
        "GPIO 9 (light 2) is the SPI bus: switch that off where it is on.",
    ]
    assert cautions(parts([5, 6, 13, 19], [12, 16, 20, 21], 26)) == []


def test_the_table_has_both_numbers_of_each_pin() -> None:
    head, first, *_, last = rows(parts([5, 6], [], 26))
    assert head == ("part", "face", "BCM", "pin", "between")
    assert first == ("button 1", "glad", "5", "29", "")
    assert last == ("buzzer", "", "26", "37", "220 Ω")


def test_the_header_is_drawn_in_characters_as_it_lies() -> None:
    lines = drawn(parts([5, 6], [12, 16]))
    assert len(lines) == 20
    assert lines[0] == "               3V3  1 □ ○ 2  5V"
    assert lines[14:17] == [
        "button 1 ──  GPIO5 29 ● ● 30 GND    ── ground",
        "button 2 ──  GPIO6 31 ● ● 32 GPIO12 ── light 1",
        "            GPIO13 33 ○ ○ 34 GND",
    ]
    assert len({line.index("□" if "□" in line else "●" if "●" in line[:24] else "○") for line in lines}) == 1


def test_with_no_parts_only_the_header_is_drawn() -> None:
    assert drawn([])[19] == "       GND 39 ○ ○ 40 GPIO21"
    assert wiring.rows([]) == [("part", "face", "BCM", "pin", "between")]
