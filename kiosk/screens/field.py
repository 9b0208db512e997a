"""The field that shows what is typed, with a caret at its end. Never knows the keys."""

from __future__ import annotations

import re
import unicodedata

import pygame
from pygame import Rect, Surface

from kiosk.screens.text import Align
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, panel

LINES = 3
"""The most lines it shows."""
PAD = 1.2
"""Between the field's border and its text, in u; half as much above and below."""
_LONG_WORD = 20
"""Characters after which a word may be broken: so many stand together where a script has no spaces."""


def size_of(kit: Kit) -> int:
    """Of what is typed, in pixels."""
    return max(LEGIBLE + 2, kit.font(3.1))


def draw(kit: Kit, surface: Surface, box: Rect, text: str, hint: str, mirrored: bool) -> None:
    """Paint `text` into `box`, its last lines where it has more than fit, or `hint` where there is none yet.

    `text` may be anybody's address: it goes through `kit.text.typed` alone, which keeps it no longer than the page.
    """
    px = kit.frame.px
    panel(kit, surface, box, kit.colours.card, kit.colours.accent, radius=1.2)
    inner = box.inflate(-2 * px(PAD), -px(PAD))
    align: Align = "right" if mirrored else "left"
    size = size_of(kit)
    thick = px(0.3)
    if not text:
        block = kit.text.fit(hint, inner.size, size, least=LEGIBLE, lines=LINES)
        at = Rect(inner.move(-2 * thick if mirrored else 2 * thick, 0).topleft, (inner.width, block.height))
        if block.height + block.leading > inner.height:
            at.centery = inner.centery
        kit.text.draw(surface, block, at, kit.colours.quiet, align)
        _caret(kit, surface, inner.right if mirrored else inner.x, at.y + block.leading // 2, size, thick)
        return
    leading = kit.text.fit(hint, (9_999, 9_999), size, least=size).leading
    lines, typed = max(1, inner.height // leading), kit.text.typed
    shown = wrapped(kit, text, inner.width - 2 * thick, size)[-lines:]
    top = inner.y if lines > 1 else inner.centery - leading // 2
    for number, line in enumerate(shown):
        at = Rect(inner.x, top + number * leading, inner.width, leading)
        block = typed.line(line, size)
        typed.draw(surface, block, at, kit.colours.ink, align)
        if number == len(shown) - 1:
            end = block.width + thick + (typed.width(" ", size, bold=False) if line.endswith(" ") else 0)
            _caret(kit, surface, at.right - end if mirrored else at.x + end, at.centery, size, thick)


def _caret(kit: Kit, surface: Surface, x: int, y: int, size: int, thick: int) -> None:
    pygame.draw.rect(surface, kit.colours.accent, Rect(x, y - round(size * 0.6), thick, round(size * 1.2)))


def wrapped(kit: Kit, text: str, width: int, size: int) -> list[str]:
    """Lines filled one after the other; a word that is long for a line is broken between letters.

    Words are measured one by one, and each once: else every key would measure all that was typed before it.
    """

    def measure(piece: str) -> int:
        return typed.width(piece, size, bold=False)

    typed = kit.text.typed
    lines, left = [""], 0
    for word in re.findall(r"\S+ ?| ", text):
        broken = len(word) > _LONG_WORD or measure(word.rstrip()) > width
        for piece in _clusters(word) if broken else [word]:
            wide = measure(piece.rstrip())
            if lines[-1] and wide > left:
                lines.append("")
                left = width
            elif not lines[-1]:
                left = width
            lines[-1] += piece
            left -= measure(piece)
    return lines


def _clusters(word: str) -> list[str]:
    """Characters with the marks and joiners that belong to them."""
    found = [""]
    for character in word:
        if found[-1] and unicodedata.category(character)[0] not in "MC":
            found.append("")
        found[-1] += character
    return found
