"""What a USB stick brought, put in place beside the settings: all of it or nothing, also after a power cut.

Never knows the stick: what it brought was read and checked before. It may hold secrets, so a file is its owner's
alone before anything is in it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from kiosk import disk
from kiosk.errors import FileError

SETTINGS, SURVEY, SURVEYS = "moodpost.toml", "survey.toml", "surveys"
_BEFORE = ".before"
_PART = ".import.part"
_MAKING = "surveys.making.part"
_JOURNAL = "import.journal"
"""Is there while what waits is whole and not all in place."""
_SECRETS = ("token", "passphrase", "pin")
_SECRET = (
    rf"""(\b(?:{"|".join(_SECRETS)})["']?[ \t]*=[ \t]*)"""
    r"""(?:\"{3}.*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s#,}"']+)"""
)
"""Also one that is commented out."""


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

    All of it is there or nothing, also after a power cut (see `finish`). What it replaces stays beside it as
    ``….before``, settings without their secrets; the new one has its mode and group. FileError where the disk or the
    folder won't have it; ValueError where there is nothing to take.
    """
    if not brought.possible:
        raise ValueError("there is nothing to take, or something against it")
    home = settings.parent
    journal = home / _JOURNAL
    try:
        finish(settings)
        if SURVEY in brought.files:
            stage(home / SURVEY, brought.files[SURVEY])
        elif surveys := {name: content for name, content in brought.files.items() if name != SETTINGS}:
            _stage_folder(home, surveys)
        if SETTINGS in brought.files:
            stage(settings, brought.files[SETTINGS])
        disk.sync_folder(home)
        # From here on all of it comes, though the power be cut.
        disk.write(journal, "".join(f"{name}\n" for name in brought.files))
        finish(settings)
    except OSError as error:
        why = f"({error.strerror or error})"
        if journal.exists():
            raise FileError(
                f"{home}: not all of the stick's files are in place yet {why}. Restart: it goes on"
            ) from None
        with contextlib.suppress(OSError):
            finish(settings)
        raise FileError(f"{home}: the stick's files can't be put here {why}") from None
    return tuple(f"{name} was taken" for name in brought.files)


def finish(settings: Path) -> None:
    """What `take` was cut off in: once all waited whole, all is put in place; else whatever was begun goes.

    Called again where it was cut off itself, it goes on. OSError where the folder can't be written.
    """
    home = settings.parent
    journal = home / _JOURNAL
    if journal.exists():
        _put_surveys(home)
        if part_of(settings).exists():
            _keep(settings, _unsecret)
            part_of(settings).replace(settings)
        disk.sync_folder(home)
        journal.unlink()
        disk.sync_folder(home)
    for begun in (*home.glob(f"*{_PART}"), home / _MAKING, home / f"{_JOURNAL}.part"):
        if begun.is_dir():
            import shutil  # few starts need it

            shutil.rmtree(begun)
        else:
            begun.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where what shall be at `path` waits."""
    return path.with_name(path.name + _PART)


def stage(path: Path, content: bytes) -> None:
    """Beside `path`, whole and synced, what shall be there; private until it has the mode of what is there now."""
    _write(part_of(path), content, path)


def _write(part: Path, content: bytes, like: Path) -> None:
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        with contextlib.suppress(FileNotFoundError):
            before = like.stat()
            with contextlib.suppress(PermissionError):  # FAT knows neither
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
        with contextlib.suppress(PermissionError):
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


def _keep(path: Path, without: Callable[[bytes], bytes | None] = lambda content: content) -> None:
    """A copy of what is about to be replaced, `without` something; where that says None there is none.

    A second name would do for what has no secrets, but FAT has no such thing.
    """
    before = path.with_name(path.name + _BEFORE)
    if not path.exists():
        before.unlink(missing_ok=True)
        return
    kept = without(path.read_bytes())
    if kept is None:
        before.unlink(missing_ok=True)
        return
    _write(part_of(before), kept, path)
    part_of(before).replace(before)


def _unsecret(content: bytes) -> bytes | None:
    """Settings with each secret empty, which means "keep the one there is"; None where that can't be made sure of."""
    try:
        text = content.decode()
        secrets = [value for value in _secrets(tomllib.loads(text)) if value]
        text = re.sub(_SECRET, r'\1""', text, flags=re.DOTALL)
        left = any(_secrets(tomllib.loads(text)))
    except (ValueError, RecursionError):
        return None
    return None if left or any(secret in text for secret in secrets) else text.encode()


def _secrets(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        for key, value in table.items():
            if key in _SECRETS:
                yield str(value)
            else:
                yield from _secrets(value)
    elif isinstance(table, list):
        for value in table:
            yield from _secrets(value)


def _aside(path: Path) -> None:
    before = path.with_name(path.name + _BEFORE)
    if not path.exists():
        return
    if before.is_dir():
        import shutil

        shutil.rmtree(before)
    path.replace(before)
