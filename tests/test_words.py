"""The kiosk's own words and the bundled surveys: whole in every language, each in its script, rightly counted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from kiosk import survey as survey_module
from kiosk.files import BUNDLED_SURVEY
from kiosk.locale import build
from kiosk.screens.words import LOCALE, rtl, said, words
from kiosk.survey import Survey

LANGUAGES = ["en", "fi", "sv", "nl", "de", "fr", "es", "pl", "el", "uk", "tr", "ar", "he", "hi", "th", "ja", "ko", "zh"]
OTHERS = LANGUAGES[1:]

SCRIPTS = {
    "el": ("GREEK",),
    "uk": ("CYRILLIC",),
    "ar": ("ARABIC",),
    "he": ("HEBREW",),
    "hi": ("DEVANAGARI",),
    "th": ("THAI",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "ko": ("HANGUL",),
    "zh": ("CJK",),
}
"""How Unicode's names of a language's letters begin; those of all others begin with LATIN."""

ALPHABETS = {
    "en": "",
    "fi": "åäö",
    "sv": "åäöé",
    "nl": "éëïóöü",
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "pl": "ąćęłńóśźż",
    "tr": "çğıiöşüâ",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
"""Each language's own letters, those beyond a to z where it is written in Latin ones."""

CODECS = {"ja": "iso2022_jp", "ko": "euc_kr", "zh": "gb2312"}
"""The everyday set of characters: what is outside it is a rare or a foreign form."""

LATIN_ALLOWED = {"el": {"email"}}
"""Words in Latin letters that a language written otherwise has taken in."""

PLACEHOLDER = re.compile(r"%\(\w+\)\w")


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "moodpost.po").open("rb") as file:
        return read_po(file)


