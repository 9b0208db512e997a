"""The six questions of `moodpost settings new`, and what is wrong with an answer. Never knows terminals or files."""

from __future__ import annotations

import os
from collections.abc import Callable

from kiosk import settings
from kiosk.errors import SettingsError
from kiosk.template import Values, filled, template

Wrong = Callable[[str], str]
"""Says why an answer can't be, "" where it can."""
Question = Callable[[str, str, bool, Wrong], str]
"""Asks (a text, with a default, perhaps hidden), again as long as the function says why an answer is wrong."""


def ask(question: Question) -> str:
    """The six questions, and the file that the answers make."""
    values: dict[tuple[str, str], str | list[str]] = {}

    def put(text: str, table: str, key: str, default: str = "", *, hidden: bool = False, needed: bool = False) -> str:
        def wrong(answer: str) -> str:
            if not answer and not needed:
                return ""
            return _wrong({**values, (table, key): _value(key, answer)}, f"{table}.{key}")

        answer = question(text, default, hidden, wrong)
        if answer:
            values[table, key] = _value(key, answer)
        return answer

    put("1. Id, a name of its own for each kiosk, such as helsinki-south", "kiosk", "id", needed=True)
    put("2. Place, as reports shall name it (may be empty)", "kiosk", "place")
    put("3. Time zone, such as Europe/Helsinki", "kiosk", "timezone", _zone_here(), needed=True)
    put("4. Languages, the default first, such as fi, sv, en (empty: those of the survey)", "kiosk", "languages")
    if put("5. Endpoint, such as https://feedback.example.com (empty: votes stay on the kiosk)", "endpoint", "url"):
        put("   Its token (not shown; empty: none)", "endpoint", "token", hidden=True)
    if put("6. Wi-Fi, its name (empty: a network cable)", "wifi", "ssid"):
        put("   Its passphrase (not shown; empty: an open network)", "wifi", "passphrase", hidden=True)
        put("   The country that it stands in, such as FI", "wifi", "country", needed=True)
    return filled(template(), values)


def _value(key: str, answer: str) -> str | list[str]:
    if key == "languages":
        return answer.replace(",", " ").split()
    return answer.upper() if key == "country" else answer


def _wrong(values: Values, path: str) -> str:
    """What is wrong with the value at `path`, "" where nothing is."""
    try:
        filled(template(), values).encode()
    except UnicodeEncodeError:
        return "found characters that can't be read, expected them typed in UTF-8"
    try:
        settings.parse(filled(template(), values))
    except SettingsError as error:
        said = [mistake.partition(f"{path}") for mistake in error.mistakes]
        return next((after.partition(": ")[2] for _, at, after in said if at), "")
    return ""


def _zone_here() -> str:
    """This machine's time zone, likely to be the kiosk's; "" where it can't be told."""
    return os.path.realpath("/etc/localtime").partition("zoneinfo/")[2].removeprefix("Etc/")
