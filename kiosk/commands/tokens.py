"""`moodpost tokens`: for who runs a collector. Knows the command line; sync/collector/fleet.py writes the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

_LIST = click.option(
    "--tokens",
    "listed",
    type=click.Path(path_type=Path, dir_okay=False),
    default="tokens.txt",
    show_default=True,
    help="The collector's list.",
)


@click.group()
def tokens() -> None:
    """For who runs a collector: make tokens, revoke them, keep their hashes in its list.

    The exit code of each command is 0 where it is done, 1 where it can't be, 2 where it was given wrongly.
    """


@tokens.command()
@click.argument("names", metavar="[KIOSK]...", nargs=-1)
@_LIST
@click.option(
    "--fleet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV file with a column id: each of its kiosks without a token gets one in the column token.",
)
def new(names: Sequence[str], listed: Path, fleet: Path | None) -> None:
    """Make a token for each KIOSK, or for those of a fleet, and write its hash into the collector's list.

    A token for a KIOSK (or `reader`, whoever may look) is printed, this once. Those of a fleet are written into its
    file, which only its owner can read from then on; a token that stands there already is only brought into the list.
    A token that a kiosk had before is revoked. A running collector takes the list at once.

    \b
    moodpost tokens new reader
    moodpost tokens new --fleet stores.csv
    """
    if bool(names) == bool(fleet):
        raise click.UsageError("give either kiosks or --fleet: moodpost tokens new helsinki-south")
    for_fleet(fleet, listed) if fleet else _guarded(lambda: _for_each(names, listed))


def _for_each(names: Sequence[str], path: Path) -> None:
    from sync.collector import fleet
    from sync.collector.tokens import is_name, new_token

    if odd := [name for name in names if not is_name(name)]:
        raise click.UsageError(f"found {odd[0]!r}, expected a kiosk's id: up to 64 letters, digits, dots, - or _")
    known = fleet.List.load(path)
    made = {name: new_token() for name in names}
    for name, token in made.items():
        known.give(name, token)
    fleet.save(path, known.text, private=False)
    for name, token in made.items():
        click.echo(f"{name} {token}")


def for_fleet(table: Path, path: Path) -> None:
    """Give each kiosk of a fleet's table that has none a token, and bring the list at `path` up to date.

    Raises:
        click.ClickException: table or list can't be read or written, or have mistakes.
    """
    _guarded(lambda: _for_fleet(table, path))


def _for_fleet(table: Path, path: Path) -> None:
    from sync.collector import fleet
    from sync.collector.tokens import new_token

    found, known = fleet.table(table), fleet.List.load(path)
    made = {name: new_token() for name, token in found.tokens().items() if not token}
    found.give(made)
    changed = [name for name, token in found.tokens().items() if known.give(name, token)]
    # First the tokens themselves: a hash whose token is nowhere would be of no use.
    if made:
        fleet.save(table, found.text(), private=True)
    if changed:
        fleet.save(path, known.text, private=False)
    click.echo(f"{table}: {len(made)} made; {path}: {len(changed)} brought up to date")


@tokens.command()
@click.argument("names", metavar="KIOSK...", nargs=-1, required=True)
@_LIST
def revoke(names: Sequence[str], listed: Path) -> None:
    """Let the token of each KIOSK be taken no more; it is told so, goes on to take votes and keeps them.

    \b
    moodpost tokens revoke helsinki-south
    """

    def work() -> None:
        from sync.collector import fleet
        from sync.errors import CollectorError

        known = fleet.List.load(listed)
        if missing := [name for name in names if not known.revoke(name)]:
            raise CollectorError(f"{listed}: found no token of {', '.join(missing)} that counts; nothing was changed")
        fleet.save(listed, known.text, private=False)
        click.echo(f"{listed}: revoked for {', '.join(names)}; `moodpost tokens new` makes new ones")

    _guarded(work)


@tokens.command(name="hash")
@click.argument("listed", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def hash_(listed: Path) -> None:
    """Put hashes in the place of the tokens in the list FILE, as an earlier version wrote it.

    \b
    moodpost tokens hash tokens.txt
    """

    def work() -> None:
        from sync.collector import fleet, tokens

        known = fleet.List(tokens.text_of(listed), str(listed))
        if count := known.hash():
            fleet.save(listed, known.text, private=False)
        click.echo(f"{listed}: {count} hashed")

    _guarded(work)


def _guarded(work: Callable[[], None]) -> None:
    from sync.errors import SyncError

    try:
        work()
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"the collector is not a part of this installation ({error.name} is missing): the package for kiosks "
            "leaves it out. Run it from a clone of the repository, after `make setup`"
        ) from None
    except SyncError as error:
        raise click.ClickException(str(error)) from None
