"""The real collector on this host, behind TLS, where a board can reach it. Knows its command and its tables."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from kiosk.crew import Member
from sync.collector.tokens import READER, line
from tests.conftest import until
from tests.image.authority import HOST, Authority
from tests.running import Heard, free_port

TOKEN = "token-of-an-emulated-board"


class Front:
    """Takes TLS connections on a port of its own and hands what they say to the plain port behind, if it is open."""

    def __init__(self, context: ssl.SSLContext, behind: int) -> None:
        self._context = context
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="TLS before the collector", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            with (
                self._context.wrap_socket(connection, server_side=True) as secured,
                socket.create_connection(("127.0.0.1", self._behind), 60) as plain,
            ):
                back = threading.Thread(target=_pump, args=(plain, secured), daemon=True)
                back.start()
                _pump(secured, plain)
                back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    # Its end is the other's end too: both threads wake.
    for one in (source, sink):
        with contextlib.suppress(OSError):
            socket.socket.shutdown(one, socket.SHUT_RDWR)


class Collector:
    """`moodpost collector` with its data in `folder`; `kiosks` are the ids that it takes batches of."""

    def __init__(self, folder: Path, authority: Authority, *kiosks: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._tokens = folder / "tokens"
        self._tokens.write_text("".join(f"{line(who, self.token(who))}\n" for who in (*kiosks, READER)))
        self._port = free_port()
        self._front = Front(authority.context(), self._port)
        self._member: Member | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where a board reaches it."""
        return f"https://{HOST}:{self._front.port}"

    def token(self, kiosk: str) -> str:
        """What `kiosk` must show."""
        return f"{TOKEN}-{kiosk}"

    def start(self) -> None:
        """Start it (again), on the same port, and wait until it listens."""
        heard = Heard()
        given = ["--port", str(self._port), "--data", str(self._folder), "--tokens", str(self._tokens)]
        self._member = Member("collector", ["collector", "--trace", *given], heard)
        until(lambda: heard.all("ready", "ended"), "the collector to listen")
        assert heard.all("ready"), "the collector ended instead of starting"

    def stop(self) -> None:
        """End it in order; a board's attempts fail meanwhile."""
        if self._member:
            self._member.end()
            self._member = None

    def close(self) -> None:
        """End it and what stands before it."""
        self.stop()
        self._front.close()

    def rows(self, kiosk: str, *kinds: str) -> list[dict[str, Any]]:
        """The responses of `kiosk` that have arrived, of these kinds if any are named, as they came."""
        query = "SELECT * FROM responses WHERE kiosk = ? ORDER BY received, epoch, seq"
        path = self._folder / "collector.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
            database.row_factory = sqlite3.Row
            found = [dict(row) for row in database.execute(query, (kiosk,))]
        return [row for row in found if not kinds or row["kind"] in kinds]

    def wait_for(self, kiosk: str, count: int, *kinds: str, seconds: float = 120.0) -> list[dict[str, Any]]:
        """Wait until `count` responses of these kinds have arrived; gives all that have then."""
        until(lambda: len(self.rows(kiosk, *kinds)) >= count, f"{count} rows at the collector", seconds)
        return self.rows(kiosk, *kinds)

    def told(self, kiosk: str) -> list[dict[str, Any]]:
        """The responses of `kiosk` as the collector tells them to people, with their times, in the kiosk's order."""
        address = f"http://127.0.0.1:{self._port}/v1/responses?limit=1000&kiosk={kiosk}"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token(READER)}"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told: list[dict[str, Any]] = json.load(answer)
        return sorted(told, key=lambda row: int(row["seq"]))

    def answer(self, kiosk: str, token: str) -> int:
        """The status with which it answers a batch that is none, sent as `kiosk` with this token."""
        address = f"http://127.0.0.1:{self._port}/v1/kiosks/{kiosk}/responses"
        asked = urllib.request.Request(address, b"{}", {"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def times(self, kiosk: str) -> list[float]:
        """When each row arrived, in seconds by time.time()."""
        return [row["received"] / 1000 for row in self.rows(kiosk)]
