"""One batch into a real SQLite file and a real PostgreSQL: what is written, what is refused, and nothing ever half."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import OperationalError

from kiosk.insight import named_by
from kiosk.response import Response
from sync.collector import results, tables
from sync.collector.anchors import KEPT
from sync.collector.ingest import ingest
from sync.collector.latest import received
from sync.errors import CollectorError
from sync.protocol import Ack, Batch, BootTimes, Refusal
from tests.postgres import Server
from tests.test_collector_parts import BOOT, EPOCH, KIOSK, NOW, batch, row, vote


@pytest.fixture(scope="session")
def on_a_server(postgresql: Server) -> Iterator[Engine]:
    """A database on PostgreSQL, which takes too long to be made anew for each test."""
    engine = tables.open_engine(postgresql.database())
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgresql":
        engine = request.getfixturevalue("on_a_server")
        empty(engine)
        yield engine
        return
    engine = tables.open_engine(tmp_path / "collector.db")
    yield engine
    engine.dispose()


def empty(engine: Engine) -> None:
    """Take every row out."""
    with tables.writing(engine) as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(delete(table))


def take(engine: Engine, sent: Batch, *, kiosk: str = KIOSK, now: float = NOW) -> Ack | Refusal:
    return ingest(engine, kiosk, sent, now)


def dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database."""
    with tables.reading(engine) as connection:
        return {
            table.name: sorted(tuple(found) for found in connection.execute(select(table)))
            for table in tables.metadata.sorted_tables
        }


def seqs(engine: Engine) -> list[int]:
    with tables.reading(engine) as connection:
        return list(connection.scalars(select(tables.responses.c.seq).order_by(tables.responses.c.seq)))


def rows(engine: Engine) -> list[tuple[object, ...]]:
    return dump(engine)["responses"]


def missing(engine: Engine) -> list[tuple[object, ...]]:
    return [found[2:] for found in dump(engine)["missing"]]


def test_a_batch_is_acknowledged_to_its_last_row(engine: Engine) -> None:
    answer = take(engine, batch([vote(1), row(2, "choice", "waiting"), row(3, "end", "done", visit=1)]))
    assert answer == Ack(KIOSK, EPOCH, "bm9uY2UtMQ", 3, NOW)
    assert seqs(engine) == [1, 2, 3]


def test_the_same_batch_twice_writes_its_rows_once(engine: Engine) -> None:
    sent = batch([vote(1), vote(2), row(3, "choice", "waiting", visit=2)])
    take(engine, sent)
    before = dump(engine)
    assert isinstance(take(engine, sent), Ack)
    assert dump(engine) == before


def test_a_batch_that_overlaps_adds_what_is_new(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(2), vote(3)]))
    answer = take(engine, batch([vote(2), vote(3), vote(4), vote(5)]))
    assert isinstance(answer, Ack)
    assert answer.ack == 5
    assert seqs(engine) == [1, 2, 3, 4, 5]


def test_an_old_batch_is_acknowledged_no_further_than_it_goes(engine: Engine) -> None:
    take(engine, batch([vote(n) for n in range(1, 10)]))
    answer = take(engine, batch([vote(2), vote(3)]))
    assert isinstance(answer, Ack)
    assert answer.ack == 3
    assert results.summary(engine).epochs[0].have == 9


def test_a_gap_is_refused_with_what_we_have_and_nothing_is_written(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(2)]))
    before = dump(engine)
    answer = take(engine, batch([vote(4)]))
    assert isinstance(answer, Refusal)
    assert (answer.error, answer.have) == ("gap", 2)
    assert dump(engine) == before


def test_an_unknown_epoch_begins_at_its_start(engine: Engine) -> None:
    answer = take(engine, batch([vote(50)], start=40))
    assert isinstance(answer, Refusal)
    assert (answer.error, answer.have) == ("gap", 39)
    assert isinstance(take(engine, batch([vote(40)], start=40)), Ack)


def test_other_content_is_a_fork_and_only_an_alarm_is_written(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(2), vote(3)]))
    before = dump(engine)
    other = batch([vote(1), vote(2, face=4), vote(3, face=4), vote(4)], boots={1: BOOT}, boot="a-new-boot")
    answer = take(engine, other)
    assert isinstance(answer, Refusal)
    assert (answer.error, answer.have, answer.seq) == ("fork", 3, 2)
    after = dump(engine)
    assert [(a[0], a[2], a[3]) for a in after["alarms"]] == [(KIOSK, "fork", 2)]
    assert {**after, "alarms": []} == before


