"""A time server for boards, to be switched on and off: SNTP (RFC 4330) on this host. Never sets a clock."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

import pytest

PORT = 123
"""Boards ask no other; only root may listen there."""
_TO_1900 = 2_208_988_800
"""Seconds from NTP's epoch to that of Unix."""
_PACKET = struct.Struct("!BBbbII4sQQQQ")


def answer(asked: bytes, now: float) -> bytes | None:
    """What a server says at the Unix time `now` to the packet `asked`; None where it is no question."""
    if len(asked) < _PACKET.size or asked[0] & 7 != 3:
        return None
    stamp = int((now + _TO_1900) * 2**32)
    version = asked[0] & 0x38
    # Stratum 1, a second between asks, 1 µs precise; a root distance of about a millisecond.
    return _PACKET.pack(version | 4, 1, asked[2], -20, 64, 64, b"TEST", stamp, _sent(asked), stamp, stamp)


def _sent(asked: bytes) -> int:
    (when,) = struct.unpack_from("!Q", asked, 40)
    return int(when)


class TimeServer:
    """Answers with this host's clock while it is `on`."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self.answered = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", PORT))
        except OSError as error:
            self._socket.close()
            pytest.fail(f"127.0.0.1:{PORT}/udp can't be had ({error.strerror}): be root, and stop a time server there")
        self._thread = threading.Thread(target=self._serve, name="time server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the port back."""
        self.on = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", PORT))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                asked, sender = self._socket.recvfrom(1024)
                if not asked:
                    return
                if self.on and (said := answer(asked, time.time())):
                    self._socket.sendto(said, sender)
                    self.answered += 1
