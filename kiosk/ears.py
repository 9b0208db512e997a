"""Has the loop wake for the display's input. Never knows what was put in."""

from __future__ import annotations

from hardware.display import Display
from kiosk.loop import Loop

GENTLE_POLL_MS = 15
"""How often a display driver that offers no descriptor is asked for touches."""


class Ears:
    """Keeps the loop watching what there is to hear."""

    def __init__(self, loop: Loop, display: Display) -> None:
        self._loop = loop
        self._display = display
        self._watched: list[int] | None = []

    def prick(self) -> None:
        """Watch what there is now, after something was plugged in or pulled out, or may have been."""
        self.close()  # first: a device that is opened may get the number of one that is gone
        self._display.refresh_inputs()
        self._watched = self._display.descriptors()
        for descriptor in self._watched or ():
            self._loop.watch(descriptor, self._display.drain)

    def poll_ms(self) -> int | None:
        """How often the display must be asked unwoken; None where it wakes the loop."""
        return GENTLE_POLL_MS if self._watched is None else None

    def close(self) -> None:
        """Watch nothing."""
        for descriptor in self._watched or ():
            self._loop.forget(descriptor)
        self._watched = []
