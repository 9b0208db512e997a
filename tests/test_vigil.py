"""What the kiosk watches and tells beside the visitors."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from hardware import board, probes
from hardware.errors import PanelError
from hardware.health import Health, good
from kiosk import fittings
from kiosk.fittings import Fittings
from kiosk.health import status
from kiosk.health.status import Status
from kiosk.health.vigil import Vigil, own
from kiosk.settings import Panel
from tests.conftest import until
from tests.pi import BOOT, VOLT, Pi


def named(readings: list[Health], name: str) -> Health:
    (found,) = (reading for reading in readings if reading.name == name)
    return found


def fitted(stack: contextlib.ExitStack, **wired: object) -> Fittings:
    return fittings.open_fittings(Panel(**wired), "mock", lambda *_: None, stack)  # type: ignore[arg-type]


def test_a_screen_that_could_not_be_had_is_bad_and_one_that_nobody_asked_for_is_not() -> None:
    assert named(own(Fittings(), "kmsdrm", (800, 480), asked=False), "screen").condition == "good"
    assert named(own(Fittings(), "offscreen", (800, 480), asked=True), "screen").condition == "unknown"
    unplugged = named(own(Fittings(), "kmsdrm", (800, 480), asked=False, lost=True), "screen")
    assert (unplugged.condition, "unplugged" in unplugged.said) == ("bad", True)
    lost = named(own(Fittings(), "offscreen", (800, 480), asked=False), "screen")
    assert (lost.condition, lost.raw) == ("bad", "offscreen 800x480")


def test_each_button_is_told_of_and_without_buttons_that_there_are_none() -> None:
    with contextlib.ExitStack() as stack:
        readings = own(fitted(stack, buttons=[5, 6]), "window", (800, 480), asked=False)
    assert [r.name for r in readings] == ["screen", "panel.buttons", "panel.thread", "button.1", "button.2"]
    assert named(own(Fittings(), "window", (800, 480), asked=False), "panel.buttons").condition == "good"


def test_what_can_not_be_had_is_named_by_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PanelError("the pins [12] can't be had (in use)")

    monkeypatch.setattr(fittings, "Lights", refuse)
    monkeypatch.setattr(fittings, "Buzzer", refuse)
    with contextlib.ExitStack() as stack:
        readings = own(fitted(stack, buttons=[5, 6], lights=[12, 16], buzzer=26), "window", (8, 4), asked=False)
        assert named(readings, "lights").said == "The lights of the buttons don't work: the pins [12] can't be had."
        assert named(readings, "buzzer").said == "The buzzer doesn't work: the pins [12] can't be had."
        assert named(readings, "panel.buttons").condition != "bad"
        monkeypatch.setattr(fittings, "open_pins", refuse)
        readings = own(fitted(stack, buttons=[5, 6]), "window", (8, 4), asked=False)
    assert named(readings, "panel.buttons").said == "The buttons don't work: the pins [12] can't be had."


def left(data: Path) -> Status | None:
    return status.left(data, BOOT)


def test_from_its_start_to_its_end_the_kiosk_says_how_it_is_and_holds_each_drop_of_the_voltage(tmp_path: Path) -> None:
    pi = Pi(tmp_path)
    pi.write(f"{VOLT}/in0_lcrit_alarm", "1\n")
    assert board.boot_id(tmp_path) == BOOT
    vigil = Vigil(pi.data, pi.data, lambda: [good("screen", "There is a picture.")], tmp_path)
    found = until(lambda: left(pi.data), "the kiosk's status")
    assert [reading.name for reading in found.readings] == ["screen"]
    until(lambda: probes.open_latch(pi.data, tmp_path).holds("under-voltage"), "the drop to be held")
    vigil.close()
    assert left(pi.data) is None