@pytest.mark.parametrize(
    "other",
    [
        vote(2, face=1),
        vote(2, misuse="burst/1"),
        vote(2, at=201),
        vote(2, visit=1),
        Response(2, 2, 0, "vote", "visit/2", "visit", "2/4", "physical", "en", "", 1, 200_000),
        Response(2, 2, 0, "vote", "visit/1", "visit", "2/4", "digital", "en", "", 1, 200_000),
        Response(2, 2, 0, "vote", "visit/1", "visit", "2/4", "physical", "fi", "", 1, 200_000),
        Response(2, 2, 0, "vote", "visit/1", "other", "2/4", "physical", "en", "", 1, 200_000),
        Response(2, 1, 1, "choice", "visit/1", "visit", "2/4", "physical", "en", "", 1, 200_000),
    ],
)
def test_a_row_that_differs_in_anything_is_a_fork(engine: Engine, other: Response) -> None:
    take(engine, batch([vote(1), vote(2)]))
    answer = take(engine, batch([vote(1), other]))
    assert isinstance(answer, Refusal)
    assert (answer.error, answer.seq) == ("fork", 2)


def test_the_same_row_in_another_boot_is_a_fork(engine: Engine) -> None:
    take(engine, batch([vote(1)]))
    answer = take(engine, batch([vote(1)], boots={1: BootTimes("another-boot", [])}, boot="another-boot"))
    assert isinstance(answer, Refusal)
    assert answer.error == "fork"


def test_a_fork_that_goes_on_is_one_alarm(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(2)]))
    for n in range(3):
        take(engine, batch([vote(2, face=4)]), now=NOW + n)
    (alarm,) = results.summary(engine).alarms
    assert (alarm.kind, alarm.times, alarm.seq) == ("fork", 3, 2)
    assert (alarm.since, alarm.last) == ("2026-09-21T14:21:40Z", "2026-09-21T14:21:42Z")


def test_an_epoch_that_moves_is_refused_in_words_with_an_alarm(engine: Engine) -> None:
    take(engine, batch([vote(5)], start=5))
    before = dump(engine)
    answer = take(engine, batch([vote(6)], start=6))
    assert isinstance(answer, Refusal)
    assert answer.error == "start"
    assert "its epoch starts at 6, but before it started at 5" in answer.detail
    assert {**dump(engine), "alarms": []} == before
    assert [alarm.kind for alarm in results.summary(engine).alarms] == ["start"]


def test_two_kiosks_and_two_epochs_never_meet(engine: Engine) -> None:
    take(engine, batch([vote(1)]))
    take(engine, batch([vote(1, face=4)]), kiosk="espoo")
    take(engine, batch([vote(1, face=3)], epoch="11c0ffee00c0ffee"))
    assert [k.all.votes for k in sorted(results.summary(engine).kiosks, key=lambda k: k.kiosk)] == [1, 2]


def test_missing_rows_leave_no_gap(engine: Engine) -> None:
    answer = take(engine, batch([vote(1), vote(4)], missing=[(2, 3), (5, 6)], last=6))
    assert isinstance(answer, Ack)
    assert answer.ack == 6
    assert missing(engine) == [(2, 3), (5, 6)]
    assert isinstance(take(engine, batch([vote(7)])), Ack)


def test_a_batch_may_hold_nothing_but_missing_rows(engine: Engine) -> None:
    assert isinstance(take(engine, batch([], first=1, last=9, missing=[(1, 9)])), Ack)
    assert missing(engine) == [(1, 9)]


def test_a_row_that_we_have_is_not_missing_whatever_the_kiosk_says(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(2), vote(3)]))
    take(engine, batch([vote(1), vote(5)], missing=[(2, 4)], last=5))
    assert seqs(engine) == [1, 2, 3, 5]
    assert missing(engine) == [(4, 4)]


def test_a_row_that_was_missing_is_welcome_later(engine: Engine) -> None:
    take(engine, batch([vote(1), vote(9)], missing=[(2, 8)]))
    answer = take(engine, batch([vote(5), vote(6)]))
    assert isinstance(answer, Ack)
    assert answer.ack == 6
    assert seqs(engine) == [1, 5, 6, 9]
    assert missing(engine) == [(2, 4), (7, 8)]


def test_missing_ranges_that_touch_become_one(engine: Engine) -> None:
    for first in (1, 3, 5):
        take(engine, batch([], first=first, last=first + 1, missing=[(first, first + 1)]))
    assert missing(engine) == [(1, 6)]
    assert results.summary(engine).epochs[0].missing == 6


