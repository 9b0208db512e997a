"""The lines and the size in which a text fits into a box. Never draws, and knows no colours."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kiosk.screens.breaks import SOFT_HYPHEN, by_character
from kiosk.screens.clusters import clusters
from kiosk.screens.ink import Ink


class Fitted(NamedTuple):
    """How a text fits."""

    lines: tuple[str, ...]
    size: int
    """Font size in pixels."""
    cut: str = ""
    """The whole text where its end is missing, an ellipsis in its place; empty where nothing is."""


class Fitter:
    """Finds the lines of one text in one box.

    It wraps by sums of the pieces' widths in font sizes, measured once; only lines that are chosen are measured as they
    will be drawn. Measuring them all at dozens of sizes took a hundred times as long.
    """

    def __init__(
        self,
        ink: Ink,
        cut: Callable[..., tuple[str, ...]],
        text: str,
        box: tuple[int, int],
        line: float,
        bold: bool,
        language: str,
    ) -> None:
        """`cut` is `pieces`, or what remembers what that said; `line` is from baseline to baseline, in font sizes."""
        self.ink, self.cut, self.text, self.line, self.bold, self.language = ink, cut, text, line, bold, language
        self.box_width, self.box_height = box

    def fit(self, size: int, least: int, lines: int, even: bool) -> Fitted:
        """See `Typesetter.fit`; `least` is at most `size`, both in pixels."""
        rows = 1
        phrased = self._measured(phrases=True)
        anywhere = self._measured(phrases=False) if by_character(self.text) else None
        torn: Fitted | None = None  # within phrases; not taken while a slightly smaller size does without that
        whole = _SLIGHTLY if self.language.split("-")[0] == "ja" else 1.0  # Chinese reads as well broken anywhere
        for attempt, rows in _attempts(size, least, lines, self.box_height, self.line):
            if torn and attempt < round(torn.size * whole):
                break
            if found := self._wrapped(phrased, attempt, rows, even):
                return found
            if anywhere and not torn and rows > 1:
                torn = self._wrapped(anywhere, attempt, rows, even)
        if torn:
            return torn
        wrapped = self._force(least, rows)
        cut = self.text if len(wrapped) > rows else ""
        if cut:
            wrapped = [*wrapped[: rows - 1], self._shorten("".join(wrapped[rows - 1 :]), least)]
        return Fitted(_all_shown(wrapped), least, cut)

    def _wrapped(self, way: list[_Measured], size: int, rows: int, even: bool) -> Fitted | None:
        """The text on at most `rows` lines that end where a piece does; None where it doesn't fit so."""
        for part in _PARTS:
            spans = _wrap(way, part * self.box_width / size, rows)
            if spans and (found := self._exact(way, spans, size, even)):
                return Fitted(_all_shown(found), size)
        return None

    def _measured(self, phrases: bool) -> list[_Measured]:
        """The pieces of the text with their widths."""
        found = []
        for piece in self.cut(self.text, self.language, phrases):
            ended = self.ink.relative(_shown(piece), self.bold, self.language)
            plain = piece.replace(SOFT_HYPHEN, "")
            within = self.ink.relative(plain, self.bold, self.language) if plain != _shown(piece) else ended
            found.append(_Measured(piece, within, ended))
        return found

    def _exact(self, way: list[_Measured], spans: list[range], size: int, even: bool) -> list[str] | None:
        """The lines, made even when asked; None when one is wider than the box after all, by rounded widths."""
        if even and len(spans) > 1:
            lines = _lines(way, _even(way, spans, self.box_width / size))
            if all(self._fits(line, size) for line in lines):
                return lines
        lines = _lines(way, spans)
        return lines if all(self._fits(line, size) for line in lines) else None

    def _force(self, size: int, most: int) -> list[str]:
        """Lines no wider than the box whatever it takes; what goes far beyond `most` lines is left out."""
        lines = [""]
        for piece in self.cut(self.text, self.language, phrases=False):
            if len(lines) > most + 1:
                break
            if self._fits(lines[-1] + piece, size):
                lines[-1] += piece
            elif self._fits(piece, size):
                lines.append(piece)
            else:
                for cluster in clusters(piece):
                    if self._fits(lines[-1] + cluster, size):
                        lines[-1] += cluster
                    else:
                        lines.append(cluster)
        return [line for line in lines if line]

    def _shorten(self, text: str, size: int) -> str:
        parts = list(clusters(_shown(text)))
        keep = bisect_left(
            range(1, len(parts) + 1),
            True,
            key=lambda count: not self._fits("".join(parts[:count]).rstrip() + "…", size),
        )
        return "".join(parts[:keep]).rstrip() + "…"

    def _fits(self, line: str, size: int) -> bool:
        return self.ink.width(_shown(line), size, self.bold, self.language) <= self.box_width


class _Measured(NamedTuple):
    """A piece of text that is not broken, and its width in font sizes."""

    text: str
    within: float
    """In the middle of a line, with the space that may end it."""
    ended: float
    """At the end of a line."""


_SLIGHTLY = 0.85
"""So much smaller a text may get before it is broken where that reads worse."""
_PARTS = 1, 0.97, 0.94
"""How much of the box's width is counted on, one after the other: at a small size rounding makes lines wider."""


def _wrap(way: Sequence[_Measured], width: float, most: int) -> list[range]:
    """Lines filled one after the other, as ranges of pieces; none when they are more than `most`, or too narrow."""
    spans = []
    start, used = 0, 0.0
    for index, piece in enumerate(way):
        if index > start and used + piece.ended > width:
            spans.append(range(start, index))
            start, used = index, 0.0
        if piece.ended > width or len(spans) >= most:
            return []
        used += piece.within
    return [*spans, range(start, len(way))] if way else []


def _even(way: Sequence[_Measured], spans: list[range], width: float) -> list[range]:
    """The same number of lines, as narrow as they can be: no word is left alone on the last one."""
    low, high = width / len(spans), width
    while high - low > 0.05:
        middle = (low + high) / 2
        if found := _wrap(way, middle, len(spans)):
            high, spans = middle, found
        else:
            low = middle
    return spans


def _lines(way: Sequence[_Measured], spans: Sequence[range]) -> list[str]:
    return ["".join(way[index].text for index in span) for span in spans]


def _attempts(size: int, least: int, lines: int, height: int, line: float) -> Iterator[tuple[int, int]]:
    """Sizes to try, with how many lines may be used: at first only one, then as many as the height holds."""
    step = max(1, size // 24)
    for attempt in range(size, max(least, round(size * _SLIGHTLY)) - 1, -step):
        if round(attempt * line) <= height:
            yield attempt, 1
    for attempt in [*range(size, least, -step), least]:
        rows = min(lines, height // round(attempt * line))
        if rows or attempt == least:
            yield attempt, max(1, rows)


def _all_shown(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(_shown(line) for line in lines)


def _shown(line: str) -> str:
    """What is seen of a line: no space at its end, a soft hyphen only there."""
    line = line.replace("\u200b", "").rstrip(" \u3000")
    hyphen = "-" if line.endswith(SOFT_HYPHEN) else ""
    return line.replace(SOFT_HYPHEN, "") + hyphen
