"""What an input device of the kernel tells, made into SDL's events. Knows axes and keys; never what is under a finger.

On the bare screen nobody reads the devices for us. Touchscreens tell many fingers, each in a slot of its own, or one;
what is pointed with and clicked (a tablet, a mouse, a touchpad) is one finger that is down while its button is.
Numbers are those of <linux/input.h> and <linux/input-event-codes.h>, what they mean is in the kernel's
Documentation/input (multi-touch protocol B).
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from typing import Protocol

import pygame

_EVENT = struct.Struct("@llHHi")
"""struct input_event: the time, which nobody needs here, type, code, value."""
_ABS_INFO = struct.Struct("@6i")
_MANY = 64 * _EVENT.size

_SYN, _KEY, _REL, _ABS = 0, 1, 2, 3
_SYN_REPORT, _SYN_DROPPED = 0, 3
_X, _Y = 0x00, 0x01
_SLOT, _MT_X, _MT_Y, _MT_ID = 0x2F, 0x35, 0x36, 0x39
_KEY_1, _KEY_9 = 2, 10
_LEFT, _TOUCH = 0x110, 0x14A
_POINTER = 0
"""The property of a device that moves a pointer instead of being touched where something is shown."""


class Ask(Protocol):
    """fcntl.ioctl, as far as it is used here."""

    def __call__(self, descriptor: int, request: int, argument: bytes, /) -> bytes:
        """What the kernel answers, as many bytes as were given."""


def _ask(descriptor: int, request: int, argument: bytes) -> bytes:
    return fcntl.ioctl(descriptor, request, argument)


class Reader:
    """An open device. `panel` is the size, pixels, of what a mouse moves across; nothing here raises but `read`.

    The kernel tells only what changes, so what stands is asked for first. Fingers that are down at that moment count
    when they come down again.
    """

    def __init__(self, descriptor: int, panel: tuple[int, int], ask: Ask = _ask) -> None:
        self._descriptor = descriptor
        self._panel = panel
        self._ask = ask
        keys, axes, moves = (self._bits(0x20 + kind, 96) for kind in (_KEY, _ABS, _REL))
        points = bool(self._bits(0x09, 8) >> _POINTER & 1)
        across = (_X, _Y)
        self._many = not points and all(axes >> axis & 1 for axis in (_SLOT, _MT_X, _MT_Y))
        if self._many:
            across = (_MT_X, _MT_Y)
        self._axes = across
        self._press = next((key for key in ((_LEFT,) if points else (_TOUCH, _LEFT)) if keys >> key & 1), None)
        self._moves = bool(moves >> _X & moves >> _Y & 1)
        self._ranges = tuple(self._range(axis) for axis in across)
        self._slot = 0
        self._at: dict[int, list[float]] = {}
        """Where the finger of each slot is, parts of the panel."""
        self._ids: dict[int, int] = {}
        """Which finger is in a slot now; two that follow each other at once are told apart by this."""
        self._told: dict[int, tuple[int, float, float]] = {}
        self._lost = False
        self._stand()

    def read(self) -> Iterator[pygame.Event]:
        """What it has told since the last call. OSError (ENODEV) where it was pulled out."""
        while True:
            try:
                said = os.read(self._descriptor, _MANY)
            except BlockingIOError:
                return
            if not said:  # a device has no end
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            for _s, _us, kind, code, value in _EVENT.iter_unpack(said[: len(said) // _EVENT.size * _EVENT.size]):
                yield from self._heard(kind, code, value)

    def release(self) -> Iterator[pygame.Event]:
        """Lift what is down: nobody will tell any more."""
        self._ids.clear()
        yield from self._report()

    def _heard(self, kind: int, code: int, value: int) -> Iterator[pygame.Event]:
        if kind == _SYN:
            if code == _SYN_DROPPED:
                self._lost = True
            elif code == _SYN_REPORT:
                if self._lost:  # the kernel's queue was full: what came before is incomplete
                    self._lost = False
                    self._ids.clear()
                    self._stand()
                yield from self._report()
        elif self._lost:
            pass
        elif kind == _KEY:
            if _KEY_1 <= code <= _KEY_9 and value in (0, 1):  # 2 is a repetition
                key = pygame.K_1 + code - _KEY_1
                yield pygame.Event(pygame.KEYDOWN if value else pygame.KEYUP, key=key)
            elif code == self._press and not self._many:
                self._hold(0, 0 if value else -1)
        elif kind == _REL and self._moves and code in (_X, _Y):
            at = self._at.setdefault(0, [0.5, 0.5])
            # Just short of the edge, as an axis is.
            most = 1 - 1 / self._panel[code]
            at[code] = min(most, max(0.0, at[code] + value / self._panel[code]))
        elif kind == _ABS:
            self._placed(code, value)

    def _placed(self, code: int, value: int) -> None:
        if self._many and code == _SLOT:
            self._slot = value
        elif self._many and code == _MT_ID:
            self._hold(self._slot, value)
        elif code in self._axes:
            axis = self._axes.index(code)
            self._at.setdefault(self._slot, [0.0, 0.0])[axis] = self._part(axis, value)

    def _hold(self, slot: int, finger: int) -> None:
        if finger < 0:
            self._ids.pop(slot, None)
        else:
            self._ids[slot] = finger

    def _report(self) -> Iterator[pygame.Event]:
        """What changed since the last report: fingers that left first, so that who comes in their place is another."""
        for slot, (finger, x, y) in list(self._told.items()):
            if self._ids.get(slot) != finger:
                del self._told[slot]
                yield self._event(pygame.FINGERUP, slot, *self._at.get(slot, (x, y)))
        for slot, finger in self._ids.items():
            x, y = self._at.setdefault(slot, [0.0, 0.0])
            before = self._told.get(slot)
            if before is None:
                yield self._event(pygame.FINGERDOWN, slot, x, y)
            elif before[1:] != (x, y):
                yield self._event(pygame.FINGERMOTION, slot, x, y)
            self._told[slot] = finger, x, y

    def _event(self, kind: int, slot: int, x: float, y: float) -> pygame.Event:
        return pygame.Event(kind, touch_id=self._descriptor, finger_id=slot, x=x, y=y)

    def _stand(self) -> None:
        """Ask where everything is."""
        if not self._many:
            if not self._moves:
                self._at[0] = [self._part(axis, self._info(code)[0]) for axis, code in enumerate(self._axes)]
            return
        self._slot, _least, most = self._info(_SLOT)[:3]
        for axis, code in enumerate(self._axes):
            room = struct.pack(f"@I{most + 1}i", code, *[0] * (most + 1))
            for slot, value in enumerate(struct.unpack(f"@I{most + 1}i", self._asked(0x0A, room))[1:]):
                self._at.setdefault(slot, [0.0, 0.0])[axis] = self._part(axis, value)

    def _part(self, axis: int, value: int) -> float:
        least, most = self._ranges[axis]
        return min(max(value, least) - least, most - least) / (most - least + 1)

    def _range(self, code: int) -> tuple[int, int]:
        _value, least, most = self._info(code)[:3]
        return least, max(least, most)

    def _info(self, code: int) -> tuple[int, ...]:
        """struct input_absinfo: value, minimum, maximum, and what is of no use here."""
        return _ABS_INFO.unpack(self._asked(0x40 + code, bytes(_ABS_INFO.size)))

    def _bits(self, number: int, size: int) -> int:
        return int.from_bytes(self._asked(number, bytes(size)), sys.byteorder)

    def _asked(self, number: int, argument: bytes) -> bytes:
        """EVIOCG…() of <linux/input.h>; nothing but zeros where it is no input device, or none any more."""
        try:
            return self._ask(self._descriptor, 0b10 << 30 | len(argument) << 16 | ord("E") << 8 | number, argument)
        except OSError:
            return bytes(len(argument))
