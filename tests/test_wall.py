"""The app through a day on its wall, turn by turn under a clock that tests move: touches, buttons, sleep, surveys."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pygame
import pytest

from hardware.display import Damaged, Key, Release, Touch
from hardware.watchdog import Notifier
from kiosk import app as app_module
from kiosk.app import App
from kiosk.backstage.dark import Dark
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.clock import Reading
from kiosk.day import DRIFT_MS, LOOK_MS, QUIET_MS, Day
from kiosk.fingers import HOLD_MS
from kiosk.loop import Loop
from kiosk.misuse import Limits
from kiosk.orders import Order
from kiosk.reader import SyncStatus
from kiosk.response import Draft, Response
from kiosk.screens.view import Ask, Asleep, Attract, Modes
from kiosk.show import Show, Trace, screen_name
from kiosk.state import Rules
from kiosk.store import Board, Settled
from kiosk.survey import Schedule, Survey
from kiosk.timetable import Timetable
from kiosk.watch import Watch
from tests.behind import Behind
from tests.conftest import Clock

SIZE = (800, 480)
HOUR = 3_600_000
MIDNIGHT = round(datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC).timestamp() * 1000)


class Screen:
    """A display with fingers of its own."""

    driver = "offscreen"
    size = SIZE

    def __init__(self) -> None:
        self.surface = pygame.Surface(SIZE)
        self.flips = 0
        self.happened: list[Any] = []
        self.inputs_changed = False
        self.refreshed = 0

    def flip(self, area: object = None) -> None:
        self.flips += 1

    def inputs(self) -> list[Any]:
        happened, self.happened = self.happened, []
        return happened

    def refresh_inputs(self) -> bool:
        changed, self.inputs_changed = self.inputs_changed, False
        self.refreshed += 1
        return changed

    def descriptors(self) -> list[int]:
        return []

    def touch(self, x: int, y: int) -> None:
        self.press_at(x, y)
        self.release_at(x, y)

    def press_at(self, x: int, y: int) -> None:
        self.happened.append(Touch(x, y))

    def release_at(self, x: int, y: int) -> None:
        self.happened.append(Release(x, y))


class Shelf:
    """A store that keeps what it is given and commits when a test says so."""

    def __init__(self, *_: object, settled: Callable[[object], None], **__: object) -> None:
        self._settled = settled
        self._waiting: list[tuple[list[Draft], int]] = []
        self.rows: list[Draft] = []
        self._visits: dict[int, int] = {}

    def put(self, rows: list[Draft], ticket: int | None) -> None:
        if ticket is None:
            self.rows += rows
        else:
            self._waiting.append((list(rows), ticket))

    def commit(self) -> None:
        for drafts, ticket in self._waiting:
            rows = []
            for draft in drafts:
                self.rows.append(draft)
                seq = len(self.rows)
                fields = {**msgspec.structs.asdict(draft), "visit": self._visits.setdefault(draft.visit, seq)}
                rows.append(Response(seq=seq, boot=1, **fields))
            self._settled(Settled(ticket, tuple(rows)))
        self._waiting.clear()

    def fail(self) -> None:
        for _, ticket in self._waiting:
            self._settled(Settled(ticket, error="no room"))
        self._waiting.clear()

    waiting: int | None = None

    def answers(self, since_ms: int) -> bool:
        return True

    def close(self) -> None:
        pass


class Sounds:
    """A buzzer that remembers."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.deadline: int | None = None

    def sound(self, name: str, now_ms: int) -> None:
        self.heard.append(name)
        self.deadline = now_ms + 100

    def advance(self, now_ms: int) -> None:
        assert self.deadline is not None
        assert now_ms >= self.deadline
        self.deadline = None


