"""The clock: who vouches for it, whether a battery keeps it, which time zone it shows. Knows /run and /sys."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from pathlib import Path

from hardware import board
from hardware.board import Clocks
from hardware.health import Health, bad, good, unknown
from hardware.probes.reading import Unread, line, number, place, told

MADE_S = 1_735_689_600
"""2025-01-01, UTC: an earlier time can't be true."""
_APART_S = 120
"""A battery clock that is further than this from a clock that NTP keeps has lost its time at some point."""
_FLAT_UV = 2_000_000
"""Microvolts of a Pi 5's battery below which there is none, or an empty one; a full one has 3 V (raspberrypi.com)."""


def probe(root: Path = Path("/"), timezone: str = "", clocks: Callable[[Path], Clocks] = board.clocks) -> list[Health]:
    """Clock, battery clock, time zone. `timezone` is the one in the settings; `root` is where /sys and /run are."""
    now = clocks(root)
    return [
        told("clock", "It can't be told whether the time is right.", lambda: _clock(root, now)),
        told("rtc", "It can't be told whether a battery keeps the time.", lambda: _rtc(root, now)),
        told("timezone", "It can't be told which time zone this is.", lambda: _timezone(root, timezone)),
    ]


def _clock(root: Path, now: Clocks) -> Health:
    raw = f"{now.wall_ms // 1000} s after 1970, by {now.by}"
    ask = "Votes count, their times are set right later. See to the network, or give it a time server."
    if now.wall_ms < MADE_S * 1000:
        return bad("clock", f"The clock is years behind. {ask}", raw)
    if now.by == "ntp":
        return good("clock", "The network keeps the clock right.", raw)
    if any(_kept(rtc) for rtc in _batteries(root)):
        return unknown("clock", "The clock was set from its battery; no network vouches for it.", f"{raw}, hctosys = 1")
    return bad("clock", f"Nobody has set the clock since the start. {ask}", raw)


def _batteries(root: Path) -> list[Path]:
    return sorted(root.glob("sys/class/rtc/rtc*"))


def _kept(rtc: Path) -> bool:
    """Whether the system's clock was set from this one as it started."""
    try:
        return number(rtc / "hctosys") == 1
    except Unread:
        return False


def _rtc(root: Path, now: Clocks) -> Health:
    batteries = _batteries(root)
    if not batteries:
        if not (root / "sys/class").is_dir():
            raise Unread("no /sys/class")
        # Most Pis have none: that is known, and nothing is wrong with it.
        said = "This Pi has no clock with a battery: after a power cut the time comes from the network."
        return good("rtc", said, "none in /sys/class/rtc")
    rtc = batteries[0]
    told_s, name = number(rtc / "since_epoch"), line(rtc / "name")
    raw = f"{rtc.name} {name}: {place(rtc / 'since_epoch')} = {told_s}"
    battery = rtc / "battery_voltage"
    if battery.exists() and (microvolts := number(battery)) < _FLAT_UV:
        return bad(
            "rtc",
            "The clock's battery is missing or empty: after a power cut the time waits for the network. Replace it.",
            f"{raw}, battery_voltage = {microvolts}",
        )
    away = abs(told_s - now.wall_ms // 1000)
    if told_s < MADE_S or (now.by == "ntp" and away > _APART_S):
        return bad("rtc", "The clock with a battery is wrong: replace its battery.", f"{raw}, {away} s off")
    return good("rtc", "A clock with a battery keeps the time through power cuts.", raw)


def _timezone(root: Path, wanted: str) -> Health:
    name = wanted or _of_system(root)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return bad("timezone", f"The time zone {name[:40]!r} is unknown here: correct it in the settings.", name[:40])
    return good("timezone", f"The time zone is {name}.", name)


def _of_system(root: Path) -> str:
    """The system's own time zone: what /etc/localtime leads to."""
    try:
        link = (root / "etc/localtime").readlink().as_posix()
    except OSError as error:
        raise Unread(f"/etc/localtime: {error.strerror}") from None
    before, zoneinfo_folder, name = link.partition("zoneinfo/")
    if not zoneinfo_folder:
        raise Unread(f"/etc/localtime leads to {before[:60]!r}")
    return name
