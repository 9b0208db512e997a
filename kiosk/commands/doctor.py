"""`moodpost doctor`: the verdict of the diagnostics screen in a terminal. Never knows how anything is read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import click

from kiosk.commands import options


@click.command()
@options.settings()
@options.data("The folder that holds votes.db, and sync.db in a folder sync.")
@options.runtime("The folder where the running kiosk leaves what only it can know.")
@click.option("--json", "as_json", is_flag=True, help="Give verdict and readings as one JSON object.")
@click.option(
    "--watch",
    type=click.FloatRange(1, 3600),
    is_flag=False,
    flag_value=10.0,
    metavar="SECONDS",
    help="Look again each so many seconds (10 where none are given), until Ctrl-C.",
)
@click.option("-a", "--all", "everything", is_flag=True, help="List what is good, too.")
def doctor(
    settings: Path, data: Path, runtime: Path | None, as_json: bool, watch: float | None, everything: bool
) -> None:
    """Say what is wrong with this kiosk, the worst first, in plain words with the raw values beside them.

    It looks at the board, the card, the store of votes and at what kiosk and sync leave while they run, for five
    seconds at most, and changes nothing but a small file that it writes, reads back and removes to try the card.

    The exit code is 0 where nothing is wrong (what can't be read on this machine is listed as unknown), 1 where
    something is, 2 where nothing could be looked at.
    """
    import msgspec

    from kiosk.health.doctor import CODES, lines, look, report
    from kiosk.requests import runtime_folder

    while True:
        judgement = look(settings, data, runtime_folder(runtime, data))
        if as_json:
            click.echo(msgspec.json.encode(report(judgement)).decode())
        else:
            if watch and os.isatty(1):
                click.clear()
            for line in lines(judgement, everything=everything):
                click.echo(line)
        if watch is None:
            raise SystemExit(CODES[judgement.condition])
        threading.Event().wait(watch)
