"""The sync process: it sends while nobody says stop, finishes the request at hand, and is alone with its folder."""

from __future__ import annotations

import fcntl
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from apscheduler.executors.debug import DebugExecutor

from hardware.health import Health, good
from kiosk import requests
from kiosk import settings as kiosk_settings
from kiosk.clock import Reading
from kiosk.loop import Loop
from kiosk.reader import network_findings, sync_db, sync_status
from kiosk.settings import Endpoint, Secret, Settings
from sync import start
from sync.agent import LOOK_AGAIN_S, LOOK_FIRST_S, LOOK_METERED_S, LOOK_S, Agent
from sync.beat import EVERY_S
from sync.errors import StateError
from sync.pace import FRESH_S, METERED_S, SLOW_S
from sync.request import Request
from tests.conftest import until
from tests.faulty import Asked, Behaviour, FaultServer, Honest, Line, acknowledges, refuses, says
from tests.test_outbox import Desk


class Waits:
    """Sleeps as `kiosk.rest` does, but ends when a test says so; and at once where it is `restless`, as often as it is
    asked, so that a test may move the clock."""

    def __init__(self, restless: bool = True) -> None:
        self.asked: list[float] = []
        self.end = threading.Event()
        self.ended = self.asleep = False
        self.rung = self.woken_by = 0
        self._restless = restless
        self._loop = Loop(lambda: 0)

    def __call__(self, seconds: float) -> bool:
        self.asked.append(seconds)
        if self._restless:
            self.ended = self.end.wait(min(seconds, 0.01))
            return self.ended
        self.asleep = True
        self._loop.sleep(None, math.ceil(seconds * 1000))
        self.asleep = False
        self.woken_by = self.rung
        for _ in self._loop.taken():
            pass
        self.ended = self.end.is_set()
        return self.ended

    def ring(self) -> None:
        self.rung += 1
        self._loop.post(None)

    def watch(self, descriptor: int) -> None:
        self._loop.watch(descriptor, lambda _: None)

    def forget(self, descriptor: int) -> None:
        self._loop.forget(descriptor)

    def stop(self) -> None:
        self.end.set()
        self.ring()


class Running:
    """Whatever runs until its wait says stop, on a thread of its own."""

    def __init__(self, run: Callable[[Waits], None], restless: bool = True) -> None:
        self.wait = Waits(restless)
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(run, self.wait)

    @property
    def goes_on(self) -> bool:
        return self._future.running()

    def stop(self, seconds: float = 20.0) -> None:
        """Say stop, and raise what went wrong meanwhile."""
        self.wait.stop()
        self._future.result(seconds)
        self._pool.shutdown()


class AtOnce(Waits):
    """The end has come before anything began."""

    def __call__(self, seconds: float) -> bool:
        return True


class FakeSender:
    """Takes its time over one request, and knows how it ended."""

    kept_by = ""

    def __init__(self) -> None:
        self.paused_until_s = 0.0
        self.pauses_s = 0.0
        self.events: list[str] = []
        self.answer = threading.Event()
        self.answer.set()

    def send(self) -> None:
        self.events.append("sends")
        assert self.answer.wait(60)
        if self.pauses_s:
            self.paused_until_s = time.monotonic() + self.pauses_s
        self.events.append("has sent")

    def hurry(self) -> None:
        self.paused_until_s = 0.0
        self.events.append("is told to hurry")

    def stop(self) -> None:
        self.events.append("is told to stop")


class FakeProber:
    """Looks at nothing, as long as it is held."""

    def __init__(self) -> None:
        self.looks = 0
        self.held = threading.Event()
        self.held.set()
        self.stopped = threading.Event()

    def look(self) -> list[Health]:
        self.looks += 1
        assert self.held.wait(60)
        return [good("link", f"Look {self.looks}.")]

    def stop(self) -> None:
        self.stopped.set()
        self.held.set()


class Steady:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


NOWHERE = Path("/nowhere/votes.db")
"""Nobody tells of it: it is looked into each second."""


def an_agent(sender: FakeSender, votes: Path = NOWHERE, **how: Any) -> Agent:
    return Agent(sender, votes=votes, **how)  # type: ignore[arg-type]


