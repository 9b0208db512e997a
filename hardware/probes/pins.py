"""The pins that the panel hangs on: GPIO chips, and the library that drives them. Knows no button.

Nothing is opened for good and lgpio is not imported: that starts threads and leaves a pipe behind.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.health import Health, bad, good, unknown
from hardware.probes.reading import told

_HEADER = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""Labels of the chip behind the 40 pins: Pi Zero to 3, Pi 4, Pi 5 (the kernel's pinctrl-bcm2835.c, pinctrl-rp1.c)."""
_CHIPINFO = 0x8044B401
"""GPIO_GET_CHIPINFO_IOCTL of <linux/gpio.h>: name and label of 32 bytes each, then the number of lines."""
_INFO = struct.Struct("32s32sI")
_OLDEST = (0, 2, 2)
"""Of lgpio; pip may fall back on 0.0.0.2, an empty shell, where no wheel fits."""


class Chip(NamedTuple):
    """What a GPIO chip says of itself."""

    name: str
    label: str
    lines: int


def ask(path: Path) -> Chip:
    """Ask the chip behind a file in /dev; OSError where this user may not."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        name, label, lines = _INFO.unpack(fcntl.ioctl(descriptor, _CHIPINFO, bytes(_INFO.size)))
    finally:
        os.close(descriptor)
    return Chip(_word(name), _word(label), lines)


def _word(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "replace")


def probe(
    root: Path = Path("/"), factory: str | None = "lgpio", trouble: str = "", chip: Callable[[Path], Chip] = ask
) -> list[Health]:
    """The chips and the library. `root` is where /dev is.

    `factory` is what pins are made of, "lgpio" or "mock", None where no pin is used; `trouble` is why the pins could
    not be had as the kiosk opened them ("": they could).
    """
    if factory is None:
        return [
            good("pins", "No button is wired: touch only."),
            good("pins.library", "No button is wired, so that no library is needed."),
        ]
    return [
        told("pins", "It can't be told whether the pins can be used.", lambda: _pins(root, factory, trouble, chip)),
        told("pins.library", "It can't be told what drives the pins.", lambda: _library(factory)),
    ]


def _pins(root: Path, factory: str, trouble: str, chip: Callable[[Path], Chip]) -> Health:
    if factory != "lgpio":
        return unknown("pins", "The pins are a trial's (mock): no real button counts.", f"factory {factory}")
    paths = sorted(root.glob("dev/gpiochip*"))
    if not paths:
        return bad(
            "pins", "This machine has no pins, so that no button works: is it a Raspberry Pi?", "no /dev/gpiochip*"
        )
    chips, refused = [], []
    for path in paths:
        try:
            chips.append(chip(path))
        except OSError as error:
            refused.append(f"/dev/{path.name}: {error.strerror}")
    raw = ", ".join([*(f"{found.name} {found.label} ({found.lines} lines)" for found in chips), *refused])
    if not any(found.label in _HEADER for found in chips):
        if refused:
            return bad("pins", "The pins may not be used: the kiosk's user must be in the group gpio.", raw)
        return unknown("pins", "The pins are not those of a known Raspberry Pi.", raw)
    if trouble:
        return bad(
            "pins", "The buttons' pins can't be had: see their numbers in the settings.", f"{raw}; {trouble[:200]}"
        )
    return good("pins", "The pins can be used.", raw)


def _library(factory: str) -> Health:
    if factory != "lgpio":
        return unknown("pins.library", "The pins are a trial's (mock), which needs no library.", f"factory {factory}")
    if importlib.util.find_spec("lgpio") is None:
        return bad("pins.library", "No button works: lgpio is not installed. Install moodpost[pi].", "no lgpio")
    try:
        version = importlib.metadata.version("lgpio")
    except importlib.metadata.PackageNotFoundError:  # Debian's package has its version elsewhere
        version = ""
    loaded = sys.modules.get("lgpio")
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    raw = f"lgpio {version or 'of unknown version'}"
    if (loaded is not None and not hasattr(loaded, "gpiochip_open")) or (numbers and numbers < _OLDEST):
        return bad(
            "pins.library",
            "No button works: the lgpio that is installed is an empty shell. Install 0.2.2.0 or later.",
            raw,
        )
    if not numbers:
        return unknown("pins.library", "lgpio is installed, but doesn't tell its version.", raw)
    return good("pins.library", "The library of the pins is installed.", raw)
