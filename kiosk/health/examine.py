"""Everything there is to look at: the board, the votes, the network as sync left it. Knows who tells; never judges.

What it names can block for as long as a dying card likes: it is for `hardware.probes.look` to run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from hardware import board, probes
from hardware.health import Health, bad, good, unknown
from hardware.probes.look import Probe
from kiosk import __version__, files, refused
from kiosk.clock import Reading
from kiosk.errors import MissingSettings, SettingsError
from kiosk.health import store_health
from kiosk.reader import NETWORK, network_findings, sync_db, sync_status
from kiosk.settings import Settings

STALE_MS = 3 * 600_000
"""Sync looks each ten minutes (each hour where sending costs): what is three times as old tells nothing of now."""
METERED_STALE_MS = 3 * 3_600_000


class Kiosk(msgspec.Struct, frozen=True):
    """Which kiosk is looked at, and what the board is to be asked about. `root` is where /proc and /sys are."""

    settings: Settings
    data: Path
    root: Path = Path("/")
    latch: probes.Latch | None = None
    pins: str | None = None
    """What its pins are made of; None where it uses none."""
    pins_trouble: str = ""
    driver: str = "kmsdrm"
    """Where its picture goes."""
    touch: bool = True
    """Whether there should be something to touch."""
    backlight: Callable[[], str] = str
    read_clock: Callable[[], Reading] = lambda: Reading(*board.clocks())


def sources(kiosk: Kiosk) -> dict[str, Probe]:
    """Who can tell something, by name."""
    return {
        **probes.all_probes(
            kiosk.data,
            root=kiosk.root,
            latch=kiosk.latch,
            pins=kiosk.pins,
            pins_trouble=kiosk.pins_trouble,
            driver=kiosk.driver,
            touch=kiosk.touch,
            backlight=kiosk.backlight,
            timezone=kiosk.settings.kiosk.timezone,
            program=__version__,
        ),
        "store": partial(store_health.store, kiosk.data),
        "sending": partial(sending, kiosk),
        "processes": partial(store_health.processes, kiosk.data, kiosk.root),
        "network": partial(network, kiosk),
    }


def readings() -> Mapping[str, Sequence[str]]:
    """What each of `sources` tells of, so that one that hangs leaves none of it out."""
    return {
        **probes.readings(),
        "store": ("store", "store.size", "store.damaged"),
        "sending": ("votes.waiting", "votes.contact", "votes.gap", "sending"),
        "processes": ("kiosk", "sync"),
        "network": NETWORK,
    }


def sending(kiosk: Kiosk) -> list[Health]:
    """What waits, and what went wrong on the way."""
    endpoint = kiosk.settings.endpoint
    return store_health.sending(
        kiosk.data,
        sync_status(sync_db(kiosk.data)),
        kiosk.read_clock(),
        boot=board.boot_id(kiosk.root),
        endpoint=endpoint is not None,
        metered=endpoint is not None and endpoint.metered,
    )


def network(kiosk: Kiosk) -> list[Health]:
    """The network as sync found it last, unless that is too long ago."""
    endpoint = kiosk.settings.endpoint
    if endpoint is None:
        return [good("endpoint", "No endpoint is set: all votes stay on this kiosk, and no network is needed.")]
    found = network_findings(sync_db(kiosk.data))
    if not found.readings or found.boot != board.boot_id(kiosk.root):
        said = "How the network is can't be told: sync has not looked since this kiosk was started."
        return [unknown("endpoint", said)]
    ago_ms = max(0, kiosk.read_clock().boottime_ms - found.ms)
    if ago_ms > (METERED_STALE_MS if endpoint.metered else STALE_MS):
        said = f"How the network is can't be told: sync last looked {store_health.span(ago_ms)} ago."
        return [unknown("endpoint", said, f"{ago_ms // 1000} s ago")]
    return list(found.readings)


def settings(path: Path, told: Path) -> tuple[Settings | None, list[Health]]:
    """The settings, where they can be read, and how they are; what was refused stands in the file `told`."""
    try:
        found = files.find_settings(path)
    except SettingsError as error:
        mistakes = (isinstance(error, MissingSettings) and refused.refused(told)) or error.mistakes
        first, more = mistakes[0], len(mistakes) - 1
        said = f"The settings need a correction: {first}" + (f", and {more} more" if more else "")
        return None, [bad("settings", said, "\n".join(mistakes) if more else path.name), *refused.exposed(told)]
    readings = refused.health(told, found.passed_over)
    if all(reading.name != "settings" for reading in readings):
        readings = [good("settings", "The settings are well.", path.name), *readings]
    return found.settings, readings
