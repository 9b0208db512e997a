"""The data folder is one kiosk's at a time. Knows a lock; never what lies in the folder."""

from __future__ import annotations

import contextlib
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


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Nobody else has this data folder; it is made where it is absent. The lock goes with the process.

    InUse where somebody has; StoreError where there is no such folder, and none can be made.
    """
    make(data, "--data")
    try:
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"{data}: the data folder can't be opened ({error.strerror})") from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"{data}: another kiosk is using this data folder. Stop it, or give another with --data"
            ) from None
        yield
    finally:
        os.close(folder)


def make(path: Path, option: str) -> None:
    """The folder that `option` names, made where it is absent; StoreError where it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: this folder can't be made ({error.strerror}). Give another with {option}") from None
