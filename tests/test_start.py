"""How the kiosk's process begins: several surveys, a turned screen, millimetres, rules of a visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import files, settings, start
from kiosk.screens.stage import KINDS
from kiosk.screens.view import Modes
from kiosk.survey import Survey
from tests.conftest import until
from tests.running import SETTINGS, Place
from tests.test_touchable import CEC, FT5X06, JACK, plug

OFF_SCREEN = ("--screen", "offscreen")


class Panel:
    """What a display says of its panel."""

    def __init__(self, driver: str = "kmsdrm", dpi: float | None = None) -> None:
        self.driver = driver
        self.size = 800, 480
        self.dpi = dpi


def parsed(text: str) -> settings.Settings:
    return settings.parse(f'[kiosk]\nid = "k"\n{text}')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


def test_a_millimetre_is_as_long_as_the_settings_say_else_as_the_screen_says() -> None:
    def dpi(text: str, panel: Any) -> float | None:
        return start._dpi(parsed(text), panel)

    assert dpi("", Panel()) is None
    assert dpi("", Panel(dpi=133.0)) == 133.0
    assert dpi("[screen]\nwidth_mm = 160\n", Panel(dpi=133.0)) == pytest.approx(127.0)


def test_the_rules_of_a_visit_come_from_settings_and_survey(bundled: Survey) -> None:
    rules = start._rules(
        settings.parse(
            '[kiosk]\nid = "k"\nlanguages = ["fi", "en"]\n[visit]\nundo_s = 1.5\nanswer_s = 9\nwrite_s = 99\n'
            "warn_s = 4\nthanks_s = 2\nlockout_s = 3\nsettle_s = 0.2\n[screen]\nlarge_text = true\n"
        ),
        bundled,
        frozenset({"choice"}),
    )
    assert (rules.language, rules.languages, rules.modes) == ("fi", ("fi", "en"), Modes(large=True))
    assert (rules.undo_ms, rules.answer_ms, rules.write_ms, rules.warn_ms) == (1_500, 9_000, 99_000, 4_000)
    assert (rules.thanks_ms, rules.lockout_ms, rules.settle_ms) == (2_000, 3_000, 200)
    assert start._rules(parsed(""), bundled, frozenset()).languages == tuple(bundled.languages)


def test_the_backlight_is_a_bare_screens_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    class Light:
        def set(self, percent: int) -> None:
            told.append(percent)

        def wake(self) -> None:
            told.append("wake")

    monkeypatch.setattr(start, "Backlight", Light)
    wanted = parsed("[screen]\nbrightness = 35\n")
    with start.contextlib.ExitStack() as parts:
        assert start._open_backlight(wanted, Panel("x11"), parts) is None  # type: ignore[arg-type]
        assert told == []
        start._open_backlight(wanted, Panel("kmsdrm"), parts)  # type: ignore[arg-type]
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
    options = start.Options(settings=tmp_path, data=tmp_path, screen=asked_for)
    assert start._kinds(options, Panel(driver), tmp_path) == (KINDS if touched else frozenset())  # type: ignore[arg-type]


def test_a_touch_panel_that_is_plugged_in_later_has_followups_asked_from_then_on(tmp_path: Path) -> None:
    options, panel = start.Options(settings=tmp_path, data=tmp_path), Panel("kmsdrm")
    plug(tmp_path, 0, CEC)
    plug(tmp_path, 1, JACK)
    assert start._kinds(options, panel, tmp_path) == frozenset()  # type: ignore[arg-type]
    plug(tmp_path, 2, FT5X06)
    assert start._kinds(options, panel, tmp_path) == KINDS  # type: ignore[arg-type]


def test_a_folder_of_surveys_asks_the_one_that_has_no_schedule_and_the_other_at_its_hours(place: Place) -> None:
    folder = place.folder / "surveys"
    folder.mkdir()
    text = files.BUNDLED_SURVEY.read_text(encoding="utf-8")
    (folder / "a.toml").write_text(
        text.replace('id = "visit"', 'id = "always"', 1) + "\n[schedule]\nfirst = 2001-01-01\n", encoding="utf-8"
    )
    (folder / "b.toml").write_text(text, encoding="utf-8")
    heard = place.kiosk(*OFF_SCREEN)
    place.members["kiosk"].order("press 1")
    (vote,) = until(lambda: [row for row in heard.stored() if row["kind"] == "vote"], "the vote")
    vouched = start._read_clock().by != "nobody"
    assert vote["survey"].split("/")[0] == ("always" if vouched else "visit")


def test_mistakes_between_surveys_stand_on_the_screen_until_they_are_mended(place: Place) -> None:
    folder = place.folder / "surveys"
    folder.mkdir()
    heard = place.start("kiosk", *OFF_SCREEN)
    until(place.on_screen("settings"), "the mistakes")
    assert heard.last_screen()["details"] == [
        f"{folder}: found no .toml file, expected one survey without a [schedule], to be asked whenever no other is"
    ]
    (folder / "a.toml").write_text(files.BUNDLED_SURVEY.read_text(encoding="utf-8"), encoding="utf-8")
    until(place.on_screen("attract"), "the faces")


def test_a_screen_is_turned_as_the_settings_say_even_where_that_was_a_mistake_at_first(place: Place) -> None:
    good = place.settings.read_text()
    place.settings.write_text(good + "[screen]\nrotate = 45\n")
    heard = place.start("kiosk", *OFF_SCREEN, "--size", "480x800")
    until(place.on_screen("settings"), "the mistakes")
    place.settings.write_text(good + "[screen]\nrotate = 90\n")
    until(place.on_screen("attract"), "the faces")
    (ready,) = until(lambda: heard.all("ready"), "to be told of it")  # which comes after the faces
    assert ready["size"] == [480, 800]
    x, y = place.centre("face:4")
    place.members["kiosk"].order(f"tap {x} {y}")
    until(lambda: [row["value"] for row in heard.stored()] == ["4/4"], "the vote")


def test_a_closed_kiosk_marks_what_is_pressed(tmp_path: Path) -> None:
    """Whatever the hour, unless nobody vouches for this machine's clock: then nothing is marked."""
    hours = "00:00-00:01" if start._read_clock().wall_ms // 60_000 % 1_440 >= 2 else "12:00-12:01"
    place = Place(tmp_path, SETTINGS.replace("[endpoint]", f'hours = "{hours}"\n[endpoint]'))
    try:
        heard = place.kiosk(*OFF_SCREEN)
        place.members["kiosk"].order("press 2")
        (vote,) = until(heard.stored, "the vote")
        assert vote["misuse"] == ("" if start._read_clock().by == "nobody" else "closed/1")
    finally:
        place.close()
