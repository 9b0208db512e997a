"""The bare screen: memory that it shows, got from the kernel without a GPU. Knows cards and modes; never what is shown.

SDL's own driver for it draws through GBM and GLES: 189 MiB of Mesa and LLVM on the card, and their memory, for
pictures that are drawn by the processor anyway.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import mmap
import os
from pathlib import Path
from typing import NamedTuple

import pygame

from hardware import drm
from hardware.errors import DisplayError

log = logging.getLogger(__name__)

_MOST_PIXELS = 1920 * 1200
"""Of a larger screen a smaller mode is taken, which it stretches: four times the pixels take four times as long."""
_UNUSED = frozenset({errno.ENOSYS, errno.EOPNOTSUPP})
"""A card that reads the memory itself need not be told of changes."""


class _Screen(NamedTuple):
    connector: int
    crtc: int
    mode: drm.Mode


class Scanout:
    """A screen with a picture of ours, black at first. DisplayError where there is none to be had.

    Of several screens the first is taken, in the mode that it shows already (so the kernel's ``video=`` counts), else
    in the one that it prefers, but in none much larger than 1920 x 1080 if it has others; with `size`, in one of that
    size. `root` is where /dev is looked for. `close` it at the end: the kernel's console comes back.
    """

    def __init__(self, size: tuple[int, int] | None = None, root: Path = Path("/")) -> None:
        self._parts = contextlib.ExitStack()
        told = "no graphics card is there"
        for path in sorted(root.glob("dev/dri/card*")):
            with contextlib.ExitStack() as parts:
                try:
                    card = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                    parts.callback(os.close, card)
                    screen = _find(card, size)
                    if screen is None:
                        told = "no screen is connected"
                        continue
                    self._show(card, screen, parts)
                except OSError as error:
                    told = f"{path}: {_explained(error)}"
                    continue
                self._parts = parts.pop_all()
                return
        raise DisplayError(told)

    def _show(self, card: int, screen: _Screen, parts: contextlib.ExitStack) -> None:
        buffer = drm.dumb_buffer(card, screen.mode.size)
        self._memory = mmap.mmap(card, buffer.size, offset=drm.offset(card, buffer))
        self._framebuffer = drm.framebuffer(card, buffer)
        self._card = card
        # Not yet shown: what lay in that memory before is nobody's business.
        self.panel = pygame.image.frombuffer(self._memory, screen.mode.size, "BGRA", buffer.pitch)
        """What the screen shows: 4 bytes a pixel, as it wants them. Slow to read, so it is only written to."""
        self.panel.fill((0, 0, 0))
        drm.show(card, screen.crtc, self._framebuffer, [screen.connector], screen.mode)
        self._tells = True

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.panel.get_size()

    def changed(self, area: tuple[int, int, int, int]) -> None:
        """Have an area (left, top, width, height) of `panel` shown that was written to. OSError where it can't be."""
        if not self._tells:
            return
        try:
            drm.dirty(self._card, self._framebuffer, area)
        except OSError as error:
            if error.errno not in _UNUSED:
                raise
            self._tells = False

    def close(self) -> None:
        """Give the screen back; nobody else may hold `panel` then, or its memory keeps the card open."""
        # Not mmap's close: a surface does not keep it from that, and would write to memory that is gone.
        del self.panel, self._memory
        self._parts.close()


def _find(card: int, size: tuple[int, int] | None) -> _Screen | None:
    """The first screen of a card and how to reach it; None where none is connected, or it shows no memory of ours."""
    if not drm.has_dumb_buffers(card):
        return None
    crtcs, connectors = drm.resources(card)
    # What nobody has asked yet may have a screen all the same: where no console was, nobody read its modes.
    for anew in (False, True):
        for connector_id in connectors:
            connector, modes, encoders = drm.connector(card, connector_id, anew=anew)
            if connector.connection != drm.CONNECTED or connector.connector_type == drm.WRITEBACK or not modes:
                continue
            shown = _shown(card, connector)
            crtc = shown.crtc_id if shown else _free(card, crtcs, encoders)
            if crtc is not None:
                return _Screen(connector_id, crtc, _mode(modes, size, shown))
    return None


def _shown(card: int, connector: drm.Connector) -> drm.Crtc | None:
    """The CRTC that feeds a connector at present."""
    if not connector.encoder_id or not (crtc_id := drm.encoder(card, connector.encoder_id).crtc_id):
        return None
    return drm.crtc(card, crtc_id)


def _free(card: int, crtcs: list[int], encoders: list[int]) -> int | None:
    """The first CRTC that one of these encoders can be fed by. Others show nothing that anybody would miss."""
    for encoder_id in encoders:
        possible = drm.encoder(card, encoder_id).possible_crtcs
        for index, crtc_id in enumerate(crtcs):
            if possible >> index & 1:
                return crtc_id
    return None


def _mode(modes: list[drm.Mode], size: tuple[int, int] | None, shown: drm.Crtc | None) -> drm.Mode:
    if size is not None:
        if of_size := [mode for mode in modes if mode.size == size]:
            return of_size[0]
        has = ", ".join(dict.fromkeys("{} x {}".format(*mode.size) for mode in modes))
        raise DisplayError("the screen has no mode of {} x {}, but {}".format(*size, has))
    preferred = next((mode for mode in modes if mode.type & drm.PREFERRED), modes[0])
    stays = [mode for mode in modes if shown and shown.mode_valid and mode.timing == shown.mode.timing]
    for mode in (*stays, preferred):
        if _pixels(mode) <= _MOST_PIXELS:
            return mode
    smaller = [mode for mode in modes if _pixels(mode) <= _MOST_PIXELS] or [preferred]
    across, down = preferred.size
    # The largest of its own proportions, if there is any: a face shall stay round.
    return max(smaller, key=lambda mode: (mode.hdisplay * down == mode.vdisplay * across, _pixels(mode)))


def _pixels(mode: drm.Mode) -> int:
    width, height = mode.size
    return width * height


def _explained(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EBUSY):
        return f"{error.strerror}: another program has the screen, or this user is not in the group video"
    return str(error.strerror)
