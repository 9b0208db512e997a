"""What must be put right before a kiosk can begin stands on its screen until it is. Never knows votes or pins.

Starting anew would mend no file and no folder, so the process stays, and looks again each second.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from hardware import board
from hardware.display import Damaged, Display, Quit
from hardware.errors import DisplayError
from hardware.watchdog import Notifier
from kiosk import files, memory
from kiosk.curtain import Curtain
from kiosk.errors import MissingSettings, SettingsError
from kiosk.loop import Loop
from kiosk.orders import Order
from kiosk.refused import refused
from kiosk.screens.stage import Painter
from kiosk.screens.view import Trouble
from kiosk.settings import Settings, by_first_boot, fits_survey
from kiosk.show import Trace
from kiosk.survey import Survey
from kiosk.watchdog import Heartbeat

log = logging.getLogger(__name__)

LOOK_AGAIN_MS = 1_000
"""How often what is wrong is looked at again."""

T = TypeVar("T")
PassedOver = tuple[str, ...]
"""What of stored settings can't be used, as sentences."""
Look = Callable[[list[str]], T | None]
"""Gives what is needed, or adds what keeps it from being had."""


class Screen:
    """Where it is told what is wrong: the picture, the log, and systemd."""

    def __init__(
        self,
        loop: Loop,
        display: Display,
        trace: Trace,
        notifier: Notifier,
        shots: Path | None,
        curtain: Curtain | None = None,
    ) -> None:
        self._loop = loop
        self._display = display
        self._trace = trace
        self._notifier = notifier
        self._shots = shots
        self._curtain = curtain

    def until(self, look: Look[T], problem: Literal["store", "settings"], status: str) -> T | None:
        """What `look` gives, as soon as it gives something; None where the loop was stopped before.

        Meanwhile what it says is wrong is shown; `status` begins the line for systemd.
        """
        complained: tuple[str, ...] = ()
        heartbeat = Heartbeat(self._notifier, status=lambda: f"{status}: {' '.join(complained[:1])}")
        while not self._loop.stopped:
            mistakes: list[str] = []
            if (found := look(mistakes)) is not None:
                return found
            is_new = self._has_opened()
            if tuple(mistakes) != complained:
                complained = tuple(mistakes)
                for mistake in mistakes:
                    log.error("%s", mistake)
                is_new = True
                heartbeat.begin()  # as ready as it can be
                memory.settle()
            if is_new:
                self._show(problem, complained)
            heartbeat.turn(board.boottime_ms())
            self._wait()
        return None

    def _has_opened(self) -> bool:
        """Whether a screen was plugged in, and the picture is on it now."""
        if self._curtain is None:
            return False
        self._curtain.watch()
        if not self._curtain.is_time():
            return False
        self._curtain.open()
        return True

    def _show(self, problem: Literal["store", "settings"], mistakes: tuple[str, ...]) -> None:
        Painter(None, self._display.size).draw(self._display.surface, Trouble("en", problem, mistakes))
        self._display.flip()
        self._trace("screen", screen=problem, details=mistakes)
        if self._shots:
            with contextlib.suppress(DisplayError):
                self._display.save(self._shots / f"{problem}.png")

    def _wait(self) -> None:
        for event in [*self._loop.taken(), *self._display.inputs()]:
            if isinstance(event, Quit) or event == Order("quit"):
                self._loop.stop()
            elif isinstance(event, Damaged):
                self._display.flip()
        self._loop.sleep(None, LOOK_AGAIN_MS)


def read(
    settings: Path, survey: Path | None, told: Path, mistakes: list[str]
) -> tuple[Settings, list[Survey], PassedOver] | None:
    """Settings and surveys that go together, and what was passed over; else `mistakes` gets what keeps them from it.

    Where there are no settings yet, what first boot refused is the reason: it stands in the file `told`.
    """
    found = surveys = None
    passed_over: PassedOver = ()
    try:
        stored = files.find_settings(settings)
        found, passed_over = stored.settings, stored.passed_over
    except MissingSettings as error:
        mistakes += refused(told) or error.mistakes
    except SettingsError as error:
        mistakes += error.mistakes
    try:
        surveys = files.asked(survey, settings)
    except SettingsError as error:
        mistakes += error.mistakes
    if not found or not surveys:
        return None
    misfits = [misfit for survey in surveys for misfit in fits_survey(found, survey)]
    mistakes += [f"{settings.name}, {misfit}" for misfit in misfits]
    if mistakes:
        return None
    for key in by_first_boot(found):
        log.warning("%s: understood, but only an appliance's first boot applies it", key)
    for mistake in passed_over:
        log.error("the stored settings can't be used as they are: %s", mistake)
    return found, surveys, passed_over
