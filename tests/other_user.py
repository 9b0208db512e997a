"""Kiosk and sync as other users of the system, each in a process of its own: started and asked by test_two_users."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.clock import Reading
from kiosk.errors import StoreError
from kiosk.reader import Reader, sync_status
from kiosk.response import Draft
from kiosk.settings import Endpoint
from kiosk.store import Board, Settled, Store
from sync import protocol
from sync.protocol import Ack
from sync.reply import Answer
from sync.sender import Sender
from sync.state import SyncState

SHARED = 61_000
"""The group of both."""
KIOSK = 61_001
SYNC = 61_002
UMASK = 0o027


class Role:
    """What both can be asked for; `spare` is the file that is the other's."""

    def __init__(self, spare: Path) -> None:
        self._spare = spare

    def attack(self, how: str, suffix: str) -> str:
        path = self._spare.with_name(self._spare.name + suffix)
        made = Path(tempfile.mkstemp()[1])
        acts: dict[str, Callable[[], Any]] = {
            "open": lambda: path.open("r+b"),
            "make": lambda: path.open("xb"),
            "truncate": lambda: os.truncate(path, 0),
            "unlink": path.unlink,
            "replace": lambda: made.replace(path),
            "chmod": lambda: path.chmod(0o666),
        }
        try:
            acts[how]()
        except OSError as error:
            return type(error).__name__
        finally:
            made.unlink(missing_ok=True)
        return "done"


class AsKiosk(Role):
    """The real store."""

    def __init__(self, house: Path) -> None:
        super().__init__(house / "sync/sync.db")
        self._settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        self._path = house / "kiosk/votes.db"
        self._tickets = 0
        self._store = Store(
            self._path,
            Board("boot-one", "serial-one"),
            settled=self._settled.put,
            read_clock=lambda: Reading(60_000, 1_790_000_000_000, "nobody"),
        )

    def vote(self) -> int | str:
        self._tickets += 1
        n = self._tickets
        self._store.put([Draft(n, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", "", 60_000 + n)], n)
        while getattr(settled := self._settled.get(timeout=20), "ticket", None) != n:
            pass
        return settled.error or settled.rows[-1].seq

    def checkpoint(self) -> None:
        with contextlib.closing(sqlite3.connect(self._path, isolation_level=None, timeout=0.1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(RESTART)")

    def watermarks(self) -> list[int]:
        return list(sync_status(self._spare).watermarks.values())

    def close(self) -> None:
        assert self._store.close()


class AsSync(Role):
    """The real reader, state and sender; the endpoint is a function that acknowledges everything."""

    def __init__(self, house: Path) -> None:
        super().__init__(house / "kiosk/votes.db")
        self._state = SyncState(house / "sync/sync.db")
        self._open: Reader | None = None

    def rows(self) -> int:
        with Reader(self._spare) as reader:
            span = reader.span(1, reader.last())
        assert not span.damaged
        assert [row.seq for row in span.rows] == list(range(1, len(span.rows) + 1))
        return len(span.rows)

    def begin(self) -> int:
        if self._open is not None:
            self._open.close()
        self._open = Reader(self._spare)
        self._open._connection.execute("BEGIN")
        return self.again()

    def again(self) -> int:
        assert self._open is not None
        return self._open.last()

    def commit(self) -> None:
        assert self._open is not None
        self._open._connection.execute("COMMIT")

    def send(self) -> int | None:
        sender = Sender(
            kiosk="south",
            endpoint=Endpoint(url="http://127.0.0.1:1"),
            votes=self._spare,
            state=self._state,
            client=Polite,
            clocks=lambda: Reading(60_000, 0, "nobody"),
            boot="boot-one",
            trace=lambda *_, **__: None,
        )
        sender.send()
        with contextlib.suppress(StoreError), Reader(self._spare) as reader:
            return self._state.watermark(reader.epochs()[-1].id)
        return None

    def sql(self, sql: str) -> None:
        with contextlib.closing(sqlite3.connect(self._spare, isolation_level=None)) as connection:
            connection.execute(sql)

    def forge(self) -> None:
        """Make a log in which all responses are deleted, and lay it beside the votes."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.db"
            copy.write_bytes(self._spare.read_bytes())
            connection = sqlite3.connect(copy, isolation_level=None)
            connection.execute("DELETE FROM responses")
            self._spare.with_name("votes.db-wal").write_bytes(copy.with_name("copy.db-wal").read_bytes())
            self._spare.with_name("votes.db-wal").chmod(0o666)
            connection.close()

    def close(self) -> None:
        self._state.close()


class Polite:
    """An endpoint that acknowledges everything, without a network."""

    def __enter__(self) -> Polite:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        batch = protocol.decode(body, epoch=headers["Moodpost-Epoch"], nonce=headers["Moodpost-Nonce"])
        return Answer(200, {}, protocol.as_json(Ack("south", batch.epoch, batch.nonce, batch.last, 1_790_000_000)))


def main() -> None:
    """Become the other user, and do what is asked."""
    role, house = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        SyncState(Path(folder) / "sync.db").close()  # imports what may stand where the other user can't read
    user = KIOSK if role == "kiosk" else SYNC
    os.setgroups([SHARED])
    os.setgid(user)
    os.setuid(user)
    os.umask(UMASK)
    os.chdir("/")
    acting = AsKiosk(house) if role == "kiosk" else AsSync(house)
    for line in sys.stdin:
        what, *values = json.loads(line)
        try:
            answer = getattr(acting, what)(*values)
        except (StoreError, sqlite3.Error) as error:
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
