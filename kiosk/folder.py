"""The data folder is one kiosk's at a time. Knows a lock; never what lies in the folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kiosk import refused
from kiosk.errors import InUse, StoreError


def take(data: Path, told: Path, parts: contextlib.ExitStack, mistakes: list[str]) -> bool | None:
    """Whether the data folder is this kiosk's now, until `parts` are closed; else `mistakes` gets the reason.

    `told`: where first boot says what it has to say; perhaps why there is no such folder.
    """
    try:
        parts.enter_context(only_one(data))
    except InUse:
        raise
    except StoreError as error:
        mistakes += [*refused.refused(told), str(error)]
        return None
    return True


LOCK = "kiosk.lock"
"""In the data folder, locked while a kiosk is at work there. Its owner's alone: who may not open it can't lock it."""
_NO_FILE = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO)
"""Why there may be no such file, in a folder whose store is told of later, or can be written all the same."""


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Nobody else has this data folder; it is made where it is absent. The lock goes with the process.

    InUse where somebody has; StoreError where there is no such folder, and none can be made.
    """
    make(data, "--data")
    try:
        lock = _open_lock(data)
    except OSError as error:
        raise StoreError(f"{error.filename}: the data folder can't be opened ({error.strerror})") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"{data}: another kiosk is using this data folder. Stop it, or give another with --data"
            ) from None
        yield
    finally:
        os.close(lock)


def _open_lock(data: Path) -> int:
    try:
        return os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
    return os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def locked(data: Path) -> Path:
    """What a kiosk at work in this data folder has locked."""
    lock = data / LOCK
    return lock if lock.exists() else data


def make(path: Path, option: str) -> None:
    """The folder that `option` names, made where it is absent; StoreError where it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: this folder can't be made ({error.strerror}). Give another with {option}") from None
