"""The way into the `moodpost` command. A kiosk takes the short one; never knows what its options are for."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hardware  # noqa: F401  before all that it spares
from kiosk import memory
from kiosk.errors import KioskError
from kiosk.readahead import ReadAhead

CHOICES = {
    "--pins": ("lgpio", "mock"),
    "--screen": ("window", "kmsdrm", "offscreen"),
    "--applier": ("files", "fake", "none"),
}
"""What may follow these options."""
PLACES = {"--settings": "moodpost.toml", "--data": "/var/lib/moodpost", "--runtime": None}
"""Where they are by default. Each has a variable, too: MOODPOST_SETTINGS and so on."""
_FOLDERS = ("--data", "--runtime")
_FLAGS = ("--fullscreen", "--trace", "--play")


def main(prog_name: str = "moodpost") -> None:
    """Do what this process was called for. A kiosk need not wait for click and the other commands to be loaded."""
    options = plain(sys.argv[1:], os.environ)
    if options is None:
        from kiosk.cli import main as all_commands

        all_commands(prog_name=prog_name)
        return
    ahead = ReadAhead(options["data"])
    ahead.begin()
    memory.hurry()
    log(verbose=False)
    from hardware.errors import HardwareError

    try:
        from kiosk.start import Options, run

        run(Options(**options), ahead)
    except (KioskError, HardwareError) as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201  as click does
        raise SystemExit(getattr(error, "code", 1)) from None
    except KeyboardInterrupt:  # before the loop minds it
        print("Aborted!", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None


def plain(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any] | None:
    """The options of `moodpost kiosk`; None where another command is meant, or anything wants a word of click's."""
    name, *rest = arguments or [""]
    if name != "kiosk":
        return None
    found: dict[str, Any] = {
        option: environment.get(f"MOODPOST_{option[2:].upper()}") or default for option, default in PLACES.items()
    }
    while rest:
        option, *rest = rest
        if option in _FLAGS:
            found[option] = True
        elif rest and not rest[0].startswith("-"):
            found[option], *rest = rest
        else:
            return None
    size = found.pop("--size", None)
    if size is not None and (size := size_of(size)) is None:
        return None
    for option, value in found.items():
        if option in PLACES or option == "--survey":
            if value is not None and not _usable(found, option):
                return None
        elif option not in _FLAGS and value not in CHOICES.get(option, ()):
            return None
    return {"size": size, **{option[2:]: value for option, value in found.items()}}


def _usable(found: dict[str, Any], option: str) -> bool:
    """Make a path of the value; whether click would let it pass."""
    path = found[option] = Path(found[option])
    # Not Path.exists, which raises where nobody may look, or the card can't be read: that is told on the screen.
    is_there = os.path.exists(path)  # noqa: PTH110
    return not is_there or ((path.is_dir() or option not in _FOLDERS) and os.access(path, os.R_OK))


def size_of(text: str) -> tuple[int, int] | None:
    """Width and height in a text such as 800x480, pixels; None where there are none, or no screen has so many."""
    size = re.fullmatch(r"([0-9]{3,4})x([0-9]{3,4})", text)
    if not size or not all(320 <= int(n) <= 7680 for n in size.groups()):
        return None
    return int(size[1]), int(size[2])


def log(*, verbose: bool) -> None:
    """The log goes to standard error: warnings and errors, or all that is told."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("apscheduler", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
