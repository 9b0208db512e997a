"""What this board can tell of itself: a file a family of readings, each good, bad or unknown. Knows nothing of votes.

Nothing is loaded before somebody looks, and then on the probe's own thread: the kiosk runs for months between two
technicians, and the screen must not stand still while one looks.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import board
from hardware.probes.latch import Latch

if TYPE_CHECKING:
    from hardware.health import Health
    from hardware.probes.look import Probe

__all__ = ["Latch", "all_probes", "open_latch", "readings"]

_READINGS = {
    "soc": ("temperature", "throttled", "power"),
    "memory": ("memory", "memory.own", "memory.kills"),
    "disk": ("disk.space", "disk.errors", "disk.readonly", "disk.lasting", "card"),
    "canary": ("disk.canary",),
    "system": ("uptime", "reboot", "watchdog", "load", "version"),
    "screen": ("screen", "touch", "backlight"),
    "pins": ("pins", "pins.library"),
    "clock": ("clock", "rtc", "timezone"),
}


def open_latch(data: Path, root: Path = Path("/")) -> Latch:
    """What must be remembered of this boot, in a file of the folder `data`: for `soc.watch` and `all_probes`."""
    return Latch(data / "this-boot", board.boot_id(root))


def all_probes(
    data: Path,
    *,
    root: Path = Path("/"),
    latch: Latch | None = None,
    pins: str | None = "lgpio",
    pins_trouble: str = "",
    driver: str = "kmsdrm",
    backlight: Callable[[], str] = str,
    touch: bool = True,
    timezone: str = "",
    program: str = "",
) -> dict[str, Probe]:
    """Every probe of this board by its name, for `look.Looker`; none is run yet.

    `data` is the folder of the votes, `root` where /proc, /sys, /dev and /run are. `pins` is what pins are made of,
    None where no pin is used, and `pins_trouble` why they could not be had; `driver` where the picture goes;
    `backlight` says why the light could last not be set; `touch` whether there should be something to touch; `timezone`
    is the settings' and `program` our version.
    """
    return {
        "soc": partial(_probe, "soc", root, latch),
        "memory": partial(_probe, "memory", root),
        "disk": partial(_probe, "disk", data, root),
        "canary": partial(_probe, "canary", data),
        "system": partial(_probe, "system", root, program),
        "screen": partial(_probe, "screen", root, driver, backlight, touch),
        "pins": partial(_probe, "pins", root, pins, pins_trouble),
        "clock": partial(_probe, "clock", root, timezone),
    }


def readings() -> dict[str, tuple[str, ...]]:
    """What each of `all_probes` finds, for `look.Looker`: one that hangs leaves none of its readings out."""
    return dict(_READINGS)


def _probe(family: str, *arguments: object) -> list[Health]:
    found: list[Health] = importlib.import_module(f"hardware.probes.{family}").probe(*arguments)
    return found
