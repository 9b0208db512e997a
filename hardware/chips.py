"""Which GPIO chip drives the header of this Pi. Knows the kernel's tree of devices; opens no chip."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

HEADER_CHIPS = frozenset({"rp1-gpio", "bcm2835-gpio", "bcm2711-gpio", "bcm7211-gpio"})
"""What the kernel calls the chips of its drivers `pinctrl-rp1` and `pinctrl-bcm2835`; a Pi has others beside them."""


def present(root: Path = Path("/")) -> tuple[tuple[str, int, int, int], ...]:
    """The GPIO chips that there are, and who may open each: name, mode, owner, group. `root` is where /dev is.

    A chip may come late, and udev gives it to a kiosk's user later still.
    """
    found = []
    for path in sorted(root.glob("dev/gpiochip*")):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.append((path.name, status.st_mode, status.st_uid, status.st_gid))
    return tuple(found)


def header_chip(root: Path = Path("/")) -> int | None:
    """The number N of the header's /dev/gpiochipN; None where it can't be told. `root` is where /sys is looked for.

    Numbers can't be known beforehand: a Pi 5 has had its header at 4, then at 0, and kernels are seen with neither.
    Those below /sys/class/gpio are other ones: they count lines, not chips.
    """
    for folder in sorted((root / "sys/bus/gpio/devices").glob("gpiochip*"), key=lambda found: _number(found.name)):
        try:
            names = (folder / "of_node/compatible").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(name.decode("ascii", "replace").partition(",")[2] in HEADER_CHIPS for name in names):
            return _number(folder.name)
    return None


def _number(name: str) -> int:
    digits = re.fullmatch(r"gpiochip([0-9]+)", name)
    return int(digits[1]) if digits else -1
