"""A touchscreen's glass: a finger on it, and its plug. Knows QEMU's virtio tablet; never what is drawn below."""

from __future__ import annotations

import threading

from tests.image.qmp import Qmp

_RANGE = 0x7FFF
"""The largest coordinate of QEMU's absolute pointers."""
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

    def tap(self, x: int, y: int) -> None:
        """Put a finger on the pixel at x, y and take it away."""
        across, down = ((2 * at + 1) * _RANGE // (2 * whole) for at, whole in zip((x, y), self._size, strict=True))
        axes: list[dict[str, object]] = [
            {"type": "abs", "data": {"axis": axis, "value": value}} for axis, value in (("x", across), ("y", down))
        ]
        self._send(axes)
        self._send([_button(down=True)])
        self._held.wait(HOLD_S)  # never set: a finger's own pause
        self._send([_button(down=False)])

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
