"""Lines of text as pixels: measured and drawn, run by run. Opens the fonts; never breaks a line."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

import pygame
from pygame import Surface

from kiosk.screens.coverage import FONTS, file
from kiosk.screens.runs import Run, runs
from kiosk.screens.theme import Colour

CAPITAL = 0.714
"""How tall Noto's capitals are, in font sizes. Text is centred by its capitals: there the eye sees its middle."""

_LARGE = 128
"""Pixels of the font in which relative widths are measured: there rounding is a hundredth of a letter."""
_MOST_KEPT = 2000
MOST_OPEN = 8
"""Fonts that are open at a time: those of a language, or of the languages' names. Each holds up to 0.5 MB, and opening
one anew takes less than a millisecond.
"""


class Shape(NamedTuple):
    """How tall the writing of a text is, in font sizes."""

    line: float
    """From baseline to baseline."""
    middle: float = CAPITAL / 2
    """From the baseline to where the eye sees the middle."""


_TALL = {
    "NotoSansArabic": Shape(1.55, 0.27),
    "NotoSansDevanagari": Shape(1.42, 0.3),
    "NotoSansThai": Shape(1.5, 0.3),
    "NotoSansCJKjp": Shape(1.3, 0.37),
    "NotoSansCJKsc": Shape(1.3, 0.37),
    "NotoSansCJKkr": Shape(1.3, 0.37),
}
"""Measured over texts with the highest and deepest marks that people write; of Arabic with one vowel mark a letter."""
_FAMILY_OF = {file(family, bold): family for family in _TALL for bold in (False, True)}


class Fonts:
    """Keeps the fonts open that were used last, and nothing of what is written with them."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, pygame.font.Font] = OrderedDict()
        self._ascents: dict[tuple[str, int], int] = {}

    def of(self, run: Run, size: int) -> pygame.font.Font:
        """The run's font, set for it: fitting tries sizes by the dozen, and what is drawn is kept anyway."""
        if run.font not in self._open:
            if len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)
            self._open[run.font] = pygame.font.Font(str(FONTS / run.font), size)
        self._open.move_to_end(run.font)
        font = self._open[run.font]
        if font.get_point_size() != size:
            font.set_point_size(size)
        font.set_script(run.script)
        font.set_direction(pygame.DIRECTION_RTL if run.rtl else pygame.DIRECTION_LTR)
        return font

    def ascent(self, run: Run, size: int) -> int:
        """How many pixels of the run's picture are above its baseline."""
        if (run.font, size) not in self._ascents:
            self._ascents[run.font, size] = self.of(run, size).get_ascent()
        return self._ascents[run.font, size]


class Ink:
    """Measures and draws lines. All that is kept of them is kept here, and goes when this does."""

    def __init__(self, fonts: Fonts | None = None) -> None:
        self.fonts = fonts or Fonts()
        self._runs = lru_cache(maxsize=512)(runs)
        self._relative: dict[tuple[str, bool, str], float] = {}

    def shape(self, text: str, language: str, line: float) -> Shape:
        """The shape of the tallest script in `text`; `line` is that of scripts that nothing else is known of."""
        cut = self._runs(text, False, language)
        return max((_TALL[_FAMILY_OF[run.font]] for run in cut if run.font in _FAMILY_OF), default=Shape(line))

    def width(self, line: str, size: int, bold: bool, language: str) -> int:
        """How many pixels `line` is wide."""
        return sum(self.fonts.of(run, size).size(run.text)[0] for run in self._runs(line, bold, language))

    def relative(self, text: str, bold: bool, language: str) -> float:
        """How wide `text` is in font sizes, but for what rounding to pixels adds or takes away at a certain size."""
        key = text, bold, language
        if key not in self._relative:
            if len(self._relative) >= _MOST_KEPT:
                self._relative.clear()
            self._relative[key] = self.width(text, _LARGE, bold, language) / _LARGE
        return self._relative[key]

    def above(self, line: str, size: int, bold: bool, language: str) -> int:
        """How many pixels of the line's picture are above its baseline."""
        return max((self.fonts.ascent(run, size) for run in self._runs(line, bold, language)), default=0)

    def draw(
        self, line: str, size: int, bold: bool, language: str, split: int, first: Colour, colour: Colour
    ) -> Surface:
        """The line's picture, its first `split` characters in the colour `first`."""
        above = self.above(line, size, bold, language)
        drawn = []
        for run in self._runs(line, bold, language, split):
            font = self.fonts.of(run, size)
            if not font.size(run.text)[0]:  # a joiner that joins nothing: SDL_ttf refuses to draw what has no width
                continue
            picture = font.render(run.text, True, first if run.start < split else colour)
            drawn.append((picture, above - self.fonts.ascent(run, size) - self._overflow(run, size, picture)))
        if len(drawn) == 1 and not drawn[0][1]:
            return drawn[0][0]
        height = max((top + picture.get_height() for picture, top in drawn), default=0)
        whole = Surface((sum(picture.get_width() for picture, _ in drawn), height), pygame.SRCALPHA)
        x = 0
        for picture, top in drawn:
            whole.blit(picture, (x, top))
            x += picture.get_width()
        return whole

    def _overflow(self, run: Run, size: int, picture: Surface) -> int:
        """By how many pixels marks stacked on marks move the picture's baseline down."""
        over = picture.get_height() - self.fonts.of(run, size).get_height()
        if over <= 0:
            return 0
        ink = picture.get_bounding_rect()
        if ink.top:
            return 0
        return over if ink.bottom < picture.get_height() else over // 2
