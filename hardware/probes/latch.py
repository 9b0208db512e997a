"""What happened at least once since this board was started, in a small file. Knows words and a boot; never what they
are about.

The kernel tells how things are now. Whoever looks an hour later must still hear of what is over by then.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

_MOST = 4_096
"""Bytes of the file that are read; it holds the boot's id and a few words."""


class Latch:
    """Words that stay until the next start. Nothing here raises: where no file can be written, memory remembers.

    `path` lies in a folder that outlasts the process; `boot` is the id of this boot. The file need not outlast the
    boot, so that nothing is synced.
    """

    def __init__(self, path: Path, boot: str) -> None:
        self._path = path
        self._boot = boot
        self._held: set[str] = set()
        self._lock = threading.Lock()

    def hold(self, word: str) -> None:
        """From now on `holds` it. A word has no white space."""
        with self._lock:
            self._held |= self._written()
            if word in self._held:
                return
            self._held.add(word)
            with contextlib.suppress(OSError):
                part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
                part.write_text("\n".join([self._boot, *sorted(self._held)]) + "\n", encoding="utf-8")
                part.replace(self._path)

    def holds(self, word: str) -> bool:
        """Whether it was held since this board was started, by this process or another one."""
        with self._lock:
            self._held |= self._written()
            return word in self._held

    def _written(self) -> set[str]:
        try:
            with self._path.open("rb") as file:
                boot, *words = file.read(_MOST).decode("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return set()
        return {word for word in words if word} if boot == self._boot else set()
