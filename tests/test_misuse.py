"""The lockout: the same face too soon is marked, for as long as it is hammered; nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.misuse import LOCKOUT, lockout


def test_a_rule_carries_its_version() -> None:
    assert LOCKOUT == "lockout/1"


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
