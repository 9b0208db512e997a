"""A technician at a whole kiosk: in at any time, his presses marked, no vote meanwhile, nothing that makes it wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hardware.display import Damaged, Move, Release, Touch
from kiosk import app as app_module
from kiosk.backstage.backstage import RULE
from kiosk.backstage.chord import HOLD_MS
from kiosk.backstage.dark import Dark
from kiosk.backstage.runner import DEED_MS, LOOK_MS
from kiosk.backstage.tries import Checked
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.settings import Secret
from kiosk.survey import Survey
from kiosk.technician.desk import Desk
from tests.behind import PIN, facts
from tests.conftest import Clock, until
from tests.test_wall import Shelf, Wall

SMOOTH_MS = 16


class Kiosk(Wall):
    """A wall that a technician comes to."""

    def down(self, *buttons: int) -> None:
        """One after the other, and so no mash."""
        for button in buttons:
            self.clock.ms += 200
            self.loop.post(ButtonPressed(button - 1, self.clock.ms))
            self.settle()

    def up(self, *buttons: int) -> None:
        for button in buttons:
            self.loop.post(ButtonReleased(button - 1, self.clock.ms))
        self.settle()

    def hold(self) -> None:
        """Both outer buttons, long enough."""
        self.down(1, 4)
        self.commit()
        self.wait(HOLD_MS)
        self.up(1, 4)

    def corner(self, taps: int = 5) -> None:
        for _ in range(taps):
            self.screen.touch(9, 9)
            self.settle()

    def named(self) -> list[str]:
        """The votes that the one mark names."""
        ((mark, _),) = self.stored("mark")
        rule, *seqs = mark.split()
        assert rule == RULE
        return [self.store.rows[int(seq) - 1].value for seq in seqs]

    @property
    def screens(self) -> list[str]:
        return [event["screen"] for event in self.traced if event["event"] == "screen"]

    @property
    def name(self) -> str:
        return self.screens[-1]

    def at(self, action: str) -> tuple[int, int]:
        shown = [event for event in self.traced if event["event"] == "screen"][-1]
        (target,) = [target for target in shown["targets"] if target["action"] == action]
        return target["x"] + target["w"] // 2, target["y"] + target["h"] // 2

    def touch(self, action: str) -> None:
        self.clock.ms += 300
        super().touch(action)

    def give_pin(self, pin: str = PIN) -> None:
        for digit in pin:
            self.touch(f"digit:{digit}")
        self.touch("ok")
        self.wait_for(lambda: self.body.said != "One moment …" if self.name == "technician-pin" else True)

    @property
    def body(self) -> Any:
        view = self.app._backstage._dark._view
        assert view
        return view.body

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Errands run on threads of their own."""

        def turned() -> bool:
            self.settle()
            return condition()

        until(turned, "an errand to come home", 20)


@pytest.fixture
def kiosk(clock: Clock, tmp_path: Path, bundled: Survey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kiosk]:
    monkeypatch.setattr(app_module, "Store", Shelf)
    kiosk = Kiosk(clock, tmp_path, [bundled], "00:00-24:00", 12.0, "ntp")
    yield kiosk
    kiosk.behind.tools.hang.set()
    kiosk.behind.tools.slow.set()
    kiosk.loop.close()


def test_holding_the_outer_buttons_opens_it_and_their_presses_are_marked(kiosk: Kiosk) -> None:
    kiosk.hold()
    assert kiosk.name == "technician-pin"
    assert kiosk.stored("vote", "end", "mark") == [
        ("1/4", ""),
        ("4/4", ""),
        ("exit", ""),
        (f"{RULE} 1 2", ""),
    ]


def test_presses_that_are_stored_late_are_marked_late(kiosk: Kiosk) -> None:
    kiosk.down(1, 4)
    kiosk.wait(HOLD_MS)
    assert kiosk.name == "technician-pin"
    assert kiosk.stored("mark") == []
    kiosk.commit()
    assert kiosk.named() == ["1/4", "4/4"]


def test_only_the_presses_of_the_chord_are_marked(kiosk: Kiosk) -> None:
    kiosk.down(2)
    kiosk.commit()
    kiosk.up(2)
    kiosk.wait(60_000)
    kiosk.hold()
    assert kiosk.named() == ["1/4", "4/4"]


def test_letting_go_early_is_a_visit_like_any_other(kiosk: Kiosk) -> None:
    kiosk.down(1, 4)
    kiosk.commit()
    kiosk.wait(HOLD_MS - 1)
    kiosk.up(4)
    kiosk.wait(10_000)
    assert "technician-pin" not in kiosk.screens
    assert kiosk.stored("mark") == []


