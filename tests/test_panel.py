"""Buttons on mock pins: each press counts once however its contact bounces, and dead pins say so in words."""

from __future__ import annotations

import importlib.util
import itertools
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from hypothesis import given
from hypothesis import strategies as st

from hardware import panel as rooms
from hardware.errors import HardwareError, PanelError
from hardware.panel import MockHands, Panel, open_pins
from hardware.panel_health import FLURRY_EDGES, Button, Snapshot
from tests.conftest import ROOT, Clock

PINS = [5, 6, 13, 19]
QUIET_MS = 50


class Bench:
    """A panel on mock pins with a clock that stands still, and what it reported."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.factory = MockFactory()
        self.pressed: list[tuple[int, int]] = []
        self.released: list[tuple[int, int]] = []
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.panel = Panel(
            PINS,
            self.factory,
            lambda *press: self.pressed.append(press),
            clock,
            QUIET_MS,
            lambda *release: self.released.append(release),
            lambda *look: self.waiting.append(look),
        )

    def pin(self, number: int) -> MockPin:
        return self.factory.pin(PINS[number])

    def down(self, number: int, after_ms: int = 0) -> None:
        self.clock.ms += after_ms
        self.pin(number).drive_low()

    def up(self, number: int, after_ms: int = 0) -> None:
        self.clock.ms += after_ms
        self.pin(number).drive_high()

    def look(self) -> None:
        """Let the time pass that is waited for; nothing is waited for twice at once."""
        (wait,) = self.waiting
        self.waiting.clear()
        self.clock.ms += round(wait[0] * 1000)
        wait[1]()


@pytest.fixture
def bench(clock: Clock) -> Iterator[Bench]:
    clock.ms = 1_000
    bench = Bench(clock)
    yield bench
    bench.panel.close()
    bench.factory.close()


def test_a_press_is_reported_at_its_first_edge_with_its_button_and_moment(bench: Bench) -> None:
    bench.down(2)
    assert bench.pressed == [(2, 1_000)]


def test_a_tap_of_a_millisecond_counts(bench: Bench) -> None:
    bench.down(0)
    bench.up(0, after_ms=1)
    assert bench.pressed == [(0, 1_000)]


def test_a_contact_that_chatters_is_one_press(bench: Bench) -> None:
    bench.down(0)
    for _ in range(10):
        bench.up(0, after_ms=2)
        bench.down(0, after_ms=2)
    assert bench.pressed == [(0, 1_000)]


def test_a_release_that_bounces_is_no_press_however_long_the_button_was_held(bench: Bench) -> None:
    bench.down(0)
    bench.up(0, after_ms=5_000)
    bench.down(0, after_ms=3)
    bench.up(0, after_ms=3)
    bench.down(0, after_ms=QUIET_MS - 1)
    bench.up(0, after_ms=1)
    assert bench.pressed == [(0, 1_000)]


def test_a_second_press_after_some_quiet_counts(bench: Bench) -> None:
    bench.down(0)
    bench.up(0, after_ms=80)
    bench.down(0, after_ms=QUIET_MS)
    assert bench.pressed == [(0, 1_000), (0, 1_130)]


def test_two_buttons_do_not_quieten_each_other(bench: Bench) -> None:
    bench.down(0)
    bench.down(3, after_ms=1)
    bench.up(0, after_ms=1)
    bench.down(1, after_ms=1)
    assert bench.pressed == [(0, 1_000), (3, 1_001), (1, 1_003)]


def test_a_button_held_down_when_the_kiosk_starts_is_no_press_but_its_next_one_is(clock: Clock) -> None:
    factory = MockFactory()
    factory.pin(5).drive_low()
    pressed: list[tuple[int, int]] = []
    panel = Panel([5], factory, lambda *press: pressed.append(press), clock, QUIET_MS)
    assert pressed == []
    factory.pin(5).drive_high()
    clock.move(1)
    factory.pin(5).drive_low()
    assert pressed == [(0, clock())]
    panel.close()


def test_gpiozeros_own_bounce_time_stays_off(bench: Bench) -> None:
    assert [bench.pin(number).bounce for number in range(4)] == [None] * 4


def test_each_button_pulls_its_pin_up(bench: Bench) -> None:
    assert {(bench.pin(number).function, bench.pin(number).pull) for number in range(4)} == {("input", "up")}


def test_an_exception_while_a_press_is_handed_on_is_logged_and_later_presses_count(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    pressed: list[int] = []

    def fail_once(button: int, _at_ms: int) -> None:
        pressed.append(button)
        if len(pressed) == 1:
            raise RuntimeError("full")

    factory = MockFactory()
    panel = Panel(PINS, factory, fail_once, clock, QUIET_MS)
    factory.pin(6).drive_low()  # an exception here would reach, and end, lgpio's only thread
    factory.pin(13).drive_low()
    assert pressed == [1, 2]
    assert caplog.record_tuples == [("hardware.panel", logging.ERROR, "button 2: the press could not be handed on")]
    panel.close()


def test_a_clock_that_fails_does_not_kill_the_buttons_either(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([OSError("no clock"), 100])

    def clock() -> int:
        time = next(times)
        if isinstance(time, OSError):
            raise time
        return time

    pressed: list[tuple[int, int]] = []
    factory = MockFactory()
    panel = Panel([5, 6], factory, lambda *press: pressed.append(press), clock, QUIET_MS)
    factory.pin(5).drive_low()
    factory.pin(6).drive_low()
    assert pressed == [(1, 100)]
    assert len(caplog.records) == 1
    panel.close()


def test_close_frees_the_pins_and_silences_them(bench: Bench) -> None:
    bench.panel.close()
    bench.panel.close()
    bench.down(0)
    assert bench.pressed == []
    Panel(PINS, bench.factory, lambda *_: None, bench.clock).close()


def test_a_pin_that_is_taken_is_told_and_the_others_are_freed(clock: Clock) -> None:
    factory = MockFactory()
    light = gpiozero.LED(13, pin_factory=factory)
    with pytest.raises(
        PanelError, match=r"^the panel's pins \[5, 6, 13, 19\] can't be had \(GPIOPinInUse: pin GPIO13 is"
    ):
        Panel(PINS, factory, lambda *_: None, clock)
    light.close()
    Panel(PINS, factory, lambda *_: None, clock).close()


def test_a_pin_that_does_not_exist_is_told(clock: Clock) -> None:
    with pytest.raises(PanelError, match=r"^the panel's pins \[5, 99\] can't be had \(PinInvalidPin: "):
        Panel([5, 99], MockFactory(), lambda *_: None, clock)


def test_a_panel_error_is_a_hardware_error_and_an_os_error() -> None:
    assert issubclass(PanelError, HardwareError)
    assert issubclass(PanelError, OSError)


def test_a_release_is_told_at_its_edge_and_its_bounces_are_not(bench: Bench) -> None:
    bench.down(2)
    bench.up(2, after_ms=300)
    for _ in range(3):
        bench.down(2, after_ms=1)
        bench.up(2, after_ms=1)
    assert (bench.pressed, bench.released, bench.waiting) == ([(2, 1_000)], [(2, 1_300)], [])


def test_a_tap_too_short_to_be_told_from_a_bounce_is_released_once_nothing_follows(bench: Bench) -> None:
    bench.down(1)
    bench.up(1, after_ms=2)
    bench.down(1, after_ms=2)
    bench.up(1, after_ms=20)
    assert bench.released == []
    bench.look()
    assert bench.released == [(1, 1_024)]


def test_bounces_of_a_press_are_no_release_while_the_button_is_held(bench: Bench) -> None:
    bench.down(1)
    bench.up(1, after_ms=2)
    bench.down(1, after_ms=2)
    bench.look()
    assert (bench.released, bench.waiting, bench.panel.held()) == ([], [], {1: 1_000})
    bench.up(1, after_ms=4_000)
    assert [at for _, at in bench.released] == [bench.clock()]


def test_while_a_contact_chatters_its_release_is_waited_for_again(bench: Bench) -> None:
    bench.down(1)
    bench.up(1, after_ms=5)
    wait, look = bench.waiting.pop()
    assert wait == pytest.approx((QUIET_MS + 1) / 1000)
    bench.down(1, after_ms=20)
    bench.up(1, after_ms=20)
    bench.clock.ms += 11
    look()  # 11 ms after the last edge
    assert bench.released == []
    bench.look()
    assert bench.released == [(1, 1_045)]


def test_a_press_that_comes_before_somebody_looked_is_told_after_the_release_that_it_proves(bench: Bench) -> None:
    told: list[str] = []
    factory = MockFactory()
    panel = Panel(
        [5],
        factory,
        lambda _, at: told.append(f"press {at}"),
        bench.clock,
        QUIET_MS,
        lambda _, at: told.append(f"release {at}"),
        lambda *_: None,
    )
    factory.pin(5).drive_low()
    bench.clock.ms += 10
    factory.pin(5).drive_high()
    bench.clock.ms += 100
    factory.pin(5).drive_low()
    assert told == ["press 1000", "release 1010", "press 1110"]
    panel.close()


def test_a_release_that_cannot_be_handed_on_costs_no_press(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_button: int, _at_ms: int) -> None:
        raise RuntimeError("full")

    pressed: list[int] = []
    factory = MockFactory()
    panel = Panel([5], factory, lambda *press: pressed.append(press[0]), clock, QUIET_MS, fail)
    for _ in range(2):
        factory.pin(5).drive_low()
        clock.ms += 100
        factory.pin(5).drive_high()
        clock.ms += 100
    assert pressed == [0, 0]
    assert {record.getMessage() for record in caplog.records} == {"button 1: the release could not be handed on"}
    panel.close()


def test_a_short_tap_is_released_by_a_real_timer_too(clock: Clock) -> None:
    factory, released = MockFactory(), threading.Event()
    ticking = itertools.count(1_000, 30)
    panel = Panel([5], factory, lambda *_: None, lambda: next(ticking), 50, lambda *_: released.set())
    factory.pin(5).drive_low()
    factory.pin(5).drive_high()
    assert released.wait(30)
    panel.close()


def test_who_is_held_is_told_with_the_moment_it_went_down(bench: Bench) -> None:
    assert bench.panel.held() == {}
    bench.down(0)
    bench.down(3, after_ms=20)
    assert bench.panel.held() == {0: 1_000, 3: 1_020}
    bench.up(0, after_ms=100)
    assert bench.panel.held() == {3: 1_020}
    bench.panel.close()
    assert bench.panel.held() == {}


class PulledDown(MockPin):
    """A pin that somebody outside holds low, whatever its own resistor does."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._state = self.info.name != "GPIO6"


def test_a_button_that_was_down_at_the_start_is_held_since_then(clock: Clock) -> None:
    factory = MockFactory(pin_class=PulledDown)
    panel = Panel(PINS, factory, lambda *_: None, clock, QUIET_MS)
    began = clock()
    clock.move(20)
    assert panel.held() == {1: began}
    assert panel.snapshot().buttons[1] == Button(6, presses=0, held_since_ms=began)
    panel.close()


def test_edges_that_the_kernel_dropped_leave_nobody_held(bench: Bench) -> None:
    bench.down(0)
    bench.pin(0)._state = True  # the pin went up, and no edge was told
    assert bench.panel.held() == {}


def test_what_is_counted_is_presses_bounces_and_flurries_of_them(bench: Bench) -> None:
    bench.down(0)
    for _ in range(FLURRY_EDGES):
        bench.up(0, after_ms=1)
        bench.down(0, after_ms=1)
    bench.up(0, after_ms=500)
    bench.down(0, after_ms=1)
    bench.up(0, after_ms=1)
    bench.down(3, after_ms=100)
    counted = bench.panel.snapshot()
    assert counted == Snapshot(
        at_ms=bench.clock(),
        buttons=(Button(5, 1, 2 * FLURRY_EDGES + 2, 1), Button(6), Button(13), Button(19, 1, 0, 0, bench.clock())),
        thread=None,
        mock=True,
    )


