"""The lights in the buttons. Knows which are lit; never why."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

from gpiozero import LED
from gpiozero.pins import Factory

from hardware.errors import PanelError

log = logging.getLogger(__name__)


class Lights:
    """One light a button, on or off. PanelError where a pin can't be had; a light that fails later is only logged."""

    def __init__(self, pins: Sequence[int], factory: Factory) -> None:
        self._leds: list[Any] = []
        self._failed = False
        try:
            for pin in pins:
                self._leds.append(LED(pin, pin_factory=factory))
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            self.close()
            raise PanelError(f"the lights' pins {list(pins)} can't be had ({type(error).__name__}: {error})") from None

    def show(self, lit: Collection[int]) -> None:
        """Light the buttons whose numbers, from 0, are in `lit`, and no others."""
        for number, led in enumerate(self._leds):
            try:
                led.value = number in lit
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
