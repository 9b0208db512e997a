"""The collector on a real PostgreSQL, where SQLite can't stand for it: many writers at once, a server that dies or is
away, who may open what, and the whole way with real processes. What a batch does is in test_ingest, on both.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, make_url, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from kiosk.reader import sync_db, sync_status
from kiosk.response import Response
from sync.collector import ingest as room
from sync.collector import postgres, results, shelf, tables
from sync.collector.latest import received
from sync.errors import CollectorError
from sync.protocol import Ack, BootTimes, Refusal
from tests.conftest import until
from tests.filled import fill, visits
from tests.postgres import Server
from tests.running import Place
from tests.test_collector_parts import (
    EPOCH,
    KIOSK,
    acked,
    batch,
    body,
    collector,
    post,
    refused,
    row,
    vote,
)
from tests.test_ingest import dump, seqs, take

T = TypeVar("T")
EIGHT = [f"kiosk-{n}" for n in range(8)]


@pytest.fixture
def address(postgresql: Server) -> str:
    return postgresql.database()


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = tables.open_engine(address)
    yield engine
    engine.dispose()


@pytest.fixture
def another(address: str, engine: Engine) -> Iterator[Engine]:
    """A second collector's connections to the same database."""
    another = tables.open_engine(address)
    yield another
    another.dispose()


def at_once(*works: Callable[[], T]) -> list[T]:
    """What each gives, all begun at the same moment on threads of their own."""
    barrier = threading.Barrier(len(works))

    def work(one: Callable[[], T]) -> T:
        barrier.wait(30)
        return one()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(work, works))


def told(summary: results.Summary) -> tuple[int, list[tuple[str, str, int]]]:
    """How many votes count, and how far each epoch goes."""
    return summary.all.votes, sorted((epoch.kiosk, epoch.epoch, epoch.have) for epoch in summary.epochs)


def test_two_batches_of_a_new_kiosk_at_once_are_both_taken_and_counted_once(engine: Engine, another: Engine) -> None:
    sent = replace(batch([vote(1), vote(2), row(3, "choice", "waiting", visit=2)]), offer=b"a book")
    for kiosk in EIGHT:
        answers = at_once(partial(take, engine, sent, kiosk=kiosk), partial(take, another, sent, kiosk=kiosk))
        assert [type(answer) for answer in answers] == [Ack, Ack]
    assert told(results.summary(engine)) == (16, [(kiosk, EPOCH, 3) for kiosk in EIGHT])
    assert [len(dump(engine)[table]) for table in ("boots", "books", "responses")] == [8, 8, 24]


def test_of_two_boards_with_one_identity_one_is_a_fork_however_close_they_come(engine: Engine, another: Engine) -> None:
    one, two = batch([vote(1, face=1)]), batch([vote(1, face=4)])
    for kiosk in EIGHT:
        answers = at_once(partial(take, engine, one, kiosk=kiosk), partial(take, another, two, kiosk=kiosk))
        (refusal,) = (answer for answer in answers if isinstance(answer, Refusal))
        assert (refusal.error, refusal.have, refusal.seq) == ("fork", 1, 1)
    assert results.summary(engine).all.votes == 8
    assert [alarm.times for alarm in results.summary(engine).alarms] == [1] * 8


def test_one_kiosks_rows_are_here_once_through_whatever_connections_they_come(engine: Engine, another: Engine) -> None:
    """Overlapping batches, each twice, from both ends at once; a gap is sent again as a kiosk does it."""
    batches = [batch([vote(seq) for seq in range(first, first + 4)]) for first in range(1, 40, 2)]

    def send(through: Engine) -> None:
        for sent in batches:
            while not isinstance(answer := take(through, sent), Ack):
                assert answer.error == "gap"

    at_once(*(partial(send, through) for through in (engine, another, engine, another)))
    assert seqs(engine) == list(range(1, 43))
    assert told(results.summary(engine)) == (42, [(KIOSK, EPOCH, 42)])


def test_of_kiosks_that_send_at_once_each_keeps_its_order(engine: Engine, another: Engine) -> None:
    def send(through: Engine, kiosk: str) -> None:
        for seq in range(1, 16):
            assert isinstance(take(through, batch([vote(seq)]), kiosk=kiosk), Ack)

    at_once(partial(send, engine, "espoo"), partial(send, another, "oulu"))
    for kiosk in ("espoo", "oulu"):
        assert [r.seq for r in received(engine, kiosk=kiosk, kind=None, limit=99)] == list(range(15, 0, -1))


def test_kiosks_that_are_not_the_same_do_not_wait_for_each_other(engine: Engine, another: Engine) -> None:
    with tables.writing(engine, "espoo"):
        assert isinstance(take(another, batch([vote(1)]), kiosk="oulu"), Ack)


def test_a_kiosk_that_has_to_wait_holds_up_no_other(address: str, engine: Engine) -> None:
    with collector(address) as client, ThreadPoolExecutor(1) as thread:
        with tables.writing(engine, "espoo") as connection:
            waiting = thread.submit(post, client, body([vote(1)]), kiosk="espoo")
            count = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            until(lambda: connection.scalar(count), "the batch to wait")
            assert acked(post(client, body([vote(1)]), kiosk="oulu")).ack == 1
            assert not waiting.done()
        assert acked(waiting.result(30)).ack == 1


