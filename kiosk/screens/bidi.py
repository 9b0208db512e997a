"""Which way each character of a line runs: the Unicode bidirectional algorithm (UAX 9). Knows no fonts and no drawing.

Held to Unicode's own 91,000 conformance cases by its test. Rules are called by their names there (X1, W4, N0, …).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar
from unicodedata import bidirectional

from kiosk.screens.brackets import pairs

Item = TypeVar("Item")

_EMBEDDINGS = {"LRE": (0, None), "RLE": (1, None), "LRO": (0, "L"), "RLO": (1, "R")}
_ISOLATES = {"LRI", "RLI", "FSI"}
_REMOVED = {*_EMBEDDINGS, "PDF", "BN"}
_SIDEWAYS = {"R", "AL", "AN", *_EMBEDDINGS, *_ISOLATES}
_NEUTRAL = {"B", "S", "WS", "ON", *_ISOLATES, "PDI"}
_DEEPEST = 125


class _Sequence(NamedTuple):
    """An isolating run sequence (BD13): where its characters stand, and the directions at its ends."""

    places: list[int]
    level: int
    before: str
    after: str


def needed(text: str, rtl: bool) -> bool:
    """Whether anything in `text` runs otherwise than from left to right."""
    return rtl or any(ord(character) > 0x58F and _kind(character) in _SIDEWAYS for character in text)


def levels(text: str, rtl: bool | None) -> list[int]:
    """The embedding level of each character of a line; odd ones run from right to left.

    `rtl` is the direction of the paragraph; None takes that of its first strong character.
    """
    kinds = [_kind(character) for character in text]
    original = list(kinds)
    matches = _matches(kinds)
    base = _first_strong(kinds, range(len(kinds)), matches) if rtl is None else int(rtl)
    level = _explicit(kinds, matches, base)
    for run in _sequences(kinds, original, level, matches, base):
        _weak(kinds, run)
        _brackets(text, kinds, original, run)
        _neutral(kinds, run)
        for place in run.places:
            kind = kinds[place]
            if run.level % 2 == 0:
                level[place] += {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)  # I1
            elif kind != "R":
                level[place] += 1  # I2
    for place, kind in enumerate(original):  # what X9 removes goes with what stands before it
        if kind in _REMOVED:
            level[place] = level[place - 1] if place else base
    trailing = True
    for place in range(len(text) - 1, -1, -1):  # L1
        kind = original[place]
        if kind in ("B", "S"):
            trailing = True
        elif kind not in ("WS", *_ISOLATES, "PDI", *_REMOVED):
            trailing = False
        if trailing:
            level[place] = base
    return level


def visual(items: Sequence[Item], level: Callable[[Item], int]) -> list[Item]:
    """`items` of a line from left to right as they are seen (L2)."""
    order = list(items)
    depths = [level(item) for item in order]
    for depth in range(max(depths, default=0), 0, -1):
        start = 0
        while start < len(order):
            stop = start
            while stop < len(order) and depths[stop] >= depth:
                stop += 1
            order[start:stop] = order[start:stop][::-1]
            depths[start:stop] = depths[start:stop][::-1]
            start = stop + 1
    return order


def _kind(character: str) -> str:
    return bidirectional(character) or "L"


def _matches(kinds: Sequence[str]) -> dict[int, int]:
    """Where the isolate that begins at a place ends (BD9)."""
    found, open_ = {}, []
    for place, kind in enumerate(kinds):
        if kind in _ISOLATES:
            open_.append(place)
        elif kind == "PDI" and open_:
            found[open_.pop()] = place
        elif kind == "B":
            open_.clear()
    return found


def _first_strong(kinds: Sequence[str], places: range, matches: dict[int, int]) -> int:
    """P2 and P3."""
    place = places.start
    while place < places.stop and kinds[place] != "B":
        if kinds[place] in ("L", "R", "AL"):
            return int(kinds[place] != "L")
        place = matches.get(place, places.stop) if kinds[place] in _ISOLATES else place + 1
    return 0


def _explicit(kinds: list[str], matches: dict[int, int], base: int) -> list[int]:
    """The levels that control characters ask for (X1 to X8); overrides are written into `kinds`."""
    level: list[int] = []
    bottom: tuple[int, str | None, bool] = (base, None, False)
    stack = [bottom]
    beyond_isolates = beyond_embeddings = isolates = 0
    for place, kind in enumerate(list(kinds)):
        now, forced, _ = stack[-1]
        if kind in _EMBEDDINGS:
            odd, force = _EMBEDDINGS[kind]
            deeper = _next(now, odd)
            level.append(now)
            if deeper <= _DEEPEST and not beyond_isolates and not beyond_embeddings:
                stack.append((deeper, force, False))
            elif not beyond_isolates:
                beyond_embeddings += 1
            continue
        if kind == "PDF":
            if not beyond_isolates and beyond_embeddings:
                beyond_embeddings -= 1
            elif not beyond_isolates and len(stack) > 1 and not stack[-1][2]:
                stack.pop()
        elif kind == "PDI":
            if beyond_isolates:
                beyond_isolates -= 1
            elif isolates:
                beyond_embeddings = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                isolates -= 1
            now, forced, _ = stack[-1]
        elif kind == "B":
            stack = [bottom]
            beyond_isolates = beyond_embeddings = isolates = 0
            now, forced = base, None
        level.append(now)
        if kind in _ISOLATES:
            inside = range(place + 1, matches.get(place, len(kinds)))
            odd = _first_strong(kinds, inside, matches) if kind == "FSI" else int(kind == "RLI")
            deeper = _next(now, odd)
            if deeper <= _DEEPEST and not beyond_isolates and not beyond_embeddings:
                isolates += 1
                stack.append((deeper, None, True))
            else:
                beyond_isolates += 1
        if forced and kind not in ("B", "BN", "PDF"):
            kinds[place] = forced
    return level


def _next(level: int, odd: int) -> int:
    return level + 1 if (level + 1) % 2 == odd else level + 2


def _sequences(
    kinds: Sequence[str], original: Sequence[str], level: Sequence[int], matches: dict[int, int], base: int
) -> list[_Sequence]:
    """X10: level runs, those within one embedding put together across the isolates between them."""
    kept = [place for place, kind in enumerate(original) if kind not in _REMOVED]
    runs: list[list[int]] = []
    for before, place in zip([None, *kept], kept, strict=False):
        if before is None or level[before] != level[place]:
            runs.append([])
        runs[-1].append(place)
    by_start = {run[0]: run for run in runs}
    continued = {matches[run[-1]] for run in runs if run[-1] in matches}
    number = {place: index for index, place in enumerate(kept)}
    found = []
    for run in runs:
        if run[0] in continued:
            continue
        places = list(run)
        while places[-1] in matches and matches[places[-1]] in by_start:
            places += by_start[matches[places[-1]]]
        own = level[places[0]]
        first, last = number[places[0]], number[places[-1]]
        before_level = level[kept[first - 1]] if first else base
        unclosed = original[places[-1]] in _ISOLATES
        after_level = base if unclosed or last + 1 == len(kept) else level[kept[last + 1]]
        found.append(_Sequence(places, own, _side(max(own, before_level)), _side(max(own, after_level))))
    return found


def _side(level: int) -> str:
    return "R" if level % 2 else "L"


def _weak(kinds: list[str], run: _Sequence) -> None:
    """W1 to W7: marks, numbers and what stands in and at them."""
    places = run.places
    before, strong = run.before, run.before
    for place in places:
        kind = kinds[place]
        if kind == "NSM":  # W1
            kind = kinds[place] = "ON" if before in _ISOLATES or before == "PDI" else before
        before = kind
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":  # W2
            kinds[place] = "AN"
    for place in places:  # W3
        if kinds[place] == "AL":
            kinds[place] = "R"
    for left, place, right in zip(places, places[1:], places[2:], strict=False):  # W4
        around = kinds[left]
        if around == kinds[right] and (
            (around == "EN" and kinds[place] in ("ES", "CS")) or (around == "AN" and kinds[place] == "CS")
        ):
            kinds[place] = around
    index = 0
    while index < len(places):  # W5
        start = index
        while index < len(places) and kinds[places[index]] == "ET":
            index += 1
        at_number = (start and kinds[places[start - 1]] == "EN") or (
            index < len(places) and kinds[places[index]] == "EN"
        )
        for place in places[start:index]:
            kinds[place] = "EN" if at_number else "ON"
        index += 1
    strong = run.before
    for place in places:
        kind = kinds[place]
        if kind in ("ES", "CS", "ET"):  # W6
            kinds[place] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":  # W7
            kinds[place] = "L"


def _brackets(text: str, kinds: list[str], original: Sequence[str], run: _Sequence) -> None:
    """N0: both brackets of a pair run one way."""
    own = _side(run.level)
    places = run.places
    for opened, closed in pairs(text, kinds, places):
        inside = {_strong(kinds[place]) for place in places[opened + 1 : closed]}
        if own in inside:
            way = own
        elif inside & {"L", "R"}:
            before = (_strong(kinds[place]) for place in reversed(places[:opened]))
            way = next((side for side in before if side), run.before)
        else:
            continue
        for index in (opened, closed):
            kinds[places[index]] = way
            for place in places[index + 1 :]:
                if original[place] != "NSM":
                    break
                kinds[place] = way


def _strong(kind: str) -> str | None:
    return "R" if kind in ("EN", "AN", "R") else "L" if kind == "L" else None


def _neutral(kinds: list[str], run: _Sequence) -> None:
    """N1 and N2: what has no direction takes that of both its neighbours, or else the run's."""
    index = 0
    places = run.places
    while index < len(places):
        start = index
        while index < len(places) and kinds[places[index]] in _NEUTRAL:
            index += 1
        if index > start:
            before = _strong(kinds[places[start - 1]]) if start else run.before
            after = _strong(kinds[places[index]]) if index < len(places) else run.after
            way = before if before == after and before else _side(run.level)
            for place in places[start:index]:
                kinds[place] = way
        index += 1
