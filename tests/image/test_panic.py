"""The kernel panics, and the board is back by itself: by the kernel's own restart, or by the watchdog. Three boots."""

from __future__ import annotations

import pytest

from tests.image.lab import KIOSK, Lab
from tests.image.machine import Machine
from tests.image.twin import Twin
from tests.image.visitor import press_in_turn

PANIC_S = 10
"""kernel.panic of systemd/sysctl."""
BITES_S = 120.0
"""How long the watchdog may take; RuntimeWatchdogSec is 15 s, which the emulated one counts twice."""
ARRIVES_S = 1200.0


@pytest.mark.parametrize(("panic_s", "bites"), [(PANIC_S, False), (0, True)])
def test_a_board_whose_kernel_panicked_is_back_by_itself_and_no_vote_is_lost(
    booted: Machine, lab: Lab, twin: Twin, panic_s: int, bites: bool
) -> None:
    faces, before = twin.picture("attract"), len(lab.collector.rows(KIOSK, "vote"))
    booted.screen.wait_for(faces, "the faces", seconds=900)
    booted.listen()
    assert booted.guest.run("sysctl -n kernel.panic").strip() == str(PANIC_S)
    booted.guest.run(f"sysctl -w kernel.panic={panic_s}")
    # Nobody else has these votes when the kernel goes.
    lab.collector.stop()
    pressed = press_in_turn(booted, 5)
    said, happened = booted.console.mark(), booted.qmp.mark()
    booted.guest.run("(sleep 1; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &")
    booted.console.wait_for("Kernel panic", said)
    booted.qmp.wait_for("RESET", happened, BITES_S)
    assert booted.qmp.seen("WATCHDOG", happened) == bites
    booted.guest.hang_up()
    booted.screen.wait_for(faces, "the faces after the panic", seconds=900)
    pressed += press_in_turn(booted, 2, len(pressed))
    lab.collector.start()
    rows = lab.collector.wait_for(KIOSK, before + len(pressed), "vote", seconds=ARRIVES_S)
    assert [row["value"] for row in rows[before:]] == pressed
