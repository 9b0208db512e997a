"""What first boot has against new settings: how its sentences are read, and that nothing in the file can do harm."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import refused
from kiosk.health import examine
from kiosk.refused import NAME
from tests.conftest import until

TWO = "moodpost.toml, line 3: found 8, expected 9\n\nsurvey.toml: found nothing\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / NAME


def test_it_stands_where_root_alone_writes_unless_the_environment_says_where() -> None:
    assert refused.place({}) == Path("/run/moodpost-firstboot/settings-refused")
    assert refused.place({"MOODPOST_REFUSED": "here"}) == Path("here")


def test_where_nothing_was_refused_nothing_is_said(file: Path) -> None:
    assert (refused.refused(file), refused.notice(file), refused.health(file)) == ((), "", [])


def test_each_line_is_a_sentence_the_first_is_the_notice_and_all_are_in_the_reading(file: Path) -> None:
    file.write_text(TWO)
    first, second = "moodpost.toml, line 3: found 8, expected 9", "survey.toml: found nothing"
    assert refused.refused(file) == (first, second)
    assert refused.notice(file) == f"The new settings were refused: {first}, and 1 more"
    (reading,) = refused.health(file)
    assert (reading.name, reading.condition, reading.raw) == ("settings", "bad", f"{first}\n{second}")
    file.unlink()
    assert refused.health(file) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x1b[2Jhello\t there", b"x" * 1_000_000, b"a\n" * 5_000])
def test_whatever_stands_there_can_be_shown(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    found = refused.refused(file)
    assert 1 <= len(found) <= 40
    assert all(line.isprintable() and len(line) <= 16_384 for line in found)


def a_link(file: Path) -> None:
    (file.parent / "technician.pin").write_text("123456")
    file.symlink_to("technician.pin")


@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo, a_link])
def test_what_is_no_plain_file_is_not_waited_for_and_not_shown(file: Path, put: Callable[[Path], None]) -> None:
    put(file)
    found: list[tuple[str, ...]] = []
    threading.Thread(target=lambda: found.append(refused.refused(file)), daemon=True).start()
    until(lambda: bool(found), "a word on what stands there")
    assert found == [()]


def test_what_neither_root_nor_this_user_wrote_is_not_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(TWO)
    of_a_stranger = list(file.stat())
    of_a_stranger[4] = os.geteuid() + 1
    monkeypatch.setattr("os.fstat", lambda _: os.stat_result(of_a_stranger))
    assert refused.refused(file) == ()


def test_secrets_that_still_stand_somewhere_are_a_reading_of_their_own(file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "moodpost.toml"
    settings.write_text('[kiosk]\nid = "k"\n')
    said = "the secrets on the card can't be blanked (Read-only file system): keep it safe"
    (tmp_path / "unblanked").write_text(said + "\n")
    (reading,) = refused.health(file)
    assert (reading.name, reading.condition, reading.raw) == ("secrets", "bad", said)
    readings = {reading.name: reading for reading in examine.settings(settings, file)[1]}
    assert {name: reading.condition for name, reading in readings.items()} == {"settings": "good", "secrets": "bad"}
    assert said in readings["secrets"].said
    settings.write_text("")
    assert [reading.name for reading in examine.settings(settings, file)[1]] == ["settings", "secrets"]
    (tmp_path / "unblanked").unlink()
    assert refused.health(file) == []


def test_the_doctor_tells_it_with_settings_in_force_and_without(file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "moodpost.toml"
    file.write_text(TWO)
    none, (reading,) = examine.settings(settings, file)
    assert none is None
    assert reading.said == ("The settings need a correction: moodpost.toml, line 3: found 8, expected 9, and 1 more")
    settings.write_text('[kiosk]\nid = "k"\n')
    found, (reading,) = examine.settings(settings, file)
    assert found is not None
    assert reading.condition == "bad"
    assert reading.said.startswith("The new settings were refused, those from before are in force: ")
    file.unlink()
    assert examine.settings(settings, file)[1][0].condition == "good"
