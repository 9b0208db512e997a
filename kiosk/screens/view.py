"""What a screen shows, told in data: the one word between visit and drawing. Knows neither."""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk.entry import Entry
from kiosk.survey import FollowUp


class Modes(msgspec.Struct, frozen=True):
    """How the visitor wants to see it."""

    contrast: bool = False
    """Black on white, thick borders."""
    large: bool = False
    """Larger text."""
    reach: bool = False
    """Everything that can be touched in the lower half."""


Mode = Literal["contrast", "large", "reach"]


class Attract(msgspec.Struct, frozen=True, tag="attract"):
    """The question with its faces. `face` lights up: just pressed, or the vote that counts."""

    language: str
    face: int | None = None
    notice: str = ""
    """One line at the bottom for whoever looks after the kiosk: what doesn't work."""
    languages: tuple[str, ...] = ()
    """Which languages can be chosen; with one of them only how the screen is seen can be."""
    undo_s: int | None = None
    """How many seconds the lit vote can still be changed; None where that isn't told."""
    today: int | None = None
    """How many have voted today; None where that isn't told."""
    left_s: int | None = None
    """Seconds until the language or a mode that was chosen is left again, once they are few; None before."""
    modes: Modes = Modes()


class Languages(msgspec.Struct, frozen=True, tag="languages"):
    """Which language, and how it is shown (contrast, size, reach)."""

    language: str
    languages: tuple[str, ...]
    left_s: int | None = None
    """Seconds until this screen leaves by itself, once they are few; None before."""
    modes: Modes = Modes()


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """A follow-up. `chosen` are the ids of the choices lit up, or the score."""

    language: str
    followup: FollowUp
    step: int
    """Which follow-up of the visit this is, from 1."""
    steps: int
    chosen: tuple[str, ...] = ()
    face: int = 0
    """The vote that counts."""
    undo_s: int | None = None
    """How many seconds it can still be changed; None: no more."""
    left_s: int | None = None
    """Seconds until the visit ends by itself, once they are few; None before."""
    entry: Entry | None = None
    """What is typed, where it is open text."""
    languages: tuple[str, ...] = ()
    modes: Modes = Modes()


class Thanked(msgspec.Struct, frozen=True, tag="thanks"):
    """Thank you. `face` is the vote that counts."""

    language: str
    face: int
    undo_s: int | None = None
    """How many seconds it can still be changed; None: no more."""
    modes: Modes = Modes()


class Asleep(msgspec.Struct, frozen=True, tag="asleep"):
    """Nothing: the place is closed."""

    language: str


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """The kiosk can't do its work: what is wrong, in words."""

    language: str
    problem: Literal["store", "settings"]
    details: tuple[str, ...] = ()
    modes: Modes = Modes()


View = Attract | Languages | Ask | Thanked | Asleep | Trouble