def test_the_thread_of_edges_is_asked_where_somebody_has_the_patience(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Thread:
        def __init__(self) -> None:
            self.asked: list[float] = []

        def answers(self, since_ms: int) -> bool:
            return since_ms < 5

        def answers_within(self, seconds: float) -> bool:
            self.asked.append(seconds)
            return True

        def close(self) -> None:
            self.asked.append(-1)

    thread = Thread()
    monkeypatch.setattr(rooms.callbacks, "thread_of", lambda *_: thread)
    panel = Panel(PINS, MockFactory(), lambda *_: None, clock, QUIET_MS)
    assert (panel.answers(4), panel.answers(5)) == (True, False)
    assert (panel.snapshot().thread, panel.snapshot(0.5).thread) == (None, True)
    panel.close()
    panel.close()
    assert thread.asked == [0.5, -1]
    assert panel.answers(4) is None


def test_mock_pins_have_no_thread_to_answer(bench: Bench) -> None:
    assert bench.panel.answers(0) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 120)), max_size=60))
def test_whatever_the_contacts_do_presses_of_a_button_are_quiet_times_apart_and_after_quiet_none_is_missed(
    edges: list[tuple[int, bool, int]],
) -> None:
    bench = Bench(Clock(1_000))
    changed: dict[int, int] = {}
    expected = []
    for number, down, after_ms in edges:
        bench.clock.ms += after_ms
        if bool(bench.pin(number).state) == down:  # the pin changes: pressed is low
            if down and bench.clock() - changed.get(number, -QUIET_MS) >= QUIET_MS:
                expected.append((number, bench.clock()))
            changed[number] = bench.clock()
        (bench.down if down else bench.up)(number)
    assert bench.pressed == expected
    for number in range(4):
        bench.up(number, after_ms=0)
    bench.clock.ms += QUIET_MS
    for _, look in bench.waiting:
        look()
    assert sorted(number for number, _ in bench.released) == sorted(number for number, _ in bench.pressed)
    for number in range(4):
        times = [at for button, at in bench.pressed if button == number]
        assert all(later - earlier >= QUIET_MS for earlier, later in itertools.pairwise(times))
    bench.panel.close()