def test_the_agent_sends_at_once_and_ends_promptly_when_it_is_told_to() -> None:
    sender = FakeSender()
    running = Running(an_agent(sender).run)
    until(lambda: "has sent" in sender.events, "the first pass")
    running.stop(5.0)
    assert sender.events[-1] == "is told to stop"


def test_the_agent_finishes_the_request_at_hand_before_it_ends() -> None:
    sender = FakeSender()
    sender.answer.clear()
    running = Running(an_agent(sender).run)
    until(lambda: sender.events, "the request to begin")
    running.wait.stop()
    until(lambda: "is told to stop" in sender.events, "the agent to be told")
    assert running.goes_on
    sender.answer.set()
    running.stop()
    assert sender.events == ["sends", "is told to stop", "has sent"]


def test_an_agent_whose_wait_fails_leaves_no_job_behind() -> None:
    sender = FakeSender()

    class Fails(Waits):
        def __call__(self, seconds: float) -> bool:
            until(lambda: "has sent" in sender.events, "the first pass")
            raise KeyboardInterrupt

    agent = an_agent(sender)
    with pytest.raises(KeyboardInterrupt):
        agent.run(Fails())
    assert sender.events[-1] == "is told to stop"
    assert not agent._schedule._scheduler.running


class Looked:
    """An agent that looks at the network, with clocks that a test moves."""

    def __init__(self, folder: Path, sender: FakeSender | None = None, **how: Any) -> None:
        self.prober = FakeProber()
        self.left: list[Health] = []
        self.folder = folder
        self.steady = Steady()
        request = Request(folder / requests.TEST_NETWORK)
        self.agent = an_agent(
            sender or FakeSender(),
            prober=self.prober,
            leave=self.left.extend,
            request=request,
            steady=self.steady,
            **how,
        )
        self.running = Running(self.agent.run)

    def looked(self, many: int) -> None:
        """Wait for so many looks to have left what they found, and for the next to stand in the schedule.

        The schedule is told when the next is due after it has set off the one before, at the time that the clock says
        then: a test that moved the clock between the two would move the next look too.
        """
        until(lambda: len(self.left) == many, f"{many} looks")
        trigger = self.agent._schedule._jobs["look"][1]
        until(lambda: trigger.due_s > self.steady.now, "the next look to be due")

    def turns(self, many: int = 3) -> None:
        """Let the waiting thread come by some times."""
        before = len(self.running.wait.asked)
        until(lambda: len(self.running.wait.asked) >= before + many, "some turns")


@pytest.fixture
def looked(tmp_path: Path) -> Iterator[Looked]:
    looked = Looked(tmp_path)
    yield looked
    looked.running.stop()


def test_the_network_is_looked_at_a_minute_after_the_start_and_then_each_ten_minutes(looked: Looked) -> None:
    looked.turns()
    looked.steady.now += LOOK_FIRST_S - 1
    looked.turns()
    assert looked.prober.looks == 0
    looked.steady.now += 2
    looked.looked(1)
    looked.steady.now += LOOK_S - 2
    looked.turns()
    assert looked.prober.looks == 1
    looked.steady.now += 3
    looked.looked(2)


def test_a_metered_link_is_looked_at_each_hour(tmp_path: Path) -> None:
    looked = Looked(tmp_path, metered=True)
    looked.turns()
    looked.steady.now += LOOK_FIRST_S + 1
    looked.looked(1)
    looked.steady.now += LOOK_METERED_S - 2
    looked.turns()
    assert looked.prober.looks == 1
    looked.steady.now += 3
    looked.looked(2)
    looked.running.stop()


def test_a_request_has_the_network_looked_at_at_once_and_is_gone_once_the_findings_are_there(looked: Looked) -> None:
    looked.prober.held.clear()
    requests.test_network(looked.folder)
    until(lambda: looked.prober.looks == 1, "the look to begin")
    looked.turns()
    assert (requests.network_is_tested(looked.folder), looked.left) == (True, [])
    looked.prober.held.set()
    until(lambda: not requests.network_is_tested(looked.folder), "the request to go")
    assert [reading.said for reading in looked.left] == ["Look 1."]
    looked.turns()
    assert looked.prober.looks == 1


