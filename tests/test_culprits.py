"""Days with known culprits, through the real visit and watch: whom the rules find, and whom they must leave alone."""

from __future__ import annotations

import pytest

from kiosk.misuse import BURST, CLOSED, LOCKOUT, MASH, RHYTHM, STUCK, Limits
from tests.benchmarks.misuse import OFF
from tests.culprits import CULPRITS, HONEST, Day, a_day, harmed, judged, precision, recall

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return [judged(a_day(seed), Limits()) for seed in SEEDS]


@pytest.fixture(scope="module")
def bare() -> list[Day]:
    """The same days with the lockout and the hours alone."""
    return [judged(a_day(seed), OFF) for seed in SEEDS]


def test_a_day_is_the_same_for_the_same_seed_and_has_everybody_in_it() -> None:
    day = a_day(1)
    assert day == a_day(1) != a_day(2)
    assert day == sorted(day)
    assert {deed.who for deed in day} == {*HONEST, *CULPRITS}
    assert len({deed.person for deed in day if deed.honest}) > 400


@pytest.mark.parametrize(
    ("who", "least"),
    [("children", 0.75), ("employee", 0.6), ("late", 1), ("angry", 1), ("elbow", 0.85), ("stuck", 1), ("robot", 0.95)],
)
def test_culprits_are_found(days: list[Day], who: str, least: float) -> None:
    assert recall(days, who) >= least


@pytest.mark.parametrize(
    ("rule", "least"), [(BURST, 0.97), (MASH, 0.95), (RHYTHM, 0.95), (STUCK, 1), (CLOSED, 1), (LOCKOUT, 0.8)]
)
def test_what_a_rule_marks_is_misuse(days: list[Day], rule: str, least: float) -> None:
    assert any(rule in verdict.rules for day in days for verdict in day.verdicts)
    assert precision(days, rule) >= least


@pytest.mark.parametrize("who", HONEST)
def test_honest_people_are_hardly_wronged_by_more_than_the_lockout(days: list[Day], bare: list[Day], who: str) -> None:
    assert harmed(days, who) <= harmed(bare, who) + 0.02


def test_no_class_is_taken_for_a_burst(days: list[Day]) -> None:
    classes = [verdict for day in days for verdict in day.verdicts if verdict.deed.who == "class"]
    assert len(classes) == 180
    assert not any(BURST in verdict.rules for verdict in classes)


def test_of_an_angry_customer_one_vote_stands(days: list[Day]) -> None:
    assert harmed(days, "angry") == 0


def test_the_index_without_marked_votes_is_nearer_to_the_truth(days: list[Day], bare: list[Day]) -> None:
    for day in days:
        assert abs(day.unmarked - day.true) < abs(day.index - day.true)
    assert sum(abs(d.unmarked - d.true) for d in days) < sum(abs(d.unmarked - d.true) for d in bare)
