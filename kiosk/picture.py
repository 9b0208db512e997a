"""Opens the picture and its light, as far as this machine has them. Knows settings; never what is shown."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from hardware.backlight import Backlight
from hardware.connectors import seen
from hardware.display import Display, pick_driver
from hardware.errors import DisplayError
from hardware.touchable import can_be_touched
from kiosk import files
from kiosk.errors import SettingsError
from kiosk.screens.stage import KINDS
from kiosk.settings import Settings

log = logging.getLogger(__name__)

_INCH_MM = 25.4


def rotation(path: Path) -> int:
    """As the settings at `path` say: their mistakes, too, shall be read upright."""
    try:
        return files.settings(path).screen.rotate
    except SettingsError:
        return 0


def open_display(
    screen: str | None, size: tuple[int, int] | None, *, fullscreen: bool, rotate: int, root: Path = Path("/")
) -> Display:
    """Through the driver `screen`, or what this machine has: then without a picture if it can't be had.

    Under kmsdrm only once a screen is connected and has told its modes; `root` is where /dev and /sys are looked for.
    """
    driver = screen or pick_driver()
    if driver == "kmsdrm" and not screen and (found := seen(root)).told and not found.ready:
        log.error("no screen is connected. Going on without one")
        driver = "offscreen"
    try:
        return Display(driver, size, fullscreen=fullscreen, rotate=rotate, root=root)
    except DisplayError as error:
        if screen:
            raise
        # Buttons count without a picture too.
        log.error("%s Going on without one", error)
        return Display("offscreen", size, rotate=rotate, root=root)


def may_come(screen: str | None) -> bool:
    """Whether a screen that is plugged in later is for this kiosk: none was asked for, and there is no window."""
    return screen is None and pick_driver() != "window"


def open_backlight(settings: Settings, display: Display, parts: contextlib.ExitStack) -> Backlight | None:
    """On the bare screen of a Pi only: a window must not dim the laptop that it stands on."""
    if display.driver != "kmsdrm":
        return None
    backlight = Backlight()
    backlight.set(settings.screen.brightness)
    parts.callback(backlight.wake)
    return backlight


def dpi(settings: Settings, display: Display) -> float | None:
    """Pixels on an inch: by the width in the settings, else as the screen says; None where nobody knows."""
    width_mm = settings.screen.width_mm
    return display.size[0] / width_mm * _INCH_MM if width_mm else display.dpi


def kinds(screen: str | None, display: Display, root: Path = Path("/")) -> frozenset[str]:
    """The follow-ups that somebody can see and touch now; a touch panel may be plugged in later.

    An off-screen picture that was asked for has a player, a window a mouse. `root` is where /sys is looked for.
    """
    if display.lost:
        touched = False
    elif display.driver == "offscreen":
        touched = screen == "offscreen"
    else:
        touched = display.driver != "kmsdrm" or can_be_touched(root)
    return KINDS if touched else frozenset()
