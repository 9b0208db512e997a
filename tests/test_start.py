"""How the kiosk's process begins: several surveys, a turned screen, millimetres, rules of a visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import files, settings, start
from kiosk.screens.view import Modes
from kiosk.survey import Survey
from tests.conftest import until
from tests.running import SETTINGS, Place

OFF_SCREEN = ("--screen", "offscreen")


def parsed(text: str) -> settings.Settings:
    return settings.parse(f'[kiosk]\nid = "k"\n{text}')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


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
