"""What is seen and touched: the screen's connector, a touch device, the backlight. Knows /sys; never a picture."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, bad, good, unknown
from hardware.probes.reading import Unread, line, number, place, text, told
from hardware.touchable import can_be_touched, is_pointed_with

_STATUSES = {"connected", "disconnected", "unknown"}
_FIXED = ("DSI", "DPI", "LVDS", "eDP", "SPI")
"""Connectors of panels with a light of their own; a screen on a cable sees to its own."""
_BLANK_FROM = 1
"""From this `bl_power` on the light is off (FB_BLANK_UNBLANK is 0; the kernel's ABI/stable/sysfs-class-backlight)."""


def probe(
    root: Path = Path("/"), driver: str = "kmsdrm", trouble: Callable[[], str] = str, touch: bool = True
) -> list[Health]:
    """Screen, touch, backlight. `root` is where /sys and /dev are.

    `driver` is where the picture goes (`hardware.display.DRIVERS`), `trouble` says why the backlight could last not be
    set ("": it could), `touch` whether there should be something to touch.
    """
    return [
        told("screen", "This machine doesn't tell whether a screen is connected.", lambda: _screen(root, driver)),
        told("touch", "It can't be told whether the screen can be touched.", lambda: _touch(root, driver, touch)),
        told("backlight", "It can't be told how the screen is lit.", lambda: _backlight(root, trouble())),
    ]


def _connectors(root: Path) -> dict[str, tuple[str, Path]]:
    """Status and folder of each connector that a screen can have, by its name: ``HDMI-A-1``."""
    found = {}
    for folder in sorted(root.glob("sys/class/drm/card*-*")):
        name = folder.name.partition("-")[2]
        if name.startswith(("Writeback", "Virtual")):
            continue
        status = line(folder / "status")
        if status not in _STATUSES:
            raise Unread(f"{place(folder / 'status')} = {status[:20]!r}")
        found[name] = status, folder
    return found


def _screen(root: Path, driver: str) -> Health:
    if driver == "window":
        return good("screen", "The picture is in a window.", driver)
    if driver == "offscreen":
        return unknown("screen", "The picture goes to no screen, as was asked for.", driver)
    connectors = _connectors(root)
    if not connectors:
        raise Unread("no connector in /sys/class/drm")
    connected = {name: folder for name, (status, folder) in connectors.items() if status == "connected"}
    if not connected:
        raw = ", ".join(f"{name} {status}" for name, (status, _) in connectors.items())
        return bad("screen", "No screen is found: see to its cable and its power. Buttons count all the same.", raw)
    lit = [name for name, folder in connected.items() if line(folder / "enabled") == "enabled"]
    name = (lit or list(connected))[0]
    modes = text(connected[name] / "modes").split()
    raw = f"{name} connected, {'enabled' if lit else 'disabled'}, {modes[0] if modes else 'no modes'}"
    if not modes:
        return bad("screen", "The screen doesn't say what it can show: unplug it and plug it in again.", raw)
    if not lit:
        return bad("screen", "A screen is connected, but no picture is sent to it: restart.", raw)
    return good("screen", f"A screen is connected ({modes[0]}).", raw)


def _touch(root: Path, driver: str, wanted: bool) -> Health:
    if driver == "window":
        return good("touch", "The window is touched, or clicked.", driver)
    events = [event for event in sorted(root.glob("sys/class/input/event*")) if is_pointed_with(event / "device")]
    raw = ", ".join(f"{event.name} {_name(event)!r}" for event in events) or "none in /sys/class/input"
    if can_be_touched(root):
        return good("touch", "There is something to touch.", raw)
    if events:
        return bad(
            "touch",
            "The touchscreen may not be read: the kiosk's user must be in the group input. Buttons count all the same.",
            raw,
        )
    if not wanted:
        return good("touch", "Nothing can be touched, as is meant.", raw)
    return bad(
        "touch",
        "No touchscreen is found: see to its cable, or restart. Buttons count, but nothing more is asked.",
        raw,
    )


def _name(event: Path) -> str:
    try:
        return line(event / "device/name")[:40]
    except Unread:
        return "?"


def _backlight(root: Path, trouble: str) -> Health:
    lights = sorted(root.glob("sys/class/backlight/*"))
    if not lights:
        connectors = _connectors(root)
        connected = [name for name, (status, _) in connectors.items() if status == "connected"]
        if connected and not any(name.startswith(_FIXED) for name in connected):
            return good("backlight", "This screen sees to its own light.", f"{connected[0]}, no backlight")
        raise Unread("none in /sys/class/backlight")
    light = lights[0]
    most, level = number(light / "max_brightness"), number(light / "brightness")
    if not 0 <= level <= most:
        raise Unread(f"{place(light / 'brightness')} = {level} of {most}")
    raw = f"{place(light / 'brightness')} = {level} of {most}"
    if not os.access(light / "brightness", os.W_OK):
        return bad("backlight", "The screen's light can't be set: the kiosk's user must be in the group video.", raw)
    if trouble:
        return bad("backlight", "The screen's light can't be set: the log says why.", f"{raw}; {trouble[:200]}")
    if not level or ((light / "bl_power").exists() and number(light / "bl_power") >= _BLANK_FROM):
        return unknown("backlight", "The screen's light is off: right while the kiosk sleeps, wrong otherwise.", raw)
    return good("backlight", "The screen is lit.", raw)
