"""Cuts the kiosk's fonts from Debian's `fonts-noto-core`. A developer's tool; never imported at run time.

    apt-get install fonts-noto-core
    python kiosk/fonts/build.py

A script of the world joins by a line in `CUTS` here and a line in `kiosk/screens/text.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # fontTools ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

SOURCE = Path("/usr/share/fonts/truetype/noto")
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

CUTS: dict[str, Iterable[range]] = {
    "NotoSans-Regular.ttf": LATIN_GREEK_CYRILLIC,
    "NotoSans-Bold.ttf": LATIN_GREEK_CYRILLIC,
}


def cut(name: str, ranges: Iterable[range], source: Path = SOURCE, target: Path = HERE) -> int:
    """Write the characters of `ranges` from font `name` to `target`; how many bytes it takes.

    Kerning, marks, ligatures and local forms are kept, for HarfBuzz. The date is kept too, so the same source gives
    the same bytes. Raises `FileNotFoundError` when the package is not installed.
    """
    options = Options(layout_features=["kern", "mark", "mkmk", "ccmp", "locl", "liga", "rlig", "calt"])
    font = TTFont(source / name, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes={character for each in ranges for character in each})
    subsetter.subset(font)
    font.save(target / name)
    return (target / name).stat().st_size


if __name__ == "__main__":
    for file_name, wanted in CUTS.items():
        sys.stdout.write(f"{file_name}: {cut(file_name, wanted):,} bytes\n")
