"""Where the words of a Thai text end, though no space stands between them. Knows no lines; loads its list when asked.

The fewest words of the list that make up a stretch win; what the list does not know stays in one piece.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kiosk.screens.clusters import clusters

WORDS = Path(__file__).with_name("thai.txt")

_LONGEST = 24
"""Letters of the longest word that is looked for."""
_BEFORE_CONSONANT = "เแโใไ"
_AFTER_CONSONANT = "ะาำๅๆฯ"
_MARKS = "ๆฯ"
_SILENT = "\u0e4c"
_LONE = 1.2
"""What a cluster that is no word counts: more than a word, so that words are found around it."""


def word_ends(text: str) -> list[int]:
    """How many characters stand before the end of each word, for a text of Thai letters only."""
    cuts = _cuts(text)
    unknown = [0.0] + [float(len(text) + 1)] * (len(cuts) - 1)
    words = [0.0] + [0.0] * (len(cuts) - 1)
    before = [0] * len(cuts)
    known = [True] * len(cuts)
    for first, start in enumerate(cuts):
        for last in range(first + 1, len(cuts)):
            stop = cuts[last]
            if stop - start > _LONGEST and last > first + 1:
                break
            found = _listed(text[start:stop])
            if not found and last > first + 1:
                continue
            cost = unknown[first] + (0 if found else stop - start), words[first] + (1 if found else _LONE)
            if cost < (unknown[last], words[last]):
                unknown[last], words[last] = cost
                before[last], known[last] = first, found
    ends: list[int] = []
    last = len(cuts) - 1
    after_known = True
    while last > 0:
        if known[last] or after_known:
            ends.append(cuts[last])
        after_known = known[last]
        last = before[last]
    return ends[::-1]


def _cuts(text: str) -> list[int]:
    """The places where a word could begin or end: never after a vowel that is written before its consonant."""
    cuts, place = [0], 0
    for cluster in clusters(text):
        starts_a_word = cluster[0] not in _AFTER_CONSONANT and not cluster.endswith(_SILENT)
        if place and starts_a_word and text[place - 1] not in _BEFORE_CONSONANT and text[place : place + 2] != "ลฯ":
            cuts.append(place)
        place += len(cluster)
    return [*cuts, len(text)] if text else [0]


def _listed(word: str) -> bool:
    """Whether `word`, but for the marks that repeat or shorten it, is in the list."""
    plain = word.rstrip(_MARKS)
    return b"\n%b\n" % plain.encode() in _words().get(plain[:1], b"")


@cache
def _words() -> dict[str, bytes]:
    """The list by first letters, each part as it stands in the file: 0.4 MB; as a set of words it took 6."""
    _, *parts = WORDS.read_bytes().rstrip().split(b"\n\n")
    return {part[:3].decode(): b"\n%b\n" % part for part in parts}
