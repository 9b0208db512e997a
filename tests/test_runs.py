"""A line becomes runs of one font and one direction, in the order they are seen; nothing is lost, nothing is a box."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.clusters import clusters
from kiosk.screens.coverage import FAMILIES, FONTS, covers
from kiosk.screens.ink import Ink
from kiosk.screens.runs import UNKNOWN, Run, blank, order, runs, unshown

LANGUAGES = ["en", "fi", "sv", "nl", "de", "fr", "es", "pl", "el", "uk", "tr", "ar", "he", "hi", "th", "ja", "ko", "zh"]
ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            "aé12 ()“”’…—ابجًאבָกที่ำकि्षद本語かーー简体한국ᄒ́★→😀\u200d\u200c\u200f\u202e\u2066\u2069\u00ad\ufe0f"
        ),
    ),
    max_size=40,
)


def seen(line: str, language: str, bold: bool = False) -> list[tuple[str, str, bool]]:
    """Font, text and whether it runs from right to left, run by run from left to right."""
    return [(run.font.partition("-")[0], run.text, run.rtl) for run in runs(line, bold, language)]


def test_a_western_line_is_one_run() -> None:
    assert runs("Hyvää päivää!", False, "fi") == (Run("NotoSans-Regular.ttf", "Hyvää päivää!", "Latn", False, 0),)
    assert [run.font for run in runs("Hyvää", True, "fi")] == ["NotoSans-Bold.ttf"]


def test_greek_and_cyrillic_are_told_from_latin() -> None:
    assert [(run.text, run.script) for run in runs("Φίλτρο 5: Їжак (ACME)", False, "uk")] == [
        ("Φίλτρο 5: ", "Grek"),
        ("Їжак (", "Cyrl"),
        ("ACME)", "Latn"),
    ]


def test_a_time_and_a_name_in_brackets_stand_right_in_arabic() -> None:
    assert seen("مفتوح 12:30 (ACME 5) كل يوم", "ar") == [
        ("NotoSansArabic", "كل يوم", True),
        ("NotoSans", ") ", True),
        ("NotoSans", "ACME 5", False),
        ("NotoSans", " (", True),
        ("NotoSans", "12:30", False),
        ("NotoSansArabic", "مفتوح ", True),
    ]


def test_a_latin_brand_stands_right_in_hebrew() -> None:
    assert seen("איך היה ב-ACME Café?", "he") == [
        ("NotoSans", "?", True),
        ("NotoSans", "ACME Café", False),
        ("NotoSans", "-", True),
        ("NotoSansHebrew", "איך היה ב", True),
    ]


def test_the_same_line_runs_the_other_way_in_another_language() -> None:
    assert [text for _, text, _ in seen("ACME!", "en")] == ["ACME!"]
    assert [text for _, text, _ in seen("ACME!", "he")] == ["!", "ACME"]


def test_ideographs_have_the_forms_of_the_language() -> None:
    assert [font for font, _, _ in seen("直", "ja")] == ["NotoSansCJKjp"]
    assert [font for font, _, _ in seen("直", "zh-Hans")] == ["NotoSansCJKsc"]
    assert [font for font, _, _ in seen("简语", "ja")] == ["NotoSansCJKsc"]
    assert [font for font, _, _ in seen("한국어", "ko")] == ["NotoSansCJKkr"]


def test_the_name_of_a_language_is_in_one_font_wherever_it_is_read() -> None:
    assert seen("简体中文", "en") == [("NotoSansCJKsc", "简体中文", False)]
    assert seen("日本語", "en") == [("NotoSansCJKjp", "日本語", False)]


def test_in_chinese_quotes_are_wide_but_within_a_western_word() -> None:
    assert seen("请“ACME’s”店", "zh") == [
        ("NotoSansCJKsc", "请“", False),
        ("NotoSans", "ACME’s", False),
        ("NotoSansCJKsc", "”店", False),
    ]
    assert seen("say “yes”", "en") == [("NotoSans", "say “yes”", False)]


@pytest.mark.parametrize(
    ("line", "language", "whole"),
    [("प्रतिक्रिया", "hi", "प्रतिक्रिया"), ("น้ำ", "th", "น้ำ"), ("क्‍ष", "hi", "क्‍ष"), ("שָׁ", "he", "שָׁ"), ("한", "ko", "한")],
)
def test_a_word_of_one_script_is_shaped_whole(line: str, language: str, whole: str) -> None:
    assert [run.text for run in runs(line, False, language)] == [whole]


def test_a_run_ends_where_it_is_told() -> None:
    assert [(run.text, run.start) for run in runs("place: what", False, "en", split=6)] == [("place:", 0), (" what", 6)]
    assert [(run.text, run.start) for run in runs("אבגד", False, "he", split=2)] == [("גד", 2), ("אב", 0)]


def test_what_no_font_shows_becomes_the_mark_for_it() -> None:
    assert [run.text for run in runs("a\U00020000b\u1000", False, "en")] == [f"a{UNKNOWN}b{UNKNOWN}"]


def test_a_mark_on_a_letter_of_another_script_is_shown_too() -> None:
    pieces = runs("a\u093f", False, "en")
    assert "".join(run.text for run in pieces) == "a\u093f"
    assert [run.script for run in pieces] == ["Latn", "Deva"]


def test_unshown_names_what_no_font_has_and_nothing_else() -> None:
    assert unshown("Kyllä! ★ 直 한 ก \u200d\u200b\u00ad\u2066\ufe0f\n\tقहא", "en") == ""
    assert unshown("a\u1000b\U0001f600\u1000", "en") == "\u1000\U0001f600"
    assert unshown("\ud800", "en") == "\ud800"


def test_unshown_looks_at_the_text_as_it_is_drawn() -> None:
    assert unshown(normalize("NFD", "한국 を É ё"), "ko") == ""
    assert normalize("NFC", "\u2126") == "Ω"
    assert unshown("\u2126", "en") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_without_anything_to_see_is_blank(language: str) -> None:
    for text in (
        "",
        " \u3000\n",
        "\u200d",
        "\u200b\u2060",
        "\u200e\u200f\u2066",
        "\u00ad",
        "\u115f\u3164\uffa0",
        "\u034f",
    ):
        assert blank(text, language), ascii(text)
    for text in ("a", "\u200b\u200da", ".", "\u0301", "本", "\u0e31", "\u0600", "\u1000", "\U0001f600", " — "):
        assert not blank(text, language), ascii(text)


@given(ANY, st.sampled_from(LANGUAGES))
def test_a_text_is_blank_where_each_of_its_characters_is(text: str, language: str) -> None:
    text = normalize("NFC", text)
    assert blank(text, language) == all(blank(character, language) for character in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_font_is_asked_whatever_the_language(language: str) -> None:
    assert sorted(order(language)) == sorted(FAMILIES)
    assert order(language) == order(f"{language}-XX")


@given(ANY, st.sampled_from(LANGUAGES), st.booleans(), st.integers(0, 10))
def test_any_text_is_cut_into_runs_that_their_fonts_can_show(line: str, language: str, bold: bool, split: int) -> None:
    line = normalize("NFC", line)
    pieces = runs(line, bold, language, split)
    for run in pieces:
        assert Path(FONTS / run.font).is_file()
        family = run.font.partition("-")[0]
        assert all(covers(family, each) or each in "\u200c\u200d" for each in run.text)
        assert run.text
    drawn = "".join(run.text for run in sorted(pieces, key=lambda run: run.start))
    assert len(drawn) <= len(line)
    for character in set(line) - set(drawn):
        assert unshown(character, language) or not unshown(character + "a", language)
    assert (UNKNOWN in drawn) == bool(unshown(line, language) or UNKNOWN in line)


@given(ANY, st.sampled_from(LANGUAGES))
def test_a_run_never_begins_or_ends_within_a_cluster_that_one_font_shows(line: str, language: str) -> None:
    line = normalize("NFC", line)
    starts, place = set(), 0
    whole = []
    for cluster in clusters(line):
        starts.add(place)
        whole.append((place, cluster))
        place += len(cluster)
    showable = [
        (start, cluster)
        for start, cluster in whole
        if any(all(covers(family, each) for each in cluster) for family in FAMILIES)
    ]
    cuts = {run.start for run in runs(line, False, language)}
    for start, cluster in showable:
        assert not cuts & set(range(start + 1, start + len(cluster)))


def test_what_is_blank_is_what_leaves_no_ink() -> None:
    pygame.font.init()
    ink = Ink()
    for code in range(0x20, 0x3100):
        drawn = ink.draw(chr(code), 20, False, "en", 0, (0, 0, 0), (0, 0, 0))
        assert blank(chr(code), "en") == (drawn.get_bounding_rect().size == (0, 0)), hex(code)


LATIN = [chr(code) for code in range(0x20, 0x250) if chr(code).isprintable()]


@given(st.text(st.sampled_from(LATIN), max_size=12), st.sampled_from(LANGUAGES), st.booleans())
def test_a_latin_line_is_one_run_at_once_as_it_would_be_cluster_by_cluster(
    line: str, language: str, bold: bool
) -> None:
    at_once = runs(line, bold, language)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kiosk.screens.runs._is_latin", lambda line: False)
        assert runs(line, bold, language) == at_once


@pytest.mark.parametrize("character", LATIN)
def test_the_first_font_has_all_that_is_taken_for_latin(character: str) -> None:
    assert covers("NotoSans", character)
    assert [run.font for run in runs(character, False, "en")] == ["NotoSans-Regular.ttf"]
