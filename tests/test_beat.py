"""Signs of life: one for each answer, not oftener than needed, none without."""

from __future__ import annotations

import pytest

from sync.beat import EVERY_S, Beat
from tests.test_agent import FakeNotifier, Steady


@pytest.mark.parametrize(("interval_s", "every_s"), [(None, EVERY_S), (30.0, EVERY_S), (10.0, 5.0), (0.4, 0.2)])
def test_the_worker_is_asked_well_before_a_sign_is_due(interval_s: float | None, every_s: float) -> None:
    assert Beat(FakeNotifier(interval_s)).every_s == every_s
    assert EVERY_S <= 15.0, "with a request of 20 s after it, a watchdog of a minute must have heard of it"


def test_each_answer_is_a_sign_and_without_one_there_is_none() -> None:
    notifier, steady = FakeNotifier(30.0), Steady()
    beat = Beat(notifier, steady)
    beat.turn()
    assert notifier.beats == 0
    for times in (1, 2):
        beat.answered()
        assert notifier.beats == times
    steady.now += 10 * EVERY_S
    beat.turn()
    assert notifier.beats == 2


def test_requests_are_gathered_and_told_by_who_waits() -> None:
    notifier, steady = FakeNotifier(30.0), Steady()
    beat = Beat(notifier, steady)
    beat.worked()
    assert notifier.beats == 0, "that the waiting thread lives is not shown yet"
    beat.turn()
    beat.turn()
    assert notifier.beats == 1
    for _ in range(20):
        beat.worked()
        beat.turn()
    assert notifier.beats == 1, "a thousand requests are not a thousand signs"
    steady.now += EVERY_S
    beat.turn()
    assert notifier.beats == 2
    steady.now += EVERY_S
    beat.turn()
    assert notifier.beats == 2
