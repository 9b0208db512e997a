"""Where settings and survey stand, and how they are read. Never knows what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from kiosk import settings as settings_module
from kiosk import survey as survey_module
from kiosk.errors import MissingSettings, SettingsError
from kiosk.settings import Secret, Settings
from kiosk.survey import Survey

MAX_BYTES = 1 << 20
"""A larger file is no settings file."""

BUNDLED_SURVEY = Path(__file__).with_name("surveys") / "visit.toml"
"""The survey that ships with Moodpost."""

_AS_UTF_8 = 'expected plain text saved as UTF-8 (in Notepad: "Save as", encoding "UTF-8")'
_NO_TEXT = {
    b"PK\x03\x04": "a document of a word processor, or an archive",
    b"{\\rtf": "a document of a word processor (RTF)",
    b"%PDF": "a PDF",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
"""How files begin that somebody may take for text."""

_SETTINGS = "one with a line [kiosk] and a line id = …"
_ALWAYS = "expected one survey without a [schedule], to be asked whenever no other is"


STORED = Path("/var/lib/moodpost/settings")
"""Where first boot alone puts files, once it has found them good."""


class Found(msgspec.Struct, frozen=True):
    """Settings, and what of their file can't be used, as sentences: in its place is the default."""

    settings: Settings
    passed_over: tuple[str, ...] = ()


