"""Pins, lights and buzzer as the settings name them; what can't be had is said, and votes go on without it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins import Factory

from hardware import board
from hardware.errors import PanelError
from hardware.panel import MockHands
from kiosk import fittings, settings
from kiosk.fittings import Fittings, open_fittings
from tests.conftest import until

WIRED = """\
[kiosk]
id = "k"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
buzzer = 26
"""


@pytest.fixture
def parts() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as parts:
        yield parts


def opened(parts: contextlib.ExitStack, text: str = WIRED) -> tuple[Fittings, list[int]]:
    pressed: list[int] = []
    wired = settings.parse(text).panel
    return open_fittings(wired, "mock", lambda button, _: pressed.append(button), parts), pressed


def failing(what: str) -> type:
    def fail(*_: object, **__: object) -> None:
        raise PanelError(f"the {what} can't be had (OSError: busy)")

    return fail  # type: ignore[return-value]


def test_everything_that_the_settings_name_is_opened(parts: contextlib.ExitStack) -> None:
    found, pressed = opened(parts)
    assert found.notice == ""
    assert found.lights is not None
    assert isinstance(found.hands, MockHands)
    found.hands.down(2)
    assert pressed == [2]
    assert found.buzzer is not None
    found.buzzer.sound("thanked", 0)
    assert found.buzzer.deadline is not None


def test_pins_that_come_later_are_opened_then_and_not_tried_before(
    parts: contextlib.ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    usual = fittings.open_pins
    chip = tmp_path / "dev/gpiochip0"
    chip.parent.mkdir()

    def late(name: str, number: int | None) -> Factory:
        tried.append(name)
        if not chip.exists() or chip.stat().st_mode & 0o777 != 0o660:
            raise PanelError("no GPIO chip answers (OSError: not there)")
        return usual(name, number)

    monkeypatch.setattr(fittings, "open_pins", late)
    pressed: list[int] = []
    wired = settings.parse(WIRED).panel
    found = open_fittings(wired, "mock", lambda button, _: pressed.append(button), parts, root=tmp_path)
    assert found.trouble
    for _ in range(3):
        assert not found.repaired()
    assert len(tried) == 1
    chip.touch(0o600)  # udev has not given it to us yet
    assert not found.repaired()
    assert not found.repaired()
    chip.chmod(0o660)
    assert found.repaired()
    assert len(tried) == 3
    assert (found.trouble, found.notice, found.missing) == ("", "", {})
    assert found.hands is not None
    found.hands.down(2)
    assert pressed == [2]
    assert not found.repaired()


def test_what_works_is_left_alone(parts: contextlib.ExitStack, tmp_path: Path) -> None:
    wired = settings.parse(WIRED).panel
    found = open_fittings(wired, "mock", lambda *_: None, parts, root=tmp_path)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch()
    assert not found.repaired()


def test_releases_are_heard_too_where_somebody_wants_them(parts: contextlib.ExitStack) -> None:
    released: list[int] = []
    wired = settings.parse(WIRED.replace("[panel]", "[panel]\nquiet_ms = 1")).panel
    found = open_fittings(wired, "mock", lambda *_: None, parts, lambda button, _: released.append(button))
    assert found.hands is not None
    assert found.panel is not None
    found.hands.down(2)
    assert set(found.panel.held()) == {2}
    until(lambda: board.boottime_ms() > found.panel.held()[2] + 1, "the quiet time to be over")  # type: ignore[union-attr]
    found.hands.up(2)
    assert released == [2]


def test_a_kiosk_with_no_buttons_opens_no_pins(parts: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fittings, "open_pins", failing("pins"))
    found, _ = opened(parts, '[kiosk]\nid = "k"\n')
    assert found == Fittings()


def test_a_kiosk_for_touch_may_have_a_buzzer(parts: contextlib.ExitStack) -> None:
    found, _ = opened(parts, '[kiosk]\nid = "k"\n[panel]\nbuzzer = 26\n')
    assert found.buzzer is not None
    assert (found.lights, found.hands, found.notice) == (None, None, "")


def test_lights_that_fail_leave_the_buttons_working(
    parts: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fittings, "Lights", failing("lights' pins [12]"))
    found, pressed = opened(parts)
    assert found.lights is None
    assert found.buzzer is not None
    assert found.notice == "The lights of the buttons don't work: the lights' pins [12] can't be had."
    assert found.hands is not None
    found.hands.down(2)
    assert pressed == [2]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_buzzer_that_fails_leaves_the_rest_working(
    parts: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fittings, "Buzzer", failing("buzzer's pin 26"))
    found, pressed = opened(parts)
    assert (found.buzzer, found.notice) == (None, "The buzzer doesn't work: the buzzer's pin 26 can't be had.")
    assert found.lights is not None
    assert found.hands is not None
    found.hands.down(0)
    assert pressed == [0]


@pytest.mark.parametrize(
    ("text", "notice", "name"),
    [
        (WIRED, "The buttons don't work: the pins can't be had. Touching a face does.", "panel.buttons"),
        ('[kiosk]\nid = "k"\n[panel]\nbuzzer = 26\n', "The buzzer doesn't work: the pins can't be had.", "buzzer"),
    ],
    ids=["buttons", "a buzzer alone"],
)
def test_without_pins_the_screen_says_what_does_not_work(
    parts: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch, text: str, notice: str, name: str
) -> None:
    monkeypatch.setattr(fittings, "open_pins", failing("pins"))
    found, _ = opened(parts, text)
    assert (found.notice, found.panel, found.lights, found.buzzer, found.hands) == (notice, None, None, None, None)
    assert [reading.name for reading in found.readings() if reading.condition == "bad"] == [name]


@pytest.mark.parametrize(
    ("line", "passive"), [("", True), ("buzzer_passive = true\n", True), ("buzzer_passive = false\n", False)]
)
def test_a_buzzer_with_a_tone_of_its_own_is_only_switched(
    parts: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch, line: str, passive: bool
) -> None:
    asked: list[object] = []
    real = fittings.Buzzer

    def buzzer(*arguments: object, **named: object) -> object:
        asked.append(named)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(fittings, "Buzzer", buzzer)
    opened(parts, WIRED + line)
    assert asked == [{"passive": passive}]
