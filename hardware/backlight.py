"""The light behind the panel, through the kernel. Knows percentages and files; never what is shown or when to sleep.

A screen on HDMI has none here: then nothing happens, and `trouble` says so to whoever asks.
"""

from __future__ import annotations

import contextlib
import logging
import math
from pathlib import Path

log = logging.getLogger(__name__)

_DIMMEST = 0.2
"""Of the lightness that an eye sees: a set brightness never goes below, or an installer could lose the screen."""
_GAMMA = 2.2
"""An eye sees light × to the power of 1/2.2; a driver whose scale follows the eye already says "non-linear"."""
_ON, _OFF = 0, 4
"""What `bl_power` takes: FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN (the kernel's ABI/stable/sysfs-class-backlight)."""


class Backlight:
    """Brightness and sleep of all backlights of this machine. Nothing here raises: without light, votes go on.

    `root` is where /sys is looked for. Nothing is written before the first call.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._percent = 100
        self._asleep = False
        self._told: set[str] = set()
        self.trouble = ""
        """Why the last call did nothing, for diagnostics; empty where it worked."""

    def set(self, percent: int) -> None:
        """Make it this bright, 0 (still readable) to 100, in steps that look equal; asleep, from `wake` on."""
        self._percent = min(max(percent, 0), 100)
        self._apply()

    def sleep(self) -> None:
        """Off."""
        self._asleep = True
        self._apply()

    def wake(self) -> None:
        """On again, as bright as it was set."""
        self._asleep = False
        self._apply()

    def try_again(self) -> None:
        """Do what the last call could not, where it could not: a screen that stays black takes touches all the same."""
        if self.trouble:
            self._apply()

    def _apply(self) -> None:
        troubles = []
        lights = sorted(self._root.glob("sys/class/backlight/*"))
        for light in lights:
            try:
                self._write(light)
            except OSError as error:
                troubles.append(f"{light}: can't be set ({error.strerror}). May this user write to it?")
            except ValueError:
                troubles.append(f"{light}: max_brightness holds no number")
        if not lights:
            troubles.append("this screen has no backlight that can be set from here (none in /sys/class/backlight)")
        self.trouble = "; ".join(troubles)
        for trouble in troubles:
            if trouble not in self._told:
                log.warning("brightness: %s", trouble)
                self._told.add(trouble)

    def _write(self, light: Path) -> None:
        most = int((light / "max_brightness").read_text(encoding="ascii"))
        scale, power = light / "scale", light / "bl_power"
        follows_eye = scale.exists() and scale.read_text(encoding="ascii").strip() == "non-linear"
        level = 0 if self._asleep else _level(self._percent, most, 1.0 if follows_eye else _GAMMA)
        (light / "brightness").write_text(f"{level}\n", encoding="ascii")
        # Some drivers keep a glow at 0. Written last: whoever wakes must not see the old brightness flash up.
        if power.exists():
            with contextlib.suppress(PermissionError):  # Raspberry Pi OS lets its users set the brightness, not this
                power.write_text(f"{_OFF if self._asleep else _ON}\n", encoding="ascii")


def _level(percent: int, most: int, gamma: float) -> int:
    """The driver's number for a percentage, from 1 to `most`."""
    seen = _DIMMEST + (1 - _DIMMEST) * percent / 100
    return max(1, min(most, math.ceil(most * math.pow(seen, gamma) - 1e-9)))