def test_a_corrected_vote_counts_once_and_its_last_face_counts(engine: Engine) -> None:
    take(engine, batch([vote(1, face=4), vote(2, face=1, visit=1)]))
    assert results.summary(engine).all == results.Tally(1, 100.0)
    assert results.summary(engine).epochs[0].rows["vote"] == 2
    take(engine, batch([vote(3, face=2, visit=1)]))
    assert results.overview(engine).distribution == [results.Distribution(4, [0, 1, 0, 0])]


def test_an_earlier_vote_that_arrives_late_does_not_count_again(engine: Engine) -> None:
    take(engine, batch([vote(3, face=1, visit=1)], missing=[(1, 2)], first=1))
    take(engine, batch([vote(1, face=4), vote(2, face=3, visit=1)]))
    assert results.summary(engine).all == results.Tally(1, 100.0)


def test_the_index_is_told_with_and_without_marked_votes(engine: Engine) -> None:
    take(engine, batch([vote(1, 1), vote(2, 2), vote(3, 4, misuse="lockout/1"), vote(4, 4, misuse="burst/1")]))
    seen = results.summary(engine)
    assert seen.all == results.Tally(4, pytest.approx((100 + 200 / 3) / 4))
    assert seen.unmarked == results.Tally(2, pytest.approx((100 + 200 / 3) / 2))


def test_a_mark_that_comes_later_marks_the_rows_it_names(engine: Engine) -> None:
    take(engine, batch([vote(1, 1), vote(2, 4), vote(3, 4)]))
    take(engine, batch([row(4, "mark", "burst/1 2 3")]))
    assert results.summary(engine).unmarked == results.Tally(1, 100.0)
    assert results.summary(engine).all.votes == 3


def test_a_mark_may_be_here_before_the_row_it_names(engine: Engine) -> None:
    take(engine, batch([vote(1, 1), row(3, "mark", "burst/1 2")], missing=[(2, 2)]))
    take(engine, batch([vote(2, 4)]))
    assert results.summary(engine).unmarked == results.Tally(1, 100.0)


def test_a_mark_of_a_vote_that_was_corrected_does_not_mark_the_correction(engine: Engine) -> None:
    take(engine, batch([vote(1, 4), vote(2, 1, visit=1), row(3, "mark", "burst/1 1")]))
    assert results.summary(engine).unmarked == results.Tally(1, 100.0)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("burst/1 12 13", {12, 13}),
        ("burst/1", set()),
        ("", set()),
        ("burst/1 x -1 1.5 ² 99999999999999999999", set()),
        ("burst/1  7", {7}),
    ],
)
def test_a_mark_names_rows(value: str, named: set[int]) -> None:
    assert named_by([value]) == named


def test_faces_of_other_panels_are_told_apart(engine: Engine) -> None:
    take(engine, batch([vote(1, 3, faces=5), vote(2, 1, faces=4), vote(3, 4, faces=4)]))
    seen = results.overview(engine)
    assert seen.distribution == [results.Distribution(4, [1, 0, 0, 1]), results.Distribution(5, [0, 0, 1, 0, 0])]
    assert seen.all == results.Tally(3, 50.0)


def test_times_come_with_an_anchor_however_late(engine: Engine) -> None:
    unvouched = BootTimes("dark-boot", [(5, 0, "nobody")])
    take(engine, batch([vote(1, at=60)], boots={1: unvouched}, boot="another-boot"))
    assert [r.time for r in received(engine, kiosk=None, kind=None, limit=9)] == [None]
    vouched = BootTimes("dark-boot", [(100, 1_790_000_000, "rtc")])
    take(engine, batch([vote(2, at=70)], boots={1: vouched}, boot="another-boot"))
    times = [r.time for r in received(engine, kiosk=None, kind=None, limit=9)]
    assert times == ["2026-09-21T14:12:50Z", "2026-09-21T14:12:40Z"]


def test_the_collectors_own_clock_vouches_for_the_present_boot(engine: Engine) -> None:
    dark = BootTimes("dark-boot", [])
    take(engine, batch([vote(1, at=600)], boots={1: dark}, boot="dark-boot", boottime=605), now=1_790_000_005)
    assert [r.time for r in received(engine, kiosk=None, kind=None, limit=9)] == ["2026-09-21T14:13:20Z"]


def test_a_batch_sent_again_does_not_set_the_clock_late(engine: Engine) -> None:
    dark = BootTimes("dark-boot", [])
    sent = batch([vote(1, at=600)], boots={1: dark}, boot="dark-boot", boottime=605)
    take(engine, sent, now=1_790_000_005)
    take(engine, sent, now=1_790_009_999)
    assert [r.time for r in received(engine, kiosk=None, kind=None, limit=9)] == ["2026-09-21T14:13:20Z"]


