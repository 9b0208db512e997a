"""Texts in fonts: fitted into boxes, wrapped, drawn once. Knows no view; what a text says is none of its business."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from pygame import Rect, Surface

from kiosk.screens.breaks import pieces
from kiosk.screens.fitter import Fitter
from kiosk.screens.ink import Fonts, Ink, Shape
from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import Colour

Align = Literal["left", "centre", "right"]

LINE = 1.24
"""From baseline to baseline in most scripts, in font sizes; one line with its accents and descenders is as tall."""
LONGEST = 1000
"""Characters after which a text is cut before it is even measured."""
_TYPED_SHARE = 8
"""Which part of the shelf's budget is added for typed text: enough for the few lines that a field shows."""

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

    def __init__(self, shelf: Shelf, language: str = "en", fonts: Fonts | None = None) -> None:
        """`fonts` are those of another one, so that no file is open twice."""
        self.language = language
        """What the texts to come are written in, such as `fi` or `zh-Hans`."""
        self.cut: list[str] = []
        """What was drawn without its end since this was last cleared."""
        self._shelf = shelf
        self._ink = Ink(fonts)
        self._pieces = lru_cache(maxsize=256)(pieces)
        self._fitted: dict[tuple[object, ...], Block] = {}
        self._widths: dict[tuple[str, int, bool, str], int] = {}
        self._typed: Typesetter | None = None

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

    def line(self, text: str, size: int) -> Block:
        """`text` on one line of `size` pixels, however wide it gets: for where lines end was settled elsewhere."""
        text = clean(text)
        width = self._ink.width(text, size, False, self.language)
        return Block((text,), size, False, width, "", self.language, self._ink.shape(text, self.language, LINE))

    @property
    def typed(self) -> Typesetter:
        """Another one, in the same language, for what a visitor types: what it keeps is gone once they `forget`."""
        if self._typed is None:
            self._typed = Typesetter(Shelf(self._shelf.budget // _TYPED_SHARE), fonts=self._ink.fonts)
        self._typed.language = self.language
        return self._typed

    def forget(self) -> None:
        """Drop every text, width and picture that `typed` kept."""
        self._typed = None

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
        key = line, size, bold, self.language
        if key not in self._widths:
            if len(self._widths) >= 512:
                self._widths.clear()
            self._widths[key] = self._ink.width(*key)
        return self._widths[key]

    def _fit(self, text: str, box: tuple[int, int], size: int, least: int, lines: int, bold: bool, even: bool) -> Block:
        shape = self._ink.shape(text, self.language, LINE)
        fitter = Fitter(self._ink, self._pieces, text, box, shape.line, bold, self.language)
        found = fitter.fit(size, least, lines, even)
        width = max((self._ink.width(line, found.size, bold, self.language) for line in found.lines), default=0)
        return Block(found.lines, found.size, bold, width, found.cut, self.language, shape)

    def _line(self, line: str, block: Block, split: int, first: Colour, colour: Colour) -> Surface:
        """The line's picture, its first `split` characters in a colour of their own."""
        key = "text", line, block.size, block.bold, block.language, split, first if split else colour, colour
        return self._shelf.get(key, lambda: self._compose(line, block, split, first, colour))

    def _compose(self, line: str, block: Block, split: int, first: Colour, colour: Colour) -> Surface:
        return self._ink.draw(line, block.size, block.bold, block.language, split, first, colour)
