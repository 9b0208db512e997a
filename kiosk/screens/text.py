"""Texts in fonts: fitted into boxes, wrapped, drawn once. Knows no view; what a text says is none of its business."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pygame import Rect, Surface

from kiosk.screens.breaks import SOFT_HYPHEN, by_character, pieces
from kiosk.screens.clusters import clusters
from kiosk.screens.ink import Ink, Shape, shape
from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import Colour

Align = Literal["left", "centre", "right"]

LINE = 1.24
"""From baseline to baseline in most scripts, in font sizes; one line with its accents and descenders is as tall."""
LONGEST = 1000
"""Characters after which a text is cut before it is even measured."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Block(NamedTuple):
    """A text fitted into a box."""

    lines: tuple[str, ...]
    size: int
    """Font size in pixels."""
    bold: bool
    width: int
    """The longest line, in pixels."""
    cut: str
    """The whole text where its end is missing, an ellipsis in its place; empty where nothing is."""
    language: str = "en"
    """What the text is written in: it decides on fonts and on the direction."""
    shape: Shape = Shape(LINE)
    """How tall its script is."""

    @property
    def leading(self) -> int:
        """Pixels from baseline to baseline."""
        return round(self.size * self.shape.line)

    @property
    def height(self) -> int:
        """Pixels from the top of the first line's accents to the bottom of the last one's descenders."""
        return self.leading * len(self.lines)


def clean(text: str) -> str:
    """The text as it can be drawn: on one line, without control characters, not endlessly long."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    text = _LONE_SURROGATE.sub("\ufffd", _UNSEEN.sub(" ", text))
    return re.sub(" {2,}", " ", unicodedata.normalize("NFC", text)).strip(" \u00ad\u200b")


class Typesetter:
    """Fits texts into boxes and draws them, each line once."""

    def __init__(self, shelf: Shelf, language: str = "en") -> None:
        self.language = language
        """What the texts to come are written in, such as `fi` or `zh-Hans`."""
        self.cut: list[str] = []
        """What was drawn without its end since this was last cleared."""
        self._shelf = shelf
        self._ink = Ink()
        self._fitted: dict[tuple[object, ...], Block] = {}

    def fit(
        self,
        text: str,
        box: tuple[int, int],
        size: int,
        *,
        least: int,
        lines: int = 1,
        bold: bool = False,
        even: bool = True,
    ) -> Block:
        """`text` as large as `box` (width, height in pixels) allows, from `size` down to `least` pixels.

        It shrinks a little first, then it wraps to at most `lines` lines (of like length when `even`), then it shrinks
        to `least`, and only then it loses its end to an ellipsis. Never wider than the box; never taller than it,
        unless even one line of `least` is.
        """
        key = (text, box, size, least, lines, bold, even, self.language)
        if key not in self._fitted:
            if len(self._fitted) >= 256:
                self._fitted.clear()
            self._fitted[key] = self._fit(clean(text), box, size, min(least, size), lines, bold, even)
        return self._fitted[key]

    def fit_alike(
        self, texts: Sequence[str], box: tuple[int, int], size: int, *, least: int, lines: int = 1, bold: bool = False
    ) -> list[Block]:
        """`texts` fitted each into a box of its own, all in one size: that of the longest."""
        for text in texts:
            size = self.fit(text, box, size, least=least, lines=lines, bold=bold).size
        return [self.fit(text, box, size, least=least, lines=lines, bold=bold) for text in texts]

    def draw(
        self,
        surface: Surface,
        block: Block,
        box: Rect,
        colour: Colour,
        align: Align = "centre",
        head: tuple[int, Colour] | None = None,
    ) -> None:
        """Draw `block` in the middle of `box`'s height; `head` gives its first characters a colour of their own."""
        if block.cut:
            self.cut.append(block.cut)
        rise = round(block.size * 2 * block.shape.middle)
        baseline = box.y + (box.height - rise - block.leading * (len(block.lines) - 1)) // 2 + rise
        first, first_colour = head or (0, colour)
        for line in block.lines:
            split = min(first, len(line))
            picture = self._line(line, block, split, first_colour, colour)
            x = box.x + {"left": 0, "centre": 1, "right": 2}[align] * (box.width - picture.get_width()) // 2
            surface.blit(picture, (x, baseline - self._ink.above(line, block.size, block.bold, block.language)))
            first = max(0, first - len(line) - 1)
            baseline += block.leading

    def width(self, line: str, size: int, bold: bool) -> int:
        """How many pixels `line` is wide."""
        return self._ink.width(line, size, bold, self.language)

    def _fit(self, text: str, box: tuple[int, int], size: int, least: int, lines: int, bold: bool, even: bool) -> Block:
        return _Fitter(self._ink, text, box, bold, self.language).fit(size, least, lines, even)

    def _line(self, line: str, block: Block, split: int, first: Colour, colour: Colour) -> Surface:
        """The line's picture, its first `split` characters in a colour of their own."""
        key = "text", line, block.size, block.bold, block.language, split, first if split else colour, colour
        return self._shelf.get(key, lambda: self._compose(line, block, split, first, colour))

    def _compose(self, line: str, block: Block, split: int, first: Colour, colour: Colour) -> Surface:
        return self._ink.draw(line, block.size, block.bold, block.language, split, first, colour)


