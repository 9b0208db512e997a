"""What a screen shows, told in data: the one word between visit and drawing. Knows neither."""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk.survey import FollowUp


class Attract(msgspec.Struct, frozen=True, tag="attract"):
    """The question with its faces. `face` lights up: just pressed, or the vote that counts."""

    language: str
    face: int | None = None
    notice: str = ""
    """One line at the bottom for whoever looks after the kiosk: what doesn't work."""


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """A follow-up. `chosen` are the ids of the choices lit up."""

    language: str
    followup: FollowUp
    step: int
    """Which follow-up of the visit this is, from 1."""
    steps: int
    chosen: tuple[str, ...] = ()


class Thanked(msgspec.Struct, frozen=True, tag="thanks"):
    """Thank you. `face` is the vote that counts."""

    language: str
    face: int


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """The kiosk can't do its work: what is wrong, in words."""

    language: str
    problem: Literal["store", "settings"]
    details: tuple[str, ...] = ()


View = Attract | Ask | Thanked | Trouble