def entries(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def every_text(survey: Survey) -> Iterator[dict[str, str]]:
    """All texts of the survey, each in all its languages."""
    yield survey.question.text
    yield survey.thanks.text
    yield from (face.label for face in survey.faces)
    for followup in survey.followups:
        yield followup.text
        yield from (choice.text for choice in followup.choices)


def spoken(language: str, bundled: Survey) -> list[str]:
    """Whatever a visitor may read in `language`, with 0 for each number."""
    own = [form for message in entries(language) for form in forms(message.string)]
    return [PLACEHOLDER.sub("0", text) for text in [*own, *(texts[language] for texts in every_text(bundled))]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_a_screen_says_is_translated_and_no_other(language: str) -> None:
    found = {message.id if isinstance(message.id, str) else tuple(message.id) for message in entries(language)}
    assert found == build.said()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_empty_or_only_a_guess(language: str) -> None:
    found = catalogue(language)
    for message in entries(language):
        assert not message.fuzzy
        assert len(forms(message.string)) == (found.num_plurals if message.pluralizable else 1)
        assert all(form.strip() == form != "" for form in forms(message.string)), message.id
        assert [str(error) for error in message.check(found)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_what_the_text_names_but_for_a_number_it_says_in_words(language: str) -> None:
    """The form for exactly one number may say "two seconds", and so leave the number out."""
    plural = words(language).plural
    numbers = [plural(n) for n in range(1000)]
    for message in entries(language):
        wanted = set(PLACEHOLDER.findall(forms(message.id)[0]))
        for place, form in enumerate(forms(message.string)):
            found = set(PLACEHOLDER.findall(form))
            of_one = message.pluralizable and numbers.count(place) == 1
            assert found == wanted or (of_one and found == set()), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_a_number_are_those_of_the_language(language: str) -> None:
    """Against CLDR's rules, as Babel has them: each of its categories below 1,000 has a form of its own."""
    category = Locale.parse(language).plural_form
    plural = words(language).plural
    pairs = {(category(n), plural(n)) for n in range(1000)}
    count = catalogue(language).num_plurals
    assert len(pairs) == len({name for name, _ in pairs}) == len({place for _, place in pairs}) == count


PEOPLE = ("%(count)d person has answered today", "%(count)d people have answered today")
SECONDS = ("This closes in %(count)d second", "This closes in %(count)d seconds")


def counted(language: str, texts: tuple[str, str], count: int) -> str:
    return words(language).ngettext(*texts, count) % {"count": count}


def test_arabic_picks_six_forms() -> None:
    assert [counted("ar", PEOPLE, count) for count in (0, 1, 2, 3, 11, 100)] == [
        "لم يُجب أحد اليوم",
        "أجاب شخص واحد اليوم",
        "أجاب شخصان اليوم",
        "أجاب 3 أشخاص اليوم",
        "أجاب 11 شخصًا اليوم",
        "أجاب 100 شخص اليوم",
    ]
    assert counted("ar", SECONDS, 10).endswith("10 ثوانٍ")
    assert counted("ar", PEOPLE, 110) == "أجاب 110 أشخاص اليوم"
    assert counted("ar", PEOPLE, 101) == "أجاب 101 شخص اليوم"


@pytest.mark.parametrize(
    ("language", "count", "end"),
    [
        ("pl", 1, "1 sekundę"),
        ("pl", 2, "2 sekundy"),
        ("pl", 5, "5 sekund"),
        ("pl", 12, "12 sekund"),
        ("pl", 21, "21 sekund"),
        ("pl", 22, "22 sekundy"),
        ("uk", 1, "1 секунду"),
        ("uk", 3, "3 секунди"),
        ("uk", 11, "11 секунд"),
        ("uk", 14, "14 секунд"),
        ("uk", 21, "21 секунду"),
        ("he", 1, "שנייה אחת"),
        ("he", 2, "שתי שניות"),
        ("he", 20, "20 שניות"),
        ("fr", 0, "0 seconde"),
        ("fr", 2, "2 secondes"),
        ("de", 1, "1 Sekunde"),
        ("de", 0, "0 Sekunden"),
    ],
)
def test_what_is_counted_stands_in_its_case(language: str, count: int, end: str) -> None:
    assert counted(language, SECONDS, count).endswith(end)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_shown_in_western_digits(language: str) -> None:
    assert "25" in counted(language, PEOPLE, 25)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_the_english_text(language: str, bundled: Survey) -> None:
    for message in entries(language):
        assert not set(forms(message.id)) & set(forms(message.string))
    assert [texts["en"] for texts in every_text(bundled) if texts["en"] == texts[language]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_written_in_its_script(language: str, bundled: Survey) -> None:
    for text in spoken(language, bundled):
        for word in re.findall(r"\w+", text):
            if word in LATIN_ALLOWED.get(language, ()):
                continue
            letters = [letter for letter in word if unicodedata.category(letter).startswith("L")]
            strange = [c for c in letters if not unicodedata.name(c).startswith(SCRIPTS.get(language, ("LATIN",)))]
            assert strange == [], text


@pytest.mark.parametrize("language", ALPHABETS)
def test_a_language_is_written_in_its_own_letters(language: str, bundled: Survey) -> None:
    own = set(ALPHABETS[language])
    if language not in SCRIPTS:
        own |= set("abcdefghijklmnopqrstuvwxyz") - set("qwx" if language == "tr" else "qvx" if language == "pl" else "")
    for text in spoken(language, bundled):
        lowered = text.replace("İ", "i").replace("I", "ı") if language == "tr" else text
        assert [c for c in lowered.lower() if c.isalpha() and c not in own] == [], text


@pytest.mark.parametrize("language", CODECS)
def test_nothing_is_written_in_rare_characters(language: str, bundled: Survey) -> None:
    for text in spoken(language, bundled):
        assert text.encode(CODECS[language]).decode(CODECS[language]) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_normalised_and_hold_nothing_unseen(language: str, bundled: Survey) -> None:
    for text in spoken(language, bundled):
        assert unicodedata.is_normalized("NFC", text), text
        assert [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")] == [], text
        assert "  " not in text and "..." not in text and "'" not in text, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_signs_stand_as_the_language_has_them(language: str, bundled: Survey) -> None:
    texts = spoken(language, bundled)
    asked = bundled.question.text[language]
    marks = {"el": ";", "ar": "؟", "ja": "？", "zh": "？", "th": ""}
    assert asked.endswith(marks.get(language, "?"))
    for text in texts:
        if language == "fr":  # a narrow space that no line breaks at
            assert not re.search(r"(?<![\u202f\u00a0])[?!;:]", text), text
        if language == "es":
            assert text.count("¿") == text.count("?") and text.count("¡") == text.count("!"), text
        if language in ("ja", "zh"):
            assert not re.search(r"[,.?!:;]", text), text
        if language == "ar":
            assert not re.search(r"[,?;]", text), text


def test_the_bundled_survey_speaks_every_language_and_english_first(bundled: Survey) -> None:
    assert bundled.languages == LANGUAGES
    assert all(list(texts) == LANGUAGES for texts in every_text(bundled))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bundled_survey_is_short(language: str, bundled: Survey) -> None:
    questions = [bundled.question.text, *(followup.text for followup in bundled.followups)]
    assert [texts[language] for texts in questions if len(texts[language]) > 40] == []
    choices = [choice.text for followup in bundled.followups for choice in followup.choices]
    assert [texts[language] for texts in choices if len(texts[language]) > 24] == []
    assert [face.label[language] for face in bundled.faces if len(face.label[language]) > 16] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_to_a_question_read_the_same(language: str, bundled: Survey) -> None:
    for answers in (bundled.faces, *(followup.choices for followup in bundled.followups)):
        texts = [answer.label[language] if hasattr(answer, "label") else answer.text[language] for answer in answers]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_both_follow_ups_offer_is_called_the_same(language: str, bundled: Survey) -> None:
    improve, liked = ({c.id: c.text[language] for c in followup.choices} for followup in bundled.followups[:2])
    assert [id_ for id_ in improve.keys() & liked.keys() if improve[id_] != liked[id_]] == []


def test_the_other_bundled_survey_shows_what_else_a_survey_can() -> None:
    path = BUNDLED_SURVEY.with_name("recommend.toml")
    example = survey_module.parse(path.read_text(encoding="utf-8"), path.name)
    kinds = {"choice", "choices", "text"}

    def asked(score: int, **answers: str) -> list[str]:
        return [followup.id for followup in example.asked(11 - score, answers, kinds, "en")]

    assert example.points == 11
    assert (example.schedule is not None, example.attract.count, example.attract.did is not None) == (True, True, True)
    assert asked(10) == asked(9) == ["best"]
    assert asked(8) == asked(7) == []
    assert asked(6) == ["missing"]
    assert asked(0, missing="price") == ["missing"]
    assert asked(0, missing="price queue") == ["missing", "where"]


def test_every_survey_in_the_folder_is_right() -> None:
    found = {
        path.stem: survey_module.parse(path.read_text("utf-8"), path.name) for path in BUNDLED_SURVEY.parent.iterdir()
    }
    assert {name: survey.id for name, survey in found.items()} == {"visit": "visit", "recommend": "recommend"}


def test_every_folder_of_the_locale_is_a_language_that_is_tested() -> None:
    assert sorted(path.parent.name for path in LOCALE.glob("*/LC_MESSAGES")) == sorted(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "back"),
    [
        ("en", "Back"),
        ("fi", "Takaisin"),
        ("nl", "Terug"),
        ("fi-FI", "Takaisin"),
        ("nl-Latn-BE", "Terug"),
        ("zh-Hans-CN", "返回"),
        ("xx", "Back"),
    ],
)
def test_words_come_in_the_language_or_in_english(language: str, back: str) -> None:
    assert words(language).gettext("Back") == back


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_of_its_own(language: str) -> None:
    """No catalogue falls back on another."""
    assert words(language).info()["language"] == language


@pytest.mark.parametrize(
    ("language", "mirrored"),
    [("ar", True), ("he", True), ("fa-IR", True), ("az-Arab", True), ("ur-Latn", False), ("en", False), ("arn", False)],
)
def test_a_language_or_its_script_says_whether_it_runs_from_right_to_left(language: str, mirrored: bool) -> None:
    assert rtl(language) is mirrored


def test_a_survey_speaks_its_first_language_where_it_lacks_another() -> None:
    assert said({"fi": "Kiitos", "en": "Thanks"}, "en") == "Thanks"
    assert said({"fi": "Kiitos", "en": "Thanks"}, "sv") == "Kiitos"