class _Fitter:
    """Finds the lines of one text in one box.

    It wraps by sums of the pieces' widths in font sizes, measured once; only lines that are chosen are measured as they
    will be drawn. Measuring them all at dozens of sizes took a hundred times as long.
    """

    def __init__(self, ink: Ink, text: str, box: tuple[int, int], bold: bool, language: str) -> None:
        self.ink, self.text, self.bold, self.language = ink, text, bold, language
        self.box_width, self.box_height = box
        self.shape = shape(text, language, LINE)

    def fit(self, size: int, least: int, lines: int, even: bool) -> Block:
        rows = 1
        ways = [self.measured(phrases=True)]
        if by_character(self.text):  # lines that end where a phrase does are tried before lines that end anywhere
            ways.append(self.measured(phrases=False))
        for attempt, rows in _attempts(size, least, lines, self.box_height, self.shape.line):
            for way in ways if rows > 1 else ways[:1]:
                for part in _PARTS:
                    spans = _wrap(way, part * self.box_width / attempt, rows)
                    if spans and (found := self.exact(way, spans, attempt, even)):
                        return self.block(found, attempt, cut="")
        wrapped = self.force(least, rows)
        cut = self.text if len(wrapped) > rows else ""
        if cut:
            wrapped = [*wrapped[: rows - 1], self.shorten("".join(wrapped[rows - 1 :]), least)]
        return self.block(wrapped, least, cut)

    def measured(self, phrases: bool) -> list[_Measured]:
        """The pieces of the text with their widths."""
        found = []
        for piece in pieces(self.text, self.language, phrases):
            ended = self.ink.relative(_shown(piece), self.bold, self.language)
            plain = piece.replace(SOFT_HYPHEN, "")
            within = self.ink.relative(plain, self.bold, self.language) if plain != _shown(piece) else ended
            found.append(_Measured(piece, within, ended))
        return found

    def exact(self, way: list[_Measured], spans: list[range], size: int, even: bool) -> list[str] | None:
        """The lines, made even when asked; None when one is wider than the box after all, by rounded widths."""
        if even and len(spans) > 1:
            lines = _lines(way, _even(way, spans, self.box_width / size))
            if all(self.fits(line, size) for line in lines):
                return lines
        lines = _lines(way, spans)
        return lines if all(self.fits(line, size) for line in lines) else None

    def block(self, lines: Sequence[str], size: int, cut: str) -> Block:
        shown = tuple(_shown(line) for line in lines)
        width = max((self.ink.width(line, size, self.bold, self.language) for line in shown), default=0)
        return Block(shown, size, self.bold, width, cut, self.language, self.shape)

    def force(self, size: int, most: int) -> list[str]:
        """Lines no wider than the box whatever it takes; what goes far beyond `most` lines is left out."""
        lines = [""]
        for piece in pieces(self.text, self.language, phrases=False):
            if len(lines) > most + 1:
                break
            if self.fits(lines[-1] + piece, size):
                lines[-1] += piece
            elif self.fits(piece, size):
                lines.append(piece)
            else:
                for cluster in clusters(piece):
                    if self.fits(lines[-1] + cluster, size):
                        lines[-1] += cluster
                    else:
                        lines.append(cluster)
        return [line for line in lines if line]

    def shorten(self, text: str, size: int) -> str:
        parts = list(clusters(_shown(text)))
        keep = bisect_left(
            range(1, len(parts) + 1),
            True,
            key=lambda count: not self.fits("".join(parts[:count]).rstrip() + "…", size),
        )
        return "".join(parts[:keep]).rstrip() + "…"

    def fits(self, line: str, size: int) -> bool:
        return self.ink.width(_shown(line), size, self.bold, self.language) <= self.box_width


class _Measured(NamedTuple):
    """A piece of text that is not broken, and its width in font sizes."""

    text: str
    within: float
    """In the middle of a line, with the space that may end it."""
    ended: float
    """At the end of a line."""


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
    for attempt in range(size, max(least, round(size * 0.85)) - 1, -step):
        if round(attempt * line) <= height:
            yield attempt, 1
    for attempt in [*range(size, least, -step), least]:
        rows = min(lines, height // round(attempt * line))
        if rows or attempt == least:
            yield attempt, max(1, rows)


def _shown(line: str) -> str:
    """What is seen of a line: no space at its end, a soft hyphen only there."""
    line = line.replace("\u200b", "").rstrip(" \u3000")
    hyphen = "-" if line.endswith(SOFT_HYPHEN) else ""
    return line.replace(SOFT_HYPHEN, "") + hyphen
