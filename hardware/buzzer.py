"""The buzzer: short tones, without a thread and without sleeping. Knows notes and a pin; never what they are for.

Whoever has a loop asks for the `deadline`, sleeps until then, and calls `advance`. Time is an argument: ms of any
clock that doesn't step.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from gpiozero.output_devices import PWMOutputDevice
from gpiozero.pins import Factory

from hardware.errors import PanelError

log = logging.getLogger(__name__)

Sound = Literal["thanked", "refused"]


class Note(NamedTuple):
    """A tone of `hz`, up to 10,000 (lgpio's limit), or with 0 a rest, for `ms`."""

    hz: int
    ms: int


TUNES: Mapping[Sound, tuple[Note, ...]] = {
    # G6 and C7: a rising fourth, where a piezo is loud. The rest keeps it two on a buzzer that has one tone only.
    "thanked": (Note(1568, 70), Note(0, 40), Note(2093, 110)),
    "refused": (Note(392, 250),),
}
_HALF = 0.5
"""The loudest duty of a square wave."""


class Buzzer:
    """A buzzer on one pin. PanelError where it can't be had; one that fails later is only logged.

    An active buzzer has a tone of its own and is switched on and off; a `passive` one (a bare piezo) is given a
    square wave, which lgpio's own thread makes: good enough for a signal, not for music.
    """

    def __init__(self, pin: int, factory: Factory, *, passive: bool = False) -> None:
        self._passive = passive
        self._due: deque[tuple[int, int]] = deque()
        self._failed = False
        try:
            # Without a frequency it is a plain output, and no thread of gpiozero's ever runs for it.
            self._device: Any = PWMOutputDevice(pin, frequency=None, pin_factory=factory)
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            raise PanelError(f"the buzzer's pin {pin} can't be had ({type(error).__name__}: {error})") from None

    @property
    def deadline(self) -> int | None:
        """When `advance` must be called next; None while it is silent."""
        return self._due[0][0] if self._due else None

    def sound(self, name: Sound, now_ms: int) -> None:
        """Begin this tune; one that sounds is cut off."""
        self.play(TUNES[name], now_ms)

    def play(self, notes: Iterable[Note], now_ms: int) -> None:
        """Begin these notes; those that sound are cut off."""
        self._due.clear()
        for note in notes:
            self._due.append((now_ms, note.hz))
            now_ms += note.ms
        self._due.append((now_ms, 0))
        self.advance(self._due[0][0])

    def advance(self, now_ms: int) -> None:
        """Go on to what is due. A loop that comes late skips what is over; the tune never becomes longer."""
        hz = None
        while self._due and self._due[0][0] <= now_ms:
            _, hz = self._due.popleft()
        if hz is not None:
            self._make(hz)

    def close(self) -> None:
        """Silence, and let go of the pin."""
        self._due.clear()
        if not self._device.closed:
            self._make(0)
            self._device.close()

    def _make(self, hz: int) -> None:
        try:
            if self._passive:
                self._device.frequency = hz or None
            # Silence writes the pin, too: lgpio's wave may have stopped while it was high.
            self._device.value = 0 if not hz else _HALF if self._passive else 1
        except Exception as error:  # noqa: BLE001  whatever a buzzer does, votes must go on
            if not self._failed:
                log.error("the buzzer doesn't work any more (%s: %s)", type(error).__name__, error)
            self._failed = True
