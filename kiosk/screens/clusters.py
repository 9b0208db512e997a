"""What a reader takes for one character: a letter with its marks, a conjunct, a syllable. Knows no fonts, no lines."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category, combining

_JOINERS = "\u200c\u200d"
_TRAILING = "\u0e33\u0eb3\uff9e\uff9f"
"""Vowels and voicing marks that Unicode counts among the letters, though they belong to the one before."""
_BETWEEN = "\u200d\ufe0e\ufe0f"
"""What may stand between a virama and the next letter beside marks: a joiner, a choice of how it looks."""
_VIRAMA = 9
"""The combining class of signs that take a consonant's vowel away, so that the next one is written into it."""


def clusters(text: str) -> Iterator[str]:
    """The text in pieces that may never be torn apart: not at a line's end, not between two fonts."""
    start = 0
    for place in range(1, len(text)):
        if not _bound(text, place):
            yield text[start:place]
            start = place
    if text:
        yield text[start:]


def extends(character: str) -> bool:
    """Whether a character only ever stands on, or joins, the one before it."""
    return category(character)[0] == "M" or character in _JOINERS or character in _TRAILING or _is_tone(character)


def _bound(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after < "\u0300":
        return False
    if extends(after) and category(before) not in ("Cc", "Zl", "Zp"):
        return True
    if before == "\u200d" and place > 1 and category(text[place - 2]) in ("So", "Mn", "Sk") and category(after) == "So":
        return True  # 👩‍🔧
    if category(after) == "Lo" and _conjoins(text, place):
        return True
    return _jamo(before, after)


def _conjoins(text: str, place: int) -> bool:
    """Whether a virama, with or without a joiner or a mark after it, joins the letter at `place` to the one before."""
    at = place - 1
    while at > 0 and (text[at] in _BETWEEN or (combining(text[at]) and combining(text[at]) != _VIRAMA)):
        at -= 1
    return combining(text[at]) == _VIRAMA and text[at] < "\u0e00" and ord(text[at]) >> 7 == ord(text[place]) >> 7


def _is_tone(character: str) -> bool:
    """A skin tone, which colours the picture before it."""
    return "\U0001f3fb" <= character <= "\U0001f3ff"


def _jamo(before: str, after: str) -> bool:
    """Whether two parts of a Korean syllable that has no character of its own belong together."""
    if not ("\u1100" <= after <= "\u11ff" or "\uac00" <= after <= "\ud7a3"):
        return False
    if after < "\u1160" or after >= "\uac00":
        return "\u1100" <= before < "\u1160"
    if after < "\u11a8":
        return "\u1100" <= before < "\u11a8" or ("\uac00" <= before <= "\ud7a3" and (ord(before) - 0xAC00) % 28 == 0)
    return "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
