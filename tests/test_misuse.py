"""The rules, each alone: what is marked, what just is not, and that a rule that is switched off marks nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import misuse
from kiosk.misuse import LOCKOUT, RULES, Limits, Pressed, burst, lockout, mash, rhythm, stuck

LIMITS = Limits()
OFF = Limits(burst_votes=0, mash_ms=0, stuck_s=0, rhythm_votes=0)


def presses(*told: tuple[int, int]) -> list[Pressed]:
    """Buttons by (face, ms)."""
    return [Pressed(face, ms, "physical") for face, ms in told]


def each(pause_ms: int, times: int, faces: tuple[int, ...] = (1, 2, 3, 4)) -> list[Pressed]:
    return presses(*((faces[n % len(faces)], 50_000 + n * pause_ms) for n in range(times)))


PRESSES = st.lists(
    st.builds(
        Pressed, st.integers(1, 4), st.integers(0, 30_000), st.sampled_from(["physical", "digital"]), st.booleans()
    ),
    min_size=1,
    max_size=40,
).map(lambda pressed: sorted(pressed, key=lambda press: press.ms))


def test_every_rule_carries_its_version() -> None:
    names = {name: getattr(misuse, name) for name in ("LOCKOUT", "CLOSED", "MASH", "BURST", "RHYTHM", "STUCK")}
    assert names == {name: f"{name.lower()}/1" for name in names}


@pytest.mark.parametrize(
    ("face", "after_ms", "marked"),
    [(2, 0, True), (2, 1_999, True), (2, 2_000, False), (2, 2_001, False), (1, 0, False), (3, 1_999, False)],
)
def test_the_same_face_within_the_lockout_is_marked(face: int, after_ms: int, marked: bool) -> None:
    assert lockout(face, 50_000 + after_ms, last_face=2, last_ms=50_000, lockout_ms=2_000) is marked


def test_before_the_first_vote_nothing_is_marked() -> None:
    assert not lockout(1, 0, last_face=0, last_ms=0, lockout_ms=2_000)


@given(st.lists(st.integers(0, 1_999), min_size=1))
def test_whoever_hammers_a_face_casts_one_unmarked_vote_however_long(pauses: list[int]) -> None:
    now = last = 10_000
    for pause in pauses:
        now += pause
        assert lockout(3, now, 3, last, 2_000)
        last = now


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10_000), st.integers(1, 5_000))
def test_the_mark_needs_both_the_same_face_and_too_little_time(face: int, last: int, after: int, limit: int) -> None:
    assert lockout(face, 7_000 + after, last, 7_000, limit) == (face == last and after < limit)


def test_two_buttons_by_one_arm_are_both_marked() -> None:
    assert mash(presses((1, 1_000), (3, 9_000), (4, 9_150)), LIMITS) == [1, 2]
    assert mash(presses((1, 1_000), (3, 9_000), (4, 9_151)), LIMITS) == []


def test_three_buttons_by_one_arm_are_all_marked() -> None:
    assert mash(presses((2, 9_000), (3, 9_020), (4, 9_090)), LIMITS) == [0, 1, 2]


def test_one_button_twice_is_no_mash_nor_are_two_fingers_on_the_screen() -> None:
    assert mash(presses((2, 9_000), (2, 9_100)), LIMITS) == []
    assert mash([Pressed(1, 9_000, "digital"), Pressed(2, 9_010, "digital")], LIMITS) == []
    assert mash([Pressed(1, 9_000, "digital"), Pressed(2, 9_010, "physical")], LIMITS) == []


def test_an_arm_on_a_button_that_the_lockout_holds_is_an_arm_all_the_same() -> None:
    assert mash([Pressed(2, 9_000, "physical", locked=True), *presses((3, 9_050))], LIMITS) == [0, 1]


def test_as_many_votes_as_the_limit_says_in_its_time_are_a_burst_from_their_beginning() -> None:
    assert burst(each(1_000, 7), LIMITS) == []
    assert burst(each(1_000, 8), LIMITS) == list(range(8))


def test_what_lies_before_a_burst_is_not_of_it() -> None:
    early = presses((2, 10_000), (3, 20_000))
    assert burst([*early, *each(1_000, 8)], LIMITS) == list(range(2, 10))


def test_votes_at_the_very_end_of_the_time_are_a_burst_no_more() -> None:
    slow, fast = each(1_715, 8), each(1_714, 8)
    assert (slow[-1].ms - slow[0].ms, fast[-1].ms - fast[0].ms) == (12_005, 11_998)
    assert burst(slow, LIMITS) == []
    assert burst(fast, LIMITS) == list(range(8))


def test_presses_that_the_lockout_holds_make_no_burst_and_no_rhythm() -> None:
    """An angry customer: his one vote stands."""
    angry = [Pressed(4, 50_000 + n * 400, "physical", locked=n > 0) for n in range(40)]
    for upto in range(1, 41):
        assert burst(angry[:upto], LIMITS) == rhythm(angry[:upto], LIMITS) == []


def test_a_school_class_is_no_burst() -> None:
    """30 votes in three minutes."""
    assert burst(each(6_000, 30), LIMITS) == []


def test_one_face_at_an_even_pace_is_marked() -> None:
    paces = [4_000, 5_200, 4_100, 4_800, 5_600, 4_500, 4_000]
    ms = [50_000 + sum(paces[:n]) for n in range(8)]
    assert rhythm(presses(*((1, at) for at in ms)), LIMITS) == list(range(8))
    assert rhythm(presses(*((1, at) for at in ms[:7])), LIMITS) == []
    assert rhythm(presses(*((1, at) for at in [*ms[:7], ms[6] + 5_601])), LIMITS) == []


def test_different_faces_must_be_ten_times_as_even() -> None:
    assert rhythm(each(5_000, 8), LIMITS) == list(range(8))
    late = each(5_000, 8)
    late[-1] = msgspec.structs.replace(late[-1], ms=late[-1].ms + 200)
    assert rhythm(late, LIMITS) == list(range(8))
    late[-1] = msgspec.structs.replace(late[-1], ms=late[-1].ms + 1)
    assert rhythm(late, LIMITS) == []


def test_only_the_last_votes_make_a_rhythm() -> None:
    assert rhythm([*presses((3, 1_000)), *each(5_000, 9)], LIMITS) == list(range(2, 10))


@pytest.mark.parametrize(
    ("up_ms", "now_ms", "marked"),
    [
        (15_000, 99_000, False),
        (15_001, 99_000, True),
        (None, 15_000, False),
        (None, 15_001, True),
        (5_120, 5_120, False),
    ],
)
def test_a_button_held_for_more_than_ten_seconds_is_stuck(up_ms: int | None, now_ms: int, marked: bool) -> None:
    assert stuck(5_000, up_ms, now_ms, LIMITS) is marked


def test_a_rule_that_is_switched_off_marks_nothing() -> None:
    for judge in RULES.values():
        assert judge(each(10, 40), LIMITS)[-1] == 39 or judge is rhythm
        assert judge(each(10, 40), OFF) == []
    assert rhythm(each(3_000, 40), LIMITS)[-1] == 39
    assert not stuck(0, None, 10**9, OFF)


@given(PRESSES)
def test_a_rule_that_has_something_against_presses_has_it_against_the_newest(pressed: list[Pressed]) -> None:
    for judge in RULES.values():
        places = judge(pressed, LIMITS)
        assert places == sorted(set(places))
        assert not places or places[-1] == len(pressed) - 1


@given(PRESSES)
def test_the_newest_vote_is_in_no_burst_when_all_around_it_is_a_day_ago(pressed: list[Pressed]) -> None:
    tomorrow = Pressed(1, pressed[-1].ms + 86_400_000, "physical")
    assert burst([*pressed, tomorrow], LIMITS) == mash([*pressed, tomorrow], LIMITS) == []


def test_the_lockout_is_no_rule_over_presses() -> None:
    assert LOCKOUT not in RULES, "the visit knows it, and where it stands on the screen"
