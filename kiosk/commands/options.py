"""Options that several commands have: where settings, data and the runtime folder are. Never knows a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiosk.door import PLACES

Option = Callable[[Any], Any]


def settings(help_: str = "The settings file.", *, default: str | None = PLACES["--settings"]) -> Option:
    """``--settings``; without a `default` it may be left out."""
    shown: dict[str, Any] = {"default": default, "show_default": True} if default else {}
    kind = click.Path(path_type=Path)
    return click.option("--settings", type=kind, envvar="MOODPOST_SETTINGS", show_envvar=True, help=help_, **shown)


def data(help_: str) -> Option:
    """``--data``, the folder of the votes."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=PLACES["--data"],
        envvar="MOODPOST_DATA",
        show_default=True,
        show_envvar=True,
        help=help_,
    )


def runtime(what: str) -> Option:
    """``--runtime``: the folder in which `what` is left."""
    return click.option(
        "--runtime",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="MOODPOST_RUNTIME",
        show_envvar=True,
        help=f"{what}  [default: systemd's RUNTIME_DIRECTORY, else the data folder]",
    )
