"""A request to look at the network now: a file that somebody made, and that goes when it was done. Knows no network."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

from sync.stirs import Ear

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]
"""Which request it is: the file's inode and times. A request made anew is another one."""


class Request:
    """The file at `path`; its name is all that it says, nothing in it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ear = Ear(path.parent, (path.name,))
        """Hears that one is made."""
        self._told = False

    def seen(self) -> Mark | None:
        """The request that waits, if there is one."""
        try:
            found = self._path.lstat()
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode):
            self._say("is no file")
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns

    def done(self, mark: Mark | None) -> bool:
        """Remove the request that was seen, not one that came meanwhile; False where the folder won't have it."""
        if mark is None or self.seen() != mark:
            return True
        try:
            self._path.unlink()
        except OSError as error:
            self._say(f"can't be removed ({error.strerror}). May sync's user write to that folder?")
            return False
        return True

    def _say(self, words: str) -> None:
        if not self._told:
            self._told = True
            log.warning("%s: %s", self._path, words)
