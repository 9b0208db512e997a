"""Building the catalogues: nothing is missed, nothing is lost, and the same texts give the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

from kiosk.locale import build
from kiosk.screens.words import LOCALE
from tests.test_words import LANGUAGES


def test_texts_are_found_in_the_code() -> None:
    assert {"Back", "Skip"} <= build.said()


def test_a_text_in_the_code_is_found_whether_counted_or_not(tmp_path: Path) -> None:
    (tmp_path / "screen.py").write_text('own.gettext("One")\nown.ngettext("%(count)d cat", "%(count)d cats", cats)\n')
    assert build.said(tmp_path) == {"One", ("%(count)d cat", "%(count)d cats")}


def test_what_is_committed_is_what_building_gives(tmp_path: Path) -> None:
    fresh = shutil.copytree(LOCALE, tmp_path / "locale", ignore=shutil.ignore_patterns("__pycache__"))
    assert build.build(fresh) == []
    files = sorted(path.relative_to(fresh) for path in fresh.rglob("moodpost.*"))
    assert len(files) == 1 + 2 * len(LANGUAGES), "a template, and of each language what is read and what is compiled"
    assert [str(path) for path in files if (fresh / path).read_bytes() != (LOCALE / path).read_bytes()] == []


def test_a_text_that_is_gone_is_kept_aside_and_comes_back_with_its_translation(tmp_path: Path) -> None:
    copy = shutil.copytree(LOCALE / "fi", tmp_path / "fi")
    path = copy / "LC_MESSAGES" / "moodpost.po"
    build.build(tmp_path, {"Back"})
    assert '#~ msgid "Skip"\n#~ msgstr "Ohita"\n' in path.read_text("utf-8")
    assert b"Ohita" not in path.with_suffix(".mo").read_bytes()
    assert build.build(tmp_path, build.said()) == []
    assert path.read_bytes() == (LOCALE / "fi/LC_MESSAGES/moodpost.po").read_bytes()


def test_a_text_without_a_translation_is_told_and_english_needs_none(tmp_path: Path) -> None:
    for language in ("en", "fi"):
        shutil.copytree(LOCALE / language, tmp_path / language)
    assert build.build(tmp_path, {"Back", "New", ("One new", "%(count)d new")}) == [
        "fi: 'New' has no translation",
        "fi: ('One new', '%(count)d new') has no translation",
    ]
