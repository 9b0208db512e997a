"""What is watched beside the visitors, from start to end: the voltage, and what only the kiosk can tell the doctor.

One thread that wakes once a minute, and one that sleeps until the kernel tells of too little power.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from hardware import board, probes
from hardware.health import Health, bad, good, unknown
from hardware.probes import soc
from kiosk.fittings import Fittings
from kiosk.health.status import Told

EACH_S = 60.0
_JOIN_S = 2.0


def own(fitted: Fittings, driver: str, size: tuple[int, int], *, asked: bool, lost: bool = False) -> list[Health]:
    """What the kiosk knows of itself.

    `asked`: it was told to draw off screen, so that no picture is none missing. `lost`: the screen was pulled out.
    """
    return [_screen(driver, size, asked=asked, lost=lost), *fitted.readings()]


def _screen(driver: str, size: tuple[int, int], *, asked: bool, lost: bool) -> Health:
    raw = f"{driver} {size[0]}x{size[1]}"
    if lost:
        return bad("screen", "The screen was unplugged: see to its cable. The picture then comes by itself.", raw)
    if driver != "offscreen":
        return good("screen", "There is a picture.", raw)
    if asked:
        return unknown("screen", "The picture goes to no screen, as was asked for.", raw)
    return bad("screen", "No picture can be had: see to the screen's cable and power. It then comes by itself.", raw)


class Vigil:
    """Begins at once; `close` ends it. `tell` gives what the kiosk knows of itself, on a thread of its own."""

    def __init__(self, data: Path, runtime: Path, tell: Callable[[], list[Health]], root: Path = Path("/")) -> None:
        self._told = Told(runtime, board.boot_id(root))
        self._tell = tell
        self._over = threading.Event()
        soc.watch(probes.open_latch(data, root), root)
        self._thread = threading.Thread(target=self._run, name="vigil", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say nothing any more."""
        self._over.set()
        self._thread.join(_JOIN_S)
        self._told.end()

    def _run(self) -> None:
        while True:
            self._told.tell(self._tell(), board.boottime_ms())
            if self._over.wait(EACH_S):
                return
