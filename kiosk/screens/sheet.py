"""Contact sheets: many pictures small on one, each with its name below. Knows files and names, never what they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pygame

from kiosk.errors import ScreenError
from kiosk.screens.coverage import FONTS

_GROUND, _INK = (203, 208, 216), (17, 24, 39)
_GAP, _LABEL, _SIZE = 12, 20, 14


def sheet(title: str, rows: Sequence[Sequence[tuple[str, Path]]], target: Path, height: int = 180) -> None:
    """Write `target`: each of `rows` holds pictures as (label, path), all `height` pixels high in their row.

    ScreenError where a picture can't be read or the sheet can't be written.
    """
    pygame.font.init()
    font = pygame.font.Font(str(FONTS / "NotoSans-Regular.ttf"), _SIZE)
    heading = pygame.font.Font(str(FONTS / "NotoSans-Bold.ttf"), 2 * _SIZE)
    shown = [[(label, _small(path, height)) for label, path in row] for row in rows]
    width = max(sum(picture.get_width() + _GAP for _, picture in row) for row in shown) + _GAP
    top = heading.get_linesize() + _GAP
    surface = pygame.Surface((width, top + len(rows) * (height + _LABEL + _GAP) + _GAP))
    surface.fill(_GROUND)
    surface.blit(heading.render(title, True, _INK), (_GAP, _GAP // 2))
    y = top
    for row in shown:
        x = _GAP
        for label, picture in row:
            surface.blit(picture, (x, y))
            room = surface.subsurface((x, y + height, picture.get_width(), _LABEL))
            room.blit(font.render(label, True, _INK), (0, 0))
            x += picture.get_width() + _GAP
        y += height + _LABEL + _GAP
    try:
        pygame.image.save(surface, target)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{target}: the sheet can't be written ({error}). Give another folder") from None


def _small(path: Path, height: int) -> pygame.Surface:
    try:
        picture = pygame.image.load(path)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{path}: the picture can't be read ({error})") from None
    width = round(picture.get_width() * height / picture.get_height())
    return pygame.transform.smoothscale(picture, (width, height))
