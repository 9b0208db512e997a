"""What first boot says, and to whom: systemd, the consoles, the log, and the kiosk's screen. Knows no settings."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from image.firstboot import hands
from image.firstboot.hands import Owner

log = logging.getLogger(__name__)

REFUSED = "settings-refused"
"""In first boot's own folder below /run: why the last settings were not taken, a sentence a line. kiosk/ shows it."""
UNBLANKED = "unblanked"
"""Beside it: where secrets still stand, and why. `moodpost doctor` shows it."""
_MOST_TOLD = 20


class Said:
    """Tells each line where it may be seen; nothing here fails for others."""

    def __init__(self, status: Callable[[str], None], root: Path, runtime: Path, readers: Owner) -> None:
        self._status = status
        self._root = root
        self._refused = runtime / REFUSED
        self._unblanked = runtime / UNBLANKED
        self._readers = readers

    def __call__(self, line: str) -> None:
        """How far it is."""
        self._status(line)
        log.info("%s", line)
        self._show([f"Moodpost: {line}"])

    def refused(self, sentences: Sequence[str]) -> None:
        """Why settings were not taken; no sentence: they were, and what was said before is not true any more."""
        if not sentences:
            hands.quietly_remove(self._refused)
            return
        lines = [" ".join(sentence.split()) for sentence in sentences][:_MOST_TOLD]
        self._status(f"the settings were refused: {lines[0]}")
        for line in lines:
            log.error("%s", line)
        self._show(["Moodpost: the settings were refused:", *(f"  {line}" for line in lines)])
        self._leave(self._refused, lines)

    def unblanked(self, sentences: Sequence[str]) -> None:
        """Which secrets still stand where an installer put them; no sentence: none does."""
        if not sentences:
            hands.quietly_remove(self._unblanked)
            return
        lines = [" ".join(sentence.split()) for sentence in sentences]
        self._status(lines[0])
        for line in lines:
            log.warning("%s", line)
        self._show([f"Moodpost: {line}" for line in lines])
        self._leave(self._unblanked, lines)

    def _leave(self, path: Path, lines: Sequence[str]) -> None:
        """For programs that may only read."""
        try:
            text = "".join(f"{line}\n" for line in lines)
            hands.put(path, text.encode(errors="replace"), 0o640, self._readers)
        except OSError as error:
            log.error("%s: can't be written (%s)", path, reason(error))

    def _show(self, lines: Sequence[str]) -> None:
        text = "".join(f"{_printable(line)}\r\n" for line in lines).encode(errors="replace")
        for console in self._consoles():
            with contextlib.suppress(OSError):
                descriptor = os.open(console, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_APPEND)
                try:
                    os.write(descriptor, text)
                finally:
                    os.close(descriptor)

    def _consoles(self) -> list[Path]:
        """The screen's and the serial one: /dev/console is only the last that the kernel was told of."""
        names = hands.content(self._root / "sys/class/tty/console/active", 256)
        return [self._root / "dev" / name for name in (names or b"console").decode().split()]


def _printable(line: str) -> str:
    """A file's words can't move the console's cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def reason(error: OSError) -> str:
    """In words, whichever wing it is of."""
    if error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
