"""What a button tells the loop. Knows neither panel nor visit."""

from __future__ import annotations

import msgspec


class ButtonPressed(msgspec.Struct, frozen=True):
    """A button's first edge: which, from 0, and when, milliseconds since this boot."""

    button: int
    at_ms: int


class ButtonReleased(msgspec.Struct, frozen=True):
    """A button that was pressed went up again."""

    button: int
    at_ms: int
