"""Which on-screen keyboard a language is typed on. Pure; never knows drawing, visits or surveys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

import msgspec

from kiosk import alphabets, latin
from kiosk.alphabets import Alphabet, Second

Row = tuple[str, ...]


class Layout(msgspec.Struct, frozen=True):
    """A keyboard's letters and symbols, row by row as they stand from left to right."""

    name: str
    letters: tuple[Row, ...]
    shifted: tuple[Row, ...] = ()
    """The same with shift; empty where the script has no capitals and no second layer."""
    second: Second = ""
    """What shift leads to: `capitals`, a `layer` for one letter, a `page` to stay on, or nothing."""
    others: Mapping[str, tuple[str, ...]] = {}
    """What a long press on a key offers besides itself."""
    symbols: tuple[Row, ...] = ()
    ends: tuple[Row, Row] = ((), ())
    """The keys before and after the space bar, in the order of reading."""
    label: str = ""
    """What stands on the key that leads from the symbols back to the letters."""
    composes: Literal["", "hangul", "kana", "accents"] = ""
    """How letters join as they are typed."""
    rtl: bool = False


_SCRIPTS: dict[str, Alphabet] = {
    "arab": alphabets.ARABIC,
    "cyrl": alphabets.RUSSIAN,
    "deva": alphabets.DEVANAGARI,
    "grek": alphabets.GREEK,
    "hang": alphabets.HANGUL,
    "hebr": alphabets.HEBREW,
    "hira": alphabets.KANA,
    "kana": alphabets.KANA,
    "kore": alphabets.HANGUL,
    "latn": latin.PLAIN,
    "thai": alphabets.THAI,
}
"""What types a script, by its ISO 15924 code, where its language has nothing better."""

_CYRILLIC = "ab av ba ce cv kk kv ky mn os ru sah tg tt tyv udm"
_DEVANAGARI = "bho hi kok mai mr ne sa"
_LANGUAGES: dict[str, tuple[str, Alphabet]] = {
    **{code: ("latn", alphabet) for code, alphabet in latin.LATIN.items()},
    **{code: ("latn", latin.LATIN[base]) for code, base in latin.ALIKE.items()},
    **dict.fromkeys(latin.PLAINLY.split(), ("latn", latin.PLAIN)),
    **dict.fromkeys(_CYRILLIC.split(), ("cyrl", alphabets.RUSSIAN)),
    **dict.fromkeys(_DEVANAGARI.split(), ("deva", alphabets.DEVANAGARI)),
    "ar": ("arab", alphabets.ARABIC),
    "be": ("cyrl", alphabets.BELARUSIAN),
    "bg": ("cyrl", alphabets.BULGARIAN),
    "el": ("grek", alphabets.GREEK),
    "fa": ("arab", alphabets.PERSIAN),
    "he": ("hebr", alphabets.HEBREW),
    "ko": ("kore", alphabets.HANGUL),
    "mk": ("cyrl", alphabets.MACEDONIAN),
    "sr": ("cyrl", alphabets.SERBIAN),
    "th": ("thai", alphabets.THAI),
    "uk": ("cyrl", alphabets.UKRAINIAN),
    "ur": ("arab", alphabets.URDU),
}
"""Each language's script and layout. Japanese and Chinese are not here: their own script is not typed by letters."""

_FOLDED = {"aran": "arab", "cyrs": "cyrl", "latf": "latn", "latg": "latn"}
"""Scripts that are another one's letters in other shapes."""
_TURKIC = frozenset({"azeri", "turkish"})
"""Layouts whose i keeps its dot as a capital."""


@lru_cache(maxsize=32)
def layout(language: str, keyboard: str) -> Layout | None:
    """The layout for `language` ("sv", "pt-BR", "sr-Latn"), or what `keyboard` says: "kana", "latin" or "none".

    Chinese in Latin letters is pinyin. A script in the code counts for more than the language. None where there is
    nothing to type with.
    """
    first, *rest = language.lower().split("-")
    match keyboard:
        case "none":
            return None
        case "kana":
            return _made(alphabets.KANA)
        case "latin":
            return _made(latin.PINYIN if first in ("zh", "cmn") else latin.PLAIN)
    script, alphabet = _LANGUAGES.get(first, ("", None))
    written = next((part for part in rest if len(part) == 4 and part.isalpha()), script)
    written = _FOLDED.get(written, written)
    if first == "sr" and written == "latn":
        return _made(latin.LATIN[latin.ALIKE["sr"]])
    if alphabet is not None and written == script:
        return _made(alphabet)
    return _made(_SCRIPTS[written]) if written in _SCRIPTS else None


def _made(alphabet: Alphabet) -> Layout:
    turkic = alphabet.name in _TURKIC
    letters = tuple(map(tuple, alphabet.letters))
    others = {key: tuple(value.split()) for key, value in (alphabets.PUNCTUATION | dict(alphabet.others)).items()}
    shifted = tuple(map(tuple, alphabet.shifted)) if alphabet.second else ()
    if alphabet.second == "capitals":
        shifted = tuple(tuple(_capital(key, turkic) for key in row) for row in letters)
        for key, offered in list(others.items()):
            capital = _capital(key, turkic)
            if capital != key:
                others[capital] = tuple(dict.fromkeys(_capitals(offered, capital, turkic)))
    return Layout(
        name=alphabet.name,
        letters=letters,
        shifted=shifted,
        second=alphabet.second,
        others={key: offered for key, offered in others.items() if offered},
        symbols=tuple(map(tuple, alphabet.symbols)),
        ends=(tuple(alphabet.ends[0]), tuple(alphabet.ends[1])),
        label=alphabet.label,
        composes=alphabet.composes,
        rtl=alphabet.rtl,
    )


def _capitals(offered: Row, base: str, turkic: bool) -> Iterator[str]:
    """The capitals of `offered` that there are, without `base` itself."""
    for key in offered:
        capital = _capital(key, turkic)
        if capital not in (key, base):
            yield capital


def _capital(key: str, turkic: bool) -> str:
    """`key` as a capital; itself where there is none, as for the Greek final sigma."""
    if key == "ß":
        return "ẞ"
    if key == "ς":
        return key
    if turkic and key == "i":
        return "İ"
    capital = key.upper()
    return capital if len(capital) == len(key) else key