def test_whoever_waits_too_long_for_another_gives_up_and_writes_nothing(
    engine: Engine, another: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAIT_S", 0.05)
    with tables.writing(engine, KIOSK), pytest.raises(OperationalError, match="lock timeout"):
        take(another, batch([vote(1)]))
    assert seqs(engine) == []


def test_collectors_that_start_at_once_make_the_tables_once(address: str) -> None:
    engines = at_once(*[partial(tables.open_engine, address)] * 6)
    assert isinstance(take(engines[0], batch([vote(1)])), Ack)
    for engine in engines:
        assert seqs(engine) == [1]
        engine.dispose()


def test_a_reader_sees_one_moment_and_stops_no_batch(engine: Engine, another: Engine) -> None:
    with tables.reading(engine) as reader:
        assert reader.execute(select(tables.responses)).all() == []
        assert isinstance(take(another, batch([vote(1)])), Ack)
        assert reader.execute(select(tables.responses)).all() == []
    assert seqs(engine) == [1]


def test_what_is_acknowledged_is_on_the_disk_whatever_the_database_was_set_to(postgresql: Server, address: str) -> None:
    name = make_url(address).database
    for setting in ("synchronous_commit = off", "default_transaction_isolation = serializable"):
        postgresql.sql(f"ALTER DATABASE {name} SET {setting}")
    engine = tables.open_engine(address)
    names = ("synchronous_commit", "transaction_isolation")
    with tables.writing(engine, KIOSK) as connection:
        found = [connection.scalar(text(f"SELECT current_setting('{name}')")) for name in names]
    engine.dispose()
    assert found == ["on", "read committed"]


def test_books_are_kept_one_a_kiosk(engine: Engine) -> None:
    with tables.writing(engine, KIOSK) as connection:
        first = shelf.keep(connection, KIOSK, bytes(range(256)))
        second = shelf.keep(connection, KIOSK, b"another")
    assert shelf.find(engine, KIOSK, first) is None
    assert shelf.find(engine, KIOSK, second) == b"another"
    assert shelf.find(engine, "espoo", second) is None


def test_the_largest_values_of_the_wire_fit(engine: Engine) -> None:
    """A column that is too narrow would be answered with 503 for ever."""
    high, long = 2**53 - 1, "ж😀 " * 999
    last = Response(high, high, 999, "choices", "s" * 4000, "q" * 999, long, "physical", "zh-Hant-TW", "m/1", 1, 0)
    far = BootTimes("b" * 64, [(2**40, 2**40, "ntp"), (-(2**40), -(2**40), "rtc")])
    sent = batch([vote(high - 1), last], start=high - 1, boots={1: far}, boot=far.id, boottime=2**40)
    assert isinstance(take(engine, sent, kiosk="k" * 64, now=2**40), Ack)
    assert received(engine, kiosk="k" * 64, kind="choices", limit=1)[0].value == long
    named = batch([vote(1), row(2, "mark", f"burst/1 {'9' * 16} 1", visit=1)])
    assert isinstance(take(engine, named), Ack)
    absent = batch([], first=3, last=10_002, missing=[(3, 10_002)])
    assert isinstance(take(engine, absent), Ack)
    assert [(e.missing, e.have) for e in results.summary(engine).epochs if e.kiosk == KIOSK] == [(10_000, 10_002)]


def test_a_server_that_dies_in_the_middle_of_a_batch_leaves_nothing_of_it(
    postgresql: Server, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(engine, batch([vote(1)]))
    before = dump(engine)
    settle = room._settle_epoch

    def die(*what: object) -> None:
        settle(*what)  # type: ignore[arg-type]
        postgresql.kill()

    sent = batch([vote(2), row(3, "mark", "burst/1 1", visit=2)])
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(room, "_settle_epoch", die)
        take(engine, sent)
    postgresql.start()
    assert dump(engine) == before
    assert isinstance(take(engine, sent), Ack)
    assert isinstance(take(engine, sent), Ack)
    assert told(results.summary(engine)) == (2, [(KIOSK, EPOCH, 3)])


def test_what_was_acknowledged_before_the_server_died_is_there_and_nothing_is_half(
    postgresql: Server, engine: Engine
) -> None:
    """Four kiosks send without a pause while it is killed: their batches are there whole or not at all."""
    acks: dict[str, int] = {f"kiosk-{n}": 0 for n in range(4)}
    enough = threading.Event()

    def send(kiosk: str) -> None:
        try:
            for first in range(1, 100_000, 5):
                answer = take(engine, batch([vote(seq) for seq in range(first, first + 5)]), kiosk=kiosk)
                assert isinstance(answer, Ack)
                acks[kiosk] = answer.ack
                if sum(acks.values()) > 100:
                    enough.set()
        except SQLAlchemyError:
            pass

    def die() -> None:
        assert enough.wait(60)
        postgresql.kill()

    at_once(die, *(partial(send, kiosk) for kiosk in acks))
    postgresql.start()
    for epoch in results.summary(engine).epochs:
        # One batch may have been committed without its acknowledgement having been heard.
        assert epoch.have - acks[epoch.kiosk] in (0, 5)
        assert epoch.rows["vote"] == epoch.have
        assert isinstance(take(engine, batch([vote(epoch.have), vote(epoch.have + 1)]), kiosk=epoch.kiosk), Ack)
    summary = results.summary(engine)
    assert summary.all.votes == sum(epoch.have for epoch in summary.epochs)


def test_while_the_server_is_away_it_is_503_and_then_all_is_well_again(postgresql: Server, address: str) -> None:
    with collector(address) as client:
        acked(post(client, body([vote(1)])))
        postgresql.kill()
        answer = post(client, body([vote(2)]))
        refused(answer, 503, "storage")
        assert answer.headers["retry-after"] == "30"
        for path in ("/health", "/", "/v1/summary", "/v1/responses"):
            assert client.get(path).status_code == 503, path
        postgresql.start()
        assert acked(post(client, body([vote(2)]))).ack == 2
        assert client.get("/health").status_code == client.get("/").status_code == 200
        assert client.get("/v1/summary").json()["all"]["votes"] == 2


def test_connections_that_the_server_has_ended_meanwhile_cost_no_batch(postgresql: Server, address: str) -> None:
    with collector(address) as client:
        acked(post(client, body([vote(1)])))
        postgresql.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'moodpost%'")
        assert acked(post(client, body([vote(2)]))).ack == 2


def test_a_database_that_can_not_hold_every_script_is_refused_with_what_to_do(postgresql: Server) -> None:
    for encoding in ("SQL_ASCII", "LATIN1"):
        address = postgresql.database(f"ENCODING '{encoding}' TEMPLATE template0")
        with pytest.raises(CollectorError, match=f"its encoding is {encoding}, expected UTF8, .* CREATE DATABASE"):
            tables.open_engine(address)


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CollectorError, match=r"psycopg.*moodpost\[postgresql\]"):
        tables.open_engine("postgresql://moodpost@127.0.0.1:1/moodpost")


def test_a_database_that_is_not_there_is_told_in_words(postgresql: Server) -> None:
    with pytest.raises(CollectorError, match=r'^PostgreSQL at /\S+, database nowhere: .*"nowhere" does not exist'):
        tables.open_engine(postgresql.url("nowhere"))


@pytest.mark.parametrize(
    "address",
    [
        "nosuch://user:hush@host/db",
        "postgresql://user:hush@host:port/db",
        "postgresql+nosuch://user:hush@host/db",
        "postgresql://user@127.0.0.1:1/db?password=hush&connect_timeout=5",
        "postgresql://user:hush@127.0.0.1:1/db",
        "://hush",
    ],
)
def test_an_address_that_leads_nowhere_is_refused_and_its_password_not_told(address: str) -> None:
    with pytest.raises(CollectorError, match="the collector's database can't be opened") as told:
        tables.open_engine(address)
    assert "hush" not in str(told.value)


def test_addresses_as_hosts_of_databases_hand_them_out_are_taken() -> None:
    for given in ("postgres://u@h/d", "postgresql://u@h/d"):
        assert postgres.settled(make_url(given)).drivername == "postgresql+psycopg"
    ours = postgres.settled(make_url("postgresql+psycopg2://u@h/d?connect_timeout=3&sslmode=require"))
    assert ours.drivername == "postgresql+psycopg2"
    assert (ours.query["connect_timeout"], ours.query["sslmode"]) == ("3", "require")
    assert ours.query["tcp_user_timeout"] == "20000"


def test_what_a_visitor_typed_stands_in_no_log(engine: Engine) -> None:
    with tables.writing(engine) as connection:
        connection.execute(text("ALTER TABLE responses ADD CHECK (kind <> 'text')"))
    with pytest.raises(SQLAlchemyError) as failed:
        take(engine, batch([vote(1), row(2, "text", "call me on 555", visit=1)]))
    assert tables.told(failed.value).startswith("CheckViolation: new row for relation")
    assert "555" not in tables.told(failed.value)


def test_the_command_takes_what_a_real_sync_sends(tmp_path: Path, address: str) -> None:
    fill(tmp_path, list(visits([1, 2, 3, 4, 4])))
    place = Place(tmp_path)
    try:
        heard = place.start("collector", "--database", address)
        until(lambda: heard.all("ready"), "the collector to listen")
        place.start("sync")
        until(lambda: place.ask("/v1/summary")["all"]["votes"] == 5, "the votes to arrive")
        assert [r["value"] for r in place.collected("vote")] == ["1/4", "2/4", "3/4", "4/4", "4/4"]
        until(lambda: 5 in sync_status(sync_db(tmp_path)).watermarks.values(), "the acknowledgement to be kept")
        assert not (tmp_path / "collector.db").exists()
    finally:
        place.close()
