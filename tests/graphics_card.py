"""A graphics card that is none: a file that answers DRM's calls as the kernel does. Only a booted board has a real one.

The picture that it shows is read back out of the file; `tests/image` has the same code drive a real one.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hardware import drm

MAP_AT = 4096
ROW_ROOM = 64
"""Bytes behind each row of a picture, as cards have them that want their rows aligned."""
_LETTERS = ord("d")


def mode(size: tuple[int, int], *, preferred: bool = False, clock: int = 1) -> drm.Mode:
    """A mode of a screen."""
    return drm.Mode(clock=clock, hdisplay=size[0], vdisplay=size[1], type=drm.PREFERRED if preferred else 0)


class Socket:
    """A connector with its screen: `modes` are known, `asked` are what it tells when it is asked anew."""

    def __init__(
        self, modes: Sequence[drm.Mode] = (), *, connection: int = 1, kind: int = 11, asked: Sequence[drm.Mode] = ()
    ) -> None:
        self.modes, self.asked, self.connection, self.kind = list(modes), list(asked), connection, kind
        self.crtcs = 0b11
        self.shows: drm.Crtc | None = None


class Card:
    """The card behind `path`, with its sockets; `refuses` maps a call's name to the error that it ends with."""

    def __init__(self, path: Path, sockets: Sequence[Socket]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self.path = path
        self.sockets = list(sockets)
        self.dumb = True
        self.refuses: dict[str, int] = {}
        self.size = (0, 0)
        self.shown: tuple[int, list[int], drm.Mode] | None = None
        self.dirt: list[tuple[int, int, int, int]] = []
        self.probes = 0

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green and blue of what the memory holds there."""
        at = MAP_AT + y * (4 * self.size[0] + ROW_ROOM) + 4 * x
        blue, green, red = self.path.read_bytes()[at : at + 3]
        return red, green, blue

    def ioctl(self, request: int, argument: Any) -> int:
        """The call of this number."""
        assert request >> 30 == 3
        assert request >> 8 & 0xFF == _LETTERS
        assert request >> 16 & 0x3FFF == ctypes.sizeof(argument)
        call = {
            0x0C: self._cap,
            0xA0: self._resources,
            0xA1: self._get_crtc,
            0xA2: self._set_crtc,
            0xA6: self._encoder,
            0xA7: self._connector,
            0xAE: self._add_fb,
            0xB1: self._dirty,
            0xB2: self._create,
            0xB3: self._map,
        }[request & 0xFF]
        if number := self.refuses.get(call.__name__.strip("_")):
            raise OSError(number, os.strerror(number))
        call(argument)
        return 0

    def _cap(self, asked: Any) -> None:
        assert asked.capability == 1
        asked.value = int(self.dumb)

    def _resources(self, asked: drm.Resources) -> None:
        _write(asked, "crtc_id_ptr", "count_crtcs", [31, 32])
        _write(asked, "connector_id_ptr", "count_connectors", [41 + n for n, _ in enumerate(self.sockets)])

    def _get_crtc(self, asked: drm.Crtc) -> None:
        shown = next(one.shows for one in self.sockets if one.shows and one.shows.crtc_id == asked.crtc_id)
        ctypes.memmove(ctypes.addressof(asked), ctypes.addressof(shown), ctypes.sizeof(asked))

    def _set_crtc(self, asked: drm.Crtc) -> None:
        assert asked.fb_id == 61
        assert asked.mode_valid
        ids = (ctypes.c_uint32 * asked.count_connectors).from_address(asked.set_connectors_ptr)
        self.shown = asked.crtc_id, list(ids), drm.Mode.from_buffer_copy(asked.mode)

    def _encoder(self, asked: drm.Encoder) -> None:
        socket = self.sockets[asked.encoder_id - 51]
        asked.crtc_id = socket.shows.crtc_id if socket.shows else 0
        asked.possible_crtcs = socket.crtcs

    def _connector(self, asked: drm.Connector) -> None:
        number = asked.connector_id - 41
        socket = self.sockets[number]
        if asked.count_modes == 0:
            self.probes += 1
            socket.modes = socket.asked or socket.modes
        room, asked.count_modes = asked.count_modes, len(socket.modes)
        if room >= len(socket.modes) > 0:
            (drm.Mode * len(socket.modes)).from_address(asked.modes_ptr)[:] = socket.modes
        _write(asked, "encoders_ptr", "count_encoders", [51 + number])
        asked.encoder_id = 51 + number if socket.shows else 0
        asked.connection, asked.connector_type = socket.connection, socket.kind

    def _create(self, asked: drm.Dumb) -> None:
        assert asked.bpp == 32
        self.size = asked.width, asked.height
        asked.handle, asked.pitch = 71, 4 * asked.width + ROW_ROOM
        asked.size = asked.pitch * asked.height
        self.path.write_bytes(b"\xee" * (MAP_AT + asked.size))

    def _map(self, asked: Any) -> None:
        assert asked.handle == 71
        asked.offset = MAP_AT

    def _add_fb(self, asked: Any) -> None:
        assert (asked.handle, asked.bpp, asked.depth, asked.width, asked.height) == (71, 32, 24, *self.size)
        asked.fb_id = 61

    def _dirty(self, asked: Any) -> None:
        assert (asked.fb_id, asked.num_clips) == (61, 1)
        left, top, right, bottom = (ctypes.c_uint16 * 4).from_address(asked.clips_ptr)
        self.dirt.append((left, top, right - left, bottom - top))


class Kernel:
    """Hands each call to the card whose file it is made on; in the place of fcntl.ioctl."""

    def __init__(self) -> None:
        self.cards: list[Card] = []

    def ioctl(self, descriptor: int, request: int, argument: Any) -> int:
        """As the kernel would answer: a file that is no card is no typewriter."""
        for card in self.cards:
            if os.path.samestat(os.fstat(descriptor), card.path.stat()):
                return card.ioctl(request, argument)
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))


def _write(asked: Any, pointer: str, count: str, ids: Sequence[int]) -> None:
    """As the kernel does: all or nothing, by the room that was told, and how many there are."""
    if getattr(asked, count) >= len(ids):
        (ctypes.c_uint32 * len(ids)).from_address(getattr(asked, pointer))[:] = ids
    setattr(asked, count, len(ids))
