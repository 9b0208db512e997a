"""Which brackets of a line belong together (UAX 9, BD14 to BD16). Knows nothing of directions."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

_BRACKETS = (
    "()[]{}༺༻༼༽᚛᚜⁅⁆⁽⁾₍₎⌈⌉⌊⌋〈〉❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⦍⦐⦏⦎⦑⦒⦓⦔⦕⦖⦗⦘⧘⧙⧚⧛⧼⧽⸢⸣⸤⸥⸦⸧⸨⸩⹕⹖⹗⹘⹙⹚⹛⹜"
    "〈〉《》「」『』【】〔〕〖〗〘〙〚〛﹙﹚﹛﹜﹝﹞（）［］｛｝｟｠｢｣"
)
_CLOSING = dict(zip(_BRACKETS[::2], _BRACKETS[1::2], strict=True))
_MOST_OPEN = 63


def pairs(text: str, kinds: Sequence[str], places: Sequence[int]) -> list[tuple[int, int]]:
    """Brackets that belong together (BD16), as indexes into `places`."""
    found: list[tuple[int, int]] = []
    open_: list[tuple[str, int]] = []
    for index, place in enumerate(places):
        if kinds[place] != "ON":
            continue
        character = normalize("NFC", text[place])
        if character in _CLOSING:
            if len(open_) == _MOST_OPEN:
                break
            open_.append((_CLOSING[character], index))
        else:
            for depth in range(len(open_) - 1, -1, -1):
                if open_[depth][0] == character:
                    found.append((open_[depth][1], index))
                    del open_[depth:]
                    break
    return sorted(found)
