"""`moodpost panel`: for who wires a panel. Knows the command line; wiring.py draws, trial.py tries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hardware.errors import HardwareError
from kiosk.commands import options
from kiosk.errors import KioskError

if TYPE_CHECKING:
    from hardware.wiring import Part
    from kiosk.settings import Panel

EXAMPLE = "[panel]\nbuttons = [5, 6, 13, 19]\nlights = [12, 16, 20, 21]"


@click.command()
@options.settings("The settings file; its table [panel] is what counts.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Save the drawing here.")
@click.option("--try", "tries", is_flag=True, help="Try each button here in the terminal. Stop the kiosk before.")
@click.option(
    "--pins",
    type=click.Choice(["lgpio", "mock"]),
    help="Where --try has its pins from; mock: keys 1 to 5 press.  [default: as in the settings]",
)
@click.option("--json", "as_json", is_flag=True, help="Give the wiring, or what --try found, as one JSON object.")
def panel(settings: Path, svg: Path | None, tries: bool, pins: str | None, as_json: bool) -> None:
    """Print how the panel is wired, by the settings in use: which part hangs on which pin.

    With --try, press each button once: its light goes on while it is held, and the line of that button tells how
    often it was pressed and how often its contact bounced. Ctrl-C ends. The exit code is then 0 where every
    button works, 1 where one was not pressed, is stuck or has a bad contact.
    """
    from kiosk import files

    try:
        wired = files.settings(settings).panel
        if svg is not None:
            _save(wired, svg)
        if tries:
            sys.exit(_try(wired, pins, as_json))
    except (KioskError, HardwareError) as error:
        raise click.ClickException(str(error)) from None
    if svg is None or as_json:
        click.echo(_json(wired) if as_json else _text(wired, settings))


def _save(wired: Panel, path: Path) -> None:
    from hardware.wiring_picture import svg, title

    parts = _parts(wired)
    try:
        path.write_text(svg(parts, title(parts)), encoding="utf-8")
    except OSError as error:
        raise KioskError(f"{path}: the drawing can't be saved ({error.strerror})") from None


def _parts(wired: Panel) -> list[Part]:
    from hardware import wiring

    return wiring.parts(wired.buttons, wired.lights, wired.buzzer, buzzer_passive=wired.buzzer_passive)


def _text(wired: Panel, settings: Path) -> str:
    from hardware import wiring

    parts = _parts(wired)
    if not parts:
        return f"{settings}: no buttons, faces are touched. A panel would be, for example:\n\n{EXAMPLE}"
    rows = wiring.rows(parts)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    said = [
        f"The wiring by {settings}. BCM is the number in the settings, pin the one to count on the header.",
        "",
        *table,
        "",
        "The header from above, the board's end with the SD card at the top; □ is pin 1, ● is in use.",
        "The other end of each part goes to a ground.",
        "",
        *wiring.drawn(parts),
    ]
    if cautions := wiring.cautions(parts):
        said += ["", *(f"Caution: {caution}" for caution in cautions)]
    return "\n".join(said)


def _json(wired: Panel) -> str:
    from hardware import wiring

    parts = _parts(wired)
    told = {
        "parts": [{**msgspec.structs.asdict(part), "pin": part.pin} for part in parts],
        "grounds": sorted(wiring.grounds(parts).values()),
        "cautions": wiring.cautions(parts),
    }
    return msgspec.json.encode(told).decode()


def _try(wired: Panel, pins: str | None, as_json: bool) -> int:
    from hardware.panel_health import health
    from kiosk.commands.trial import Trial

    if not wired.buttons:
        raise KioskError("there are no buttons in the settings: nothing can be tried")
    with Trial(wired, pins, say=lambda text: click.echo(text, err=as_json)) as trial:
        found = trial.run(live=sys.stdout.isatty() and not as_json)
    readings = [reading for reading in health(found) if reading.name.startswith("button.")]
    works = all(reading.condition == "good" for reading in readings)
    if as_json:
        click.echo(msgspec.json.encode({"works": works, "buttons": found.buttons, "readings": readings}).decode())
    else:
        click.echo("\n".join(["", *(reading.said for reading in readings)]))
    return 0 if works else 1
