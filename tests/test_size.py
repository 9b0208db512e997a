"""How many rows a batch may have: what a backlog gains by large ones, a poor line never pays for."""

from __future__ import annotations

import pytest

from sync.size import BATCH_ROWS, LARGE_BYTES, MOST_ROWS, QUICK_S, Size


def sizes(size: Size, *took_s: float, whole: bool = True) -> list[int]:
    """The next batch's, after each answer."""
    found = []
    for seconds in took_s:
        size.heard(seconds, whole=whole)
        size.grow(size.limit)
        found.append(size.limit)
    return found


def test_while_answers_are_quick_each_batch_is_twice_as_large_up_to_a_bound() -> None:
    size = Size()
    assert size.limit == BATCH_ROWS == 1_000
    assert sizes(size, *[QUICK_S] * 5) == [2_000, 4_000, 8_000, 8_000, 8_000]
    assert MOST_ROWS == 8_000


@pytest.mark.parametrize(("took_s", "whole"), [(QUICK_S + 0.01, True), (0.0, False)])
def test_an_answer_that_took_its_time_or_took_a_part_makes_the_next_batch_small_again(
    took_s: float, whole: bool
) -> None:
    size = Size()
    sizes(size, 0.0, 0.0, 0.0)
    assert sizes(size, took_s, took_s, whole=whole) == [BATCH_ROWS, BATCH_ROWS]
    assert sizes(size, 0.0) == [2 * BATCH_ROWS]


def test_what_follows_is_foreseen_by_the_last_answer() -> None:
    size = Size()
    assert size.after(1_000) == 2_000
    size.heard(QUICK_S + 0.01, whole=True)
    assert size.after(1_000) == BATCH_ROWS


def test_a_batch_that_is_not_full_proves_nothing_of_larger_ones() -> None:
    size = Size()
    size.grow(999)
    assert size.limit == BATCH_ROWS
    size.grow(1_000)
    assert size.limit == 2 * BATCH_ROWS


def test_what_was_too_large_is_not_tried_again_in_the_same_pass() -> None:
    size = Size()
    sizes(size, 0.0)
    size.halve(1_500)
    assert (size.limit, sizes(size, 0.0, 0.0)) == (750, [750, 750])
    size.begin()
    assert (size.limit, sizes(size, 0.0, 0.0)) == (750, [1_500, 3_000])


def test_bodies_that_are_large_already_do_not_grow_further() -> None:
    """A thousand long texts in Japanese, say: most servers refuse more than a MiB, and not all in words of ours."""
    size = Size()
    sizes(size, 0.0)
    size.sent(LARGE_BYTES)
    assert (size.after(2_000), sizes(size, 0.0, 0.0)) == (2_000, [2_000, 2_000])
    size.sent(LARGE_BYTES - 1)
    assert sizes(size, 0.0) == [4_000]


def test_a_batch_has_a_row_at_least() -> None:
    size = Size()
    size.halve(1)
    assert size.limit == 1


def test_a_pass_begins_with_a_small_batch_however_quick_the_last_one_was() -> None:
    size = Size()
    sizes(size, 0.0, 0.0)
    size.begin()
    assert size.limit == BATCH_ROWS
