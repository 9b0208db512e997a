"""A screen that is plugged in later, pulled out, and plugged in again; buttons count all the while."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.errors import DisplayError
from kiosk.curtain import LOOK_MS, MOST_PAUSE_MS, PATIENCE_MS, Curtain
from tests.conftest import ROOT, Clock, until
from tests.test_connectors import connector

HDMI = "card0-HDMI-A-1"
MODES = "800x480\n"


class Screen:
    """A display that can be opened where the test says so."""

    size = 800, 480

    def __init__(self, driver: str) -> None:
        self.driver = driver
        self.lost = self.failing = False
        self.works = True
        self.opened = 0

    def reopen(self) -> None:
        self.opened += 1
        self.lost = self.failing = False
        self.driver = "kmsdrm" if self.works else "offscreen"
        if not self.works:
            raise DisplayError("no picture through kmsdrm (permission denied).")


class Bench:
    def __init__(self, root: Path, clock: Clock, driver: str = "offscreen") -> None:
        self.root = root
        self.clock = clock
        self.screen = Screen(driver)
        self.curtain = Curtain(self.screen, self.screen.reopen, clock, root)  # type: ignore[arg-type]

    def plug(self, status: str = "connected", modes: str = MODES) -> None:
        connector(self.root, HDMI, status, modes)

    def opened_within(self, ms: int) -> int | None:
        """After how long the picture is opened, asking whenever it is due; None: not within so long."""
        began = self.clock.ms
        while (due := self.curtain.deadline) is not None and due <= began + ms:
            self.clock.ms = due
            if self.curtain.is_time():
                self.curtain.open()
                return self.clock.ms - began
        self.clock.ms = began + ms
        return None


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Bench:
    return Bench(tmp_path, clock)


def test_a_screen_that_is_plugged_in_gets_the_picture_within_two_seconds(bench: Bench) -> None:
    bench.plug("disconnected", "")
    assert bench.opened_within(3_600_000) is None
    bench.plug()
    waited = bench.opened_within(LOOK_MS)
    assert waited is not None
    assert waited <= LOOK_MS
    assert (bench.screen.driver, bench.curtain.deadline) == ("kmsdrm", None)


def test_while_there_is_no_screen_it_looks_each_two_seconds_and_no_oftener(bench: Bench) -> None:
    for _ in range(5):
        assert bench.curtain.deadline == bench.clock.ms + LOOK_MS
        assert not bench.curtain.is_time()
        bench.clock.ms += LOOK_MS
        assert not bench.curtain.is_time()


def test_a_screen_without_modes_yet_is_waited_for_and_then_tried_all_the_same(bench: Bench) -> None:
    bench.plug(modes="")
    assert bench.opened_within(PATIENCE_MS - LOOK_MS) is None
    bench.plug()
    assert bench.opened_within(LOOK_MS) is not None


def test_a_screen_that_never_tells_its_modes_is_tried(bench: Bench) -> None:
    bench.plug(modes="")
    waited = bench.opened_within(60_000)
    assert waited is not None
    assert PATIENCE_MS <= waited <= PATIENCE_MS + 2 * LOOK_MS


def test_a_try_that_fails_is_told_once_and_made_again_ever_more_seldom(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.screen.works = False
    bench.plug()
    pauses = [bench.opened_within(MOST_PAUSE_MS + LOOK_MS) for _ in range(9)]
    assert pauses[1:4] == [PATIENCE_MS, 2 * PATIENCE_MS, 4 * PATIENCE_MS]
    assert pauses[-2:] == [MOST_PAUSE_MS, MOST_PAUSE_MS]
    assert caplog.text.count("permission denied") == 1
    bench.screen.works = True
    assert bench.opened_within(MOST_PAUSE_MS) is not None
    assert bench.screen.driver == "kmsdrm"


def test_a_screen_that_is_pulled_out_is_lit_anew_when_it_comes_back(tmp_path: Path, clock: Clock) -> None:
    bench = Bench(tmp_path, clock, "kmsdrm")
    bench.plug()
    bench.curtain.watch()
    assert bench.curtain.deadline is None
    bench.plug("disconnected", "")
    bench.curtain.watch()
    assert bench.screen.lost
    assert bench.opened_within(60_000) is None
    bench.plug()
    assert bench.opened_within(LOOK_MS) is not None
    assert (bench.screen.lost, bench.screen.opened) == (False, 1)


def test_a_picture_that_can_not_be_shown_any_more_is_opened_anew(tmp_path: Path, clock: Clock) -> None:
    bench = Bench(tmp_path, clock, "kmsdrm")
    bench.plug()
    bench.screen.failing = True
    bench.curtain.watch()
    assert bench.opened_within(2 * LOOK_MS) is not None


def test_where_no_connector_tells_the_picture_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    bench = Bench(tmp_path, clock, "kmsdrm")
    bench.curtain.watch()
    assert bench.curtain.deadline is None


KIOSK = """
import sys
from pathlib import Path
from hardware import drm
from kiosk import picture, start
from tests.graphics_card import Card, Kernel, Socket, mode
from tests.test_evdev import tablet
here = Path(sys.argv[1])
kernel, glass = Kernel(), tablet()
kernel.cards.append(Card(here / "root/dev/dri/card0", [Socket([mode((800, 480))])]))
def ioctl(descriptor, request, argument):
    if not isinstance(argument, bytes):  # a screen's
        return kernel.ioctl(descriptor, request, argument)
    glass.reading = descriptor
    return glass(descriptor, request, argument)
