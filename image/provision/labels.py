"""Sheets of labels for kiosks: id, place, QR code; 24 of 70 x 37 mm on a page of A4. Knows no fleet.

The text is drawn by the kiosk's own screens, so that a place in any script looks as it does there.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import segno
from pygame import Rect, Surface

from image.provision import pdf
from image.provision.errors import ProvisionError
from kiosk.screens.shelf import Shelf
from kiosk.screens.text import Typesetter
from kiosk.screens.words import rtl

DPI = 300
ACROSS, DOWN = 3, 8
WIDTH_MM, HEIGHT_MM = 70.0, 37.0
A4_MM = (210.0, 297.0)
MARGIN_MM = 5.0
"""Kept white within each label: no printer cuts there, nor does a hand."""
_TICK_MM = 2.0
"""Half a crop mark."""
_QUIET = 4
"""The white around a code, in modules, as ISO/IEC 18004 wants it."""
_INK, _GREY, _PALE = (0, 0, 0), (70, 70, 70), (190, 190, 190)
_SHELF_BYTES = 16 << 20


class Label(NamedTuple):
    """What stands on one."""

    id: str
    place: str = ""
    language: str = "en"
    """Of the place."""


def write(labels: Sequence[Label], to: Path, says: str) -> list[Path]:
    """Write the sheet and give the files: one PDF, or a PNG a page. ProvisionError where it can't be written.

    `says` is what each code says, with ``{id}`` in the place of the kiosk's id.
    """
    pygame.font.init()
    type_ = Typesetter(Shelf(_SHELF_BYTES))
    each = ACROSS * DOWN
    pages = [_page(labels[first : first + each], type_, says) for first in range(0, len(labels), each)]
    try:
        if to.suffix.lower() == ".pdf":
            to.write_bytes(pdf.written([pdf.Page(*page.get_size(), _grey(page)) for page in pages]))
            return [to]
        names = (
            [to] if len(pages) == 1 else [to.with_stem(f"{to.stem}-{number}") for number in range(1, len(pages) + 1)]
        )
        for name, page in zip(names, pages, strict=True):
            pygame.image.save(page, name)
        return names
    except (OSError, pygame.error) as error:
        raise ProvisionError(f"{to}: the sheet can't be written ({error}). Give another folder") from None


def _dots(mm: float) -> int:
    return round(mm * DPI / 25.4)


def _page(labels: Sequence[Label], type_: Typesetter, says: str) -> Surface:
    page = Surface((_dots(A4_MM[0]), _dots(A4_MM[1])))
    page.fill((255, 255, 255))
    top = (A4_MM[1] - DOWN * HEIGHT_MM) / 2
    for down in range(DOWN + 1):
        for across in range(ACROSS + 1):
            _crop_mark(page, _dots(across * WIDTH_MM), _dots(top + down * HEIGHT_MM))
    for number, label in enumerate(labels):
        left, above = number % ACROSS * WIDTH_MM, top + number // ACROSS * HEIGHT_MM
        box = Rect(_dots(left), _dots(above), _dots(WIDTH_MM), _dots(HEIGHT_MM))
        _draw(page, label, box.inflate(-2 * _dots(MARGIN_MM), -2 * _dots(MARGIN_MM)), type_, says)
    return page


def _crop_mark(page: Surface, x: int, y: int) -> None:
    half, thin = _dots(_TICK_MM), 2
    page.fill(_PALE, (x - half, y - thin // 2, 2 * half, thin))
    page.fill(_PALE, (x - thin // 2, y - half, thin, 2 * half))


def _draw(page: Surface, label: Label, box: Rect, type_: Typesetter, says: str) -> None:
    code = _code(page, says.replace("{id}", label.id), box)
    left = code.right + _dots(2)
    text = Rect(left, box.y, box.right - left, box.height)
    name = Rect(text.x, text.bottom - text.height // 3, text.width, text.height // 3)
    place = Rect(text.x, text.y, text.width, text.height - name.height)
    if not label.place:
        name = text
    type_.language = _language(label)
    fitted = type_.fit(label.place, place.size, _dots(6), least=_dots(1.8), lines=4, bold=True, even=False)
    type_.draw(page, fitted, place, _INK, "right" if rtl(type_.language) else "left")
    type_.language = "en"
    fitted = type_.fit(label.id, name.size, _dots(4), least=_dots(1.8), lines=3, even=False)
    type_.draw(page, fitted, name, _GREY, "left")


def _code(page: Surface, text: str, box: Rect) -> Rect:
    """The QR code at the left of `box`, as large as whole dots a module allow; its box, without the white around it."""
    modules = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    # The white that a code needs on its other sides is the label's margin.
    each = max(1, min(box.height // len(modules), _dots(MARGIN_MM) // _QUIET))
    side = each * len(modules)
    code = Rect(box.x, box.y + (box.height - side) // 2, side, side)
    for down, row in enumerate(modules):
        for across, dark in enumerate(row):
            if dark:
                page.fill(_INK, (code.x + across * each, code.y + down * each, each, each))
    return Rect(code.x, code.y, side + _QUIET * each - _dots(2), side)


def _language(label: Label) -> str:
    """The place's, unless its letters are written the other way; most fonts follow from the letters anyway."""
    kinds = map(unicodedata.bidirectional, label.place)
    strong = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return {"AL": "ar", "R": "he", "L": "en" if rtl(label.language) else label.language}[strong]


def _grey(page: Surface) -> bytes:
    """A byte a pixel: all colours here are grey, so that any of the three says it."""
    return pygame.image.tobytes(page, "RGB")[::3]
