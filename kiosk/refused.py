"""What first boot has to say of settings: files that root leaves, a sentence a line. Never writes them.

With no settings in force the kiosk shows what was refused and waits; with older ones it runs, and says that new ones
were refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from hardware.health import Health, bad

NAME = "settings-refused"
UNBLANKED = "unblanked"
"""Beside it: where secrets still stand that should have been blanked, and why."""
FOLDER = Path("/run/moodpost-firstboot")
"""Root's alone: nobody who broke into sync puts a file there."""
_MOST_BYTES = 16_384
_MOST = 40
"""Sentences; no screen holds more."""


def place(environment: Mapping[str, str] = os.environ) -> Path:
    """Where first boot says why new settings were not taken: at MOODPOST_REFUSED, else where an appliance has it."""
    return Path(environment.get("MOODPOST_REFUSED") or FOLDER / NAME)


def refused(file: Path) -> tuple[str, ...]:
    """The sentences; none where nothing was refused, or nothing can be read that root or this user has written."""
    try:
        # Neither another file's words on the screen, nor a pipe to wait at for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (0, os.geteuid()):
            return ()
        text = os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    finally:
        os.close(descriptor)
    lines = (" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines())
    return tuple(line for line in lines if line)[:_MOST]


def notice(file: Path, passed_over: tuple[str, ...] = ()) -> str:
    """One line for the screen; "" where nothing was refused, and nothing in the settings in force is `passed_over`."""
    if sentences := refused(file):
        return f"The new settings were refused: {_first(sentences)}"
    return f"Not all settings can be used: {_first(passed_over)}" if passed_over else ""


def health(file: Path, passed_over: tuple[str, ...] = ()) -> list[Health]:
    """The bad readings: `settings` while new ones are refused or something is `passed_over`, `secrets` as `exposed`."""
    found = []
    if sentences := refused(file):
        said = f"The new settings were refused, those from before are in force: {_first(sentences)}"
        found.append(bad("settings", said, "\n".join((*sentences, *passed_over))))
    elif passed_over:
        said = f"This version can't use all of the stored settings and goes without: {_first(passed_over)}"
        found.append(bad("settings", said, "\n".join(passed_over)))
    return found + exposed(file)


def exposed(file: Path) -> list[Health]:
    """The bad reading `secrets` while some stand where an installer put them, as is told beside `file`; else none."""
    sentences = refused(file.with_name(UNBLANKED))
    if not sentences:
        return []
    said = f"Whoever takes out the card or has the stick can read secrets: {_first(sentences)}"
    return [bad("secrets", said, "\n".join(sentences))]


def _first(sentences: tuple[str, ...]) -> str:
    more = len(sentences) - 1
    return sentences[0] + (f", and {more} more" if more else "")
