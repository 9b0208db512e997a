"""Where settings and survey stand, and how they are read. Never knows what is in them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kiosk import settings as settings_module
from kiosk import survey as survey_module
from kiosk.errors import SettingsError
from kiosk.settings import Secret, Settings
from kiosk.survey import Survey

MAX_BYTES = 1 << 20
"""A larger file is no settings file."""

BUNDLED_SURVEY = Path(__file__).with_name("surveys") / "visit.toml"
"""The survey that ships with Moodpost."""


def settings(path: Path) -> Settings:
    """The settings in the file at `path`; SettingsError where it can't be read or has mistakes."""
    return settings_module.parse(_read(path, "one with a line [kiosk] and a line id = …"), path.name)


def survey(path: Path | None, beside: Path) -> Survey:
    """The survey at `path`; by default `survey.toml` beside the settings file, else the bundled one."""
    if path is None:
        path = beside.parent / "survey.toml"
        with contextlib.suppress(PermissionError):  # which reading it will tell
            if not path.exists():
                return bundled_survey()
    return survey_module.parse(_read(path, "a survey"), path.name)


def bundled_survey() -> Survey:
    """The survey that ships with Moodpost."""
    return survey_module.parse(BUNDLED_SURVEY.read_text(encoding="utf-8"), BUNDLED_SURVEY.name)


def secret(path: Path) -> Secret:
    """The secret that is all there is in the file at `path`; SettingsError where it can't be read or is empty."""
    text = _read(path, "one that holds the token").strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(str(path), [f"{path}: found no single word, expected the token as it was issued"])
    return Secret(text)


def _read(path: Path, expected: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SettingsError(str(path), [f"{path}: found no such file, expected {expected}"]) from None
    except OSError as error:
        raise SettingsError(str(path), [f"{path}: can't be read ({error.strerror})"]) from None
    if len(data) > MAX_BYTES:
        raise SettingsError(str(path), [f"{path}: found more than {MAX_BYTES} bytes, expected {expected}"])
    try:
        # Windows' Notepad begins UTF-8 with a mark of its own.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            str(path), [f"{path.name}, line {line}: found no UTF-8, expected the file saved as UTF-8"]
        ) from None
