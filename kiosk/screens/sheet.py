"""Contact sheets: many pictures small on one, each with its name below. Knows files and names, never what they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pygame

from kiosk.errors import ScreenError
from kiosk.screens.coverage import FONTS

_GROUND, _INK = (203, 208, 216), (17, 24, 39)
_GAP, _LABEL, _SIZE = 12, 24, 14
_LYING, _STANDING = 180, 320
"""How high a picture is on the sheet."""


class Row(NamedTuple):
    """Pictures side by side, as (label, file), all of one size."""

    heading: str
    pictures: Sequence[tuple[str, Path]]


def sheet(title: str, rows: Sequence[Row], target: Path) -> None:
    """Write `target`. ScreenError where a picture can't be read or the sheet can't be written."""
    pygame.font.init()
    font = pygame.font.Font(str(FONTS / "NotoSans-Regular.ttf"), _SIZE)
    bold = pygame.font.Font(str(FONTS / "NotoSans-Bold.ttf"), _SIZE)
    heading = pygame.font.Font(str(FONTS / "NotoSans-Bold.ttf"), 2 * _SIZE)
    shown = [[(label, _small(path)) for label, path in row.pictures] for row in rows]
    width = max(sum(picture.get_width() + _GAP for _, picture in row) for row in shown) + _GAP
    top = heading.get_linesize() + _GAP
    heights = [row[0][1].get_height() + 2 * _LABEL + _GAP for row in shown]
    surface = pygame.Surface((width, top + sum(heights)))
    surface.fill(_GROUND)
    surface.blit(heading.render(title, True, _INK), (_GAP, _GAP // 2))
    y = top
    for row, pictures, high in zip(rows, shown, heights, strict=True):
        surface.blit(bold.render(row.heading, True, _INK), (_GAP, y))
        x = _GAP
        for label, picture in pictures:
            surface.blit(picture, (x, y + _LABEL))
            surface.blit(font.render(label, True, _INK), (x, y + _LABEL + picture.get_height()))
            x += picture.get_width() + _GAP
        y += high
    try:
        pygame.image.save(surface, target)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{target}: the sheet can't be written ({error}). Give another folder") from None


def _small(path: Path) -> pygame.Surface:
    try:
        picture = pygame.image.load(path)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{path}: the picture can't be read ({error})") from None
    width, height = picture.get_size()
    high = _LYING if width > height else _STANDING
    return pygame.transform.smoothscale(picture, (round(width * high / height), high))
