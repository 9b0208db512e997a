"""The one entry to drawing: a view in, a picture and what a touch can hit out. Never knows visits, stores or pins."""

from __future__ import annotations

import pygame
from pygame import Surface

from kiosk.errors import ScreenError
from kiosk.screens import ask, attract, thanks, trouble
from kiosk.screens.ask import KINDS
from kiosk.screens.target import Target, hit
from kiosk.screens.view import Ask, Attract, Thanked, Trouble, View
from kiosk.screens.widgets import Kit
from kiosk.survey import Survey

__all__ = ["KINDS", "Painter", "Target", "hit"]


class Painter:
    """Paints views for one survey on one size of screen, and keeps what it drew for the next time."""

    def __init__(self, survey: Survey | None, size: tuple[int, int]) -> None:
        """Without a survey only `Trouble` can be painted. `size` is the screen's, in pixels."""
        pygame.font.init()
        self._survey = survey
        self._kit = Kit.of(size)

    def draw(self, surface: Surface, view: View) -> list[Target]:
        """Paint all of `surface`; what can be touched, in pixels. ScreenError when the view can't be painted."""
        if surface.get_size() != self._kit.frame.size:
            raise ScreenError(f"found a screen of {surface.get_size()} pixels, expected {self._kit.frame.size}")
        if isinstance(view, Trouble):
            return trouble.draw(self._kit, surface, view)
        if self._survey is None:
            raise ScreenError("found no survey to show, expected one (or a Trouble that says why there is none)")
        match view:
            case Attract():
                return attract.draw(self._kit, surface, self._survey, view)
            case Thanked():
                return thanks.draw(self._kit, surface, self._survey, view)
            case Ask():
                if view.followup.kind not in KINDS:
                    raise ScreenError(
                        f'found a follow-up of the kind "{view.followup.kind}", expected {", ".join(sorted(KINDS))}'
                    )
                return ask.draw(self._kit, surface, view)
            case _:
                raise ScreenError(f"found {view}, which nobody paints yet")
