"""This machine as the diagnostics see it: what is known of it, what can be looked at and done. Knows no screen.

Made at the start, when it costs nothing; whatever looks or does is imported when it is first asked for.
"""

from __future__ import annotations

import datetime
import functools
import logging
import os
import threading
import time
import zoneinfo
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from hardware import board
from hardware.buzzer import Buzzer
from hardware.display import Display
from hardware.errors import HardwareError
from hardware.health import Health
from kiosk import __version__
from kiosk.backstage.backstage import Backstage, Ways
from kiosk.backstage.chord import Chord
from kiosk.backstage.dark import Dark
from kiosk.backstage.pin import Pin
from kiosk.clock import Reading
from kiosk.errors import KioskError
from kiosk.fittings import Fittings
from kiosk.loop import Loop
from kiosk.ring import Ring
from kiosk.settings import Secret, Settings
from kiosk.show import Show, Trace
from kiosk.survey import Survey

if TYPE_CHECKING:
    from hardware.apply.client import Applier
    from hardware.probes.look import Looker
    from kiosk.backstage.deeds import Deeds
    from kiosk.screens.technician import pages
    from kiosk.technician.asks import Did, Do, Doing, Facts, Found, Looked

log = logging.getLogger(__name__)

APPLY = "/run/moodpost-apply"
"""Where moodpost-apply finds its requests, unless MOODPOST_APPLY says where."""
LOOK_S = 12
"""Longer than a look ever takes: each probe is given up after 5 s."""
TRY_S, STEP_S = 25, 0.3
"""How long sync may take to try the network, and how often is looked whether it has."""


class Places(msgspec.Struct, frozen=True):
    """Where this kiosk's files are, and what does its deeds."""

    data: Path
    settings: Path
    survey: Path | None = None
    pins: str | None = None
    """Where pins come from, other than the settings."""
    applier: Literal["files", "fake", "none"] = "none"
    """``files``: moodpost-apply, ``fake``: one that only says what it would do, ``none``."""
    root: Path = Path("/")
    """Where /proc and /sys are looked for."""
    runtime: Path | None = None
    """Where kiosk and sync leave each other requests; None: where systemd says, or the data folder."""


