"""Whether anything on this machine can be touched or pointed with. Knows the kernel's lists; never what for.

Every Pi with HDMI has input devices that nobody can touch: its remote control (CEC), which even claims to move a
pointer, and its jacks. So a device counts by what it has, not by being there.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_WORD_BITS = ctypes.sizeof(ctypes.c_long) * 8
"""The kernel writes its bitmaps in the words of the process that reads them (drivers/input/input.c)."""

# <linux/input-event-codes.h>
_DIRECT = 0x01
_LEFT, _TOUCH = 0x110, 0x14A
_ACROSS, _MANY_ACROSS = 0x00, 0x35
_REL_ACROSS = 0x00


def can_be_touched(root: Path = Path("/")) -> bool:
    """Whether there is a touchscreen, a touchpad or a mouse that this user may read.

    `root` is where /sys and /dev are looked for.
    """
    return any(
        is_pointed_with(event / "device") and os.access(root / "dev/input" / event.name, os.R_OK)
        for event in root.glob("sys/class/input/event*")
    )


def bits(text: str, word_bits: int) -> int:
    """The number that a bitmap of the kernel is: words in hex, the highest first, each without leading zeros.

    0 where it is none.
    """
    number = 0
    try:
        for word in text.split():
            number = number << word_bits | int(word, 16)
    except ValueError:
        return 0
    return number


def is_pointed_with(device: Path) -> bool:
    """Whether it is a touchscreen, a touchpad or a mouse; `device` is its folder in /sys."""
    keys, axes = _read(device / "capabilities/key"), _read(device / "capabilities/abs")
    # Touchscreens of older drivers have no properties; touchpads are not direct.
    if _has(_read(device / "properties"), _DIRECT) or _has(keys, _TOUCH):
        return _has(axes, _ACROSS) or _has(axes, _MANY_ACROSS)
    # A mouse. The remote control of an HDMI screen has the axis, too, but nothing to click with.
    return _has(keys, _LEFT) and (_has(_read(device / "capabilities/rel"), _REL_ACROSS) or _has(axes, _ACROSS))


def _read(path: Path) -> int:
    try:
        return bits(path.read_text(encoding="ascii"), _WORD_BITS)
    except (OSError, UnicodeDecodeError):
        return 0


def _has(bitmap: int, number: int) -> bool:
    return bool(bitmap >> number & 1)
