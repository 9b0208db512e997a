"""`moodpost export`: the votes for other programs. Knows the command line; what a row looks like export.py knows."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk.commands.desk import DATA, SETTINGS, Progress, guarded, open_desk, passed_over
from kiosk.figures import period as periods
from kiosk.response import KINDS

if TYPE_CHECKING:
    from kiosk.outgoing.export import Format, Record


@click.command()
@click.argument("target", required=False, metavar="[FILE]", type=click.Path(path_type=Path, dir_okay=False))
@DATA
@SETTINGS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "ndjson", "sqlite"]),
    help="What to write.  [default: as FILE ends (.csv, .ndjson, .jsonl, .db, .sqlite), else csv]",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Leave out what is older than this day. What nobody knows the time of stays.",
)
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only this kind; may be repeated.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def export(
    target: Path | None,
    data: Path,
    settings: Path | None,
    format_: Format | None,
    since: datetime.datetime | None,
    kinds: Sequence[str],
    force: bool,
) -> None:
    """Write all responses, of damaged stores too, to FILE or to standard output, a row each.

    Each row has its epoch and number, its time (with who vouched for it, or between which moments it was), and
    whether it is marked as misuse. Replaced and marked votes are there: of a visit the last vote counts. FILE is there
    whole or not at all, readable by its owner alone.

    CSV is defused: where a spreadsheet would take a text for a formula (one that begins with = + - or @), an
    apostrophe stands before it. In a FILE it begins with the sign by which spreadsheets know UTF-8.
    """

    def work() -> None:
        from kiosk.figures.gathered import Gathered
        from kiosk.outgoing.export import records

        kind = _format(target, format_)
        desk = open_desk(settings)
        since_ms = periods.between(since.date(), since.date(), desk.zone).begin_ms if since else None
        with Gathered(data) as gathered, Progress("Writing") as progress:
            rows = records(
                gathered,
                kiosk=desk.kiosk,
                timezone=desk.timezone,
                zone=desk.zone,
                since_ms=since_ms,
                kinds=kinds,
                at=lambda: progress(gathered.read, gathered.rows),
            )
            count = _write(rows, target, kind, force)
        for note in desk.notes:
            click.echo(note, err=True)
        if gathered.damaged:
            click.echo(passed_over(gathered.damaged), err=True)
        if target is not None:
            click.echo(f"{target}: {count:,} responses")

    guarded(work)


def _format(target: Path | None, given: Format | None) -> Format:
    from kiosk.outgoing.export import SUFFIXES

    kind = given or (SUFFIXES.get(target.suffix.lower()) if target else "csv")
    if kind is None:
        raise click.UsageError(f"{target}: expected a name that ends in {', '.join(SUFFIXES)}, or --format")
    if kind == "sqlite" and target is None:
        raise click.UsageError("SQLite can't be written to standard output, expected a FILE")
    return kind


def _write(rows: Iterator[Record], target: Path | None, kind: Format, force: bool) -> int:
    from kiosk.outgoing.export import write_csv, write_ndjson, write_sqlite
    from kiosk.outgoing.whole import placed

    if target is None:
        out = sys.stdout.buffer
        return write_csv(rows, out) if kind == "csv" else write_ndjson(rows, out)
    with placed(target, force=force) as part:
        if kind == "sqlite":
            return write_sqlite(rows, part)
        with part.open("wb") as file:
            return write_csv(rows, file, mark=True) if kind == "csv" else write_ndjson(rows, file)
