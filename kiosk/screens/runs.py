"""A line cut into runs, each of one font, one script and one direction, as they stand on the screen. Never draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from unicodedata import category, normalize

from kiosk.screens import bidi
from kiosk.screens.clusters import clusters, extends
from kiosk.screens.coverage import FAMILIES, covers, file
from kiosk.screens.words import rtl
from kiosk.spans import Spans

UNKNOWN = "\ufffd"
"""What stands for a character that no font here can show."""

_CJK = ("NotoSansCJKjp", "NotoSansCJKsc", "NotoSansCJKkr")
_OTHERS = tuple(family for family in FAMILIES if family not in _CJK)
_FIRST = {"ja": _CJK, "zh": (_CJK[1], _CJK[0], _CJK[2]), "ko": (_CJK[2], _CJK[0], _CJK[1])}
_HAN = Spans("\u2e80-\u2fdf", "\u3005-\u3007", "\u3400-\u9fff", "\uf900-\ufaff")
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u00ad\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Never drawn, whatever the font: they tell how the rest is to be, or keep a place free."""
_BEYOND = "\u0250"
"""Up to here characters are Latin, have no marks to be drawn with, and stand in `NotoSans`."""
_JOINERS = frozenset("\u200c\u200d")
"""Not drawn either, but HarfBuzz reads them."""

_UNSEEN = _JOINERS | {"\u034f"}
"""What is left of a text where nothing but spaces is seen; this one joins graphemes, and counts among the marks."""


class Run(NamedTuple):
    """A stretch of a line that is shaped by itself."""

    font: str
    """A file in `kiosk.screens.coverage.FONTS`."""
    text: str
    """In the order of reading."""
    script: str
    """As HarfBuzz calls it, such as `Arab`."""
    rtl: bool
    start: int
    """Which character of the line is its first."""


class _Piece(NamedTuple):
    family: str
    script: str
    level: int
    text: str
    start: int


def runs(line: str, bold: bool, language: str, split: int = 0) -> tuple[Run, ...]:
    """The line's runs from left to right as they are seen; the line is taken to be of `language`.

    No run is cut within a cluster, and none goes across the place `split`. A cluster that no font can show becomes
    U+FFFD.
    """
    mirrored = rtl(language)
    if not split and not mirrored and _is_latin(line) and language.split("-")[0] not in _FIRST:
        return (Run(file("NotoSans", bold), line, "Latn", False, 0),)
    level = bidi.levels(line, mirrored) if bidi.needed(line, mirrored) else [0] * len(line)
    found = []
    for _, group in groupby(_pieces(line, level, language), lambda piece: (piece[:3], piece.start < split)):
        pieces = list(group)
        family, script, depth, _, start = pieces[0]
        text = "".join(piece.text for piece in pieces)
        found.append((depth, Run(file(family, bold), text, script, depth % 2 == 1, start)))
    return tuple(run for _, run in bidi.visual(found, lambda item: item[0]))


def _is_latin(line: str) -> bool:
    """Whether it is letters of Europe, figures and common signs alone, which one font has: most of what is drawn."""
    return bool(line) and max(line) < _BEYOND and line.isprintable()


def unshown(text: str, language: str) -> str:
    """The characters of `text`, each once, that no font here can show; controls and joiners don't count."""
    drawn = dict.fromkeys(_CONTROLS.sub("", normalize("NFC", text)))
    return "".join(character for character in drawn if not _one_font(character, order(language)))


def blank(text: str, language: str) -> bool:
    """Whether nothing of `text` is seen where it is drawn: it is empty, or all spaces, controls and joiners."""
    drawn = (character for run in runs(normalize("NFC", text), False, language) for character in run.text)
    return all(category(character)[0] == "Z" or character in _UNSEEN for character in drawn)


def order(language: str) -> tuple[str, ...]:
    """All fonts, in which a character is looked for one after the other."""
    first = _FIRST.get(language.split("-")[0])
    return ("NotoSans", *first, *_OTHERS[1:]) if first else (*_OTHERS, *_CJK)


