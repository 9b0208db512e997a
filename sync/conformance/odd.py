"""Requests that no kiosk makes: GET, HEAD, a body in slow pieces. Knows HTTP; never what is asked for or why."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from sync.reply import Answer, NoAnswer

MAX_ANSWER_BYTES = 8 << 20
"""A summary of a large fleet is longer than an acknowledgement."""
GAP_S = 0.25
"""Between the pieces of a slow body."""


def ask(
    method: str,
    url: str,
    headers: dict[str, str],
    pieces: Sequence[bytes] = (),
    *,
    total_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> Answer | NoAnswer:
    """Ask and read the whole answer within `total_s` seconds; `pieces` are sent as one body with pauses between.

    Resolving the name is not within the time: `sync.transport` has done it before.
    """
    place = urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=total_s)
    until = time.monotonic() + total_s
    try:
        connection.connect()
        end = threading.Timer(max(0.0, until - time.monotonic()), _shut, (connection.sock,))
        end.daemon = True
        end.start()
        try:
            return _talk(connection, method, place.path or "/", headers, pieces, pause)
        finally:
            end.cancel()
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= until:
            return NoAnswer(f"no answer within {total_s:g} s")
        return NoAnswer(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def _talk(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    pieces: Sequence[bytes],
    pause: Callable[[float], None],
) -> Answer:
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if pieces:
        connection.putheader("Content-Length", str(sum(map(len, pieces))))
    connection.endheaders()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before the end
        for piece in pieces:
            connection.send(piece)
            pause(GAP_S)
    response = connection.getresponse()
    body = response.read(MAX_ANSWER_BYTES)
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _shut(line: socket.socket) -> None:
    # Shut, not closed: closing would leave the thread that reads from it waiting.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)
