"""The clocks of a made-up Pi: who vouches, the battery, the time zone; good, bad, missing, garbage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hardware.board import Clocks
from hardware.health import Health
from hardware.probes import clock
from tests.pi import NOW_S, RTC, Pi, reading


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def probe(pi: Pi, by: str = "ntp", now_s: int = NOW_S, timezone: str = "") -> list[Health]:
    clocks: Any = lambda _root: Clocks(274_320_150, now_s * 1000, by)  # type: ignore[arg-type]  # noqa: E731
    return clock.probe(pi.root, timezone, clocks)


def test_a_healthy_pi_keeps_the_time(pi: Pi) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in probe(pi)] == [
        ("clock", "good", "The network keeps the clock right.", f"{NOW_S} s after 1970, by ntp"),
        (
            "rtc",
            "good",
            "A clock with a battery keeps the time through power cuts.",
            f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S + 1}",
        ),
        ("timezone", "good", "The time zone is Europe/Helsinki.", "Europe/Helsinki"),
    ]


@pytest.mark.parametrize(
    ("by", "now_s", "hctosys", "condition", "said"),
    [
        ("ntp", NOW_S, "1", "good", "The network keeps the clock right."),
        ("nobody", NOW_S, "1", "unknown", "The clock was set from its battery; no network vouches for it."),
        ("nobody", NOW_S, "0", "bad", "Nobody has set the clock since the start."),
        ("nobody", NOW_S, "?", "bad", "Nobody has set the clock since the start."),
        ("nobody", 0, "1", "bad", "The clock is years behind."),
        ("ntp", clock.MADE_S, "1", "good", "The network keeps the clock right."),
        ("ntp", clock.MADE_S - 1, "1", "bad", "The clock is years behind."),
    ],
)
def test_a_clock_counts_by_who_set_it(pi: Pi, by: str, now_s: int, hctosys: str, condition: str, said: str) -> None:
    pi.write(f"{RTC}/hctosys", f"{hctosys}\n")
    found = reading(probe(pi, by, now_s), "clock")
    assert (found.condition, found.said[: len(said)]) == (condition, said)


def test_without_battery_and_network_the_clock_is_nobodys(pi: Pi) -> None:
    pi.write(RTC, None)
    assert reading(probe(pi, "nobody"), "clock").condition == "bad"


@pytest.mark.parametrize(
    ("path", "content", "condition", "raw"),
    [
        (RTC, None, "good", "none in /sys/class/rtc"),
        ("sys", None, "unknown", "no /sys/class"),
        (f"{RTC}/since_epoch", None, "unknown", "rtc0/since_epoch: No such file or directory"),
        (f"{RTC}/since_epoch", "late\n", "unknown", "rtc0/since_epoch = 'late', which is no number"),
        (f"{RTC}/since_epoch", "1\n", "bad", f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = 1, {NOW_S - 1} s off"),
        (
            f"{RTC}/since_epoch",
            f"{NOW_S - 121}\n",
            "bad",
            f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S - 121}, 121 s off",
        ),
        (f"{RTC}/since_epoch", f"{NOW_S - 120}\n", "good", f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S - 120}"),
        (
            f"{RTC}/battery_voltage",
            "57000\n",
            "bad",
            f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S + 1}, battery_voltage = 57000",
        ),
        (f"{RTC}/battery_voltage", "2000000\n", "good", f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S + 1}"),
        (f"{RTC}/battery_voltage", "3012000\n", "good", f"rtc0 rtc-ds1307 1-0068: rtc0/since_epoch = {NOW_S + 1}"),
        (f"{RTC}/battery_voltage", "full\n", "unknown", "rtc0/battery_voltage = 'full', which is no number"),
    ],
)
def test_the_battery_clock_is_good_bad_or_unknown(
    pi: Pi, path: str, content: str | None, condition: str, raw: str
) -> None:
    pi.write(path, content)
    found = reading(probe(pi), "rtc")
    assert (found.condition, found.raw) == (condition, raw)


def test_two_clocks_that_nobody_vouches_for_may_differ(pi: Pi) -> None:
    assert reading(probe(pi, "nobody", NOW_S + 5_000), "rtc").condition == "good"


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [("Europe/Paris", "good"), ("UTC", "good"), ("Europe/Nowhere", "bad"), ("../../etc/passwd", "bad"), ("\0", "bad")],
)
def test_the_settings_time_zone_must_be_known_here(pi: Pi, wanted: str, condition: str) -> None:
    assert reading(probe(pi, timezone=wanted), "timezone").condition == condition


def test_a_system_without_a_time_zone_leaves_it_unknown(pi: Pi) -> None:
    pi.link("etc/localtime", Path("/etc/elsewhere"))
    assert reading(probe(pi), "timezone").raw == "/etc/localtime leads to '/etc/elsewhere'"
    pi.write("etc/localtime", None)
    found = reading(probe(pi), "timezone")
    assert (found.condition, found.raw) == ("unknown", "/etc/localtime: No such file or directory")


def test_this_machines_own_clock_is_asked(pi: Pi) -> None:
    assert reading(clock.probe(pi.root), "clock").condition in ("good", "bad", "unknown")
