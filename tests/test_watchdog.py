"""When systemd is told that the kiosk lives: by rule, then with real processes whose threads are ended and blocked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk.reader import Reader
from kiosk.watchdog import Heartbeat, status
from tests.conftest import ROOT, Clock, until
from tests.running import SETTINGS, Place
from tests.test_notifier import Systemd, systemd
from tests.test_panel import real_lgpio

__all__ = ["real_lgpio", "systemd"]

USEC = 1_500_000
"""What systemd is made to wait here; on a kiosk it is a minute."""
OFF_SCREEN = ("--screen", "offscreen")


class Told:
    """A notifier that keeps what it was told."""

    def __init__(self, interval_s: float | None = 30.0) -> None:
        self.interval_s = interval_s
        self.beats = 0
        self.lines: list[str] = []

    def ready(self) -> None:
        self.lines.append("ready")

    def beat(self) -> None:
        self.beats += 1

    def status(self, text: str) -> None:
        self.lines.append(text)


class Thread:
    """A thread that answers as a test wants it to."""

    def __init__(self) -> None:
        self.lives: bool | None = True
        self.asked: list[int] = []

    def answers(self, since_ms: int) -> bool | None:
        self.asked.append(since_ms)
        return self.lives


def test_a_beat_is_given_at_once_and_then_each_interval_while_all_answer(clock: Clock) -> None:
    told, thread = Told(), Thread()
    heart = Heartbeat(told, {"the store": thread.answers})
    assert heart.turn(clock())
    assert not heart.turn(clock.move(29.9))
    assert heart.turn(clock.move(0.1))
    assert told.beats == 2
    assert heart.deadline == clock() + 30_000


def test_an_idle_kiosk_is_woken_once_for_each_beat_and_each_thread_asked_once(clock: Clock) -> None:
    told, thread = Told(), Thread()
    heart = Heartbeat(told, {"the store": thread.answers})
    heart.turn(clock())
    for _ in range(10):
        asked = len(set(thread.asked))
        assert heart.deadline is not None
        clock.ms = heart.deadline
        assert heart.turn(clock())
        assert len(set(thread.asked)) == asked + 1
    assert told.beats == 11


def test_a_thread_that_does_not_answer_stops_the_beats_and_is_named_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    told, store, panel = Told(), Thread(), Thread()
    heart = Heartbeat(told, {"the store": store.answers, "the buttons": panel.answers})
    heart.turn(clock())
    panel.lives = False
    for _ in range(100):
        assert not heart.turn(clock.move(30))
    assert told.beats == 1
    assert [record.getMessage() for record in caplog.records] == ["no answer yet from: the buttons"]


def test_every_thread_is_asked_though_one_is_late(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    told, store, panel = Told(), Thread(), Thread()
    heart = Heartbeat(told, {"the store": store.answers, "the buttons": panel.answers})
    heart.turn(clock())
    store.lives = panel.lives = False
    heart.turn(clock.move(30))
    assert caplog.records[0].getMessage() == "no answer yet from: the store, the buttons"


class Busy:
    """A thread that is busy from one moment to another, and answers what it is asked meanwhile at its end."""

    def __init__(self, clock: Clock, from_ms: int, to_ms: int) -> None:
        self._clock = clock
        self._busy = range(from_ms, to_ms)
        self._answers_ms: dict[int, int] = {}

    def answers(self, since_ms: int) -> bool:
        now = self._clock()
        at_ms = self._answers_ms.setdefault(since_ms, self._busy.stop if now in self._busy else now)
        return now >= at_ms


@pytest.mark.parametrize(("busy_s", "restarts"), [(30, False), (55, False), (95, True)])
def test_a_store_that_is_busy_for_thirty_seconds_costs_no_restart_however_that_lies_to_the_beats(
    clock: Clock, busy_s: int, restarts: bool
) -> None:
    for begins_ms in range(0, 60_000, 500):
        told, began = Told(), clock()
        store = Busy(clock, began + begins_ms, began + begins_ms + busy_s * 1000)
        heart = Heartbeat(told, {"the store": store.answers})
        heart.turn(began)
        last, longest_ms = began, 0
        while clock() < began + 300_000:
            clock.ms = heart.deadline or 0
            if heart.turn(clock()):
                last, longest_ms = clock(), max(longest_ms, clock() - last)
        assert (longest_ms >= 60_000) == restarts, begins_ms


def test_a_thread_that_is_absent_counts_as_answered(clock: Clock) -> None:
    told, thread = Told(), Thread()
    thread.lives = None
    heart = Heartbeat(told, {"the buttons": thread.answers, "the lights": None})
    heart.turn(clock())
    assert heart.turn(clock.move(30))


def test_without_a_watchdog_nothing_is_due_and_nobody_is_asked(clock: Clock) -> None:
    told, thread = Told(None), Thread()
    heart = Heartbeat(told, {"the store": thread.answers})
    assert not heart.turn(clock())
    assert (heart.deadline, told.beats, thread.asked) == (None, 0, [])


def test_how_the_kiosk_is_goes_out_when_it_begins_and_with_each_beat(clock: Clock) -> None:
    told, votes = Told(), [1]
    heart = Heartbeat(told, status=lambda: f"{votes[0]} votes")
    heart.begin()
    votes[0] = 2
    heart.turn(clock())
    assert told.lines == ["ready", "1 votes", "2 votes"]


def test_the_status_line_says_what_is_known() -> None:
    screen = SimpleNamespace(driver="kmsdrm", size=(800, 480))
    assert status(412, 3, 4, screen) == "412 votes today, 3 waiting; buttons: 4; screen: kmsdrm 800x480"
    assert status(1, None, 0, screen) == "1 vote today; buttons: none; screen: kmsdrm 800x480"
    assert status(None, None, 4, screen, "The disk is full") == "buttons: 4; screen: kmsdrm 800x480; The disk is full"


# From here on with real processes.


class Watched:
    """What systemd makes of a process: its beats, and whether it would start it anew."""

    def __init__(self, systemd: Systemd) -> None:
        self._systemd = systemd

    def hear(self, wanted: str, times: int = 1) -> str:
        """Wait for the next line that holds `wanted`, `times` of them."""
        heard: list[str | None] = []
        while sum(wanted in (line or "") for line in heard) < times:
            heard.append(self._systemd.hear())
            assert heard[-1] is not None and len(heard) < 100, f"waited in vain for {wanted}; heard {heard}"
        return heard[-1] or ""

    def gives_up(self) -> bool:
        """Whether no beat comes for as long as systemd waits, before forty have come."""
        for _ in range(40):
            while (line := self._systemd.hear(USEC / 1e6)) not in (None, "WATCHDOG=1"):
                pass
            if line is None:
                return True
        return False


@pytest.fixture
def watched(tmp_path: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(USEC))
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    return Watched(systemd)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


def test_a_kiosk_says_that_it_is_ready_then_beats_until_it_is_stopped(watched: Watched, place: Place) -> None:
    place.kiosk(*OFF_SCREEN)
    watched.hear("READY=1")
    assert watched.hear("STATUS=").endswith("buttons: 4; screen: offscreen 800x480")
    watched.hear("WATCHDOG=1", 3)
    place.members["kiosk"].order("press 1")
    watched.hear("1 waiting; buttons: 4")
    pid = place.members["kiosk"].pid
    os.kill(pid, signal.SIGSTOP)
    assert watched.gives_up()
    os.kill(pid, signal.SIGCONT)
    watched.hear("WATCHDOG=1", 2)
    place.members["kiosk"].end()
    watched.hear("STOPPING=1")


def test_mistakes_in_the_settings_are_no_reason_to_start_it_anew(watched: Watched, place: Place) -> None:
    place.settings.write_text("[kiosk]\n")
    heard = place.start("kiosk", *OFF_SCREEN)
    watched.hear("READY=1")
    assert watched.hear("STATUS=").startswith("STATUS=the settings need a correction: moodpost.toml")
    watched.hear("WATCHDOG=1", 3)
    place.settings.write_text(SETTINGS.replace("{port}", "1"))
    until(lambda: heard.all("ready"), "the kiosk to go on")
    watched.hear("STATUS=")
    watched.hear("WATCHDOG=1", 2)


def test_a_store_whose_thread_is_blocked_stops_the_beats_until_it_goes_on(watched: Watched, place: Place) -> None:
    place.kiosk(*OFF_SCREEN)
    watched.hear("WATCHDOG=1", 3)
    locked = sqlite3.connect(place.folder / "votes.db", isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")  # the store's thread waits 5 s for it
    place.members["kiosk"].order("press 1")
    assert watched.gives_up()
    locked.execute("ROLLBACK")
    locked.close()
    watched.hear("WATCHDOG=1", 3)


KIOSK_IN_TROUBLE = """
import logging, os, signal, struct, sys, threading
from pathlib import Path
from hardware import callbacks, panel
from kiosk.start import Options, run
threading.excepthook = lambda args: None
logging.basicConfig(format="%(message)s")
lgpio = panel._import_lgpio()
threads = []
def thread_of(factory, clock):
    threads.append(callbacks.CallbackThread(lgpio, clock))
    return threads[0]
