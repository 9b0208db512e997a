"""The demo's processes: started, listened to, killed on purpose, ended. Knows commands; never what they do."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

_PR_SET_PDEATHSIG = 1


class Member:
    """One `moodpost` command in a process of its own; `hear` gets each line that it traces, on a thread.

    `module` is what Python is to run, with its own arguments if it takes any.
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        hear: Callable[[dict[str, Any]], None],
        module: tuple[str, ...] = ("kiosk",),
    ) -> None:
        self.name = name
        # A session of its own: Ctrl-C is for the demo, which ends its crew in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", *module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=functools.partial(_die_with_parent, os.getpid()),
        )
        self._thread = threading.Thread(target=self._listen, args=(hear,), name=f"hear {name}", daemon=True)
        self._thread.start()

    def _listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            # Whatever becomes of the hearer, a pipe that nobody empties would stop the process at its other end.
            with contextlib.suppress(Exception):
                hear(event)
        with contextlib.suppress(Exception):
            hear({"event": "ended", "code": self._process.wait()})

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def order(self, line: str) -> None:
        """Write a line to its standard input; nothing happens where it has ended."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def end(self, seconds: float = 15.0) -> int:
        """Ask it to end, and insist after `seconds`; its exit code."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.returncode
        self._thread.join(5.0)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return code


def _die_with_parent(parent: int) -> None:
    """Should the demo be killed itself, its crew gets a SIGTERM from the kernel (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os._exit(1)
