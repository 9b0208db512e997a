"""Starts the kiosk's process: files, display, pins, then the app. Never knows networks; what can be absent may be."""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from hardware import board
from hardware.display import Display
from hardware.watchdog import Notifier
from kiosk import folder, memory, picture, refused, requests, schema
from kiosk.app import App
from kiosk.backstage.machine import Machine, Places, open_backstage
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.clock import Reading
from kiosk.corrections import Screen, read
from kiosk.curtain import Curtain
from kiosk.day import Day
from kiosk.fittings import open_fittings
from kiosk.health.presses import Earlier
from kiosk.health.vigil import Vigil, own
from kiosk.lines import Lines
from kiosk.loop import Loop
from kiosk.orders import Order
from kiosk.outgoing import intake
from kiosk.readahead import ReadAhead
from kiosk.reader import sync_db, sync_status
from kiosk.ring import Ring, listening
from kiosk.screens.view import Modes
from kiosk.settings import Settings
from kiosk.show import Show, Trace
from kiosk.state import Rules
from kiosk.store import Board
from kiosk.survey import Survey
from kiosk.timetable import Timetable

log = logging.getLogger(__name__)

_LATER_S = 2.0
"""After so long the faces stand, and what is needed once somebody has typed something can be loaded."""


class Options(msgspec.Struct, frozen=True):
    """What the command line says."""

    settings: Path
    data: Path
    survey: Path | None = None
    pins: str | None = None
    screen: str | None = None
    size: tuple[int, int] | None = None
    fullscreen: bool = False
    trace: bool = False
    play: bool = False
    shots: Path | None = None
    applier: Literal["files", "fake", "none"] = "none"
    runtime: Path | None = None
    root: Path = Path("/")
    """Where the diagnostics look for /proc and /sys."""


def run(options: Options, ahead: ReadAhead | None = None) -> None:
    """The kiosk, until Ctrl-C or SIGTERM. InUse where another kiosk uses the data folder.

    `ahead` is told what was loaded once it has started.
    """
    memory.give_back()
    told = refused.place()
    runtime = requests.runtime_folder(options.runtime, options.data)
    with (
        listening() as ring,
        contextlib.closing(Loop(board.boottime_ms)) as loop,
        contextlib.ExitStack() as parts,
    ):
        take = partial(folder.take, options.data, told, parts)
        is_ours = take([])
        if is_ours:
            schema.make_ahead(options.data / "votes.db")
        with contextlib.suppress(OSError):  # a folder that can't be written: nothing was begun there
            intake.finish(options.settings)
        rotate = picture.rotation(options.settings)
        display = picture.open_display(
            options.screen, options.size, fullscreen=options.fullscreen, rotate=rotate, root=options.root
        )
        parts.callback(lambda: display.close())
        loop.stop_on_signals()
        if options.shots:
            folder.make(options.shots, "--shots")
        if options.play:
            threading.Thread(target=_obey, args=(loop,), name="orders", daemon=True).start()
        trace = Trace(parts.enter_context(contextlib.closing(Lines())) if options.trace else None)
        notifier = parts.enter_context(contextlib.closing(Notifier()))
        curtain = _curtain(options, display, lambda: display.reopen("kmsdrm"))
        screen = Screen(loop, display, trace, notifier, options.shots, curtain)
        if not is_ours and not screen.until(take, "store", "no votes can be taken"):
            return
        look = partial(read, options.settings, options.survey, told)
        found = screen.until(look, "settings", "the settings need a correction")
        if found is None:
            return
        settings, surveys, passed_over = found
        if settings.screen.rotate != rotate:  # it was among the mistakes
            display.close()
            display = picture.open_display(
                options.screen,
                options.size,
                fullscreen=options.fullscreen,
                rotate=settings.screen.rotate,
                root=options.root,
            )
        _serve(options, settings, surveys, loop, display, trace, ring, notifier, runtime, told, passed_over, ahead)