def test_five_taps_in_the_corner_open_it_and_are_no_votes(kiosk: Kiosk) -> None:
    kiosk.corner(4)
    assert kiosk.name == "attract"
    kiosk.corner(1)
    assert kiosk.name == "technician-pin"
    assert kiosk.stored("vote", "end", "mark") == []


def test_it_opens_in_the_middle_of_a_visit_which_ends_as_exit(kiosk: Kiosk) -> None:
    kiosk.press(2)
    kiosk.commit()
    assert kiosk.name == "ask-liked"
    kiosk.touch("choice:price")
    kiosk.commit()
    kiosk.hold()
    assert kiosk.name == "technician-pin"
    ends = [(row.visit, row.value) for row in kiosk.store.rows if row.kind == "end"]
    assert [value for _, value in ends] == ["exit", "exit"]


def test_it_opens_while_votes_cannot_be_stored(kiosk: Kiosk) -> None:
    kiosk.press(2)
    kiosk.store.fail()
    kiosk.settle()
    kiosk.wait(10_000)
    assert kiosk.name == "trouble"
    kiosk.corner()
    assert kiosk.name == "technician-pin"


def test_it_opens_while_the_kiosk_sleeps(
    clock: Clock, tmp_path: Path, bundled: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "Store", Shelf)
    kiosk = Kiosk(clock, tmp_path, [bundled], "08:00-10:00", 12.0, "ntp")
    kiosk.wait(120_000)
    assert kiosk.name == "asleep"
    kiosk.corner()
    assert kiosk.name == "technician-pin"
    kiosk.touch("leave")
    assert kiosk.name == "attract"
    kiosk.loop.close()


def test_while_it_is_open_no_press_and_no_touch_is_a_vote(kiosk: Kiosk) -> None:
    kiosk.corner()
    kiosk.give_pin()
    for face in (1, 2, 3, 4):
        kiosk.press(face)
        kiosk.up(face)
    for x in range(0, 800, 100):
        kiosk.screen.touch(x, 240)
        kiosk.settle()
    kiosk.order("speak fi")
    kiosk.order("mode large")
    kiosk.commit()
    assert kiosk.stored("vote", "end", "mark", "choice") == []


def test_after_leaving_the_next_press_is_a_vote_and_a_touch_under_the_finger_is_none(kiosk: Kiosk) -> None:
    kiosk.app._host.rules = msgspec.structs.replace(kiosk.app._host.rules, settle_ms=300)
    kiosk.corner()
    kiosk.give_pin()
    kiosk.touch("leave")
    assert kiosk.name == "attract"
    kiosk.screen.touch(*kiosk.at("face:2"))
    kiosk.settle()
    kiosk.commit()
    assert kiosk.stored() == []
    kiosk.press(3)
    kiosk.commit()
    assert kiosk.stored() == [("3/4", "")]


def test_a_wrong_pin_ten_times_is_locked_with_a_wait_that_is_seen_after_a_power_cut_too(
    kiosk: Kiosk, tmp_path: Path, bundled: Survey
) -> None:
    kiosk.corner()
    for _ in range(10):
        while kiosk.body.wait_s:
            kiosk.clock.ms += 1_000 * kiosk.body.wait_s
            kiosk.settle()
            if kiosk.name != "technician-pin":
                kiosk.corner()
        kiosk.give_pin("111111")
    assert kiosk.body.wait_s == 900
    kiosk.wait(5_000)
    assert kiosk.body.wait_s == 895
    kiosk.wait(60_000)
    assert kiosk.name == "attract"

    after_a_power_cut = Kiosk(kiosk.clock, tmp_path, [bundled], "00:00-24:00", 12.0, "ntp")
    after_a_power_cut.corner()
    assert after_a_power_cut.body.wait_s == 900
    after_a_power_cut.loop.close()


def test_pages_show_what_the_tools_bring(kiosk: Kiosk) -> None:
    kiosk.corner()
    kiosk.give_pin()
    kiosk.wait_for(lambda: kiosk.body.head == "Everything works.")
    kiosk.touch("page:votes")
    kiosk.wait_for(lambda: kiosk.body.said == "All there.")
    kiosk.touch("page:results")
    kiosk.wait_for(lambda: kiosk.body.index == "72")
    kiosk.touch("span:week")
    kiosk.wait_for(lambda: kiosk.body.said.startswith("That takes too long"))  # it raised: the log says what
    kiosk.touch("page:network")
    kiosk.touch("test")
    kiosk.wait_for(lambda: kiosk.body.said == "The network was tried just now.")
    kiosk.touch("page:log")
    assert kiosk.body.lines == (("now", "error: x"),)
    kiosk.touch("page:service")
    kiosk.touch("do:export")
    kiosk.wait_for(lambda: kiosk.body.said == "Noted.")
    assert [do.deed for do in kiosk.behind.tools.done] == ["export"]
    kiosk.touch("page:buttons")
    kiosk.touch("tone")
    assert kiosk.behind.sounds == 1


