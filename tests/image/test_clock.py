"""A board switched on in 1970 without a network: its votes get their right times once it has network and time."""

from __future__ import annotations

import datetime
import time

from tests.image.lab import KIOSK, Lab
from tests.image.machine import Hardware
from tests.image.twin import Twin
from tests.image.visitor import press

NEAR_S = 3.0
"""How far a time may be off, in seconds: the wire has whole ones, and a press waits for a busy host."""
ARRIVES_S = 1200.0


def test_votes_of_a_board_that_knew_no_time_arrive_with_the_right_one(lab: Lab, twin: Twin) -> None:
    clock = lab.time(on=False)
    board = lab.boot(lab.card(), Hardware(clock="1970-01-01", network=False))
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    board.listen()
    pressed = []
    for face in (1, 2, 3, 4, 1, 2):
        at = time.time()
        pressed.append((press(board, face).value, at))
    board.set_network(connected=True)
    believed = float(board.guest.run("date +%s"))
    assert abs(believed - time.time()) > 86_400, "the board knew the time: this test proves nothing"
    clock.on = True
    lab.collector.wait_for(KIOSK, len(pressed), "vote", seconds=ARRIVES_S)
    told = [row for row in lab.collector.told(KIOSK) if row["kind"] == "vote"]
    assert [row["value"] for row in told] == [value for value, _ in pressed]
    off = [_seconds(row["time"]) - at for row, (_, at) in zip(told, pressed, strict=True)]
    print(f"\nbelieved {believed - time.time():.0f} s from now; times are off by {min(off):.1f} to {max(off):.1f} s")
    assert max(map(abs, off)) < NEAR_S


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
