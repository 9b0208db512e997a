"""The local server of the page in Chromium, as one would write it: http.server, sqlite3, WAL and synchronous=FULL.

It gives out page.html and stores each vote that the page posts before it answers. Standard library alone; it knows
nothing of Moodpost. `server.py FOLDER` keeps votes.db there and prints the port that it listens on.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).with_name("page.html").read_bytes()


class Votes:
    """votes.db, written to by whichever thread has a request."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.execute("CREATE TABLE IF NOT EXISTS votes (seq INTEGER PRIMARY KEY, face INTEGER, at INTEGER)")

    def put(self, face: int, at: int) -> None:
        """Store it; when this returns it is on the disk."""
        with self._lock:
            self._base.execute("INSERT INTO votes (face, at) VALUES (?, ?)", (face, at))


class Server(ThreadingHTTPServer):
    """One that has votes."""

    def __init__(self, votes: Votes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.votes = votes


class Handler(BaseHTTPRequestHandler):
    """The page, and the votes that it posts. Connections stay open: a vote pays for none."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """The page, and nothing else."""
        if self.path.partition("?")[0] != "/":
            return self._answer(HTTPStatus.NOT_FOUND, b"")
        return self._answer(HTTPStatus.OK, PAGE)

    def do_POST(self) -> None:
        """A vote."""
        vote = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.votes.put(int(vote["face"]), int(vote["at"]))
        self._answer(HTTPStatus.OK, b"{}", "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it, and a line a vote would cost something."""


def main() -> None:
    """Serve until the process is ended."""
    with Server(Votes(Path(sys.argv[1]) / "votes.db")) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
