"""How a letter joins what stands before it: Hangul syllables, Greek accents, voiced kana. Pure; knows no keyboards."""

from __future__ import annotations

import unicodedata
from typing import Literal

Composes = Literal["", "hangul", "kana", "accents"]

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
"""The order in which Unicode counts syllables (chapter 3.12); the first final is none."""
_FIRST, _LAST = "가", "힣"
_PAIRS = {
    "ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ", "ㄹㅌ": "ㄾ",
    "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip
"""Letters that are typed as two."""
_SPLIT = {joined: pair for pair, joined in _PAIRS.items()}

_SMALL = dict(zip("あいうえおつやゆよわ", "ぁぃぅぇぉっゃゅょゎ", strict=True))
_KATAKANA = 0x60
"""From a hiragana to its katakana, in code points."""
_SMALL |= {chr(ord(full) + _KATAKANA): chr(ord(small) + _KATAKANA) for full, small in _SMALL.items()}
_FULL = {small: full for full, small in _SMALL.items()}
_VOICED, _PLOSIVE = "\u3099", "\u309a"

_ACCENTS = {"΄": "\u0301", "¨": "\u0308"}


def joined(text: str, key: str, composes: Composes) -> str:
    """`text` with `key` after it, in NFC."""
    match composes:
        case "hangul":
            text = _with_jamo(text, key)
        case "kana" if key == "゛":
            text = _turned(text)
        case "accents":
            text = _accented(text, key)
        case _:
            text += key
    return unicodedata.normalize("NFC", text)


def is_jamo(key: str) -> bool:
    """Whether `key` is a letter that joins into Hangul syllables."""
    return len(key) == 1 and (key in _INITIALS or key in _VOWELS)


def is_accent(key: str) -> bool:
    """Whether `key` is an accent that waits for its vowel."""
    return key in _ACCENTS


def taken_apart(text: str) -> str:
    """`text` without the letter that was typed last, where it ends in Hangul."""
    before, last = text[:-1], text[-1:]
    if not _FIRST <= last <= _LAST:
        return before + _SPLIT.get(last, "")[:1]
    initial, vowel, final = _parts(last)
    if final:
        return before + _syllable(initial, vowel, _SPLIT.get(final, "")[:1])
    return before + (_syllable(initial, _SPLIT[vowel][0]) if vowel in _SPLIT else initial)


def _with_jamo(text: str, key: str) -> str:
    """The automaton of the two-set keyboard: it looks at the last character only."""
    before, last = text[:-1], text[-1:]
    if not last or not is_jamo(key):
        return text + key
    if not _FIRST <= last <= _LAST:
        if last in _INITIALS and key in _VOWELS:
            return before + _syllable(last, key)
        pair = _PAIRS.get(last + key, "")
        # Two lone consonants stay two: no final without a syllable.
        return before + pair if pair and pair in _VOWELS else text + key
    initial, vowel, final = _parts(last)
    if key in _VOWELS:
        if final:  # the final, or its second half, begins the next syllable
            pair = _SPLIT.get(final, "")
            return before + _syllable(initial, vowel, pair[:1]) + _syllable(pair[1:] or final, key)
        pair = _PAIRS.get(vowel + key, "")
        return before + _syllable(initial, pair) if pair else text + key
    wanted = _PAIRS.get(final + key, "") if final else key
    return before + _syllable(initial, vowel, wanted) if wanted and wanted in _FINALS else text + key


def _parts(syllable: str) -> tuple[str, str, str]:
    """Initial, vowel and final (empty where there is none) of a syllable."""
    rest, final = divmod(ord(syllable) - ord(_FIRST), len(_FINALS))
    initial, vowel = divmod(rest, len(_VOWELS))
    return _INITIALS[initial], _VOWELS[vowel], _FINALS[final].strip("\0")


def _syllable(initial: str, vowel: str, final: str = "") -> str:
    number = _INITIALS.index(initial) * len(_VOWELS) + _VOWELS.index(vowel)
    return chr(ord(_FIRST) + number * len(_FINALS) + _FINALS.index(final or "\0"))


def _turned(text: str) -> str:
    """The last kana in its next form: small, voiced, half-voiced, plain again; as it is where it has no other."""
    last = text[-1:]
    decomposed = unicodedata.normalize("NFD", last)
    plain = _FULL.get(decomposed[:1], decomposed[:1])
    if not plain:
        return text
    marked = (unicodedata.normalize("NFC", plain + mark) for mark in (_VOICED, _PLOSIVE))
    forms = [plain, *filter(None, [_SMALL.get(plain)]), *(form for form in marked if len(form) == 1)]
    return text[:-1] + forms[(forms.index(last) + 1) % len(forms)] if last in forms else text


def _accented(text: str, key: str) -> str:
    """An accent goes onto the vowel that follows it, as on a computer's keyboard, or else onto the one before."""
    accent = _ACCENTS.get(text[-1:])
    if accent is None:
        return text + key
    after = unicodedata.normalize("NFC", key + accent)
    if len(after) == len(key) == 1:
        return text[:-1] + after
    before = unicodedata.normalize("NFC", text[:-1] + accent)
    return (before if len(before) < len(text) else text[:-1]) + key
