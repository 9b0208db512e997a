"""Which of several surveys is asked, when the place is open, and when that next changes, clock changes included."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.survey import Schedule, Survey
from kiosk.timetable import Timetable

HELSINKI = "Europe/Helsinki"
MINUTE = 60_000
HOUR = 60 * MINUTE


def at(text: str, zone: str = HELSINKI, fold: int = 0) -> int:
    """Unix milliseconds of a local time."""
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def on_the_wall(ms: int, zone: str = HELSINKI) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def asked(bundled: Survey, id_: str, schedule: Schedule | None = None) -> Survey:
    return msgspec.structs.replace(bundled, id=id_, schedule=schedule)


def days(*names: str, hours: str = "00:00-24:00") -> Schedule:
    return msgspec.convert({"days": names, "hours": hours}, Schedule)


def test_a_single_survey_is_always_asked_and_without_hours_it_is_always_open(bundled: Survey) -> None:
    table = Timetable([bundled])
    for moment in (None, 0, at("2026-11-26 04:00")):
        assert table.survey(moment) is bundled
        assert table.is_open(moment)


def test_a_survey_is_asked_at_its_hours_and_else_the_one_that_has_none(bundled: Survey) -> None:
    lunch = asked(bundled, "lunch", Schedule(hours="11:00-14:00"))
    table = Timetable([bundled, lunch], timezone=HELSINKI)
    said = [
        (time, table.survey(at(f"2026-11-26 {time}")).id)
        for time in ("10:59:59.999", "11:00", "13:59:59.999", "14:00", "23:59")
    ]
    assert said == [
        ("10:59:59.999", "visit"),
        ("11:00", "lunch"),
        ("13:59:59.999", "lunch"),
        ("14:00", "visit"),
        ("23:59", "visit"),
    ]


def test_a_day_of_the_week_is_a_day_where_the_kiosk_stands(bundled: Survey) -> None:
    friday = asked(bundled, "friday", days("fri"))
    table = Timetable([friday, bundled], timezone=HELSINKI)
    assert table.survey(at("2026-11-26 23:59:59")).id == "visit"  # a Thursday
    assert table.survey(at("2026-11-27 00:00")).id == "friday"
    assert table.survey(at("2026-11-27 23:59:59")).id == "friday"
    assert table.survey(at("2026-11-28 00:00")).id == "visit"


def test_a_night_belongs_to_the_evening_on_which_it_begins(bundled: Survey) -> None:
    party = asked(bundled, "party", days("fri", hours="22:00-04:00"))
    table = Timetable([party, bundled], timezone=HELSINKI)
    assert table.survey(at("2026-11-27 03:00")).id == "visit"  # Thursday's night
    assert table.survey(at("2026-11-27 22:00")).id == "party"
    assert table.survey(at("2026-11-28 03:59:59")).id == "party"
    assert table.survey(at("2026-11-28 04:00")).id == "visit"
    assert table.survey(at("2026-11-28 23:00")).id == "visit"


def test_the_first_and_the_last_day_are_days_of_the_survey(bundled: Survey) -> None:
    advent = asked(
        bundled,
        "advent",
        Schedule(hours="18:00-02:00", first=datetime.date(2026, 12, 1), last=datetime.date(2026, 12, 24)),
    )
    table = Timetable([advent, bundled], timezone=HELSINKI)
    assert table.survey(at("2026-11-30 19:00")).id == "visit"
    assert table.survey(at("2026-12-01 01:00")).id == "visit"
    assert table.survey(at("2026-12-01 18:00")).id == "advent"
    assert table.survey(at("2026-12-25 01:59")).id == "advent"
    assert table.survey(at("2026-12-25 18:00")).id == "visit"


def test_of_two_that_hold_the_first_file_is_asked(bundled: Survey) -> None:
    lunch = asked(bundled, "lunch", Schedule(hours="11:00-14:00"))
    noon = asked(bundled, "noon", Schedule(hours="12:00-13:00"))
    moment = at("2026-11-26 12:30")
    assert Timetable([lunch, noon, bundled], timezone=HELSINKI).survey(moment).id == "lunch"
    assert Timetable([noon, lunch, bundled], timezone=HELSINKI).survey(moment).id == "noon"


@pytest.mark.parametrize(
    ("hours", "closed", "open_"),
    [
        ("08:00-21:00", ["07:59:59", "21:00", "23:00", "00:00"], ["08:00", "20:59:59"]),
        ("18:00-02:00", ["02:00", "17:59:59"], ["18:00", "23:59", "00:00", "01:59:59"]),
        ("08:00-24:00", ["07:59", "00:00"], ["08:00", "23:59:59"]),
        ("08:00-08:00", [], ["07:59", "08:00", "23:00"]),
    ],
    ids=["a day", "over midnight", "until midnight", "round the clock"],
)
def test_it_is_open_within_the_hours(bundled: Survey, hours: str, closed: list[str], open_: list[str]) -> None:
    table = Timetable([bundled], hours, HELSINKI)
    assert [time for time in closed if table.is_open(at(f"2026-11-26 {time}"))] == []
    assert [time for time in open_ if not table.is_open(at(f"2026-11-26 {time}"))] == []


def test_while_nobody_vouches_for_the_clock_it_is_open_and_asks_the_survey_without_a_schedule(bundled: Survey) -> None:
    always = asked(bundled, "always", Schedule())
    table = Timetable([always, bundled], "08:00-08:01", HELSINKI)
    assert table.is_open(None)
    assert table.survey(None).id == "visit"


def test_it_tells_exactly_when_something_next_changes(bundled: Survey) -> None:
    lunch = asked(bundled, "lunch", days("thu", hours="11:00-14:00"))
    table = Timetable([lunch, bundled], "08:00-21:00", HELSINKI)
    moment, seen = at("2026-11-26 00:00"), []
    for _ in range(7):
        moment = table.next_change(moment)
        seen.append(on_the_wall(moment))
    assert seen == [
        "2026-11-26 08:00:00",
        "2026-11-26 11:00:00",
        "2026-11-26 14:00:00",
        "2026-11-26 21:00:00",
        "2026-11-27 00:00:00",
        "2026-11-27 08:00:00",
        "2026-11-27 21:00:00",
    ]


def test_in_the_night_in_autumn_it_is_open_for_an_hour_longer(bundled: Survey) -> None:
    """On 25 October 2026 the clocks in Helsinki go back from 04:00 to 03:00."""
    table = Timetable([bundled], "22:00-05:00", HELSINKI)
    begin, end = at("2026-10-24 22:00"), at("2026-10-25 05:00")
    assert end - begin == 8 * HOUR
    assert table.next_change(at("2026-10-25 00:00")) == end
    for hours in range(8):
        assert table.is_open(begin + hours * HOUR)
    assert not table.is_open(end)


def test_a_time_that_the_clock_shows_twice_is_the_first(bundled: Survey) -> None:
    table = Timetable([asked(bundled, "early", Schedule(hours="01:00-03:30")), bundled], "03:30-21:00", HELSINKI)
    first, second = at("2026-10-25 03:30"), at("2026-10-25 03:30", fold=1)
    assert second - first == HOUR
    assert table.survey(first - 1).id == "early"
    assert not table.is_open(first - 1)
    # once it has begun it does not end again, though the clock shows 03:00 once more
    for moment in range(first, second + HOUR, 5 * MINUTE):
        assert table.is_open(moment)
        assert table.survey(moment).id == "visit"
    assert table.next_change(first - 1) == first
    assert on_the_wall(table.next_change(first)) == "2026-10-25 21:00:00"


def test_in_the_night_in_spring_it_is_open_for_an_hour_less(bundled: Survey) -> None:
    """On 29 March 2026 the clocks in Helsinki go on from 03:00 to 04:00."""
    table = Timetable([bundled], "22:00-05:00", HELSINKI)
    begin, end = at("2026-03-28 22:00"), at("2026-03-29 05:00")
    assert end - begin == 6 * HOUR
    assert table.next_change(at("2026-03-29 00:00")) == end
    for hours in range(6):
        assert table.is_open(begin + hours * HOUR)
    assert not table.is_open(end)


def test_a_time_that_the_night_in_spring_leaves_out_is_the_moment_of_the_jump(bundled: Survey) -> None:
    skipped = asked(bundled, "skipped", Schedule(hours="03:10-03:50"))
    table = Timetable([skipped, bundled], "03:30-21:00", HELSINKI)
    jump = at("2026-03-29 04:00")
    assert on_the_wall(jump - 1) == "2026-03-29 02:59:59"
    assert not table.is_open(jump - 1)
    assert table.is_open(jump)
    assert table.next_change(at("2026-03-29 00:30")) == jump
    assert {table.survey(jump + minutes * MINUTE).id for minutes in range(-120, 120)} == {"visit"}


def test_a_day_begins_where_its_midnight_is_left_out(bundled: Survey) -> None:
    """In Cairo the clocks go on from 00:00 to 01:00 on 24 April 2026."""
    table = Timetable([bundled], timezone="Africa/Cairo")
    began = at("2026-04-24 01:00", "Africa/Cairo")
    assert on_the_wall(began - 1, "Africa/Cairo") == "2026-04-23 23:59:59"
    assert table.midnight(began) == began
    assert table.next_change(began - 1) == began


@pytest.mark.parametrize(("day", "hours"), [("2026-11-26", 24), ("2026-10-25", 25), ("2026-03-29", 23)])
def test_midnight_is_where_the_kiosk_stands(bundled: Survey, day: str, hours: int) -> None:
    table = Timetable([bundled], timezone=HELSINKI)
    midnight = at(f"{day} 00:00")
    assert table.midnight(midnight) == midnight
    assert table.midnight(midnight + hours * HOUR - 1) == midnight
    assert table.midnight(midnight + hours * HOUR) == midnight + hours * HOUR
    assert table.midnight(midnight - 1) < midnight


def test_utc_needs_no_time_zone_database(bundled: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.ZoneInfo", None)
    assert Timetable([bundled]).midnight(90_000_000) == 86_400_000


HOURS = st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 24), st.integers(0, 59)).map(
    lambda t: f"{t[0]:02}:{t[1]:02}-24:00" if t[2] == 24 else f"{t[0]:02}:{t[1]:02}-{t[2]:02}:{t[3]:02}"
)
NAMES = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), max_size=3, unique=True)
ZONES = st.sampled_from(
    ["UTC", HELSINKI, "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Antarctica/Troll"]
)
MOMENTS = st.integers(at("2011-12-20 00:00") // 1000, at("2035-01-01 00:00") // 1000).map(lambda s: s * 1000)


@given(zone=ZONES, opening=HOURS, hours=HOURS, names=NAMES, moment=MOMENTS, share=st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_the_moment_that_was_told(
    bundled: Survey, zone: str, opening: str, hours: str, names: list[str], moment: int, share: float
) -> None:
    table = Timetable([asked(bundled, "other", days(*names, hours=hours)), bundled], opening, zone)
    told = table.next_change(moment)
    assert moment < told <= moment + 50 * HOUR  # Apia once left a whole day out
    between = moment + int((told - moment) * share)
    for look in (table.survey, table.is_open, table.midnight):
        assert look(between) == look(moment)
