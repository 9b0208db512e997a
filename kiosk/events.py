"""What can happen to a visit, told in data. Pure; never knows what it leads to."""

from __future__ import annotations

from typing import cast, get_args

import msgspec

from kiosk.response import Ui
from kiosk.screens.view import Mode


class Press(msgspec.Struct, frozen=True):
    """A face or a score, by a button or by touch; 1 is the happiest."""

    face: int
    ui: Ui


class Choose(msgspec.Struct, frozen=True):
    """A choice or a score of a follow-up was touched."""

    choice: str


class Type(msgspec.Struct, frozen=True):
    """A key of the on-screen keyboard was tapped: a character, or `delete`, `space`, `shift`, …"""

    key: str


class Hold(msgspec.Struct, frozen=True):
    """A key of the on-screen keyboard was held: its other letters are wanted."""

    key: str


class Done(msgspec.Struct, frozen=True):
    """Done was touched: several choices or a text are complete."""


class Back(msgspec.Struct, frozen=True):
    """Back was touched."""


class Skip(msgspec.Struct, frozen=True):
    """Skip was touched."""


class Pick(msgspec.Struct, frozen=True):
    """The screen with all languages is wanted."""


class Speak(msgspec.Struct, frozen=True):
    """A language was chosen."""

    language: str


class Toggle(msgspec.Struct, frozen=True):
    """A way to see better or to reach was switched on or off."""

    mode: Mode


class Stir(msgspec.Struct, frozen=True):
    """The screen was touched where nothing is: somebody is still there."""


class Shown(msgspec.Struct, frozen=True):
    """Another screen can be seen from now on."""


class Stored(msgspec.Struct, frozen=True):
    """COMMIT returned for the rows that went out with `ticket`."""

    ticket: int


class Failed(msgspec.Struct, frozen=True):
    """The rows that went out with `ticket` could not be stored."""

    ticket: int


class Tick(msgspec.Struct, frozen=True):
    """Time has passed."""


Touch = Choose | Type | Hold | Done | Back | Skip | Pick | Speak | Toggle | Stir
Event = Press | Touch | Shown | Stored | Failed | Tick


def touched(action: str | None) -> Press | Touch | None:
    """What a touch on the target called `action` is; None where a visit has nothing to do with it.

    `face:2`, `choice:price`, `key:a`, `language:fi`, `mode:large`, `done`, `back`, `skip`, `languages`; no action at
    all is a Stir.
    """
    name, _, argument = (action or "").partition(":")
    match name:
        case "face":
            return Press(int(argument), "digital")
        case "choice":
            return Choose(argument)
        case "key":
            return Type(argument)
        case "language":
            return Speak(argument)
        case "mode" if argument in get_args(Mode):
            return Toggle(cast(Mode, argument))
        case "":
            return Stir()
        case _:
            return _PLAIN.get(name)


_PLAIN: dict[str, Touch] = {"done": Done(), "back": Back(), "skip": Skip(), "languages": Pick()}
