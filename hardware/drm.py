"""The kernel's calls for screens (DRM), a structure and a function each. Knows numbers; never which to choose.

Structures and numbers are those of <drm/drm.h> and <drm/drm_mode.h>, the same on all machines. No library stands
between: libdrm's own functions for these are as thin, and the Python bindings for it are not packaged.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
from collections.abc import Sequence

CONNECTED = 1
WRITEBACK = 18
"""The kind of a connector that writes into memory: nobody sees it."""
PREFERRED = 1 << 3
"""In a mode's `type`: the one that the screen is made for."""
_DUMB_BUFFERS = 1

_u16, _u32, _u64 = ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64


class _Cap(ctypes.Structure):
    _fields_ = (("capability", _u64), ("value", _u64))


class Resources(ctypes.Structure):
    """What a card has; of no use here but for its ids."""

    _fields_ = (
        ("fb_id_ptr", _u64),
        ("crtc_id_ptr", _u64),
        ("connector_id_ptr", _u64),
        ("encoder_id_ptr", _u64),
        ("count_fbs", _u32),
        ("count_crtcs", _u32),
        ("count_connectors", _u32),
        ("count_encoders", _u32),
        ("min_width", _u32),
        ("max_width", _u32),
        ("min_height", _u32),
        ("max_height", _u32),
    )


class Mode(ctypes.Structure):
    """A mode of a screen: its pixels and the pulses around them."""

    _fields_ = (
        ("clock", _u32),
        ("hdisplay", _u16),
        ("hsync_start", _u16),
        ("hsync_end", _u16),
        ("htotal", _u16),
        ("hskew", _u16),
        ("vdisplay", _u16),
        ("vsync_start", _u16),
        ("vsync_end", _u16),
        ("vtotal", _u16),
        ("vscan", _u16),
        ("vrefresh", _u32),
        ("flags", _u32),
        ("type", _u32),
        ("name", ctypes.c_char * 32),
    )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.hdisplay, self.vdisplay

    @property
    def timing(self) -> bytes:
        """What makes it the same as another, whoever has named it."""
        return bytes(self)[: Mode.vrefresh.offset] + bytes(_u32(self.flags))


class Crtc(ctypes.Structure):
    """What reads a frame buffer and sends it to connectors."""

    _fields_ = (
        ("set_connectors_ptr", _u64),
        ("count_connectors", _u32),
        ("crtc_id", _u32),
        ("fb_id", _u32),
        ("x", _u32),
        ("y", _u32),
        ("gamma_size", _u32),
        ("mode_valid", _u32),
        ("mode", Mode),
    )


class Encoder(ctypes.Structure):
    """What stands between a CRTC and a connector."""

    _fields_ = (
        ("encoder_id", _u32),
        ("encoder_type", _u32),
        ("crtc_id", _u32),
        ("possible_crtcs", _u32),
        ("possible_clones", _u32),
    )


class Connector(ctypes.Structure):
    """A socket for a screen, or a panel that is soldered on."""

    _fields_ = (
        ("encoders_ptr", _u64),
        ("modes_ptr", _u64),
        ("props_ptr", _u64),
        ("prop_values_ptr", _u64),
        ("count_modes", _u32),
        ("count_props", _u32),
        ("count_encoders", _u32),
        ("encoder_id", _u32),
        ("connector_id", _u32),
        ("connector_type", _u32),
        ("connector_type_id", _u32),
        ("connection", _u32),
        ("mm_width", _u32),
        ("mm_height", _u32),
        ("subpixel", _u32),
        ("pad", _u32),
    )


class Dumb(ctypes.Structure):
    """A piece of memory that a screen can show and a program can write to, without a GPU."""

    _fields_ = (
        ("height", _u32),
        ("width", _u32),
        ("bpp", _u32),
        ("flags", _u32),
        ("handle", _u32),
        ("pitch", _u32),
        ("size", _u64),
    )


class _Map(ctypes.Structure):
    _fields_ = (("handle", _u32), ("pad", _u32), ("offset", _u64))


class _Framebuffer(ctypes.Structure):
    _fields_ = (
        ("fb_id", _u32),
        ("width", _u32),
        ("height", _u32),
        ("pitch", _u32),
        ("bpp", _u32),
        ("depth", _u32),
        ("handle", _u32),
    )


class _Clip(ctypes.Structure):
    _fields_ = (("x1", _u16), ("y1", _u16), ("x2", _u16), ("y2", _u16))


class _Dirty(ctypes.Structure):
    _fields_ = (
        ("fb_id", _u32),
        ("flags", _u32),
        ("color", _u32),
        ("num_clips", _u32),
        ("clips_ptr", _u64),
    )


def _call(number: int, argument: type[ctypes.Structure]) -> int:
    """DRM_IOWR() of <drm/drm.h>."""
    return 0b11 << 30 | ctypes.sizeof(argument) << 16 | ord("d") << 8 | number


