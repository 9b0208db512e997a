"""A day of a kiosk: asleep outside its hours, its survey, its count, its picture; and days on which nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kiosk.clock import Reading, Voucher
from kiosk.day import DRIFT_MS, LOOK_MS, QUIET_MS, Day, Midnight
from kiosk.reader import Reader
from kiosk.response import Response
from kiosk.survey import Schedule, Survey
from kiosk.timetable import Timetable
from kiosk.today import BUDGET_S, Before, Today, ask_store, count_before
from kiosk.votes import Board, Votes
from tests.conftest import Clock, until

HELSINKI = "Europe/Helsinki"
HOUR = 3_600_000
MIDNIGHT = 1_795_644_000_000
"""2026-11-26 00:00 in Helsinki."""


class Clocks:
    """The clocks of a board; tests move them and say who vouches."""

    def __init__(self, hour: float, by: Voucher = "ntp") -> None:
        self.boottime_ms = 100_000
        self.wall_ms = MIDNIGHT + round(hour * HOUR)
        self.by: Voucher = by

    def __call__(self) -> Reading:
        return Reading(self.boottime_ms, self.wall_ms, self.by)

    def move(self, ms: int) -> int:
        self.boottime_ms += ms
        self.wall_ms += ms
        return self.boottime_ms


def day(clocks: Clocks, surveys: list[Survey], hours: str = "08:00-21:00") -> Day:
    day = Day(Timetable(surveys, hours, HELSINKI), clocks)
    day.look(clocks.boottime_ms)
    return day


def test_it_looks_again_within_a_minute_and_exactly_when_something_changes(bundled: Survey) -> None:
    clocks = Clocks(20)
    kiosk = day(clocks, [bundled])
    looks = 0
    while not kiosk.closed:
        kiosk.look(clocks.move(kiosk.due_ms - clocks.boottime_ms))
        looks += 1
    assert clocks.wall_ms == MIDNIGHT + 21 * HOUR
    assert looks == HOUR / LOOK_MS
    clocks = Clocks(20.999)
    kiosk = day(clocks, [bundled])
    assert kiosk.due_ms - clocks.boottime_ms == 3_600


def test_a_closed_kiosk_sleeps_a_minute_after_the_last_touch_and_an_open_one_never(bundled: Survey) -> None:
    clocks = Clocks(23)
    kiosk = day(clocks, [bundled])
    began = clocks.boottime_ms
    assert (kiosk.closed, kiosk.sleeps_ms) == (True, began + QUIET_MS)
    assert not kiosk.is_asleep(began + QUIET_MS - 1)  # whoever switched it on sees it for a minute
    assert kiosk.is_asleep(began + QUIET_MS)
    kiosk.stir(began + 2 * QUIET_MS)
    assert not kiosk.is_asleep(began + 3 * QUIET_MS - 1)
    assert kiosk.is_asleep(began + 3 * QUIET_MS)
    kiosk.look(clocks.move(9 * HOUR))
    assert not kiosk.closed
    assert kiosk.sleeps_ms is None
    assert not kiosk.is_asleep(clocks.boottime_ms)


def test_a_kiosk_that_closes_sleeps_at_once_where_nobody_has_been_for_a_while(bundled: Survey) -> None:
    clocks = Clocks(20.9)
    kiosk = day(clocks, [bundled])
    kiosk.stir(clocks.move(5 * 60_000))
    kiosk.look(clocks.move(60_000))
    assert kiosk.closed
    assert kiosk.is_asleep(clocks.boottime_ms)


def test_while_nobody_vouches_it_is_open_asks_the_usual_and_knows_no_midnight(bundled: Survey) -> None:
    always = msgspec.structs.replace(bundled, id="always", schedule=Schedule())
    clocks = Clocks(23, by="nobody")
    kiosk = day(clocks, [always, bundled])
    assert (kiosk.closed, kiosk.survey.id, kiosk.midnight) == (False, "visit", None)
    clocks.by = "ntp"
    kiosk.look(clocks.move(LOOK_MS))
    assert (kiosk.closed, kiosk.survey.id) == (True, "always")
    assert kiosk.midnight == Midnight(MIDNIGHT, clocks.boottime_ms - 23 * HOUR - LOOK_MS)


def test_who_vouched_once_is_believed_until_the_next_boot(bundled: Survey) -> None:
    """chrony's word ends after some hours without a network; the clock goes on."""
    clocks = Clocks(23)
    kiosk = day(clocks, [bundled])
    clocks.by, clocks.wall_ms = "nobody", 0
    kiosk.look(clocks.boottime_ms + HOUR)
    assert kiosk.closed
    assert kiosk.midnight
    assert kiosk.midnight.wall_ms == MIDNIGHT + 24 * HOUR


