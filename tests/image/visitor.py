"""A visitor of the board: presses a button and waits for the thank-you. Knows which line is what; no screen."""

from __future__ import annotations

from tests.image.lab import BUTTONS, BUZZER
from tests.image.machine import Machine


def press(board: Machine, face: int, seconds: float = 120.0) -> float:
    """Press the button of a face, 1 the happiest, and wait for the thank-you; how long that took, in seconds.

    The board must be listened to.
    """
    since = board.heard()
    pressed = board.pins.press(BUTTONS[face - 1])
    return board.wait_for_line(BUZZER, since, seconds=seconds).at - pressed


def press_in_turn(board: Machine, count: int, first: int = 0) -> list[str]:
    """Press one button after the other, each thanked for; their values as they must arrive.

    Neighbours differ, or a press would be taken for the same finger again. Begins with the button `first`, from 0.
    """
    values = []
    for number in range(first, first + count):
        face = number % len(BUTTONS) + 1
        press(board, face)
        values.append(f"{face}/{len(BUTTONS)}")
    return values
