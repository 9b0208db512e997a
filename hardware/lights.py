"""The lights in the buttons. Knows how bright each is; never why."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gpiozero.output_devices import PWMOutputDevice
from gpiozero.pins import Factory

from hardware.errors import PanelError

log = logging.getLogger(__name__)

_DIM_HZ = 100
"""No flicker to be seen. lgpio's thread wakes twice a period for each dimmed light, so dim while somebody is there."""


class Lights:
    """One light a button. PanelError where a pin can't be had; a light that fails later is only logged.

    Only where they are `dimmable` (a plain LED on its pin; not behind a relay) a level between off and on is shown as
    such. Else half and more is on.
    """

    def __init__(self, pins: Sequence[int], factory: Factory, *, dimmable: bool = False) -> None:
        self._dimmable = dimmable
        self._leds: list[Any] = []
        self._failed = False
        try:
            for pin in pins:
                # Without a frequency it is a plain output: who only switches needs no pins that can do more.
                self._leds.append(PWMOutputDevice(pin, frequency=None, pin_factory=factory))
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            self.close()
            raise PanelError(f"the lights' pins {list(pins)} can't be had ({type(error).__name__}: {error})") from None

    def show(self, lit: Collection[int] | Mapping[int, float]) -> None:
        """Light the buttons whose numbers, from 0, are in `lit`, and no others.

        A mapping tells how bright, too: the share of time that a light is on, 0 to 1.
        """
        levels = lit if isinstance(lit, Mapping) else dict.fromkeys(lit, 1.0)
        for number, led in enumerate(self._leds):
            try:
                self._set(led, levels.get(number, 0.0))
            except Exception as error:  # noqa: BLE001  whatever a light does, votes must go on
                if not self._failed:
                    log.error("the lights don't work any more (%s: %s)", type(error).__name__, error)
                self._failed = True

    def close(self) -> None:
        """Everything off, and let go of the pins."""
        self.show(())
        for led in self._leds:
            led.close()
        self._leds.clear()

    def _set(self, led: Any, level: float) -> None:
        level = min(max(level, 0.0), 1.0) if self._dimmable else float(level >= 0.5)
        # A wave that is always on or off is none: it would only keep lgpio's thread awake.
        frequency = _DIM_HZ if 0 < level < 1 else None
        if led.frequency != frequency:
            led.frequency = frequency
        led.value = level
