"""A touchscreen that tells many fingers, made by uinput: QEMU's own tells one. Runs on the board, as root, by itself.

Reads lines from stdin, a report each: fingers as `slot:x,y`, pixels, or `slot:up`. Knows nothing of Moodpost.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import sys
import time
from pathlib import Path

_SYN, _KEY, _ABS = 0, 1, 3
_TOUCH, _DIRECT = 0x14A, 0x01
_X, _Y, _SLOT, _MT_X, _MT_Y, _MT_ID = 0x00, 0x01, 0x2F, 0x35, 0x36, 0x39
_BITS = {_KEY: 0x40045565, _ABS: 0x40045567}
"""UI_SET_KEYBIT and UI_SET_ABSBIT of <linux/uinput.h>; what follows stands there, too."""
_SET_EVENT, _SET_PROPERTY, _SETUP, _CREATE = 0x40045564, 0x4004556E, 0x405C5503, 0x5501
_ABS_SETUP, _NAME = 0x401C5504, 0x8040552C
_WAIT_S, _LOOK_S, _PACE_S = 120.0, 1.5, 0.1


def main(width: int, height: int) -> None:
    """Plug it in, wait until somebody has opened it, do what is asked for, pull it out."""
    device = os.open("/dev/uinput", os.O_WRONLY)
    for kind, codes in ((_KEY, (_TOUCH,)), (_ABS, (_X, _Y, _SLOT, _MT_X, _MT_Y, _MT_ID))):
        fcntl.ioctl(device, _SET_EVENT, kind)
        for code in codes:
            fcntl.ioctl(device, _BITS[kind], code)
    fcntl.ioctl(device, _SET_PROPERTY, _DIRECT)
    most = {_X: width - 1, _Y: height - 1, _SLOT: 9, _MT_X: width - 1, _MT_Y: height - 1, _MT_ID: 65535}
    for code, value in most.items():
        fcntl.ioctl(device, _ABS_SETUP, struct.pack("@Hxx6i", code, 0, 0, value, 0, 0, 0))
    fcntl.ioctl(device, _SETUP, struct.pack("@4H80sI", 3, 1, 1, 1, b"glass of many fingers", 0))
    fcntl.ioctl(device, _CREATE)
    named = ctypes.create_string_buffer(64)
    fcntl.ioctl(device, _NAME, named)
    folder = Path("/sys/devices/virtual/input") / named.value.decode()
    limit = time.monotonic() + _WAIT_S
    while not any(_opened(f"/dev/input/{event.name}") for event in folder.glob("event*")):
        assert time.monotonic() < limit, f"nobody has opened it: {[each.name for each in folder.iterdir()]}"
        time.sleep(0.2)
    time.sleep(_LOOK_S)
    for number, line in enumerate(sys.stdin):
        _report(device, number, line.split())
        time.sleep(_PACE_S)


def _report(device: int, number: int, fingers: list[str]) -> None:
    events = []
    for finger in fingers:
        slot, _, told = finger.partition(":")
        events.append((_ABS, _SLOT, int(slot)))
        if told == "up":
            events.append((_ABS, _MT_ID, -1))
        else:
            x, y = map(int, told.split(","))
            events += [(_ABS, _MT_ID, 100 * number + int(slot)), (_ABS, _MT_X, x), (_ABS, _MT_Y, y)]
    for event in (*events, (_SYN, 0, 0)):
        os.write(device, struct.pack("@llHHi", 0, 0, *event))


def _opened(node: str) -> bool:
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            # Who plugs it in looks at it, too: udev is done with it soon.
            if os.readlink(link) == node and "moodpost" in (link.parent.parent / "cmdline").read_text():  # noqa: PTH115
                return True
        except OSError:
            continue
    return False


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
