"""The serial console: what the board writes there, as it comes. Knows a stream; never what the words mean."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import IO

BOOT_S = 600.0
"""How long anything of a boot may take, in seconds: about ten times what it takes on two quiet cores."""
_COLOURS = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78])|\r")


class Console:
    """Reads `stream` to its end on a thread of its own; all of it also goes to the file at `log`."""

    def __init__(self, stream: IO[bytes], log: Path) -> None:
        self._changed = threading.Condition()
        self._text = ""
        self._ended = False
        self._thread = threading.Thread(target=self._listen, args=(stream, log), name="hear the console", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """Everything so far, without colours."""
        with self._changed:
            return self._text

    def mark(self) -> int:
        """A moment, to wait for what comes after it."""
        return len(self.text)

    def wait_for(self, pattern: str, since: int = 0, seconds: float = BOOT_S) -> re.Match[str]:
        """The first match of `pattern` after the moment `since`; AssertionError where the board ends without it."""
        wanted = re.compile(pattern)
        with self._changed:
            self._changed.wait_for(lambda: wanted.search(self._text, since) or self._ended, seconds)
            found = wanted.search(self._text, since)
            last = "\n".join(self._text.splitlines()[-40:])
            why = "the board ended" if self._ended else f"{seconds} s went by"
        assert found, f"{why} without {pattern!r} on the console, which ends:\n{last}"
        return found

    def close(self) -> None:
        """Wait until everything was read; the stream must have ended."""
        self._thread.join()

    def _listen(self, stream: IO[bytes], log: Path) -> None:
        rest = ""
        with stream, log.open("ab", buffering=0) as file:
            while piece := stream.read1(65_536):  # type: ignore[attr-defined]
                file.write(piece)
                said = rest + piece.decode(errors="replace")
                # A colour's code may come in two pieces: what could be its beginning waits.
                whole = re.sub(r"\x1b[^A-Za-z]{0,12}\Z", "", said)
                rest = said[len(whole) :]
                with self._changed:
                    self._text += _COLOURS.sub("", whole)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
