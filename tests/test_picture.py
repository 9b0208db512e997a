"""The picture and its light: millimetres, a bare screen's backlight, where something can be touched."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from kiosk import picture, settings
from kiosk.screens.stage import KINDS
from tests.test_connectors import connector
from tests.test_touchable import CEC, FT5X06, JACK, plug


class Panel:
    """What a display says of its panel."""

    def __init__(self, driver: str = "kmsdrm", dpi: float | None = None) -> None:
        self.driver = driver
        self.lost = False
        self.size = 800, 480
        self.dpi = dpi


def parsed(text: str) -> settings.Settings:
    return settings.parse(f'[kiosk]\nid = "k"\n{text}')


def test_a_millimetre_is_as_long_as_the_settings_say_else_as_the_screen_says() -> None:
    def dpi(text: str, panel: Any) -> float | None:
        return picture.dpi(parsed(text), panel)

    assert dpi("", Panel()) is None
    assert dpi("", Panel(dpi=133.0)) == 133.0
    assert dpi("[screen]\nwidth_mm = 160\n", Panel(dpi=133.0)) == pytest.approx(127.0)


def test_without_a_screen_that_is_connected_the_bare_screen_is_not_even_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def display(driver: str, *_: object, **__: object) -> Panel:
        opened.append(driver)
        return Panel(driver)

    def start(screen: str | None = None) -> None:
        picture.open_display(screen, None, fullscreen=False, rotate=0, root=tmp_path)

    monkeypatch.setattr(picture, "Display", display)
    monkeypatch.setattr(picture, "pick_driver", lambda: "kmsdrm")
    start()
    connector(tmp_path, "card0-HDMI-A-1", "connected")
    start()
    start("kmsdrm")
    connector(tmp_path, "card0-HDMI-A-1", "connected", "800x480\n")
    start()
    assert opened == ["kmsdrm", "offscreen", "kmsdrm", "kmsdrm"]  # where nothing tells it is tried, too


def test_who_sees_nothing_is_asked_nothing(tmp_path: Path) -> None:
    panel = Panel()
    plug(tmp_path, 0, FT5X06)
    assert picture.kinds(None, panel, tmp_path) == KINDS  # type: ignore[arg-type]
    panel.lost = True
    assert picture.kinds(None, panel, tmp_path) == frozenset()  # type: ignore[arg-type]


def test_a_screen_may_come_where_none_was_asked_for_and_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "pick_driver", lambda: "offscreen")
    assert picture.may_come(None)
    assert not picture.may_come("offscreen")
    monkeypatch.setattr(picture, "pick_driver", lambda: "window")
    assert not picture.may_come(None)


def test_the_backlight_is_a_bare_screens_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    class Light:
        def set(self, percent: int) -> None:
            told.append(percent)

        def wake(self) -> None:
            told.append("wake")

    monkeypatch.setattr(picture, "Backlight", Light)
    wanted = parsed("[screen]\nbrightness = 35\n")
    with contextlib.ExitStack() as parts:
        assert picture.open_backlight(wanted, Panel("x11"), parts) is None  # type: ignore[arg-type]
        assert told == []
        picture.open_backlight(wanted, Panel("kmsdrm"), parts)  # type: ignore[arg-type]
        assert told == [35]
    assert told == [35, "wake"]  # nobody is left with a dark screen


@pytest.mark.parametrize(
    ("driver", "asked_for", "touched"),
    [
        ("offscreen", "offscreen", True),
        ("offscreen", None, False),
        ("x11", None, True),
        ("wayland", "window", True),
        ("kmsdrm", None, False),
    ],
)
def test_followups_are_asked_where_somebody_can_touch_them(
    tmp_path: Path, driver: str, asked_for: str | None, touched: bool
) -> None:
    assert picture.kinds(asked_for, Panel(driver), tmp_path) == (KINDS if touched else frozenset())  # type: ignore[arg-type]


def test_a_touch_panel_that_is_plugged_in_later_has_followups_asked_from_then_on(tmp_path: Path) -> None:
    panel = Panel("kmsdrm")
    plug(tmp_path, 0, CEC)
    plug(tmp_path, 1, JACK)
    assert picture.kinds(None, panel, tmp_path) == frozenset()  # type: ignore[arg-type]
    plug(tmp_path, 2, FT5X06)
    assert picture.kinds(None, panel, tmp_path) == KINDS  # type: ignore[arg-type]
