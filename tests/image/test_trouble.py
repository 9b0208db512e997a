"""A kiosk that can't start: the board's screen and its serial console say so, and stop when it can."""

from __future__ import annotations

import re

from PIL import Image

from tests.conftest import until
from tests.image.machine import Machine
from tests.image.screen import difference
from tests.image.twin import Twin

DROP_IN = "/run/systemd/system/moodpost-kiosk.service.d/broken.conf"
BLACK = Image.new("RGB", (800, 480))


def letters(board: Machine) -> bool:
    """Whether the screen is a text console with something on it: light letters on black, and little else."""
    picture = board.screen.take().convert("L")
    dark = sum(picture.histogram()[:16]) / (picture.width * picture.height)
    # The corner is black where a kiosk has its ground; a screen that is off says one short line.
    return 0.5 < dark < 0.99 and picture.getpixel((799, 479)) == 0


def test_a_kiosk_that_ends_at_once_is_told_on_screen_and_serial_console(booted: Machine, twin: Twin) -> None:
    booted.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    since = booted.console.mark()
    booted.guest.run(f"mkdir -p {DROP_IN.rpartition('/')[0]}")
    booted.guest.write(DROP_IN, "[Service]\nExecStart=\nExecStart=/bin/false\n")
    booted.guest.run("systemctl daemon-reload && systemctl --no-block restart moodpost-kiosk.service")
    booted.console.wait_for(r"THIS KIOSK CAN'T START", since)
    booted.console.wait_for(r"It ended by itself \(code 1\)\.", since)
    until(lambda: letters(booted), "letters on the screen", 120)
    assert difference(booted.screen.take(), BLACK) > 0.01
    # In letters of twice the usual size a line of 800 pixels holds 50.
    assert re.match(r"\d+ 50\b", booted.guest.run("stty size </dev/tty1"))


def test_it_is_taken_away_once_the_kiosk_is_mended(booted: Machine, twin: Twin) -> None:
    since = booted.console.mark()
    booted.guest.run(f"rm {DROP_IN} && systemctl daemon-reload && systemctl --no-block restart moodpost-kiosk.service")
    booted.console.wait_for("The kiosk has started again", since)
    booted.screen.wait_for(twin.picture("attract"), "the faces again")
