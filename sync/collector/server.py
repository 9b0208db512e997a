"""The collector as a process: socket, signals, the end. Never knows what is asked or answered."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from sync.collector.app import create_app
from sync.collector.tokens import Tokens
from sync.errors import CollectorError

GRACE_S = 1
"""How long requests in hand may take to end when the collector is told to, in seconds."""


def serve(
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    database: Path | str,
    tokens: Tokens | None = None,
    on_ready: Callable[[str], None] | None = None,
    trace: Callable[[str], None] | None = None,
    now: Callable[[], float] = time.time,
) -> None:
    """Runs the collector until SIGINT or SIGTERM, then returns; see `Server`."""
    Server(host, port, database=database, tokens=tokens, trace=trace, now=now).run(on_ready)


class Server:
    """A collector on a socket of its own.

    Listens (with port 0 on a free port) as soon as it is made; answers within `run`. CollectorError where the
    address can't be had, where others could reach it but there are no `tokens`, or where the database can't be
    opened.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        database: Path | str,
        tokens: Tokens | None = None,
        trace: Callable[[str], None] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._socket = _bind(host, port, guarded=tokens is not None)
        try:
            self.url = _url(self._socket)
            names = (
                None if tokens is not None else {"localhost", "127.0.0.1", "[::1]", host.lower(), f"[{host.lower()}]"}
            )
            app = create_app(database, tokens, now=now, hosts=names, trace=trace)
        except BaseException:
            self._socket.close()
            raise
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = _Uvicorn(config, app.state.hall.live.close)

    def run(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Answers until `stop` or, in the main thread, SIGINT or SIGTERM; `on_ready` is told the address."""

        async def answer() -> None:
            await self._server.serve([self._socket])

        self._server.on_ready = (lambda: on_ready(self.url)) if on_ready else None
        asyncio.run(answer())

    def stop(self) -> None:
        """Ends `run` soon; from any thread."""
        self._server.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Tells when it is ready, ends open event streams before it waits for them, and ends with a signal quietly."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready: Callable[[], None] | None = None
        self._end_streams = end_streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.on_ready:
            self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # The original raises the signal once more at the end: the exit code would be that of a failure.
        self.should_exit = True


def _bind(host: str, port: int, *, guarded: bool) -> socket.socket:
    where = f"{host}:{port}"
    if not 0 <= port <= 65_535:
        raise CollectorError(f"{where}: found port {port}, expected 0 (any free one) to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CollectorError(f"{where}: no such address; expected a name or address of this machine") from None
    if not guarded and not all(ipaddress.ip_address(address[4][0]).is_loopback for address in found):
        raise CollectorError(
            f"{where}: others could reach this address, but there is no token file, so anybody could send and read; "
            "give one with --tokens, or listen on 127.0.0.1"
        )
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere the option would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise CollectorError(f"{where}: {_reason(error)}") from None
    return listener


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there already; end it, or choose another port with --port"
    if error.errno == errno.EACCES:
        return "this user may not listen there; choose a port above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this is no address of this machine; choose another with --host"
    return f"can't listen there ({error.strerror})"


def _url(listener: socket.socket) -> str:
    address, port = listener.getsockname()[:2]
    # Nobody can call "any address"; from here the loopback one answers.
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
