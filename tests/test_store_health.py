"""What a technician is told of the votes, from a real store and a real sync.db."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.health import Health
from kiosk import disk, folder, schema
from kiosk.clock import Reading
from kiosk.figures.reconcile import reconcile
from kiosk.health import store_health
from kiosk.reader import Reader, SyncStatus, sync_db, sync_status
from sync.state import SyncState, make_folder
from tests.test_store import HERE, Bench, a_vote

NOW = Reading(10_000_000, 1_800_000_000_000, "ntp")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.stop()


def named(readings: list[Health], name: str) -> Health:
    (found,) = (reading for reading in readings if reading.name == name)
    return found


def told(bench: Bench, name: str, status: SyncStatus, now: Reading = NOW, **how: bool) -> Health:
    readings = store_health.sending(bench.path.parent, status, now, boot=HERE.boot_id, **{"endpoint": True, **how})  # type: ignore[arg-type]
    return named(readings, name)


def epoch(bench: Bench) -> str:
    with Reader(bench.path) as reader:
        return reader.epochs()[-1].id


def voted(bench: Bench, times: int, ms: int = 5_000) -> str:
    if bench.open is None:
        bench.start()
    for visit in range(times):
        assert not bench.put([a_vote(visit + 1, ms=ms)], visit + 1).error
    return epoch(bench)


def test_a_store_at_work_is_well(bench: Bench) -> None:
    voted(bench, 3)
    readings = store_health.store(bench.path.parent)
    assert [(r.name, r.condition) for r in readings] == [
        ("store", "good"),
        ("store.size", "good"),
        ("store.damaged", "good"),
    ]
    assert named(readings, "store").raw == "votes.db: 3 rows written"
    assert "votes.db-wal = " in named(readings, "store.size").raw


def test_where_no_kiosk_has_run_nothing_is_guessed(tmp_path: Path) -> None:
    assert named(store_health.store(tmp_path), "store").condition == "unknown"
    readings = store_health.sending(tmp_path, SyncStatus(), NOW, boot="b", endpoint=True)
    assert named(readings, "votes.waiting").condition == "unknown"


def test_a_store_that_was_only_just_made_lacks_nothing(tmp_path: Path) -> None:
    schema.make_ahead(tmp_path / "votes.db")
    readings = store_health.sending(tmp_path, SyncStatus(), NOW, boot=HERE.boot_id, endpoint=True)
    assert named(readings, "votes.waiting").condition == "good"
    assert reconcile(tmp_path).given == 0


def test_garbage_in_the_stores_place_is_bad(bench: Bench) -> None:
    voted(bench, 1)
    bench.stop()
    bench.path.write_bytes(b"garbage " * 1_000)
    disk.wal(bench.path).unlink()
    assert named(store_health.store(bench.path.parent), "store").condition == "bad"


def test_a_row_that_fails_its_checksum_is_bad_and_its_number_told(bench: Bench) -> None:
    voted(bench, 3)
    bench.stop()
    with closing(sqlite3.connect(bench.path)) as connection:
        connection.execute("UPDATE responses SET value = '4/4' WHERE seq = 2")
        connection.commit()
    reading = named(store_health.store(bench.path.parent), "store")
    assert (reading.condition, reading.raw) == ("bad", "rows 2 fail their checksums")


def test_a_store_that_was_set_aside_is_told(bench: Bench) -> None:
    voted(bench, 1)
    bench.stop()
    bench.path.write_bytes(b"garbage " * 1_000)
    disk.wal(bench.path).unlink()
    voted(bench, 1)
    readings = store_health.store(bench.path.parent)
    assert named(readings, "store").condition == "good"
    reading = named(readings, "store.damaged")
    assert reading.condition == "bad"
    assert reading.said.startswith("The store was damaged once;")
    assert reading.raw.startswith("damaged/0001: ")


def test_what_waits_is_counted_after_the_watermark(bench: Bench) -> None:
    known = voted(bench, 5, ms=NOW.boottime_ms - 90_000)
    reading = told(bench, "votes.waiting", SyncStatus(watermarks={known: 2}))
    assert (reading.condition, reading.said) == ("good", "3 responses wait to be sent, the oldest for 90 s.")
    assert told(bench, "votes.waiting", SyncStatus(watermarks={known: 5})).said == "Everything was sent: nothing waits."
    assert told(bench, "votes.waiting", SyncStatus(watermarks={known: 4})).said.startswith("1 response waits")


def test_what_waits_for_too_long_is_bad_and_longer_where_sending_costs(bench: Bench) -> None:
    voted(bench, 1, ms=NOW.boottime_ms - store_health.LATE_MS - 60_000)
    reading = told(bench, "votes.waiting", SyncStatus())
    assert reading.condition == "bad"
    assert reading.said == "1 response waits to be sent, the oldest for 61 min. They are safe here: see the network."
    assert told(bench, "votes.waiting", SyncStatus(), metered=True).condition == "good"


def test_a_vote_of_an_earlier_boot_is_aged_by_its_anchor(bench: Bench) -> None:
    bench.reading = Reading(60_000, NOW.wall_ms - 3 * 86_400_000, "ntp")
    voted(bench, 1, ms=60_000)
    bench.stop()
    readings = store_health.sending(bench.path.parent, SyncStatus(), NOW, boot="another", endpoint=True)
    assert "the oldest for 3 days" in named(readings, "votes.waiting").said
    unset = Reading(10_000, 0, "nobody")
    readings = store_health.sending(bench.path.parent, SyncStatus(), unset, boot="another", endpoint=True)
    assert "can't be told before the clock is set" in named(readings, "votes.waiting").said


def test_without_an_endpoint_votes_stay_and_that_is_well(bench: Bench) -> None:
    voted(bench, 2, ms=0)
    readings = store_health.sending(bench.path.parent, SyncStatus(), NOW, boot=HERE.boot_id, endpoint=False)
    assert [reading.condition for reading in readings] == ["good"]


def test_the_last_acknowledgement_is_told_as_sync_left_it(bench: Bench, tmp_path: Path) -> None:
    known = voted(bench, 1, ms=NOW.boottime_ms - 2 * store_health.LATE_MS)
    with closing(SyncState(make_folder(tmp_path))) as state:
        state.note("contact", f"{HERE.boot_id} {NOW.boottime_ms - 120_000}")
    status = sync_status(sync_db(tmp_path))
    assert told(bench, "votes.contact", status).condition == "bad"  # with votes that wait for hours
    with closing(SyncState(make_folder(tmp_path))) as state:
        state.acknowledge(known, 1)
    reading = told(bench, "votes.contact", sync_status(sync_db(tmp_path)))
    assert (reading.condition, reading.said) == ("good", "The endpoint acknowledged something 2 min ago.")


@pytest.mark.parametrize("left", ["", "boot-one", "boot-one x", "boot-one 99999999999999999999"])
def test_a_contact_that_is_none_is_none(bench: Bench, tmp_path: Path, left: str) -> None:
    voted(bench, 1, ms=NOW.boottime_ms)
    with closing(SyncState(make_folder(tmp_path))) as state:
        state.note("contact", left)
    assert "since this kiosk was started" in told(bench, "votes.contact", sync_status(sync_db(tmp_path))).said


def test_what_sync_complains_of_is_told_and_rows_that_are_refused_are_a_gap(bench: Bench, tmp_path: Path) -> None:
    voted(bench, 3)
    with closing(SyncState(make_folder(tmp_path))) as state:
        state.note("problem", "the endpoint can't be reached")
        state.set_aside("e", 2, "not valid")
    status = sync_status(sync_db(tmp_path))
    assert told(bench, "sending", status).raw == "the endpoint can't be reached"
    assert told(bench, "votes.gap", status).raw == "1 rows set aside"
    assert told(bench, "sending", SyncStatus()).condition == "good"


def test_a_process_is_known_by_the_lock_it_holds_and_the_lock_is_not_touched(tmp_path: Path) -> None:
    lock = make_folder(tmp_path).with_name("sync.lock")
    before = {r.name: r for r in store_health.processes(tmp_path)}
    assert before["sync"].said == "Sending has never run here: say systemctl restart moodpost-sync."
    with lock.open("wb") as file:
        assert {r.name: r.condition for r in store_health.processes(tmp_path)} == {"kiosk": "bad", "sync": "bad"}
        fcntl.flock(file, fcntl.LOCK_EX)
        assert {r.name: r.condition for r in store_health.processes(tmp_path)} == {"kiosk": "bad", "sync": "good"}
    assert {r.name: r.condition for r in store_health.processes(tmp_path)}["sync"] == "bad"
    assert {r.name: r.condition for r in store_health.processes(tmp_path, tmp_path)}["kiosk"] == "bad"


def test_a_kiosk_at_work_is_known_by_the_lock_that_folder_takes(tmp_path: Path) -> None:
    with folder.only_one(tmp_path):
        assert {r.name: r.condition for r in store_health.processes(tmp_path)}["kiosk"] == "good"
    assert {r.name: r.condition for r in store_health.processes(tmp_path)}["kiosk"] == "bad"


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "0 s"), (59_999, "59 s"), (120_000, "2 min"), (7_200_000, "2 h"), (86_400_000, "24 h"), (1e9, "11 days")],
)
def test_a_stretch_of_time_is_told_in_one_unit(ms: float, said: str) -> None:
    assert store_health.span(int(ms)) == said
