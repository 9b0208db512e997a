"""Keeps the kiosk small and quick: memory that a picture took goes back when the picture does, and what stays for good
is looked through once. Never knows what is drawn.
"""

from __future__ import annotations

import ctypes
import gc

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


_PLENTY = 1_000_000
"""More objects than a start makes."""
_USUAL = gc.get_threshold()


def hurry() -> None:
    """Until `settle` nobody looks for cycles of what is no longer needed: a start makes little but what stays."""
    gc.set_threshold(_PLENTY)


def settle() -> None:
    """The start is over. What it made stays, and need not be looked through each time, which would take 13 ms.

    Without `hurry` nothing changes.
    """
    if gc.get_threshold()[0] == _PLENTY:
        gc.freeze()
        gc.set_threshold(*_USUAL)
