"""`moodpost report`: figures in a terminal, as JSON and as a picture, with and without marked votes."""

from __future__ import annotations

import datetime
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pygame
import pytest
from click.testing import CliRunner, Result

from kiosk.cli import main
from kiosk.commands.desk import Progress, open_desk
from kiosk.figures import period
from kiosk.figures.counting import count
from kiosk.figures.gathered import Gathered
from kiosk.figures.labels import Labels
from kiosk.figures.plot import Ink, lines
from kiosk.figures.report import Report
from kiosk.insight import Cell
from kiosk.screens.poster import picture
from tests.filled import HOUR, MONDAY, a_row, fill, visits

SETTINGS = """\
[kiosk]
id = "test-kiosk"
place = "Store, south exit"
timezone = "Europe/Helsinki"
languages = ["en"]
"""
DAYS = ("--from", "2026-11-16", "--to", "2026-11-22")


def asked(data: Path, *options: str) -> Result:
    settings = data / "moodpost.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return CliRunner().invoke(main, ["report", "--data", str(data), "--settings", str(settings), *options])


def week(data: Path) -> None:
    """Forty votes on Monday, one marked in its row and one later; ten more the week after."""
    rows = list(visits([1] * 28 + [4] * 10, ms=9 * HOUR))
    rows += [a_row(39, 39, "vote", "4/4", 10 * HOUR), a_row(40, 39, "choice", "waiting", 10 * HOUR, 1)]
    rows += [a_row(41, 41, "vote", "4/4", 10 * HOUR, misuse="lockout/1"), a_row(42, 41, "mark", "mash/1 39", 10 * HOUR)]
    fill(data, [*rows, *visits([1] * 10, first=43, ms=8 * 24 * HOUR)])


def test_every_figure_stands_with_and_without_marked_votes(tmp_path: Path) -> None:
    week(tmp_path)
    found = asked(tmp_path, *DAYS)
    assert found.exit_code == 0, found.output
    assert "Store, south exit (test-kiosk)\n16 November to 22 November 2026, Europe/Helsinki\n" in found.output
    assert re.search(r"^all votes +40 +70 +70 % \(55 to 82 %\)$", found.output, re.MULTILINE)
    assert re.search(r"^without marked +38 +74 +74 % \(58 to 85 %\)$", found.output, re.MULTILINE)
    assert re.search(r"^marked as misuse +2$", found.output, re.MULTILINE)
    assert "\033[" not in found.output


def test_json_tells_everything_twice(tmp_path: Path) -> None:
    week(tmp_path)
    found = json.loads(asked(tmp_path, *DAYS, "--json").output)
    assert (found["from"], found["to"], found["timezone"]) == ("2026-11-16", "2026-11-22", "Europe/Helsinki")
    assert (found["all"]["votes"], found["without_marked"]["votes"], found["marked"]) == (40, 38, 2)
    assert found["all"]["faces"][1]["reasons"] == [
        {"survey": "visit/2", "question": "improve", "choice": "waiting", "answers": 1}
    ]
    assert found["without_marked"]["faces"][1]["reasons"] == []
    assert found["all"]["hours"][11] == {"votes": 38, "index": 73.68}
    assert found["all"]["weekdays"][0][12] == {"votes": 2, "index": 0.0}


@pytest.mark.parametrize(
    ("options", "votes"), [(("--all",), 50), (("--from", "2026-11-24"), 10), (("--from", "2026-11-16"), 50)]
)
def test_any_stretch_of_days_can_be_asked_for(
    tmp_path: Path, options: tuple[str, ...], votes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    week(tmp_path)
    monkeypatch.setattr("time.time_ns", lambda: (MONDAY + 9 * 24 * HOUR) * 1_000_000)
    assert json.loads(asked(tmp_path, *options, "--json").output)["all"]["votes"] == votes


@pytest.mark.parametrize(("option", "votes"), [("--today", 0), ("--week", 10), ("--days=20", 50)])
def test_days_are_counted_back_from_today(
    tmp_path: Path, option: str, votes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    week(tmp_path)
    monkeypatch.setattr("time.time_ns", lambda: (MONDAY + 9 * 24 * HOUR + HOUR) * 1_000_000)
    assert json.loads(asked(tmp_path, option, "--json").output)["all"]["votes"] == votes


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--today", "--week"), "expected one of --today, --week"),
        (("--to", "2026-11-16"), "found --to alone"),
        (("--from", "2026-11-16", "--to", "2026-11-15"), "expected the earlier day first"),
        (("--from", "1926-11-16"), "expected at most 3660 days"),
    ],
)
def test_what_is_no_stretch_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    found = asked(tmp_path, *options)
    assert found.exit_code == 2
    assert said in found.output


def test_without_a_store_it_says_so(tmp_path: Path) -> None:
    found = asked(tmp_path)
    assert found.exit_code == 1
    assert "Has the kiosk run yet?" in found.output


def test_without_settings_times_are_in_utc_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week(tmp_path)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(main, ["report", "--data", str(tmp_path), "--all"])
    assert "No settings file was found: times are in UTC" in found.output


