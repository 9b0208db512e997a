"""Cuts the kiosk's fonts from Debian's, and writes which characters they cover. A tool; never imported at run time.

    apt-get install fonts-noto-core fonts-noto-cjk
    .venv/bin/python kiosk/fonts/build.py

A script of the world joins by a line in `CUTS` here and one in `kiosk/screens/coverage.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # fontTools ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from kiosk.screens.coverage import FAMILIES, ONE_WEIGHT, SPAN, file, place

SOURCE = Path("/usr/share/fonts")
HERE = Path(__file__).parent

LATIN_GREEK_CYRILLIC = (
    range(0x0020, 0x0250),  # Basic Latin, Latin-1, Latin Extended-A and -B
    range(0x0250, 0x02B0),  # phonetic letters that alphabets have borrowed (Azerbaijani, Hausa, Ewe)
    range(0x02B0, 0x0370),  # modifier letters, combining marks
    range(0x0370, 0x0530),  # Greek, Cyrillic and its supplement
    range(0x1E00, 0x2000),  # Latin Extended Additional (Vietnamese), Greek Extended
    range(0x2000, 0x2070),  # general punctuation
    range(0x2070, 0x2150),  # super- and subscripts, currency, letter-like symbols
    range(0x2150, 0x2190),  # number forms
    range(0x2200, 0x2300),  # mathematical operators
    range(0x25A0, 0x2600),  # geometric shapes
    range(0xFB00, 0xFB07),  # ligatures
    range(0xFFFD, 0xFFFE),  # the mark for a character that could not be read
)
ARABIC = (
    range(0x0600, 0x0700),  # Arabic, Persian, Urdu
    range(0x0750, 0x0780),  # supplement
    range(0x08A0, 0x0900),  # Extended-A
    range(0xFB50, 0xFE00),  # presentation forms, which some programs still write
    range(0xFE70, 0xFEFF),
)
HEBREW = (range(0x0590, 0x0600), range(0xFB1D, 0xFB50))
DEVANAGARI = (range(0x0900, 0x0980), range(0xA8E0, 0xA900), range(0x1CD0, 0x1D00))
THAI = (range(0x0E00, 0x0E80),)
DOTTED_CIRCLE = (range(0x25CC, 0x25CD),)
"""HarfBuzz sets a mark on it that stands on no letter."""
JAMO = (range(0x1100, 0x1200), range(0x3130, 0x3190))
WIDE = (range(0x3000, 0x3040), range(0x3040, 0x3100), range(0xFF00, 0xFFF0))
"""CJK punctuation, kana, full-width and half-width forms."""
SIGNS = (
    range(0x2190, 0x2200),  # arrows
    range(0x2300, 0x2400),  # technical
    range(0x2460, 0x2500),  # numbers in circles
    range(0x25A0, 0x27C0),  # shapes, stars, ticks, hearts
    range(0x2B00, 0x2C00),  # more arrows and stars
    range(0x1F300, 0x1F650),  # pictographs, so far as they are there in black and white
)
MATHS = (range(0x2190, 0x2200), range(0x2200, 0x2300), range(0x27F0, 0x2800))
"""Arrows and operators."""


def charset(codec: str) -> tuple[int, ...]:
    """All characters that Python's `codec` writes in two bytes: those of a national set."""
    return tuple(code for code in range(0x80, 0xFFFE) if len(chr(code).encode(codec, "ignore")) == 2)


class Cut(NamedTuple):
    """What is taken from which font."""

    path: str
    """Under /usr/share/fonts; `{}` stands for the weight."""
    characters: tuple[Iterable[int], ...]
    number: int = -1
    """The face in a collection; -1 for a file with one."""


_CJK = "opentype/noto/NotoSansCJK-{}.ttc"

CUTS = {
    "NotoSans": Cut("truetype/noto/NotoSans-{}.ttf", LATIN_GREEK_CYRILLIC),
    "NotoSansArabic": Cut("truetype/noto/NotoSansArabic-{}.ttf", ARABIC + DOTTED_CIRCLE),
    "NotoSansHebrew": Cut("truetype/noto/NotoSansHebrew-{}.ttf", HEBREW + DOTTED_CIRCLE),
    "NotoSansDevanagari": Cut("truetype/noto/NotoSansDevanagari-{}.ttf", DEVANAGARI + DOTTED_CIRCLE),
    "NotoSansThai": Cut("truetype/noto/NotoSansThai-{}.ttf", THAI + DOTTED_CIRCLE),
    "NotoSansCJKjp": Cut(_CJK, (charset("euc_jp"), charset("cp932"), *WIDE), 0),
    "NotoSansCJKsc": Cut(_CJK, (charset("gb2312"), *WIDE), 2),
    "NotoSansCJKkr": Cut(
        _CJK, (range(0xAC00, 0xD7A4), *JAMO, [each for each in charset("euc_kr") if each < 0x4E00]), 1
    ),
    "NotoSansMath": Cut("truetype/noto/NotoSansMath-{}.ttf", MATHS),
    "NotoSansSymbols2": Cut("truetype/noto/NotoSansSymbols2-{}.ttf", SIGNS),
    "NotoSansSymbols": Cut("truetype/noto/NotoSansSymbols-{}.ttf", SIGNS),
}
SPACES = (0x0020, 0x00A0, 0x200C, 0x200D)
"""Kept in every font but the CJK ones, so that words of one script are one run, its joiners within."""


def cut(family: str, bold: bool, source: Path = SOURCE, target: Path = HERE) -> set[int]:
    """Write one font to `target`; which code points it covers.

    What HarfBuzz shapes by is kept: kerning, marks, ligatures, conjuncts, local forms. CJK fonts lose their hints, a
    fifth of their bytes, which blurs nothing at the sizes of a screen on a wall. The date is kept too, so the same
    source gives the same bytes. Raises `FileNotFoundError` when the package is not installed.
    """
    plan = CUTS[family]
    wide = plan.number >= 0
    options = Options(hinting=not wide)
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE"]
    if wide:
        options.layout_features = ["ccmp", "ljmo", "vjmo", "tjmo"]
    path = source / plan.path.format("Bold" if bold else "Regular")
    font = TTFont(path, fontNumber=plan.number, recalcTimestamp=False)
    subsetter = Subsetter(options)
    wanted = {character for each in plan.characters for character in each}
    subsetter.populate(unicodes=wanted if wide else wanted.union(SPACES))
    subsetter.subset(font)
    font.save(target / file(family, bold))
    return set(font.getBestCmap())


def table(covered: Iterable[set[int]]) -> bytes:
    """A bit a character, font after font."""
    whole = b""
    for characters in covered:
        bits = bytearray(SPAN)
        for character in characters:
            bit = place(character)
            if bit is not None:
                bits[bit >> 3] |= 1 << (bit & 7)
        whole += bytes(bits)
    return whole


def build(source: Path = SOURCE, target: Path = HERE) -> Iterator[str]:
    """Write all fonts and the table to `target`; tells of each as it is done."""
    covered = []
    for family in FAMILIES:
        both = cut(family, bold=False, source=source, target=target)
        if family not in ONE_WEIGHT:
            both &= cut(family, bold=True, source=source, target=target)
        covered.append(both)
        yield f"{family}: {len(both):,} characters"
    (target / "coverage.bin").write_bytes(table(covered))


if __name__ == "__main__":
    for line in build():
        sys.stdout.write(line + "\n")