def test_hands_press_mock_pins_and_there_are_none_for_real_ones(bench: Bench) -> None:
    hands = MockHands.of(PINS, bench.factory)
    assert hands is not None
    assert len(hands) == 4
    hands.down(3)
    bench.clock.ms += 100
    hands.up(3)
    assert bench.pressed == [(3, 1_000)]
    assert MockHands.of(PINS, gpiozero.pins.Factory()) is None


def test_mock_pins_are_given_only_when_they_are_asked_for_by_name() -> None:
    assert isinstance(open_pins("mock"), MockFactory)
    with pytest.raises(PanelError, match=r'^found pins = "rpigpio", expected "lgpio" or "mock"$'):
        open_pins("rpigpio")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that calls itself lgpio."""
    module = ModuleType("lgpio")
    monkeypatch.setitem(sys.modules, "lgpio", module)
    return module


@pytest.mark.usefixtures("stub")
def test_the_ancient_empty_lgpio_is_named_for_what_it_is() -> None:
    with pytest.raises(
        PanelError, match=r"^the lgpio that is installed is an empty shell: install lgpio 0\.2\.2\.0 or later$"
    ):
        open_pins("lgpio")


def test_an_lgpio_that_is_not_installed_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(PanelError, match=r"^lgpio is not installed \(.*\): install the extra, moodpost\[pi\]$"):
        open_pins("lgpio")


@pytest.mark.parametrize(
    "trouble",
    [gpiozero.BadPinFactory("no"), gpiozero.PinUnknownPi("no"), RuntimeError("no"), OSError("no")],
    ids=lambda trouble: type(trouble).__name__,
)
def test_whatever_the_pin_factory_raises_is_told_as_no_gpio_chip(
    stub: ModuleType, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(chip: int | None) -> None:
        raise trouble

    stub.gpiochip_open = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", SimpleNamespace(LGPIOFactory=fail))  # type: ignore[arg-type]
    with pytest.raises(PanelError) as caught:
        open_pins("lgpio")
    assert str(caught.value) == (
        f"no GPIO chip answers ({type(trouble).__name__}: no). Is this a Pi, and may this user open /dev/gpiochip0?"
    )


def test_the_chip_in_the_settings_is_the_one_that_is_opened(stub: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.gpiochip_open = None  # type: ignore[attr-defined]
    opened = SimpleNamespace(LGPIOFactory=lambda chip: ("a factory for", chip))
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", opened)  # type: ignore[arg-type]
    monkeypatch.setattr(rooms.chips, "header_chip", lambda: None)
    assert open_pins("lgpio", 4) == ("a factory for", 4)
    assert open_pins("lgpio") == ("a factory for", None)  # gpiozero's guess, where the kernel says nothing
    monkeypatch.setattr(rooms.chips, "header_chip", lambda: 14)
    assert open_pins("lgpio") == ("a factory for", 14)
    assert open_pins("lgpio", 4) == ("a factory for", 4)


def test_a_place_where_lgpio_cannot_make_its_pipe_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{tmp_path}/absent:{tmp_path}")
    with pytest.raises(PanelError) as caught:
        open_pins("lgpio")
    assert str(caught.value) == (
        f"lgpio can't make its pipe in {tmp_path}/absent (No such file or directory): can this user write there?"
    )


def test_an_lgpio_that_fails_while_it_is_imported_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").write_text("raise RuntimeError('no more notifications')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    with pytest.raises(PanelError, match=r"^lgpio can't be started \(RuntimeError: no more notifications\)$"):
        open_pins("lgpio")
    assert "LG_WD" not in os.environ


OPEN_REAL_PINS = """
import os, sys, threading
from pathlib import Path
from hardware.errors import PanelError
from hardware.panel import open_pins
def here():
    return sorted(p.name for p in Path().iterdir())
