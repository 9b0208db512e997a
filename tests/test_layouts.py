"""Every bundled language can write itself; every other gets a keyboard by its script, or none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest

from kiosk.latin import ALIKE, DIACRITICS, LATIN, PLAINLY
from kiosk.layouts import Layout, layout

ALPHABETS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "fi": "abcdefghijklmnopqrstuvwxyzåäöšž",
    "sv": "abcdefghijklmnopqrstuvwxyzåäöé",
    "nl": "abcdefghijklmnopqrstuvwxyzëïéèöüáóúê",
    "de": "abcdefghijklmnopqrstuvwxyzäöüß",
    "fr": "abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ",
    "es": "abcdefghijklmnopqrstuvwxyzáéíñóúü¿¡",
    "pl": "abcdefghijklmnopqrstuvwxyząćęłńóśźż",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîû",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآؤئةىً،؟؛",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת׳״",
    "hi": "अआइईउऊऋएऐओऔऑकखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहािीुूृेैोौॉंँः़्।",
    "th": "".join(chr(c) for c in range(0xE01, 0xE2F) if c not in (0xE03, 0xE05, 0xE26)) + "ฯะัาำิีึืุูเแโใไๆ็่้๊๋์",
    "ko": "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
    "ja": "".join(chr(c) for c in range(0x3041, 0x3094) if chr(c) not in "ゎゐゑ") + "ー。、「」？！",
    "zh": "abcdefghijklmnopqrstuvwxyzüāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ",
    "pt": "ãáàâçéêíõóôú",
    "cs": "áčďéěíňóřšťúůýž",
    "hu": "áéíóöőúüű",
    "ro": "ăâîșț",
    "is": "áðéíóúýþæö",
    "vi": "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ",
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя'",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "mn": "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя",
    "tg": "ғӣқӯҳҷ",
    "fa": "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئؤ،؟",
    "ur": "آابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیے۔",
    "mr": "ळऱ",
}
KEYBOARDS = {"ja": "kana", "zh": "latin"}
COMMON = "0123456789.,?!'\"-:;()@/&%+€"
CODES = sorted({*ALPHABETS, *LATIN, *ALIKE, *PLAINLY.split()})


def own(code: str) -> Layout:
    found = layout(code, KEYBOARDS.get(code, "own"))
    assert found is not None
    return found


def layers(keys: Layout) -> Iterator[tuple[tuple[str, ...], ...]]:
    yield keys.letters
    if keys.shifted:
        yield keys.shifted
    yield keys.symbols


def typable(keys: Layout) -> set[str]:
    """All that a tap or a long press can type."""
    direct = {key for rows in layers(keys) for row in rows for key in row} | set(keys.ends[0]) | set(keys.ends[1])
    return direct | {other for key in direct for other in keys.others.get(key, ())}


@pytest.mark.parametrize("code", ALPHABETS)
def test_a_language_can_write_every_letter_of_its_alphabet(code: str) -> None:
    assert sorted(set(ALPHABETS[code]) - typable(own(code))) == []


@pytest.mark.parametrize("code", ALPHABETS)
def test_capitals_can_be_written_where_there_are_any(code: str) -> None:
    keys = own(code)
    if keys.second == "capitals":
        special = {"ß": "ẞ", "ς": "Σ", "ΐ": "ΐ", "ΰ": "ΰ"} | ({"i": "İ"} if code in ("tr", "az") else {})
        capitals = {special.get(letter, letter.upper()) for letter in ALPHABETS[code]}
        assert sorted(capitals - typable(keys)) == []
    else:
        assert all(letter.upper() == letter for letter in ALPHABETS[code])


@pytest.mark.parametrize("code", CODES)
def test_punctuation_is_there_on_every_keyboard(code: str) -> None:
    own_marks = {"ja": {".", ",", "?", "!", "'", '"', ":", ";"}, "el": {"?"}, "ur": {".", ";"}}
    arabic = {",", "?", ";"} if own(code).name in ("arabic", "persian", "urdu") else set()
    missing = set(COMMON) - typable(own(code)) - own_marks.get(code, set()) - arabic
    assert missing - ({"'", '"'} if code == "he" else set()) == set()


@pytest.mark.parametrize("code", CODES)
def test_three_rows_of_at_most_twelve_keys_hold_each_layer(code: str) -> None:
    keys = own(code)
    for rows in layers(keys):
        assert len(rows) == 3
        assert max(len(row) for row in rows) <= 12
        assert len(rows[2]) + (2 if keys.shifted and rows is not keys.symbols else 1) <= 12
    assert list(map(len, keys.symbols)) == [10, 10, 8]
    assert [len(row) for row in keys.letters] == [len(row) for row in keys.shifted or keys.letters]


@pytest.mark.parametrize("code", CODES)
def test_no_key_is_there_twice(code: str) -> None:
    keys = own(code)
    for rows in layers(keys):
        shown = [key for row in rows for key in row] + [*keys.ends[0], *keys.ends[1]]
        assert len(shown) == len(set(shown))
    for key, others in keys.others.items():
        assert len({key, *others}) == len(others) + 1


@pytest.mark.parametrize("code", CODES)
def test_a_long_press_offers_no_more_than_three_rows_hold(code: str) -> None:
    assert max(len(others) for others in own(code).others.values()) <= 22


@pytest.mark.parametrize("code", CODES)
def test_every_key_types_what_is_stored(code: str) -> None:
    """In NFC, but for accents that wait for their vowel; and no control characters."""
    for key in typable(own(code)):
        assert unicodedata.normalize("NFC", key) == key
        assert not any(unicodedata.category(character)[0] == "C" for character in key)


def test_turkish_keeps_the_dot_and_its_absence() -> None:
    keys = own("tr")
    pairs = {
        small: capital
        for row, above in zip(keys.letters, keys.shifted, strict=True)
        for small, capital in zip(row, above, strict=True)
    }
    assert (pairs["i"], pairs["ı"]) == ("İ", "I")
    assert own("de").shifted[1][-1] == "Ä"
    assert own("de").shifted[2][-1] == "ẞ"


@pytest.mark.parametrize(
    ("code", "first_row", "name"),
    [
        ("en-GB", "qwertyuiop", "english"),
        ("pt-BR", "qwertyuiop", "portuguese"),
        ("de-AT", "qwertzuiopü", "german"),
        ("fr-CA", "azertyuiop", "french"),
        ("sr", "љњертзуиопшђ", "serbian"),
        ("sr-Latn", "qwertzuiopšđ", "slovene"),
        ("sr-Cyrl-RS", "љњертзуиопшђ", "serbian"),
        ("az", "qüertyuiopöğ", "azeri"),
        ("az-Arab", "ضصثقفغعهخحج", "arabic"),
        ("uz-Cyrl", "йцукенгшщзх", "cyrillic"),
        ("ky", "йцукенгшщзх", "cyrillic"),
        ("pa-Arab", "ضصثقفغعهخحج", "arabic"),
        ("ja-Latn", "qwertyuiop", "latin"),
        ("ja-Hira", "あいうえおかきくけこ", "kana"),
        ("ur-Latn", "qwertyuiop", "latin"),
        ("sw", "qwertyuiop", "latin"),
        ("nb-NO", "qwertyuiopå", "norwegian"),
    ],
)
def test_a_code_with_country_or_script_finds_its_keyboard(code: str, first_row: str, name: str) -> None:
    found = layout(code, "own")
    assert found is not None
    assert ("".join(found.letters[0]), found.name) == (first_row, name)


@pytest.mark.parametrize("code", ["ja", "zh", "zh-Hant", "zh-Hans-CN", "am", "ka", "hy", "my", "ta", "xx", "sr-Geor"])
def test_what_no_letters_type_has_no_keyboard_of_its_own(code: str) -> None:
    assert layout(code, "own") is None


def test_the_surveys_choice_counts_for_more() -> None:
    assert layout("en", "none") is None
    for code in ("fi", "ar", "am"):
        plain = layout(code, "latin")
        assert plain is not None
        assert plain.name == "latin"
        assert set("".join(DIACRITICS.values())) <= typable(plain)
    pinyin, kana = layout("zh-Hant", "latin"), layout("ja", "kana")
    assert pinyin is not None
    assert kana is not None
    assert (pinyin.name, kana.name) == ("pinyin", "kana")


def test_only_scripts_written_from_the_right_say_so() -> None:
    assert {code for code in ALPHABETS if own(code).rtl} == {"ar", "he", "fa", "ur"}


def test_an_alphabet_with_a_second_layer_fills_it() -> None:
    for code in ALPHABETS:
        keys = own(code)
        assert bool(keys.second) == bool(keys.shifted)


def test_a_languages_own_letters_are_offered_first() -> None:
    assert own("pl").others["z"][:2] == ("ż", "ź") or own("pl").others["z"][:2] == ("ź", "ż")
    assert own("pl").others["A"][0] == "Ą"
    assert own("cs").others["e"][:2] == ("é", "ě")
