"""The lines of the board's GPIO chip, driven from outside as wires would. Knows QEMU's qtest socket; no kiosk."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.image.qmp import ANSWER_S, Qmp

LINES = 8
"""How many lines the PL061 of QEMU's `virt` has."""
_BASE = 0x0903_0000
"""Where it lies in `virt`'s memory."""
_DATA, _MASKED = _BASE + 0x3FC, _BASE + 0x418
"""Its data register with all lines unmasked, and the interrupts that wait to be seen to (PL061 TRM, 3.2)."""
HOLD_S = 0.1
"""How long a finger holds a button down, in seconds."""
SEEN_S = 60.0
"""How long the board may take to see to an interrupt, in seconds, on a host that has other things to do."""


class Edge(NamedTuple):
    """An output line changed: which, to what, and when by time.monotonic()."""

    line: int
    high: bool
    at: float
    logged: int = 0
    """How long the log of writes was then, in bytes; 0 where there is none."""


class Qtest:
    """The qtest protocol over a connected socket: a line asked, a line answered, and changes of outputs in between."""

    def __init__(self, connection: socket.socket, on_edge: Callable[[Edge], None] | None = None) -> None:
        self._connection = connection
        self._on_edge = on_edge
        self._changed = threading.Condition()
        self._one = threading.Lock()
        self._answers: list[str] = []
        self._ended = False
        self._thread = threading.Thread(target=self._listen, name="hear qtest", daemon=True)
        self._thread.start()

    def __call__(self, command: str) -> str:
        """What QEMU answers, without its ``OK``; AssertionError where it refuses."""
        with self._one:
            self._connection.sendall(command.encode() + b"\n")
            with self._changed:
                self._changed.wait_for(lambda: self._answers or self._ended, ANSWER_S)
                assert self._answers, f"qtest gave no answer to {command}"
                answer = self._answers.pop()
        head, _, rest = answer.partition(" ")
        assert head == "OK", f"{command}: {answer}"
        return rest

    def close(self) -> None:
        """Let go of the socket."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _listen(self) -> None:
        try:
            with contextlib.suppress(OSError), self._connection.makefile("r", encoding="ascii") as stream:
                for line in stream:
                    self._take(line.strip())
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _take(self, line: str) -> None:
        if line.startswith("IRQ "):
            _, change, number = line.split()
            if self._on_edge:
                self._on_edge(Edge(int(number), change == "raise", time.monotonic()))
            return
        with self._changed:
            self._answers.append(line)
            self._changed.notify_all()


class Pins:
    """What is wired to the GPIO chip: buttons that pull a line down, and lights on other lines.

    Lines have no pull-up in the emulation and start low, which is a button held: they are raised at once.
    """

    def __init__(self, qtest: Qtest, qmp: Qmp) -> None:
        self._qtest = qtest
        self._path = _pl061(qmp)
        self._held = threading.Event()
        self.let_go()

    def watch(self) -> None:
        """From now on each change of an output line is told to `Qtest`'s `on_edge`."""
        self._qtest(f"irq_intercept_out {self._path}")

    def let_go(self) -> None:
        """No button is held."""
        for line in range(LINES):
            self.up(line)

    def down(self, line: int) -> None:
        """Press the button at `line` and keep it down."""
        self._set(line, high=False)

    def up(self, line: int) -> None:
        """Let the button at `line` go."""
        self._set(line, high=True)

    def press(self, line: int, hold_s: float = HOLD_S) -> float:
        """Press and let go; when it went down, by time.monotonic().

        The finger stays as long in the board's time: a busy host may stop the board for longer than a press lasts, so
        it is held on until the board has seen the edge.
        """
        at = time.monotonic()
        self.down(line)
        while int(self._qtest(f"readl {_MASKED:#x}"), 16) >> line & 1:
            assert time.monotonic() < at + SEEN_S, f"the board did not see the edge on line {line} within {SEEN_S} s"
            self._held.wait(0.005)
        self._held.wait(hold_s)  # never set: the one pause that a person makes too
        self.up(line)
        return at

    def levels(self) -> tuple[bool, ...]:
        """What stands on each line now, output lines too: a light is on where it is high."""
        value = int(self._qtest(f"readl {_DATA:#x}"), 16)
        return tuple(bool(value >> line & 1) for line in range(LINES))

    def _set(self, line: int, *, high: bool) -> None:
        assert 0 <= line < LINES
        self._qtest(f"set_irq_in {self._path} unnamed-gpio-in {line} {int(high)}")


def _pl061(qmp: Qmp) -> str:
    for part in qmp("qom-list", path="/machine/unattached"):
        if part["type"] == "child<pl061>":
            return f"/machine/unattached/{part['name']}"
    raise AssertionError("this QEMU's `virt` has no PL061")
