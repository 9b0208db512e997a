"""What people do to screen and keyboard, made of SDL's events. Knows fingers and points; never what lies under them.

Each touch counts once, whatever events a driver makes of it: some send a finger alone, some a finger and a mouse
that says it is one, and a laptop's mouse is a finger too.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from hardware.rotation import Rotation

WANTED = (
    pygame.QUIT,
    pygame.MOUSEBUTTONDOWN,
    pygame.MOUSEBUTTONUP,
    pygame.MOUSEMOTION,
    pygame.FINGERDOWN,
    pygame.FINGERUP,
    pygame.FINGERMOTION,
    pygame.KEYDOWN,
    pygame.KEYUP,
    pygame.WINDOWEXPOSED,
)
"""The types of SDL's events that mean something here; the others need not be made."""
HANDFUL = 10
"""No more fingers than this are down at once: the release of the one that came first must have been lost."""


class Touch(NamedTuple):
    """A finger or the mouse went down, in pixels of the picture.

    Fingers are numbered as they come down, each with the lowest number that is free: one hand with one finger is
    always 0. Every Touch is followed by one Release of its finger, before the next Touch of that number.
    """

    x: int
    y: int
    finger: int = 0


class Move(NamedTuple):
    """A finger that is down slid to another pixel. A mouse that is held down may leave the picture."""

    x: int
    y: int
    finger: int = 0


class Release(NamedTuple):
    """A finger or the mouse went up, where it was last."""

    x: int
    y: int
    finger: int = 0


class Key(NamedTuple):
    """A digit key of a keyboard went down or up."""

    digit: int
    down: bool


class Quit(NamedTuple):
    """Whoever sits before the window closed it."""


class Damaged(NamedTuple):
    """The picture must be shown again."""


Input = Touch | Move | Release | Key | Quit | Damaged


class Translator:
    """Makes inputs of SDL's events. It remembers which fingers are down, so there is one for a picture."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._down: dict[Hashable, Touch] = {}

    def inputs(self, events: Iterable[pygame.Event]) -> Iterator[Input]:
        """What these events mean, in their order."""
        for event in events:
            match event.type:
                case pygame.FINGERDOWN | pygame.FINGERMOTION | pygame.FINGERUP:
                    yield from self._pointed(event.type, (event.touch_id, event.finger_id), self._finger_at(event))
                case pygame.MOUSEBUTTONDOWN | pygame.MOUSEBUTTONUP | pygame.MOUSEMOTION:
                    # SDL may add mouse events of its own to a finger's; a motion has no button.
                    if getattr(event, "button", 1) == 1 and not getattr(event, "touch", False):
                        yield from self._pointed(event.type, "mouse", self._rotation.to_picture(*event.pos))
                case pygame.KEYDOWN | pygame.KEYUP:
                    if pygame.K_1 <= event.key <= pygame.K_9:
                        yield Key(event.key - pygame.K_0, event.type == pygame.KEYDOWN)
                case pygame.QUIT:
                    yield Quit()
                case pygame.WINDOWEXPOSED:
                    yield Damaged()

    def _finger_at(self, event: pygame.Event) -> tuple[int, int]:
        width, height = self._rotation.panel
        # A finger on the very edge is at 1.0, which is one pixel too far.
        return self._rotation.to_picture(min(int(event.x * width), width - 1), min(int(event.y * height), height - 1))

    def _pointed(self, kind: int, who: Hashable, at: tuple[int, int]) -> Iterator[Input]:
        match kind:
            case pygame.FINGERDOWN | pygame.MOUSEBUTTONDOWN:
                yield from self._lost(who)
                taken = {touch.finger for touch in self._down.values()}
                self._down[who] = touch = Touch(*at, next(n for n in range(HANDFUL) if n not in taken))
                yield touch
            case pygame.FINGERUP | pygame.MOUSEBUTTONUP:
                if before := self._down.pop(who, None):
                    yield Release(*at, before.finger)
            case _:  # motion: of a hovering mouse, too
                before = self._down.get(who)
                if before and before[:2] != at:
                    self._down[who] = Touch(*at, before.finger)
                    yield Move(*at, before.finger)

    def _lost(self, who: Hashable) -> Iterator[Release]:
        """A finger that comes down twice, or one too many, tells that a driver swallowed a release."""
        if who not in self._down and len(self._down) >= HANDFUL:
            who = next(iter(self._down))
        if before := self._down.pop(who, None):
            yield Release(*before)
