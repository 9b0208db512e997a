"""What the board's screen shows: taken, compared, saved. Knows pixels; never what they mean."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops

from tests.image.qmp import Qmp

NEAR = 24
"""How far a channel may be off, of 255, for a pixel to count as the same."""
LIMIT_S = 300.0
"""How long a picture may take to appear, in seconds."""
_DRIFT = 1 / 240
"""How far an idle kiosk moves its picture, of the screen's shorter side (kiosk/show.py)."""
LOOK_S = 0.5
"""How often the screen is looked at: QEMU tells nobody when it changed."""


class Screen:
    """The screen of a machine that has one; pictures go into `folder`."""

    def __init__(self, qmp: Qmp, folder: Path) -> None:
        self._qmp = qmp
        self._folder = folder
        self._pause = threading.Event()

    def take(self) -> Image.Image:
        """What is shown now."""
        path = self._folder / "screen.ppm"
        self._qmp("screendump", filename=str(path))
        with Image.open(path) as picture:
            return picture.convert("RGB")

    def save(self, name: str) -> Path:
        """What is shown now, in a PNG of this name."""
        path = self._folder / f"{name}.png"
        self.take().save(path)
        return path

    def wait_for(self, wanted: Image.Image, what: str, share: float = 0.005, seconds: float = LIMIT_S) -> Image.Image:
        """Wait until all but a `share` of the pixels are near those of `wanted`; gives what is shown then.

        A kiosk that nobody uses moves its picture a little; where it has moved to does not matter.
        """
        limit = time.monotonic() + seconds
        drifted = list(_drifted(wanted))
        while True:
            shown = self.take()
            off = min(difference(shown, moved) for moved in drifted)
            if off <= share:
                return shown
            if time.monotonic() > limit:
                shown.save(self._folder / "shown.png")
                wanted.save(self._folder / "wanted.png")
                raise AssertionError(
                    f"waited {seconds} s in vain for {what}: {off:.1%} of the pixels are others; "
                    f"see shown.png and wanted.png in {self._folder}"
                )
            self._pause.wait(LOOK_S)


def _drifted(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture in each place that an idle kiosk moves it to."""
    step = max(1, round(min(picture.size) * _DRIFT))
    for across, down in itertools.product((0, 1, -1), repeat=2):
        ground = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
        ground.paste(picture, (across * step, down * step))
        yield ground


def difference(one: Image.Image, other: Image.Image, near: int = NEAR) -> float:
    """The share of pixels, 0 to 1, in which a channel is off by more than `near`; 1 where the sizes differ."""
    if one.size != other.size:
        return 1.0
    off = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    most = off.getchannel(0)
    for band in (1, 2):
        most = ImageChops.lighter(most, off.getchannel(band))
    return sum(most.histogram()[near + 1 :]) / (one.width * one.height)
