"""The loop wakes for a touch panel before and after it was pulled out and plugged in again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.devices import Devices
from kiosk.ears import GENTLE_POLL_MS, Ears
from kiosk.loop import Loop
from tests.conftest import Clock


class Bare:
    """The input side of a bare screen, with pipes for devices."""

    def __init__(self, root: Path) -> None:
        self.devices = Devices(root)
        self.devices.refresh((800, 480))
        self.heard: list[bytes] = []

    @property
    def inputs_changed(self) -> bool:
        return self.devices.changed

    def refresh_inputs(self) -> bool:
        return self.devices.refresh((800, 480))

    def descriptors(self) -> list[int] | None:
        return self.devices.descriptors or None

    def drain(self, descriptor: int) -> None:
        self.devices.drain(descriptor)


class Kiosk:
    """A loop, a screen, and what the app does with both."""

    def __init__(self, clock: Clock, root: Path) -> None:
        self.clock = clock
        self.loop = Loop(clock)
        self.screen = Bare(root)
        self.ears = Ears(self.loop, self.screen)  # type: ignore[arg-type]
        self.ears.prick()

    def wakes(self) -> bool:
        """Whether there is something to wake for; what it was is drained, as the app's turns would."""
        woke = bool(self.loop._poll.poll(0))
        self.loop.sleep(self.clock())
        if self.screen.inputs_changed:
            self.ears.prick()
        return woke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dev/input"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def kiosk(clock: Clock, tmp_path: Path, folder: Path) -> Iterator[Kiosk]:
    os.mkfifo(folder / "event0")  # HDMI's remote control, which is always there
    kiosk = Kiosk(clock, tmp_path)
    with contextlib.closing(kiosk.loop), contextlib.closing(kiosk.screen.devices):
        yield kiosk


def test_a_panel_is_heard_each_time_that_it_is_plugged_in(kiosk: Kiosk, folder: Path) -> None:
    panel = folder / "event1"
    for _ in range(3):
        assert not kiosk.wakes()
        os.mkfifo(panel)
        assert kiosk.wakes()
        assert not kiosk.wakes()
        with panel.open("wb", buffering=0) as finger:
            for _ in range(2):
                finger.write(b"touch")
                assert kiosk.wakes()
                assert not kiosk.wakes()
            panel.unlink()
        assert kiosk.wakes()  # it hung up


def test_two_that_are_pulled_out_at_once_leave_the_others_heard(kiosk: Kiosk, folder: Path) -> None:
    """A panel may be several devices; the one that is opened next gets a number of those that are gone."""
    paths = [folder / "event1", folder / "event2"]
    for path in paths:
        os.mkfifo(path)
    kiosk.wakes()
    with paths[0].open("wb"), paths[1].open("wb"):
        for path in paths:
            path.unlink()
        os.mkfifo(folder / "event3")
    kiosk.wakes()
    for name in ("event0", "event3"):
        with (folder / name).open("wb", buffering=0) as finger:
            finger.write(b"touch")
            assert kiosk.wakes()
            assert not kiosk.wakes()
        kiosk.wakes()


def test_one_that_went_without_a_word_is_watched_no_more(kiosk: Kiosk, folder: Path) -> None:
    panel = folder / "event1"
    os.mkfifo(panel)
    kiosk.wakes()
    with panel.open("wb"):  # so that it does not hang up
        panel.unlink()
        kiosk.ears.prick()
        assert not kiosk.wakes()


def test_where_nothing_can_be_watched_the_screen_is_asked_until_something_can(clock: Clock, tmp_path: Path) -> None:
    kiosk = Kiosk(clock, tmp_path)  # no /dev at all
    assert kiosk.ears.poll_ms() == GENTLE_POLL_MS
    (tmp_path / "dev").mkdir()
    kiosk.ears.prick()
    assert kiosk.ears.poll_ms() is None
    kiosk.ears.close()
    kiosk.loop.close()
    kiosk.screen.devices.close()


def test_nothing_is_watched_any_more_at_the_end(kiosk: Kiosk, folder: Path) -> None:
    kiosk.ears.close()
    os.mkfifo(folder / "event1")
    assert not kiosk.wakes()
    assert kiosk.ears.poll_ms() is None
