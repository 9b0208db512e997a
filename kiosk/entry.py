"""Open text while it is typed: keys in, text out. Pure; never knows screens, visits or what is stored."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

import msgspec

from kiosk import joining
from kiosk.spans import Spans

if TYPE_CHECKING:
    from kiosk.layouts import Layout

LONGEST = 500
"""Characters that fit: code points in NFC, as they are stored."""

Shift = Literal["off", "once", "lock"]

_SENTENCE_ENDS = r"(^|[.!?…;·。！？][)\"'»”’]*\s)$"
"""Where a capital begins; the Greek question mark looks like a semicolon, after which a capital does no harm."""
_STAYS_BEHIND = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Persian and Indian scripts are spelt with them, though Unicode counts them as controls."""
_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Regional indicators, two of which are a flag."""
_KEYED_MARKS = Spans("\u0591-\u06ff", "\u0900-\u0fff", "\u1780-\u17ff")
"""Marks that have keys of their own (Arabic, Hebrew, Indian scripts, Thai, Khmer), so delete takes them one by one."""


class Entry(msgspec.Struct, frozen=True):
    """What is typed so far and how the keyboard stands."""

    text: str = ""
    shift: Shift = "once"
    layer: Literal["letters", "symbols"] = "letters"
    offered: str = ""
    """The key whose other letters are offered after a long press; empty: none."""
    by_hand: bool = False
    """Whether shift was touched, so that a second touch locks it; not so where it lit up by itself."""
    composing: bool = False
    """Whether the last syllable is still being typed, so that delete takes it apart."""

    @property
    def full(self) -> bool:
        """Whether no more fits."""
        return len(self.text) >= LONGEST


def start(layout: Layout, text: str = "") -> Entry:
    """The keyboard before the first key, with what was typed before; shift only where there are capitals."""
    return _settled(Entry(text, shift="off"), layout)


def keys(entry: Entry, layout: Layout) -> tuple[tuple[str, ...], ...]:
    """The rows of characters that can be typed now, each key named by what it types."""
    if entry.layer == "symbols":
        return layout.symbols
    return layout.shifted if layout.shifted and entry.shift != "off" else layout.letters


def offers(entry: Entry, layout: Layout) -> tuple[str, ...]:
    """What is offered after a long press, the key itself first; empty where nothing is."""
    others = layout.others.get(entry.offered, ())
    return (entry.offered, *others) if others else ()


def tap(entry: Entry, key: str, layout: Layout) -> Entry:
    """`entry` after `key`: a character, or `delete`, `space`, `shift`, `symbols`, `letters`, `close`.

    An offer closes, whatever was touched. What no longer fits is not typed, nor are control characters.
    """
    entry = msgspec.structs.replace(entry, offered="")
    match key:
        case "close":
            return entry
        case "shift":
            return _shifted(entry, layout)
        case "symbols" | "letters":
            return msgspec.structs.replace(entry, layer=key)
        case "delete":
            return _shortened(entry, layout)
        case "space":
            return _spaced(entry, layout)
        case _:
            return _typed(entry, key, layout)


def hold(entry: Entry, key: str, layout: Layout) -> Entry:
    """`entry` after a long press on `key`, which offers its other letters; where it has none it was a slow tap.

    On `delete` it takes the last word.
    """
    if layout.others.get(key):
        return msgspec.structs.replace(entry, offered=key)
    if key == "delete":
        text = re.sub(r"\S+\s*$|\s+$", "", entry.text)
        return _settled(msgspec.structs.replace(entry, text=text, offered="", composing=False), layout)
    return tap(entry, key, layout)


def _typed(entry: Entry, key: str, layout: Layout) -> Entry:
    key = "".join(c for c in key if c in _JOINERS or unicodedata.category(c) not in _STAYS_BEHIND)
    if not key:
        return entry
    text = joining.joined(entry.text, key, layout.composes)
    if len(text) > LONGEST:
        return entry
    used = entry.layer == "letters" and not joining.is_accent(key)
    shift = "off" if entry.shift == "once" and used else entry.shift
    composing = layout.composes == "hangul" and joining.is_jamo(key)
    by_hand = entry.by_hand and not used
    typed = msgspec.structs.replace(entry, text=text, shift=shift, by_hand=by_hand, composing=composing)
    return _settled(typed, layout)


def _spaced(entry: Entry, layout: Layout) -> Entry:
    """One space at most between two words and none at the beginning; the letters come back after a symbol."""
    entry = msgspec.structs.replace(entry, layer="letters", composing=False)
    if entry.full or not entry.text or entry.text.endswith(" "):
        return entry
    text = joining.joined(entry.text, " ", layout.composes)
    return _settled(msgspec.structs.replace(entry, text=text), layout)


def _shortened(entry: Entry, layout: Layout) -> Entry:
    if entry.composing:
        text = joining.taken_apart(entry.text)
        composing = len(text) == len(entry.text)
    else:
        text, composing = entry.text[: _last_cluster(entry.text)], False
    return _settled(msgspec.structs.replace(entry, text=text, composing=composing), layout)


def _shifted(entry: Entry, layout: Layout) -> Entry:
    """Off, once, lock, off; a layer that is a page of its own is only turned to and back."""
    shift: Shift = "off"
    if layout.second == "page":
        shift = "lock" if entry.shift == "off" else "off"
    elif entry.shift == "off" and layout.shifted:
        shift = "once"
    elif entry.shift == "once" and entry.by_hand:
        shift = "lock"
    return msgspec.structs.replace(entry, shift=shift, by_hand=shift != "off")


def _settled(entry: Entry, layout: Layout) -> Entry:
    """`entry` with shift as a sentence wants it, unless a hand has set it."""
    if layout.second != "capitals" or entry.shift == "lock" or entry.by_hand:
        return entry
    return msgspec.structs.replace(entry, shift="once" if re.search(_SENTENCE_ENDS, entry.text) else "off")


def _last_cluster(text: str) -> int:
    """Where begins what a person sees as the last character: its marks, joiners, both halves of a flag are of it."""
    at = len(text) - 1
    if at < 1 or text[at] in _KEYED_MARKS:
        return max(at, 0)
    while at > 0 and (_extends(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    flags = at + 1 - len(text[: at + 1].rstrip(_FLAGS))
    return at - 1 if flags and flags % 2 == 0 else at


def _extends(character: str) -> bool:
    """Whether it belongs to the character before: a mark, a joiner, a skin tone."""
    return (
        unicodedata.category(character)[0] == "M" or character in _JOINERS or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