class Machine:
    """What the kiosk's settings and fittings say, and the tools that go with them."""

    def __init__(
        self,
        places: Places,
        settings: Settings,
        fitted: Fittings,
        display: Display,
        *,
        survey: Callable[[], Survey],
        touchable: Callable[[], bool],
        told: Callable[[], list[Health]] = list,
    ) -> None:
        """`survey` is the one in force, `touchable` whether something can be touched now.

        `told` says what is wrong with the settings, if something is.
        """
        self._places = places
        self._settings = settings
        self._fitted = fitted
        self._display = display
        self._survey = survey
        self._touchable = touchable
        self._told = told
        self._found: Callable[[str, list[Health]], None] = lambda *_: None
        self._last: dict[str, list[Health]] = {}

    def facts(self) -> Facts:
        """What is known without looking."""
        from hardware.wiring import physical
        from kiosk.screens.technician.touch import MARKS
        from kiosk.technician.asks import Facts
        from kiosk.technician.figures import in_force

        settings, display = self._settings, self._display
        return Facts(
            kiosk=settings.kiosk.id,
            version=__version__,
            rotate=settings.screen.rotate,
            size=display.size,
            survey=in_force(self._survey(), settings.kiosk.languages),
            buttons=tuple((pin, physical(pin)) for pin in settings.panel.buttons),
            lights=self._fitted.lights is not None,
            buzzer=self._fitted.buzzer is not None,
            panel=f"The buttons don't work: {trouble}." if (trouble := self._fitted.trouble) else "",
            touchable=self._touchable(),
            applier=self._why_no_deeds(),
            marks=MARKS,
        )

    def refit(self) -> None:
        """Display or pins were opened anew: what was to be looked at may be something else."""
        self.__dict__.pop("_looker", None)

    def held(self) -> Collection[int] | None:
        """The buttons, from 0, whose pins say that they are down now; None where there are none to ask."""
        return self._fitted.panel.held() if self._fitted.panel else None

    def log(self, ring: Ring) -> tuple[tuple[str, str], ...]:
        """The lines of `ring` with local times."""
        zone: datetime.tzinfo = datetime.UTC
        if self._settings.kiosk.timezone != "UTC":
            zone = zoneinfo.ZoneInfo(self._settings.kiosk.timezone)
        return tuple(
            (datetime.datetime.fromtimestamp(when, zone).strftime("%d %b %H:%M:%S"), said) for when, said in ring.lines
        )

    def examine(self, found: Callable[[Looked], None]) -> None:
        """See `runner.Tools`. What hangs is told as unknown, and not looked at again while it still hangs."""
        from kiosk.technician.asks import Looked

        def tell(source: str, readings: list[Health]) -> None:
            self._last[source] = readings
            found(Looked(source, tuple(readings)))

        self._found = tell
        self._looker.look().wait(LOOK_S)

    @functools.cached_property
    def _looker(self) -> Looker:
        """One for all looks: it remembers what hangs."""
        from hardware import probes
        from hardware.probes.look import Looker
        from kiosk.health import examine

        fitted, panel = self._fitted, self._settings.panel
        kiosk = examine.Kiosk(
            self._settings,
            self._places.data,
            root=self._places.root,
            latch=probes.open_latch(self._places.data, self._places.root),
            pins=self._places.pins or panel.pins if panel.buttons else None,
            pins_trouble=fitted.trouble,
            driver=self._display.driver,
            # In a window there is a mouse.
            touch=self._display.driver == "kmsdrm",
        )
        sources = {
            **examine.sources(kiosk),
            "panel": fitted.readings,
            "settings": self._told,
        }
        return Looker(sources, lambda *found: self._found(*found), readings=examine.readings())

    def test_network(self) -> str:
        """See `runner.Tools`."""
        from kiosk import requests
        from kiosk.reader import network_findings, sync_db

        sync = sync_db(self._places.data)
        before, runtime = network_findings(sync), requests.runtime_folder(self._places.runtime, self._places.data)
        try:
            requests.test_network(runtime)
        except KioskError as error:
            return f"Sync can't be asked: {error}"
        for _ in range(round(TRY_S / STEP_S)):
            time.sleep(STEP_S)
            if not requests.network_is_tested(runtime) and network_findings(sync) != before:
                return "The network was tried just now."
        return f"Sync has not answered within {TRY_S} s: does it run?"

    def votes(self) -> pages.Votes:
        """See `runner.Tools`."""
        from kiosk.figures import results

        kiosk = self._settings.kiosk
        endpoint = self._settings.endpoint is not None
        now, boot = Reading(*board.clocks()), board.boot_id()
        return results.votes(self._places.data, now=now, boot=boot, timezone=kiosk.timezone, endpoint=endpoint)

    def results(self, span: Literal["today", "week"], misuse: bool) -> pages.Results:
        """See `runner.Tools`."""
        from kiosk.figures import results
        from kiosk.figures.labels import Labels

        return results.results(
            self._places.data,
            now=Reading(*board.clocks()),
            boot=board.boot_id(),
            timezone=self._settings.kiosk.timezone,
            span=span,
            misuse=misuse,
            labels=Labels([self._survey()]),
        )

    def do(self, do: Do, tell: Callable[[Doing], None] = lambda _: None) -> Did | Found:
        """See `runner.Tools`."""
        return self._deeds.do(do, tell)

    @functools.cached_property
    def _deeds(self) -> Deeds:
        """One for all: it remembers what a stick brought until that is confirmed."""
        from kiosk.backstage.deeds import Deeds

        places = self._places
        return Deeds(self._applier, places.data, places.settings, self._settings, status=self._status)

    @functools.cached_property
    def _applier(self) -> Applier:
        from hardware.apply.client import open_applier

        fake = self._places.data / "apply"
        folder = fake if self._places.applier == "fake" else Path(os.environ.get("MOODPOST_APPLY", APPLY))
        return open_applier(self._places.applier, folder)

    def _why_no_deeds(self) -> str:
        try:
            return self._applier.missing
        except HardwareError as error:
            return str(error)

    def _status(self) -> str:
        return msgspec.json.encode(self._last).decode()


def open_backstage(
    machine: Machine,
    places: Places,
    settings: Settings,
    loop: Loop,
    display: Display,
    show: Show,
    trace: Trace,
    *,
    ring: Ring,
    buzzer: Callable[[], Buzzer | None] = lambda: None,
    dpi: float | None = None,
    shots: Path | None = None,
) -> Callable[[Callable[[tuple[int, ...]], None]], Backstage]:
    """What makes the technician's way in, once it is known how to store a mark."""
    clock = board.boottime_ms
    pin = Pin(places.data, clock, settings.technician.pin if settings.technician else Secret(""))
    if pin.is_given:
        threading.Thread(target=pin.load, name="pin", daemon=True).start()

    def sound() -> None:
        if sounds := buzzer():
            sounds.sound("thanked", clock())

    def backstage(mark: Callable[[tuple[int, ...]], None]) -> Backstage:
        ways = Ways(machine.facts, lambda: machine, lambda: machine.log(ring), sound, mark, machine.held)
        dark = Dark(display, show, trace, dpi=dpi, shots=shots)
        return Backstage(dark, Chord(len(settings.panel.buttons), display.size), pin, ways, clock, loop.post)

    return backstage
