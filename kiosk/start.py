"""Starts the kiosk's process: files, display, pins, then the app. Never knows networks; what can be absent may be."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from hardware import board
from hardware.display import Damaged, Display, Quit
from hardware.errors import DisplayError
from hardware.watchdog import Notifier
from kiosk import files, memory, picture, requests, schema
from kiosk.app import App
from kiosk.backstage.machine import Machine, Places, open_backstage
from kiosk.buttons import ButtonPressed, ButtonReleased
from kiosk.clock import Reading
from kiosk.day import Day
from kiosk.errors import SettingsError, StoreError
from kiosk.fittings import open_fittings
from kiosk.health.presses import Earlier
from kiosk.health.vigil import Vigil, own
from kiosk.lines import Lines
from kiosk.loop import Loop
from kiosk.orders import Order
from kiosk.outgoing import intake
from kiosk.reader import sync_db, sync_status
from kiosk.ring import Ring, listening
from kiosk.screens.stage import Painter
from kiosk.screens.view import Modes, Trouble
from kiosk.settings import Settings, by_first_boot, fits_survey, without_effect
from kiosk.show import Show, Trace
from kiosk.state import Rules
from kiosk.store import Board
from kiosk.survey import Survey
from kiosk.timetable import Timetable
from kiosk.watchdog import Heartbeat

log = logging.getLogger(__name__)

LOOK_AGAIN_MS = 1_000
"""How often files with mistakes in them are looked at again."""


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


def run(options: Options) -> None:
    """The kiosk, until Ctrl-C or SIGTERM. StoreError where another kiosk uses the data folder."""
    memory.give_back()
    with (
        listening() as ring,
        only_one(options.data),
        contextlib.closing(Loop(board.boottime_ms)) as loop,
        contextlib.ExitStack() as parts,
    ):
        schema.make_ahead(options.data / "votes.db")
        with contextlib.suppress(OSError):  # a folder that can't be written: nothing was begun there
            intake.finish(options.settings)
        rotate = picture.rotation(options.settings)
        display = picture.open_display(options.screen, options.size, fullscreen=options.fullscreen, rotate=rotate)
        parts.callback(lambda: display.close())
        loop.stop_on_signals()
        if options.shots:
            _make_folder(options.shots, "--shots")
        if options.play:
            threading.Thread(target=_obey, args=(loop,), name="orders", daemon=True).start()
        trace = Trace(parts.enter_context(contextlib.closing(Lines())) if options.trace else None)
        notifier = parts.enter_context(contextlib.closing(Notifier()))
        found = _read_files(options, loop, display, trace, notifier)
        if found is None:
            return
        settings, surveys = found
        if settings.screen.rotate != rotate:  # it was among the mistakes
            display.close()
            display = picture.open_display(
                options.screen, options.size, fullscreen=options.fullscreen, rotate=settings.screen.rotate
            )
        _serve(options, settings, surveys, loop, display, trace, ring, notifier)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Nobody else has this data folder; it is made where it is absent. The lock goes with the process."""
    _make_folder(data, "--data")
    try:
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"{data}: the data folder can't be opened ({error.strerror})") from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"{data}: another kiosk is using this data folder. Stop it, or give another with --data"
            ) from None
        yield
    finally:
        os.close(folder)


def _make_folder(path: Path, option: str) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: this folder can't be made ({error.strerror}). Give another with {option}") from None


def _read_files(
    options: Options, loop: Loop, display: Display, trace: Trace, notifier: Notifier
) -> tuple[Settings, list[Survey]] | None:
    """Settings and surveys that go together; their mistakes stand on the screen until they are mended."""
    complained: tuple[str, ...] = ()
    heartbeat = Heartbeat(notifier, status=lambda: f"the settings need a correction: {' '.join(complained[:1])}")
    while not loop.stopped:
        mistakes: list[str] = []
        settings = surveys = None
        try:
            settings = files.settings(options.settings)
        except SettingsError as error:
            mistakes += error.mistakes
        try:
            surveys = files.asked(options.survey, options.settings)
        except SettingsError as error:
            mistakes += error.mistakes
        if settings and surveys:
            misfits = [misfit for survey in surveys for misfit in fits_survey(settings, survey)]
            mistakes += [f"{options.settings.name}, {misfit}" for misfit in misfits]
            if not mistakes:
                for key in by_first_boot(settings):
                    log.warning("%s: understood, but only an appliance's first boot applies it", key)
                for key in without_effect(settings):
                    log.warning("%s: understood, but this version does nothing with it yet", key)
                return settings, surveys
        if tuple(mistakes) != complained:
            complained = tuple(mistakes)
            _complain(options, complained, display, trace)
            heartbeat.begin()  # as ready as it can be: starting it anew mends no file
        heartbeat.turn(board.boottime_ms())
        _wait(loop, display)
    return None


def _complain(options: Options, mistakes: tuple[str, ...], display: Display, trace: Trace) -> None:
    for mistake in mistakes:
        log.error("%s", mistake)
    Painter(None, display.size).draw(display.surface, Trouble("en", "settings", mistakes))
    display.flip()
    trace("screen", screen="settings", details=mistakes)
    if options.shots:
        with contextlib.suppress(DisplayError):
            display.save(options.shots / "settings.png")


def _wait(loop: Loop, display: Display) -> None:
    for event in [*loop.taken(), *display.inputs()]:
        if isinstance(event, Quit) or event == Order("quit"):
            loop.stop()
        elif isinstance(event, Damaged):
            display.flip()
    loop.sleep(None, LOOK_AGAIN_MS)


def _serve(
    options: Options,
    settings: Settings,
    surveys: list[Survey],
    loop: Loop,
    display: Display,
    trace: Trace,
    ring: Ring,
    notifier: Notifier,
) -> None:
    with contextlib.ExitStack() as parts:
        fitted = open_fittings(
            settings.panel,
            options.pins,
            lambda button, at_ms: loop.post(ButtonPressed(button, at_ms)),
            parts,
            lambda button, at_ms: loop.post(ButtonReleased(button, at_ms)),
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
        )
        vigil = Vigil(
            options.data,
            requests.runtime_folder(options.runtime, options.data),
            lambda: own(fitted, display.driver, display.size, asked=options.screen == "offscreen"),
            options.root,
        )
        parts.callback(vigil.close)
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
                buzzer=fitted.buzzer,
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
            notice=fitted.notice,
            limits=settings.misuse,
            notifier=notifier,
        )
        parts.callback(app.close)
        parts.callback(notifier.stopping)
        app.run()


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
