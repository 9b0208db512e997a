"""Texts in fonts: fitted into boxes, wrapped, drawn once. Knows no view; what a text says is none of its business."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pygame
from pygame import Rect, Surface

from kiosk.screens.shelf import Shelf
from kiosk.screens.theme import Colour

Align = Literal["left", "centre", "right"]

FONTS = Path(__file__).parent.parent / "fonts"
CAPITAL = 0.714
"""How tall Noto's capitals are, in font sizes. Text is centred by its capitals: there the eye sees its middle."""
LINE = 1.24
"""From baseline to baseline, in font sizes; one line with its accents and descenders is as tall."""
LONGEST = 1000
"""Characters after which a text is cut before it is even measured."""

_SOFT_HYPHEN = "\u00ad"
_BREAK = re.compile(r"(?<=[ \u200b\u00ad])|(?<=\w[-–—])(?=\w)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Run(NamedTuple):
    """A stretch of text that one font can show, in one direction."""

    font: str
    text: str


class Block(NamedTuple):
    """A text fitted into a box."""

    lines: tuple[str, ...]
    size: int
    """Font size in pixels."""
    bold: bool
    width: int
    """The longest line, in pixels."""
    cut: bool
    """Whether the end is missing, an ellipsis in its place."""

    @property
    def leading(self) -> int:
        """Pixels from baseline to baseline."""
        return round(self.size * LINE)

    @property
    def height(self) -> int:
        """Pixels from the top of the first line's accents to the bottom of the last one's descenders."""
        return self.leading * len(self.lines)


def runs(line: str, bold: bool) -> tuple[Run, ...]:
    """The line cut into runs, left to right as they stand on the screen; each is shaped by itself.

    The one place that picks fonts. Latin, Greek and Cyrillic need one; a script that Noto Sans lacks joins here: split
    `line` by direction and by which font covers each character.
    """
    return (Run("NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf", line),)


def clean(text: str) -> str:
    """The text as it can be drawn: on one line, without control characters, not endlessly long."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    text = _LONE_SURROGATE.sub("\ufffd", _UNSEEN.sub(" ", text))
    return re.sub(" {2,}", " ", unicodedata.normalize("NFC", text)).strip(" \u00ad\u200b")


class Typesetter:
    """Fits texts into boxes and draws them, each line once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._fonts: dict[str, pygame.font.Font] = {}
        self._ascents: dict[tuple[str, int], int] = {}
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
        key = (text, box, size, least, lines, bold, even)
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
        capitals = round(block.size * CAPITAL)
        baseline = box.y + (box.height - capitals - block.leading * (len(block.lines) - 1)) // 2 + capitals
        first, first_colour = head or (0, colour)
        for line in block.lines:
            parts = [(line[:first], first_colour), (line[first:], colour)]
            pictures = [self._line(part, block.size, block.bold, tint) for part, tint in parts if part]
            room = box.width - sum(picture.get_width() for picture, _ in pictures)
            x = box.x + {"left": 0, "centre": room // 2, "right": room}[align]
            for picture, above in pictures:
                surface.blit(picture, (x, baseline - above))
                x += picture.get_width()
            first = max(0, first - len(line) - 1)
            baseline += block.leading

    def width(self, line: str, size: int, bold: bool) -> int:
        """How many pixels `line` is wide."""
        return sum(self._font(run.font, size).size(run.text)[0] for run in runs(line, bold))

    def _fit(self, text: str, box: tuple[int, int], size: int, least: int, lines: int, bold: bool, even: bool) -> Block:
        width, height = box
        rows = 1
        relative = self.width(_shown(text), size, bold) / size
        for attempt, rows in _attempts(size, least, lines, height):
            # Wrapping only drops spaces, so one measure tells the sizes that are far too large.
            if relative * attempt > 1.1 * rows * width + rows * attempt:
                continue
            wrapped = self._wrap(text, width, attempt, bold, rows)
            if len(wrapped) <= rows and all(self._fits(line, width, attempt, bold) for line in wrapped):
                if even and len(wrapped) > 1:
                    wrapped = self._even(text, wrapped, width, attempt, bold)
                return self._block(wrapped, attempt, bold, cut=False)
        wrapped = self._wrap(text, width, least, bold, rows, within_words=True)
        cut = len(wrapped) > rows
        if cut:
            wrapped = [*wrapped[: rows - 1], self._shorten("".join(wrapped[rows - 1 :]), width, least, bold)]
        return self._block(wrapped, least, bold, cut)

    def _block(self, lines: Sequence[str], size: int, bold: bool, cut: bool) -> Block:
        shown = tuple(_shown(line) for line in lines)
        return Block(shown, size, bold, max((self.width(line, size, bold) for line in shown), default=0), cut)

    def _wrap(self, text: str, width: int, size: int, bold: bool, most: int, within_words: bool = False) -> list[str]:
        """Lines filled one after the other, still with their last space; long words stand out unless `within_words`.

        With more than `most` lines the rest of the text is left out.
        """
        lines = [""]
        for piece in _BREAK.split(text):
            if len(lines) > most + 1:
                break
            if self._fits(lines[-1] + piece, width, size, bold):
                lines[-1] += piece
            elif not within_words or self._fits(piece, width, size, bold):
                lines.append(piece)
            else:
                for cluster in _clusters(piece):
                    if self._fits(lines[-1] + cluster, width, size, bold):
                        lines[-1] += cluster
                    else:
                        lines.append(cluster)
        return [line for line in lines if line]

    def _even(self, text: str, wrapped: list[str], width: int, size: int, bold: bool) -> list[str]:
        """The same number of lines, as narrow as they can be: no word is left alone on the last one."""
        low, high = width // len(wrapped), width
        while high - low > 2:
            middle = (low + high) // 2
            lines = self._wrap(text, middle, size, bold, len(wrapped))
            if len(lines) <= len(wrapped) and all(self._fits(line, middle, size, bold) for line in lines):
                high, wrapped = middle, lines
            else:
                low = middle
        return wrapped

    def _shorten(self, text: str, width: int, size: int, bold: bool) -> str:
        clusters = list(_clusters(_shown(text)))
        keep = bisect_left(
            range(1, len(clusters) + 1),
            True,
            key=lambda count: not self._fits("".join(clusters[:count]).rstrip() + "…", width, size, bold),
        )
        return "".join(clusters[:keep]).rstrip() + "…"

    def _fits(self, line: str, width: int, size: int, bold: bool) -> bool:
        return self.width(_shown(line), size, bold) <= width

    def _line(self, line: str, size: int, bold: bool, colour: Colour) -> tuple[Surface, int]:
        """The line's picture, and how many pixels of it are above the baseline."""
        pieces = runs(line, bold)
        above = max(self._ascent(run.font, size) for run in pieces)
        return self._shelf.get(("text", line, size, bold, colour), lambda: self._compose(pieces, size, colour)), above

    def _compose(self, pieces: Sequence[Run], size: int, colour: Colour) -> Surface:
        drawn = [
            (self._font(run.font, size).render(run.text, True, colour), self._ascent(run.font, size)) for run in pieces
        ]
        if len(drawn) == 1:
            return drawn[0][0]
        above = max(ascent for _, ascent in drawn)
        height = max(above - ascent + picture.get_height() for picture, ascent in drawn)
        line = Surface((sum(picture.get_width() for picture, _ in drawn), height), pygame.SRCALPHA)
        x = 0
        for picture, ascent in drawn:
            line.blit(picture, (x, above - ascent))
            x += picture.get_width()
        return line

    def _ascent(self, name: str, size: int) -> int:
        if (name, size) not in self._ascents:
            self._ascents[name, size] = self._font(name, size).get_ascent()
        return self._ascents[name, size]

    def _font(self, name: str, size: int) -> pygame.font.Font:
        """One open font a file, set to `size`: fitting tries sizes by the dozen, and what is drawn is kept anyway."""
        if name not in self._fonts:
            self._fonts[name] = pygame.font.Font(str(FONTS / name), size)
        font = self._fonts[name]
        if font.get_point_size() != size:
            font.set_point_size(size)
        return font


def _attempts(size: int, least: int, lines: int, height: int) -> Iterator[tuple[int, int]]:
    """Sizes to try, with how many lines may be used: at first only one, then as many as the height holds."""
    step = max(1, size // 24)
    for attempt in range(size, max(least, round(size * 0.85)) - 1, -step):
        if round(attempt * LINE) <= height:
            yield attempt, 1
    for attempt in [*range(size, least, -step), least]:
        rows = min(lines, height // round(attempt * LINE))
        if rows or attempt == least:
            yield attempt, max(1, rows)


def _shown(line: str) -> str:
    """What is seen of a line: no space at its end, a soft hyphen only there."""
    line = line.replace("\u200b", "").rstrip(" ")
    hyphen = "-" if line.endswith(_SOFT_HYPHEN) else ""
    return line.replace(_SOFT_HYPHEN, "") + hyphen


def _clusters(text: str) -> Iterator[str]:
    """Characters with the marks that sit on them."""
    cluster = ""
    for character in text:
        if cluster and unicodedata.category(character)[0] != "M":
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster
