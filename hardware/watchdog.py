"""Tells systemd that this process is ready, lives, and how it is. Knows sd_notify(3); never when to tell it.

Without systemd (no `NOTIFY_SOCKET`) everything here is silent. Nothing here raises or waits: a kiosk that can't say
that it lives must go on living.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

log = logging.getLogger(__name__)

_MOST_BYTES = 1_000
"""Of a status: `systemctl status` shows one line of it."""


class Notifier:
    """The socket that systemd listens on, as `environ` names it; of this process, or the one numbered `pid`."""

    def __init__(self, environ: Mapping[str, str] = os.environ, pid: int | None = None) -> None:
        self._path = environ.get("NOTIFY_SOCKET", "")
        self._failed = False
        self._said = ""
        self._socket: socket.socket | None = None
        self.interval_s: float | None = None
        """How often `beat` is due, seconds: half of what systemd waits. None where it does not wait for any."""
        if not self._path:
            return
        import socket  # few others need it

        with contextlib.suppress(OSError):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        usec, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        mine = not whose or whose == str(os.getpid() if pid is None else pid)
        if mine and usec.isascii() and usec.isdigit() and int(usec) > 0:
            self.interval_s = int(usec) / 2e6

    def ready(self) -> None:
        """The start is over; systemd counts from now on."""
        self._tell("READY=1")

    def beat(self) -> None:
        """All that must answer has answered."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; told when it is another than before."""
        line = " ".join(text.split()).encode()[:_MOST_BYTES].decode(errors="ignore")
        if line != self._said:
            self._said = line
            self._tell(f"STATUS={line}")

    def stopping(self) -> None:
        """It ends by itself; systemd waits for no more beats."""
        self._tell("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket; whatever is told after that is told to nobody."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _tell(self, line: str) -> None:
        if self._socket is None:
            return
        # "@" stands for the zero byte with which an abstract name begins.
        address = f"\0{self._path[1:]}" if self._path.startswith("@") else self._path
        try:
            self._socket.sendto(line.encode(), address)
        except (OSError, ValueError) as error:
            if not self._failed:
                log.warning("systemd can't be told %s (%s)", line.partition("=")[0], error)
            self._failed = True
