"""Whether a screen is plugged in, as the kernel's connectors tell. Knows no picture; never asks a screen itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """What the connectors of all graphics cards say together."""

    told: bool
    """Whether there is any connector; without one nobody knows."""
    connected: bool
    """Whether a screen is plugged in."""
    ready: bool
    """Whether one that is has a mode: after it was plugged in the kernel has yet to read its EDID."""


def seen(root: Path = Path("/")) -> Seen:
    """What is plugged in now; `root` is where /sys is looked for. Composite outputs say "unknown", which is none."""
    told = connected = ready = False
    for connector in root.glob("sys/class/drm/card*-*"):
        try:
            status = (connector / "status").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        told = True
        if status == "connected":
            connected = True
            ready = ready or _has_mode(connector)
    return Seen(told, connected, ready)


def _has_mode(connector: Path) -> bool:
    try:
        return bool((connector / "modes").read_bytes().strip())
    except OSError:
        return False
