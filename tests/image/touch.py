"""A touchscreen's glass: a finger on it, and its plug. Knows QEMU's virtio tablet; never what is drawn below."""

from __future__ import annotations

import threading
import time

from tests.image.qmp import Qmp

_RANGE = 0x7FFF
"""The largest coordinate of QEMU's absolute pointers."""
LOOK_S = 1.5
"""How long somebody looks before he touches, in seconds. A screen that has not stood for `settle_s` takes no touch: it
was meant for the one before, which a test that sees the very first picture of a screen would else run into.
"""
HOLD_S = 0.08
"""How long a finger stays on the glass, in seconds."""
SLOT = "touch-slot"
"""The PCIe slot that the glass is plugged into: on the root bus itself nothing can be."""


class Touch:
    """A glass over a screen of `size` pixels."""

    def __init__(self, qmp: Qmp, size: tuple[int, int], *, plugged: bool) -> None:
        self._qmp = qmp
        self._size = size
        self._held = threading.Event()
        self.plugged = plugged

    def tap(self, x: int, y: int) -> float:
        """Look for a moment, put a finger on the pixel at x, y, and take it away; when it was put there (monotonic)."""
        across, down = ((2 * at + 1) * _RANGE // (2 * whole) for at, whole in zip((x, y), self._size, strict=True))
        axes: list[dict[str, object]] = [
            {"type": "abs", "data": {"axis": axis, "value": value}} for axis, value in (("x", across), ("y", down))
        ]
        self._held.wait(LOOK_S)  # never set: an eye's and a finger's own pauses
        self._send(axes)
        touched = time.monotonic()
        self._send([_button(down=True)])
        self._held.wait(HOLD_S)
        self._send([_button(down=False)])
        return touched

    def unplug(self) -> None:
        """Pull the plug; returns when the board has let the device go."""
        since = self._qmp.mark()
        self._qmp("device_del", id="touch")
        self._qmp.wait_for("DEVICE_DELETED", since, device="touch")
        self.plugged = False

    def plug(self) -> None:
        """Plug it in (again)."""
        self._qmp("device_add", driver="virtio-tablet-pci", id="touch", bus=SLOT)
        self.plugged = True

    def _send(self, events: list[dict[str, object]]) -> None:
        assert self.plugged, "there is no glass to touch"
        self._qmp("input-send-event", events=events)


def _button(*, down: bool) -> dict[str, object]:
    return {"type": "btn", "data": {"button": "left", "down": down}}
