"""What is typed, key by key, in every script: joining, deleting, shift, offers, and where it ends."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import entry
from kiosk.entry import LONGEST, Entry, hold, keys, offers, start, tap
from kiosk.joining import joined, taken_apart
from kiosk.layouts import Layout, layout


def on(code: str, keyboard: str = "own") -> Layout:
    found = layout(code, keyboard)
    assert found is not None
    return found


def typed(text: str | list[str], code: str = "en", keyboard: str = "own", state: Entry | None = None) -> Entry:
    """The entry after keys: a blank is the space bar, < is delete, ^ is shift; lists name keys as they are."""
    keys_ = {" ": "space", "<": "delete", "^": "shift"}
    state = state or start(on(code, keyboard))
    for key in text:
        state = tap(state, keys_.get(key, key), on(code, keyboard))
    return state


@pytest.mark.parametrize(
    ("keys_", "text"),
    [
        ("ㅎㅏㄴㄱㅡㄹ", "한글"),
        ("ㅎㅏㄴㅏ", "하나"),
        ("ㄱㅗㅏ", "과"),
        ("ㅇㅗㅐ", "왜"),
        ("ㅇㅡㅣㅅㅏ", "의사"),
        ("ㅇㅓㅂㅅㅇㅓㅇㅛ", "없어요"),
        ("ㅇㅓㅂㅅㅓ", "업서"),
        ("ㄷㅏㄹㄱ", "닭"),
        ("ㄷㅏㄹㄱㅇㅣ", "닭이"),
        ("ㄷㅏㄹㄱㅣ", "달기"),
        ("ㅇㅣㅆㅇㅓㅆㄷㅏ", "있었다"),
        ("ㅇㅏㄸㅏ", "아따"),
        ("ㅃㅏㄹㄹㅣ", "빨리"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("ㅠㅠ", "ㅠㅠ"),
        ("ㄱㅅ", "ㄱㅅ"),
        ("ㅏㄱㅏ", "ㅏ가"),
        ("ㅎㅏㅏ", "하ㅏ"),
        ("ㅇㅏㄴㄴㅕㅇ ㅎㅏㅅㅔㅇㅛ", "안녕 하세요"),
    ],
)
def test_jamo_join_into_syllables(keys_: str, text: str) -> None:
    assert typed(keys_, "ko").text == text


@pytest.mark.parametrize(
    ("keys_", "steps"),
    [
        ("ㅎㅏㄴ", ["하", "ㅎ", ""]),
        ("ㄱㅗㅏㄴ", ["과", "고", "ㄱ", ""]),
        ("ㅇㅓㅂㅅ", ["업", "어", "ㅇ", ""]),
        ("ㅎㅏㄴㅏ", ["하ㄴ", "하", ""]),
        ("ㄱㅏ ", ["가", ""]),
    ],
)
def test_delete_takes_a_syllable_apart_while_it_is_typed_and_whole_after_that(keys_: str, steps: list[str]) -> None:
    state = typed(keys_, "ko")
    seen = []
    for _ in steps:
        state = typed("<", "ko", state=state)
        seen.append(state.text)
    assert seen == steps


@given(st.text("ㄱㄴㄷㄹㅂㅅㅇㅎㄲㅆㅏㅓㅗㅜㅡㅣㅔㅛ", max_size=12))
def test_joining_jamo_loses_none(keys_: str) -> None:
    """Taken apart from the end, a text gives back the letters it was made of."""
    text = ""
    for key in keys_:
        text = joined(text, key, "hangul")
    assert len(text) <= len(keys_)
    for _ in keys_:
        text = taken_apart(text)
    assert text == ""


@pytest.mark.parametrize(
    ("keys_", "text"),
    [
        ("か゛", "が"),
        ("か゛゛", "か"),
        ("は゛", "ば"),
        ("は゛゛", "ぱ"),
        ("は゛゛゛", "は"),
        ("つ゛", "っ"),
        ("つ゛゛", "づ"),
        ("や゛", "ゃ"),
        ("う゛゛", "ゔ"),
        ("ん゛", "ん"),
        ("ー゛", "ー"),
        ("゛", ""),
        ("か゛つ゛こう", "がっこう"),
        ("ッ゛", "ヅ"),
    ],
)
def test_one_key_turns_a_kana_through_its_forms(keys_: str, text: str) -> None:
    assert typed(keys_, "ja", "kana").text == text


@pytest.mark.parametrize(
    ("keys_", "text"),
    [
        ("κ΄αλ", "Κάλ"),
        ("κα΄λ", "Κάλ"),
        ("κα΄ ", "Κά "),
        ("κα΄ο", "Καό"),
        ("΄ω", "Ώ"),
        ("κ΄ν", "Κν"),
        ("κ¨ι", "Κϊ"),
        ("κ΄<α", "Κα"),
        ("λόγος", "Λόγος"),
    ],
)
def test_a_greek_accent_finds_its_vowel_from_either_side(keys_: str, text: str) -> None:
    first = next((key for key in keys_ if key not in "΄¨"), "")
    capital = keys_.replace(first, first.upper(), 1)
    assert typed(capital, "el").text == text


@pytest.mark.parametrize(
    ("code", "text", "left"),
    [
        ("en", "cafe\u0301", "Caf"),
        ("en", "ok👍🏽", "Ok"),
        ("en", "a👨‍👩‍👧", "A"),
        ("en", "a🇫🇮", "A"),
        ("en", "a🇫🇮🇸🇪", "A🇫🇮"),
        ("en", "aq\u0308\u0323", "A"),
        ("hi", "कि", "क"),
        ("hi", "क्ष", "क्"),
        ("hi", "क्", "क"),
        ("th", "ที่", "ที"),
        ("th", "น้ำ", "น้"),
        ("ar", "شكر\u0627\u064b", "شكرا"),
        ("he", "ש\u05b8", "ש"),
        ("ja", "が", ""),
        ("en", "", ""),
    ],
)
def test_delete_takes_what_a_person_sees_as_the_last_character(code: str, text: str, left: str) -> None:
    keyboard = "kana" if code == "ja" else "own"
    state = Entry(text=unicodedata.normalize("NFC", text[:1].upper() + text[1:]))
    assert tap(state, "delete", on(code, keyboard)).text == left


def test_a_long_press_on_delete_takes_the_last_word() -> None:
    state = Entry("Too long a queue")
    for left in ("Too long a ", "Too long ", "Too ", "", ""):
        state = hold(state, "delete", on("en"))
        assert state.text == left
    assert state.shift == "once"


def test_a_sentence_begins_with_a_capital() -> None:
    keys_ = on("en")
    state = start(keys_)
    assert (state.shift, keys(state, keys_)) == ("once", keys_.shifted)
    state = typed("H", state=state)
    assert (state.shift, keys(state, keys_)) == ("off", keys_.letters)
    assert typed("i. ", state=state).shift == "once"
    assert typed("i.", state=state).shift == "off"
    assert typed("i, ", state=state).shift == "off"
    assert typed("i. <", state=state).shift == "off"
    assert typed("<", state=state).shift == "once"


def test_shift_is_for_one_letter_and_locks_at_the_second_touch() -> None:
    state = typed("A")
    assert [typed("^" * touches, state=state).shift for touches in range(4)] == ["off", "once", "lock", "off"]
    assert typed("^B", state=state).shift == "off"
    assert typed("^^B", state=state).shift == "lock"
    assert typed("^^BC. ", state=state).shift == "lock"


def test_shift_that_came_by_itself_goes_at_the_first_touch() -> None:
    assert typed("^").shift == "off"
    assert typed("^e").text == "e"
    assert typed("^^").shift == "once"
    assert typed("^^^").shift == "lock"


@pytest.mark.parametrize("code", ["hi", "th", "ko"])
def test_a_second_layer_is_for_one_letter_and_never_comes_by_itself(code: str) -> None:
    keys_ = on(code)
    state = start(keys_)
    assert state.shift == "off"
    state = typed("^", code, state=state)
    assert keys(state, keys_) == keys_.shifted
    state = tap(state, keys_.shifted[0][0], keys_)
    assert keys(state, keys_) == keys_.letters
    assert typed(". ", code, state=state).shift == "off"


def test_a_page_of_kana_stays_until_it_is_turned() -> None:
    keys_ = on("ja", "kana")
    state = typed("^ほや", "ja", "kana")
    assert (state.text, keys(state, keys_)) == ("ほや", keys_.shifted)
    assert keys(typed("^", "ja", "kana", state), keys_) == keys_.letters


@pytest.mark.parametrize("code", ["ar", "he"])
def test_a_script_without_capitals_has_no_shift(code: str) -> None:
    assert start(on(code)).shift == "off"
    assert typed("^", code).shift == "off"


def test_symbols_stay_until_a_space_or_the_way_back() -> None:
    state = typed(["O", "k", "symbols", "1", "2"])
    assert (state.layer, keys(state, on("en"))) == ("symbols", on("en").symbols)
    assert typed(["letters"], state=state).layer == "letters"
    assert typed(" ", state=state).layer == "letters"
    assert typed(" ", state=state).text == "Ok12 "


def test_a_symbol_does_not_use_up_shift() -> None:
    assert typed(["symbols", '"']).text == '"'
    assert typed(["H", "i", "shift", "symbols", "1"]).shift == "once"


def test_there_is_one_space_at_most_and_none_at_the_beginning() -> None:
    assert typed("  A   b  ").text == "A b "


def test_a_long_press_offers_the_key_and_its_others() -> None:
    keys_ = on("en")
    state = hold(typed("E"), "e", keys_)
    assert state.text == "E"
    assert offers(state, keys_)[:4] == ("e", "é", "è", "ê")
    assert offers(hold(start(keys_), "E", keys_), keys_)[:2] == ("E", "É")
    chosen = tap(state, "é", keys_)
    assert (chosen.text, offers(chosen, keys_)) == ("Eé", ())


@pytest.mark.parametrize(("key", "text"), [("close", "E"), ("q", "Eq"), ("space", "E "), ("delete", "")])
def test_an_offer_closes_whatever_is_touched(key: str, text: str) -> None:
    state = tap(hold(typed("E"), "e", on("en")), key, on("en"))
    assert (state.offered, state.text) == ("", text)


def test_a_long_press_on_a_key_without_others_was_a_slow_tap() -> None:
    assert hold(typed("A"), "q", on("en")).text == "Aq"
    assert hold(typed("A"), "space", on("en")).text == "A "
    assert offers(hold(typed("A"), "q", on("en")), on("en")) == ()


def test_no_more_is_typed_than_fits() -> None:
    state = Entry("x" * (LONGEST - 1))
    assert not state.full
    state = typed("yz ", state=state)
    assert state.text == "x" * (LONGEST - 1) + "y"
    assert state.full
    assert not typed("<", state=state).full


def test_the_last_syllable_may_still_be_finished() -> None:
    state = typed("ㅎ", "ko", state=Entry("가" * (LONGEST - 2) + " ", shift="off"))
    assert state.full
    assert typed("ㅏㄴㄱ", "ko", state=state).text == "가" * (LONGEST - 2) + " 한"


def test_a_key_of_two_characters_fits_whole_or_not_at_all() -> None:
    state = Entry("x" * (LONGEST - 1), shift="off")
    assert tap(state, "क\u094dष", on("hi")) == state


@pytest.mark.parametrize("key", ["\n", "\x00", "\u202e", "\ud800", "\ue000", "\u2028", "\x7f", ""])
def test_control_characters_are_not_typed(key: str) -> None:
    state = typed("A")
    assert tap(state, key, on("en")) == state


def test_joiners_are_letters_where_they_are_spelt() -> None:
    assert tap(Entry("می"), "\u200c", on("fa")).text == "می\u200c"


def test_turkish_letters_stay_apart() -> None:
    keys_ = on("tr")
    state = start(keys_)
    shown = {key for row in keys(state, keys_) for key in row}
    assert {"İ", "I", "Ğ", "Ş"} <= shown
    assert not {"i", "ı"} & shown


CODES = ["en", "de", "tr", "el", "uk", "ar", "he", "hi", "th", "ko", "vi", "fa"]


@given(
    st.sampled_from(CODES),
    st.lists(st.tuples(st.sampled_from(["tap", "hold"]), st.integers(0, 60)), max_size=60),
    st.integers(0, LONGEST),
)
def test_whatever_is_touched_the_text_can_be_stored(code: str, touches: list[tuple[str, int]], filled: int) -> None:
    keys_ = on(code)
    state = msgspec.structs.replace(start(keys_), text="x" * filled)
    for how, number in touches:
        shown = [key for row in keys(state, keys_) for key in row]
        all_ = [*offers(state, keys_), *shown, "delete", "space", "shift", "symbols", "letters", "close"]
        state = getattr(entry, how)(state, all_[number % len(all_)], keys_)
        assert len(state.text) <= LONGEST
        assert unicodedata.normalize("NFC", state.text) == state.text
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in state.text)
        assert "  " not in state.text


@given(st.sampled_from(CODES), st.lists(st.integers(0, 60), max_size=30))
def test_delete_leads_back_to_nothing(code: str, touches: list[int]) -> None:
    keys_ = on(code)
    state = start(keys_)
    for number in touches:
        shown = [key for row in keys(state, keys_) for key in row]
        state = tap(state, [*shown, "space"][number % (len(shown) + 1)], keys_)
    for _ in range(4 * len(touches) + 1):
        state = tap(state, "delete", keys_)
    assert state == start(keys_)
