"""Settings, survey and secret files: what is read as it is, and what is refused in words that name the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import files
from kiosk.errors import SettingsError

GOOD = '[kiosk]\nid = "k"\nplace = "Töölö"\n'


def mistake(read: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as caught:
        read()
    (only,) = caught.value.mistakes
    return only


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moodpost.toml"


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
        GOOD.strip().encode(),
    ],
    ids=["plain", "a byte order mark", "Windows' line ends", "as Notepad saves it", "no line end at the end"],
)
def test_settings_are_read_as_any_editor_saves_them(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert files.settings(path).kiosk.place == "Töölö"


def test_an_absent_file_is_told_with_what_it_should_hold(path: Path) -> None:
    assert mistake(lambda: files.settings(path)) == (
        f"{path}: found no such file, expected one with a line [kiosk] and a line id = …"
    )
    assert mistake(lambda: files.asked(path, beside=path)) == f"{path}: found no such file, expected a survey"
    assert mistake(lambda: files.secret(path)) == f"{path}: found no such file, expected one that holds the token"


def test_a_folder_in_the_place_of_the_file_is_told(path: Path) -> None:
    path.mkdir()
    assert mistake(lambda: files.settings(path)) == (
        f"{path}: found a folder, expected a file: one with a line [kiosk] and a line id = …"
    )


def test_a_file_in_the_place_of_the_folder_is_told(path: Path) -> None:
    path.touch()
    assert mistake(lambda: files.settings(path / "moodpost.toml")) == (
        f"{path}/moodpost.toml: can't be read (Not a directory)"
    )


def test_links_in_a_circle_are_told(path: Path) -> None:
    path.symlink_to(path)
    assert mistake(lambda: files.settings(path)) == f"{path}: can't be read (Too many levels of symbolic links)"


def test_a_file_that_is_not_utf_8_is_told_with_the_line(path: Path) -> None:
    path.write_bytes(GOOD.encode("latin-1"))
    assert mistake(lambda: files.settings(path)) == (
        "moodpost.toml, line 3: found a letter that is no UTF-8 but of an older encoding, "
        'expected plain text saved as UTF-8 (in Notepad: "Save as", encoding "UTF-8")'
    )
    path.write_bytes(GOOD.encode("utf-16"))
    assert mistake(lambda: files.settings(path)) == (
        'moodpost.toml: found UTF-16 (Notepad\'s "Unicode"), '
        'expected plain text saved as UTF-8 (in Notepad: "Save as", encoding "UTF-8")'
    )


def test_a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not(path: Path) -> None:
    path.write_bytes((GOOD + "#" * files.MAX_BYTES).encode()[: files.MAX_BYTES])
    assert files.settings(path).kiosk.id == "k"
    with path.open("ab") as file:
        file.write(b"#")
    assert mistake(lambda: files.settings(path)) == (
        f"{path}: found more than 1048576 bytes, expected one with a line [kiosk] and a line id = …"
    )


def test_no_more_of_an_endless_file_is_read_than_can_be_right() -> None:
    assert mistake(lambda: files.settings(Path("/dev/zero"))) == (
        "/dev/zero: found more than 1048576 bytes, expected one with a line [kiosk] and a line id = …"
    )


def test_an_empty_file_is_told_by_what_it_lacks(path: Path) -> None:
    path.touch()
    assert mistake(lambda: files.settings(path)) == ("moodpost.toml, kiosk: found nothing, expected a table [kiosk]")


def test_zeros_as_a_power_cut_leaves_them_are_told(path: Path) -> None:
    path.write_bytes(bytes(100))
    assert mistake(lambda: files.settings(path)) == (
        "moodpost.toml, line 1: found bytes that are zero, as a power cut or a broken copy leaves them: copy "
        "the file again"
    )


def test_the_survey_is_the_one_named_else_the_one_beside_the_settings_else_the_bundled_one(path: Path) -> None:
    def named(name: str) -> str:
        return files.BUNDLED_SURVEY.read_text().replace('id = "visit"', f'id = "{name}"', 1)

    assert files.asked(None, beside=path)[0].id == "visit"
    (path.parent / "survey.toml").write_text(named("beside"))
    assert files.asked(None, beside=path)[0].id == "beside"
    (path.parent / "mine.toml").write_text(named("mine"))
    assert files.asked(path.parent / "mine.toml", beside=path)[0].id == "mine"


def test_a_wrong_survey_beside_the_settings_is_told_and_not_replaced_by_the_bundled_one(path: Path) -> None:
    (path.parent / "survey.toml").write_text("id = 1")
    with pytest.raises(SettingsError) as caught:
        files.asked(None, beside=path)
    assert caught.value.mistakes[-1] == (
        "survey.toml, line 1, id: found 1, expected a short id: a small letter, then up to 31 small letters, digits, "
        "- or _"
    )


def test_a_survey_that_this_user_may_not_look_for_is_told_and_not_replaced_by_the_bundled_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "stat", refuse)  # root, who runs tests in containers, may look anywhere
    monkeypatch.setattr(Path, "open", refuse)
    assert mistake(lambda: files.asked(None, beside=path)) == (
        f"{path.parent}/survey.toml: can't be read (Permission denied)"
    )


@pytest.fixture
def folder(path: Path) -> Path:
    """The folder of surveys beside the settings."""
    folder = path.with_name("surveys")
    folder.mkdir()
    return folder


def written(file: Path, id_: str, schedule: str | None = None) -> Path:
    text = files.BUNDLED_SURVEY.read_text(encoding="utf-8").replace('id = "visit"', f'id = "{id_}"', 1)
    file.write_text(text if schedule is None else f"{text}\n[schedule]\n{schedule}\n", encoding="utf-8")
    return file


def mistakes(read: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read()
    return caught.value.mistakes


def test_a_folder_holds_several_surveys_in_the_order_of_their_names(path: Path, folder: Path) -> None:
    written(folder / "20-dish.toml", "dish", 'hours = "11:00-14:00"')
    written(folder / "90-always.toml", "always")
    written(folder / "10-queue.TOML", "queue", 'days = ["fri"]')
    (folder / "._20-dish.toml").write_bytes(b"\0\5\x16\7")  # as macOS leaves it on a card
    (folder / "notes.txt").write_text("not a survey")
    for read in (files.asked(None, beside=path), files.surveys(folder)):
        assert [survey.id for survey in read] == ["queue", "dish", "always"]


def test_the_mistakes_of_all_files_are_told_at_once(path: Path, folder: Path) -> None:
    (folder / "a.toml").write_text("id = 1")
    (folder / "b.toml").write_bytes(b"\xff")
    written(folder / "c.toml", "same", 'hours = "11:00-14:00"')
    written(folder / "d.toml", "same", 'hours = "25:00"')
    written(folder / "e.toml", "same", "")
    told = mistakes(lambda: files.asked(None, beside=path))
    assert any(line.startswith("surveys/a.toml, line 1, id: found 1, expected ") for line in told)
    assert any(line.startswith("b.toml, line 1: found a letter that is no UTF-8") for line in told)
    assert any(line.startswith("surveys/d.toml, line ") and "schedule.hours" in line for line in told)
    assert told[-1] == (
        'surveys/e.toml, id: found "same", which is the id of surveys/c.toml too, expected one of its own'
    )


def test_exactly_one_survey_has_no_schedule(path: Path, folder: Path) -> None:
    expected = "expected one survey without a [schedule], to be asked whenever no other is"
    read = lambda: files.asked(None, beside=path)  # noqa: E731
    assert mistake(read) == f"{folder}: found no .toml file, {expected}"
    written(folder / "a.toml", "a", "")
    assert mistake(read) == f"{folder}: found a [schedule] in every survey, {expected}"
    written(folder / "b.toml", "b", "")
    assert mistake(read) == f"{folder}: found a [schedule] in every survey, {expected}"
    written(folder / "c.toml", "c")
    assert [survey.id for survey in read()] == ["a", "b", "c"]
    written(folder / "d.toml", "d")
    assert mistake(read) == f"{folder}: found no [schedule] in surveys/c.toml, surveys/d.toml, {expected}"


def test_a_file_that_is_wrong_may_be_the_one_without_a_schedule(path: Path, folder: Path) -> None:
    written(folder / "a.toml", "a", "")
    (folder / "b.toml").write_text("not TOML")
    (only,) = mistakes(lambda: files.asked(None, beside=path))
    assert only.startswith('surveys/b.toml, line 1: found a line without "="')


def test_a_single_survey_that_is_only_asked_at_times_is_refused(path: Path) -> None:
    alone = written(path.with_name("alone.toml"), "alone", 'days = ["mon"]')
    assert mistake(lambda: files.asked(alone, beside=path)) == (
        f"{alone}: found a [schedule] in the only survey, expected one survey without a [schedule], to be asked "
        "whenever no other is"
    )
    assert [survey.id for survey in files.surveys(alone)] == ["alone"]  # as one of a folder it may be right


def test_a_survey_and_a_folder_of_surveys_side_by_side_are_one_too_many(path: Path, folder: Path) -> None:
    written(path.with_name("survey.toml"), "one")
    assert mistake(lambda: files.asked(None, beside=path)) == (
        f"{folder}: found this folder beside survey.toml, expected one of the two"
    )


def test_a_folder_that_cannot_be_read_is_told(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, who runs tests in containers, may look anywhere
    monkeypatch.setattr(Path, "open", refuse)
    assert mistake(lambda: files.surveys(folder)) == f"{folder}: can't be read (Permission denied)"


@pytest.mark.parametrize("content", ["tok-3f9a0c", "tok-3f9a0c\n", "\ufefftok-3f9a0c\r\n", "  tok-3f9a0c  "])
def test_a_secret_file_holds_one_word(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    assert files.secret(path).reveal() == "tok-3f9a0c"


@pytest.mark.parametrize("content", ["", "\n", "two words", "tok\ntok", "täken", "to\x00k"])
def test_a_secret_file_with_anything_else_is_refused_and_not_shown(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    assert mistake(lambda: files.secret(path)) == f"{path}: found no single word, expected the token as it was issued"


@pytest.mark.parametrize("content", ["", "\n", " \r\n"])
def test_an_empty_secret_file_is_no_secret_where_there_may_be_none(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    assert not files.secret(path, may_be_none=True)
    path.write_text("two words", encoding="utf-8")
    assert "no single word" in mistake(lambda: files.secret(path, may_be_none=True))


def test_no_descriptor_is_left_open_after_a_mistake(path: Path) -> None:
    path.write_bytes(b"\xff" * 10)
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    mistake(lambda: files.settings(path))
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208


def test_only_what_first_boot_has_stored_is_read_without_its_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moodpost.toml"
    path.write_text('[kiosk]\nid = "k"\nglow = 5\n')
    with pytest.raises(SettingsError):
        files.settings(path)
    monkeypatch.setenv("MOODPOST_STORED", str(tmp_path))
    assert files.settings(path).kiosk.id == "k"
    assert [said.partition(":")[0] for said in files.find_settings(path).passed_over] == [
        "moodpost.toml, line 3, kiosk.glow"
    ]
    assert files.are_stored(Path("/var/lib/moodpost/settings/moodpost.toml"), {})
    assert not files.are_stored(path, {})