def test_a_request_has_a_pause_of_the_sender_ended_and_what_comes_of_it_looked_at_at_once(tmp_path: Path) -> None:
    sender = FakeSender()
    looked = Looked(tmp_path, sender, metered=True)
    until(lambda: "has sent" in sender.events, "the first pass")
    looked.agent.heard("refused")
    until(lambda: len(looked.left) == 1, "the look as sending fails")
    before = len(sender.events)
    requests.test_network(tmp_path)
    until(lambda: "has sent" in sender.events[before:], "a pass as it was asked for")
    until(lambda: not requests.network_is_tested(tmp_path), "the request to go")
    assert sender.events[before:] == ["is told to hurry", "sends", "has sent"]
    looked.agent.heard("acknowledged")
    until(lambda: len(looked.left) == 3, "the look as sending works again")
    looked.running.stop()


def test_a_request_that_comes_while_it_is_looked_has_it_looked_at_once_more(looked: Looked) -> None:
    looked.prober.held.clear()
    requests.test_network(looked.folder)
    until(lambda: looked.prober.looks == 1, "the look to begin")
    requests.test_network(looked.folder)
    looked.prober.held.set()
    until(lambda: not requests.network_is_tested(looked.folder), "the second request to go")
    assert [reading.said for reading in looked.left] == ["Look 1.", "Look 2."]


def test_a_request_that_can_not_be_removed_is_carried_out_once(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Request, "done", lambda request, mark: mark is None)
    requests.test_network(looked.folder)
    until(lambda: looked.left, "the look")
    looked.turns(5)
    assert looked.prober.looks == 1


def test_a_silent_network_keeps_no_vote_from_being_sent(looked: Looked) -> None:
    looked.prober.held.clear()
    requests.test_network(looked.folder)
    until(lambda: looked.prober.looks == 1, "the look to begin")
    sender = looked.agent._sender
    assert isinstance(sender, FakeSender)
    sent = len(sender.events)
    looked.steady.now += FRESH_S + 0.5
    looked.turns()
    looked.steady.now += FRESH_S
    until(lambda: len(sender.events) > sent, "a pass while it is looked")
    assert looked.left == []


def test_sending_that_begins_to_fail_or_recovers_has_it_looked_at_but_once_a_minute(looked: Looked) -> None:
    looked.agent.heard("acknowledged")
    looked.turns()
    assert looked.prober.looks == 0
    looked.agent.heard("refused")
    until(lambda: len(looked.left) == 1, "a look as sending fails")
    looked.agent.heard("refused")
    looked.turns()
    looked.agent.heard("acknowledged")
    looked.turns()
    assert looked.prober.looks == 1
    looked.steady.now += LOOK_AGAIN_S + 1
    until(lambda: len(looked.left) == 2, "a look as sending works again")


def test_an_end_in_the_middle_of_a_look_leaves_nothing_that_was_not_found(looked: Looked) -> None:
    looked.prober.held.clear()
    requests.test_network(looked.folder)
    until(lambda: looked.prober.looks == 1, "the look to begin")
    looked.running.stop(10.0)
    assert (looked.prober.stopped.is_set(), looked.left) == (True, [])
    assert requests.network_is_tested(looked.folder), "whoever starts next carries it out"


def test_findings_that_can_not_be_left_stop_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fails(found: list[Health]) -> None:
        raise StateError("sync.db: disk full")

    looked = Looked(tmp_path)
    looked.agent._leave = fails
    requests.test_network(tmp_path)
    until(lambda: not requests.network_is_tested(tmp_path), "the request to go")
    looked.turns()
    looked.running.stop()
    assert "sync.db: disk full" in caplog.text


class FakeNotifier:
    """Keeps what systemd would be told."""

    def __init__(self, interval_s: float | None = 0.4) -> None:
        self.interval_s = interval_s
        self.told: list[str] = []

    def ready(self) -> None:
        self.told.append("ready")

    def beat(self) -> None:
        self.told.append("beat")

    def status(self, text: str) -> None:
        self.told.append(f"status {text}")

    def stopping(self) -> None:
        self.told.append("stopping")

    @property
    def beats(self) -> int:
        return self.told.count("beat")


