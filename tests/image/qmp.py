"""QEMU's control socket: commands with their answers, events as they come. Knows no machine's parts."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

ANSWER_S = 120.0
"""How long an answer may take, in seconds; a busy host is no failure."""


class QmpError(AssertionError):
    """QEMU refused a command, or is gone."""


class Qmp:
    """One client of QEMU's QMP, over a connected socket. Safe to use from any thread.

    `on_event` is told each event's name, on the thread that reads: it must not ask QMP itself.
    """

    def __init__(self, connection: socket.socket, on_event: Callable[[str], None] = lambda name: None) -> None:
        self._connection = connection
        self._on_event = on_event
        self._changed = threading.Condition()
        self._one = threading.Lock()
        self._events: list[dict[str, Any]] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._greeted = self._ended = False
        self._number = 0
        self._thread = threading.Thread(target=self._listen, name="hear QMP", daemon=True)
        self._thread.start()
        self._wait(lambda: self._greeted, "QEMU's greeting")
        self("qmp_capabilities")

    def __call__(self, command: str, **arguments: Any) -> Any:
        """What QEMU returns for `command`; a ``_`` in an argument's name stands for ``-``."""
        with self._one:
            self._number += 1
            number = self._number
            words = {name.replace("_", "-"): value for name, value in arguments.items()}
            asked = {"execute": command, "arguments": words, "id": number}
            try:
                self._connection.sendall(json.dumps(asked).encode() + b"\n")
            except OSError as error:
                raise QmpError(f"{command}: QEMU is gone ({error.strerror})") from None
            self._wait(lambda: number in self._answers, f"the answer to {command}")
        answer = self._answers.pop(number)
        if "error" in answer:
            raise QmpError(f"{command}: {answer['error'].get('desc')}")
        return answer.get("return")

    def mark(self) -> int:
        """A moment, to wait for an event that comes after it."""
        with self._changed:
            return len(self._events)

    def seen(self, event: str, since: int = 0) -> bool:
        """Whether `event` has come after the moment `since`."""
        with self._changed:
            return any(one["event"] == event for one in self._events[since:])

    def wait_for(self, event: str, since: int = 0, seconds: float = ANSWER_S, **data: Any) -> dict[str, Any]:
        """The first `event` after the moment `since` whose data hold all of `data`."""

        def seen() -> dict[str, Any] | None:
            for one in self._events[since:]:
                if one["event"] == event and data.items() <= one.get("data", {}).items():
                    return one
            return None

        self._wait(seen, f"the event {event}", seconds)
        found = seen()
        assert found is not None
        return found

    def close(self) -> None:
        """Let go of the socket."""
        # A shutdown, not a close alone, wakes the thread that reads.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _listen(self) -> None:
        try:
            with contextlib.suppress(OSError), self._connection.makefile("rb") as stream:
                for line in stream:
                    self._take(json.loads(line))
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _take(self, said: dict[str, Any]) -> None:
        if "event" in said:
            self._on_event(said["event"])  # first: who waits for the event finds done what it brings about
        with self._changed:
            if "event" in said:
                self._events.append(said)
            elif "QMP" in said:
                self._greeted = True
            else:
                self._answers[said["id"]] = said
            self._changed.notify_all()

    def _wait(self, condition: Callable[[], Any], what: str, seconds: float = ANSWER_S) -> None:
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._ended, seconds)
            if not condition():
                raise QmpError(f"QEMU ended before {what}" if self._ended else f"waited {seconds} s in vain for {what}")
