"""This board and its system: since when it runs, why it started, who restarts it, how busy it is, what it runs.

Knows /proc, /sys and the device tree; never a host name.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, bad, good, unknown
from hardware.probes.reading import Unread, cells, line, number, place, text, told

BUSY = 2.0
"""Programs waiting for each processor over 5 minutes: with more a touch waits, too."""
_CARD_RESET = 0x20
"""WDIOF_CARDRESET of <linux/watchdog.h>: the watchdog restarted the machine."""
_POWER_ON, _WARM = 0x1000, 0x20
"""Bits of PM_RSTS (github.com/raspberrypi/linux/issues/932): power came back; reset by command or by the watchdog."""
_STOPPED = {0: "too high a voltage", 1: "too little power", 2: "too much heat", 4: "the watchdog"}
"""Bits of power_reset, Pi 5 (raspberrypi.com, "/chosen/power"); bit 3 is its button."""


def probe(root: Path = Path("/"), program: str = "", cpus: Callable[[], int | None] = os.cpu_count) -> list[Health]:
    """Uptime, last reboot, watchdog, load, versions. `program` is the version of what runs here."""
    return [
        told("uptime", "This machine doesn't tell since when it runs.", lambda: _uptime(root)),
        told("reboot", "This machine doesn't tell why it last started.", lambda: _reboot(root)),
        told("watchdog", "This system doesn't tell whether it would be restarted if it hung.", lambda: _watchdog(root)),
        told("load", "This machine doesn't tell how busy it is.", lambda: _load(root, cpus() or 1)),
        told("version", "It can't be told what runs here.", lambda: _version(root, program)),
    ]


def _uptime(root: Path) -> Health:
    seconds = _first(root / "proc/uptime", r"(\d+)\.\d+ ")
    days, rest = divmod(int(seconds), 86_400)
    hours, minutes = divmod(rest // 60, 60)
    return good("uptime", f"Up {days} d {hours:02}:{minutes:02}.", f"uptime = {seconds} s")


def _reboot(root: Path) -> Health:
    crashes = [path.name for path in sorted(root.glob("sys/fs/pstore/*"))]
    if crashes:
        return bad(
            "reboot",
            "The system crashed before this start: if it happens again, replace the card, then the board.",
            f"pstore: {', '.join(crashes[:3])}",
        )
    stopped, raw = _stopped_by(root)
    if stopped:
        return bad("reboot", f"This Pi was once stopped by {stopped}, before this start or an earlier one.", raw)
    for watchdog in sorted(root.glob("sys/class/watchdog/watchdog*/bootstatus")):
        status = number(watchdog)
        raw = f"{raw}{place(watchdog)} = {status:#x}; "
        if status & _CARD_RESET:
            return bad("reboot", "It hung, and the watchdog restarted it: if it happens again, report it.", raw)
    why, register = _reset_register(root)
    return good("reboot", why, f"{raw}{register}") if why else unknown("reboot", _UNSAID, f"{raw}{register}")


_UNSAID = "This machine doesn't tell why it last started."


def _stopped_by(root: Path) -> tuple[str, str]:
    """What stopped a Pi 5, in words, "" for nothing; and as it was read, "" on another board."""
    path = root / "proc/device-tree/chosen/power/power_reset"
    if not path.exists():
        return "", ""
    bits = cells(path)
    words = [word for bit, word in _STOPPED.items() if bits >> bit & 1]
    return " and ".join(words), f"power_reset = {bits:#x}; "


def _reset_register(root: Path) -> tuple[str, str]:
    """Why this Pi started, as its bootloader found, "" where that isn't told; and as it was read."""
    bootloader = root / "proc/device-tree/chosen/bootloader"
    paths = [path for name in ("rsts", "pm_rsts") if (path := bootloader / name).exists()]
    if not paths:
        raise Unread("no rsts in /chosen/bootloader of the device tree")
    bits = cells(paths[0])
    raw = f"{paths[0].name} = {bits:#x}"
    if bits & _WARM:
        return "It was restarted by command, or by its watchdog: a Pi doesn't tell which.", raw
    if bits & _POWER_ON:
        # A Pi 4 switches its own power on the way up (github.com/raspberrypi/linux/issues/4527).
        if re.search("Pi 4|Module 4", _model(root)):
            return "It was switched on, or restarted: a Pi 4 doesn't tell which.", raw
        return "It started as its power came back.", raw
    return "", raw


