"""Opens what is wired to this kiosk: pins, lights, buzzer. What can't be had is said, and votes go on without it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hardware import board, chips
from hardware.buzzer import Buzzer
from hardware.errors import PanelError
from hardware.health import Health, bad
from hardware.lights import Lights
from hardware.panel import MockHands, OnEdge, Panel, open_pins
from kiosk.settings import Panel as Wiring

log = logging.getLogger(__name__)

_PATIENCE_S = 1.0
"""How long the panel's thread may take to answer."""


class Fittings(msgspec.Struct):
    """What there is. `notice` is one line for the screen about what there should be."""

    panel: Panel | None = None
    lights: Lights | None = None
    buzzer: Buzzer | None = None
    hands: MockHands | None = None
    """Fingers for mock pins."""
    notice: str = ""
    trouble: str = ""
    """Why there are no buttons, in a few words."""
    missing: dict[str, str] = {}
    """What else there should be, and a sentence about why it is not there."""
    chips: tuple[Any, ...] = ()
    """The GPIO chips that there were (`hardware.chips.present`)."""
    again: Callable[[], Fittings] | None = None
    """Opens all anew."""
    root: Path = Path("/")
    earlier: Callable[[], Sequence[int]] = tuple
    """Presses by button from before this start, where somebody knows them; may read a file."""

    def repaired(self) -> bool:
        """Try once more what could not be had, if the chips are others by now; whether that changed anything."""
        if self.again is None or not (self.trouble or self.missing) or self.panel is not None:
            return False
        if chips.present(self.root) == self.chips:
            return False
        found = self.again()
        for name in ("panel", "lights", "buzzer", "hands", "notice", "trouble", "missing", "chips"):
            setattr(self, name, getattr(found, name))
        return not self.trouble

    def readings(self) -> list[Health]:
        """How panel, lights and buzzer are. May take `_PATIENCE_S`, as the panel's thread is asked, and read a file."""
        from hardware import panel_health

        snapshot = self.panel.snapshot(_PATIENCE_S) if self.panel else None
        rest = [bad(name, said) for name, said in self.missing.items()]
        counts = self.earlier() if snapshot else ()
        return [*panel_health.health(snapshot, counts, self.trouble), *rest]


def open_fittings(
    wired: Wiring,
    pins: str | None,
    pressed: OnEdge,
    parts: contextlib.ExitStack,
    released: OnEdge | None = None,
    root: Path = Path("/"),
) -> Fittings:
    """Open what the settings name; `parts` closes it.

    `pins` says where pins come from, other than the settings; `pressed` hears each press (button from 0, ms), and
    `released` how each ended. `root` is where /dev is looked for.
    """
    fittings = Fittings()
    if not wired.buttons and wired.buzzer is None:
        log.info("no buttons in the settings: touch only")
        return fittings
    fittings.chips = chips.present(root)  # first: what changes from now on is worth another try
    fittings.again = lambda: open_fittings(wired, pins, pressed, parts, released, root)
    fittings.root = root
    try:
        factory = open_pins(pins or wired.pins, wired.chip)
        parts.callback(factory.close)
        if wired.buttons:
            fittings.panel = Panel(
                wired.buttons, factory, pressed, board.boottime_ms, wired.quiet_ms, on_release=released
            )
            parts.callback(fittings.panel.close)
            fittings.hands = MockHands.of(wired.buttons, factory)
    except PanelError as error:
        what = "buttons don't" if wired.buttons else "buzzer doesn't"
        log.error("the %s work: %s", what, error)
        if wired.buttons:
            fittings.trouble = error.brief
        else:
            fittings.missing["buzzer"] = f"The buzzer doesn't work: {error.brief}."
        fittings.notice = f"The {what} work: {error.brief}." + (" Touching a face does." if wired.buttons else "")
        return fittings
    try:
        if wired.lights:
            fittings.lights = Lights(wired.lights, factory)
            parts.callback(fittings.lights.close)
    except PanelError as error:
        log.error("the lights don't work: %s", error)
        fittings.missing["lights"] = fittings.notice = f"The lights of the buttons don't work: {error.brief}."
    try:
        if wired.buzzer is not None:
            fittings.buzzer = Buzzer(wired.buzzer, factory, passive=wired.buzzer_passive)
            parts.callback(fittings.buzzer.close)
    except PanelError as error:
        log.error("the buzzer doesn't work: %s", error)
        fittings.missing["buzzer"] = f"The buzzer doesn't work: {error.brief}."
        fittings.notice = fittings.notice or fittings.missing["buzzer"]
    return fittings