callbacks.thread_of = thread_of
class Poison:
    chip = gpio = 7
    def func(*_):
        raise RuntimeError("as any callback might")
def kill_thread(*_):
    lgpio._notify_thread.append(Poison)
    os.write(threads[0]._pipe, struct.pack("QBBBBI", 0, 7, 7, 0, 0, 0))
def block_main_thread(*_):
    Path("fifo").read_bytes()
signal.signal(signal.SIGUSR1, kill_thread)
signal.signal(signal.SIGUSR2, block_main_thread)
run(Options(settings=Path(sys.argv[1]), data=Path(sys.argv[2]), screen="offscreen", play=True))
"""


@pytest.fixture
def troubled(watched: Watched, place: Place, real_lgpio: None) -> Iterator[subprocess.Popen[str]]:
    """A kiosk with the real lgpio, its thread and its pipe; only the pins are mock ones, as there is no chip."""
    os.mkfifo(place.folder / "fifo")
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", KIOSK_IN_TROUBLE, str(place.settings), str(place.folder)],
        cwd=place.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as kiosk:
        watched.hear("WATCHDOG=1", 3)
        yield kiosk
        kiosk.kill()


def test_a_main_loop_that_is_blocked_stops_the_beats_while_its_queue_fills_up(
    watched: Watched, place: Place, troubled: subprocess.Popen[str]
) -> None:
    assert troubled.stdin is not None
    troubled.send_signal(signal.SIGUSR2)
    # More than a pipe holds: by its end ten thousand events at least lie in the loop's queue.
    troubled.stdin.write("press 1\npress 2\n" * 10_000)
    troubled.stdin.flush()
    assert watched.gives_up()
    with (place.folder / "fifo").open("wb"):
        pass
    watched.hear("WATCHDOG=1", 2)
    watched.hear(" waiting;")
    with Reader(place.folder / "votes.db") as reader:
        assert reader.counts(reader.last())[0] > 0


def test_a_panel_whose_thread_was_killed_stops_the_beats(watched: Watched, troubled: subprocess.Popen[str]) -> None:
    troubled.send_signal(signal.SIGUSR1)
    assert watched.gives_up()
    assert troubled.poll() is None
    troubled.terminate()
    _, said = troubled.communicate(timeout=60)
    assert (troubled.returncode, said) == (0, "no answer yet from: the buttons\n")