def _watchdog(root: Path) -> Health:
    dogs = sorted(root.glob("sys/class/watchdog/watchdog*"))
    if not dogs:
        why = "This machine has no watchdog that would restart it if it hung."
        return unknown("watchdog", why, "nothing in /sys/class/watchdog")
    states = {dog: line(dog / "state") for dog in dogs}
    odd = [f"{place(dog / 'state')} = {state[:20]!r}" for dog, state in states.items() if state not in _STATES]
    if odd:
        raise Unread(odd[0])
    awake = [dog for dog, state in states.items() if state == "active"]
    dog = (awake or dogs)[0]
    raw = f"{dog.name}: {line(dog / 'identity')}, {states[dog]}"
    if not awake:
        return bad(
            "watchdog", "Nobody would restart this Pi if it hung: set RuntimeWatchdogSec=15 in systemd's settings.", raw
        )
    seconds = number(dog / "timeout")
    return good("watchdog", f"If it hangs it restarts after {seconds} s.", f"{raw}, {seconds} s")


_STATES = ("active", "inactive")


def _load(root: Path, cpus: int) -> Health:
    load = float(_first(root / "proc/loadavg", r"\S+ (\d+\.\d+) "))
    raw = f"loadavg = {load} in 5 min, {cpus} processors"
    if load > BUSY * cpus:
        return bad("load", "This Pi is too busy: restart; stop what else runs on it.", raw)
    return good("load", f"It is {round(100 * load / cpus)} % busy.", raw)


def _version(root: Path, program: str) -> Health:
    kernel, model = line(root / "proc/sys/kernel/osrelease"), _model(root) or platform.machine()
    picture, trouble = _pygame()
    versions = [
        f"Moodpost {program}" if program else "",
        f"Python {platform.python_version()}",
        picture,
        f"SQLite {sqlite3.sqlite_version}",
        f"Linux {kernel}",
    ]
    raw = ", ".join(filter(None, versions))
    if trouble:
        return bad("version", trouble, raw)
    return good("version", f"{model}.", raw)


def _pygame() -> tuple[str, str]:
    """pygame's version and SDL's, and what is wrong with them, "" for nothing. Nothing is imported for it."""
    loaded, base = sys.modules.get("pygame"), sys.modules.get("pygame.base")
    if loaded is not None and base is not None:  # without its base it only stands there, see hardware.lean
        # Of the package itself that is asked only where all of it was imported.
        sdl = ".".join(str(part) for part in vars(loaded).get("get_sdl_version", base.get_sdl_version)())
        version = f"pygame {loaded.version.ver}, SDL {sdl}"
        is_ours = getattr(loaded, "IS_CE", False)
    else:
        try:
            version, is_ours = f"pygame-ce {importlib.metadata.version('pygame-ce')}", True
        except importlib.metadata.PackageNotFoundError:
            return "", ""
    return version, "" if is_ours else "The wrong pygame is installed: uninstall both, then install pygame-ce alone."


def _model(root: Path) -> str:
    """``Raspberry Pi 4 Model B Rev 1.4``; "" on another machine."""
    try:
        return line(root / "proc/device-tree/model")
    except Unread:
        return ""


def _first(path: Path, pattern: str) -> str:
    content = text(path)
    found = re.match(pattern, content)
    if not found:
        raise Unread(f"{place(path)} = {content[:40]!r}")
    return found[1]
