"""Probes run beside whoever asks: one that hangs, raises or talks nonsense never takes another one along."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from hardware.health import Health, good
from hardware.probes.look import Looker, look
from tests.conftest import until

SOON_S = 0.2
"""The deadline of tests in which something hangs: nobody has to be quicker than that."""
LONG_S = 600.0


class Hearer:
    """Hears what was found: how often, what, and on which thread."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[Health]]] = []
        self.threads: set[threading.Thread] = set()

    def __call__(self, name: str, found: list[Health]) -> None:
        self.heard.append((name, found))
        self.threads.add(threading.current_thread())

    def of(self, name: str) -> list[Health]:
        (found,) = (found for heard, found in self.heard if heard == name)
        return found


class Stuck:
    """A probe that hangs, as a read from a dead card does, until the test lets go."""

    def __init__(self) -> None:
        self.runs = 0
        self.let_go = threading.Event()

    def __call__(self) -> list[Health]:
        self.runs += 1
        self.let_go.wait()
        return [good("stuck", "after all")]


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    probe = Stuck()
    yield probe
    probe.let_go.set()


def fine() -> list[Health]:
    return [good("fine", "as it should be"), good("fine.too", "as it should be")]


def looked(looker: Looker) -> None:
    assert looker.look().wait(60)


def test_what_probes_find_is_handed_on_from_threads_of_their_own() -> None:
    hearer = Hearer()
    looked(Looker({"fine": fine, "other": lambda: [good("other", "")]}, hearer, LONG_S))
    assert hearer.of("fine") == fine()
    assert hearer.of("other") == [good("other", "")]
    assert threading.current_thread() not in hearer.threads


def test_one_that_hangs_is_unknown_at_the_deadline_and_the_others_do_not_wait(stuck: Stuck) -> None:
    hearer = Hearer()
    over = Looker({"stuck": stuck, "fine": fine}, hearer, SOON_S).look()
    until(lambda: hearer.heard, "the one that answers")
    assert over.wait(60)
    assert [name for name, _ in hearer.heard] == ["fine", "stuck"]
    (health,) = hearer.of("stuck")
    assert (health.name, health.condition) == ("stuck", "unknown")
    assert health.said == "What was to tell of this did not answer within 0.2 s."


def test_probes_that_answer_take_turns_so_that_the_screen_gets_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.probes.look._TURN_S", LONG_S)
    at_work: list[str] = []
    most: list[int] = []

    def probe(name: str) -> list[Health]:
        at_work.append(name)
        most.append(len(at_work))
        at_work.remove(name)
        return []

    looked(Looker({name: partial(probe, name) for name in "abcdef"}, Hearer(), LONG_S))
    assert most == [1] * 6


def test_each_reading_of_one_that_hangs_is_unknown(stuck: Stuck) -> None:
    hearer = Hearer()
    looked(Looker({"disk": stuck}, hearer, SOON_S, {"disk": ("disk.space", "card")}))
    assert [(health.name, health.condition) for health in hearer.of("disk")] == [
        ("disk.space", "unknown"),
        ("card", "unknown"),
    ]


def test_one_that_still_hangs_is_not_started_again_until_it_comes_back(stuck: Stuck) -> None:
    hearer = Hearer()
    looker = Looker({"stuck": stuck}, hearer, SOON_S)
    for _ in range(3):
        looked(looker)
    assert stuck.runs == 1
    assert [found[0].raw for _, found in hearer.heard] == [
        "stuck: it hangs",
        "stuck: its last look hangs",
        "stuck: its last look hangs",
    ]
    stuck.let_go.set()

    def came_back() -> bool:
        looked(looker)
        return hearer.heard[-1][1] == [good("stuck", "after all")]

    until(came_back, "the one that hung")
    assert stuck.runs == 2


def test_an_answer_after_the_deadline_comes_too_late(stuck: Stuck) -> None:
    hearer, before = Hearer(), set(threading.enumerate())
    looker = Looker({"stuck": stuck}, hearer, SOON_S)
    looked(looker)
    stuck.let_go.set()
    until(lambda: not set(threading.enumerate()) - before, "the threads to end")
    assert len(hearer.heard) == 1


def test_however_often_it_looks_one_thread_stays_for_one_that_hangs(stuck: Stuck) -> None:
    before = set(threading.enumerate())
    looker = Looker({"stuck": stuck, "fine": fine}, Hearer(), SOON_S)
    for _ in range(5):
        looked(looker)

    def stayed() -> set[threading.Thread]:
        return set(threading.enumerate()) - before

    until(lambda: [one.name for one in stayed()] == ["probe stuck"], "all threads but that one to end")
    assert all(one.daemon for one in stayed()), "a thread that hangs must not keep the kiosk from ending"


def test_a_second_look_joins_the_one_under_way(stuck: Stuck) -> None:
    hearer = Hearer()
    looker = Looker({"stuck": stuck}, hearer, LONG_S)
    first = looker.look()
    assert looker.look() is first
    stuck.let_go.set()
    assert first.wait(60)
    assert hearer.heard == [("stuck", [good("stuck", "after all")])]


def test_one_that_raises_is_unknown_with_what_it_raised() -> None:
    def broken() -> list[Health]:
        raise ValueError("x" * 1000)

    hearer = Hearer()
    looked(Looker({"broken": broken, "fine": fine}, hearer, LONG_S))
    (health,) = hearer.of("broken")
    assert (health.condition, health.said) == ("unknown", "What was to tell of this could not look.")
    assert health.raw == f"broken: ValueError: {'x' * 200}"
    assert hearer.of("fine") == fine()


@pytest.mark.parametrize("nonsense", [None, 7, "good", ("good",), ["good"], [good("a", ""), None], {"a": 1}])
def test_one_that_talks_nonsense_is_unknown(nonsense: Any) -> None:
    hearer = Hearer()
    looked(Looker({"odd": lambda: nonsense}, hearer, LONG_S))
    (health,) = hearer.of("odd")
    assert (health.condition, health.said) == ("unknown", "What was to tell of this found nothing that makes sense.")
    assert health.raw == f"odd: {type(nonsense).__name__}"


def test_who_cannot_hear_one_hears_the_others(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    def found(name: str, _found: list[Health]) -> None:
        if name == "fine":
            raise RuntimeError("the queue is gone")
        heard.append(name)

    looked(Looker({"fine": fine, "other": list}, found, LONG_S))
    assert heard == ["other"]
    assert "what the probe fine found could not be handed on" in caplog.text


def test_a_machine_without_threads_to_spare_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    hearer = Hearer()
    looker = Looker({"fine": fine, "other": fine}, hearer, LONG_S)
    with monkeypatch.context() as out_of_memory:
        out_of_memory.setattr(threading.Thread, "start", start)
        looked(looker)
    assert [found[0].raw for _, found in hearer.heard] == [
        "fine: can't start new thread",
        "other: can't start new thread",
    ]
    hearer.heard.clear()
    looked(looker)
    assert hearer.of("fine") == fine()


def test_nothing_to_look_at_is_over_at_once() -> None:
    assert Looker({}, Hearer()).look().is_set()


def test_all_is_told_in_the_order_of_the_probes(stuck: Stuck) -> None:
    probes: dict[str, Callable[[], list[Health]]] = {"stuck": stuck, "fine": fine}
    assert [health.name for health in look(probes, SOON_S)] == ["stuck", "fine", "fine.too"]