_GET_CAP = _call(0x0C, _Cap)
_GET_RESOURCES = _call(0xA0, Resources)
_GET_CRTC, _SET_CRTC = _call(0xA1, Crtc), _call(0xA2, Crtc)
_GET_ENCODER = _call(0xA6, Encoder)
_GET_CONNECTOR = _call(0xA7, Connector)
_ADD_FB = _call(0xAE, _Framebuffer)
_DIRTY_FB = _call(0xB1, _Dirty)
_CREATE_DUMB = _call(0xB2, Dumb)
_MAP_DUMB = _call(0xB3, _Map)


def has_dumb_buffers(card: int) -> bool:
    """Whether the card of this descriptor can show memory of ours; OSError where it is no such device.

    The 3D core of a Pi is a card of its own, which shows nothing.
    """
    cap = _Cap(_DUMB_BUFFERS)
    try:
        fcntl.ioctl(card, _GET_CAP, cap)
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
    return bool(cap.value)


def resources(card: int) -> tuple[list[int], list[int]]:
    """The ids of its CRTCs, in the order that encoders count them in, and of its connectors."""
    found = Resources()
    fcntl.ioctl(card, _GET_RESOURCES, found)
    crtcs, connectors = (_u32 * found.count_crtcs)(), (_u32 * found.count_connectors)()
    found.count_fbs = found.count_encoders = 0
    found.crtc_id_ptr, found.connector_id_ptr = ctypes.addressof(crtcs), ctypes.addressof(connectors)
    fcntl.ioctl(card, _GET_RESOURCES, found)
    return list(crtcs)[: found.count_crtcs], list(connectors)[: found.count_connectors]


def connector(card: int, connector_id: int, *, anew: bool = False) -> tuple[Connector, list[Mode], list[int]]:
    """A connector, its screen's modes, and the ids of its encoders.

    The modes are those that the kernel knows, which has read them when the screen was plugged in; with `anew` it asks
    the screen, which takes its time.
    """
    spare = Mode()
    # Asked without room for a single mode, it asks the screen (drm_mode_getconnector in the kernel).
    found = Connector(connector_id=connector_id, count_modes=0 if anew else 1, modes_ptr=ctypes.addressof(spare))
    fcntl.ioctl(card, _GET_CONNECTOR, found)
    modes, encoders = (Mode * found.count_modes)(), (_u32 * found.count_encoders)()
    room = max(1, found.count_modes)
    again = Connector(connector_id=connector_id, count_modes=room, count_encoders=found.count_encoders)
    again.modes_ptr = ctypes.addressof(modes if found.count_modes else spare)
    again.encoders_ptr = ctypes.addressof(encoders)
    fcntl.ioctl(card, _GET_CONNECTOR, again)
    # A screen that was changed between the calls may have more modes than there was room for: then none is written.
    return again, list(modes) if again.count_modes == found.count_modes else [], list(encoders)


def encoder(card: int, encoder_id: int) -> Encoder:
    """An encoder."""
    found = Encoder(encoder_id=encoder_id)
    fcntl.ioctl(card, _GET_ENCODER, found)
    return found


def crtc(card: int, crtc_id: int) -> Crtc:
    """A CRTC and what it shows."""
    found = Crtc(crtc_id=crtc_id)
    fcntl.ioctl(card, _GET_CRTC, found)
    return found


def show(card: int, crtc_id: int, framebuffer: int, connectors: Sequence[int], mode: Mode) -> None:
    """Have a CRTC send a frame buffer to these connectors in this mode. Only the card's master may."""
    ids = (_u32 * len(connectors))(*connectors)
    wanted = Crtc(ctypes.addressof(ids), len(connectors), crtc_id, framebuffer, 0, 0, 0, 1, mode)
    fcntl.ioctl(card, _SET_CRTC, wanted)


def dumb_buffer(card: int, size: tuple[int, int]) -> Dumb:
    """Memory for a picture of this size, 4 bytes a pixel; it goes when the card is closed."""
    made = Dumb(size[1], size[0], 32)
    fcntl.ioctl(card, _CREATE_DUMB, made)
    return made


def offset(card: int, buffer: Dumb) -> int:
    """Where in the card's file that memory can be mapped."""
    found = _Map(buffer.handle)
    fcntl.ioctl(card, _MAP_DUMB, found)
    return int(found.offset)


def framebuffer(card: int, buffer: Dumb) -> int:
    """Make that memory a frame buffer of the format XRGB8888, and give its id; it goes when the card is closed."""
    made = _Framebuffer(0, buffer.width, buffer.height, buffer.pitch, 32, 24, buffer.handle)
    fcntl.ioctl(card, _ADD_FB, made)
    return int(made.fb_id)


def dirty(card: int, framebuffer_id: int, area: tuple[int, int, int, int]) -> None:
    """Tell that an area (left, top, width, height) was written to. OSError (ENOSYS) where nobody need be told."""
    left, top, width, height = area
    clip = _Clip(left, top, left + width, top + height)
    fcntl.ioctl(card, _DIRTY_FB, _Dirty(framebuffer_id, 0, 0, 1, ctypes.addressof(clip)))
