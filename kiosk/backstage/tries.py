"""How often a PIN may be wrong, and how long the next try must wait. Pure; never knows a PIN."""

from __future__ import annotations

import msgspec

FREE_TRIES = 5
"""How often a PIN may be wrong before anybody has to wait."""
FIRST_WAIT_MS, LONGEST_WAIT_MS = 30_000, 900_000
"""The wait after the fifth wrong try doubles with each further one, up to the longest."""


class Standing(msgspec.Struct, frozen=True):
    """Whether there is a PIN, and whether it may be tried now."""

    set: bool
    left: int = FREE_TRIES
    """How many tries are left before a wait."""
    until_ms: int = 0
    """When the next try may be made, by the clock that was given."""


class Checked(msgspec.Struct, frozen=True):
    """What became of a try."""

    right: bool
    standing: Standing


def wait_ms(wrong: int) -> int:
    """How long to wait after so many wrong tries in a row."""
    if wrong < FREE_TRIES:
        return 0
    return int(min(FIRST_WAIT_MS * 2 ** min(wrong - FREE_TRIES, 10), LONGEST_WAIT_MS))
