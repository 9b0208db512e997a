"""The lights in the buttons. Knows which are lit; never why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from gpiozero import LED
from gpiozero.pins import Factory

from hardware.errors import PanelError


class Lights:
    """One light a button, on or off. PanelError where a pin can't be had."""

    def __init__(self, pins: Sequence[int], factory: Factory) -> None:
        self._leds: list[Any] = []
        try:
            for pin in pins:
                self._leds.append(LED(pin, pin_factory=factory))
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            self.close()
            raise PanelError(f"the lights' pins {list(pins)} can't be had ({type(error).__name__}: {error})") from None

    def show(self, lit: Collection[int]) -> None:
        """Light the buttons whose numbers, from 0, are in `lit`, and no others."""
        for number, led in enumerate(self._leds):
            led.value = number in lit

    def close(self) -> None:
        """Everything off, and let go of the pins."""
        for led in self._leds:
            led.off()
            led.close()
        self._leds.clear()
