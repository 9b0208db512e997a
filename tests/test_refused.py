"""What first boot has against new settings: how its sentences are read, and that nothing in the file can do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import refused
from kiosk.health import examine
from kiosk.refused import NAME

TWO = "moodpost.toml, line 3: found 8, expected 9\n\nsurvey.toml: found nothing\n"


def test_where_nothing_was_refused_nothing_is_said(tmp_path: Path) -> None:
    assert (refused.refused(tmp_path), refused.notice(tmp_path), refused.health(tmp_path)) == ((), "", [])


def test_each_line_is_a_sentence_the_first_is_the_notice_and_all_are_in_the_reading(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(TWO)
    first, second = "moodpost.toml, line 3: found 8, expected 9", "survey.toml: found nothing"
    assert refused.refused(tmp_path) == (first, second)
    assert refused.notice(tmp_path) == f"The new settings were refused: {first}, and 1 more"
    (reading,) = refused.health(tmp_path)
    assert (reading.name, reading.condition, reading.raw) == ("settings", "bad", f"{first}\n{second}")
    (tmp_path / NAME).unlink()
    assert refused.health(tmp_path) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x1b[2Jhello\t there", b"x" * 1_000_000, b"a\n" * 5_000])
def test_whatever_stands_there_can_be_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    found = refused.refused(tmp_path)
    assert 1 <= len(found) <= 40
    assert all(line.isprintable() and len(line) <= 16_384 for line in found)


def test_what_can_not_be_read_is_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert refused.refused(tmp_path) == ()


def test_the_doctor_tells_it_with_settings_in_force_and_without(tmp_path: Path) -> None:
    file = tmp_path / "moodpost.toml"
    (tmp_path / NAME).write_text(TWO)
    none, (reading,) = examine.settings(file, tmp_path)
    assert none is None
    assert reading.said == ("The settings need a correction: moodpost.toml, line 3: found 8, expected 9, and 1 more")
    file.write_text('[kiosk]\nid = "k"\n')
    found, (reading,) = examine.settings(file, tmp_path)
    assert found is not None
    assert reading.condition == "bad"
    assert reading.said.startswith("The new settings were refused, those from before are in force: ")
    (tmp_path / NAME).unlink()
    assert examine.settings(file, tmp_path)[1][0].condition == "good"
