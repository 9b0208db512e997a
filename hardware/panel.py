"""The buttons of the panel and where their pins come from. Knows pins and edges; never votes or screens.

gpiozero's own `bounce_time` stays None: it loses short taps and means something else on each backend. Instead
the first edge after some quiet is the press, and what follows within the quiet time is the contact's bounce.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from gpiozero.input_devices import DigitalInputDevice
from gpiozero.pins import Factory
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hardware import callbacks, chips
from hardware.errors import PanelError
from hardware.panel_health import FLURRY_EDGES, Button, Snapshot

log = logging.getLogger(__name__)

OnEdge = Callable[[int, int], None]
"""Called with the number of the button, from 0, and the moment (ms) of its edge; on any thread."""


class _MockPin(MockPWMPin):  # type: ignore[misc]
    """As real pins can: lights may be dimmed, a buzzer may sing. It keeps no record of all that it ever did."""

    def _change_state(self, value: object) -> bool:
        changed = bool(super()._change_state(value))
        del self.states[:-1]
        return changed


def open_pins(name: str, chip: int | None = None) -> Factory:
    """The pin factory called `name`: "lgpio" (a real GPIO chip) or "mock" (pins that a program drives).

    `chip` is the number of the GPIO chip, by default the one of this Pi's header. PanelError where there is none.
    """
    if name == "mock":
        return MockFactory(pin_class=_MockPin)
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
        # gpiozero knows two numbers by heart and guesses; where the kernel says which it is, nobody has to.
        factory: Factory = factories.LGPIOFactory(chip=chips.header_chip() if chip is None else chip)
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
        # As tempfile does, which would load a dozen modules first.
        folder = Path(_pipe_place()) / f"moodpost-lgpio-{os.urandom(6).hex()}"
        folder.mkdir(0o700)
        os.environ["LG_WD"] = str(folder)
        try:
            return importlib.import_module("lgpio")
        finally:
            os.fchdir(here)
            for left in folder.iterdir():
                left.unlink()
            folder.rmdir()
    finally:
        os.close(here)
        if usual is None:
            os.environ.pop("LG_WD", None)
        else:
            os.environ["LG_WD"] = usual


def _pipe_place() -> str:
    if place := os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]:
        return place
    from tempfile import gettempdir

    return gettempdir()


class _State:
    """What is known of one button. Changed on the thread of edges, under the panel's lock."""

    def __init__(self) -> None:
        self.down = False
        self.since_ms = 0
        """When it went down, while it is down."""
        self.edge_ms: int | None = None
        self.owes_release = False
        """A press was told, and not yet its release."""
        self.waits = False
        """Somebody will look whether a release that came soon is one."""
        self.presses = self.bounces = self.flurries = self.flurry = 0


def _later(seconds: float, look: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, look)
    timer.daemon = True
    timer.start()


