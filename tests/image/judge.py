"""What must be on a card whenever the power was cut: the settings, whole, and each vote that was thanked for.

Knows where first boot and the kiosk keep things; never how the card came to be as it is.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from kiosk import settings
from kiosk.errors import KioskError
from tests.image.crashed import Crashed

_STORED = ("settings/moodpost.toml", "system/staged/settings/moodpost.toml")
"""On data: what is in force, and what is decided and only needs to be moved there by the next start."""


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
    """Whether the settings `given` are there whole: on the boot partition as they were written, or stored on data."""
    wanted = settings.parse(given)
    if any(_same(data / name, wanted) for name in _STORED):
        return True
    return crashed.card.get("moodpost.toml") == given.encode()


def _same(stored: Path, wanted: settings.Settings) -> bool:
    try:
        found = settings.parse(stored.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, KioskError):
        return False
    return (found.kiosk, found.panel, found.screen) == (wanted.kiosk, wanted.panel, wanted.screen)
