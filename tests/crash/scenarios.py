"""What the store is driven through while it is recorded. To add one, write a function and name it in SCENARIOS.

`python -m tests.crash.scenarios NAME SESSION FOLDER` drives one session of one, under the shim.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from sqlite_utils import Database

from kiosk import migrations, schema, space, store, upkeep
from kiosk.clock import Reading
from kiosk.reader import Reader
from kiosk.retention import DAY_MS
from tests.crash.driver import Kiosk, fail_sync, with_pragmas

Session = Callable[[Kiosk], None]


class Scenario(msgspec.Struct, frozen=True):
    """Sessions, each a process of its own on the files that the one before left."""

    name: str
    sessions: tuple[Session, ...]
    knows: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    """What the program that opens the store after the cut must know in addition."""


def creation(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.vote()
    kiosk.close()


def a_long_day(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.votes(175)
    kiosk.burst(10)
    kiosk.close()


def restarts(kiosk: Kiosk) -> None:
    for boot in range(6):
        kiosk.open(f"boot-{boot}")
        kiosk.votes(6)
        kiosk.close()


def reopened(kiosk: Kiosk) -> None:
    for _ in range(3):
        kiosk.open()
        kiosk.votes(5)
        kiosk.close()


def killed(kiosk: Kiosk, boot: str) -> None:
    kiosk.open(boot)
    kiosk.votes(8)


def larger_pages(kiosk: Kiosk) -> None:
    """A store as an earlier version made it; those who open it next go on with its pages."""
    schema.PAGE_BYTES = 4096
    with_pragmas(wal_autocheckpoint=6)
    kiosk.open()
    kiosk.votes(20)


def checkpoints(kiosk: Kiosk) -> None:
    with_pragmas(wal_autocheckpoint=6)
    kiosk.open()
    kiosk.votes(60)


def read_beside(kiosk: Kiosk) -> None:
    """Somebody reads all the while, so the file is never closed by its last user and the WAL stays."""
    with_pragmas(wal_autocheckpoint=12)
    kiosk.open()
    kiosk.vote()
    with Reader(kiosk.path) as reader:
        for boot in range(4):
            kiosk.close()
            kiosk.open(f"boot-{boot}")
            kiosk.votes(8)
            assert reader.last()


def boards_forks_anchors(kiosk: Kiosk) -> None:
    for n, serial in enumerate(("serial-1", "", "serial-2", "serial-3", "serial-2")):
        kiosk.open(f"boot-{n}", serial, Reading(60_000 + n, 1_790_000_000_000 + n * 86_400_000, "ntp"))
        kiosk.votes(4)
        if n == 2:
            kiosk.fork(kiosk.epochs()[-1].first + 2)
        kiosk.close()


def growing_ahead(kiosk: Kiosk) -> None:
    """Slabs of zeros are laid down and turned into free pages between votes."""
    _busy_upkeep(slabs=3)
    with_pragmas(wal_autocheckpoint=40)
    kiosk.open()
    for round_ in range(1, 4):
        kiosk.votes(4)
        kiosk.wait(lambda db, n=round_: _one(db, "SELECT count(*) FROM reserve") >= n)  # type: ignore[misc]
    kiosk.close()


def retention(kiosk: Kiosk) -> None:
    """Rows leave in small steps while votes go on."""
    _busy_upkeep(slabs=0, step_rows=10)
    kiosk.open("boot-1", "serial-1", Reading(60_000, 1_790_000_000_000, "ntp"))
    kiosk.votes(30)
    kiosk.let_go(40)
    later = 500 * DAY_MS
    kiosk.close()
    kiosk.open("boot-1", "serial-1", Reading(60_000 + later, 1_790_000_000_000 + later, "ntp"))
    kiosk.vote()
    kiosk.wait(lambda db: _one(db, "SELECT min(seq) FROM responses") == 41)
    kiosk.votes(5)
    kiosk.close()


def set_aside(kiosk: Kiosk) -> None:
    """Twice the store is told to be damaged; votes go on in a new one each time."""
    kiosk.open()
    kiosk.votes(10)
    kiosk.doubt()
    kiosk.votes(5)
    kiosk.close()
    kiosk.open("boot-2")
    kiosk.votes(5)
    kiosk.doubt()
    kiosk.votes(3)
    kiosk.close()


def _busy_upkeep(*, slabs: int, step_rows: int = 500) -> None:
    """Upkeep that waits for nobody, in steps small enough to be cut everywhere."""
    store.IDLE_S = store.STEP_S = 0.001
    store.RIDE_S = 0.05
    space.SLABS, space.SLAB_BYTES, space.LOW_BYTES = slabs, 8 << 10, 2 << 10 if slabs else 0
    upkeep.STEP_ROWS = step_rows


def _one(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def older_schema(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.votes(40)
    kiosk.close()


def newer_schema(kiosk: Kiosk) -> None:
    with a_migration_more():
        kiosk.open("boot-2")
        kiosk.votes(5)
        kiosk.close()


@contextlib.contextmanager
def a_migration_more() -> Iterator[None]:
    """A program one migration ahead: it writes every row and every table anew."""

    def everything_anew(db: Database) -> None:
        db.table("responses").transform(column_order=list(schema.RESPONSE_COLUMNS))
        db.table("anchors").create_index(["boot"])
        db.table("notes").insert_all({"id": n, "text": "x" * 1_000} for n in range(20))

    known, names = [*migrations.migrations._migrations], [*schema.MIGRATIONS]
    migrations.migrations()(everything_anew)
    schema.MIGRATIONS.append(everything_anew.__name__)
    try:
        yield
    finally:
        migrations.migrations._migrations[:] = known
        schema.MIGRATIONS[:] = names


def weaker(session: Session, **pragmas: str) -> Session:
    """The same, but SQLite is told to be less careful: what the harness must be able to see."""

    def bent(kiosk: Kiosk) -> None:
        with_pragmas(**pragmas)
        session(kiosk)

    return bent


def failing_sync(kiosk: Kiosk, k: int, *, of_folder: bool = False) -> None:
    """The k-th sync fails, once. A kiosk goes on: visitors come, whoever was not thanked presses again."""
    with_pragmas(wal_autocheckpoint=6)
    fail_sync(k, of_folder=of_folder)
    for boot in ("boot-1", "boot-2"):
        kiosk.open(boot)
        for face in range(1, 6):
            _press_until_thanked(kiosk, face % 4 + 1)
        kiosk.close()


def failing_sync_read_beside(kiosk: Kiosk, k: int) -> None:
    """The same while somebody reads, who is gone before the next vote: nobody's close has cleared up the WAL."""
    with_pragmas(wal_autocheckpoint=6)
    kiosk.open()
    kiosk.vote()
    fail_sync(k)
    for face in range(1, 12):
        reader = Reader(kiosk.path)
        assert reader.last()
        stored = all(settled.rows for settled in kiosk.vote(face % 4 + 1))
        reader.close()
        if not stored:
            _press_until_thanked(kiosk, face % 4 + 1)


