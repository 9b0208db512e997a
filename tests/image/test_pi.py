"""The card image starts on an emulated Pi 3B, with the Pi's own device tree and card slot, to the serial login."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest

from tests.image.card import Card
from tests.image.console import Console
from tests.image.tools import found

pytestmark = pytest.mark.pi

TREE = "bcm2837-rpi-3-b.dtb"
LOGIN_S = 1800.0
WITHOUT_WATCHDOG = "modprobe.blacklist=bcm2835_wdt"
"""QEMU resets the board at once when the driver only sets how long the watchdog shall wait; on a Pi it waits."""
PATIENT = "systemd.default_device_timeout_sec=900"
"""Four emulated cores on a busy host may take longer than the usual 90 s to find their serial line."""


def test_a_pi_3b_starts_from_the_card_to_the_serial_login(built: Path, tmp_path: Path) -> None:
    size = built.stat().st_size
    card = Card.flashed(built, tmp_path / "card.img", megabytes=_power_of_two(size) >> 20)
    kernel, initrd, words = card.boot_files(tmp_path)
    tree = tmp_path / TREE
    tree.write_bytes(card.get(TREE))
    command = [
        *(found("setpriv"), "--pdeathsig", "KILL", found("qemu-system-aarch64")),
        *("-M", "raspi3b", "-accel", "tcg,thread=multi", "-nodefaults", "-display", "none"),
        *("-kernel", str(kernel), "-initrd", str(initrd), "-dtb", str(tree)),
        *("-append", f"{words} {WITHOUT_WATCHDOG} {PATIENT}"),
        *("-drive", f"if=sd,format=raw,file={card.path},cache=unsafe"),
        # The header's line is the second one; Bluetooth has the first.
        *("-serial", "null", "-serial", "stdio"),
    ]
    with (tmp_path / "qemu.log").open("wb") as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
    assert process.stdout is not None
    with contextlib.closing(Console(process.stdout, tmp_path / "console.log")) as console:
        try:
            console.wait_for(r"\blogin: ", seconds=LOGIN_S)
        finally:
            process.kill()
            process.wait()


def _power_of_two(size: int) -> int:
    """What a card in QEMU must have."""
    return 1 << (size - 1).bit_length()