def test_few_anchors_are_kept_the_newest(engine: Engine) -> None:
    told = BootTimes(BOOT.id, [(n, 1_790_000_000 + 7 * n, "ntp") for n in range(1, 50)])
    for n in range(1, 20):
        take(engine, batch([vote(n)], boots={1: told}, boottime=100 * n), now=NOW + 300 * n)
    kept = dump(engine)["anchors"]
    assert [a[2] for a in kept if a[1] == "ntp"] == list(range(50 - KEPT, 50))
    assert len([a for a in kept if a[1] == "endpoint"]) == KEPT


def test_times_beyond_every_calendar_are_untold(engine: Engine) -> None:
    far = BootTimes(BOOT.id, [(0, 2**40, "ntp")])
    take(engine, batch([vote(1)], boots={1: far}))
    assert received(engine, kiosk=None, kind=None, limit=1)[0].time is None


def test_open_text_is_kept_but_not_told(engine: Engine) -> None:
    take(engine, batch([vote(1), row(2, "text", "call me on 555", visit=1)]))
    assert [r.value for r in received(engine, kiosk=None, kind="text", limit=9)] == [None]
    assert "call me on 555" in str(dump(engine)["responses"])


def test_the_last_responses_come_by_arrival_and_can_be_narrowed(engine: Engine) -> None:
    take(engine, batch([vote(1), row(2, "choice", "waiting", visit=1)]))
    take(engine, batch([vote(1)]), kiosk="espoo")
    everything = received(engine, kiosk=None, kind=None, limit=9)
    assert [(r.kiosk, r.seq, r.kind) for r in everything] == [
        ("espoo", 1, "vote"),
        (KIOSK, 2, "choice"),
        (KIOSK, 1, "vote"),
    ]
    assert [r.score for r in everything] == [pytest.approx(200 / 3), None, pytest.approx(200 / 3)]
    assert [r.seq for r in received(engine, kiosk=KIOSK, kind="vote", limit=9)] == [1]
    assert len(received(engine, kiosk=None, kind=None, limit=1)) == 1


def test_the_last_votes_tell_what_was_chosen_after_them(engine: Engine) -> None:
    rows = [vote(1, 4), row(2, "choices", "waiting staff", visit=1)]
    rows += [row(3, "text", "hello", visit=1, position=2), vote(4, 1)]
    take(engine, batch([*rows, vote(5, 2, visit=4), row(6, "mark", "burst/1 5")]))
    last = results.overview(engine).last
    assert [(v.face, v.answers, v.marked) for v in last] == [(2, [], True), (4, ["waiting", "staff"], False)]


def test_what_a_visitor_went_back_from_is_not_told(engine: Engine) -> None:
    rows = [vote(1, 4), row(2, "choice", "waiting", visit=1), row(3, "choice", "till", visit=1, position=2)]
    take(engine, batch([*rows, row(4, "choice", "staff", visit=1)]))
    assert [v.answers for v in results.overview(engine).last] == [["staff"]]


def test_text_that_postgresql_could_not_hold_is_refused(engine: Engine) -> None:
    before = dump(engine)
    answer = take(engine, batch([vote(1), row(2, "text", "a\0b", visit=1)]))
    assert isinstance(answer, Refusal)
    assert (answer.error, answer.detail) == ("batch", "row 2: found a NUL character in a text, expected none")
    answer = take(engine, batch([vote(1)], boot="a\0b"))
    assert isinstance(answer, Refusal)
    assert dump(engine) == before


def test_a_small_batch_that_unfolds_hugely_is_refused(engine: Engine) -> None:
    answer = take(engine, batch([row(n, "text", "x" * 4000, visit=1) for n in range(2, 6000)], start=2))
    assert isinstance(answer, Refusal)
    assert answer.error == "size"


@pytest.mark.parametrize("more", [-1, 0, 1, tables.TOGETHER, 2 * tables.TOGETHER - 1])
def test_each_row_is_written_whole_however_many_come_at_once(engine: Engine, more: int) -> None:
    sent = [vote(n, face=n % 4 + 1, at=n) for n in range(1, tables.TOGETHER + more + 1)]
    assert isinstance(take(engine, batch(sent)), Ack)
    kept = [
        (seq, kind, visit, value, boottime) for _, _, seq, _, kind, visit, _, _, _, value, *_, boottime in rows(engine)
    ]
    assert kept == [(row.seq, "vote", row.seq, row.value, row.seq) for row in sent]
    counted = [(visit, seq, face, marked) for _, _, visit, seq, face, _, marked in dump(engine)["votes"]]
    assert counted == [(row.seq, row.seq, row.seq % 4 + 1, False) for row in sent]