def test_a_worker_that_answers_is_a_sign_of_life_and_one_that_hangs_is_none() -> None:
    notifier, sender = FakeNotifier(), FakeSender()
    running = Running(an_agent(sender, notifier=notifier, status=lambda: "12 waiting").run)
    until(lambda: notifier.beats >= 3, "some beats")
    assert notifier.told[0] == "ready"
    assert notifier.told.count("status 12 waiting") == 1
    sender.answer.clear()
    until(lambda: sender.events[-1] == "sends", "the worker to hang")
    while True:  # one answer from before may be on its way yet
        before, turns = notifier.beats, len(running.wait.asked)
        until(lambda turns=turns: len(running.wait.asked) >= turns + 60, "half a second and more")  # type: ignore[misc]
        if notifier.beats == before:
            break
        assert notifier.beats <= before + 1
    sender.answer.set()
    until(lambda: notifier.beats > before, "a beat again")
    running.stop()
    assert notifier.told[-1] == "stopping"


def test_a_long_pass_lives_by_the_requests_that_end_in_it() -> None:
    notifier, sender = FakeNotifier(), FakeSender()
    sender.answer.clear()
    agent = an_agent(sender, notifier=notifier)
    running = Running(agent.run)
    until(lambda: sender.events, "the pass to begin")
    for event in ("acknowledged", "refused", "acknowledged"):
        before = notifier.beats
        agent.heard(event)
        until(lambda before=before: notifier.beats > before, "a beat for the request")  # type: ignore[misc]
    sender.answer.set()
    running.stop()


def test_a_waiting_thread_that_hangs_gives_no_sign_of_life() -> None:
    notifier = FakeNotifier()
    hung, goes_on = threading.Event(), threading.Event()

    class Hangs(Waits):
        def __call__(self, seconds: float) -> bool:
            if notifier.beats >= 2:
                hung.set()
                assert goes_on.wait(60)
                return True
            return super().__call__(seconds)

    sender = FakeSender()
    agent = an_agent(sender, notifier=notifier)
    pool = ThreadPoolExecutor(1)
    future = pool.submit(agent.run, Hangs())
    assert hung.wait(20)
    before = notifier.beats
    for _ in range(100):
        agent.heard("acknowledged")  # the worker lives
        goes_on.wait(0.01)
    assert before <= notifier.beats <= before + 1, "one that was asked for before is all that may come"
    goes_on.set()
    future.result(20)
    pool.shutdown()


