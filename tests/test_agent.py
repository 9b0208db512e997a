"""The sync process: it sends while nobody says stop, finishes the request at hand, and is alone with its folder."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kiosk import settings as kiosk_settings
from kiosk.clock import Reading
from kiosk.reader import network_findings
from kiosk.settings import Endpoint, Secret, Settings
from sync import agent as agent_module
from sync import start
from sync.agent import FRESH_S, METERED_S, Agent
from sync.errors import StateError
from sync.schedule import Schedule
from tests.conftest import until
from tests.faulty import Asked, FaultServer, Honest, Line
from tests.test_outbox import Desk


class Waits:
    """Stands in for the wait for a signal: counts, and ends when a test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.end = threading.Event()
        self.ended = False

    def __call__(self, seconds: float) -> bool:
        self.asked.append(seconds)
        self.ended = self.end.wait(min(seconds, 0.01))
        return self.ended


class Running:
    """Whatever runs until its wait says stop, on a thread of its own."""

    def __init__(self, run: Callable[[Callable[[float], bool]], None]) -> None:
        self.wait = Waits()
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(run, self.wait)

    @property
    def goes_on(self) -> bool:
        return self._future.running()

    def stop(self, seconds: float = 20.0) -> None:
        """Say stop, and raise what went wrong meanwhile."""
        self.wait.end.set()
        self._future.result(seconds)
        self._pool.shutdown()


class FakeSender:
    """Takes its time over one request, and knows how it ended."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.answer = threading.Event()
        self.answer.set()

    def send(self) -> None:
        self.events.append("sends")
        assert self.answer.wait(60)
        self.events.append("has sent")

    def stop(self) -> None:
        self.events.append("is told to stop")


def an_agent(sender: FakeSender, **how: Any) -> Agent:
    return Agent(sender, **how)  # type: ignore[arg-type]


def test_the_agent_sends_at_once_and_ends_promptly_when_it_is_told_to() -> None:
    sender = FakeSender()
    running = Running(an_agent(sender).run)
    until(lambda: "has sent" in sender.events, "the first pass")
    running.stop(5.0)
    assert sender.events[-1] == "is told to stop"
    assert set(running.wait.asked) == {1.0}


def test_the_agent_finishes_the_request_at_hand_before_it_ends() -> None:
    sender = FakeSender()
    sender.answer.clear()
    running = Running(an_agent(sender).run)
    until(lambda: sender.events, "the request to begin")
    running.wait.end.set()
    until(lambda: "is told to stop" in sender.events, "the agent to be told")
    assert running.goes_on
    sender.answer.set()
    running.stop()
    assert sender.events == ["sends", "is told to stop", "has sent"]


def test_the_agent_looks_for_steps_of_the_clock_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(Schedule, "look", lambda schedule: looks.append(1))
    running = Running(an_agent(FakeSender()).run)
    until(lambda: len(looks) >= 3, "three looks")
    running.stop()
    assert len(looks) == len(running.wait.asked) - 1


def test_an_agent_whose_wait_fails_leaves_no_job_behind() -> None:
    sender = FakeSender()

    def fails(seconds: float) -> bool:
        until(lambda: "has sent" in sender.events, "the first pass")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        an_agent(sender).run(fails)
    assert sender.events[-1] == "is told to stop"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("APScheduler")]


@pytest.mark.parametrize(("metered", "period_s"), [(False, FRESH_S), (True, METERED_S)])
def test_a_metered_link_is_asked_every_quarter_of_an_hour_and_any_other_each_second(
    monkeypatch: pytest.MonkeyPatch, metered: bool, period_s: float
) -> None:
    periods: list[tuple[float, str]] = []
    monkeypatch.setattr(
        agent_module.Schedule, "every", lambda schedule, seconds, job, name: periods.append((seconds, name))
    )
    an_agent(FakeSender(), metered=metered)
    assert periods == [(period_s, "send")]
    assert (FRESH_S, METERED_S) == (1.0, 900.0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


class Place:
    """A data folder with a store, and the process started on it."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.folder = folder
        self.desk = Desk(folder)
        self.desk.state.close()
        for left in folder.glob("sync.db*"):
            left.unlink()
        self.endpoint = Honest()
        server.always = self.endpoint
        self.endpoint_settings: Endpoint | None = Endpoint(url=server.url, token=Secret("open-sesame"))
        self.traces: list[dict[str, Any]] = []

    def run(self, wait: Callable[[float], bool], **how: Any) -> None:
        start.run(
            Settings(kiosk=kiosk_settings.Kiosk(id="south"), endpoint=self.endpoint_settings),
            self.folder,
            clocks=lambda: Reading(500_000, 0, "nobody"),
            boot="boot-one",
            trace=lambda row: self.traces.append(json.loads(row)),
            wait=wait,
            **how,
        )

    def close(self) -> None:
        self.desk.bench.stop()


