"""Takes the requests that lie in a folder, has each done, and leaves its outcome. Knows no deed and no secret.

Runs as root in a folder that is another user's: nothing is opened by a name that he could make lead elsewhere, only
plain files of his own are read, and a request is gone before it is carried out, whatever becomes of it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from hardware import board
from hardware.apply import request as requests
from hardware.apply.request import MOST_BYTES, OUTCOME, REQUEST, Deed, Outcome
from hardware.errors import ApplyError

log = logging.getLogger(__name__)

MOST_REQUESTS = 16
"""Of one pass; whoever leaves more is not well."""
MOST_OUTCOMES = 32
"""Of which the oldest go: their askers have, too."""
MOST_ASIDE = 4
"""Folders that had the name of a request, which are kept for whoever wonders about them."""
_ASIDE = ".aside-"

Do = Callable[[Deed], str]
"""Does a deed and says what was done; ApplyError says why not."""


class Server:
    """One pass over `folder` after the other; `now_ms` is the boot clock. `do` is what `hardware.apply.deeds` is."""

    def __init__(self, folder: Path, do: Do, now_ms: Callable[[], int] = board.boottime_ms) -> None:
        self._folder = folder
        self._do = do
        self._now_ms = now_ms

    def serve(self) -> int:
        """Carry out what lies there, the oldest first, and what comes meanwhile; how many that were.

        ApplyError where the folder can't be used, or is writable for everybody.
        """
        with _opened(self._folder) as folder:
            served = 0
            try:
                while served < MOST_REQUESTS and (name := _oldest(folder)) is not None:
                    served += 1
                    data = _taken(folder, name)
                    if data is not None:
                        self._answer(folder, name.removesuffix(REQUEST), data)
                _tidy(folder)
            except OSError as error:
                if isinstance(error, ApplyError):
                    raise
                raise ApplyError(
                    f"{self._folder}: can't be worked in ({error.strerror}). Is this process root?"
                ) from None
            return served

    def _answer(self, folder: int, id_: str, data: bytes | str) -> None:
        try:
            if isinstance(data, str):
                raise ApplyError(data)
            asked = requests.decode(data, id_=id_, now_ms=self._now_ms())
        except ApplyError as error:
            log.warning("a request was refused: %s", error)
            _leave(folder, requests.outcome(id_, False, _sentence(error)))
            return
        kind = type(asked.deed).__name__
        try:
            said = self._do(asked.deed)
            log.info("%s: done", kind)
            _leave(folder, requests.outcome(id_, True, said))
        except OSError as error:  # ApplyError among them
            log.warning("%s: not done (%s)", kind, error)
            _leave(folder, requests.outcome(id_, False, _sentence(error)))


def _sentence(error: OSError) -> str:
    words = str(error) if isinstance(error, ApplyError) else f"it can't be done ({error.strerror})"
    return f"{words[:1].upper()}{words[1:]}."


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ApplyError(f"{path}: can't be opened ({error.strerror}). Is it a folder, and is it there?") from None
    try:
        if os.fstat(folder).st_mode & stat.S_IWOTH:
            raise ApplyError(f"{path}: everybody may write to it. Let it be the kiosk's alone (chmod o-w)")
        yield folder
    finally:
        os.close(folder)


def _oldest(folder: int) -> str | None:
    found: list[tuple[int, str]] = []
    for name in os.listdir(folder):
        if name.endswith(REQUEST) and not name.startswith("."):
            with contextlib.suppress(FileNotFoundError):
                found.append((os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns, name))
    return min(found)[1] if found else None


def _taken(folder: int, name: str) -> bytes | str | None:
    """What is in a request, which is gone after that; a text says why it is none; None: nobody can be answered."""
    data = _read(folder, name)
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        _put_aside(folder, name)
    return data if _is_id(name.removesuffix(REQUEST)) else None


def _put_aside(folder: int, name: str) -> None:
    """A folder that would start this process over and over. An empty one goes; others get a short name, and few stay.

    Its own name may be as long as a name can be, so nothing can be added to it.
    """
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=folder)
        return
    kept = sorted(
        (os.stat(each, dir_fd=folder, follow_symlinks=False).st_mtime_ns, each)
        for each in os.listdir(folder)
        if each.startswith(_ASIDE)
    )
    for _, each in kept[: max(0, len(kept) - MOST_ASIDE + 1)]:
        with contextlib.suppress(OSError, RecursionError):  # one that is too deep stays
            shutil.rmtree(each, dir_fd=folder)
    os.rename(name, f"{_ASIDE}{time.monotonic_ns()}", src_dir_fd=folder, dst_dir_fd=folder)


def _read(folder: int, name: str) -> bytes | str:
    try:
        # A pipe must not be waited for.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        return f"the request can't be opened ({error.strerror})"
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            return "the request is no plain file"
        if found.st_uid != os.fstat(folder).st_uid:
            return "the request is somebody else's: expected one of whom the folder belongs to"
        return os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def _is_id(text: str) -> bool:
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.convert(text, requests.Id)
        return True
    log.warning("a file was removed that has not the name of a request")
    return False


def _leave(folder: int, outcome: Outcome) -> None:
    """Put the outcome there whole. It holds no secret, and whoever asked may be of another user."""
    before = f".{outcome.id}.new"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(before, dir_fd=folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(before, flags, 0o644, dir_fd=folder)
        try:
            os.write(descriptor, msgspec.json.encode(outcome))
        finally:
            os.close(descriptor)
        os.rename(before, f"{outcome.id}{OUTCOME}", src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        log.error("an outcome can't be left (%s)", error.strerror)


def _tidy(folder: int) -> None:
    """Remove the oldest outcomes that nobody read."""
    left = []
    for name in os.listdir(folder):
        if name.endswith(OUTCOME):
            with contextlib.suppress(FileNotFoundError):
                left.append((os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns, name))
    for _, name in sorted(left)[:-MOST_OUTCOMES]:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
