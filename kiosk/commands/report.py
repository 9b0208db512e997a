"""`moodpost report`: what the votes say, without a cloud. Knows the command line; what is counted others know."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kiosk.commands.desk import DATA, SETTINGS, Desk, Progress, guarded, open_desk, passed_over
from kiosk.figures import period as periods
from kiosk.figures.period import Period

if TYPE_CHECKING:
    from kiosk.figures.report import Report

_DAY = click.DateTime(["%Y-%m-%d"])
_WEEK = 7


@click.command()
@DATA
@SETTINGS
@click.option("--today", is_flag=True, help="Today so far.")
@click.option("--week", is_flag=True, help="The last seven days with today; what is told without any of these options.")
@click.option("--days", type=click.IntRange(1, 3660), metavar="N", help="The last N days with today.")
@click.option("--from", "first", type=_DAY, metavar="DATE", help="From this day on, such as 2026-11-01.")
@click.option("--to", "last", type=_DAY, metavar="DATE", help="To this day, it included.  [default: today]")
@click.option("--all", "ever", is_flag=True, help="All that is on the kiosk, also from times that nobody knows.")
@click.option("--json", "as_json", is_flag=True, help="Give everything as one JSON object.")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw it as a picture in this file, too.",
)
def report(data: Path, settings: Path | None, as_json: bool, png: Path | None, **asked: Any) -> None:
    """Tell what the votes say: index, share of happy faces, reasons, by hour and weekday.

    It reads the kiosk's own store (and what was saved of damaged ones), so it needs no network. Each figure is told
    with the votes that are marked as misuse and without them; with fewer than 30 votes none is told. Days are those
    of the kiosk's time zone. Colours only on a terminal, never with NO_COLOR.
    """

    def work() -> None:
        desk = open_desk(settings)
        made = _made(data, desk, _period(desk.zone, **asked))
        if png is not None:
            _draw(made, png)
        if as_json:
            from kiosk.figures.report import as_json as figures

            click.echo(msgspec.json.format(msgspec.json.encode(figures(made)), indent=2).decode())
        else:
            _tell(made)

    guarded(work)


def _period(zone: datetime.tzinfo, **asked: Any) -> Period | None:
    given = [name for name in ("today", "week", "days", "ever") if asked[name]]
    given += ["from"] if asked["first"] or asked["last"] else []
    if len(given) > 1:
        raise click.UsageError("expected one of --today, --week, --days, --from with --to, --all")
    now_ms = time.time_ns() // 1_000_000
    if asked["ever"]:
        return None
    if given == ["from"]:
        if not asked["first"]:
            raise click.UsageError("found --to alone, expected --from with it")
        last = asked["last"] or periods.local(now_ms, zone)
        try:
            return periods.between(asked["first"].date(), last.date(), zone)
        except ValueError as error:
            raise click.UsageError(f"--from, --to: {error}") from None
    return periods.latest(1 if asked["today"] else asked["days"] or _WEEK, now_ms, zone)


def _made(data: Path, desk: Desk, over: Period | None) -> Report:
    from kiosk.figures.counting import count
    from kiosk.figures.gathered import Gathered
    from kiosk.figures.report import Report
    from kiosk.figures.results import notes

    with Gathered(data) as gathered, Progress("Reading") as progress:
        counted = count(
            gathered, over, desk.zone, at=lambda source, row: progress(gathered.read, max(1, gathered.rows))
        )
        told = [*desk.notes, *notes(counted, None)]
        if gathered.damaged:
            told.append(passed_over(gathered.damaged))
    return Report(desk.kiosk, desk.place, desk.timezone, over, counted, desk.labels, tuple(told))


def _tell(made: Report) -> None:
    from kiosk.figures.plot import Ink, lines

    terminal = sys.stdout.isatty()
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    ink = Ink(terminal and not os.environ.get("NO_COLOR"), encoding.lower().startswith("utf"))
    width = shutil.get_terminal_size().columns if terminal else 80
    for line in lines(made, ink, min(width, 120)):
        click.echo(line.encode(encoding, "replace").decode(encoding), color=ink.colour)


def _draw(made: Report, target: Path) -> None:
    from kiosk.outgoing.whole import written
    from kiosk.screens.poster import picture

    with written(target, force=True, mode=0o644) as file:
        file.write(picture(made))
