"""Stands in for root on a laptop: requests and outcomes go through the same files, and what is done is only noted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from hardware import board
from hardware.apply import keyfile
from hardware.apply.client import Asked, Files
from hardware.apply.request import Cable, Deed, Mount, Wifi
from hardware.apply.server import Server

log = logging.getLogger(__name__)


class Fake(Files):
    """Carries each request out as it is asked. Chosen explicitly: nothing falls back on it."""

    def __init__(self, folder: Path, now_ms: Callable[[], int] = board.boottime_ms) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(folder, now_ms)
        self.deeds: list[Deed] = []
        """What would have been done."""
        self.stick = folder / "stick"
        self._server = Server(folder, self._do, now_ms)

    def ask(self, deed: Deed) -> Asked:
        """Leave the request, and take it at once."""
        asked = super().ask(deed)
        self._server.serve()
        return asked

    def _do(self, deed: Deed) -> str:
        if isinstance(deed, Wifi | Cable):
            keyfile.written(deed)  # which refuses what could never be
        if isinstance(deed, Mount):
            self.stick.mkdir(exist_ok=True)
        self.deeds.append(deed)
        log.info("%s: would be done", type(deed).__name__)
        return "Nothing was done: this machine only plays it."