def test_a_clock_that_was_set_counts_from_the_next_look(bundled: Survey) -> None:
    clocks = Clocks(23)
    kiosk = day(clocks, [bundled])
    clocks.wall_ms -= 3 * HOUR
    kiosk.look(clocks.move(LOOK_MS))
    assert not kiosk.closed


def test_clocks_that_differ_by_a_blink_leave_midnight_where_it_is(bundled: Survey) -> None:
    clocks = Clocks(12)
    kiosk = day(clocks, [bundled])
    before = kiosk.midnight
    clocks.move(LOOK_MS)
    clocks.wall_ms += 20
    kiosk.look(clocks.boottime_ms)
    assert kiosk.midnight == before


def test_the_picture_stands_in_another_place_every_few_minutes_and_never_far(bundled: Survey) -> None:
    clocks = Clocks(9)
    kiosk = day(clocks, [bundled])
    seen = [kiosk.drift]
    for _ in range(9):
        kiosk.look(clocks.boottime_ms + DRIFT_MS - 1)
        assert kiosk.drift == seen[-1]
        kiosk.look(clocks.move(DRIFT_MS))
        seen.append(kiosk.drift)
    assert seen[0] == seen[-1] == (0, 0)
    assert len(set(seen)) == 9
    assert {abs(step) for place in seen for step in place} == {0, 1}


BOOT = "boot-1"