def test_a_look_that_hangs_makes_nothing_wait_and_is_answered_for(kiosk: Kiosk) -> None:
    kiosk.behind.tools.hang.clear()
    kiosk.corner()
    kiosk.give_pin()
    pages = ("verdict", "network", "system", "votes", "results", "verdict")
    for page in pages:  # once, so that the pictures are there
        kiosk.touch(f"page:{page}")
    worst = 0.0
    for page in pages * 3:
        kiosk.screen.touch(*kiosk.at(f"page:{page}"))
        kiosk.clock.ms += 300
        for event in [*kiosk.screen.inputs()]:
            began = time.perf_counter()
            kiosk.app._backstage.handle(event)
            kiosk.app._backstage.pass_time()
            worst = max(worst, time.perf_counter() - began)
        kiosk.settle()
    assert worst * 1000 < SMOOTH_MS
    assert kiosk.body.looking
    kiosk.wait(LOOK_MS)
    assert not kiosk.body.looking
    assert kiosk.body.head == "Everything works."  # of what had answered


def test_a_finger_draws_on_the_touch_page(kiosk: Kiosk) -> None:
    kiosk.corner()
    kiosk.give_pin()
    kiosk.touch("page:touch")
    x, y = kiosk.at("draw")
    kiosk.screen.happened += [Touch(x, y, 1), Move(x + 5, y + 6, 1), Release(x + 5, y + 6, 1)]
    kiosk.settle()
    assert kiosk.body.strokes == (((x, y), (x + 5, y + 6)),)


def test_a_damaged_picture_is_drawn_again(kiosk: Kiosk) -> None:
    kiosk.corner()
    before = kiosk.screen.flips
    kiosk.settle()
    assert kiosk.screen.flips == before
    kiosk.screen.happened.append(Damaged())
    kiosk.settle()
    assert kiosk.screen.flips == before + 1


def test_without_a_pin_it_is_read_only_and_gone_after_20_seconds(kiosk: Kiosk) -> None:
    (kiosk.behind.pin._hash_path).unlink()
    kiosk.behind.pin._given = type(kiosk.behind.pin._given)("")
    kiosk.behind.pin._standing = None  # as after a restart
    kiosk.corner()
    kiosk.wait_for(lambda: kiosk.behind.pin.standing is not None)
    assert kiosk.name == "technician-verdict"
    kiosk.wait(20_000)
    assert kiosk.name == "attract"


def test_a_page_that_cannot_be_drawn_does_not_end_the_kiosk(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Dark, view: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Dark, "show", broken)
    kiosk.corner()
    assert kiosk.name == "attract"
    assert not kiosk.app._backstage.is_open
    kiosk.press(2)
    kiosk.commit()
    assert kiosk.stored() == [("2/4", "")]


def test_whoever_holds_the_outer_buttons_stops_the_counting_for_20_seconds_and_no_longer(kiosk: Kiosk) -> None:
    kiosk.hold()
    before = len(kiosk.stored())
    for _ in range(6):  # a visitor each 5 s
        kiosk.wait(5_000)
        kiosk.press(2)
        kiosk.up(2)
        kiosk.commit()
    assert not kiosk.app._backstage.is_open
    assert len(kiosk.stored()) == before + 3


def test_a_press_counts_by_when_it_was_not_by_when_it_is_handled(kiosk: Kiosk) -> None:
    before_ms = kiosk.clock.ms
    kiosk.clock.ms += 50
    kiosk.corner()
    kiosk.loop.post(ButtonPressed(1, before_ms))  # in time, but its thread was slow
    kiosk.settle()
    kiosk.commit()
    assert kiosk.stored() == [("2/4", "")]
    kiosk.clock.ms += 5_000
    meanwhile_ms = kiosk.clock.ms
    kiosk.touch("leave")
    assert not kiosk.app._backstage.is_open
    kiosk.loop.post(ButtonPressed(2, meanwhile_ms))  # the technician's
    kiosk.settle()
    kiosk.commit()
    assert kiosk.stored() == [("2/4", "")]
    kiosk.press(4)
    kiosk.commit()
    assert kiosk.stored() == [("2/4", ""), ("4/4", "")]


