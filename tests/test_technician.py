"""The diagnostics as one machine: the PIN, quiet time, pages, deeds; nothing seen or done that may not be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Proxy, Wifi
from hardware.health import Health, bad, good, unknown
from kiosk.backstage.tries import Checked, Standing
from kiosk.screens.technician import pages
from kiosk.settings import Secret
from kiosk.survey import Survey
from kiosk.technician import asks
from kiosk.technician.asks import Touch
from kiosk.technician.desk import QUIET_MS, READ_ONLY_MS, SETTLE_MS, TRYING_MS, TURNING_MS, WARN_MS, Desk
from kiosk.technician.figures import in_force
from kiosk.technician.pad import TYPING_MS
from kiosk.technician.readings import QR_LONGEST, unaddressed
from kiosk.technician.service import CLEAN_MS
from tests.behind import facts

MARKS = facts().marks
BOARD = (100, 50, 400, 300)
WAITS = good("votes.waiting", "3 responses wait to be sent, the oldest for 9 s.")


class Opened:
    """A desk and whoever stands before it; what it asks is kept in `asked`."""

    def __init__(self, standing: Standing | None = Standing(True), *, unlocked: bool = True, **other: Any) -> None:  # noqa: B008
        self.now = 1_000_000
        self.log: list[tuple[str, str]] = []
        self.desk = Desk(facts(**other), standing, lambda: tuple(self.log), self.now)
        self.asked: list[asks.Ask] = [*self.desk.start(self.now)]
        self.see()
        if unlocked and standing and standing.set and facts(**other).touchable:
            self.type("246810")
            self.tell(Checked(True, Standing(True)))

    def see(self) -> pages.Technician:
        """Whatever changed is shown, and stands there for a while."""
        self.desk.shown(self.now)
        view = self.desk.view(self.now)
        self.now += SETTLE_MS
        return view

    @property
    def body(self) -> Any:
        return self.desk.view(self.now).body

    def touch(self, action: str, x: int = 0, y: int = 0, finger: int = 0) -> list[asks.Ask]:
        asked = [*self.desk.touched(Touch(action, x, y, BOARD, finger), self.now)]
        self.asked += asked
        self.see()
        return asked

    def type(self, digits: str) -> list[asks.Ask]:
        for digit in digits:
            self.touch(f"digit:{digit}")
        return self.touch("ok")

    def page(self, name: str) -> Any:
        self.touch(f"page:{name}")
        assert self.desk.view(self.now).page == name
        return self.body

    def tell(self, *answers: asks.Answer) -> None:
        for answer in answers:
            self.asked += self.desk.told(answer, self.now)
        self.see()

    def wait(self, ms: int) -> None:
        """Let time pass, as the loop would: from one deadline to the next."""
        until = self.now + ms
        while not self.desk.left and (due := self.desk.deadline(self.now)) is not None and due <= until:
            self.now = max(due, self.now)
            self.asked += self.desk.passed(self.now)
            self.desk.shown(self.now)
        self.now = until
        if not self.desk.left:
            self.asked += self.desk.passed(self.now)


# The PIN


def test_with_a_pin_nothing_is_seen_before_it_is_given() -> None:
    at = Opened(unlocked=False)
    assert at.body == pages.PinPad(0)
    at.tell(asks.Looked("soc", (bad("power", "Too little power."),)))
    at.touch("page:log")
    at.touch("do:restart")
    assert at.body == pages.PinPad(0)
    assert at.asked == [asks.Examine()]


def test_the_pin_is_given_away_once_and_never_shown() -> None:
    at = Opened(unlocked=False)
    (ask,) = at.type("246810")
    assert isinstance(ask, asks.CheckPin)
    assert ask.pin.reveal() == "246810"
    assert "246810" not in repr(ask)
    assert at.body == pages.PinPad(0, "One moment …")
    assert at.type("1") == []  # one try at a time
    at.tell(Checked(True, Standing(True)))
    assert isinstance(at.body, pages.Verdict)
    assert not at.desk.view(at.now).read_only


def test_digits_are_counted_deleted_and_at_most_as_many_as_a_pin_has() -> None:
    at = Opened(unlocked=False)
    for _ in range(40):
        at.touch("digit:1")
    assert at.body.typed == 32
    at.touch("delete")
    assert at.body.typed == 31
    assert Opened(unlocked=False).touch("ok") == []


@pytest.mark.parametrize(
    ("left", "said"),
    [(4, "That was not it. 4 tries are left."), (1, "That was not it. 1 try is left."), (0, "That was not it.")],
)
def test_a_wrong_pin_says_how_many_tries_are_left(left: int, said: str) -> None:
    at = Opened(unlocked=False)
    at.type("000000")
    at.tell(Checked(False, Standing(True, left)))
    assert at.body == pages.PinPad(0, said)


def test_a_wait_is_seen_counting_down_and_nothing_can_be_typed_meanwhile() -> None:
    at = Opened(unlocked=False)
    at.type("000000")
    at.tell(Checked(False, Standing(True, 0, at.now + 15_000)))
    assert at.body.wait_s == 15
    assert at.type("246810") == []
    seen = []
    while at.body.wait_s:
        seen.append(at.body.wait_s)
        due = at.desk.deadline(at.now)
        assert due is not None
        at.now = due
        at.touch("digit:1")  # somebody stands there still
    assert seen == sorted(seen, reverse=True)
    assert at.type("246810") != []


def test_a_wait_from_before_is_seen_at_once() -> None:
    at = Opened(Standing(True, 0, 1_900_000), unlocked=False)
    assert at.body == pages.PinPad(0, "Too many wrong PINs. Please wait.", 900)


def test_whoever_gives_no_pin_is_gone_after_20_seconds() -> None:
    at = Opened(unlocked=False)
    at.wait(READ_ONLY_MS)
    assert at.desk.left


def test_while_the_pin_is_being_read_it_is_read_only_and_then_asked_for() -> None:
    at = Opened(None)
    assert at.desk.view(at.now).read_only
    at.tell(Standing(True))
    assert at.body == pages.PinPad(0)


# Read only


def test_without_a_pin_nothing_can_be_done_and_no_address_is_seen() -> None:
    at = Opened(Standing(False))
    view = at.desk.view(at.now)
    assert view.read_only
    assert {"results", "log", "service"} & set(view.pages) == set()
    at.tell(asks.Looked("network", (bad("dns", "feedback.example.com has no address (192.168.1.7).", "10.0.0.1"),)))
    texts = repr(at.body) + repr(at.page("network")) + repr(at.page("system"))
    for secret in ("example", "192.168", "10.0.0.1"):
        assert secret not in texts
    at.touch("page:service")
    at.touch("do:restart")
    assert at.desk.view(at.now).page == "system"
    assert all(isinstance(ask, asks.Examine) for ask in at.asked)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("Nothing answers at https://a.example.com/v1 now.", "Nothing answers at … now."),
        ("It has 192.168.1.23/24.", "It has …."),
        ("It has fe80::1ff:fe23:4567:890a.", "It has …."),
        ("collector.example.org:8443 refuses the token.", "… refuses the token."),
        ("collector:8443 refuses the token.", "… refuses the token."),
        ("Nothing answers at bücher.example now.", "Nothing answers at … now."),
        ("Nothing answers at книги.xn--p1ai, 3.5 s.", "Nothing answers at …, 3.5 s."),
        ("store_endpoint.local:8080 is 127.0.0.1.", "… is …."),
        ("Pin 5: down since 12:30, 1.5ms.", "Pin 5: down since 12:30, 1.5ms."),
        ("54.2 °C, up 3 d 04:12, 12.5 MB.", "54.2 °C, up 3 d 04:12, 12.5 MB."),
        ("Its address is 2001:db8:1:2:3:4:5:6 or ::1.", "Its address is … or …."),
        ("It was 10:15:01.", "It was 10:15:01."),
        ("The certificate ends in 3 days.", "The certificate ends in 3 days."),
    ],
)
def test_addresses_are_taken_out_and_nothing_else(said: str, seen: str) -> None:
    assert unaddressed(good("x", said, "raw")) == Health("x", "good", seen)


def test_read_only_it_leaves_after_20_seconds_whatever_is_touched_counting_down_the_last_ten() -> None:
    at = Opened(Standing(False))
    began = at.desk._opened_ms
    assert at.desk.view(at.now).left_s is None
    at.wait(began + READ_ONLY_MS - WARN_MS - at.now)
    assert at.desk.view(at.now).left_s == 10
    at.touch("page:buttons")
    at.desk.moved(3, 4, 0, at.now)
    at.wait(began + READ_ONLY_MS - 1 - at.now)
    assert not at.desk.left
    at.wait(1)
    assert at.desk.left


def press_each_five_seconds(at: Opened, button: int) -> int:
    """As visitors who vote would, until it has left; after how many milliseconds that was."""
    began = at.desk._opened_ms
    for _ in range(100):
        at.wait(5_000)
        if at.desk.left:
            break
        at.asked += at.desk.pressed(button, at.now, at.now)
        at.desk.released(button)
    assert at.desk.left
    return at.now - began


@pytest.mark.parametrize("button", [0, 1, 3])
@pytest.mark.parametrize("standing", [Standing(False), None, Standing(True), Standing(True, 0, 1_900_000)])
def test_without_the_pin_visitors_who_press_keep_nothing_open(standing: Standing | None, button: int) -> None:
    at = Opened(standing, unlocked=False)
    assert press_each_five_seconds(at, button) <= READ_ONLY_MS + 5_000


@pytest.mark.parametrize(("button", "most"), [(0, TURNING_MS), (1, READ_ONLY_MS), (3, TURNING_MS)])
def test_where_buttons_turn_the_pages_they_keep_it_open_for_a_minute_at_most(button: int, most: int) -> None:
    at = Opened(Standing(True), touchable=False)
    assert most <= press_each_five_seconds(at, button) <= most + 5_000


def touch_each_five_seconds(at: Opened, action: str) -> int:
    """Until it has left; after how many milliseconds that was."""
    began = at.desk._opened_ms
    for _ in range(100):
        at.wait(5_000 - SETTLE_MS)
        if at.desk.left:
            break
        at.touch(action)
    assert at.desk.left
    return at.now - began


def test_the_pad_goes_after_a_minute_of_touches_and_after_two_of_digits() -> None:
    assert TYPING_MS <= touch_each_five_seconds(Opened(unlocked=False), "delete") <= TYPING_MS + 5_000
    assert 2 * TYPING_MS <= touch_each_five_seconds(Opened(unlocked=False), "digit:1") <= 2 * TYPING_MS + 5_000


def test_while_there_is_a_wait_digits_make_the_pad_stay_no_longer() -> None:
    locked = Opened(Standing(True, 0, 1_900_000), unlocked=False)
    assert TYPING_MS <= touch_each_five_seconds(locked, "digit:1") <= TYPING_MS + 5_000


def test_read_only_nothing_is_tried_neither_network_nor_lights_nor_tone() -> None:
    at = Opened(Standing(False))
    body = at.page("buttons")
    assert (body.buzzer, body.no_buzzer) == (False, "locked")
    assert {(line.light, line.no_light) for line in body.buttons} == {(None, "locked")}
    assert at.touch("tone") == at.touch("light:1") == []
    assert at.body == body
    assert at.page("network").button == ""
    assert at.touch("test") == []


def test_with_the_pin_it_leaves_after_two_minutes_of_quiet() -> None:
    at = Opened()
    seen = []
    for _ in range(QUIET_MS // 1_000 - 1):
        at.wait(1_000)
        seen.append(at.desk.view(at.now).left_s)
    assert not at.desk.left
    assert [left for left in seen if left] == list(range(10, 0, -1))
    at.wait(1_000)
    assert at.desk.left


def test_a_press_where_buttons_are_tried_or_a_stroke_keeps_it_open() -> None:
    at = Opened()
    at.page("buttons")
    at.wait(QUIET_MS - 1_000)
    at.desk.pressed(1, at.now, at.now)
    at.wait(QUIET_MS - 1_000)
    at.desk.moved(3, 4, 0, at.now)
    at.wait(QUIET_MS - 1_000)
    assert not at.desk.left


@pytest.mark.parametrize(("page", "most_ms"), [("verdict", QUIET_MS), ("buttons", TRYING_MS + QUIET_MS)])
def test_visitors_who_press_keep_nothing_open_that_a_technician_has_walked_away_from(page: str, most_ms: int) -> None:
    at = Opened()
    at.page(page)
    began = at.now
    while not at.desk.left:
        at.wait(5_000)
        at.desk.pressed(1, at.now, at.now)
        assert at.now - began <= most_ms + 5_000


def test_where_nothing_can_be_touched_it_is_read_only_and_the_outer_buttons_turn_its_pages() -> None:
    at = Opened(Standing(True), touchable=False)
    view = at.desk.view(at.now)
    assert view.read_only
    assert "touch" not in view.pages
    seen = []
    for _ in view.pages:
        at.desk.pressed(3, at.now, at.now)
        seen.append(at.desk.view(at.now).page)
    assert seen == [*view.pages[1:], "verdict"]
    at.desk.pressed(0, at.now, at.now)
    assert at.desk.view(at.now).page == view.pages[-1]
    at.desk.pressed(1, at.now, at.now)
    assert at.desk.view(at.now).page == view.pages[-1]


def test_leave_leaves_at_once() -> None:
    at = Opened()
    at.touch("leave")
    assert at.desk.left


def test_a_page_takes_no_touch_that_was_meant_for_what_stood_there_before() -> None:
    at = Opened()
    at.page("service")
    at.touch("do:restart")
    at.desk.shown(at.now)
    at.desk._changed_ms = at.now  # it has just appeared
    assert [*at.desk.touched(Touch("yes"), at.now + SETTLE_MS - 1)] == []
    assert [*at.desk.touched(Touch("yes"), at.now + SETTLE_MS)] == [asks.Do("restart")]


# Verdict, network, system


def test_the_verdict_names_the_worst_first_and_says_while_it_looks() -> None:
    at = Opened()
    assert at.body.head == "Looking …"
    at.tell(asks.Looked("soc", (bad("temperature", "Too hot."), good("power", "Enough power."))))
    assert (at.body.head, at.body.looking) == ("Too hot.", True)
    at.tell(asks.Looked("disk", (bad("disk.readonly", "The card can't be written."), unknown("card", "No card."))))
    at.tell(asks.Examined())
    body = at.body
    assert (body.head, body.condition, body.looking) == ("The card can't be written.", "bad", False)
    assert [reading.name for reading in body.worst] == ["disk.readonly", "temperature", "card"]
    assert (body.bad, body.unknown, body.good) == (2, 1, 1)


def test_a_source_that_looks_again_replaces_what_it_said() -> None:
    at = Opened()
    at.tell(asks.Looked("soc", (bad("temperature", "Too hot."),)), asks.Examined())
    at.tell(asks.Looked("soc", (good("temperature", "54 °C."),)), asks.Examined())
    assert at.body.head == "Everything works."


def test_the_qr_code_says_the_status_without_secrets_and_fits() -> None:
    at = Opened()
    at.tell(asks.Looked("n", (bad("endpoint", "https://a.example.com refuses the token.", "10.1.1.1"), WAITS)))
    assert at.body.qr.splitlines() == [
        "Moodpost 1.2.3 k-1",
        "1 bad, 0 unknown, 1 good",
        "endpoint: … refuses the token.",
        "votes.waiting: 3 responses wait to be sent, the oldest for 9 s.",
    ]
    at.tell(asks.Looked("long", tuple(bad(f"x{n}", "Far too long a sentence. " * 10) for n in range(5))))
    assert len(at.body.qr) == QR_LONGEST


def test_the_network_has_its_own_page_and_can_be_tried() -> None:
    at = Opened()
    at.tell(asks.Looked("a", (good("link", "There is a link."), good("temperature", "54 °C.", "54000"))))
    body = at.page("network")
    assert [reading.name for reading in body.lines] == ["link"]
    assert body.button == "Test now"
    assert [line.name for line in at.page("system").lines] == ["temperature"]
    at.page("network")
    assert at.touch("test") == [asks.TestNetwork()]
    assert at.touch("test") == []
    assert at.body.button == "Testing …"
    at.tell(asks.Tried("The network was tried just now."))
    assert (at.body.button, at.body.said) == ("Test now", "The network was tried just now.")
    assert at.asked[-1] == asks.Examine()


def test_long_lists_scroll_and_stop_at_their_ends() -> None:
    at = Opened()
    at.tell(asks.Looked("a", tuple(good(f"x.{n:02}", "Good.") for n in range(10))))
    at.page("system")
    at.touch("up")
    assert at.body.first == 0
    for _ in range(9):
        at.touch("down")
    assert at.body.first == 9
    at.touch("up")
    assert at.body.first == 6


# Buttons


def test_each_button_is_told_pressed_held_and_how_soon_it_was_seen() -> None:
    at = Opened()
    assert at.page("buttons").said == "Press each button once."
    for button in range(4):
        at.desk.pressed(button, at.now, at.now)
        assert at.body.buttons[button].down
        at.desk.shown(at.now + 3)
        at.now += 1_000
        at.desk.released(button)
    lines = at.body.buttons
    assert [(line.face, line.pin, line.physical) for line in lines] == [
        (1, 5, 29),
        (2, 6, 31),
        (3, 13, 33),
        (4, 19, 35),
    ]
    assert [(line.presses, line.down, line.took_ms, line.said) for line in lines] == [(1, False, 3.0, "works")] * 4
    assert at.body.said == "All buttons work."
    at.page("verdict")
    assert [line.presses for line in at.page("buttons").buttons] == [0] * 4


def test_a_button_that_stays_down_or_bounces_is_told() -> None:
    at = Opened()
    at.page("buttons")
    at.desk.pressed(0, at.now, at.now)
    for n in range(5):
        at.desk.pressed(1, at.now + 60 * n, at.now)
        at.desk.released(1)
    at.wait(12_000)
    first, second, third, _ = at.body.buttons
    assert (first.condition, first.said) == ("bad", "held down for 12 s: does it stick?")
    assert (second.condition, second.said) == ("bad", "bounces: 5 presses, too fast for a finger")
    assert (third.condition, third.said) == ("unknown", "not pressed yet")


def test_what_was_down_already_is_still_down() -> None:
    at = Opened()
    at.desk.pressed(2, at.now, at.now)
    assert at.page("buttons").buttons[2].down


def test_lights_and_tone_can_be_tried_and_are_off_again_on_the_next_page() -> None:
    at = Opened()
    at.page("buttons")
    at.touch("light:2")
    at.touch("light:4")
    assert [line.light for line in at.body.buttons] == [False, True, False, True]
    at.touch("light:2")
    assert [line.light for line in at.body.buttons] == [False, False, False, True]
    assert at.touch("tone") == [asks.Sound()]
    at.page("verdict")
    assert [line.light for line in at.page("buttons").buttons] == [False] * 4


def test_a_panel_without_lights_buzzer_or_pins_says_so() -> None:
    at = Opened(lights=False, buzzer=False, panel="The buttons don't work: no GPIO chip answers.")
    body = at.page("buttons")
    assert body.buttons[0].light is None
    assert body.said == "The buttons don't work: no GPIO chip answers."
    assert at.touch("tone") == at.touch("light:1") == []
    assert Opened(buttons=()).page("buttons").said == "No buttons are in the settings: this kiosk is touch only."


def test_a_button_that_the_settings_do_not_know_does_nothing() -> None:
    at = Opened()
    at.desk.pressed(7, at.now, at.now)
    at.desk.released(7)
    assert [line.presses for line in at.page("buttons").buttons] == [0] * 4


# Touch and screen


def test_taps_on_the_five_marks_tell_how_far_off_they_were() -> None:
    at = Opened()
    assert at.page("touch").marks == (None,) * 5
    left, top, width, height = BOARD
    for across, down in MARKS:
        at.touch("draw", round(left + across * width) + 3, round(top + down * height) - 4)
    assert at.body.marks == ((3, -4),) * 5
    assert at.body.said == "Touch works: at most 5 pixels off."
    at.touch("draw", left + 60, top + 30)
    assert at.body.marks[0] == (20, 0)
    assert at.body.said.startswith("Up to 20 pixels off")
    at.page("verdict")
    assert at.page("touch") == pages.TouchTest((), (None,) * 5, "Tap the middle of each mark, and draw anywhere.")


def test_a_touch_far_from_every_mark_only_draws() -> None:
    at = Opened()
    at.page("touch")
    at.touch("draw", 300, 60, finger=1)
    at.desk.moved(310, 70, 1, at.now)
    at.desk.moved(9, 70, 1, at.now)  # beside the board
    at.desk.moved(311, 71, 2, at.now)  # a finger that came down elsewhere
    assert at.body.strokes == (((300, 60), (310, 70)),)
    assert at.body.marks == (None,) * 5


def test_strokes_do_not_grow_without_end() -> None:
    at = Opened()
    at.page("touch")
    for _ in range(50):
        at.touch("draw", 300, 60)
    for n in range(2_000):
        at.desk.moved(300 + n % 5, 60, 0, at.now)
    assert len(at.body.strokes) == 20
    assert len(at.body.strokes[-1]) == 300


def test_the_screen_test_goes_through_its_steps_and_back_to_the_page() -> None:
    at = Opened()
    body = at.page("screen")
    assert (body.step, body.rotate, body.size) == (0, 90, (800, 480))
    steps = []
    for _ in range(7):
        at.touch("next")
        steps.append(at.body.step)
    assert steps == [1, 2, 3, 4, 5, 6, 0]


# Votes, results, survey, log


def test_votes_are_counted_anew_while_their_page_is_open() -> None:
    at = Opened()
    at.page("votes")
    assert at.asked.count(asks.Count()) == 1
    found = pages.Votes((pages.Count("Today", "7"),), (0,) * 24, 9, "All there.", "good")
    at.tell(asks.Counted(found))
    assert at.body == found
    at.wait(5_000)
    assert at.asked.count(asks.Count()) == 2
    at.tell(asks.Counted(None, "That takes too long."))
    assert (at.body.said, at.body.condition, at.body.counts) == ("That takes too long.", "unknown", found.counts)
    at.page("verdict")
    at.wait(20_000)
    assert at.asked.count(asks.Count()) == 2


def test_results_are_asked_for_the_chosen_span_and_late_ones_of_another_are_not_shown() -> None:
    at = Opened()
    at.page("results")
    assert at.asked[-1] == asks.Weigh("today", False)
    assert at.touch("span:week") == [asks.Weigh("week", False)]
    assert at.touch("misuse:with") == [asks.Weigh("week", True)]
    assert (at.body.span, at.body.misuse, at.body.said) == ("week", True, "Counting …")
    today = pages.Results("today", False, 9, 0, "72", "81 %", (), ())
    at.tell(asks.Weighed(today))
    assert at.body.votes == 0
    week = pages.Results("week", True, 50, 2, "70", "80 %", (), ())
    at.tell(asks.Weighed(week))
    assert at.body == week
    assert at.touch("misuse:without") == [asks.Weigh("week", False)]
    assert at.touch("span:today") == [asks.Weigh("today", False)]
    at.tell(asks.Weighed(None, "That takes too long."))
    assert at.body.said == "That takes too long."
    assert at.touch("page:") == []


def test_the_survey_in_force_is_told_in_english(bundled: Survey) -> None:
    page = in_force(bundled, ["fi", "en"])
    assert [(count.name, count.value) for count in page.counts] == [
        ("Survey", bundled.name),
        ("Asked", "always"),
        ("Answers", "4 faces"),
        ("Languages", "fi en"),
    ]
    assert page.questions[0] == "How was your visit today?"
    assert page.questions[1].endswith("(several choices, after face 3, 4)")
    at = Opened(survey=page)
    assert at.page("survey") == page


def test_the_log_shows_the_newest_first() -> None:
    at = Opened()
    at.log += [(f"26 Nov 10:00:{n:02}", f"error: {n}") for n in range(5)]
    assert at.page("log") == pages.Log(tuple(at.log), 0)
    at.touch("down")
    assert at.body.first == 3
    at.touch("up")
    assert at.body.first == 0


# Service


def test_whether_it_is_safe_to_remove_is_told() -> None:
    at = Opened()
    assert at.page("service").safe == "What waits to be sent is not known yet."
    at.tell(asks.Looked("s", (good("votes.waiting", "Everything was sent: nothing waits."),)))
    assert (at.body.safe, at.body.condition) == ("Safe to remove: 0 waiting.", "good")
    at.tell(asks.Looked("s", (WAITS,)))
    assert (at.body.condition, at.body.safe) == ("unknown", "3 responses wait to be sent: keep this card.")
    at.tell(asks.Looked("s", (good("votes.waiting", "No endpoint is set: all votes stay on this kiosk."),)))
    assert at.body.safe == "No endpoint is set: the votes are on this card alone. Export them first."
    at.tell(asks.Looked("s", (bad("votes.waiting", "3 responses wait."),)))
    assert at.body.condition == "bad"


@pytest.mark.parametrize("deed", ["restart", "poweroff"])
def test_restart_and_power_off_are_asked_about_first(deed: str) -> None:
    at = Opened()
    at.tell(asks.Looked("s", (WAITS,)))
    at.page("service")
    assert at.touch(f"do:{deed}") == []
    assert isinstance(at.body, pages.Confirm)
    assert at.body.details[0] == WAITS.said
    assert at.touch("no") == []
    at.touch(f"do:{deed}")
    assert at.touch("yes") == [asks.Do(deed)]  # type: ignore[arg-type]
    assert not any(each.possible for each in at.body.deeds)
    assert at.touch("do:export") == []
    at.tell(asks.Did(deed, "Noted."))  # type: ignore[arg-type]
    assert at.body.said == "Noted."
    assert all(each.possible for each in at.body.deeds)


@pytest.mark.parametrize("deed", ["export", "bundle"])
def test_what_goes_to_a_stick_is_done_at_once_and_it_does_not_leave_meanwhile(deed: str) -> None:
    at = Opened()
    at.page("service")
    assert at.touch(f"do:{deed}") == [asks.Do(deed)]  # type: ignore[arg-type]
    assert at.body.said.startswith("Writing")
    at.wait(10 * QUIET_MS)
    assert not at.desk.left
    at.touch("leave")
    at.touch("page:verdict")
    assert at.desk.view(at.now).page == "service"
    at.tell(asks.Did(deed, "402 votes written."))  # type: ignore[arg-type]
    at.wait(QUIET_MS - 1_000)
    assert at.body.said == "402 votes written."
    at.wait(QUIET_MS)
    assert at.desk.left


def test_an_import_is_looked_at_then_confirmed() -> None:
    at = Opened()
    at.page("service")
    assert at.touch("do:import") == [asks.Do("find")]
    at.tell(asks.Found(("moodpost.toml: another place", "survey.toml: visit/3"), usable=True))
    assert at.body == pages.Confirm(
        "Take this from the stick?", ("moodpost.toml: another place", "survey.toml: visit/3"), "Import"
    )
    assert at.touch("yes") == [asks.Do("import")]
    at.tell(asks.Did("import", "Imported. Restart to use it."))
    assert at.body.said == "Imported. Restart to use it."


def test_while_something_is_done_it_is_told_how_far_and_nothing_else_can_be_done() -> None:
    at = Opened()
    at.page("service")
    assert at.touch("do:export") == [asks.Do("export")]
    at.tell(asks.Doing("bundle", "of something else"))
    assert at.body.said == "Writing the votes to the stick …"
    at.tell(asks.Doing("export", "10,000 rows so far …"))
    assert at.body.said == "10,000 rows so far …"
    at.wait(600_000)
    assert not at.desk.left
    assert not any(deed.possible for deed in at.body.deeds)
    assert at.touch("do:restart") == at.touch("do:poweroff") == []
    assert at.body.said == "10,000 rows so far …"
    at.tell(asks.Did("export", "It is on the stick."))
    assert at.body.said == "It is on the stick."
    assert at.touch("do:restart") == []
    assert at.touch("yes") == [asks.Do("restart")]


def test_what_is_wrong_with_a_stick_is_told_and_nothing_is_taken() -> None:
    at = Opened()
    at.page("service")
    at.touch("do:import")
    at.tell(asks.Found(("No stick labelled MOODPOST is there.",), usable=False))
    assert at.body.said == "No stick labelled MOODPOST is there."
    assert at.touch("yes") == []


def test_without_an_applier_only_cleaning_is_possible_and_the_others_say_why() -> None:
    at = Opened(applier="Not on this machine.")
    deeds = at.page("service").deeds
    assert [(deed.action, deed.said) for deed in deeds if not deed.possible] == [
        (f"do:{what}", "Not on this machine.")
        for what in ("import", "export", "bundle", "network", "restart", "poweroff")
    ]
    assert at.touch("do:restart") == at.touch("do:nonsense") == []
    assert isinstance(at.body, pages.Service)


def test_while_it_is_cleaned_touch_and_buttons_do_nothing() -> None:
    at = Opened()
    at.page("service")
    at.touch("do:clean")
    assert at.body == pages.Cleaning(60)
    seen = []
    for _ in range(59):
        at.wait(1_000)
        at.touch("leave")
        at.now -= SETTLE_MS
        at.desk.pressed(0, at.now, at.now)
        seen.append(at.body.left_s)
    assert seen == list(range(59, 0, -1))
    assert at.desk.view(at.now).left_s is None
    at.wait(CLEAN_MS - 59_000)
    assert at.body.said == "Touch and buttons work again."
    assert not at.desk.left
    assert at.page("buttons").buttons[0].presses == 0
    at.wait(QUIET_MS)
    assert at.desk.left


# The network


def typed(at: Opened, text: str) -> None:
    for character in text:
        at.touch("key:space" if character == " " else f"key:{character}")


def fields(at: Opened) -> dict[str, str]:
    return {field.name: field.text for field in at.body.fields}


def filled(at: Opened, **texts: str) -> None:
    for name, text in texts.items():
        at.touch(f"field:{name}")
        typed(at, text)


def corrects(way: str) -> Opened:
    at = Opened()
    at.page("service")
    at.touch("do:network")
    assert isinstance(at.body, pages.Ways)
    at.touch(f"way:{way}")
    return at


def wanted(done: Sequence[asks.Ask]) -> object:
    (ask,) = done
    assert isinstance(ask, asks.Do) and ask.deed == "network"
    return ask.wanted


def test_a_network_is_typed_and_its_passphrase_shown_only_where_that_is_asked() -> None:
    at = corrects("wifi")
    at.touch("key:shift")
    assert at.body.layer == "capital"
    typed(at, "Shop 1:")
    assert (fields(at)["ssid"], at.body.layer) == ("Shop 1:", "small")
    filled(at, passphrase="se cret12")
    at.touch("key:delete")
    assert (at.body.field, fields(at)["passphrase"]) == ("passphrase", "•" * 8)
    at.touch("reveal")
    assert fields(at)["passphrase"] == "se cret1"
    at.touch("key:signs")
    assert at.body.layer == "signs"
    asked = at.touch("ok")
    assert wanted(asked) == Wifi("Shop 1:", "se cret1")
    assert "se cret1" not in repr(asked)
    assert "se cret1" not in repr(at.desk.view(at.now))
    at.tell(asks.Did("network", "Connected."))
    at.touch("do:network")
    at.touch("way:wifi")
    assert fields(at) == {"ssid": "", "passphrase": ""}  # nothing of it is left


def test_a_network_that_cannot_be_right_is_not_tried() -> None:
    at = corrects("wifi")
    assert at.touch("ok") == []
    assert at.body.said == "Type the network's name."
    typed(at, "x" * 40)
    assert fields(at)["ssid"] == "x" * 32
    filled(at, passphrase="short")
    assert at.touch("ok") == []
    assert at.body.said.startswith("A passphrase has 8 to 63")
    typed(at, "y" * 80)
    assert len(fields(at)["passphrase"]) == 64
    assert at.touch("ok") == []
    assert "a key 64 hex digits" in at.body.said
    at.touch("no")
    assert isinstance(at.body, pages.Service)


def test_a_key_of_64_digits_can_be_typed_in_place_of_a_passphrase() -> None:
    at = corrects("wifi")
    filled(at, ssid="Shop", passphrase="0a" * 32)
    assert wanted(at.touch("ok")) == Wifi("Shop", "0a" * 32)


def test_leaving_forgets_what_was_typed() -> None:
    at = corrects("wifi")
    typed(at, "Shop")
    at.wait(QUIET_MS)
    assert at.desk.left
    assert "Shop" not in repr(at.desk.view(at.now))


def test_an_open_network_needs_no_passphrase() -> None:
    at = corrects("wifi")
    typed(at, "Shop")
    assert wanted(at.touch("ok")) == Wifi("Shop")


def test_an_address_is_set_by_hand_in_steps() -> None:
    at = corrects("wifi-hand")
    filled(at, ssid="Shop", passphrase="open sesame")
    assert (at.body.ok, at.touch("ok")) == ("Next", [])
    assert (list(fields(at)), at.body.layer) == (["address", "gateway"], "address")
    filled(at, address="10.0.0.7/24", gateway="10.0.0.1")
    assert (at.body.ok, at.touch("ok")) == ("Next", [])
    filled(at, dns="10.0.0.1", dns2="fd00::1")
    assert at.body.ok == "OK"
    ip = Ip("10.0.0.7/24", "10.0.0.1", ("10.0.0.1", "fd00::1"))
    assert wanted(at.touch("ok")) == Wifi("Shop", "open sesame", ip)


@pytest.mark.parametrize(
    ("address", "gateway", "said"),
    [
        ("", "", "Type the address, with its prefix, such as 10.0.0.7/24."),
        ("10.0.0.7", "", 'The address: found "10.0.0.7", expected an address with its prefix such as "10.0.0.7/24".'),
        ("10.0.0.7/24", "10.0.1.1", 'The router: found "10.0.1.1", expected an address in 10.0.0.0/24.'),
    ],
)
def test_an_address_that_cannot_be_right_is_not_tried(address: str, gateway: str, said: str) -> None:
    at = corrects("cable-hand")
    filled(at, address=address, gateway=gateway)
    assert at.touch("ok") == []
    assert (at.body.said, list(fields(at))) == (said, ["address", "gateway"])
    at.touch("key:delete")
    assert at.body.said == ""


def test_a_name_server_that_is_none_is_not_asked() -> None:
    at = corrects("cable-hand")
    filled(at, address="10.0.0.7/24")
    at.touch("ok")
    filled(at, dns="10.0.0")
    assert at.touch("ok") == []
    assert at.body.said.startswith('The name server: found "10.0.0"')
    typed(at, ".1")
    assert wanted(at.touch("ok")) == Cable(Ip("10.0.0.7/24", "", ("10.0.0.1",)))


def test_a_cable_s_address_comes_by_itself_again_and_a_proxy_goes_with_one_touch() -> None:
    at = Opened()
    at.page("service")
    at.touch("do:network")
    assert wanted(at.touch("way:cable")) == Cable()
    assert at.body.said == "Trying the network: this takes up to three minutes."
    at.tell(asks.Did("network", "The network is joined."))
    at.touch("do:network")
    assert wanted(at.touch("way:no-proxy")) == Proxy()


def test_a_proxy_is_typed_with_its_user_and_the_password_of_that_user() -> None:
    at = corrects("proxy")
    assert fields(at) == {"proxy": "http://", "user": ""}
    assert at.touch("ok") == []
    assert at.body.said.startswith('The proxy: found "http://"')
    filled(at, proxy="p.fi:3128", user="kiosk")
    at.touch("ok")
    filled(at, password="a b@c")
    assert fields(at) == {"password": "•" * 5}
    asked = at.touch("ok")
    assert wanted(asked) == Proxy("http://kiosk:a%20b%40c@p.fi:3128")
    assert "a%20b" not in repr(asked)


def test_a_proxy_without_a_user_wants_no_password() -> None:
    at = corrects("proxy")
    typed(at, "p.fi:3128")
    assert wanted(at.touch("ok")) == Proxy("http://p.fi:3128")


def test_the_network_is_a_ladder_whose_first_step_that_fails_is_marked_and_in_sight() -> None:
    at = Opened()
    readings = [unknown("tls", "Not tried: no name."), good("link", "A link."), bad("dns", "No name server answers.")]
    readings += [good("address", "An address."), good("wifi", "Strong."), bad("drift", "The clock is behind.")]
    at.tell(asks.Looked("network", tuple(readings)))
    body = at.page("network")
    assert [line.name for line in body.lines] == ["link", "address", "dns", "tls", "wifi", "drift"]
    assert (body.ladder, body.stops, body.first) == (4, 2, 1)
    at.touch("up")
    assert at.body.first == 0
    at.tell(asks.Looked("network", (good("link", "A link."), bad("drift", "The clock is behind."))))
    assert at.body.stops is None, "what hangs on nothing keeps no votes back"
    assert not at.page("system").ladder


def test_the_head_tells_kiosk_version_and_how_long_it_is_up() -> None:
    at = Opened()
    at.now = (3 * 24 * 60 + 4 * 60 + 12) * 60_000
    view = at.desk.view(at.now)
    assert (view.kiosk, view.about) == ("k-1", "v1.2.3, up 3 d 04:12")


def test_secrets_among_what_is_asked_never_show_themselves() -> None:
    assert "123456" not in repr(asks.CheckPin(Secret("123456")))
