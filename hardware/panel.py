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
from types import ModuleType
from typing import Any

from gpiozero import DigitalInputDevice
from gpiozero.pins import Factory
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hardware.errors import PanelError

log = logging.getLogger(__name__)

OnPress = Callable[[int, int], None]
"""Called with the number of the button, from 0, and the moment (ms) of its first edge; on any thread."""


def open_pins(name: str, chip: int | None = None) -> Factory:
    """The pin factory called `name`: "lgpio" (a real GPIO chip) or "mock" (pins that a program drives).

    `chip` is the number of the GPIO chip, by default the one of this Pi's header. PanelError where there is none.
    """
    if name == "mock":
        return MockFactory(pin_class=MockPWMPin)  # as real pins can: lights may be dimmed, a buzzer may sing
    if name != "lgpio":
        raise PanelError(f'found pins = "{name}", expected "lgpio" or "mock"')
    try:
        lgpio = _import_lgpio()
    except ImportError as error:
        raise PanelError(f"lgpio is not installed ({error}): install the extra, moodpost[pi]") from None
    except OSError as error:
        place = _pipe_place()
        raise PanelError(
            f"lgpio can't make its pipe in {place} ({error.strerror}): can this user write there?"
        ) from None
    except Exception as error:  # noqa: BLE001  lgpio raises a tree of its own
        raise PanelError(f"lgpio can't be started ({type(error).__name__}: {error})") from None
    if not hasattr(lgpio, "gpiochip_open"):
        raise PanelError("the lgpio that is installed is an empty shell: install lgpio 0.2.2.0 or later")
    try:
        factories = importlib.import_module("gpiozero.pins.lgpio")
        factory: Factory = factories.LGPIOFactory(chip=chip)
    except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
        raise PanelError(
            f"no GPIO chip answers ({type(error).__name__}: {error}). Is this a Pi, and may this user open "
            "/dev/gpiochip0?"
        ) from None
    return factory


def _import_lgpio() -> ModuleType:
    """lgpio, imported where that does no harm.

    As it is imported it moves the process to the folder LG_WD and leaves a named pipe there, for all who have
    imported it to stumble over. So it gets a folder of its own, which is gone as soon as the pipe is open.
    """
    usual = os.environ.get("LG_WD")
    here = os.open(".", os.O_PATH | os.O_CLOEXEC)
    try:
        with tempfile.TemporaryDirectory(prefix="moodpost-lgpio-", dir=_pipe_place()) as folder:
            os.environ["LG_WD"] = folder
            try:
                return importlib.import_module("lgpio")
            finally:
                os.fchdir(here)
    finally:
        os.close(here)
        if usual is None:
            os.environ.pop("LG_WD", None)
        else:
            os.environ["LG_WD"] = usual


def _pipe_place() -> str:
    return os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or tempfile.gettempdir()


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
                # gpiozero's Button would keep a thread a button that wakes ten times a second to see if it is held.
                button = DigitalInputDevice(pin, pull_up=True, bounce_time=None, pin_factory=factory)
                self._buttons.append(button)
                button.when_activated = self._handler(number, down=True)
                button.when_deactivated = self._handler(number, down=False)
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
