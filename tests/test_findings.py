"""What sync found, as the kiosk reads it: cut, cleaned, and nothing of it where it is odd."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.health import bad, good
from kiosk import disk
from kiosk.reader import Findings, SyncStatus, network_findings, sync_status
from sync.start import leave
from sync.state import SyncState
from tests.conftest import until

WELL = {"boot": "b", "ms": 5, "readings": [{"name": "link", "condition": "good", "said": "Well.", "raw": ""}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sync.db"


@pytest.fixture
def state(path: Path) -> Iterator[SyncState]:
    state = SyncState(path)
    yield state
    state.close()


def test_what_sync_left_is_what_the_kiosk_reads(path: Path, state: SyncState) -> None:
    found = (good("link", "There is a link."), bad("dns", "No name server answers.", "getaddrinfo(…)"))
    leave(state, found, boot="boot-one", ms=61_000)
    assert network_findings(path) == Findings("boot-one", 61_000, found)
    leave(state, found[:1], boot="boot-one", ms=661_000)
    assert network_findings(path) == Findings("boot-one", 661_000, found[:1])


def test_they_can_be_read_after_sync_has_ended(path: Path) -> None:
    state = SyncState(path)
    leave(state, [good("link", "There is a link.")], boot="b", ms=1)
    state.close()
    assert network_findings(path).readings == (good("link", "There is a link."),)


def test_where_nothing_was_found_yet_there_is_nothing(path: Path) -> None:
    assert network_findings(path) == Findings()
    path.write_bytes(b"this is no database, but it is long enough to be looked at" * 100)
    assert network_findings(path) == Findings()
    path.unlink()
    SyncState(path).close()
    assert network_findings(path) == Findings()


def left(path: Path, value: Any) -> Findings:
    """What is read after somebody who broke into sync has written `value`."""
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO status VALUES ('findings', ?)", (value,))
    connection.close()
    return network_findings(path)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "[]",
        "{",
        5,
        2.5,
        b"\xff\xfe",
        json.dumps({**WELL, "more": 1}),
        json.dumps({**WELL, "ms": -1}),
        json.dumps({**WELL, "ms": "5"}),
        json.dumps({**WELL, "boot": None}),
        json.dumps({**WELL, "readings": "link"}),
        json.dumps({**WELL, "readings": [{"name": "link", "condition": "splendid", "said": ""}]}),
        json.dumps({**WELL, "readings": [{"name": "link", "condition": "good"}]}),
        "[" * 100_000,
        "[" * 60_000,
        json.dumps({**WELL, "boot": "b" * 70_000}),
    ],
    ids=range(17),
)
def test_what_is_odd_is_nothing(path: Path, state: SyncState, value: Any) -> None:
    assert left(path, json.dumps(WELL)).readings != ()
    assert left(path, value) == Findings()


def test_sync_may_not_dress_up_as_another_reading(path: Path, state: SyncState) -> None:
    more = [{"name": name, "condition": "bad", "said": "Gone."} for name in ("store", "disk.space", "link", "sync", "")]
    assert [reading.name for reading in left(path, json.dumps({**WELL, "readings": more})).readings] == ["link"]


def test_texts_are_cut_and_hold_nothing_that_moves_a_cursor_or_turns_the_direction(
    path: Path, state: SyncState
) -> None:
    said = "one\n\x1b[31mtwo\x00 three\u202e four\u2028five\u200bsix  seven"
    odd = {"name": "link", "condition": "bad", "said": said, "raw": "r" * 5_000}
    (reading,) = left(path, json.dumps({**WELL, "boot": "b\r\nb", "readings": [odd]})).readings
    assert reading.said == "one [31mtwo three four five six seven"
    assert reading.raw == "r" * 300
    assert network_findings(path).boot == "b b"


def test_there_are_never_more_than_can_be_shown(path: Path, state: SyncState) -> None:
    many = [{"name": "link", "condition": "bad", "said": str(i)} for i in range(500)]
    assert len(left(path, json.dumps({**WELL, "readings": many})).readings) == 32


@pytest.mark.parametrize("key", ["findings", "alarm"])
def test_a_value_that_would_fill_the_memory_is_not_read(path: Path, state: SyncState, key: str) -> None:
    state.acknowledge("e", 5)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO status VALUES (?, zeroblob(200000000))", (key,))
    connection.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (network_findings(path), sync_status(path).alarm) == (Findings(), "")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kilobytes"


@pytest.mark.parametrize("key", ["alarm", "problem", "contact"])
@pytest.mark.parametrize("value", [b"\xff", 5, 2.5])
def test_a_status_of_another_kind_stops_nobody(path: Path, state: SyncState, key: str, value: Any) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO status VALUES (?, ?)", (key, value))
    connection.close()
    assert isinstance(sync_status(path).alarm, str)


def soon(path: Path) -> tuple[Findings, SyncStatus]:
    """What is read of it, by a thread that may hang."""
    found: list[tuple[Findings, SyncStatus]] = []
    threading.Thread(target=lambda: found.append((network_findings(path), sync_status(path))), daemon=True).start()
    until(lambda: bool(found), "what sync left", 10)
    return found[0]


@pytest.mark.parametrize("side", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_file_is_neither_waited_at_nor_read(path: Path, put: Callable[[Path], None], side: str) -> None:
    state = SyncState(path)
    state.acknowledge("e", 5)
    state.close()
    assert sync_status(path).watermarks == {"e": 5}
    there = path.with_name(path.name + side)
    there.unlink(missing_ok=True)
    put(there)
    assert soon(path) == (Findings(), SyncStatus())


def test_a_link_to_another_file_is_not_followed(path: Path) -> None:
    state = SyncState(path)
    state.acknowledge("e", 5)
    state.close()
    path.replace(path.with_name("elsewhere.db"))
    path.symlink_to("elsewhere.db")
    assert soon(path) == (Findings(), SyncStatus())


def test_what_sync_left_is_read_without_the_lock_that_the_store_waits_for(path: Path, state: SyncState) -> None:
    state.acknowledge("e", 5)
    with disk.opening:
        assert soon(path)[1].watermarks == {"e": 5}


def test_a_table_that_never_ends_is_left(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE VIEW status AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT 'findings' AS key, i AS value FROM n WHERE i < 0"
        )
    connection.close()
    began = time.monotonic()
    assert network_findings(path) == Findings()
    assert time.monotonic() - began < 10
