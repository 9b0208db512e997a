"""What is named first, and what is said when nothing is wrong."""

from __future__ import annotations

import random

import pytest

from hardware.health import Health, bad, good, unknown
from kiosk.health.verdict import WORST_FIRST, judge

WELL = [good("temperature", "The processor is cool."), good("store", "The store of votes is well.")]


def test_with_nothing_wrong_it_says_so() -> None:
    judgement = judge(WELL)
    assert (judgement.head, judgement.condition, judgement.worst) == ("Everything works.", "good", ())


def test_what_could_not_be_looked_at_is_said_and_not_taken_for_good_or_bad() -> None:
    one = judge([*WELL, unknown("power", "This board has no sensor for it.")])
    assert one.head == "Everything that could be looked at works; 1 thing could not be."
    two = judge([*WELL, unknown("power", "no sensor"), unknown("wifi", "no radio")])
    assert two.head == "Everything that could be looked at works; 2 things could not be."
    assert (two.condition, two.count("unknown"), two.count("good"), two.count("bad")) == ("good", 2, 2, 0)


@pytest.mark.parametrize("readings", [[], [unknown("power", "no sensor")]])
def test_where_nothing_could_be_looked_at_it_does_not_say_that_all_is_well(readings: list[Health]) -> None:
    assert judge(readings).condition == "unknown"
    assert judge(readings).head == "Nothing could be looked at."


def test_the_worst_comes_first_in_whatever_order_readings_come() -> None:
    readings = [bad(name, f"{name} is bad") for name in WORST_FIRST] + WELL
    for seed in range(20):
        random.Random(seed).shuffle(readings)
        judgement = judge(readings)
        assert [reading.name for reading in judgement.worst] == list(WORST_FIRST[:3])
        assert [r.name for r in judgement.readings if r.condition == "bad"] == list(WORST_FIRST)
        assert judgement.head == "settings is bad"


def test_a_cause_stands_before_what_it_causes() -> None:
    def first(*names: str) -> str:
        return judge([bad(name, name) for name in names]).head

    assert first("disk.canary", "store", "disk.readonly") == "disk.readonly"
    assert first("touch", "screen", "power", "kiosk") == "kiosk"  # nothing counts while it does not run
    assert first("kiosk", "store") == "store"
    assert first("votes.waiting", "endpoint", "dns", "link") == "link"
    assert first("tls", "clock") == "clock"
    assert first("panel.buttons", "pins.library") == "pins.library"
    assert first("sending", "token", "votes.waiting") == "token"


def test_a_button_goes_where_buttons_do_and_a_stranger_last() -> None:
    names = [r.name for r in judge([bad(n, n) for n in ("quite.new", "buzzer", "button.3", "button.1", "touch")]).worst]
    assert names == ["button.1", "button.3", "touch"]
    assert judge([bad("quite.new", "x"), bad("reboot", "y")]).head == "y"


def test_what_is_bad_stands_before_what_is_unknown_and_that_before_what_is_good() -> None:
    order = judge([good("settings", "a"), unknown("store", "b"), bad("reboot", "c")]).readings
    assert [reading.condition for reading in order] == ["bad", "unknown", "good"]