def failing_sync_set_aside(kiosk: Kiosk, k: int) -> None:
    """A folder's sync fails while a store is set aside."""
    kiosk.open()
    kiosk.votes(3)
    fail_sync(k, of_folder=True)
    kiosk.doubt()
    for face in range(1, 4):
        _press_until_thanked(kiosk, face)
    kiosk.close()


def _press_until_thanked(kiosk: Kiosk, face: int) -> None:
    for _ in range(3):
        if all(settled.rows for settled in kiosk.vote(face)):
            return
    raise AssertionError("three votes in a row were not stored, though only one sync failed")


def _short_day(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.votes(20)


SCENARIOS = (
    Scenario("creation", (creation,)),
    Scenario("a long day", (a_long_day,)),
    Scenario("restarts", (restarts,)),
    Scenario("reopened", (reopened,)),
    Scenario("killed", tuple(functools.partial(killed, boot=f"boot-{n // 2}") for n in range(4))),
    Scenario("checkpoints", (checkpoints,)),
    Scenario("larger pages", (larger_pages, functools.partial(killed, boot="boot-1"), checkpoints)),
    Scenario("read beside", (read_beside,)),
    Scenario("boards, forks, anchors", (boards_forks_anchors,)),
    Scenario("growing ahead", (growing_ahead,)),
    Scenario("retention", (retention,)),
    Scenario("set aside", (set_aside,)),
    Scenario("migration", (older_schema, newer_schema), a_migration_more),
)
CONTROLS = (
    Scenario("synchronous=NORMAL", (weaker(_short_day, synchronous="NORMAL"),)),
    Scenario("journal_mode=DELETE", (weaker(_short_day, journal_mode="DELETE"),)),
)
FAILING: dict[str, Callable[..., None]] = {
    "sync {} fails": failing_sync,
    "sync {} fails, read beside": failing_sync_read_beside,
    "folder sync {} fails": functools.partial(failing_sync, of_folder=True),
    "folder sync {} fails, set aside": failing_sync_set_aside,
}
_ALWAYS = {scenario.name: scenario for scenario in (*SCENARIOS, *CONTROLS)}


def failing(kind: str, k: int) -> Scenario:
    """A scenario of FAILING in which the k-th sync fails; none for 0."""
    return Scenario(kind.format(k), (functools.partial(FAILING[kind], k=k),))


def find(name: str) -> Scenario:
    """The scenario of that name."""
    if name in _ALWAYS:
        return _ALWAYS[name]
    number = re.search(r"\d+", name)
    assert number, name
    return failing(name.replace(number[0], "{}", 1), int(number[0]))


def main(name: str, session: str, folder: str) -> None:
    """One session; afterwards the process is gone at once, as if killed, unless the session closed its store."""
    find(name).sessions[int(session)](Kiosk(Path(folder)))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
