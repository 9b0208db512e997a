"""Has the files read that the last start read, while the next one gets under way. Never knows what is in them.

A start opens 300 files one after the other and computes in between. Where none is in memory yet, as after a boot, it
waits for each. Nothing depends on what is noted here: it is a hint, and the kernel may pass over it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

FILE = "read-ahead"
"""In the data folder: the paths, one a line."""
MOST_BYTES = 4 << 20
"""Of a larger file (a font of ideographs, Python itself) only some is wanted, or it is there already."""


class ReadAhead:
    """What is read ahead for the kiosk whose data folder it is.

    `begin` it early; once the kiosk has started `note`, which may wait for the card.
    """

    def __init__(self, data: Path) -> None:
        self._list = data / FILE
        self._data = Path(os.path.realpath(data))
        self._reader = 0

    def begin(self) -> None:
        """Let a process of its own ask for them, which ends: to be called while there is one thread."""
        with contextlib.suppress(OSError):
            wanted = self._noted()
            if wanted and not (child := os.fork()):
                _ask_for(wanted)
            elif wanted:
                self._reader = child

    def note(self) -> None:
        """Write down what this process has loaded by now, unless the list has all of it."""
        with contextlib.suppress(OSError):
            if self._reader:
                os.waitpid(self._reader, 0)  # it has ended by now, or waits for the card as who calls this may
        with contextlib.suppress(OSError):
            loaded = [file for file in _loaded() if _is_wanted(Path(file), self._data)]
            if set(loaded) <= set(self._noted()):
                return
            # Not synced: after a power cut it may be empty, and the next start writes it anew.
            part = self._list.with_name(f"{FILE}.part")
            part.write_text("".join(f"{path}\n" for path in loaded), "utf-8", "surrogateescape")
            part.replace(self._list)

    def _noted(self) -> list[str]:
        try:
            return self._list.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return []


def _ask_for(paths: list[str]) -> None:
    """Ends the process."""
    try:
        for path in paths:
            with contextlib.suppress(OSError):
                file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_WILLNEED)
                os.close(file)
    finally:
        os._exit(0)


def _loaded() -> list[str]:
    """The files of all modules, in their order, and what else is mapped into memory: libraries, fonts."""
    specs = [module.__spec__ for module in list(sys.modules.values()) if getattr(module, "__spec__", None)]
    byte_code = ((spec.cached, spec.origin) for spec in specs if spec)
    files = [str(cached if cached and Path(cached).exists() else origin) for cached, origin in byte_code]
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:  # noqa: PTH123
        files += [line.split(maxsplit=5)[5].rstrip("\n") for line in maps if "/" in line]
    return list(dict.fromkeys(files))


def _is_wanted(path: Path, data: Path) -> bool:
    return path.is_absolute() and path.is_file() and path.stat().st_size <= MOST_BYTES and data not in path.parents
