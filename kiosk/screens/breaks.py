"""Where a line may end, in any language. Knows no fonts and no widths.

Words of most languages stand between spaces. Japanese and Chinese break between almost any two characters, but for
rules of what may not begin or end a line (kinsoku; UAX 14), and read best where a phrase ends, which is BudouX's to
find; Thai breaks between words that nothing divides. What knows phrases and words is loaded when such a text comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import category

from kiosk.screens.clusters import clusters
from kiosk.spans import Spans

if TYPE_CHECKING:
    from budoux.parser import Parser

SOFT_HYPHEN = "\u00ad"

_SPACED = re.compile(r"(?<=[ \u200b\u00ad])|(?<=\w\w[-–—])(?<![\u05d0-\u05ea][-–—])(?=\w)")
"""After a space, and after a hyphen between words; not after the one letter of `e-mail`, nor a Hebrew prefix."""
_THAI = re.compile("[\u0e00-\u0e7f]+")
_KANA = re.compile("[\u3041-\u30ff]")
_BY_CHARACTER = Spans("\u2e80-\u312f", "\u3190-\u9fff", "\uf900-\ufaff", "\uff00-\uff9f", "\uffe0-\uffe6")
_GLUE = "\u00a0\u202f\u2060\u2007\ufeff"
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜´｀¨＾￣＿ヽヾゝゞ〃仝々〻〆ー―‐–〜～゠…‥’”）〕］｝〉》」』】〙〗〟｠»°′″℃￠％‰"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "｡､･ｰｧｨｩｪｫｬｭｮｯ｣ﾞﾟ,.:;!?)]}%/-\"'ๆฯ \u3000\u200b\u00ad"
)
"""May not begin a line (JIS X 4051, GB/T 15834): what closes, ends or lengthens something, and small kana."""
_SIGNS = frozenset("￥＄￡￦¥$£€₩№")
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«#＃([{\"'｢") | _SIGNS
"""May not end a line: what opens something, and signs before a number."""
_TORN = re.compile("ただいま")
"""Words in which BudouX wrongly ends a phrase (ただ|いま); before an ideograph they are a phrase of their own."""


def pieces(text: str, language: str, phrases: bool = True) -> tuple[str, ...]:
    """`text` cut wherever a line may end; only where a phrase does, in Japanese and Chinese, while `phrases`."""
    return tuple(_pieces(text, language, phrases))


def by_character(text: str) -> bool:
    """Whether lines of `text` may end within its phrases."""
    return bool(_BY_CHARACTER.of(text))


def _pieces(text: str, language: str, phrases: bool) -> Iterator[str]:
    for piece in _SPACED.split(text):
        if _BY_CHARACTER.of(piece) or _THAI.search(piece):
            yield from _close(piece, language, phrases)
        elif piece:
            yield piece


def _close(text: str, language: str, phrases: bool) -> Iterator[str]:
    """Pieces of a stretch that has no space within."""
    words = _thai_ends(text)
    phrased = _phrase_ends(text, "ja" if _KANA.search(text) else language) if phrases else None
    start = place = 0
    before = ""
    for cluster in clusters(text):
        wide = _wide(before[-1:]) or _wide(cluster)
        if (
            before
            and _allowed(before, cluster)
            and ((wide and (phrased is None or place in phrased)) or (place in words and not wide))
        ):
            yield text[start:place]
            start = place
        place += len(cluster)
        before = cluster
    yield text[start:]


def _wide(character: str) -> bool:
    return character[:1] in _BY_CHARACTER


def _allowed(before: str, after: str) -> bool:
    """Whether two clusters that stand side by side may stand on two lines."""
    last, first = before[0], after[0]
    if first in _NOT_FIRST or last in _NOT_LAST or first in _GLUE or before[-1] in _GLUE:
        return False
    if category(first) in ("Pe", "Pf") or category(last) in ("Ps", "Pi"):
        return False
    if first in _SIGNS:
        return _wide(last)
    return not (last.isdecimal() and "\u4e00" <= first <= "\u9fff")  # 5分: a number and what it counts


def _thai_ends(text: str) -> set[int]:
    """Where a Thai word ends and another one begins."""
    found: set[int] = set()
    for stretch in _THAI.finditer(text):
        from kiosk.screens.thai import word_ends

        found.update(stretch.start() + end for end in word_ends(stretch.group())[:-1])
    return found


def _phrase_ends(text: str, language: str) -> set[int] | None:
    """Where phrases end; None when nobody can tell, so that only the rules decide."""
    model = {"ja": "ja", "zh": "zh-hans"}.get(language.split("-")[0])
    if model is None or not _BY_CHARACTER.of(text):
        return None
    found, place = set(), 0
    for phrase in _parser(model).parse(text):
        place += len(phrase)
        found.add(place)
    for word in _TORN.finditer(text):
        found -= set(range(word.start() + 1, word.end()))
        if "\u4e00" <= text[word.end() : word.end() + 1] <= "\u9fff":
            found.add(word.end())
    return found


@cache
def _parser(model: str) -> Parser:
    import budoux

    if model == "ja":
        return budoux.load_default_japanese_parser()
    return budoux.load_default_simplified_chinese_parser()
