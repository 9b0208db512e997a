"""This machine as the diagnostics see it: facts without a look, readings of a made-up Pi, sync asked, deeds refused."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware import board
from hardware.health import Health, bad, good
from kiosk.backstage import machine as machine_module
from kiosk.backstage.machine import Machine, Places, open_backstage
from kiosk.backstage.pin import Pin
from kiosk.clock import Reading
from kiosk.fittings import Fittings, open_fittings
from kiosk.reader import Findings
from kiosk.requests import TEST_NETWORK
from kiosk.response import Draft
from kiosk.ring import Ring
from kiosk.settings import Panel, Secret, parse
from kiosk.store import Board, Store
from kiosk.survey import Survey
from kiosk.technician.asks import Did, Do, Found, Looked
from sync.state import SyncState, make_folder
from tests.conftest import until
from tests.pi import ZONE, Pi
from tests.running import SETTINGS
from tests.test_dark import Screen

TEXT = SETTINGS.replace("{port}", "8765")


class Display(Screen):
    driver = "offscreen"


Make = Callable[..., Machine]


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    pi = Pi(tmp_path / "pi")
    pi.write("proc/sys/kernel/random/boot_id", f"{board.boot_id()}\n")
    return pi


@pytest.fixture
def make(pi: Pi, tmp_path: Path, bundled: Survey, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("MOODPOST_RUNTIME", raising=False)
    monkeypatch.delenv("MOODPOST_APPLY", raising=False)

    def make(
        text: str = TEXT,
        fitted: Fittings | None = None,
        *,
        touchable: bool = True,
        told: Callable[[], list[Health]] = list,
        **places: Any,
    ) -> Machine:
        where = Places(pi.data, tmp_path / "moodpost.toml", root=pi.root, **places)
        return Machine(
            where,
            parse(text),
            fitted or Fittings(),
            Display(),  # type: ignore[arg-type]
            survey=lambda: bundled,
            touchable=lambda: touchable,
            told=told,
        )

    return make


def test_new_settings_that_were_refused_are_looked_at_too(make: Make) -> None:
    found: dict[str, Looked] = {}
    said = [bad("settings", "The new settings were refused: moodpost.toml: found no [kiosk]")]
    make(told=lambda: said).examine(lambda looked: found.__setitem__(looked.source, looked))
    assert found["settings"].readings == tuple(said)


def vote(data: Path) -> None:
    store = Store(
        data / "votes.db",
        Board(board.boot_id(), ""),
        settled=lambda _: None,
        read_clock=lambda: Reading(*board.clocks()),
    )
    store.put([Draft(1, 0, "vote", "visit/2", "visit", "2/4", "physical", "en", "", board.boottime_ms())], 1)
    store.close()


def test_facts_are_known_without_a_look(make: Make) -> None:
    facts = make().facts()
    assert (facts.kiosk, facts.rotate, facts.size, facts.touchable) == ("test-kiosk", 0, (800, 480), True)
    assert facts.buttons == ((5, 29), (6, 31), (13, 33), (19, 35))
    assert facts.survey.questions[0] == "How was your visit today?"
    assert len(facts.marks) == 5
    assert (facts.lights, facts.buzzer, facts.panel) == (False, False, "")
    broken = Fittings(trouble="no GPIO chip answers")
    assert make(fitted=broken, touchable=False).facts().panel.startswith("The buttons don't work")


@pytest.mark.parametrize(("applier", "why"), [("none", True), ("files", True), ("fake", False)])
def test_why_nothing_can_be_done_is_known(make: Make, applier: str, why: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODPOST_APPLY", "/nowhere/at/all")
    machine = make(applier=applier)
    assert bool(machine.facts().applier) == why


def test_where_nobody_does_deeds_looking_for_a_stick_says_so(make: Make) -> None:
    machine = make(applier="none")
    assert machine.do(Do("find")) == Found((machine.facts().applier,), usable=False)


def test_a_deed_goes_to_the_applier(make: Make) -> None:
    did = make(applier="fake").do(Do("restart"))
    assert isinstance(did, Did)
    assert "Nothing was done" in did.said


def test_a_look_finds_what_is_wrong_with_the_pi(make: Make, pi: Pi) -> None:
    vote(pi.data)
    machine = make()
    pi.write(f"{ZONE}/temp", "86012\n")
    found: dict[str, Looked] = {}
    machine.examine(lambda looked: found.__setitem__(looked.source, looked))
    readings = {reading.name: reading for looked in found.values() for reading in looked.readings}
    assert readings["temperature"].condition == "bad"
    assert readings["store"].condition == "good"
    assert readings["votes.waiting"].said.startswith("1 response waits")
    assert readings["panel.buttons"].said
    assert set(json.loads(machine._status())) == set(found)
    pi.write(f"{ZONE}/temp", "48686\n")
    machine.examine(lambda looked: found.__setitem__(looked.source, looked))
    assert {r.name: r.condition for looked in found.values() for r in looked.readings}["temperature"] == "good"


def test_votes_and_results_come_from_the_store(make: Make, pi: Pi) -> None:
    machine = make()
    assert machine.votes().condition == "unknown"
    assert machine.results("today", False).votes == 0
    vote(pi.data)
    counts = {count.name: count.value for count in machine.votes().counts}
    assert counts["Waiting"] == "1"
    assert machine.results("week", True).votes == 1


def test_sync_is_asked_to_try_the_network_and_waited_for(make: Make, pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_module, "STEP_S", 0.01)
    asked = threading.Event()

    def sync() -> None:
        while not (pi.data / TEST_NETWORK).exists():
            assert not asked.wait(0.005)
        state = SyncState(make_folder(pi.data))
        found = Findings(board.boot_id(), board.boottime_ms(), (good("link", "There is a link."),))
        state.note("findings", json.dumps({"boot": found.boot, "ms": found.ms, "readings": []}))
        state.close()
        (pi.data / TEST_NETWORK).unlink()

    thread = threading.Thread(target=sync)
    thread.start()
    assert make().test_network() == "The network was tried just now."
    thread.join()


def test_a_sync_that_does_not_answer_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_module, "STEP_S", 0.01)
    monkeypatch.setattr(machine_module, "TRY_S", 0.05)
    assert make().test_network().startswith("Sync has not answered")


def test_where_sync_cannot_be_asked_that_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/nowhere/at/all")
    assert make().test_network().startswith("Sync can't be asked: ")


@pytest.mark.parametrize("kept", ["", "135790"])
def test_a_pin_in_the_settings_is_kept_at_the_start_though_nobody_opens_the_diagnostics(
    make: Make, pi: Pi, tmp_path: Path, kept: str
) -> None:
    if kept:
        Pin(pi.data, board.boottime_ms, Secret(kept)).load()
    there = TEXT.split("[technician]")[0] + '[technician]\npin = "246810"\n'
    nothing: Any = None
    places = Places(pi.data, tmp_path / "moodpost.toml")
    open_backstage(make(), places, parse(there), nothing, nothing, nothing, nothing, ring=Ring())
    until(lambda: all(thread.name != "pin" for thread in threading.enumerate()), "the PIN to be loaded", 20)
    later = Pin(pi.data, board.boottime_ms)
    later.load()
    assert later.check(Secret("246810")).right


def test_who_is_held_is_what_the_panel_says(make: Make) -> None:
    assert make().held() is None
    with contextlib.ExitStack() as parts:
        fitted = open_fittings(Panel(buttons=[5, 6, 13]), "mock", lambda *_: None, parts)
        assert fitted.hands
        fitted.hands.down(2)
        assert set(make(fitted=fitted).held() or ()) == {2}


def test_the_log_has_the_times_of_the_place(make: Make) -> None:
    ring = Ring()
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "not stored", None, None)
    record.created = 1_795_707_600.0
    ring.emit(record)
    assert make().log(ring) == (("26 Nov 15:40:00", "error: not stored"),)
    there = TEXT.replace('id = "test-kiosk"', 'id = "k"\ntimezone = "Europe/Helsinki"')
    assert make(there).log(ring) == (("26 Nov 17:40:00", "error: not stored"),)
