"""What a USB stick brought, put in place beside the settings: each file whole, also after a power cut.

Never knows the stick: what it brought was read and checked before. It may hold secrets, so a file is its owner's
alone before anything is in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

import msgspec

from kiosk import disk
from kiosk.errors import FileError

SETTINGS, SURVEY, SURVEYS = "moodpost.toml", "survey.toml", "surveys"
_BEFORE = ".before"
_PART = ".import.part"
_MAKING = "surveys.making.part"


class Import(msgspec.Struct, frozen=True):
    """What a stick brings; no file where there are mistakes."""

    files: dict[str, bytes]
    """Contents by the names that they shall have."""
    said: tuple[str, ...]
    """What it would do, in words that may be shown: no secret is in them."""
    mistakes: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether there is something, and nothing against it."""
        return bool(self.files) and not self.mistakes

    def __repr__(self) -> str:
        return f"Import({', '.join(self.files)})"  # there may be secrets in them


def take(brought: Import, settings: Path) -> tuple[str, ...]:
    """Put what a stick brought in place beside `settings` (and at it); what was done, in words.

    Each file is there whole or as it was before, also after a power cut (see `finish`); what it replaces stays beside
    it as ``….before``, and the new one has its mode and group. FileError where the disk or the folder won't have it;
    ValueError where there is nothing to take.
    """
    if not brought.possible:
        raise ValueError("there is nothing to take, or something against it")
    home = settings.parent
    try:
        finish(settings)
        if SURVEY in brought.files:
            stage(home / SURVEY, brought.files[SURVEY])
        elif surveys := {name: content for name, content in brought.files.items() if name != SETTINGS}:
            _stage_folder(home, surveys)
        if SETTINGS in brought.files:
            stage(settings, brought.files[SETTINGS])
        disk.sync_folder(home)
        _put_surveys(home)
        if SETTINGS in brought.files:
            _keep(settings)
            part_of(settings).replace(settings)
        disk.sync_folder(home)
    except OSError as error:
        raise FileError(f"{home}: the stick's files can't be put here ({error.strerror or error})") from None
    return tuple(f"{name} was taken" for name in brought.files)


def finish(settings: Path) -> None:
    """After a power cut in `take`: surveys whose place is empty are put there, whatever else was begun goes."""
    home = settings.parent
    if not (home / SURVEY).exists() and not (home / SURVEYS).exists():
        _put_surveys(home)
    for path in (settings, home / SURVEY):
        part_of(path).unlink(missing_ok=True)
    for folder in (part_of(home / SURVEYS), home / _MAKING):
        if folder.exists():
            shutil.rmtree(folder)


def part_of(path: Path) -> Path:
    """Where what shall be at `path` waits."""
    return path.with_name(path.name + _PART)


def stage(path: Path, content: bytes) -> None:
    """Beside `path`, whole and synced, what shall be there; private until it has the mode of what is there now."""
    part = part_of(path)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        with contextlib.suppress(FileNotFoundError):
            before = path.stat()
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, -1, before.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        os.fsync(descriptor)


def _stage_folder(home: Path, surveys: dict[str, bytes]) -> None:
    making = home / _MAKING
    making.mkdir(mode=0o755)
    for name, content in surveys.items():
        path = making / Path(name).name
        stage(path, content)
        part_of(path).replace(path)
        path.chmod(0o644)  # what is asked is no secret
    disk.sync_folder(making)
    making.replace(part_of(home / SURVEYS))  # only now it is known to be whole


def _put_surveys(home: Path) -> None:
    """A file takes the place of the file, a folder that of the folder; the other kind is put aside."""
    single, folder = home / SURVEY, home / SURVEYS
    if part_of(single).exists():
        _aside(folder)
        _keep(single)
        part_of(single).replace(single)
    elif part_of(folder).exists():
        _aside(single)
        _aside(folder)
        part_of(folder).replace(folder)


def _keep(path: Path) -> None:
    """A second name for what is about to be replaced, so that there is one under the first name at every moment."""
    before = path.with_name(path.name + _BEFORE)
    with contextlib.suppress(FileNotFoundError):
        before.unlink()
    with contextlib.suppress(FileNotFoundError):
        os.link(path, before)


def _aside(path: Path) -> None:
    before = path.with_name(path.name + _BEFORE)
    if not path.exists():
        return
    if before.is_dir():
        shutil.rmtree(before)
    path.replace(before)
