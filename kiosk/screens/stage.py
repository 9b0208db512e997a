"""The one entry to drawing: a view in, a picture and what a touch can hit out. Never knows visits, stores or pins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, dropwhile, islice

import msgspec
import pygame
from pygame import Rect, Surface

from kiosk.errors import ScreenError
from kiosk.layouts import layout
from kiosk.screens import ask, attract, languages, thanks, trouble
from kiosk.screens.ask import KINDS
from kiosk.screens.shelf import Enough
from kiosk.screens.target import Target, hit
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Thanked, Trouble, View
from kiosk.screens.widgets import Kit
from kiosk.survey import Survey

__all__ = ["KINDS", "Painter", "Target", "hit"]

Drift = tuple[int, int]
"""How many pixels to the right and down a picture is moved, so that nothing burns into the panel."""


class Painter:
    """Paints views for one survey on one size of screen, and keeps what it drew for the next time."""

    def __init__(self, survey: Survey | None, size: tuple[int, int], dpi: float | None = None) -> None:
        """Without a survey only `Trouble` can be painted. `size` is the screen's in pixels, `dpi` pixels an inch."""
        pygame.font.init()
        self._survey = survey
        self._kit = Kit.of(size, dpi)
        self._warmed: View | None = None
        self._cold: list[View] = []
        self._keys: Iterator[None] = iter(())
        self._nowhere = Surface((1, 1))

    def draw(self, surface: Surface, view: View, drift: Drift = (0, 0)) -> list[Target]:
        """Paint all of `surface`, moved by `drift`; what can be touched, in pixels.

        ScreenError when the view can't be painted.
        """
        if surface.get_size() != self._kit.frame.size:
            raise ScreenError(f"found a screen of {surface.get_size()} pixels, expected {self._kit.frame.size}")
        self._kit.text.cut.clear()
        if not (isinstance(view, Ask) and view.entry and view.entry.text):
            self._kit.text.forget()  # what the last visitor typed
        targets = self._draw(surface, view)
        if drift == (0, 0) or isinstance(view, Asleep):
            return targets
        _shift(surface, drift, self._kit.seen(view.modes).colours.ground)
        return [msgspec.structs.replace(t, x=t.x + drift[0], y=t.y + drift[1]) for t in targets]

    def light(self, surface: Surface, shown: View | None, view: View, drift: Drift = (0, 0)) -> Rect | None:
        """Where `view` is `shown` with a face pressed: paint that face alone, before all else; the box to show.

        `surface` shows `shown`, moved by `drift`. It is there sooner than `draw` is done with the whole picture, which
        must follow. None where no face is pressed, and nothing painted.
        """
        match shown, view:
            case Attract(face=None), Attract(face=int(face), undo_s=None) if (
                self._survey and face <= len(self._survey.faces) and shown.modes == view.modes
            ):
                return attract.light(self._kit.seen(view.modes), surface, self._survey, view, face, drift)
            case _:
                return None

    @property
    def cut(self) -> tuple[str, ...]:
        """The texts that did not fit on what was drawn last, as far as they did."""
        return tuple(self._kit.text.cut)

    def warm(self, view: View) -> bool:
        """Draw ahead one picture, or one key, that a touch on `view` will ask for; whether there is more to do.

        For when there is nothing else to do: each call takes about as long as one picture does. Drawn are what must
        come at once, whatever follows a press, and what would take long, the keys before they are typed on.
        """
        view = _at_rest(view)
        if view != self._warmed:
            self._warmed, self._cold = view, self._next(view)
            typed = [ahead for ahead in (view, *self._cold) if isinstance(ahead, Ask) and ahead.followup.kind == "text"]
            self._keys = chain.from_iterable(ask.warm(self._kit.seen(ahead.modes), ahead) for ahead in typed[:1])
        if not self._cold:
            self._kit.text.language = view.language
            return next(self._keys, self) is None
        self._kit.shelf.allowed = 1
        try:
            self._draw(self._nowhere, self._cold[0])
            self._cold.pop(0)
        except Enough:
            pass
        finally:
            self._kit.shelf.allowed = None
        return True

    def _next(self, view: View) -> list[View]:
        """The views that a press on `view` leads to; of a follow-up the next open text, which others may precede."""
        if self._survey is None:
            return []
        if isinstance(view, Ask):
            left = dropwhile(lambda followup: followup.id != view.followup.id, self._survey.followups)
            for followup in islice(left, 1, None):
                if followup.kind == "text" and layout(view.language, followup.keyboard(view.language)):
                    return [msgspec.structs.replace(view, followup=followup, step=view.step + 1)]
            return []
        if not isinstance(view, Attract) or view.face is not None:
            return []
        faces = range(1, self._survey.points + 1)
        ahead: list[View] = [msgspec.structs.replace(view, face=face) for face in faces]
        for face in faces:
            asked = self._survey.asked(face, {}, KINDS, view.language)
            if asked:
                first = Ask(view.language, asked[0], 1, len(asked), face=face)
                ahead.append(msgspec.structs.replace(first, languages=view.languages, modes=view.modes))
            else:
                ahead.append(Thanked(view.language, face, modes=view.modes))
        return ahead

    def _draw(self, surface: Surface, view: View) -> list[Target]:
        if isinstance(view, Asleep):
            surface.fill((0, 0, 0))
            return []
        kit = self._kit.seen(view.modes)
        kit.text.language = view.language
        if isinstance(view, Trouble):
            return trouble.draw(kit, surface, view)
        if self._survey is None:
            raise ScreenError("found no survey to show, expected one (or a Trouble that says why there is none)")
        match view:
            case Attract():
                return attract.draw(kit, surface, self._survey, view)
            case Languages():
                return languages.draw(kit, surface, view)
            case Thanked():
                return thanks.draw(kit, surface, self._survey, view)
            case Ask():
                if view.followup.kind not in KINDS:
                    raise ScreenError(
                        f'found a follow-up of the kind "{view.followup.kind}", expected {", ".join(sorted(KINDS))}'
                    )
                return ask.draw(kit, surface, self._survey, view)


def _at_rest(view: View) -> View:
    """The view without what changes while somebody stands before it."""
    match view:
        case Attract():
            return msgspec.structs.replace(view, left_s=None)
        case Ask():
            return msgspec.structs.replace(view, chosen=(), undo_s=None, left_s=None, entry=None)
        case _:
            return view


def _shift(surface: Surface, drift: Drift, ground: tuple[int, int, int]) -> None:
    """Move the picture; what comes in at the edges is ground, and so is what they lose: no screen paints there."""
    width, height = surface.get_size()
    across, down = drift
    surface.scroll(across, down)
    surface.fill(ground, (0 if across > 0 else width + across, 0, abs(across), height))
    surface.fill(ground, (0, 0 if down > 0 else height + down, width, abs(down)))