def moodpost():
    return sorted(p.name for p in Path(os.environ["TMPDIR"]).iterdir())
before = os.getcwd(), dict(os.environ)
try:
    open_pins("lgpio").close()
    print("opened")
except PanelError as error:
    print(error)
print((os.getcwd(), dict(os.environ)) == before, here(), moodpost(), hasattr(sys.modules["lgpio"], "gpiochip_open"))
"""


@pytest.fixture
def real_lgpio() -> None:
    if importlib.util.find_spec("lgpio") is None:
        pytest.fail("lgpio is not installed. Install it: .venv/bin/python -m pip install -e '.[pi]'")


@pytest.mark.usefixtures("real_lgpio")
@pytest.mark.parametrize(
    "settings", [{}, {"LG_WD": "/"}, {"RUNTIME_DIRECTORY": "{tmp}"}], ids=["bare", "lg", "systemd"]
)
def test_the_real_lgpio_tells_its_trouble_and_leaves_nothing_behind_and_the_process_where_it_was(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    here, tmp = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    tmp.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp)}
    environment |= {name: value.format(tmp=tmp) for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OPEN_REAL_PINS],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said, left = done.stdout.splitlines()
    assert left == "True [] [] True"
    if not Path("/dev/gpiochip0").exists():  # on a Pi it opens
        assert said.startswith("no GPIO chip answers (")
        assert said.endswith("). Is this a Pi, and may this user open /dev/gpiochip0?")
    assert (done.returncode, done.stderr) == (0, "")


PIPE_WORKS = """
import os, struct, threading
from hardware.panel import _import_lgpio
lgpio = _import_lgpio()
got, arrived = [], threading.Event()
class Callback:
    chip, gpio = 0, 5
    def func(*change):
        got.append(change)
        arrived.set()
lgpio._notify_thread.append(Callback)
mine = lgpio._notify_thread._file.fileno()
(writing,) = [
    int(fd) for fd in os.listdir("/proc/self/fd")
    if int(fd) != mine and os.path.exists(f"/proc/self/fd/{fd}") and os.path.samestat(os.stat(int(fd)), os.stat(mine))
]
os.write(writing, struct.pack("QBBBBI", 77, 0, 5, 0, 0, 0))
assert arrived.wait(20)
print(got)
"""


@pytest.mark.usefixtures("real_lgpio")
def test_edges_still_arrive_through_lgpios_pipe_when_its_name_is_gone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PIPE_WORKS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[(0, 5, 0, 77)]\n", "")


def test_importing_the_panel_imports_no_lgpio() -> None:
    code = "import sys, hardware.panel; sys.exit('lgpio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_mock_pins_keep_no_record_of_all_that_they_ever_did() -> None:
    factory = open_pins("mock")
    pin = factory.pin(5)
    pin.pull = "up"
    for _ in range(100):
        pin.drive_low()
        pin.drive_high()
    assert len(pin.states) == 1
    factory.close()