def are_stored(path: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether first boot has put the settings at `path` there: in MOODPOST_STORED, else in an appliance's folder."""
    folder = Path(environment.get("MOODPOST_STORED") or STORED)
    return os.path.realpath(path.parent) == os.path.realpath(folder)


def find_settings(path: Path) -> Found:
    """The settings in the file at `path`; SettingsError where it can't be read or has mistakes.

    Stored ones were good for the version that stored them. Nobody is there to mend them, so that a mistake in them
    costs no more than what it is in.
    """
    text = _read(path, _SETTINGS)
    try:
        return Found(settings_module.parse(text, path.name))
    except SettingsError:
        if not are_stored(path):
            raise
    return Found(*settings_module.parse_stored(text, path.name))


def settings_text(path: Path) -> str:
    """What stands in the file at `path`, right or wrong; SettingsError where it can't be read as text."""
    return _read(path, _SETTINGS)


def settings(path: Path) -> Settings:
    """The same without what was passed over: for who does not tell it."""
    return find_settings(path).settings


def surveys(path: Path) -> list[Survey]:
    """The survey in the file at `path`, or those in a folder: its .toml files in the order of their names.

    SettingsError carries the mistakes of all files at once, and what is wrong between them.
    """
    try:
        files = _toml_files(path) if path.is_dir() else {path.name: path}
    except OSError:  # which reading it will tell
        files = {path.name: path}
    found: dict[str, Survey] = {}
    mistakes: list[str] = []
    for source, file in files.items():
        try:
            found[source] = survey_module.parse(_read(file, "a survey"), source)
        except SettingsError as error:
            mistakes += error.mistakes
    if path.name not in files:
        mistakes += _between(path, found, whole=not mistakes)
    if mistakes:
        raise SettingsError(str(path), mistakes)
    return list(found.values())


def asked(path: Path | None, beside: Path) -> list[Survey]:
    """What a kiosk asks: the surveys at `path`, one of which has no schedule.

    By default those in `survey.toml` or in the folder `surveys` beside the settings file, else the bundled survey.
    """
    path = path or _survey_beside(beside)
    if path is None:
        return [bundled_survey()]
    found = surveys(path)
    if all(survey.schedule for survey in found):
        raise SettingsError(str(path), [f"{path}: found a [schedule] in the only survey, {_ALWAYS}"])
    return found


def _survey_beside(settings: Path) -> Path | None:
    file, folder = settings.with_name("survey.toml"), settings.with_name("surveys")
    try:
        there = [path for path in (file, folder) if path.exists()]
    except PermissionError:  # which reading it will tell
        return file
    if len(there) > 1:
        raise SettingsError(str(folder), [f"{folder}: found this folder beside {file.name}, expected one of the two"])
    return there[0] if there else None


def _toml_files(folder: Path) -> dict[str, Path]:
    """By the name to call them by. What begins with a dot was left there by another computer ("._lunch.toml")."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".toml" and path.name[0] != ".")
    return {f"{folder.name}/{path.name}": path for path in paths}


def _between(path: Path, found: Mapping[str, Survey], *, whole: bool) -> Iterator[str]:
    """What is wrong between surveys. `whole`: nothing was wrong with any, so these are all that there are."""
    ids: dict[str, str] = {}
    for source, survey in found.items():
        if (other := ids.setdefault(survey.id, source)) != source:
            yield f'{source}, id: found "{survey.id}", which is the id of {other} too, expected one of its own'
    always = [source for source, survey in found.items() if survey.schedule is None]
    if whole and not found:
        yield f"{path}: found no .toml file, {_ALWAYS}"
    elif whole and not always:
        yield f"{path}: found a [schedule] in every survey, {_ALWAYS}"
    elif len(always) > 1:
        yield f"{path}: found no [schedule] in {', '.join(always)}, {_ALWAYS}"


def bundled_survey() -> Survey:
    """The survey that ships with Moodpost."""
    return survey_module.parse(BUNDLED_SURVEY.read_text(encoding="utf-8"), BUNDLED_SURVEY.name)


def secret(path: Path, *, may_be_none: bool = False, what: str = "the token") -> Secret:
    """The secret that is all there is in the file at `path`; SettingsError where it can't be read or is empty.

    With `may_be_none` an empty file is a secret that is empty: a kiosk without one has the file all the same. `what`
    is how to call it.
    """
    text = _read(path, f"one that holds {what}").strip()
    if may_be_none and not text:
        return Secret("")
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(str(path), [f"{path}: found no single word, expected {what} as it was issued"])
    return Secret(text)


def _read(path: Path, expected: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MissingSettings(
            str(path), [f"{path}: found no such file, {_meant(path) or f'expected {expected}'}"]
        ) from None
    except IsADirectoryError:
        raise SettingsError(str(path), [f"{path}: found a folder, expected a file: {expected}"]) from None
    except OSError as error:
        raise SettingsError(str(path), [f"{path}: can't be read ({error.strerror})"]) from None
    if len(data) > MAX_BYTES:
        raise SettingsError(str(path), [f"{path}: found more than {MAX_BYTES} bytes, expected {expected}"])
    return decoded(data, path.name)


def decoded(data: bytes, source: str) -> str:
    """The text in the bytes of a file as editors save it; SettingsError where it is none, with what to do."""
    for begins, kind in _NO_TEXT.items():
        if data.startswith(begins):
            raise SettingsError(source, [f"{source}: found {kind}, {_AS_UTF_8}"])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or _wide(data):
        raise SettingsError(source, [f'{source}: found UTF-16 (Notepad\'s "Unicode"), {_AS_UTF_8}'])
    try:
        # Windows' Notepad begins UTF-8 with a mark of its own.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = "a letter that is no UTF-8 but of an older encoding"
        raise SettingsError(source, [f"{source}, line {line}: found {found}, {_AS_UTF_8}"]) from None


def _wide(data: bytes) -> bool:
    """Whether each other byte of the beginning is zero: text of two bytes a character, without the mark."""
    begin = data[:64]
    even, odd = begin[::2], begin[1::2]
    return len(begin) >= 4 and any(not any(one) and all(other) for one, other in ((even, odd), (odd, even)))


def _meant(path: Path) -> str:
    """What stands in the folder and must be meant: Windows hides the ending of `moodpost.toml.txt`."""
    try:
        names = sorted(entry.name for entry in path.absolute().parent.iterdir())
    except OSError:
        return ""
    wanted = path.name.lower()
    stem = wanted.removesuffix(".toml")
    like = re.compile(rf"{re.escape(stem)}(\.toml)?(\.txt)?|{re.escape(stem)} ?(\(\d+\)|- copy)\.toml(\.txt)?")
    near = next((name for name in names if like.fullmatch(name.lower()) and name != path.name), "")
    return f"but {near} beside it, expected that named {path.name} (Windows hides a .txt at the end)" if near else ""
