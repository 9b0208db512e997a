"""Which of the kiosk's fonts can show a character, told from a table. Never opens a font, and knows no pygame."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent.parent / "fonts"
TABLE = FONTS / "coverage.bin"

FAMILIES = {
    "NotoSans": "Latn",
    "NotoSansArabic": "Arab",
    "NotoSansHebrew": "Hebr",
    "NotoSansDevanagari": "Deva",
    "NotoSansThai": "Thai",
    "NotoSansCJKjp": "Kana",
    "NotoSansCJKsc": "Hani",
    "NotoSansCJKkr": "Hang",
    "NotoSansMath": "Zyyy",
    "NotoSansSymbols2": "Zyyy",
    "NotoSansSymbols": "Zyyy",
}
"""The fonts, in the order of the table, each with the script that HarfBuzz is told."""
ONE_WEIGHT = frozenset({"NotoSansMath", "NotoSansSymbols2"})
"""Fonts that have no bold: arrows and signs."""

_PLANE = 0x10000
_PICTURES = range(0x1F000, 0x1FC00)
"""Beyond the first 65,536 characters only these are in the table: emoji and other signs."""
SPAN = (_PLANE + len(_PICTURES)) // 8
"""Bytes that one font has in the table: a bit a character."""


def place(character: int) -> int | None:
    """The bit of a code point in a font's part of the table; None where the table does not reach."""
    if character < _PLANE:
        return character
    return _PLANE + character - _PICTURES.start if character in _PICTURES else None


def covers(family: str, character: str) -> bool:
    """Whether a font of `family` shows `character`, in every weight that it has."""
    bit = place(ord(character))
    return bit is not None and bool(_tables()[family][bit >> 3] >> (bit & 7) & 1)


def file(family: str, bold: bool) -> str:
    """The name of the font's file in `FONTS`."""
    weight = "Bold" if bold and family not in ONE_WEIGHT else "Regular"
    return f"{family}-{weight}.{'otf' if 'CJK' in family else 'ttf'}"


@cache
def _tables() -> dict[str, bytes]:
    whole = TABLE.read_bytes()
    return {family: whole[number * SPAN : (number + 1) * SPAN] for number, family in enumerate(FAMILIES)}
