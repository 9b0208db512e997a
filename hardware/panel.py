"""The buttons of the panel and where their pins come from. Knows pins and edges; never votes or screens.

gpiozero's own `bounce_time` stays None: it loses short taps and means something else on each backend. Instead
the first edge after some quiet is the press, and what follows within the quiet time is the contact's bounce.
"""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from gpiozero import Button
from gpiozero.pins import Factory
from gpiozero.pins.mock import MockFactory

from hardware.errors import PanelError

log = logging.getLogger(__name__)

OnPress = Callable[[int, int], None]
"""Called with the number of the button, from 0, and the moment (ms) of its first edge; on any thread."""


def open_pins(name: str, chip: int | None = None) -> Factory:
    """The pin factory called `name`: "lgpio" (a real GPIO chip) or "mock" (pins that a program drives).

    `chip` is the number of the GPIO chip, by default the one of this Pi's header. PanelError where there is none.
    """
    if name == "mock":
        return MockFactory()
    if name != "lgpio":
        raise PanelError(f'found pins = "{name}", expected "lgpio" or "mock"')
    # lgpio makes a named pipe in its working directory as it is imported.
    os.environ.setdefault("LG_WD", os.environ.get("RUNTIME_DIRECTORY", tempfile.gettempdir()).split(":")[0])
    try:
        if not hasattr(importlib.import_module("lgpio"), "gpiochip_open"):
            raise PanelError("the lgpio that is installed is an empty shell: install lgpio 0.2.2.0 or later")
        factories = importlib.import_module("gpiozero.pins.lgpio")
        factory: Factory = factories.LGPIOFactory(chip=chip)
    except PanelError:
        raise
    except ImportError as error:
        raise PanelError(f"lgpio is not installed ({error}): install the extra, moodpost[pi]") from None
    except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
        raise PanelError(
            f"no GPIO chip answers ({type(error).__name__}: {error}). Is this a Pi, and may this user open "
            "/dev/gpiochip0?"
        ) from None
    return factory


class Panel:
    """The buttons, each between its pin and ground. PanelError where a pin can't be had."""

    def __init__(
        self, pins: Sequence[int], factory: Factory, on_press: OnPress, clock: Callable[[], int], quiet_ms: int = 50
    ) -> None:
        self._on_press = on_press
        self._clock = clock
        self._quiet_ms = quiet_ms
        self._edges: list[int | None] = [None] * len(pins)
        self._buttons: list[Any] = []
        try:
            for number, pin in enumerate(pins):
                button = Button(pin, pull_up=True, bounce_time=None, pin_factory=factory)
                self._buttons.append(button)
                button.when_pressed = self._handler(number, down=True)
                button.when_released = self._handler(number, down=False)
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            self.close()
            raise PanelError(f"the panel's pins {list(pins)} can't be had ({type(error).__name__}: {error})") from None

    def close(self) -> None:
        """Let go of the pins."""
        for button in self._buttons:
            button.close()
        self._buttons.clear()

    def _handler(self, number: int, *, down: bool) -> Callable[[], None]:
        def edge() -> None:
            # One exception here would kill lgpio's only thread, and with it every button.
            try:
                self._edge(number, down)
            except Exception:
                log.exception("button %d: the press could not be handed on", number + 1)

        return edge

    def _edge(self, number: int, down: bool) -> None:
        now = self._clock()
        before, self._edges[number] = self._edges[number], now
        # Contacts bounce on release too, so an edge of either kind begins the quiet time.
        if down and (before is None or now - before >= self._quiet_ms):
            self._on_press(number, now)


class MockHands:
    """Fingers for mock pins: what a demo's keys and players press."""

    def __init__(self, pins: Sequence[int], factory: MockFactory) -> None:
        self._pins = [factory.pin(pin) for pin in pins]

    @classmethod
    def of(cls, pins: Sequence[int], factory: Factory) -> MockHands | None:
        """Fingers for these pins, or None where they are real: those only people press."""
        return cls(pins, factory) if isinstance(factory, MockFactory) else None

    def down(self, number: int) -> None:
        """Press button `number`, from 0, as its contact does: the pin goes low."""
        self._pins[number].drive_low()

    def up(self, number: int) -> None:
        """Let it go."""
        self._pins[number].drive_high()

    def __len__(self) -> int:
        return len(self._pins)