class Wall:
    """A kiosk on a wall."""

    def __init__(self, clock: Clock, folder: Path, surveys: list[Survey], hours: str, hour: float, by: Any) -> None:
        self.clock = clock
        self.by = by
        self._ahead = MIDNIGHT + round(hour * HOUR) - clock.ms
        self.loop = Loop(clock)
        self.screen = Screen()
        self.buzzer = Sounds()
        self.traced: list[Any] = []
        trace = Trace(lambda line: self.traced.append(msgspec.json.decode(line)))
        day = Day(Timetable(surveys, hours), self.read)
        day.look(clock.ms)
        self.show = Show(self.screen, day.survey, trace, clock)  # type: ignore[arg-type]
        self.kinds = frozenset({"choice", "choices", "nps", "text"})
        self.behind = Behind(folder, clock)
        dark = Dark(self.screen, self.show, trace)  # type: ignore[arg-type]
        self.app = App(
            rules=lambda survey: Rules(
                survey, survey.languages[0], self.kinds, tuple(survey.languages), settle_ms=0, modes=Modes()
            ),
            day=day,
            loop=self.loop,
            clock=clock,
            display=self.screen,  # type: ignore[arg-type]
            show=self.show,
            backstage=lambda mark: self.behind.backstage(dark, self.screen.size, self.loop.post, mark),
            votes=folder / "votes.db",
            board=Board("boot", ""),
            read_clock=self.read,
            sync_status=SyncStatus,
            retention_days=400,
            trace=trace,
            buzzer=self.buzzer,  # type: ignore[arg-type]
            notifier=Notifier(),
        )
        self.store: Shelf = self.app._store  # type: ignore[assignment]
        self.app.begin()
        self.settle()

    def read(self) -> Reading:
        return Reading(self.clock.ms, self.clock.ms + self._ahead, self.by)

    def settle(self) -> None:
        """Turn until there is nothing left to do now."""
        while self.app.turn():
            pass

    def wait(self, ms: int) -> int:
        """Let time pass, waking when the app wants to; how often it woke."""
        until, woke = self.clock.ms + ms, 0
        while (due := self.app.deadline()) is not None and due <= until:
            self.clock.ms = max(due, self.clock.ms)
            self.settle()
            woke += 1
        self.clock.ms = until
        return woke

    def press(self, face: int) -> None:
        self.loop.post(ButtonPressed(face - 1, self.clock.ms))
        self.settle()

    def commit(self) -> None:
        self.store.commit()
        self.settle()

    def at(self, action: str) -> tuple[int, int]:
        (target,) = [target for target in self.show._targets if target.action == action]
        return target.x + target.w // 2, target.y + target.h // 2

    def key(self, letter: str) -> str:
        """The action of the key that types a letter, however its case stands."""
        return next(t.action for t in self.show._targets if t.action.lower() == f"key:{letter}")

    def touch(self, action: str) -> None:
        self.screen.touch(*self.at(action))
        self.settle()

    def order(self, line: str) -> None:
        self.loop.post(Order(line))
        self.settle()

    @property
    def name(self) -> str:
        assert self.show.view
        return screen_name(self.show.view)

    @property
    def shown(self) -> Any:
        return self.show.view

    def stored(self, *kinds: str) -> list[tuple[str, str]]:
        return [(row.value, row.misuse) for row in self.store.rows if row.kind in (kinds or ("vote",))]


@pytest.fixture
def wall(
    clock: Clock, tmp_path: Path, bundled: Survey, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Wall]]:
    """Hangs up a kiosk: `wall(surveys, hours=…, hour=…, by=…)`."""
    monkeypatch.setattr(app_module, "Store", Shelf)
    hung: list[Wall] = []

    def hang(*surveys: Survey, hours: str = "00:00-24:00", hour: float = 12.0, by: str = "ntp") -> Wall:
        hung.append(Wall(clock, tmp_path, list(surveys) or [bundled], hours, hour, by))
        return hung[-1]

    yield hang
    for one in hung:
        one.loop.close()


