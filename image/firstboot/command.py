"""`moodpost-firstboot`: one pass over what an installer brought, as root, at each start. Knows only this wing."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from hardware.apply.deeds import run
from hardware.watchdog import Notifier
from image.firstboot.once import Once, Places
from image.firstboot.store import Accounts

_ENDED = 128 + signal.SIGTERM

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--boot", type=_FOLDER, default="/boot/firmware", show_default=True, help="The card's boot partition.")
@click.option("--data", type=_FOLDER, default="/var/lib/moodpost", show_default=True, help="Where things are stored.")
@click.option(
    "--run",
    "runtime",
    type=_FOLDER,
    default="/run/moodpost-firstboot",
    show_default=True,
    help="In memory, written by root alone: refusals are told there.",
)
@click.option(
    "--root", type=_FOLDER, default="/", show_default=True, help="Where /dev, /etc, /proc, /run and /sys are."
)
@click.option("-v", "--verbose", is_flag=True, help="Log what is done, too, on standard error.")
def main(boot: Path, data: Path, runtime: Path, root: Path, verbose: bool) -> None:
    """Take over what an installer put on the card, or on a stick labelled MOODPOST, then end.

    moodpost.toml, survey.toml or the folder surveys, ca.pem and authorized_keys are checked, all of them, and stored
    together, or not at all. Then tokens, passphrases and PINs are blanked where they stood. To be run as root, by
    systemd, at each start; what was taken before is not taken again. The exit code is 0 also where a file is refused,
    and 1 where something can't be stored or blanked.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    signal.signal(signal.SIGTERM, _end)
    notifier = Notifier()
    done = Once(Places(boot, data, runtime, root), run, notifier.status, Accounts.found()).go()
    notifier.ready()
    sys.exit(0 if done else 1)


def _end(number: int, frame: FrameType | None) -> None:
    """Leave by way of each `finally`: what was made writable is so no more, and the stick is let go."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(_ENDED)
