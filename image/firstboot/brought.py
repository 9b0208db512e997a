"""Whether what an installer brought can be taken: all of it is checked as the kiosk will read it. Stores nothing.

Every mistake is a sentence: file, line, what was found, what was expected.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hardware.apply import keyfile
from hardware.apply.request import Wifi
from hardware.errors import ApplyError
from image.errors import RefusedError
from image.firstboot import hands, keys, spans
from image.firstboot.source import CA, KEYS, MOST_SURVEYS, SETTINGS, SURVEYS
from image.firstboot.spans import Span
from kiosk import files as kiosk_files
from kiosk import network
from kiosk.checked import quoted
from kiosk.errors import SettingsError
from kiosk.settings import Settings, fits_survey

UNNAMED = "new-kiosk"
"""The id in the file that our image comes with."""
_SERVER = re.compile(r"[A-Za-z0-9:](?:[A-Za-z0-9.:-]{0,252})\Z")


class Brought(msgspec.Struct, frozen=True):
    """What can be taken."""

    settings: Settings
    files: Mapping[str, bytes]
    spans: list[Span]
    """Of the secrets in moodpost.toml."""
    keys: bytes
    """Who may log in, as sshd reads it; b"": nobody."""


def check(files: Mapping[str, bytes], scratch: Path) -> Brought:
    """RefusedError with every mistake. `scratch` is a folder in memory: secrets are in it meanwhile."""
    mistakes = [
        f"{name}: found more than {kiosk_files.MAX_BYTES} bytes, expected fewer"
        for name, data in files.items()
        if len(data) > kiosk_files.MAX_BYTES
    ]
    if mistakes:
        raise RefusedError(mistakes)
    settings: Settings | None = None
    found: list[Span] = []
    hands.remove(scratch)
    hands.folder(scratch, 0o700)
    try:
        _lay_out(files, scratch)
        try:
            settings = kiosk_files.settings(scratch / SETTINGS)
        except SettingsError as error:
            mistakes += error.mistakes
        mistakes += _surveys(files, scratch, settings)
        if settings is not None:
            mistakes += [*_network(settings), *_authorities(settings, files, scratch)]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if settings is not None:
        mistakes += [*_named(settings), *_wifi(settings)]
        try:
            found = spans.find(files[SETTINGS], spans.secrets_of(settings))
        except spans.CannotBlankError:
            mistakes.append(
                f"{SETTINGS}: found a token, passphrase, password or pin that can't be taken out of the file later, "
                'expected each on a line of its own such as token = "…"'
            )
    allowed = b""
    try:
        allowed = keys.readable(files.get(KEYS, b""))
    except ValueError as error:
        mistakes.append(f"{KEYS}: {error}")
    if mistakes or settings is None:
        raise RefusedError([sentence.replace(f"{scratch}/", "") for sentence in mistakes])
    return Brought(settings, files, found, allowed)


def _lay_out(files: Mapping[str, bytes], scratch: Path) -> None:
    if any(name.startswith(f"{SURVEYS}/") for name in files):
        hands.folder(scratch / SURVEYS, 0o700)
    for name, data in files.items():
        (scratch / name).write_bytes(data)


def _surveys(files: Mapping[str, bytes], scratch: Path, settings: Settings | None) -> list[str]:
    if sum(name.startswith(f"{SURVEYS}/") for name in files) > MOST_SURVEYS:
        return [f"{SURVEYS}: found more than {MOST_SURVEYS} surveys, expected at most that many"]
    try:
        asked = kiosk_files.asked(None, scratch / SETTINGS)
    except SettingsError as error:
        return list(error.mistakes)
    if settings is None:
        return []
    return [f"{SETTINGS}, {sentence}" for survey in asked for sentence in fits_survey(settings, survey)]


def _named(settings: Settings) -> list[str]:
    if settings.kiosk.id != UNNAMED:
        return []
    return [
        f'{SETTINGS}, kiosk.id: found "{UNNAMED}", as the card came with it, '
        'expected a name of its own such as "helsinki-south"'
    ]


def _network(settings: Settings) -> list[str]:
    table = settings.network
    if table is None:
        return []
    mistakes = [
        f"{SETTINGS}, network.ntp: found {quoted(name)}, expected the name or address of a time server"
        for name in table.ntp
        if not _SERVER.match(name)
    ]
    if table.ca_file not in ("", CA):
        mistakes.append(
            f'{SETTINGS}, network.ca_file: found {quoted(table.ca_file)}, expected "{CA}", a file beside {SETTINGS}'
        )
    return mistakes


def _authorities(settings: Settings, files: Mapping[str, bytes], scratch: Path) -> list[str]:
    """What is beside the settings counts, whether or not they name it."""
    if b"PRIVATE KEY" in files.get(CA, b""):
        return [f"{CA}: found a private key, expected certificates alone"]
    if CA not in files and not (settings.network and settings.network.ca_file == CA):
        return []
    from kiosk import trust  # with OpenSSL, a megabyte or two

    try:
        trust.check(settings, scratch / SETTINGS)
    except SettingsError as error:
        return list(error.mistakes)
    return []


def _wifi(settings: Settings) -> list[str]:
    if settings.wifi is None:
        return []
    try:
        keyfile.written(Wifi(settings.wifi.ssid, settings.wifi.passphrase.reveal(), network.ip(settings.network)))
    except ApplyError as error:
        return [f"{SETTINGS}, wifi: {error}"]
    return []
