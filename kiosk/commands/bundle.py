"""`moodpost bundle`: a support bundle into a file. Knows the command line; what is in it evidence.py knows."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from kiosk.commands.desk import DATA, SETTINGS, guarded

_DEFAULT = Path("moodpost.toml")


@click.command()
@click.argument("target", required=False, metavar="[FILE]", type=click.Path(path_type=Path, dir_okay=False))
@DATA
@SETTINGS
@click.option(
    "--token-file",
    "secrets",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that holds a secret to be taken out wherever it stands, such as sync's token; may be repeated.",
)
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def bundle(target: Path | None, data: Path, settings: Path | None, secrets: Sequence[Path], force: bool) -> None:
    """Gather what helps to find out from afar what is wrong, in FILE (a ZIP; by default moodpost-DATE.zip here).

    In it: status, versions, disks, how many responses where, sync's status, settings and surveys, logs and the
    kernel's log, each at most 2 MB. Taken out: secrets, names of networks, addresses (but for the endpoint's host),
    serial numbers, users' names, what visitors typed. It works as any user; CONTENTS.txt says what could not be read.
    """

    def work() -> None:
        from kiosk import files
        from kiosk.outgoing.evidence import Place, collect

        path = settings or (_DEFAULT if _DEFAULT.exists() else None)
        name = target or Path(f"moodpost-{datetime.datetime.now():%Y-%m-%d-%H%M}.zip")
        known = [files.secret(file).reveal() for file in secrets]
        entries = collect(name, Place(data.absolute(), path), status=_doctor(data, path), secrets=known, force=force)
        for entry in entries:
            size = f"{entry.size:>11,}" if entry.size else f"{'-':>11}"
            click.echo(f"{size}  {entry.name}{f'  ({entry.note})' if entry.note else ''}")
        click.echo(f"{name}: look into it before you give it away; CONTENTS.txt lists what is in it")

    guarded(work)


def _doctor(data: Path, settings: Path | None) -> Callable[[], str]:
    """What `moodpost doctor --json` says."""

    def asked() -> str:
        import msgspec

        from kiosk.health.doctor import look, report
        from kiosk.requests import runtime_folder

        found = report(look(settings or _DEFAULT, data, runtime_folder(None, data)))
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()

    return asked
