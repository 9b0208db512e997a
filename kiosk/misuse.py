"""Rules that mark a press as misuse, each with a name and a version. Pure; never knows screens or stores.

A mark never drops a vote: it stands in the row, and every figure is shown with and without marked rows.
"""

from __future__ import annotations

LOCKOUT = "lockout/1"
CLOSED = "closed/1"
"""Pressed outside the opening hours."""


def lockout(face: int, now_ms: int, last_face: int, last_ms: int, lockout_ms: int) -> bool:
    """Whether `face` is the one voted for last, pressed again less than `lockout_ms` after `last_ms`.

    `last_ms` is its last press, marked or not: whoever hammers a face casts one unmarked vote, however long.
    """
    return face == last_face and now_ms - last_ms < lockout_ms