def _serve(
    options: Options,
    settings: Settings,
    surveys: list[Survey],
    loop: Loop,
    display: Display,
    trace: Trace,
    ring: Ring,
    notifier: Notifier,
    runtime: Path,
    told: Path,
    passed_over: tuple[str, ...],
    ahead: ReadAhead | None,
) -> None:
    with contextlib.ExitStack() as parts:
        fitted = open_fittings(
            settings.panel,
            options.pins,
            lambda button, at_ms: loop.post(ButtonPressed(button, at_ms)),
            parts,
            lambda button, at_ms: loop.post(ButtonReleased(button, at_ms)),
            options.root,
        )
        fitted.earlier = Earlier(options.data / "votes.db", len(settings.panel.buttons))
        day = Day(Timetable(surveys, settings.kiosk.hours, settings.kiosk.timezone), _read_clock)
        day.look(board.boottime_ms())
        backlight = picture.open_backlight(settings, display, parts)
        show = Show(
            display,
            day.survey,
            trace,
            board.boottime_ms,
            lights=fitted.lights,
            backlight=backlight,
            dpi=picture.dpi(settings, display),
            still=settings.screen.reduced_motion,
            shots=options.shots,
        )
        places = Places(
            options.data, options.settings, options.survey, options.pins, options.applier, options.root, options.runtime
        )
        machine = Machine(
            places,
            settings,
            fitted,
            display,
            survey=lambda: day.survey,
            touchable=lambda: bool(picture.kinds(options.screen, display)),
            told=lambda: refused.health(told, passed_over),
        )
        vigil = Vigil(
            options.data,
            runtime,
            lambda: [
                *refused.health(told, passed_over),
                *own(fitted, display.driver, display.size, asked=options.screen == "offscreen", lost=display.lost),
            ],
            options.root,
        )
        parts.callback(vigil.close)

        def reopen() -> None:
            try:
                display.reopen("kmsdrm")
            finally:
                show.refit(picture.dpi(settings, display), picture.open_backlight(settings, display, parts))
                machine.refit()

        def repair() -> None:
            if fitted.repaired():
                log.warning("what is wired answers now")
                app.refit(fitted.panel, fitted.buzzer)
                show.use_lights(fitted.lights)
                machine.refit()

        app = App(
            rules=lambda survey: _rules(settings, survey, picture.kinds(options.screen, display)),
            day=day,
            loop=loop,
            clock=board.boottime_ms,
            display=display,
            show=show,
            backstage=open_backstage(
                machine,
                places,
                settings,
                loop,
                display,
                show,
                trace,
                ring=ring,
                buzzer=lambda: fitted.buzzer,
                dpi=picture.dpi(settings, display),
                shots=options.shots,
            ),
            votes=options.data / "votes.db",
            board=Board(board.boot_id(), board.serial()),
            read_clock=_read_clock,
            sync_status=lambda: sync_status(sync_db(options.data)),
            retention_days=settings.store.retention_days,
            trace=trace,
            buzzer=fitted.buzzer,
            panel=fitted.panel,
            hands=fitted.hands,
            notice=lambda: refused.notice(told, passed_over) or fitted.notice,
            limits=settings.misuse,
            notifier=notifier,
            curtain=_curtain(options, display, reopen),
            repair=repair,
        )
        parts.callback(app.close)
        parts.callback(notifier.stopping)
        later = threading.Timer(_LATER_S, _when_started, (ahead,))
        later.daemon = True
        later.start()
        parts.callback(later.cancel)
        app.run()


def _when_started(ahead: ReadAhead | None) -> None:
    if ahead:
        ahead.note()
    importlib.import_module("kiosk.mask")


def _curtain(options: Options, display: Display, reopen: Callable[[], None]) -> Curtain | None:
    """Who waits for a screen to be plugged in, where one may come."""
    return Curtain(display, reopen, board.boottime_ms, options.root) if picture.may_come(options.screen) else None


def _rules(settings: Settings, survey: Survey, kinds: frozenset[str]) -> Rules:
    """What a visit goes by while `survey` is asked."""
    languages = settings.kiosk.languages or survey.languages
    times = settings.visit
    return Rules(
        survey=survey,
        language=languages[0],
        kinds=kinds,
        languages=tuple(languages),
        modes=Modes(settings.screen.high_contrast, settings.screen.large_text, settings.screen.reach),
        undo_ms=round(times.undo_s * 1000),
        lockout_ms=round(times.lockout_s * 1000),
        answer_ms=round(times.answer_s * 1000),
        write_ms=round(times.write_s * 1000),
        warn_ms=round(times.warn_s * 1000),
        thanks_ms=round(times.thanks_s * 1000),
        settle_ms=round(times.settle_s * 1000),
    )


def _read_clock() -> Reading:
    return Reading(*board.clocks())


def _obey(loop: Loop) -> None:
    """Hand over each line of standard input; its end is the end."""
    for line in sys.stdin:
        loop.post(Order(line.strip()))
    loop.stop()
