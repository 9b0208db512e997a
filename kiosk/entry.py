"""Open text while it is typed: keys in, text out. Pure; never knows screens, visits or what is stored."""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk.layouts import Layout

LONGEST = 500
"""Characters that fit."""

Shift = Literal["off", "once", "lock"]


class Entry(msgspec.Struct, frozen=True):
    """What is typed so far and how the keyboard stands."""

    text: str = ""
    shift: Shift = "once"
    layer: Literal["letters", "symbols"] = "letters"
    offered: str = ""
    """The key whose other letters are offered after a long press; empty: none."""


def start(layout: Layout, text: str = "") -> Entry:
    """The keyboard as it stands before the first key, with what was typed before."""
    return Entry(text, "once" if layout.shifted and not text else "off")


def tap(entry: Entry, key: str, layout: Layout) -> Entry:
    """`entry` after `key`: a character, or `delete`, `space`, `shift`, `symbols`, `letters`."""
    match key:
        case "delete":
            return msgspec.structs.replace(entry, text=entry.text[:-1])
        case "space":
            key = " "
        case "shift" | "symbols" | "letters":
            return entry
    if len(entry.text) >= LONGEST:
        return entry
    return msgspec.structs.replace(entry, text=entry.text + key)


def hold(entry: Entry, key: str, layout: Layout) -> Entry:
    """`entry` after a long press on `key`, which offers its other letters where it has some."""
    return msgspec.structs.replace(entry, offered=key if layout.others.get(key) else "")