def test_ten_thousand_rows_are_one_batch(engine: Engine) -> None:
    sent = batch([vote(n, face=n % 4 + 1) for n in range(1, 10_001)])
    assert isinstance(take(engine, sent), Ack)
    assert isinstance(take(engine, sent), Ack)
    assert results.summary(engine).all == results.Tally(10_000, pytest.approx(50.0))


def test_a_failure_in_the_middle_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    take(engine, batch([vote(1)]))
    before = dump(engine)

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk full"))

    monkeypatch.setattr("sync.collector.ingest._settle_epoch", fail)
    with pytest.raises(OperationalError):
        take(engine, batch([vote(2), row(3, "mark", "burst/1 1")]))
    assert dump(engine) == before


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_database_is_durable_and_waits_for_others(engine: Engine) -> None:
    with tables.reading(engine) as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": tables.BUSY_S * 1000}


def test_a_reader_in_the_middle_stops_no_batch(engine: Engine) -> None:
    with tables.reading(engine) as reader:
        reader.execute(select(tables.responses)).all()
        assert isinstance(take(engine, batch([vote(1)])), Ack)
        assert reader.execute(select(tables.responses)).all() == []
    assert seqs(engine) == [1]


def test_a_database_that_can_not_be_opened_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match=r"nowhere/c\.db: the collector's database can't be opened .*check that"):
        tables.open_engine(tmp_path / "nowhere" / "c.db")
    (tmp_path / "not.db").write_bytes(b"no database" * 500)
    with pytest.raises(CollectorError, match="file is not a database"):
        tables.open_engine(tmp_path / "not.db")


CONTENT = st.sampled_from(["vote", "correction", "answer", "mark", "missing"])


CUTS = st.lists(st.tuples(st.integers(0, 29), st.integers(1, 12)), max_size=12)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(CONTENT, min_size=1, max_size=30), cuts=CUTS)
def test_however_rows_are_cut_into_batches_the_same_is_here_in_the_end(
    engine: Engine, kinds: list[str], cuts: list[tuple[int, int]]
) -> None:
    the_same_in_the_end(engine, kinds, cuts)


@settings(max_examples=12, deadline=None)
@given(kinds=st.lists(CONTENT, min_size=1, max_size=30), cuts=CUTS)
def test_and_so_it_is_on_a_server(on_a_server: Engine, kinds: list[str], cuts: list[tuple[int, int]]) -> None:
    the_same_in_the_end(on_a_server, kinds, cuts)


def the_same_in_the_end(engine: Engine, kinds: list[str], cuts: list[tuple[int, int]]) -> None:
    rows: dict[int, Response] = {}
    faces: dict[int, tuple[int, int]] = {}
    visit = 1
    for seq, kind in enumerate(kinds, 1):
        if kind == "vote" or seq == 1:
            visit = seq
            rows[seq] = vote(seq, face=seq % 4 + 1)
        elif kind == "correction":
            rows[seq] = vote(seq, face=seq % 4 + 1, visit=visit)
        elif kind == "answer":
            rows[seq] = row(seq, "choice", "waiting", visit=visit)
        elif kind == "mark":
            rows[seq] = row(seq, "mark", f"burst/1 {visit} {seq - 1}", visit=visit)
        if seq in rows and rows[seq].kind == "vote":
            faces[visit] = (seq, seq % 4 + 1)
    marked = {seq for r in rows.values() if r.kind == "mark" for seq in map(int, r.value.split()[1:])}
    empty(engine)
    n = len(kinds)
    for at, length in [*cuts, *((at, 5) for at in range(0, n, 5))]:
        first, last = at % n + 1, min(at % n + length, n)
        here = [rows[s] for s in range(first, last + 1) if s in rows]
        gone = [(s, s) for s in range(first, last + 1) if s not in rows]
        answer = take(engine, batch(here, first=first, last=last, missing=gone))
        assert isinstance(answer, Ack) or answer.error == "gap"
    assert seqs(engine) == sorted(rows)
    assert sum(int(str(high)) - int(str(low)) + 1 for low, high in missing(engine)) == n - len(rows)
    assert sorted((v[2], v[3], v[4], bool(v[6])) for v in dump(engine)["votes"]) == sorted(
        (visit, seq, face, seq in marked) for visit, (seq, face) in faces.items()
    )