def test_an_idle_kiosk_wakes_once_a_minute_at_the_most(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    assert kiosk.wait(60 * LOOK_MS) <= 60
    assert kiosk.name == "attract"


def test_an_idle_picture_is_drawn_again_only_to_stand_elsewhere(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    before = kiosk.screen.flips
    kiosk.wait(10 * DRIFT_MS)
    assert 8 <= kiosk.screen.flips - before <= 10


def test_during_a_visit_the_picture_stays_where_it_is(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.wait(DRIFT_MS + LOOK_MS)
    drift = kiosk.show._drift
    assert drift != (0, 0)
    kiosk.press(4)
    kiosk.commit()
    for _ in range(20):
        kiosk.wait(15_000)
        kiosk.screen.touch(0, kiosk.screen.size[1] - 1)  # somebody thinks, and touches nothing
        kiosk.settle()
        assert kiosk.name == "ask-improve"
        assert kiosk.show._drift == drift
    kiosk.wait(60_000)
    assert kiosk.name == "attract"
    assert kiosk.show._drift != drift


def test_outside_the_hours_the_screen_sleeps_and_wakes_when_it_opens(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=20.99)
    assert kiosk.name == "attract"
    kiosk.wait(60_000)
    assert kiosk.name == "asleep"
    kiosk.wait(11 * HOUR)
    assert kiosk.name == "attract"


def test_only_the_touch_that_wakes_the_screen_is_swallowed(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=23)
    face = kiosk.at("face:2")
    kiosk.wait(QUIET_MS)
    assert kiosk.name == "asleep"
    kiosk.screen.touch(*face)
    kiosk.settle()
    assert kiosk.name == "attract"
    assert kiosk.app.close() is None
    assert kiosk.stored() == []
    kiosk.screen.touch(*face)
    kiosk.settle()
    kiosk.commit()
    assert kiosk.stored() == [("2/4", "closed/1")]


def test_every_press_of_a_button_on_a_sleeping_kiosk_is_stored_marked_and_wakes_it(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=23)
    kiosk.wait(QUIET_MS)
    kiosk.press(1)
    assert kiosk.name == "voted"
    kiosk.commit()
    assert kiosk.stored() == [("1/4", "closed/1")]
    kiosk.wait(QUIET_MS)
    assert kiosk.name == "asleep"


def test_a_woken_screen_sleeps_again_after_a_minute_of_quiet(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=23)
    kiosk.wait(QUIET_MS)
    kiosk.screen.touch(400, 240)
    kiosk.settle()
    kiosk.wait(QUIET_MS - 1)
    assert kiosk.name == "attract"
    kiosk.wait(1)
    assert kiosk.name == "asleep"


def test_closing_time_ends_no_visit(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=21 - 5 / 3600)
    kiosk.press(3)
    kiosk.commit()
    kiosk.wait(10_000)
    assert kiosk.name == "ask-improve"
    kiosk.press(4)  # another visitor, after closing time
    kiosk.commit()
    assert kiosk.stored() == [("3/4", ""), ("4/4", "closed/1")]


def test_while_nobody_vouches_for_the_clock_it_never_sleeps_and_marks_nothing(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-08:01", hour=23, by="nobody")
    kiosk.wait(3 * HOUR)
    assert kiosk.name == "attract"
    kiosk.press(1)
    kiosk.commit()
    assert kiosk.stored() == [("1/4", "")]


def lunch_and(bundled: Survey) -> tuple[Survey, Survey]:
    dish = msgspec.structs.replace(bundled.question, text=dict.fromkeys(bundled.languages, "How was the dish?"))
    return msgspec.structs.replace(
        bundled, id="lunch", question=dish, languages=["fi", "en"], schedule=Schedule(hours="11:00-14:00")
    ), bundled


def test_another_survey_is_asked_when_its_hour_has_come(wall: Callable[..., Wall], bundled: Survey) -> None:
    lunch, shop = lunch_and(bundled)
    kiosk = wall(lunch, shop, hour=10.5)
    kiosk.wait(HOUR // 2 - 1)
    kiosk.press(1)
    kiosk.commit()
    kiosk.wait(120_000)
    assert kiosk.shown.language == "fi"
    kiosk.press(1)
    kiosk.commit()
    kiosk.wait(3 * HOUR)
    kiosk.press(1)
    kiosk.commit()
    assert [row.survey for row in kiosk.store.rows if row.kind == "vote"] == [shop.name, lunch.name, shop.name]
    assert [e["survey"] for e in kiosk.traced if e["event"] == "survey"] == [lunch.name, shop.name]


def test_a_visit_ends_with_the_survey_that_it_began_with(wall: Callable[..., Wall], bundled: Survey) -> None:
    kiosk = wall(*lunch_and(bundled), hour=11 - 5 / 3600)
    kiosk.press(4)
    kiosk.commit()
    kiosk.wait(10_000)
    assert kiosk.name == "ask-improve"
    kiosk.touch("choice:price")
    kiosk.commit()
    assert {row.survey for row in kiosk.store.rows} == {bundled.name}


def counting(bundled: Survey) -> Survey:
    return msgspec.structs.replace(bundled, attract=msgspec.structs.replace(bundled.attract, count=True))


def test_todays_count_grows_with_each_visit_and_begins_anew_at_midnight(
    wall: Callable[..., Wall], bundled: Survey
) -> None:
    kiosk = wall(counting(bundled), hour=23.9)
    assert kiosk.shown == Attract("en", languages=kiosk.shown.languages)  # nobody yet: better said by nothing
    for face in (1, 2):
        kiosk.press(face)
        kiosk.commit()
        kiosk.wait(60_000)
    assert kiosk.shown.today == 2
    kiosk.wait(HOUR)
    assert kiosk.shown.today is None


@pytest.mark.parametrize("by", ["nobody", "ntp"])
def test_the_count_is_shown_only_where_it_is_wanted_and_known(
    wall: Callable[..., Wall], bundled: Survey, by: str
) -> None:
    kiosk = wall(counting(bundled) if by == "nobody" else bundled, by=by)
    kiosk.press(1)
    kiosk.commit()
    kiosk.wait(60_000)
    assert kiosk.shown.today is None


def test_each_action_on_the_screen_reaches_the_visit(wall: Callable[..., Wall], bundled: Survey) -> None:
    kiosk = wall()
    kiosk.order("speak fi")
    kiosk.order("mode reach")
    assert (kiosk.shown.language, kiosk.shown.modes) == ("fi", Modes(reach=True))
    kiosk.order("mode reach")
    kiosk.press(4)
    kiosk.commit()
    assert (kiosk.name, kiosk.shown.language) == ("ask-improve", "fi")
    kiosk.touch("languages")
    assert kiosk.name == "languages"
    kiosk.touch("mode:large")
    kiosk.touch("mode:contrast")
    assert kiosk.shown.modes == Modes(contrast=True, large=True)
    kiosk.touch("language:en")
    assert (kiosk.name, kiosk.shown.language, kiosk.shown.modes.large) == ("ask-improve", "en", True)
    kiosk.touch("choice:price")
    if "done" in {target.action for target in kiosk.show._targets}:
        kiosk.touch("done")
    kiosk.commit()
    assert kiosk.name == "ask-comment"
    for letter in "hi":
        kiosk.touch(kiosk.key(letter))
    kiosk.touch("done")
    kiosk.commit()
    assert kiosk.name == "thanks"
    assert [value.lower() for value, _ in kiosk.stored("choice", "choices", "text")] == ["price", "hi"]
    kiosk.wait(60_000)
    assert kiosk.shown == Attract("en", languages=kiosk.shown.languages)


def test_a_touch_beside_everything_extends_the_deadline(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(4)
    kiosk.commit()
    kiosk.wait(15_000)
    assert kiosk.shown.left_s is not None
    kiosk.screen.touch(0, kiosk.screen.size[1] - 1)
    kiosk.settle()
    assert kiosk.shown.left_s is None
    kiosk.wait(15_000)
    assert kiosk.name == "ask-improve"


def test_a_visit_counts_down_by_the_second_and_ends_by_itself(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(4)
    kiosk.commit()
    seen = []
    for _ in range(21):
        seen.append(kiosk.shown.left_s if isinstance(kiosk.shown, Ask) else "gone")
        kiosk.wait(1_000)
    assert seen == [*[None] * 10, *range(10, 0, -1), "gone"]
    assert kiosk.stored("end") == [("timeout", "")]


def commenting(kiosk: Wall) -> None:
    kiosk.press(4)
    kiosk.commit()
    kiosk.touch("choice:price")
    if "done" in {target.action for target in kiosk.show._targets}:
        kiosk.touch("done")
    kiosk.commit()
    assert kiosk.name == "ask-comment"


def test_a_key_that_is_held_offers_others_and_one_without_others_is_typed(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    commenting(kiosk)
    for letter in "qe":
        at = kiosk.at(kiosk.key(letter))
        kiosk.screen.press_at(*at)
        kiosk.settle()
        assert kiosk.shown.entry.offered == ""
        kiosk.wait(HOLD_MS)
        kiosk.screen.release_at(*at)
        kiosk.settle()
    assert kiosk.shown.entry.text == "Q"
    assert kiosk.shown.entry.offered == "e"
    kiosk.touch("key:é")
    assert kiosk.shown.entry.text == "Qé"


def test_a_key_darkens_when_it_is_touched_and_types_when_it_is_let_go(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    commenting(kiosk)
    kiosk.wait(1_000)
    flips, at = kiosk.screen.flips, kiosk.at(kiosk.key("q"))
    kiosk.screen.press_at(*at)
    kiosk.settle()
    assert kiosk.screen.flips == flips + 1
    assert kiosk.shown.entry.text == ""
    kiosk.screen.release_at(*at)
    kiosk.settle()
    assert kiosk.shown.entry.text == "Q"
    assert kiosk.screen.flips == flips + 2


def test_a_finger_that_rests_while_the_screen_changes_does_nothing_on_the_next(
    wall: Callable[..., Wall], bundled: Survey
) -> None:
    kiosk = wall(msgspec.structs.replace(bundled, followups=[f for f in bundled.followups if f.kind == "text"]))
    kiosk.press(4)
    kiosk.commit()
    at = kiosk.at(kiosk.key("q"))
    kiosk.screen.press_at(*at)
    kiosk.settle()
    kiosk.clock.move(4)
    kiosk.press(1)  # the next visitor, who comes to a keyboard too
    kiosk.commit()
    kiosk.screen.release_at(*at)
    kiosk.settle()
    assert [row.visit for row in kiosk.store.rows if row.kind == "vote"] == [1, 2]
    assert kiosk.name == "ask-comment"
    assert kiosk.shown.entry.text == ""


@pytest.mark.parametrize("touched", [["languages"], ["languages", "language:ar"], ["languages", "mode:large", "back"]])
def test_the_screen_neither_sleeps_nor_asks_something_else_under_a_visitor_who_has_chosen(
    wall: Callable[..., Wall], bundled: Survey, touched: list[str]
) -> None:
    lunch, shop = lunch_and(bundled)
    kiosk = wall(lunch, shop, hours="08:00-11:00", hour=11 - 5 / 3600)
    for action in touched:
        kiosk.touch(action)
    shown = kiosk.name
    kiosk.wait(QUIET_MS // 6)
    kiosk.app._day.stir(kiosk.clock.ms - 2 * QUIET_MS)  # as if nobody had touched anything for long
    kiosk.settle()
    assert kiosk.app._day.closed
    assert kiosk.name == shown
    assert [e for e in kiosk.traced if e["event"] == "survey"] == []
    kiosk.wait(30_000)
    assert kiosk.name == "asleep"
    assert [e["survey"] for e in kiosk.traced if e["event"] == "survey"] == [lunch.name]


def test_the_last_face_of_one_survey_locks_nobody_out_of_the_next(wall: Callable[..., Wall], bundled: Survey) -> None:
    lunch, shop = lunch_and(bundled)
    kiosk = wall(lunch, shop, hour=11 - 1.5 / 3600)
    kiosk.press(1)
    kiosk.commit()
    kiosk.touch("skip")
    host = kiosk.app._host
    host.state = msgspec.structs.replace(host.state, deadline=kiosk.clock.ms)  # thanks has been read
    kiosk.settle()
    kiosk.wait(1_600)
    assert [e["survey"] for e in kiosk.traced if e["event"] == "survey"] == [lunch.name]
    kiosk.press(1)
    kiosk.commit()
    assert [(r.survey, r.misuse) for r in kiosk.store.rows if r.kind == "vote"] == [(shop.name, ""), (lunch.name, "")]


def test_players_hold_keys_too(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    commenting(kiosk)
    x, y = kiosk.at("key:delete")
    for letter in "qwq":
        kiosk.touch(kiosk.key(letter))
    kiosk.order(f"hold {x} {y}")
    kiosk.wait(5_000)
    assert len(kiosk.shown.entry.text) < 3  # a held delete goes on
    assert kiosk.app._fingers.deadline is None  # but is let go


def test_a_tone_is_heard_after_commit_and_another_when_it_fails(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(4)
    assert kiosk.buzzer.heard == []
    kiosk.commit()
    assert kiosk.buzzer.heard == ["thanked"]
    kiosk.wait(1_000)
    kiosk.press(4)  # the same finger again: stored, not thanked for
    kiosk.commit()
    assert kiosk.buzzer.heard == ["thanked"]
    kiosk.wait(5_000)
    kiosk.press(1)
    kiosk.store.fail()
    kiosk.settle()
    assert kiosk.name == "trouble"
    assert kiosk.buzzer.heard == ["thanked", "refused"]
    kiosk.wait(1_000)
    assert kiosk.buzzer.deadline is None


def test_a_store_that_never_answers_is_heard_as_a_refusal(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(1)
    kiosk.wait(10_000)
    assert kiosk.name == "trouble"
    assert kiosk.buzzer.heard == ["refused"]


def test_a_touch_that_the_visit_takes_for_a_slip_is_not_traced_as_pressed(
    wall: Callable[..., Wall], bundled: Survey
) -> None:
    kiosk = wall()
    kiosk.app._host.rules = msgspec.structs.replace(kiosk.app._host.rules, settle_ms=300)
    kiosk.order("speak fi")
    kiosk.touch("face:1")  # the second of two taps on a language
    assert [e for e in kiosk.traced if e["event"] == "pressed"] == []
    kiosk.wait(300)
    kiosk.touch("face:1")
    kiosk.commit()
    assert [e["face"] for e in kiosk.traced if e["event"] == "pressed"] == [1]
    assert kiosk.stored() == [("1/4", "")]


def test_a_face_that_the_survey_has_not_is_nobodys_vote(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(5)
    kiosk.screen.happened.append(Key(1, True))  # real pins: a keyboard presses nothing
    kiosk.screen.happened.append(Damaged())
    kiosk.settle()
    kiosk.commit()
    assert kiosk.stored() == []
    assert isinstance(kiosk.shown, Attract)


def test_a_sleeping_kiosk_that_lost_its_store_sleeps_on(wall: Callable[..., Wall]) -> None:
    kiosk = wall(hours="08:00-21:00", hour=23)
    kiosk.loop.post(Settled(None, error="no room"))
    kiosk.settle()
    assert kiosk.name == "trouble"
    kiosk.wait(QUIET_MS)
    assert isinstance(kiosk.shown, Asleep)


def test_followups_are_asked_from_when_a_touch_panel_is_plugged_in_and_no_more_once_it_is_out(
    wall: Callable[..., Wall],
) -> None:
    kiosk = wall()
    panel = kiosk.kinds
    for there in (False, True, False):
        kiosk.kinds = panel if there else frozenset()
        kiosk.screen.inputs_changed = True
        kiosk.settle()
        assert not kiosk.screen.inputs_changed
        kiosk.press(4)
        kiosk.commit()
        assert kiosk.name == ("ask-improve" if there else "thanks")
        kiosk.wait(60_000)
        assert kiosk.name == "attract"


def test_a_panel_that_comes_or_goes_changes_nothing_under_a_visitors_hands(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(4)
    kiosk.commit()
    kiosk.kinds = frozenset()
    kiosk.screen.inputs_changed = True
    kiosk.settle()
    kiosk.touch("choice:staff")
    kiosk.touch("done")
    kiosk.commit()
    assert kiosk.stored("choices") == [("staff", "")]
    kiosk.wait(2 * LOOK_MS)
    assert kiosk.name == "attract"
    kiosk.press(4)
    kiosk.commit()
    assert kiosk.name == "thanks"


def test_each_minute_what_can_be_heard_is_looked_at_and_a_light_that_failed_is_tried_again(
    wall: Callable[..., Wall], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = wall()
    tries: list[int] = []
    monkeypatch.setattr(kiosk.show, "relight", lambda: tries.append(kiosk.clock.ms))
    before = kiosk.screen.refreshed
    kiosk.wait(5 * LOOK_MS)
    assert (kiosk.screen.refreshed - before, len(set(tries))) == (5, 5)


def test_a_burst_is_marked_where_it_is_stored_and_its_beginning_by_a_row_that_rides(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    for n in range(9):
        kiosk.press(1 + n % 4)
        kiosk.commit()
        kiosk.wait(400)
    assert [misuse for _, misuse in kiosk.stored()] == [""] * 7 + ["burst/1"] * 2
    ((value, _),) = kiosk.stored("mark")
    named = {int(word) for word in value.split()[1:]}
    rows = enumerate(kiosk.store.rows, 1)
    assert named == {seq for seq, row in rows if row.kind == "vote" and not row.misuse}


def test_what_the_settings_switch_off_is_not_marked(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.app._host._watch = Watch(Limits(burst_votes=0, mash_ms=0, rhythm_votes=0))
    for n in range(20):
        kiosk.press(1 + n % 4)
        kiosk.commit()
    assert {misuse for _, misuse in kiosk.stored("vote", "mark")} == {""}


def test_a_button_held_for_too_long_is_marked_when_it_is_let_go(wall: Callable[..., Wall]) -> None:
    kiosk = wall()
    kiosk.press(2)
    kiosk.commit()
    kiosk.wait(11_000)
    kiosk.loop.post(ButtonReleased(1, kiosk.clock.ms))
    kiosk.settle()
    assert kiosk.stored("mark") == [("stuck/1 1", "")]


def test_a_button_that_is_never_let_go_is_marked_within_a_minute(wall: Callable[..., Wall]) -> None:
    class Stuck:
        pins = (5, 6, 13, 19)

        def held(self) -> dict[int, int]:
            return {1: 0}

    kiosk = wall()
    kiosk.app._panel = Stuck()  # type: ignore[assignment]
    kiosk.press(2)
    kiosk.commit()
    kiosk.wait(LOOK_MS + 11_000)
    assert kiosk.stored("mark") == [("stuck/1 1", "")]


def test_pins_that_come_later_are_taken_while_nobody_is_there(
    wall: Callable[..., Wall], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, late = wall(), Sounds()
    tried: list[int] = []

    def repair() -> None:
        tried.append(kiosk.clock.ms)
        kiosk.app.refit(None, late)  # type: ignore[arg-type]

    monkeypatch.setattr(kiosk.app, "_repair", repair)
    kiosk.press(1)
    kiosk.commit()
    kiosk.app._look(kiosk.clock.ms)
    assert tried == [], "somebody is there"
    kiosk.wait(2 * 60_000)
    assert tried
    kiosk.press(2)
    kiosk.commit()
    assert (kiosk.buzzer.heard.count("thanked"), late.heard) == (1, ["thanked"])
