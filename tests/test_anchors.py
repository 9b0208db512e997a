"""The collector's clockwork: whatever came before, the best anchor that has come tells the time of every row."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.pool import StaticPool

from kiosk.clock import Voucher
from sync.collector import tables
from sync.collector.anchors import GRAIN_MS, clock_of, iso, learn
from sync.collector.ingest import ingest
from sync.collector.latest import received
from sync.protocol import Ack, BootTimes
from tests.test_collector_parts import KIOSK, batch, vote

BEGAN = 1_790_000_000
"""When the kiosk was started, by the sun."""
Known = list[tuple[int, int, Voucher]]


@pytest.fixture
def engine() -> Engine:
    return in_memory()


def in_memory() -> Engine:
    engine = tables.create_engine("sqlite://", poolclass=StaticPool)
    tables.metadata.create_all(engine)
    return engine


def take(engine: Engine, seq: int, known: Known, *, age: int, at: int | None = None, now: float | None = None) -> None:
    """A vote `at` seconds of the boot, sent when the kiosk is `age` seconds old and knows these anchors."""
    boot = BootTimes("dark-boot", known)  # type: ignore[arg-type]
    sent = batch([vote(seq, at=age if at is None else at)], boots={1: boot}, boot=boot.id, boottime=age)
    answer = ingest(engine, KIOSK, sent, BEGAN + age if now is None else now)
    assert isinstance(answer, Ack), answer


def times(engine: Engine) -> list[int]:
    """The Unix time that is told of each vote, in the order of their numbers."""
    rows = sorted(received(engine, kiosk=None, kind=None, limit=99), key=lambda row: row.seq)
    return [round(datetime.fromisoformat(row.time).timestamp()) for row in rows if row.time]


def test_rows_from_before_ntp_come_out_right_when_it_has_answered(engine: Engine) -> None:
    """In 1970 by its own clock; the endpoint's clock is half a minute out, NTP is right."""
    take(engine, 1, [(1, 1, "nobody")], age=10, now=BEGAN + 40)
    assert times(engine) == [BEGAN + 40]
    take(engine, 2, [(1, 1, "nobody"), (50, BEGAN + 50, "ntp")], age=60, now=BEGAN + 90)
    assert times(engine) == [BEGAN + 10, BEGAN + 60]


@pytest.mark.parametrize("by", ["rtc", "nobody"])
def test_a_wrong_clock_that_comes_after_ntp_changes_nothing(engine: Engine, by: Voucher) -> None:
    take(engine, 1, [(5, BEGAN + 5, "ntp")], age=10)
    take(engine, 2, [(5, BEGAN + 5, "ntp"), (20, 77, by)], age=30)
    assert times(engine) == [BEGAN + 10, BEGAN + 30]


def test_a_wrong_real_time_clock_gives_way_to_the_endpoint_too(engine: Engine) -> None:
    take(engine, 1, [(1, 77, "rtc")], age=10)
    assert times(engine) == [BEGAN + 10]


def test_ntp_that_was_wrong_and_mends_itself_mends_every_row(engine: Engine) -> None:
    wrong, right = (5, BEGAN + 5 - 315_360_000, "ntp"), (100, BEGAN + 100, "ntp")
    take(engine, 1, [wrong], age=10)
    assert times(engine) == [BEGAN + 10 - 315_360_000]
    take(engine, 2, [wrong, right], age=110)
    assert times(engine) == [BEGAN + 10, BEGAN + 110]


def test_whole_seconds_are_no_steps_and_the_told_time_stands_still(engine: Engine) -> None:
    """Both ends cut their clocks off at whole seconds, so the difference between them trembles by one."""
    for seq, late in enumerate((0.0, 1.0, 0.4, 1.0, 0.0), 1):
        take(engine, seq, [], age=100 * seq, at=7, now=BEGAN + 100 * seq + late)
        assert times(engine)[0] == BEGAN + 7
    with tables.reading(engine) as connection:
        assert len(connection.execute(select(tables.anchors)).all()) == 1


def test_a_batch_that_was_held_up_sets_the_time_late_only_until_the_next(engine: Engine) -> None:
    take(engine, 1, [], age=100, now=BEGAN + 118)
    take(engine, 2, [], age=200)
    assert times(engine) == [BEGAN + 100, BEGAN + 200]


def test_a_boot_that_nobody_vouches_for_has_no_time(engine: Engine) -> None:
    sent = batch([vote(1)], boots={1: BootTimes("dark-boot", [(1, 1, "nobody")])}, boot="the-next-boot")
    with tables.writing(engine) as connection:
        numbers = learn(connection, KIOSK, sent, BEGAN)
        assert clock_of(connection, numbers.values())(numbers["dark-boot"], 5) is None


events = st.lists(
    st.tuples(
        st.integers(1, 5_000),
        st.sampled_from(["batch", "batch", "nobody", "rtc", "ntp", "bad ntp"]),
        st.integers(-(10**9), 10**9),
        st.floats(0, 0.9),
    ),
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(events)
def test_every_row_has_the_time_of_the_best_anchor_that_has_come(told: list[tuple[int, str, int, float]]) -> None:
    """Clocks read and votes sent in any order: with NTP exact, with the endpoint alone to the grain of its seconds."""
    engine = in_memory()
    age, error = 0, 0  # of the newest NTP reading, were it wrong
    known: Known = []
    sent: list[int] = []
    for after, what, wrong, delay in told:
        age += after
        if what == "batch":
            sent.append(age)
            take(engine, len(sent), list(known), age=age, now=BEGAN + age + delay)
            vouched = any(by == "ntp" for *_, by in known)
            off = [found - BEGAN - at for found, at in zip(times(engine), sent, strict=True)]
            if vouched:
                assert off == [error] * len(sent)
            else:
                assert all(abs(seconds) * 1000 < GRAIN_MS for seconds in off)
        else:
            by: Voucher = "ntp" if "ntp" in what else "rtc" if what == "rtc" else "nobody"
            off_by = 0 if what == "ntp" else wrong
            known.append((age, BEGAN + age + off_by, by))
            error = off_by if by == "ntp" else error
    engine.dispose()


def test_the_time_is_told_in_utc_whatever_the_time_zone_is() -> None:
    assert iso(BEGAN) == "2026-09-21T14:13:20Z"
    assert iso(2**40) is None
