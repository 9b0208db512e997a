"""The emulated board's buttons and lights: what is said to QEMU for a press, and what is heard of a light."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.conftest import until
from tests.image.qmp import Qmp
from tests.image.qtest import Edge, Pins, Qtest

CHIP = "/machine/unattached/device[8]"


class FakeBoard:
    """Speaks qtest for a chip whose interrupts are seen to after `busy` looks."""

    def __init__(self) -> None:
        self.ours, self._theirs = socket.socketpair()
        self.asked: list[str] = []
        self.busy = 0
        self.data = 0
        self._stream = self._theirs.makefile("rw", encoding="ascii")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._theirs.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._stream.close()
        self._theirs.close()

    def _serve(self) -> None:
        for line in self._stream:
            asked = line.strip()
            self.asked.append(asked)
            match asked.split():
                case ["readl", "0x9030418"]:
                    self.busy -= 1
                    answer = f"OK 0x{0x10 if self.busy >= 0 else 0:016x}"
                case ["readl", "0x90303fc"]:
                    answer = f"OK 0x{self.data:016x}"
                case ["irq_intercept_out", _]:
                    answer = "IRQ raise 6\nIRQ lower 6\nOK"
                case ["set_irq_in", *_]:
                    answer = "OK"
                case _:
                    answer = "FAIL Unknown command"
            self._stream.write(answer + "\n")
            self._stream.flush()


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    board = FakeBoard()
    yield board
    board.end()


def qmp(command: str, **arguments: Any) -> list[dict[str, str]]:
    assert (command, arguments) == ("qom-list", {"path": "/machine/unattached"})
    return [{"name": "device[7]", "type": "child<pl031>"}, {"name": "device[8]", "type": "child<pl061>"}]


def pins_of(board: FakeBoard, heard: list[Edge]) -> tuple[Qtest, Pins]:
    qtest = Qtest(board.ours, heard.append)
    return qtest, Pins(qtest, cast(Qmp, qmp))


def test_all_lines_are_raised_before_anything_else_since_low_is_a_button_held(board: FakeBoard) -> None:
    qtest, _ = pins_of(board, [])
    assert board.asked == [f"set_irq_in {CHIP} unnamed-gpio-in {line} 1" for line in range(8)]
    qtest.close()


def test_a_press_lasts_until_the_board_has_seen_it(board: FakeBoard) -> None:
    qtest, pins = pins_of(board, [])
    board.asked.clear()
    board.busy = 3
    pins.press(4, hold_s=0)
    assert board.asked == [
        f"set_irq_in {CHIP} unnamed-gpio-in 4 0",
        *["readl 0x9030418"] * 4,
        f"set_irq_in {CHIP} unnamed-gpio-in 4 1",
    ]
    qtest.close()


def test_lights_are_heard_and_looked_at(board: FakeBoard) -> None:
    heard: list[Edge] = []
    qtest, pins = pins_of(board, heard)
    pins.watch()
    until(lambda: len(heard) == 2, "two changes")
    assert [(edge.line, edge.high) for edge in heard] == [(6, True), (6, False)]
    board.data = 0b0100_0001
    assert pins.levels() == (True, False, False, False, False, False, True, False)
    qtest.close()


def test_a_command_that_qemu_refuses_fails_the_test(board: FakeBoard) -> None:
    qtest = Qtest(board.ours)
    with pytest.raises(AssertionError, match="FAIL Unknown command"):
        qtest("dance")
    qtest.close()
