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

import msgspec

from hardware import board
from hardware.display import Display, pick_driver
from hardware.errors import DisplayError, PanelError
from hardware.lights import Lights
from hardware.panel import MockHands, Panel, open_pins
from kiosk import files
from kiosk.app import App, ButtonPressed, Order, Trace
from kiosk.clock import Reading
from kiosk.errors import SettingsError, StoreError
from kiosk.loop import Loop
from kiosk.reader import sync_status
from kiosk.screens.stage import KINDS, Painter
from kiosk.screens.view import Trouble
from kiosk.settings import Settings, fits_survey, without_effect
from kiosk.store import Board
from kiosk.survey import Survey
from kiosk.visit import Rules

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


def run(options: Options) -> None:
    """The kiosk, until Ctrl-C or SIGTERM. StoreError where another kiosk uses the data folder."""
    with (
        only_one(options.data),
        contextlib.closing(Loop(board.boottime_ms)) as loop,
        contextlib.closing(_open_display(options)) as display,
    ):
        loop.stop_on_signals()
        if options.shots:
            options.shots.mkdir(parents=True, exist_ok=True)
        if options.play:
            threading.Thread(target=_obey, args=(loop,), name="orders", daemon=True).start()
        trace = Trace(_write_line if options.trace else None)
        found = _read_files(options, loop, display, trace)
        if found is not None:
            _serve(options, *found, loop, display, trace)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Nobody else has this data folder; it is made where it is absent. The lock goes with the process."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"{data}: the data folder can't be had ({error}). Give another with --data") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise StoreError(f"{data}: another kiosk is using this data folder. Stop it, or give another --data") from None
    try:
        yield
    finally:
        os.close(folder)


def _open_display(options: Options) -> Display:
    driver = options.screen or pick_driver()
    try:
        return Display(driver, options.size, fullscreen=options.fullscreen)
    except DisplayError as error:
        if options.screen:
            raise
        # Buttons count without a picture too.
        log.error("%s. Going on without one", error)
        return Display("offscreen", options.size)


def _read_files(options: Options, loop: Loop, display: Display, trace: Trace) -> tuple[Settings, Survey] | None:
    """Settings and survey that go together; their mistakes stand on the screen until they are mended."""
    complained: tuple[str, ...] = ()
    while not loop.stopped:
        try:
            settings, survey = files.settings(options.settings), files.survey(options.survey, options.settings)
            if misfits := fits_survey(settings, survey):
                raise SettingsError(str(options.settings), [f"{options.settings.name}, {m}" for m in misfits])
        except SettingsError as error:
            if error.mistakes != complained:
                complained = error.mistakes
                for mistake in complained:
                    log.error("%s", mistake)
                view = Trouble("en", "settings", complained)
                Painter(None, display.size).draw(display.surface, view)
                display.flip()
                trace("screen", screen="settings", details=complained)
                if options.shots:
                    display.save(options.shots / "settings.png")
            _wait(loop, display)
            continue
        for key in without_effect(settings):
            log.warning("%s: understood, but this version does nothing with it yet", key)
        return settings, survey
    return None


def _wait(loop: Loop, display: Display) -> None:
    for event in [*loop.taken(), *display.inputs()]:
        if type(event).__name__ == "Quit" or event == Order("quit"):
            loop.stop()
        elif type(event).__name__ == "Damaged":
            display.flip()
    loop.sleep(None, LOOK_AGAIN_MS)


def _serve(options: Options, settings: Settings, survey: Survey, loop: Loop, display: Display, trace: Trace) -> None:
    times = settings.visit
    rules = Rules(
        survey=survey,
        language=(settings.kiosk.languages or survey.languages)[0],
        kinds=KINDS,
        undo_ms=round(times.undo_s * 1000),
        lockout_ms=round(times.lockout_s * 1000),
        answer_ms=round(times.answer_s * 1000),
        thanks_ms=round(times.thanks_s * 1000),
    )
    with contextlib.ExitStack() as open_parts:
        lights, hands, notice = _open_panel(options, settings, loop, open_parts)
        app = App(
            rules=rules,
            loop=loop,
            clock=board.boottime_ms,
            display=display,
            votes=options.data / "votes.db",
            board=Board(board.boot_id(), board.serial()),
            read_clock=lambda: Reading(*board.clocks()),
            forks=lambda: sync_status(options.data / "sync.db").forks,
            trace=trace,
            lights=lights,
            hands=hands,
            notice=notice,
            shots=options.shots,
        )
        open_parts.callback(app.close)
        app.run()


def _open_panel(
    options: Options, settings: Settings, loop: Loop, open_parts: contextlib.ExitStack
) -> tuple[Lights | None, MockHands | None, str]:
    """Lights, fingers for mock pins, and what to say on the screen where the panel can't be had."""
    pins = settings.panel.buttons
    if not pins:
        log.info("no buttons in the settings: touch only")
        return None, None, ""
    try:
        factory = open_pins(options.pins or settings.panel.pins, settings.panel.chip)
        open_parts.callback(factory.close)

        def pressed(button: int, at_ms: int) -> None:
            loop.post(ButtonPressed(button, at_ms))

        panel = Panel(pins, factory, pressed, board.boottime_ms, settings.panel.quiet_ms)
        open_parts.callback(panel.close)
        lights = Lights(settings.panel.lights, factory) if settings.panel.lights else None
        if lights:
            open_parts.callback(lights.close)
    except PanelError as error:
        log.error("the buttons don't work: %s", error)
        return None, None, f"The buttons don't work: {error}"
    return lights, MockHands.of(pins, factory), ""


def _obey(loop: Loop) -> None:
    """Hand over each line of standard input; its end is the end."""
    for line in sys.stdin:
        loop.post(Order(line.strip()))
    loop.stop()


def _write_line(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
