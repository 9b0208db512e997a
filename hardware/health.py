"""A reading of how something is: good, bad or unknown, in plain words, with the raw value. Knows no probe."""

from __future__ import annotations

from typing import Literal

import msgspec

Condition = Literal["good", "bad", "unknown"]


class Health(msgspec.Struct, frozen=True):
    """How one thing is. What could not be read is *unknown*, never guessed."""

    name: str
    """What was looked at, the same at every look: ``temperature``, ``disk.space``, ``endpoint``."""
    condition: Condition
    said: str
    """A plain sentence for who stands before the kiosk, with what to do where it is bad; no names of files."""
    raw: str = ""
    """What was read, as it was read, and where: ``thermal_zone0/temp = 86012``."""


def good(name: str, said: str, raw: str = "") -> Health:
    """It is as it should be."""
    return Health(name, "good", said, raw)


def bad(name: str, said: str, raw: str = "") -> Health:
    """It is not as it should be: `said` names it and says what to do."""
    return Health(name, "bad", said, raw)


def unknown(name: str, said: str, raw: str = "") -> Health:
    """It can't be told: `said` says why (no such sensor on this machine, no answer in time)."""
    return Health(name, "unknown", said, raw)
