"""A USB stick that is mounted: votes and a bundle onto it, settings and surveys from it. Mounts nothing, asks nobody.

What is brought is read once, checked whole, and what was checked is what is put in place (intake.py): the stick
may be pulled or changed in between.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from kiosk import files
from kiosk.errors import FileError, KioskError, SettingsError
from kiosk.figures import period as periods
from kiosk.outgoing.intake import SETTINGS, SURVEY, SURVEYS, Import, finish, part_of, stage, take
from kiosk.settings import fits_survey

__all__ = ["Import", "Refused", "bundle_to", "export_to", "find_import", "finish", "take"]

MOST_SURVEYS = 32
TOLD_ROWS = 10_000
_Row = TypeVar("_Row")


class Refused(KioskError):
    """A file on the stick is none that would be read."""


def export_to(
    folder: Path,
    data: Path,
    *,
    kiosk: str,
    timezone: str,
    now_ms: int | None = None,
    at: Callable[[int], None] = lambda _: None,
) -> Path:
    """Write all responses as CSV onto the stick at `folder`; the file's path. KioskError where that fails.

    `now_ms` (Unix) gives it a name with a date; without it a number makes the name its own. Nothing is replaced.
    `at` is told how many rows are written, each `TOLD_ROWS` of them.
    """
    from kiosk.figures.gathered import Gathered
    from kiosk.outgoing.export import records, write_csv
    from kiosk.outgoing.whole import placed

    target = _free(folder, f"{kiosk or 'moodpost'}-votes", ".csv", timezone, now_ms)
    with Gathered(data) as gathered:
        rows = records(gathered, kiosk=kiosk, timezone=timezone, zone=periods.zone(timezone))
        with placed(target) as part, part.open("wb") as file:
            write_csv(_counted(rows, at), file, mark=True)
    return target


def _counted(rows: Iterable[_Row], at: Callable[[int], None]) -> Iterator[_Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % TOLD_ROWS == 0:
            at(number)


def bundle_to(
    folder: Path,
    data: Path,
    settings: Path | None,
    *,
    kiosk: str,
    timezone: str,
    now_ms: int | None = None,
    status: Callable[[], str] | None = None,
    secrets: Iterable[str] = (),
) -> Path:
    """Write a support bundle onto the stick at `folder`; the file's path. KioskError where that fails."""
    from kiosk.outgoing.evidence import Place, collect

    target = _free(folder, f"{kiosk or 'moodpost'}-bundle", ".zip", timezone, now_ms)
    collect(target, Place(data, settings), status=status, secrets=secrets)
    return target


def find_import(folder: Path, settings: Path) -> Import:
    """What the stick at `folder` brings for the kiosk whose settings stand at `settings`, checked as a whole.

    `moodpost.toml`, and `survey.toml` or a folder `surveys`. What is not brought stays as it is, and must go with
    what is. Every mistake is told at once.
    """
    found: dict[str, bytes] = {}
    mistakes: list[str] = []
    for name in _names(folder, mistakes):
        try:
            if (content := _read(folder, name)) is not None:
                found[name] = content
        except Refused as error:
            mistakes.append(str(error))
    if SURVEY in found and any(name != SURVEY and name != SETTINGS for name in found):
        mistakes.append(f"{SURVEYS}: found this folder beside {SURVEY}, expected one of the two")
    if mistakes:
        return Import({}, (), tuple(mistakes))
    if not found:
        return Import({}, (), (f"the stick holds neither {SETTINGS} nor {SURVEY} nor a folder {SURVEYS}",))
    return _checked(found, settings)


def _names(folder: Path, mistakes: list[str]) -> list[str]:
    names = [SETTINGS, SURVEY]
    surveys = folder / SURVEYS
    try:
        if surveys.is_symlink() or (surveys.exists() and not surveys.is_dir()):
            mistakes.append(f"{SURVEYS}: found no folder, expected one of surveys")
        elif surveys.is_dir():
            # what begins with a dot was left there by another computer
            found = sorted(p.name for p in surveys.iterdir() if p.suffix.lower() == ".toml" and p.name[0] != ".")
            if len(found) > MOST_SURVEYS:
                mistakes.append(f"{SURVEYS}: found {len(found)} files, expected at most {MOST_SURVEYS}")
            names += [f"{SURVEYS}/{name}" for name in found[:MOST_SURVEYS]]
    except OSError as error:
        mistakes.append(f"{SURVEYS}: can't be read ({error.strerror})")
    return names


def _read(folder: Path, name: str) -> bytes | None:
    """The content of a plain file of bounded size; None where there is none of that name."""
    try:
        # O_NONBLOCK: a pipe would wait for ever
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        link = (folder / name).is_symlink()
        raise Refused(f"{name}: {'is a link' if link else error.strerror}, expected a plain file") from None
    try:
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused(f"{name}: is no plain file")
            content = file.read(files.MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"{name}: can't be read ({error.strerror}). Was the stick pulled?") from None
    if len(content) > files.MAX_BYTES:
        raise Refused(f"{name}: found more than {files.MAX_BYTES} bytes, expected a settings or survey file")
    return content


def _checked(found: dict[str, bytes], settings: Path) -> Import:
    """What was read, held against itself and against what stays on the kiosk."""
    with tempfile.TemporaryDirectory(prefix="moodpost-") as made:
        home = Path(made)
        for name, content in found.items():
            path = home / name
            path.parent.mkdir(exist_ok=True)
            stage(path, content)
            part_of(path).replace(path)
        mistakes: list[str] = []
        brings_surveys = any(name != SETTINGS for name in found)
        try:
            settled = files.settings(home / SETTINGS if SETTINGS in found else settings)
        except SettingsError as error:
            mistakes += error.mistakes
            settled = None
        try:
            asked = files.asked(None, home / SETTINGS if brings_surveys else settings)
        except SettingsError as error:
            mistakes += error.mistakes
            asked = []
        if settled is not None:
            mistakes += [sentence for survey in asked for sentence in fits_survey(settled, survey)]
        mistakes = [mistake.replace(f"{home}/", "") for mistake in mistakes]
    if mistakes:
        return Import({}, (), tuple(mistakes))
    said = []
    if SETTINGS in found and settled is not None:
        said.append(
            f"Settings for the kiosk {settled.kiosk.id}" + (f", {settled.kiosk.place}" * bool(settled.kiosk.place))
        )
        if settled.endpoint is not None and not settled.endpoint.token:
            said.append("They hold no token for the endpoint.")
    if brings_surveys:
        said += [f"Survey {survey.name}, in {len(survey.languages)} languages" for survey in asked]
    return Import(found, tuple(said))


def _free(folder: Path, name: str, suffix: str, timezone: str, now_ms: int | None) -> Path:
    if now_ms is not None:
        shown = periods.local(now_ms, periods.zone(timezone))
        name += f"-{shown:%Y-%m-%d-%H%M}"
    for number in range(1, 1_000):
        path = folder / (f"{name}{suffix}" if number == 1 else f"{name}-{number}{suffix}")
        if not path.exists():
            return path
    raise FileError(f"{folder}: holds a thousand files called {name} already")
