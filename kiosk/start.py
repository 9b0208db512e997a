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
from hardware.display import Damaged, Display, Quit, pick_driver
from hardware.errors import DisplayError, PanelError
from hardware.lights import Lights
from hardware.panel import MockHands, Panel, open_pins
from kiosk import files
from kiosk.app import App, ButtonPressed, Order, Trace
from kiosk.clock import Reading
from kiosk.errors import SettingsError, StoreError
from kiosk.lines import Lines
from kiosk.loop import Loop
from kiosk.reader import sync_status
from kiosk.screens.stage import KINDS, Painter
from kiosk.screens.view import Modes, Trouble
from kiosk.settings import Settings, fits_survey, without_effect
from kiosk.state import Rules
from kiosk.store import Board
from kiosk.survey import Survey

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
        contextlib.ExitStack() as told,
    ):
        loop.stop_on_signals()
        if options.shots:
            _make_folder(options.shots, "--shots")
        if options.play:
            threading.Thread(target=_obey, args=(loop,), name="orders", daemon=True).start()
        trace = Trace(told.enter_context(contextlib.closing(Lines())) if options.trace else None)
        found = _read_files(options, loop, display, trace)
        if found is not None:
            _serve(options, *found, loop, display, trace)


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


def _open_display(options: Options) -> Display:
    driver = options.screen or pick_driver()
    try:
        return Display(driver, options.size, fullscreen=options.fullscreen)
    except DisplayError as error:
        if options.screen:
            raise
        # Buttons count without a picture too.
        log.error("%s Going on without one", error)
        return Display("offscreen", options.size)


def _read_files(options: Options, loop: Loop, display: Display, trace: Trace) -> tuple[Settings, Survey] | None:
    """Settings and survey that go together; their mistakes stand on the screen until they are mended."""
    complained: tuple[str, ...] = ()
    while not loop.stopped:
        mistakes: list[str] = []
        settings = survey = None
        try:
            settings = files.settings(options.settings)
        except SettingsError as error:
            mistakes += error.mistakes
        try:
            survey = files.asked(options.survey, options.settings)[0]
        except SettingsError as error:
            mistakes += error.mistakes
        if settings and survey:
            mistakes += [f"{options.settings.name}, {misfit}" for misfit in fits_survey(settings, survey)]
            if not mistakes:
                for key in without_effect(settings):
                    log.warning("%s: understood, but this version does nothing with it yet", key)
                return settings, survey
        if tuple(mistakes) != complained:
            complained = tuple(mistakes)
            _complain(options, complained, display, trace)
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


def _serve(options: Options, settings: Settings, survey: Survey, loop: Loop, display: Display, trace: Trace) -> None:
    times = settings.visit
    rules = Rules(
        survey=survey,
        language=(settings.kiosk.languages or survey.languages)[0],
        kinds=KINDS if _can_be_touched(options, display) else frozenset(),
        languages=tuple(settings.kiosk.languages or survey.languages),
        modes=Modes(settings.screen.high_contrast, settings.screen.large_text, settings.screen.reach),
        undo_ms=round(times.undo_s * 1000),
        lockout_ms=round(times.lockout_s * 1000),
        answer_ms=round(times.answer_s * 1000),
        write_ms=round(times.write_s * 1000),
        warn_ms=round(times.warn_s * 1000),
        thanks_ms=round(times.thanks_s * 1000),
        settle_ms=round(times.settle_s * 1000),
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
            sync_status=lambda: sync_status(options.data / "sync.db"),
            retention_days=settings.store.retention_days,
            trace=trace,
            lights=lights,
            hands=hands,
            notice=notice,
            shots=options.shots,
        )
        open_parts.callback(app.close)
        app.run()


def _can_be_touched(options: Options, display: Display) -> bool:
    """Whether anybody can see and touch a follow-up. An off-screen picture that was asked for has a player."""
    if display.driver == "offscreen":
        return options.screen == "offscreen"
    return display.descriptors() is not None or display.driver != "kmsdrm"


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
    except PanelError as error:
        log.error("the buttons don't work: %s", error)
        return None, None, f"The buttons don't work: {error.brief}. Touching a face does."
    lights, notice = None, ""
    try:
        if settings.panel.lights:
            lights = Lights(settings.panel.lights, factory)
            open_parts.callback(lights.close)
    except PanelError as error:
        log.error("the lights don't work: %s", error)
        notice = f"The lights of the buttons don't work: {error.brief}."
    return lights, MockHands.of(pins, factory), notice


def _obey(loop: Loop) -> None:
    """Hand over each line of standard input; its end is the end."""
    for line in sys.stdin:
        loop.post(Order(line.strip()))
    loop.stop()
