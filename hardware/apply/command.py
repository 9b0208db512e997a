"""`moodpost-apply`: one pass over the folder of requests, as root, started when one appears. Knows only this wing."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from hardware.apply.deeds import Deeds
from hardware.apply.server import Server
from hardware.errors import ApplyError

FOLDER = "/run/moodpost-apply"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    envvar="MOODPOST_APPLY",
    show_default=True,
    show_envvar=True,
    help="Where requests are left; the folder and each request belong to the kiosk's user.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log what was done, too, on standard error.")
def main(folder: Path, verbose: bool) -> None:
    """Do what the kiosk asked for and may not do itself, then end. To be run as root, by systemd.

    A request is one of a short list: restart, power off, join a wireless network, mount or unmount the stick labelled
    MOODPOST (FAT32 or exFAT). What became of it is left beside it. The exit code is 1 where the folder can't be used.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        owner = folder.stat() if folder.is_dir() else Path("/").stat()
        Server(folder, Deeds(owner=(owner.st_uid, owner.st_gid)).do).serve()
    except ApplyError as error:
        raise click.ClickException(str(error)) from None
