"""What the benchmarks call of libX11, its XTEST and its DAMAGE, typed. Knows no window and no figure."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    Union,
    c_char,
    c_char_p,
    c_int,
    c_long,
    c_short,
    c_uint,
    c_ulong,
    c_ushort,
    c_void_p,
)

INSTALL = "apt-get install xvfb libx11-6 libxtst6 libxdamage1 (`make bench` does)"

BUTTON_PRESS = 4
EXPOSE = 12
BUTTON_PRESS_MASK = 1 << 2
EXPOSURE_MASK = 1 << 15
Z_PIXMAP = 2
ALL_PLANES = c_ulong(-1).value
DAMAGE_RAW = 0
"""Tell each rectangle that is drawn, at once, whether it was drawn before or not."""


class Rectangle(Structure):
    """A box, as X tells it."""

    _fields_ = (("x", c_short), ("y", c_short), ("width", c_ushort), ("height", c_ushort))


class DamageNotify(Structure):
    """Something was drawn: in `area`, pixels of the screen."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("drawable", c_ulong),
        ("damage", c_ulong),
        ("level", c_int),
        ("more", c_int),
        ("timestamp", c_ulong),
        ("area", Rectangle),
        ("geometry", Rectangle),
    )


class Event(Union):
    """An event; as large as the largest."""

    _fields_ = (("type", c_int), ("damage", DamageNotify), ("pad", c_long * 24))


class Image(Structure):
    """The beginning of an XImage: as much as is looked at."""

    _fields_ = (
        ("width", c_int),
        ("height", c_int),
        ("xoffset", c_int),
        ("format", c_int),
        ("data", POINTER(c_char)),
        ("byte_order", c_int),
        ("bitmap_unit", c_int),
        ("bitmap_bit_order", c_int),
        ("bitmap_pad", c_int),
        ("depth", c_int),
        ("bytes_per_line", c_int),
    )


_CALLS = {
    "libX11.so.6": {
        "XOpenDisplay": (c_void_p, c_char_p),
        "XCloseDisplay": (c_int, c_void_p),
        "XDefaultRootWindow": (c_ulong, c_void_p),
        "XDefaultGC": (c_void_p, c_void_p, c_int),
        "XConnectionNumber": (c_int, c_void_p),
        "XFlush": (c_int, c_void_p),
        "XSync": (c_int, c_void_p, c_int),
        "XPending": (c_int, c_void_p),
        "XNextEvent": (c_int, c_void_p, POINTER(Event)),
        "XGetImage": (POINTER(Image), c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_ulong, c_int),
        "XDestroyImage": (c_int, POINTER(Image)),
        "XCreateSimpleWindow": (c_ulong, c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong),
        "XSelectInput": (c_int, c_void_p, c_ulong, c_long),
        "XMapWindow": (c_int, c_void_p, c_ulong),
        "XSetForeground": (c_int, c_void_p, c_void_p, c_ulong),
        "XFillRectangle": (c_int, c_void_p, c_ulong, c_void_p, c_int, c_int, c_uint, c_uint),
    },
    "libXtst.so.6": {
        "XTestFakeMotionEvent": (c_int, c_void_p, c_int, c_int, c_int, c_ulong),
        "XTestFakeButtonEvent": (c_int, c_void_p, c_uint, c_int, c_ulong),
    },
    "libXdamage.so.1": {
        "XDamageQueryExtension": (c_int, c_void_p, POINTER(c_int), POINTER(c_int)),
        "XDamageCreate": (c_ulong, c_void_p, c_ulong, c_int),
    },
}
"""What each call gives, then what it takes."""


class Xlib:
    """The libraries, loaded; every call of `_CALLS` by its name."""

    def __init__(self) -> None:
        for library, calls in _CALLS.items():
            try:
                loaded = ctypes.CDLL(library)
            except OSError:
                raise SystemExit(f"{library} is not installed: {INSTALL}") from None
            for name, (gives, *takes) in calls.items():
                call = getattr(loaded, name)
                call.restype, call.argtypes = gives, takes
                setattr(self, name, call)

    def __getattr__(self, name: str) -> ctypes._CFuncPtr:
        raise AttributeError(f"{name}: not among the calls in {__name__}")

    def open(self, display: str) -> int:
        """A connection to `display`, such as ":7"."""
        connection = self.XOpenDisplay(display.encode())
        if not connection:
            raise SystemExit(f"the X server {display!r} takes no connection")
        return int(connection)