drm.fcntl.ioctl = ioctl
picture.pick_driver = lambda: "kmsdrm"
start.run(start.Options(here / "moodpost.toml", here / "data", trace=True, play=True, pins="mock", root=here / "root"))
"""


class Kiosk:
    """The whole kiosk, whose graphics card and connectors are a test's."""

    def __init__(self, folder: Path) -> None:
        self.traces: list[dict[str, Any]] = []
        self.log = (folder / "log.txt").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", KIOSK, str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONDEVMODE": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        self.hearing = threading.Thread(target=self._hear, daemon=True)
        self.hearing.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                break  # killed in the middle of it
            self.traces.append(json.loads(line))

    def order(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def shown(self) -> str:
        """The screen that stands there now."""
        return next((str(t["screen"]) for t in reversed(list(self.traces)) if t["event"] == "screen"), "")

    def votes(self) -> int:
        return sum(
            row["kind"] == "vote" for trace in list(self.traces) if trace["event"] == "stored" for row in trace["rows"]
        )

    def heard(self, event: str, **fields: Any) -> dict[str, Any]:
        wanted = {"event": event, **fields}
        return until(
            lambda: next((t for t in list(self.traces) if wanted.items() <= t.items()), None), f"{event} {fields}"
        )

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.hearing.join()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    started: list[Kiosk] = []

    def start() -> Kiosk:
        started.append(Kiosk(tmp_path))
        return started[-1]

    yield start
    for kiosk in started:
        kiosk.close()


SETTINGS = '[kiosk]\nid = "k"\n[panel]\nbuttons = [5, 6, 13, 19]\n[visit]\nthanks_s = 0.3\nlockout_s = 0.01\n'


def test_a_kiosk_that_began_without_a_screen_counts_presses_before_at_and_after_its_coming(
    start: Any, tmp_path: Path
) -> None:
    (tmp_path / "moodpost.toml").write_text(SETTINGS)
    connector(tmp_path / "root", HDMI, "disconnected")
    kiosk = start()
    assert kiosk.heard("ready")["driver"] == "offscreen"
    kiosk.order("press 1")
    until(lambda: kiosk.votes() == 1, "a vote without a screen")
    connector(tmp_path / "root", HDMI, "connected", MODES)
    number, after = 1, 0
    while after < 2:
        until(lambda: kiosk.shown() == "attract", "the visit to end")
        after += any(trace["event"] == "picture" for trace in kiosk.traces)
        number += 1
        kiosk.order(f"press {number % 4 + 1}")
        until(lambda number=number: kiosk.votes() == number, f"vote {number}")  # type: ignore[misc]
    assert kiosk.heard("picture")["driver"] == "kmsdrm"
    kiosk.process.send_signal(signal.SIGTERM)
    assert kiosk.process.wait(30) == 0
    kiosk.log.seek(0)
    assert b"Traceback" not in kiosk.log.read()


def test_mistakes_in_the_settings_come_onto_a_screen_that_was_plugged_in_to_see_them(
    start: Any, tmp_path: Path
) -> None:
    connector(tmp_path / "root", HDMI, "disconnected")
    kiosk = start()
    kiosk.heard("screen", screen="settings")
    connector(tmp_path / "root", HDMI, "connected", MODES)
    until(lambda: sum(t["event"] == "screen" for t in kiosk.traces) == 2, "the mistakes on the new screen")
    (tmp_path / "moodpost.toml").write_text(SETTINGS)
    assert kiosk.heard("ready")["driver"] == "kmsdrm"


def test_what_is_touched_before_the_faces_stand_is_no_vote_and_what_is_touched_then_is(
    start: Any, tmp_path: Path
) -> None:
    """Somebody taps at a screen that tells of mistakes; the kernel keeps that until it is read."""
    connector(tmp_path / "root", HDMI, "connected", MODES)
    (tmp_path / "root/dev/input").mkdir(parents=True)
    os.mkfifo(tmp_path / "root/dev/input/event0")
    kiosk = start()
    kiosk.heard("screen", screen="settings")
    with (tmp_path / "root/dev/input/event0").open("wb", buffering=0) as glass:

        def tap(x: int, y: int) -> None:
            for events in (((3, 0, x * 32768 // 800), (3, 1, y * 32768 // 480), (1, 0x110, 1)), ((1, 0x110, 0),)):
                glass.write(b"".join(struct.pack("@llHHi", 0, 0, *event) for event in (*events, (0, 0, 0))))

        (tmp_path / "moodpost.toml").write_text(SETTINGS)
        tap(305, 225)
        kiosk.heard("ready")
        face = next(t for t in kiosk.heard("screen", screen="attract")["targets"] if t["action"] == "face:4")
        tap(face["x"] + face["w"] // 2, face["y"] + face["h"] // 2)
        until(lambda: kiosk.votes() == 1, "the vote")
    assert kiosk.heard("pressed")["face"] == 4