@pytest.fixture
def place(tmp_path: Path, server: FaultServer) -> Iterator[Place]:
    place = Place(tmp_path, server)
    yield place
    place.close()


def test_the_process_sends_what_waits_and_what_comes_and_ends(place: Place, server: FaultServer) -> None:
    place.desk.vote(3)
    running = Running(place.run)
    until(lambda: len(place.endpoint.rows) == 3, "what waited to arrive")
    place.desk.vote(1)
    until(lambda: len(place.endpoint.rows) == 4, "a fresh vote to arrive")
    running.stop()
    assert [(t["event"], t["first"], t["last"]) for t in place.traces] == [
        ("acknowledged", 1, 3),
        ("acknowledged", 4, 4),
    ]
    assert server.asked[0].headers["authorization"] == "Bearer open-sesame"


def test_the_process_ends_while_a_backlog_is_under_way_and_keeps_what_was_acknowledged(
    place: Place, server: FaultServer
) -> None:
    place.desk.vote(3_500)
    arrived, goes_on = threading.Event(), threading.Event()

    def slow(asked: Asked, line: Line) -> None:
        arrived.set()
        assert goes_on.wait(60)
        return place.endpoint(asked, line)

    server.always = slow
    running = Running(place.run)
    assert arrived.wait(20)
    running.wait.end.set()
    until(lambda: running.wait.ended, "the end to be heard")
    assert running.goes_on
    goes_on.set()
    running.stop()
    assert len(server.asked) <= 2  # the second where the sender was told a moment later
    assert place.traces[-1]["ack"] == 1_000 * len(server.asked)


def test_a_token_of_its_own_takes_the_place_of_the_settings(place: Place, server: FaultServer) -> None:
    place.desk.vote(1)
    running = Running(lambda wait: place.run(wait, token=Secret("from-a-file")))
    until(lambda: server.asked, "a request")
    running.stop()
    assert server.asked[0].headers["authorization"] == "Bearer from-a-file"


def test_without_an_endpoint_nothing_is_sent_and_the_one_finding_says_so(place: Place, server: FaultServer) -> None:
    place.endpoint_settings = None
    place.desk.vote(1)
    running = Running(place.run)
    found = until(lambda: network_findings(place.folder / "sync.db").readings, "a finding")
    running.stop()
    assert server.asked == []
    assert [(reading.name, reading.condition) for reading in found] == [("endpoint", "good")]
    assert found[0].said == "No endpoint is set: all votes stay on this kiosk, and no network is needed."


def test_a_second_sync_in_the_same_folder_is_refused_in_words_and_the_first_goes_on(place: Place) -> None:
    running = Running(place.run)
    place.desk.vote(1)
    until(lambda: place.endpoint.rows, "the first sync to send")
    with pytest.raises(StateError) as caught:
        place.run(lambda seconds: True)
    assert str(caught.value) == f"{place.folder}: another sync is using this data folder. Stop it first"
    place.desk.vote(1)
    until(lambda: len(place.endpoint.rows) == 2, "the first sync to send again")
    running.stop()


def test_the_folder_is_free_again_after_the_end(place: Place) -> None:
    for _ in range(2):
        place.run(lambda seconds: True)
    with (place.folder / "sync.db").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_folder_that_is_not_there_is_told_in_words(place: Place) -> None:
    place.folder = place.folder / "absent"
    with pytest.raises(StateError) as caught:
        place.run(lambda seconds: True)
    said = "can't be opened (No such file or directory). Is the folder there and writable?"
    assert str(caught.value) == f"{place.folder}/sync.lock: {said}"


def test_without_a_trace_nothing_is_written(place: Place) -> None:
    place.desk.vote(1)
    heard: list[str] = []
    start._tracer(None, heard.append)("acknowledged", first=1)
    start._tracer(place.traces.append, heard.append)("acknowledged", first=1)  # type: ignore[arg-type]
    (row,) = place.traces
    assert heard == ["acknowledged", "acknowledged"]
    assert json.loads(str(row))["first"] == 1