@pytest.mark.parametrize(("down", "opens"), [({0, 3}, True), ({0, 1, 3}, True), ({0}, False), (set(), False)])
def test_the_chord_opens_it_only_where_the_pins_say_so_too(kiosk: Kiosk, down: set[int], opens: bool) -> None:
    """A release whose edge was lost leaves a button down that nobody holds."""
    kiosk.behind.held = down
    kiosk.hold()
    assert kiosk.app._backstage.is_open == opens
    assert bool(kiosk.stored("mark")) == opens


def broken(*_: object, **__: object) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("what", ["view", "deadline", "passed", "touched", "pressed", "shown", "moved"])
def test_whatever_breaks_in_the_diagnostics_closes_them_and_votes_go_on(
    kiosk: Kiosk, what: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kiosk.behind.tools.hang.clear()
    kiosk.corner()
    x, y = kiosk.at("digit:1")
    monkeypatch.setattr(Desk, what, broken)
    if what == "pressed":
        kiosk.loop.post(ButtonPressed(0, kiosk.clock.ms))
    else:
        kiosk.screen.happened += [Touch(x, y), Move(x, y)]
    kiosk.settle()
    kiosk.app.deadline()
    kiosk.settle()
    assert_closed_and_counting(kiosk, caplog)


@pytest.mark.parametrize("what", ["start", "told"])
def test_whatever_breaks_while_they_open_closes_them_and_votes_go_on(
    kiosk: Kiosk, what: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Desk, what, broken)
    kiosk.corner()
    kiosk.wait_for(lambda: not kiosk.app._backstage.is_open)
    assert_closed_and_counting(kiosk, caplog)


def assert_closed_and_counting(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    assert not kiosk.app._backstage.is_open
    assert kiosk.name == "attract"
    assert caplog.text.count("the diagnostics failed, and are closed") == 1
    kiosk.press(2)
    kiosk.commit()
    assert kiosk.stored() == [("2/4", "")]


@pytest.mark.parametrize("way", ["facts", "tools", "held"])
def test_a_machine_that_cannot_be_asked_leaves_them_closed_and_votes_go_on(
    kiosk: Kiosk, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = msgspec.structs.replace(kiosk.app._backstage._ways, **{way: broken})
    monkeypatch.setattr(kiosk.app._backstage, "_ways", ways)
    kiosk.hold()
    assert not kiosk.app._backstage.is_open
    kiosk.press(2)
    kiosk.commit()
    assert kiosk.stored()[-1] == ("2/4", "")


def test_a_pin_that_is_being_tried_lets_nobody_else_in(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    check, go, checked = kiosk.behind.pin.check, threading.Event(), threading.Event()

    def slow(typed: Secret) -> Checked:
        go.wait()
        checked.set()
        return check(typed)

    monkeypatch.setattr(kiosk.behind.pin, "check", slow)
    kiosk.corner()
    for digit in PIN:
        kiosk.touch(f"digit:{digit}")
    kiosk.touch("ok")
    kiosk.touch("leave")
    kiosk.corner()
    go.set()
    until(lambda: all(thread.name != "errand pin" for thread in threading.enumerate()), "the PIN to be tried", 20)
    assert checked.is_set()
    kiosk.settle()
    assert kiosk.name == "technician-pin"


def test_a_deed_that_hangs_is_not_done_twice_by_whoever_opens_it_next(kiosk: Kiosk) -> None:
    kiosk.behind.tools.slow.clear()
    kiosk.corner()
    kiosk.give_pin()
    kiosk.touch("page:service")
    kiosk.touch("do:export")
    kiosk.wait(DEED_MS)
    assert kiosk.body.said.startswith("What was asked for is still being done")
    kiosk.touch("leave")
    kiosk.corner()
    kiosk.give_pin()
    kiosk.touch("page:service")
    kiosk.touch("do:bundle")
    assert kiosk.body.said.startswith("What was asked for is still being done")
    kiosk.touch("do:export")
    assert kiosk.body.said.startswith("What was asked for is still being done")
    assert [do.deed for do in kiosk.behind.tools.done] == ["export"]


def test_while_it_is_closed_the_kiosk_wakes_no_more_often(kiosk: Kiosk) -> None:
    before = kiosk.wait(600_000)
    kiosk.corner()
    kiosk.touch("leave")
    assert kiosk.wait(600_000) <= before + 1
    assert kiosk.app._backstage.deadline is None


def test_the_screen_that_opens_knows_the_kiosk(kiosk: Kiosk) -> None:
    kiosk.behind.facts = facts(kiosk="another")
    kiosk.corner()
    view = kiosk.app._backstage._dark._view
    assert view
    assert view.kiosk == "another"
