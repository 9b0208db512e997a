"""What first boot has against new settings: a file in the runtime folder, a sentence a line. Never writes it.

With no settings in force the kiosk shows these sentences and waits; with older ones it runs, and says that new ones
were refused.
"""

from __future__ import annotations

from pathlib import Path

from hardware.health import Health, bad

NAME = "settings-refused"
_MOST_BYTES = 16_384
_MOST = 40
"""Sentences; no screen holds more."""


def refused(runtime: Path) -> tuple[str, ...]:
    """The sentences; none where nothing was refused, or nothing can be read."""
    try:
        with (runtime / NAME).open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    lines = (" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines())
    return tuple(line for line in lines if line)[:_MOST]


def notice(runtime: Path) -> str:
    """One line for the screen; "" where nothing was refused."""
    sentences = refused(runtime)
    return f"The new settings were refused: {_first(sentences)}" if sentences else ""


def health(runtime: Path) -> list[Health]:
    """The bad reading `settings` while new settings are refused; else none."""
    sentences = refused(runtime)
    if not sentences:
        return []
    said = f"The new settings were refused, those from before are in force: {_first(sentences)}"
    return [bad("settings", said, "\n".join(sentences))]


def _first(sentences: tuple[str, ...]) -> str:
    more = len(sentences) - 1
    return sentences[0] + (f", and {more} more" if more else "")
