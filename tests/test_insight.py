"""Weights and the index, 0 to 100."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.insight import counting, index, marked, named_by, standing, weight
from tests.test_collector_parts import row, vote


@pytest.mark.parametrize(
    ("faces", "weights"),
    [
        (2, [100, 0]),
        (3, [100, 50, 0]),
        (4, [100, 66.7, 33.3, 0]),
        (5, [100, 75, 50, 25, 0]),
    ],
)
def test_weights_run_evenly_from_a_hundred_to_nothing(faces: int, weights: list[float]) -> None:
    assert [round(weight(face, faces), 1) for face in range(1, faces + 1)] == weights


def test_the_index_is_the_mean_of_the_weights_also_of_votes_with_different_numbers_of_faces() -> None:
    assert index([(1, 4), (4, 4)]) == 50
    assert index([(1, 4), (1, 4), (4, 4)]) == pytest.approx(66.667, abs=0.001)
    assert index([(1, 2), (3, 5)]) == 75


def test_without_votes_there_is_no_index_rather_than_a_bad_one() -> None:
    assert index([]) is None
    assert index([(4, 4)]) == 0


votes = st.integers(2, 5).flatmap(lambda faces: st.tuples(st.integers(1, faces), st.just(faces)))


@given(st.lists(votes, min_size=1))
def test_the_index_lies_between_nothing_and_a_hundred_and_the_order_does_not_matter(
    given: list[tuple[int, int]],
) -> None:
    found = index(iter(given))
    assert found is not None
    assert -1e-9 <= found <= 100 + 1e-9
    assert index(sorted(given)) == pytest.approx(found)


@given(st.lists(votes, min_size=1), st.integers(2, 5))
def test_a_happier_vote_never_lowers_the_index(given: list[tuple[int, int]], faces: int) -> None:
    before, after = index(given), index([*given, (1, faces)])
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


def test_an_answer_takes_the_place_of_those_at_its_position_and_after_it() -> None:
    assert standing([(1, "queue"), (2, "till"), (3, "9")]) == ["queue", "till", "9"]
    assert standing([(1, "queue"), (2, "till"), (1, "price")]) == ["price"]
    assert standing([(1, "queue"), (2, "till"), (2, "door"), (3, "9")]) == ["queue", "door", "9"]
    assert standing([(1, "queue price"), (1, "")]) == []
    assert standing([]) == []


def test_votes_are_marked_in_their_row_or_by_a_later_one() -> None:
    rows = [vote(1), vote(2, misuse="lockout/1"), vote(3), row(4, "end", "done"), row(5, "mark", "burst/1 1 3")]
    assert marked(rows) == {1, 2, 3}
    assert marked(rows[:4]) == {2}


def test_of_a_visit_its_last_vote_counts() -> None:
    rows = [vote(1, 4), vote(2, 1, visit=1), row(3, "choice", "price", visit=1), vote(4)]
    assert {visit: of.seq for visit, of in counting(rows).items()} == {1: 2, 4: 4}


def test_a_mark_that_names_nothing_or_nonsense_marks_nothing() -> None:
    assert named_by(["burst/1", "", "burst/1 x -3 1.5 ²", f"burst/1 {10**16}"]) == set()
    assert named_by(["burst/1 12 13", "technician/1 13"]) == {12, 13}
