"""Asks for what needs root and hears what became of it, without ever waiting. Knows files; never how it is done."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from hardware import board
from hardware.apply import request as requests
from hardware.apply.request import OUTCOME, REQUEST, STICK, Deed, Outcome, Request
from hardware.errors import ApplyError

GRACE_MS = 10_000
"""How long the process that does it may take to begin, beside the time of the deed itself."""
_MOST_OUTCOME = 4_096

Name = Literal["files", "fake", "none"]


class Asked(msgspec.Struct, frozen=True):
    """A request that was left; `deadline_ms` of the boot clock is when nobody will answer it any more."""

    id: str
    deadline_ms: int


class Applier(Protocol):
    """Whoever can be asked for what needs root."""

    @property
    def missing(self) -> str:
        """Why nothing can be done here; "" where it can be tried."""

    @property
    def stick(self) -> Path:
        """Where the stick stands once `Mount` was done."""

    def ask(self, deed: Deed) -> Asked:
        """Leave the request, at once. ApplyError where that can't be done."""

    def outcome(self, asked: Asked) -> Outcome | None:
        """What became of it, at once; None while that is not known. To be asked until it gives an outcome."""


class Files:
    """Leaves requests in `folder`, which must be there and this user's own; the process of root looks into it."""

    missing = ""
    stick = Path(STICK)

    def __init__(self, folder: Path, now_ms: Callable[[], int] = board.boottime_ms) -> None:
        self._folder = folder
        self._now_ms = now_ms

    def ask(self, deed: Deed) -> Asked:
        """Leave the request. It is for nobody else to read: there may be a passphrase in it."""
        asked = Asked(secrets.token_hex(8), self._now_ms() + round(deed.seconds * 1000) + GRACE_MS)
        data = requests.encode(Request(asked.id, self._now_ms(), deed))
        before = self._folder / f".{asked.id}.part"
        try:
            descriptor = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
            before.rename(self._path(asked, REQUEST))
        except OSError as error:
            with contextlib.suppress(OSError):
                before.unlink()
            why = f"{self._folder}: a request can't be left there ({error.strerror})"
            raise ApplyError(f"{why}. Is the folder there and writable?") from None
        return asked

    def outcome(self, asked: Asked) -> Outcome | None:
        """What became of it; after the deadline the request is taken back."""
        path = self._path(asked, OUTCOME)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return self._late(asked) if self._now_ms() >= asked.deadline_ms else None
        except OSError as error:
            return requests.outcome(asked.id, False, f"What became of it can't be read ({error.strerror}).")
        try:
            data = os.read(descriptor, _MOST_OUTCOME)
        finally:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        with contextlib.suppress(msgspec.MsgspecError, UnicodeError):
            found = msgspec.json.decode(data, type=Outcome)
            if found.id == asked.id:
                return requests.outcome(found.id, found.done, found.said)
        return requests.outcome(asked.id, False, "What became of it can't be understood.")

    def _late(self, asked: Asked) -> Outcome:
        try:
            self._path(asked, REQUEST).unlink()
            said = "Nobody took the request: is moodpost-apply installed, and its path unit started?"
        except FileNotFoundError:
            said = "The request was taken, but nobody says what became of it: see the log of moodpost-apply."
        except OSError as error:
            said = f"The request can't be taken back ({error.strerror})."
        return requests.outcome(asked.id, False, said)

    def _path(self, asked: Asked, suffix: str) -> Path:
        return self._folder / f"{asked.id}{suffix}"


class Nobody:
    """Stands where nobody can be asked: on a laptop, unless something else is chosen."""

    missing = "This machine is a laptop, or was started so: nobody here may do it."
    stick = Path(STICK)

    def ask(self, deed: Deed) -> Asked:
        """Says why not."""
        raise ApplyError(self.missing)

    def outcome(self, asked: Asked) -> Outcome | None:
        """Nothing was asked."""
        return requests.outcome(asked.id, False, self.missing)


def open_applier(name: Name, folder: Path) -> Applier:
    """Whoever is asked, by the name of the option ``--applier``; `folder` is where requests are left.

    ApplyError where "files" is chosen and the folder is not there: systemd makes it. The fake one makes it itself.
    """
    if name == "none":
        return Nobody()
    if name == "fake":
        from hardware.apply.fake import Fake

        return Fake(folder)
    if not folder.is_dir():
        raise ApplyError(f"{folder}: there is no such folder to leave requests in. Is moodpost-apply installed?")
    return Files(folder)
