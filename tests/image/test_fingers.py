"""A touchscreen that tells many fingers, plugged into a kiosk that runs: each finger counts where it came down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.image.lab import KIOSK, Lab
from tests.image.machine import Hardware, Machine
from tests.image.twin import Twin
from tests.image.visitor import value

FACES_S = 900.0
_GLASS = "/run/glass.py"


@pytest.fixture(scope="module")
def board(lab: Lab, twin: Twin) -> Machine:
    machine = lab.boot(lab.card(), Hardware(touch=False))
    machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
    machine.guest.run("modprobe uinput")
    machine.guest.write(_GLASS, (Path(__file__).parent / "glass.py").read_bytes())
    return machine


def touched(board: Machine, twin: Twin, *reports: str) -> None:
    width, height = twin.picture("attract").size
    board.guest.run(f"python3 {_GLASS} {width} {height}", given="".join(f"{one}\n" for one in reports).encode())


def at(twin: Twin, face: int) -> str:
    return "{},{}".format(*twin.centre(f"face:{face}"))


def test_a_finger_on_a_glass_of_many_votes(board: Machine, lab: Lab, twin: Twin) -> None:
    touched(board, twin, f"0:{at(twin, 2)}", "0:up")
    votes = lab.collector.wait_for(KIOSK, 1, "vote", seconds=300)
    assert [(row["value"], row["ui"]) for row in votes] == [(value(2), "digital")]


def test_of_two_fingers_the_second_counts_where_it_is(board: Machine, lab: Lab, twin: Twin) -> None:
    """The first one's place is no face's: only who mistakes one for the other votes twice, or for nothing."""
    board.screen.wait_for(twin.picture("attract"), "the faces again")
    touched(board, twin, "0:1,1", f"1:{at(twin, 3)}", "0:up", "1:up")
    votes = lab.collector.wait_for(KIOSK, 2, "vote", seconds=300)
    assert [row["value"] for row in votes] == [value(2), value(3)]
