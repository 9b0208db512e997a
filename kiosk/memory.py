"""Keeps the kiosk small: memory that a picture took goes back when the picture does. Never knows what is drawn."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
"""Of glibc's <malloc.h>."""
THRESHOLD = 128 * 1024
"""Bytes from which on a piece of memory is one of its own, which goes back to the system. It is what glibc begins
with; but each such piece that is freed raises it to that piece's size, and the next pictures leave holes in the heap.
"""


def give_back() -> bool:
    """Ask the C library for it, once, early; whether it knows how (glibc does, musl has no such question)."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, THRESHOLD))
    except (AttributeError, OSError, TypeError):
        return False
