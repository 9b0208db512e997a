"""Which GPIO chip is the header's, on trees of devices as Pis have them: numbers differ, what a chip is does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware import chips
from hardware.chips import header_chip

SOC = "brcm,brcmstb-gpio"
PI_3 = {0: "brcm,bcm2835-gpio", 1: "raspberrypi,firmware-gpio"}
PI_4 = {0: "brcm,bcm2711-gpio", 1: "raspberrypi,firmware-gpio"}
PI_5_BEFORE = {0: SOC, 1: SOC, 2: SOC, 3: SOC, 4: "raspberrypi,rp1-gpio"}
"""Until kernel 6.6.45; raspberrypi/linux#6144 made it 0 and moved the others to 10 and on."""
PI_5 = {0: "raspberrypi,rp1-gpio", 10: SOC, 11: SOC, 12: SOC, 13: SOC}
PI_5_NO_ZERO = {10: SOC, 11: SOC, 14: "raspberrypi,rp1-gpio"}


def plug(root: Path, chips: dict[int, str]) -> Path:
    for number, compatible in chips.items():
        node = root / f"sys/bus/gpio/devices/gpiochip{number}/of_node"
        node.mkdir(parents=True)
        (node / "compatible").write_bytes(compatible.encode() + b"\0")
    return root


@pytest.mark.parametrize(
    ("chips", "header"),
    [(PI_3, 0), (PI_4, 0), (PI_5_BEFORE, 4), (PI_5, 0), (PI_5_NO_ZERO, 14)],
    ids=["Pi 3", "Pi 4", "Pi 5 before 6.6.45", "Pi 5", "Pi 5 with no 0"],
)
def test_the_chip_of_the_header_is_found_by_what_it_is(tmp_path: Path, chips: dict[int, str], header: int) -> None:
    assert header_chip(plug(tmp_path, chips)) == header


def test_a_chip_that_is_compatible_with_an_older_one_too_is_found(tmp_path: Path) -> None:
    plug(tmp_path, {0: "brcm,bcm2999-gpio\0brcm,bcm2711-gpio"})
    assert header_chip(tmp_path) == 0


def test_where_nothing_tells_nobody_guesses(tmp_path: Path) -> None:
    assert header_chip(tmp_path) is None
    plug(tmp_path, {0: SOC})
    (tmp_path / "sys/bus/gpio/devices/gpiochip1").mkdir()  # an expander on a laptop has no node of a device tree
    assert header_chip(tmp_path) is None


def test_a_chip_that_came_or_was_given_to_somebody_is_another_than_before(tmp_path: Path) -> None:
    assert chips.present(tmp_path) == ()
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch(0o600)
    came = chips.present(tmp_path)
    assert [name for name, *_ in came] == ["gpiochip0"]
    assert chips.present(tmp_path) == came
    (tmp_path / "dev/gpiochip0").chmod(0o660)
    assert chips.present(tmp_path) != came