def vote(seq: int, ms: int, *, visit: int = 0, boot: int = 1, misuse: str = "", kind: str = "vote") -> Response:
    row = Response(seq, visit or seq, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", misuse, boot, ms)
    return msgspec.structs.replace(row, kind=kind)


def test_votes_are_counted_once_a_visit_without_misuse_and_without_answers() -> None:
    today = Today(100_000, lambda midnight: None)
    today.begins(Midnight(MIDNIGHT, 100_000), 100_000)
    today.stored([vote(1, 100_001), vote(2, 100_002, visit=1), vote(3, 100_003, misuse="lockout/1")])
    today.stored([vote(4, 100_004, kind="choice", visit=1), vote(5, 100_005, kind="end", visit=1)])
    assert today.count == 1
    today.stored([vote(6, 100_006)])
    assert today.count == 2


def test_at_midnight_the_count_begins_anew() -> None:
    asked: list[Midnight] = []
    today = Today(100_000, asked.append)
    first = Midnight(MIDNIGHT, -50_000)
    today.begins(first, 100_000)
    assert asked == [first]
    assert today.count is None
    today.found(Before(first, 7))
    today.stored([vote(1, 110_000)])
    assert today.count == 8
    today.stored([vote(2, -50_000 + 24 * HOUR)])  # a breath after midnight, before anybody looked
    today.begins(Midnight(MIDNIGHT + 24 * HOUR, -50_000 + 24 * HOUR), 24 * HOUR)
    assert today.count == 1
    assert asked == [first]


def test_while_nobody_vouches_there_is_no_count_but_none_is_forgotten() -> None:
    today = Today(100_000, lambda midnight: None)
    today.begins(None, 100_000)
    today.stored([vote(1, 100_001), vote(2, 200_000)])
    assert today.count is None
    today.begins(Midnight(MIDNIGHT, 150_000), 300_000)
    assert today.count == 1


def test_a_count_that_comes_too_late_or_not_at_all_is_none() -> None:
    today = Today(100_000, lambda midnight: None)
    today.begins(Midnight(MIDNIGHT, 0), 100_000)
    today.found(Before(Midnight(MIDNIGHT - 24 * HOUR, -24 * HOUR), 5))
    assert today.count is None
    today.found(Before(Midnight(MIDNIGHT, 0), None))
    assert today.count is None


@pytest.fixture
def votes(tmp_path: Path) -> Iterator[Votes]:
    votes = Votes(tmp_path / "votes.db", Board(BOOT, ""))
    yield votes
    votes.close()


def test_the_store_tells_how_many_voted_between_midnight_and_the_start(votes: Votes, tmp_path: Path) -> None:
    """This boot began at 11:00 of a clock; the boot before it at 22:00 the day before, and it was vouched for."""
    votes.keep_time(Reading(1_000, MIDNIGHT - 2 * HOUR, "ntp"))
    votes.write([vote(1, 1_000), vote(2, 2 * HOUR), vote(3, 2 * HOUR + 1_001), vote(4, 3 * HOUR)])
    votes.close()
    again = Votes(tmp_path / "votes.db", Board("boot-2", ""))
    again.write([vote(5, 10_000, boot=2), vote(6, 20_000, boot=2, visit=5), vote(7, 30_000, boot=2)])
    again.close()
    midnight = Midnight(MIDNIGHT, -11 * HOUR)
    with Reader(tmp_path / "votes.db") as reader:
        assert count_before(reader, midnight, "boot-2", 30_000) == 3
        assert count_before(reader, midnight, "boot-2", 30_001) == 4
        assert count_before(reader, midnight, "boot-3", 0) == 2  # nobody knows when boot 2 was
        assert count_before(reader, Midnight(MIDNIGHT, 15_000), "boot-2", 30_001) == 1


def test_the_store_is_read_back_to_midnight_and_no_further(votes: Votes, tmp_path: Path) -> None:
    votes.keep_time(Reading(0, MIDNIGHT - 10_000, "ntp"))
    votes.write([vote(n, n * 10) for n in range(1, 3_001)])  # midnight is at 10,000 ms
    with Reader(tmp_path / "votes.db") as reader:
        read: list[int] = []
        newest = reader.newest
        reader.newest = lambda last, most: (read.append(last), newest(last, most))[1]  # type: ignore[method-assign]
        assert count_before(reader, Midnight(MIDNIGHT, 10_000), BOOT, 25_000) == 2_499 - 1_000 + 1
    assert read == [*range(3_000, 999, -200)]


def test_a_day_that_takes_too_long_to_read_is_not_told(votes: Votes, tmp_path: Path, clock: Clock) -> None:
    votes.write([vote(n, n) for n in range(1, 1_001)])

    def slow() -> float:
        return clock.move(BUDGET_S / 3) / 1000

    with Reader(tmp_path / "votes.db") as reader:
        assert count_before(reader, Midnight(MIDNIGHT, -1), BOOT, 5_000, slow) is None
        assert count_before(reader, Midnight(MIDNIGHT, -1), BOOT, 5_000) == 1_000


def test_a_damaged_row_stops_no_count(votes: Votes, tmp_path: Path) -> None:
    votes.write([vote(n, n) for n in range(1, 501)])
    votes._connection.execute("UPDATE responses SET value = '2/4' WHERE seq BETWEEN 101 AND 500")
    with Reader(tmp_path / "votes.db") as reader:
        assert count_before(reader, Midnight(MIDNIGHT, -1), BOOT, 5_000) == 100


def test_the_store_is_asked_on_a_thread_of_its_own(votes: Votes, tmp_path: Path) -> None:
    votes.write([vote(1, 1), vote(2, 2)])
    told: list[Before] = []
    midnight = Midnight(MIDNIGHT, 0)
    ask_store(tmp_path / "votes.db", BOOT, 2, told.append)(midnight)
    until(lambda: told, "the answer")
    assert told == [Before(midnight, 1)]


def test_a_store_that_is_not_there_yet_has_no_votes_and_one_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    told: list[Before] = []
    midnight = Midnight(MIDNIGHT, 0)
    ask_store(tmp_path / "votes.db", BOOT, 2, told.append)(midnight)
    assert told == [Before(midnight, 0)]
    (tmp_path / "votes.db").write_bytes(b"no store")
    ask_store(tmp_path / "votes.db", BOOT, 2, told.append)(midnight)
    until(lambda: len(told) == 2, "the answer")
    assert told[-1] == Before(midnight, None)
