"""What is said of a panel by what was counted on it."""

from __future__ import annotations

import pytest

from hardware.health import Health
from hardware.panel_health import FLURRY_EDGES, STUCK_MS, Button, Snapshot, chatters, health, is_stuck, never_pressed

FOUR = tuple(Button(pin, presses=30, bounces=12) for pin in (5, 6, 13, 19))


def of(*buttons: Button, **fields: object) -> dict[str, Health]:
    said = health(Snapshot(100_000, buttons, **fields))  # type: ignore[arg-type]
    assert len({reading.name for reading in said}) == len(said)
    return {reading.name: reading for reading in said}


def test_a_panel_that_works_says_so_button_by_button() -> None:
    said = of(*FOUR, thread=True)
    assert list(said) == ["panel.buttons", "panel.thread", "button.1", "button.2", "button.3", "button.4"]
    assert {reading.condition for reading in said.values()} == {"good"}
    assert said["button.2"].said == "Button 2 works: 30 times pressed since the start."
    assert said["button.2"].raw == "GPIO 6: 30 presses, 12 bounces, 0 flurries"
    assert said["panel.buttons"].raw == "GPIO 5, 6, 13, 19"


@pytest.mark.parametrize(("presses", "words"), [(1, "once pressed"), (2, "twice pressed"), (3, "3 times pressed")])
def test_numbers_are_said_as_people_say_them(presses: int, words: str) -> None:
    assert words in of(Button(5, presses), *FOUR[1:])["button.1"].said


def test_a_button_that_nobody_pressed_yet_is_unknown() -> None:
    assert of(Button(5), *FOUR[1:])["button.1"].condition == "unknown"


def test_a_button_held_for_more_than_ten_seconds_is_stuck() -> None:
    held = [Button(5, 1, held_since_ms=100_000 - ms) for ms in (STUCK_MS, STUCK_MS + 1)]
    assert [is_stuck(button, 100_000) for button in held] == [False, True]
    said = of(Button(5, 1, held_since_ms=66_000), *FOUR[1:])["button.1"]
    assert said.condition == "bad"
    assert said.said == "Button 1 is held down for 34 s: free it, or see if its wire touches ground."


@pytest.mark.parametrize(
    ("presses", "flurries", "bad"), [(10, 0, False), (10, 2, False), (15, 3, True), (16, 3, False), (3, 3, True)]
)
def test_a_contact_that_chatters_again_and_again_is_bad_one_knock_is_not(
    presses: int, flurries: int, bad: bool
) -> None:
    button = Button(5, presses, flurries * FLURRY_EDGES, flurries)
    assert chatters(button) == bad
    assert (of(button, *FOUR[1:])["button.1"].condition == "bad") == bad


def test_a_button_that_is_never_pressed_while_the_others_are_is_told() -> None:
    assert never_pressed([100, 99, 0, 0]) == []
    assert never_pressed([100, 100, 0, 0]) == [2, 3]
    assert never_pressed([]) == []
    said = of(Button(5, 210), Button(6), Button(13, 1), Button(19, 1))["button.2"]
    assert said.condition == "bad"
    assert said.said == "Button 2 was never pressed, the others 212 times: try it, then check its wire."


def test_presses_before_the_start_count_where_somebody_knows_them() -> None:
    panel = Snapshot(0, tuple(Button(pin, 1 if pin != 13 else 0) for pin in (5, 6, 13, 19)))

    def third(counts: list[int]) -> str:
        return {reading.name: reading for reading in health(panel, counts)}["button.3"].condition

    assert third([80, 80, 0, 80]) == "bad"
    assert third([80, 80, 1, 80]) == "unknown"  # it did work, nobody knows if it still does
    assert third([]) == "unknown"


def test_a_thread_that_does_not_answer_is_bad_and_where_there_is_none_nothing_is_claimed() -> None:
    assert [of(*FOUR, thread=thread)["panel.thread"].condition for thread in (True, False, None)] == [
        "good",
        "bad",
        "unknown",
    ]
    assert of(*FOUR, mock=True)["panel.thread"].condition == "unknown"


def test_mock_pins_are_never_called_good() -> None:
    assert of(*FOUR, mock=True)["panel.buttons"].condition == "unknown"


def test_without_a_panel_the_trouble_is_told_unless_no_buttons_were_asked_for() -> None:
    (said,) = health(None, trouble="no GPIO chip answers")
    assert (said.name, said.condition) == ("panel.buttons", "bad")
    assert said.said == "The buttons don't work: no GPIO chip answers."
    (said,) = health(None)
    assert (said.name, said.condition) == ("panel.buttons", "good")
