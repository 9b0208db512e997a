"""What the commands share that look at a kiosk's data from outside: options, settings where there are some, progress.

Knows the command line; never what a command does.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import click
import msgspec

from kiosk import files
from kiosk.commands import options
from kiosk.errors import KioskError, SettingsError
from kiosk.figures import period as periods
from kiosk.figures.labels import Labels
from kiosk.settings import Settings
from kiosk.survey import Survey

SETTINGS = options.settings(
    "The settings file: it says which time zone the kiosk is in.  [default: moodpost.toml, where there is one]",
    default=None,
)
DATA = options.data("The folder that holds votes.db and damaged/; nothing in it is changed.")
_DEFAULT = Path("moodpost.toml")
_SOON_S = 2.0
"""What takes less needs no bar."""


class Desk(msgspec.Struct, frozen=True):
    """A kiosk as its settings describe it; without any it has no name and is in UTC."""

    path: Path | None
    settings: Settings | None
    surveys: list[Survey]
    notes: tuple[str, ...]
    """What must be known to read what a command tells."""

    @property
    def kiosk(self) -> str:
        """Its id, or ""."""
        return self.settings.kiosk.id if self.settings else ""

    @property
    def place(self) -> str:
        """Where it stands, or ""."""
        return self.settings.kiosk.place if self.settings else ""

    @property
    def timezone(self) -> str:
        """The name of its time zone."""
        return self.settings.kiosk.timezone if self.settings else "UTC"

    @property
    def zone(self) -> datetime.tzinfo:
        """Its time zone."""
        return periods.zone(self.timezone)

    @property
    def labels(self) -> Labels:
        """The words for ids, in the kiosk's first language."""
        spoken = self.settings.kiosk.languages if self.settings else []
        return Labels(self.surveys, spoken[0] if spoken else self.surveys[0].languages[0] if self.surveys else "en")


def open_desk(path: Path | None) -> Desk:
    """What the settings at `path` say; by default `moodpost.toml` here, and nothing where there is none.

    SettingsError where the file has mistakes. Mistakes in its surveys only cost the words for ids.
    """
    if path is None and not _DEFAULT.exists():
        note = "No settings file was found: times are in UTC, answers have no words. Give it with --settings."
        return Desk(None, None, [files.bundled_survey()], (note,))
    path = path or _DEFAULT
    settings = files.settings(path)
    try:
        return Desk(path, settings, files.asked(None, path), ())
    except SettingsError as error:
        note = f"The words for answers are missing, as the survey has mistakes: {error.mistakes[0]}"
        return Desk(path, settings, [], (note,))


class Progress:
    """A bar on standard error where somebody sees it, once something takes longer than 2 s. `with` ends its line."""

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic, stream: Any = None) -> None:
        self._label = label
        self._clock = clock
        self._stream = sys.stderr if stream is None else stream
        self._began = clock()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def __call__(self, done: int, total: int) -> None:
        """So much of so much is done."""
        if self._bar is None:
            if not self._stream.isatty() or self._clock() - self._began < _SOON_S:
                return
            self._bar = click.progressbar(length=max(1, total), label=self._label, file=self._stream)
            self._bar.render_progress()
        self._bar.update(max(0, min(done, total) - self._bar.pos))


def passed_over(damaged: int) -> str:
    """What is said where so many rows fail their checksums."""
    rows = "1 row fails its checksum and is" if damaged == 1 else f"{damaged:,} rows fail their checksums and are"
    return f"{rows} left out."


def guarded(work: Callable[[], None]) -> None:
    """Whatever the user can mend is said in words, without a stack trace; the exit code is 1."""
    try:
        work()
    except KioskError as error:
        raise click.ClickException(str(error)) from None
