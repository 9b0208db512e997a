"""Taps and long presses: what answers at once, what waits for the finger to go up, and in which order keys count."""

from __future__ import annotations

from kiosk.fingers import HOLD_MS, REPEAT_MS, Fingers, Gesture


def tap(action: str) -> Gesture:
    return Gesture("tap", action)


def test_what_is_no_key_answers_when_it_is_touched_and_only_then() -> None:
    fingers = Fingers()
    assert fingers.down(0, "face:1", 100) == [tap("face:1")]
    assert fingers.deadline is None
    assert fingers.held(100 + HOLD_MS) == []
    assert fingers.up(0) == []


def test_a_key_counts_when_the_finger_goes_up() -> None:
    fingers = Fingers()
    assert fingers.down(0, "key:a", 100) == []
    assert fingers.deadline == 100 + HOLD_MS
    assert fingers.held(100 + HOLD_MS - 1) == []
    assert fingers.up(0) == [tap("key:a")]
    assert fingers.up(0) == []
    assert fingers.deadline is None


def test_a_key_that_is_held_is_told_once_and_its_release_counts_no_more() -> None:
    fingers = Fingers()
    fingers.down(0, "key:a", 100)
    assert fingers.held(100 + HOLD_MS) == [Gesture("hold", "key:a")]
    assert fingers.held(100 + 2 * HOLD_MS) == []
    assert fingers.up(0) == []


def test_the_next_finger_makes_the_one_before_count_first() -> None:
    fingers = Fingers()
    fingers.down(0, "key:h", 100)
    assert fingers.down(1, "key:i", 150) == [tap("key:h")]
    assert fingers.up(1) == [tap("key:i")]
    assert fingers.up(0) == []


def test_a_held_delete_goes_on_until_the_finger_goes_up() -> None:
    fingers = Fingers()
    fingers.down(0, "key:delete", 0)
    assert fingers.held(HOLD_MS) == [Gesture("hold", "key:delete")]
    assert fingers.deadline == HOLD_MS + REPEAT_MS
    assert fingers.held(HOLD_MS + REPEAT_MS) == [Gesture("hold", "key:delete")]
    assert fingers.up(0) == []
    assert fingers.held(HOLD_MS + 2 * REPEAT_MS) == []


def test_it_is_known_on_which_keys_fingers_rest() -> None:
    fingers = Fingers()
    assert fingers.resting == frozenset()
    fingers.down(0, "face:1", 0)
    assert fingers.resting == frozenset()
    fingers.down(0, "key:a", 0)
    assert fingers.resting == {"key:a"}
    fingers.down(1, "key:b", 0)
    assert fingers.resting == {"key:b"}
    fingers.up(1)
    assert fingers.resting == frozenset()


def test_a_short_delete_deletes_once() -> None:
    fingers = Fingers()
    fingers.down(0, "key:delete", 0)
    assert fingers.up(0) == [tap("key:delete")]


def test_what_is_touched_beside_the_keys_makes_a_resting_key_count_first() -> None:
    """A quick thumb on Done, while the other is not up yet."""
    fingers = Fingers()
    fingers.down(0, "key:a", 0)
    assert fingers.down(1, "done", 100) == [tap("key:a"), tap("done")]
    assert fingers.up(0) == []


def test_on_another_screen_nothing_is_left_of_what_fingers_rested_on() -> None:
    fingers = Fingers()
    fingers.down(0, "key:a", 0)
    fingers.forget()
    assert fingers.deadline is None
    assert fingers.up(0) == []
