"""`moodpost survey check` as an author meets it: what it says, where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import main
from tests.test_preview import LONG, SMALL


def check(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["survey", "check", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "survey.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_a_survey_that_is_right_is_said_to_be_fine_in_its_languages(file: Path) -> None:
    assert check(str(file)) == (0, "small/1: fine in en, ja\n", "")


def test_mistakes_in_the_file_are_told_all_at_once_with_their_lines(file: Path) -> None:
    file.write_text(SMALL.replace("version = 1", "version = 0").replace('"choices"', '"stars"'), encoding="utf-8")
    code, out, err = check(str(file))
    assert (code, out) == (1, "")
    assert "survey.toml, line 3, version: found 0" in err
    assert 'followups[0].kind: found "stars"' in err
    assert err.endswith(f"{file}: 2 to mend\n")


def test_what_does_not_fit_and_what_cannot_be_shown_are_mistakes_too(file: Path) -> None:
    file.write_text(SMALL.replace('en = "Queue"', f'en = "{LONG}"'), encoding="utf-8")
    code, _, err = check(str(file))
    assert code == 1
    assert f'small/1, en, screen ask-why at 480x320: "{LONG}" does not fit; shorten it\n' in err
    assert err.count("does not fit") == 1, "once a screen is enough"
    file.write_text(SMALL.replace("How was it?", "How was it 😀?"), encoding="utf-8")
    code, _, err = check(str(file))
    assert code == 1
    assert "question.text.en: found 😀 (U+1F600)" in err


def test_pictures_are_taken_of_what_was_asked_for(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    code, out, _ = check(str(file), "--preview", str(folder), "--language", "ja", "--size", "480x320")
    assert code == 0
    assert out.splitlines() == [str(folder / "ja.png"), str(folder / "contact-sheet.png"), "small/1: fine in ja"]
    assert (folder / "ja/attract-480x320-contrast.png").exists()
    assert not (folder / "en").exists()


def test_a_program_reads_the_mistakes_as_json(file: Path) -> None:
    code, out, err = check(str(file), "--json")
    assert (code, json.loads(out), err) == (0, {"surveys": ["small/1"], "mistakes": []}, "")
    code, out, _ = check(str(file.with_name("none.toml")), "--json")
    assert code == 1
    assert "found no such file" in json.loads(out)["mistakes"][0]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--language", "xx", 'found --language "xx", expected one of en, ja'),
        ("--size", "huge", 'found --size "huge", expected width and height such as 800x480'),
        ("--size", "10x10", 'found --size "10x10", expected width and height'),
    ],
)
def test_an_option_that_makes_no_sense_is_said_in_words(
    file: Path, tmp_path: Path, option: str, value: str, said: str
) -> None:
    code, _, err = check(str(file), "--preview", str(tmp_path / "p"), option, value)
    assert code == 2
    assert said in err


def test_a_folder_of_surveys_is_checked_as_a_whole(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "a.toml").write_text(SMALL, encoding="utf-8")
    lunch = SMALL.replace('id = "small"', 'id = "lunch"').replace(
        "[thanks]", '[schedule]\nhours = "11:00-14:00"\n[thanks]'
    )
    (folder / "b.toml").write_text(lunch, encoding="utf-8")
    assert check(str(folder)) == (0, "small/1: fine in en, ja\nlunch/1: fine in en, ja\n", "")
    (folder / "b.toml").write_text(lunch.replace('"lunch"', '"small"'), encoding="utf-8")
    code, _, err = check(str(folder))
    assert code == 1
    assert 'found "small", which is the id of' in err


def test_a_survey_with_a_schedule_is_fine_but_not_alone(file: Path) -> None:
    file.write_text(SMALL + '[schedule]\nhours = "11:00-14:00"\n', encoding="utf-8")
    assert check(str(file)) == (
        0,
        "small/1: fine in en, ja\nIt has a [schedule]: a kiosk asks it from a folder, beside a survey without one.\n",
        "",
    )


def test_a_mistake_in_one_survey_of_a_folder_hides_none_in_another(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "a.toml").write_text(SMALL.replace("How was it?", "How was it 😀?"), encoding="utf-8")
    lunch = SMALL.replace('"small"', '"lunch"').replace('en = "Queue"', f'en = "{LONG}"')
    (folder / "b.toml").write_text(lunch + '[schedule]\nhours = "11:00-14:00"\n', encoding="utf-8")
    _, _, err = check(str(folder))
    assert "small/1, question.text.en: found 😀" in err
    assert "lunch/1, en, screen ask-why at 480x320" in err
