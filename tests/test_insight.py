"""Weights and the index, 0 to 100."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.insight import Tally, ballots, counting, happy, index, marked, named_by, standing, weight, wilson
from kiosk.response import Kind, Response
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


def line(seq: int, visit: int, kind: Kind, value: str, position: int = 0, misuse: str = "") -> Response:
    question = {"vote": "visit", "mark": "", "end": ""}.get(kind, f"q{position}")
    return Response(seq, visit, position, kind, "visit/2", question, value, "digital", "en", misuse, 1, seq * 1000)


def counted(rows: list[Response]) -> list[tuple[int, str, bool, list[str]]]:
    found = [(b.vote.seq, b.vote.value, b.marked, [a.value for a in b.answers]) for b in ballots(reversed(rows))]
    return sorted(found)


@pytest.mark.parametrize(("faces", "so_many"), [(2, 1), (3, 1), (4, 2), (5, 2)])
def test_happy_is_the_upper_half_of_the_faces(faces: int, so_many: int) -> None:
    assert sum(happy(face, faces) for face in range(1, faces + 1)) == so_many


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3 (the last by symmetry)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == (pytest.approx(low, abs=0.0002), pytest.approx(high, abs=0.0002))


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (3, 2), (-1, 2)])
def test_of_nothing_there_is_no_interval(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"{hits} of {of}: expected a part of one or more"):
        wilson(hits, of)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_stays_on_the_scale(part: tuple[int, int]) -> None:
    low, high = wilson(*part)
    assert 0 <= low <= part[0] / part[1] + 1e-12
    assert part[0] / part[1] - 1e-12 <= high <= 1


def test_the_last_vote_of_a_visit_counts_and_others_visits_stand_between() -> None:
    rows = [
        line(1, 1, "vote", "1/4"),
        line(2, 2, "vote", "4/4"),
        line(3, 1, "vote", "3/4"),
        line(4, 1, "end", "done", 1),
    ]
    assert counted(rows) == [(2, "4/4", False, []), (3, "3/4", False, [])]


def test_answers_taken_back_or_given_before_the_vote_was_changed_do_not_count() -> None:
    rows = [
        line(1, 1, "vote", "1/4"),
        line(2, 1, "choice", "queue", 1),
        line(3, 1, "vote", "4/4"),
        line(4, 1, "choice", "price", 1),
        line(5, 1, "choice", "till", 2),
        line(6, 1, "choice", "staff", 1),
        line(7, 1, "text", "", 2),
    ]
    assert counted(rows) == [(3, "4/4", False, ["staff"])]


def test_a_vote_is_marked_in_its_row_or_by_a_mark_that_came_later() -> None:
    rows = [
        line(1, 1, "vote", "1/4"),
        line(2, 2, "vote", "1/4", misuse="lockout/1"),
        line(3, 3, "vote", "2/4"),
        line(4, 3, "mark", "burst/1 1 99 4444444444444444444 x"),
    ]
    assert counted(rows) == [(1, "1/4", True, []), (2, "1/4", True, []), (3, "2/4", False, [])]
    assert marked(rows) == {1, 2, 99}


def test_a_mark_on_a_vote_that_was_replaced_leaves_the_one_that_counts_alone() -> None:
    rows = [line(1, 1, "vote", "1/4"), line(2, 1, "vote", "2/4"), line(3, 1, "mark", "mash/1 1")]
    assert counted(rows) == [(2, "2/4", False, [])]


def test_answers_without_a_vote_count_nowhere_and_a_vote_without_its_first_one_does() -> None:
    rows = [
        line(5, 1, "choice", "queue", 1),
        line(7, 6, "vote", "2/4"),
        line(8, 6, "choice", "price", 1),
    ]
    assert counted(rows) == [(7, "2/4", False, ["price"])]


def tallied(rows: list[Response], when: tuple[int, int] | None = (0, 9)) -> Tally:
    tally = Tally()
    for ballot in ballots(reversed(rows)):
        tally.add(ballot, when)
    return tally


def test_a_tally_counts_faces_hours_and_reasons() -> None:
    rows = [
        line(1, 1, "vote", "1/4"),
        line(2, 2, "vote", "4/4"),
        line(3, 2, "choices", "queue price", 1),
        line(4, 2, "text", "too slow", 2),
        line(5, 5, "vote", "4/4"),
        line(6, 5, "choice", "queue", 1),
        line(7, 5, "choice", "7", 2),
    ]
    tally = tallied(rows)
    assert (tally.votes, tally.happy, tally.timed, tally.texts) == (3, 1, 3, 1)
    assert tally.index == pytest.approx(100 / 3)
    assert tally.faces == {(4, 1): 1, (4, 4): 2}
    assert tally.top(4, 4, 5) == [(("visit/2", "q1", "queue"), 2), (("visit/2", "q1", "price"), 1)]
    assert tally.top(4, 1, 5) == []
    assert tally.heat[0][9].votes == tally.hours[9].votes == 3
    assert tally.hours[9].index == tally.index
    assert tally.heat[1][9].index is None
    assert tally.scale == 4


def test_what_has_no_time_counts_yet_in_no_hour() -> None:
    tally = tallied([line(1, 1, "vote", "1/4")], when=None)
    assert (tally.votes, tally.timed) == (1, 0)
    assert all(cell.index is None for cell in tally.hours)


def test_under_thirty_votes_are_too_few() -> None:
    rows = [line(seq, seq, "vote", "1/4") for seq in range(1, 30)]
    assert not tallied(rows).enough
    assert tallied([*rows, line(30, 30, "vote", "1/4")]).enough
    assert tallied([]).index is None
    assert tallied([]).scale == 0
