"""What must be on a card whenever the power was cut: the settings, whole, and each vote that was thanked for.

Knows where first boot and the kiosk keep things; never how the card came to be as it is.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from kiosk import settings
from kiosk.errors import KioskError
from kiosk.settings import Settings
from tests.image.crashed import Crashed

_STORED = ("settings", "system/staged/settings")
"""On data: what is in force, and what is decided and only needs to be moved there by the next start."""
_SECRETS = ("", "system/staged/tree")
"""Where the secrets of both lie: settings go first, so that those of settings in force may still be to be moved."""


def lost(crashed: Crashed, thanked: Sequence[str], given: str) -> str:
    """What the card no longer has of what must be on it, in words; empty where all is there.

    Its data mount and are sound after the journal's replay, they hold the votes `thanked` for in their order, and the
    settings `given` are somewhere, whole.
    """
    try:
        with crashed.data() as data:
            pairs = zip(votes(data), thanked, strict=False)
            kept = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
            if kept < len(thanked):
                return f"votes: {kept} of {len(thanked)}"
            return "" if settings_kept(crashed, data, given) else "the settings"
    except (AssertionError, sqlite3.DatabaseError, pytest.fail.Exception) as error:
        return str(error)


def votes(data: Path) -> list[str]:
    """The votes in the store of a mounted data partition, in their order, such as ``2/4``; none where there is none."""
    store = data / "store/votes.db"
    if not store.exists():
        return []
    with contextlib.closing(sqlite3.connect(store)) as database:
        assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'responses'").fetchone()
        if not tables[0]:
            return []
        return [row[0] for row in database.execute("SELECT value FROM responses WHERE kind = 'vote' ORDER BY seq")]


def settings_kept(crashed: Crashed, data: Path, given: str) -> bool:
    """Whether the settings `given` are there whole, secrets too: on FAT as they were written, or stored on data."""
    wanted = settings.parse(given)
    if any(_same(data / folder / "moodpost.toml", wanted) for folder in _STORED) and _secrets_kept(data, wanted):
        return True
    return crashed.card.get("moodpost.toml") == given.encode()


def _same(stored: Path, wanted: Settings) -> bool:
    try:
        found = settings.parse(stored.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, KioskError):
        return False
    # As texts: two secrets are never equal, not even two empty ones.
    return repr(_blanked(found)) == repr(_blanked(wanted))


def _blanked(given: Settings) -> Settings:
    """Without its secrets, which are stored apart."""
    none, change = settings.Secret(""), msgspec.structs.replace
    endpoint = given.endpoint and change(given.endpoint, token=none)
    wifi = given.wifi and change(given.wifi, passphrase=none)
    return change(given, endpoint=endpoint, wifi=wifi, technician=None)


def _secrets_kept(data: Path, wanted: Settings) -> bool:
    """Of those that the tests' settings have: token, passphrase, and that there is a PIN (only its hash is kept)."""
    passphrase = wanted.wifi.passphrase.reveal() if wanted.wifi else ""
    networks = [_content(data / place / "system/connections/moodpost.nmconnection") for place in _SECRETS]
    if passphrase and not any(f"psk={passphrase}\n" in network for network in networks):
        return False
    token = wanted.endpoint.token.reveal() if wanted.endpoint else ""
    kept = [_content(data / place / "secrets/token") for place in _SECRETS]
    pins = [_content(data / place / "store/technician.pin") for place in _SECRETS]
    return f"{token}\n" in kept and (wanted.technician is None or any(pins))


def _content(path: Path) -> str:
    """What a file holds, nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""
