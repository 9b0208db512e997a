"""A visitor of the board: presses, touches, and waits for the thank-you. Knows which line is what; no picture."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from tests.image.lab import BUTTONS, BUZZER
from tests.image.machine import Machine

TUNE_S = 1.0
"""How long after a change of the buzzer it is silent for good: four times a whole tune (hardware/buzzer.py)."""
_NEVER = threading.Event()


class Thanked(NamedTuple):
    """A vote that was thanked for."""

    value: str
    """As it must arrive, such as ``2/4``."""
    after: float
    """From press to thank-you, in seconds."""
    logged: int
    """How long the log of the card's writes was by then, in bytes; 0 where there is none."""


def press(board: Machine, face: int, seconds: float = 120.0) -> Thanked:
    """Press the button of a face, 1 the happiest, and wait for the thank-you. The board must be listened to."""
    _let_it_end(board)
    since = board.heard()
    pressed = board.pins.press(BUTTONS[face - 1])
    edge = board.wait_for_line(BUZZER, since, seconds=seconds)
    return Thanked(value(face), edge.at - pressed, edge.logged)


def touch(board: Machine, face: int, at: tuple[int, int], seconds: float = 120.0) -> Thanked:
    """Touch the screen where that face is, and wait for the thank-you. The board must be listened to."""
    _let_it_end(board)
    since = board.heard()
    touched = board.touch.tap(*at)
    edge = board.wait_for_line(BUZZER, since, seconds=seconds)
    return Thanked(value(face), edge.at - touched, edge.logged)


def _let_it_end(board: Machine) -> None:
    """The thank-you before has two notes, or one where the board is late: its second is not the next one's."""
    while (left_s := board.sounded_at(BUZZER) + TUNE_S - time.monotonic()) > 0:
        _NEVER.wait(left_s)


def press_in_turn(board: Machine, count: int, first: int = 0) -> list[str]:
    """Press one button after the other, each thanked for; their values as they must arrive.

    Neighbours differ, or a press would be taken for the same finger again. Begins with the button `first`, from 0.
    """
    return [press(board, number % len(BUTTONS) + 1).value for number in range(first, first + count)]


def value(face: int) -> str:
    """What a press of that face arrives as."""
    return f"{face}/{len(BUTTONS)}"