class Panel:
    """The buttons, each between its pin and ground. PanelError where a pin can't be had.

    A release is told once for each press: at its edge, or, where that comes within the quiet time, when no other has
    followed it for as long. `later` (seconds, what) is how that is waited for; only taps so short need it.
    """

    def __init__(
        self,
        pins: Sequence[int],
        factory: Factory,
        on_press: OnEdge,
        clock: Callable[[], int],
        quiet_ms: int = 50,
        on_release: OnEdge | None = None,
        later: Callable[[float, Callable[[], None]], None] = _later,
    ) -> None:
        self.pins = tuple(pins)
        """The BCM numbers of the buttons."""
        self._on_press = on_press
        self._on_release = on_release
        self._clock = clock
        self._quiet_ms = quiet_ms
        self._later = later
        self._lock = threading.RLock()
        self._states = [_State() for _ in pins]
        self._buttons: list[Any] = []
        self._mock = isinstance(factory, MockFactory)
        self._thread: callbacks.CallbackThread | None = None
        try:
            for number, pin in enumerate(pins):
                # gpiozero's Button would keep a thread a button that wakes ten times a second to see if it is held.
                button = DigitalInputDevice(pin, pull_up=True, bounce_time=None, pin_factory=factory)
                self._buttons.append(button)
                if button.is_active:
                    self._states[number].down, self._states[number].since_ms = True, clock()
                button.when_activated = self._handler(number, down=True)
                button.when_deactivated = self._handler(number, down=False)
            self._thread = callbacks.thread_of(factory, clock)
        except Exception as error:  # noqa: BLE001  gpiozero, lgpio and the kernel each raise trees of their own
            self.close()
            raise PanelError(f"the panel's pins {list(pins)} can't be had ({type(error).__name__}: {error})") from None

    def close(self) -> None:
        """Let go of the pins."""
        if self._thread is not None:
            self._thread.close()
            self._thread = None
        for button in self._buttons:
            button.close()
        self._buttons.clear()

    def answers(self, since_ms: int) -> bool | None:
        """Whether the thread that tells of edges has answered since `since_ms`; if not, it is asked.

        None where there is no such thread.
        """
        return None if self._thread is None else self._thread.answers(since_ms)

    def held(self) -> dict[int, int]:
        """The buttons that are down now, from 0, each with the moment (ms) since when, the start of the kiosk at most.

        The pins are looked at: the kernel drops edges where they come too fast.
        """
        with self._lock:
            down = {number: state.since_ms for number, state in enumerate(self._states) if state.down}
        return {number: since for number, since in down.items() if self._is_down(number)}

    def snapshot(self, patience_s: float = 0.0) -> Snapshot:
        """What was counted so far.

        With some patience the thread that tells of edges is asked too, and may take so many seconds: never do that on
        the thread that owns the screen.
        """
        thread = self._thread.answers_within(patience_s) if self._thread and patience_s else None
        held = self.held()
        with self._lock:
            counted = [
                Button(pin, state.presses, state.bounces, state.flurries, held.get(number))
                for number, (pin, state) in enumerate(zip(self.pins, self._states, strict=True))
            ]
        return Snapshot(self._clock(), tuple(counted), thread, self._mock)

    def _is_down(self, number: int) -> bool:
        try:
            return bool(self._buttons[number].is_active)
        except Exception:  # noqa: BLE001  closed meanwhile, or a pin that can't be read: nobody holds it
            return False

    def _handler(self, number: int, *, down: bool) -> Callable[[], None]:
        def edge() -> None:
            # One exception here would kill lgpio's only thread, and with it every button.
            try:
                self._edge(number, down)
            except Exception:
                log.exception("button %d: the press could not be handed on", number + 1)

        return edge

    def _edge(self, number: int, down: bool) -> None:
        now, state = self._clock(), self._states[number]
        with self._lock:
            before, state.edge_ms, state.down = state.edge_ms, now, down
            # Contacts bounce on release too, so an edge of either kind begins the quiet time.
            if before is not None and now - before < self._quiet_ms:
                state.bounces += 1
                state.flurry += 1
                state.flurries += state.flurry == FLURRY_EDGES
                if not down and state.owes_release and not state.waits:
                    self._look_later(number)
                return
            state.flurry = 0
            if state.owes_release and before is not None:
                self._release(number, before if down else now)
            if down:
                state.presses += 1
                state.since_ms = now
                state.owes_release = self._on_release is not None
                self._on_press(number, now)

    def _release(self, number: int, at_ms: int) -> None:
        self._states[number].owes_release = False
        try:
            if self._on_release is not None:
                self._on_release(number, at_ms)
        except Exception:  # a press may be behind it
            log.exception("button %d: the release could not be handed on", number + 1)

    def _look_later(self, number: int) -> None:
        self._states[number].waits = True
        self._later((self._quiet_ms + 1) / 1000, lambda: self._look(number))

    def _look(self, number: int) -> None:
        """Whether the edge that came too soon to be sure was a release: nothing has followed it since."""
        state = self._states[number]
        with self._lock:
            state.waits = False
            if state.down or not state.owes_release or state.edge_ms is None:
                return
            if self._clock() - state.edge_ms < self._quiet_ms:
                self._look_later(number)
            else:
                self._release(number, state.edge_ms)


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