class Told:
    """An agent on a real folder and real notices, asleep unless something stirs."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self.votes = folder / "votes.db"
        self.sender = FakeSender()
        self.prober = FakeProber()
        request = Request(folder / requests.TEST_NETWORK)
        self.agent = an_agent(self.sender, self.votes, prober=self.prober, request=request, **how)
        self.running = Running(self.agent.run, restless=False)
        until(lambda: "has sent" in self.sender.events, "the first pass")
        self.asleep()

    @property
    def passes(self) -> int:
        return self.sender.events.count("has sent")

    def asleep(self) -> None:
        """Wait until it sleeps for long, and nothing that has ended is about to ring."""
        wait = self.running.wait

        def sleeps() -> bool:
            has_come_by = wait.rung == wait.woken_by >= self.passes + self.prober.looks
            return has_come_by and wait.asleep and wait.asked[-1] > 5.0

        until(sleeps, "it to go to sleep", 20.0)


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Callable[..., Told]]:
    begun: list[Told] = []

    def begin(**how: Any) -> Told:
        begun.append(Told(tmp_path, **how))
        return begun[-1]

    yield begin
    for told in begun:
        told.running.stop()


@pytest.fixture
def told(tell: Callable[..., Told]) -> Told:
    return tell()


def test_who_waits_sleeps_until_something_stirs(told: Told) -> None:
    turns = len(told.running.wait.asked)
    threading.Event().wait(3 * FRESH_S)
    assert (len(told.running.wait.asked), told.passes) == (turns, 1), "it looks though nobody asked it to"
    told.votes.write_text("a vote")
    until(lambda: told.passes == 2, "what is new to be sent", 20.0)
    told.asleep()
    assert len(told.running.wait.asked) <= turns + 6


def test_what_stirs_beside_the_store_is_not_sent(told: Told) -> None:
    turns = len(told.running.wait.asked)
    (told.votes.parent / "something.else").write_text("else")
    until(lambda: len(told.running.wait.asked) > turns, "it to be woken")
    told.asleep()
    assert told.passes == 1


def test_a_request_is_heard_in_the_sleep(told: Told) -> None:
    requests.test_network(told.votes.parent)
    until(lambda: told.prober.looks == 1, "the look", 20.0)
    until(lambda: not requests.network_is_tested(told.votes.parent), "the request to go", 20.0)
    until(lambda: told.passes == 2, "the pass that tells whether the token is good", 20.0)


def test_votes_do_not_wake_it_while_sending_pauses_and_the_end_of_the_pause_does(told: Told) -> None:
    told.sender.pauses_s = 10.0
    told.votes.write_text("a vote")
    until(lambda: told.passes == 2, "the pass that ends in a pause", 20.0)
    until(lambda: 3.0 < told.running.wait.asked[-1] < 12.0, "it to sleep for the pause")
    turns = len(told.running.wait.asked)
    for number in range(5):
        told.votes.write_text(f"{number} votes")
        threading.Event().wait(0.01)
    assert (len(told.running.wait.asked), told.passes) == (turns, 2)
    ends_s, told.sender.pauses_s = told.sender.paused_until_s, 0.0
    until(lambda: told.passes == 3, "the pass after it", 20.0)
    assert time.monotonic() >= ends_s


def test_a_metered_line_is_used_each_quarter_of_an_hour_whatever_stirs(tell: Callable[..., Told]) -> None:
    told = tell(metered=True)
    told.votes.write_text("a vote")
    threading.Event().wait(2 * FRESH_S)
    assert told.passes == 1
    pace = told.agent._pace
    assert pace is not None
    assert pace.due_s(0.0) - pace._began_s == pytest.approx(METERED_S) == pytest.approx(900.0)


def test_a_folder_that_nobody_tells_of_is_looked_into_each_second(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    sender = FakeSender()
    request = Request(folder / requests.TEST_NETWORK)
    agent = an_agent(sender, folder / "votes.db", prober=FakeProber(), request=request)
    running = Running(agent.run, restless=False)
    try:
        until(lambda: sender.events.count("has sent") >= 3, "a pass each second", 20.0)
        assert max(running.wait.asked) <= FRESH_S
        folder.mkdir()
        until(lambda: running.wait.asked[-1] > 5.0, "it to hear of the folder and sleep", 20.0)
    finally:
        running.stop()


def test_idle_it_wakes_for_signs_of_life_and_little_else(tmp_path: Path) -> None:
    """The longest sleeps are what the benchmark of wake-ups rests on."""
    sender, notifier, steady = FakeSender(), FakeNotifier(30.0), Steady()
    agent = an_agent(sender, tmp_path / "votes.db", notifier=notifier, steady=steady)
    agent._schedule._scheduler._executors["default"] = DebugExecutor()
    sleeps: list[float] = []

    class Plays(Waits):
        def __call__(self, seconds: float) -> bool:
            sleeps.append(seconds)
            steady.now += seconds
            return steady.now >= 1_000.0 + 600.0

    agent.run(Plays())
    assert len(sleeps) <= 600 / EVERY_S + 600 / SLOW_S + 3
    assert notifier.beats == pytest.approx(600 / EVERY_S, abs=1)
    assert sender.events.count("has sent") == pytest.approx(600 / SLOW_S, abs=1)


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

    def run(self, sleeper: Waits, **how: Any) -> None:
        start.run(
            Settings(kiosk=kiosk_settings.Kiosk(id="south"), endpoint=self.endpoint_settings),
            self.folder,
            clocks=lambda: Reading(500_000, 0, "nobody"),
            boot="boot-one",
            trace=lambda row: self.traces.append(json.loads(row)),
            sleeper=sleeper,
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
    running.wait.stop()
    until(lambda: running.wait.ended, "the end to be heard")
    assert running.goes_on
    goes_on.set()
    running.stop()
    assert len(server.asked) <= 2  # the second where the sender was told a moment later
    assert place.traces[-1]["ack"] == (1_000, 3_000)[len(server.asked) - 1]


def to_batches(behaviour: Behaviour) -> Behaviour:
    """So to batches; whoever only asks is answered as by an endpoint."""
    return lambda asked, line: (behaviour if asked.body else says(405))(asked, line)


def test_a_token_that_is_refused_is_found_by_who_asks(place: Place, server: FaultServer) -> None:
    """All of it: a batch that is refused, a request of the kiosk's, a look, the findings as the kiosk reads them."""

    server.always = to_batches(refuses(401, "token"))
    place.desk.vote(1)
    running = Running(lambda wait: place.run(wait, request=place.folder / requests.TEST_NETWORK))
    until(lambda: sync_status(sync_db(place.folder)).alarm, "the token to be refused")
    requests.test_network(place.folder)
    until(lambda: not requests.network_is_tested(place.folder), "the network to be looked at")
    found = network_findings(sync_db(place.folder))
    running.stop()
    assert (found.boot, found.ms) == ("boot-one", 500_000)
    assert [reading.name for reading in found.readings if reading.condition == "bad"] == ["token"]


