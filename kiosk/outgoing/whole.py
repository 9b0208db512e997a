"""Files that are there whole or not at all, and private before anything is in them. Never knows what they hold."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kiosk import disk
from kiosk.errors import FileError


@contextlib.contextmanager
def placed(target: Path, *, force: bool = False, mode: int = 0o600) -> Iterator[Path]:
    """The path of an empty file, which gets the name `target` at the end of the block, synced, and this mode.

    If the block raises, nothing is there. Until then it has the mode 0600. FileError where `target` is there already
    and `force` isn't given, or where the disk or the folder won't have it.
    """
    _refuse(target, force)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        try:
            yield part
            part.chmod(mode)
            disk.sync_file(part)
            _refuse(target, force)
            part.replace(target)
            disk.sync_folder(target.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            f"{target}: can't be written ({error.strerror or error}). Is there room, and may this user write there?"
        ) from None


@contextlib.contextmanager
def written(target: Path, *, force: bool = False, mode: int = 0o600) -> Iterator[BinaryIO]:
    """The same, open to be written."""
    with placed(target, force=force, mode=mode) as part, part.open("wb") as file:
        yield file


def _refuse(target: Path, force: bool) -> None:
    if not force and (target.exists() or target.is_symlink()):
        raise FileError(f"{target}: is there already. Give another name, or --force to replace it")