def test_a_mistaken_survey_costs_the_words_alone(tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "survey.toml").write_text("id = 5", encoding="utf-8")
    desk = open_desk(tmp_path / "moodpost.toml")
    assert desk.timezone == "Europe/Helsinki"
    assert desk.notes[0].startswith("The words for answers are missing, as the survey has mistakes: survey.toml, ")


def made(data: Path) -> Report:
    zone = period.zone("UTC")
    with Gathered(data) as gathered:
        return Report("k", "", "UTC", None, count(gathered, None, zone), Labels(), ())


def test_the_heat_map_tells_by_shape_and_few_votes_by_width(tmp_path: Path) -> None:
    fill(tmp_path, [*visits([1] * 5, ms=0, step_ms=1), *visits([4] * 4, first=6, ms=25 * HOUR, step_ms=1)])
    drawn = list(lines(made(tmp_path), Ink(colour=False), 80))
    assert next(line for line in drawn if line.startswith("Mon")).startswith("Mon  ██  ·")
    assert next(line for line in drawn if line.startswith("Tue")).startswith("Tue   ·  ▁")
    plain = list(lines(made(tmp_path), Ink(colour=False, blocks=False), 80))
    assert next(line for line in plain if line.startswith("Mon")).startswith("Mon  99  .")
    assert "".join(plain).isascii()


def test_colour_only_adds(tmp_path: Path) -> None:
    week(tmp_path)
    coloured = list(lines(made(tmp_path), Ink(colour=True), 100))
    assert "\033[32m" in "".join(coloured)
    stripped = [re.sub(r"\033\[[0-9]+m", "", line) for line in coloured]
    assert stripped == list(lines(made(tmp_path), Ink(colour=False), 100))
    assert max(map(len, stripped)) <= 100


def test_what_rows_say_can_not_command_a_terminal(tmp_path: Path) -> None:
    rows = [*visits([4] * 40), a_row(41, 40, "choice", "\033[2Jx\r\n", 0, 1)]
    fill(tmp_path, rows)
    assert all(line.isprintable() for line in lines(made(tmp_path), Ink(colour=False), 80))


def test_the_picture_shows_both_figures_and_stays_small(tmp_path: Path) -> None:
    week(tmp_path)
    target = tmp_path / "report.png"
    assert asked(tmp_path, *DAYS, "--png", str(target)).exit_code == 0
    drawn = pygame.image.load(io.BytesIO(target.read_bytes()))
    assert drawn.get_size() == (1600, 1300)
    assert target.stat().st_size < 400_000


@pytest.mark.parametrize("votes", [0, 3])
def test_a_picture_of_next_to_nothing_can_be_drawn(tmp_path: Path, votes: int) -> None:
    fill(tmp_path, [a_row(1, 1, "end", "done", 0), *visits([1, 3, 4][:votes], first=2)])
    assert picture(made(tmp_path)).startswith(b"\x89PNG")


def test_a_score_from_0_to_10_is_reported_too(tmp_path: Path) -> None:
    fill(tmp_path, [a_row(seq, seq, "vote", f"{1 + seq % 11}/11", 0) for seq in range(1, 45)])
    assert any(line.startswith("10 of 10") for line in lines(made(tmp_path), Ink(colour=False), 80))
    assert picture(made(tmp_path)).startswith(b"\x89PNG")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_comes_only_after_two_seconds_and_where_somebody_sees_it() -> None:
    now = [0.0]
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        now[0] = 0.0
        with Progress("Reading", clock=lambda: now[0], stream=stream) as progress:
            progress(1, 10)
            assert stream.getvalue() == ""
            now[0] = 3.0
            progress(5, 10)
            progress(3, 10)
        assert ("Reading" in stream.getvalue()) == shown


def test_a_day_of_25_hours_is_one_day() -> None:
    zone = period.zone("Europe/Helsinki")
    day = datetime.date(2026, 10, 25)
    found = period.between(day, day, zone)
    assert (found.end_ms - found.begin_ms) == 25 * HOUR
    assert period.between(datetime.date(2026, 3, 29), datetime.date(2026, 3, 29), zone).end_ms - MONDAY < 0


def test_midnight_that_a_night_leaves_out_is_the_moment_of_the_jump() -> None:
    """In Beirut clocks went from 23:59:59 on 29 March 2025 to 01:00."""
    zone = period.zone("Asia/Beirut")
    day = datetime.date(2025, 3, 30)
    begin = period.between(day, day, zone).begin_ms
    assert period.local(begin, zone).hour == 1
    assert period.local(begin - 1_000, zone).date() == datetime.date(2025, 3, 29)


def test_hours_are_those_of_the_wall() -> None:
    assert period.hour(MONDAY, period.zone("Asia/Kathmandu")) == (0, 5)
    assert period.hour(MONDAY - 1, period.zone("UTC")) == (6, 23)


def test_a_cell_without_votes_has_no_index() -> None:
    assert Cell().index is None


def test_the_report_of_a_process_obeys_no_color(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week(tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    environment: dict[str, Any] = {**os.environ, "NO_COLOR": "1"}
    found = CliRunner(env=environment).invoke(main, ["report", "--data", str(tmp_path), "--all"], color=True)
    assert "\033[" not in found.output
