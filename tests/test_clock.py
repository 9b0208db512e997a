"""The wall time of a response: from the best anchor of its boot, else between those of its neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.clock import STEP_MS, Anchor, Boot, Moment, Reading, Voucher, best, moment, worth_keeping

BY: tuple[Voucher, ...] = ("nobody", "rtc", "endpoint", "ntp")
DAY = 86_400_000


def a_boot(number: int, *anchors: Anchor, last_ms: int = 0) -> Boot:
    return Boot(number, f"boot-{number}", anchors, last_ms)


def test_an_anchor_tells_the_wall_time_before_and_after_itself() -> None:
    anchor = Anchor(1_000, 50_000, "ntp")
    assert (anchor.wall_at(0), anchor.wall_at(1_000), anchor.wall_at(1_500)) == (49_000, 50_000, 50_500)


@pytest.mark.parametrize(("lesser", "better"), [*itertools.combinations(BY, 2)])
def test_the_most_trusted_voucher_counts_even_when_another_came_later(lesser: Voucher, better: Voucher) -> None:
    early, late = Anchor(1_000, 1, better), Anchor(9_000, 2, lesser)
    assert best([early, late]) == early
    assert best([late, early]) == early


def test_of_two_by_the_same_voucher_the_later_counts_in_whatever_order_they_stand() -> None:
    early, late = Anchor(1_000, 1, "ntp"), Anchor(9_000, 2, "ntp")
    assert best([early, late]) == best([late, early]) == late


def test_what_nobody_vouched_for_is_no_anchor() -> None:
    assert best([]) is None
    assert best([Anchor(1_000, 1, "nobody")]) is None


def test_a_response_is_timed_by_the_best_anchor_of_its_own_boot() -> None:
    boots = [
        a_boot(1, Anchor(0, 1_000_000, "ntp")),
        a_boot(2, Anchor(5_000, 7, "nobody"), Anchor(6_000, 2_006_000, "rtc"), Anchor(9_000, 3_009_000, "endpoint")),
    ]
    assert moment(boots, 2, 4_000) == Moment(3_004_000, "endpoint", 3_004_000, 3_004_000)


def test_a_vote_from_before_the_clock_was_right_comes_out_right_later() -> None:
    before = moment([a_boot(1, Anchor(3_000, 5, "nobody"))], 1, 2_000)
    after = moment([a_boot(1, Anchor(3_000, 5, "nobody"), Anchor(60_000, 1_060_000, "ntp"))], 1, 2_000)
    assert before == Moment(None, "nobody", None, None)
    assert after == Moment(1_002_000, "ntp", 1_002_000, 1_002_000)


def test_a_boot_that_nobody_vouched_for_lies_between_its_neighbours_and_says_so() -> None:
    boots = [
        a_boot(3, Anchor(10_000, 5 * DAY, "rtc")),
        a_boot(1, Anchor(1_000, 1 * DAY, "ntp"), last_ms=DAY),
        a_boot(2, Anchor(1_000, 77, "nobody")),
    ]
    assert moment(boots, 2, 500) == Moment(None, "nobody", 2 * DAY - 1_000 + 500, 5 * DAY - 10_000)


def test_the_nearest_neighbours_bound_it_and_those_without_an_anchor_are_passed_over() -> None:
    boots = [
        a_boot(1, Anchor(0, 1 * DAY, "ntp")),
        a_boot(2, Anchor(0, 2 * DAY, "ntp")),
        a_boot(3, Anchor(0, 7, "nobody")),
        a_boot(4),
        a_boot(5),
        a_boot(6, Anchor(0, 6 * DAY, "ntp")),
        a_boot(7, Anchor(0, 7 * DAY, "ntp")),
    ]
    assert moment(boots, 4, 0) == Moment(None, "nobody", 2 * DAY, 6 * DAY)


def test_the_earlier_boot_lasted_at_least_until_its_anchor() -> None:
    boots = [a_boot(1, Anchor(9_000, DAY, "ntp"), last_ms=1_000), a_boot(2)]
    assert moment(boots, 2, 0).earliest_ms == DAY


@pytest.mark.parametrize(
    ("boots", "earliest", "latest"),
    [
        ([a_boot(1)], None, None),
        ([a_boot(1), a_boot(2, Anchor(0, DAY, "ntp"))], None, DAY),
        ([a_boot(0, Anchor(0, DAY, "ntp")), a_boot(1)], DAY + 250, None),
    ],
    ids=["alone", "only a later one", "only an earlier one"],
)
def test_a_bound_that_no_neighbour_gives_stays_open(
    boots: list[Boot], earliest: int | None, latest: int | None
) -> None:
    assert moment(boots, 1, 250) == Moment(None, "nobody", earliest, latest)


def test_a_boot_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^boot 3 is not among the 2 known$"):
        moment([a_boot(1), a_boot(2)], 3, 0)


@pytest.mark.parametrize("by", BY)
def test_the_first_reading_by_a_voucher_is_kept(by: Voucher) -> None:
    others = [Anchor(0, 0, other) for other in BY if other != by]
    assert worth_keeping([], Reading(0, 0, by))
    assert worth_keeping(others, Reading(0, 0, by))


@pytest.mark.parametrize(
    ("off_ms", "kept"),
    [
        (0, False),
        (1, False),
        (-1, False),
        (STEP_MS - 1, False),
        (1 - STEP_MS, False),
        (STEP_MS, True),
        (-STEP_MS, True),
    ],
)
def test_a_step_of_a_second_is_kept_and_a_drift_below_it_is_not(off_ms: int, kept: bool) -> None:
    known = [Anchor(10_000, 5_000_000, "ntp")]
    assert worth_keeping(known, Reading(20_000, 5_010_000 + off_ms, "ntp")) is kept


def test_a_step_is_measured_from_the_latest_anchor_of_the_same_voucher() -> None:
    known = [Anchor(20_000, 9_000_000, "ntp"), Anchor(10_000, 0, "ntp"), Anchor(30_000, 5, "rtc")]
    assert not worth_keeping(known, Reading(40_000, 9_020_000, "ntp"))
    assert worth_keeping(known, Reading(40_000, 30_000, "ntp"))


anchors = st.builds(Anchor, st.integers(0, DAY), st.integers(0, 10**13), st.sampled_from(BY))
readings = st.builds(Reading, st.integers(0, DAY), st.integers(0, 10**13), st.sampled_from(BY))


@given(st.lists(anchors))
def test_the_best_anchor_does_not_depend_on_their_order_but_in_a_tie(known: list[Anchor]) -> None:
    one, other = best(known), best(sorted(known, key=lambda a: (a.wall_ms, a.boottime_ms)))
    assert (one is None) == (other is None) == all(a.by == "nobody" for a in known)
    if one and other:
        assert (one.by, one.boottime_ms) == (other.by, other.boottime_ms)
        assert not any(BY.index(a.by) > BY.index(one.by) for a in known)


@given(st.lists(anchors), readings)
def test_a_reading_that_was_kept_is_not_worth_keeping_again(known: list[Anchor], reading: Reading) -> None:
    later = max([reading.boottime_ms, *(a.boottime_ms for a in known)]) + 1
    kept = Anchor(later, reading.wall_ms, reading.by)
    assert not worth_keeping([*known, kept], Reading(later, reading.wall_ms, reading.by))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Boot], list[int]]:
    """Boots as they happened, one after the other, with true anchors in some; and when each began."""
    begins, boots, now = [], [], draw(st.integers(10**12, 2 * 10**12))
    for number in range(1, draw(st.integers(1, 6)) + 1):
        last = draw(st.integers(0, DAY))
        at = draw(st.lists(st.tuples(st.integers(0, last), st.sampled_from(BY[1:])), max_size=3))
        wrong = draw(
            st.lists(st.builds(Anchor, st.integers(0, last), st.integers(0, 10**13), st.just("nobody")), max_size=1)
        )
        boots.append(a_boot(number, *wrong, *(Anchor(ms, now + ms, by) for ms, by in at), last_ms=last))
        begins.append(now)
        now += last + draw(st.integers(0, DAY))
    return boots, begins


@given(histories(), st.data())
def test_where_every_voucher_spoke_true_so_does_the_moment(
    history: tuple[Sequence[Boot], Sequence[int]], data: st.DataObject
) -> None:
    boots, begins = history
    boot = data.draw(st.sampled_from(boots))
    ms = data.draw(st.integers(0, boot.last_ms))
    true = begins[boot.number - 1] + ms
    found = moment(data.draw(st.permutations(boots)), boot.number, ms)
    if any(a.by != "nobody" for a in boot.anchors):
        assert found == Moment(true, found.by, true, true)
        assert found.by != "nobody"
    else:
        assert (found.wall_ms, found.by) == (None, "nobody")
        assert found.earliest_ms is None or found.earliest_ms <= true
        assert found.latest_ms is None or true <= found.latest_ms


@given(histories())
def test_within_a_boot_the_order_of_the_presses_is_the_order_of_their_times(
    history: tuple[Sequence[Boot], Sequence[int]],
) -> None:
    boots, _ = history
    for boot in boots:
        first, second = moment(boots, boot.number, 10), moment(boots, boot.number, 20)
        if first.wall_ms is not None:
            assert second.wall_ms == first.wall_ms + 10
        elif first.earliest_ms is not None:
            assert second.earliest_ms == first.earliest_ms + 10