def test_a_token_that_was_made_known_is_found_good_by_who_asks_though_the_sender_pauses(
    place: Place, server: FaultServer
) -> None:
    server.always = to_batches(refuses(401, "token"))
    place.desk.vote(1)
    running = Running(lambda wait: place.run(wait, request=place.folder / requests.TEST_NETWORK))
    until(lambda: sync_status(sync_db(place.folder)).alarm, "the token to be refused")
    server.always = to_batches(acknowledges())

    def token() -> str:
        found = network_findings(sync_db(place.folder)).readings
        return next((reading.condition for reading in found if reading.name == "token"), "")

    requests.test_network(place.folder)
    until(lambda: token() == "good", "the token to be found good", 20.0)
    running.stop()


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
    found = until(lambda: network_findings(sync_db(place.folder)).readings, "a finding")
    running.stop()
    assert server.asked == []
    assert [(reading.name, reading.condition) for reading in found] == [("endpoint", "good")]
    assert found[0].said == "No endpoint is set: all votes stay on this kiosk, and no network is needed."


def test_a_second_sync_in_the_same_folder_is_refused_in_words_and_the_first_goes_on(place: Place) -> None:
    running = Running(place.run)
    place.desk.vote(1)
    until(lambda: place.endpoint.rows, "the first sync to send")
    with pytest.raises(StateError) as caught:
        place.run(AtOnce())
    assert str(caught.value) == f"{place.folder}: another sync is using this data folder. Stop it first"
    place.desk.vote(1)
    until(lambda: len(place.endpoint.rows) == 2, "the first sync to send again")
    running.stop()


def test_the_folder_is_free_again_after_the_end(place: Place) -> None:
    for _ in range(2):
        place.run(AtOnce())
    with sync_db(place.folder).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_folder_that_is_not_there_is_told_in_words(place: Place) -> None:
    place.folder = place.folder / "absent"
    with pytest.raises(StateError) as caught:
        place.run(AtOnce())
    said = "this folder can't be made (No such file or directory). Is the data folder there and writable?"
    assert str(caught.value) == f"{place.folder}/sync: {said}"


def test_what_sync_keeps_is_in_a_folder_of_its_own_that_others_can_not_look_into(place: Place) -> None:
    before = set(place.folder.iterdir())
    place.run(AtOnce())
    (made,) = set(place.folder.iterdir()) - before
    assert made.name == "sync"
    assert made.stat().st_mode & 0o777 == 0o750
    assert {"sync.db", "sync.lock"} <= {path.name for path in made.iterdir()}


def test_without_a_trace_nothing_is_written(place: Place) -> None:
    place.desk.vote(1)
    heard: list[str] = []
    start._tracer(None, heard.append)("acknowledged", first=1)
    start._tracer(place.traces.append, heard.append)("acknowledged", first=1)  # type: ignore[arg-type]
    (row,) = place.traces
    assert heard == ["acknowledged", "acknowledged"]
    assert json.loads(str(row))["first"] == 1