def _pieces(line: str, level: list[int], language: str) -> Iterator[_Piece]:
    """The clusters, each with its font."""
    fonts = _ordered(line, language)
    wide = language.split("-")[0] in ("ja", "zh")
    parts = list(_showable(line, fonts))
    family = next((own for own in (_strong(text, fonts) for text, _ in parts) if own), fonts[0])
    script = "Latn"
    for number, (text, start) in enumerate(parts):
        family = _family(text, family, fonts)
        if wide and family == "NotoSans":
            family = _full_width(parts, number, fonts)
        script = _script(text, family, script)
        yield _Piece(family, script, level[start], text, start)


def _ordered(line: str, language: str) -> tuple[str, ...]:
    """The order of fonts; in a language that has no ideographs, one font shows all of them if there is one."""
    fonts = order(language)
    if language.split("-")[0] not in _FIRST:
        ideographs = _HAN.of(line)
        for family in _CJK if ideographs else ():
            if all(covers(family, character) for character in ideographs):
                return (*(other for other in fonts if other not in _CJK), family, *_CJK)
    return fonts


def _showable(line: str, fonts: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """What is drawn, and where it stands in the line."""
    start = 0
    for cluster in clusters(line):
        shown = _CONTROLS.sub("", cluster)
        if _one_font(shown, fonts):
            if shown:
                yield shown, start
        else:
            for place, character in enumerate(cluster):
                if character not in _JOINERS and not _CONTROLS.match(character):
                    yield (character if _one_font(character, fonts) else UNKNOWN), start + place
        start += len(cluster)


def _one_font(cluster: str, fonts: tuple[str, ...]) -> str | None:
    """The first font that shows all of a cluster."""
    own = _first(cluster[0], fonts) if cluster else fonts[0]
    if own is None or len(cluster) < 2 or _all(own, cluster):
        return own
    return next((family for family in fonts if _all(family, cluster)), None)


@lru_cache(maxsize=4096)
def _first(character: str, fonts: tuple[str, ...]) -> str | None:
    """The first font that shows one character. No more than that may be kept here: longer texts may be a visitor's."""
    return next((family for family in fonts if _all(family, character)), None)


def _all(family: str, cluster: str) -> bool:
    return all(covers(family, character) or character in _JOINERS for character in cluster)


def _strong(cluster: str, fonts: tuple[str, ...]) -> str | None:
    return _one_font(cluster, fonts) if category(cluster[0])[0] == "L" else None


def _family(cluster: str, before: str, fonts: tuple[str, ...]) -> str:
    """Spaces, punctuation and stray marks stay in the font of what stands before them, where it has them."""
    if (category(cluster[0])[0] in "ZP" or extends(cluster[0])) and _all(before, cluster):
        return before
    return _one_font(cluster, fonts) or "NotoSans"


def _full_width(parts: list[tuple[str, int]], number: int, fonts: tuple[str, ...]) -> str:
    """In Japanese and Chinese, signs that both fonts have are wide unless they stand within a Western word."""
    text = parts[number][0]
    if text < "\u0080" or category(text[0])[0] == "L" or not _all(fonts[1], text):
        return "NotoSans"
    around = [parts[at][0] for at in (number - 1, number + 1) if 0 <= at < len(parts)]
    western = [other for other in around if other[0].isalnum() and _all("NotoSans", other)]
    return "NotoSans" if len(western) == 2 else fonts[1]


def _script(cluster: str, family: str, before: str) -> str:
    if family != "NotoSans":
        return FAMILIES[family]
    if category(cluster[0])[0] != "L":
        return before if before in ("Grek", "Cyrl") else "Latn"
    first = cluster[0]
    if "\u0370" <= first < "\u0400" or "\u1f00" <= first < "\u2000":
        return "Grek"
    return "Cyrl" if "\u0400" <= first < "\u0530" else "Latn"
