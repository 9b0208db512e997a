"""What a window needn't have that SDL and the C libraries would give it. Never knows what is shown in it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

import pygame

_GREEN = (0, 107, 78)
_ICON = 32
"""Pixels."""


def spare(environment: MutableMapping[str, str] = os.environ) -> None:
    """To be called before a display is opened: half the time that this takes is for nothing.

    Where no D-Bus runs, SDL would have one started (a process forks, and looks for a program) to ask it not to let
    the screen sleep. And X would read thousands of ways to type an accent with two keys: nobody has any here.
    """
    environment.setdefault("XCOMPOSEFILE", os.devnull)
    if "DBUS_SESSION_BUS_ADDRESS" not in environment:
        runtime = environment.get("XDG_RUNTIME_DIR")
        # Not Path.exists, which raises where the folder is another user's.
        if not (runtime and os.path.exists(f"{runtime}/bus")):  # noqa: PTH110
            environment["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"


def icon() -> pygame.Surface:
    """A window without one gets pygame's, and to have that read from its package takes longer than the window."""
    found = pygame.Surface((_ICON, _ICON), pygame.SRCALPHA)
    pygame.draw.circle(found, _GREEN, (_ICON / 2, _ICON / 2), _ICON / 2)
    return found
