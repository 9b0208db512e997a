"""What is on the keys of the on-screen keyboard, for each script. Pure data; never knows drawing, visits or surveys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Row = tuple[str, ...]


class Layout(msgspec.Struct, frozen=True):
    """A keyboard's letters, row by row as they stand from left to right."""

    name: str
    letters: tuple[Row, ...]
    shifted: tuple[Row, ...] = ()
    """The same with shift; empty where the script has no capitals and no second layer."""
    others: Mapping[str, str] = {}
    """What a long press on a key offers."""
    composes: Literal["", "hangul"] = ""
    """How letters join as they are typed."""
    rtl: bool = False


_LATIN = Layout("latin", tuple(map(tuple, ("qwertyuiop", "asdfghjkl", "zxcvbnm"))))


def layout(language: str, keyboard: str) -> Layout | None:
    """The layout for `language`, or "kana" or "latin" where `keyboard` says so; None where there is none."""
    return None if keyboard == "none" else _LATIN
