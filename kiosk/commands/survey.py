"""`moodpost survey`: for authors of surveys. Knows the command line; kiosk/screens/preview.py does the looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from kiosk.errors import KioskError

if TYPE_CHECKING:
    from kiosk.screens.preview import Misfit, Task
    from kiosk.survey import Survey

_MOST = 40
"""Misfits that are told one by one; more of them have the same cause."""


@click.group()
def survey() -> None:
    """For authors of surveys: check a file and look at its screens."""


@survey.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--preview",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save every screen in every language, size and mode here, a sheet a language, and contact-sheet.png.",
)
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language; may be repeated.")
@click.option(
    "--size",
    "sizes",
    multiple=True,
    metavar="WxH",
    help="Pictures at this size; may be repeated.  [default: 480x320, 800x480, 1280x800, 720x1280]",
)
@click.option("--json", "as_json", is_flag=True, help="Give the mistakes as one JSON object.")
def check(path: Path, preview: Path | None, languages: Sequence[str], sizes: Sequence[str], as_json: bool) -> None:
    """Tell every mistake in a survey FILE, or in a folder of them.

    First the file itself: keys, languages, branches. Then every screen is drawn in every language and mode on
    the smallest panels (480x320, lying and standing): a text that does not fit there, or that holds a character
    no font of the kiosk can show, is a mistake too. It takes about a second a language.

    The exit code is 0 where all is well, 1 where something must be mended.
    """
    from kiosk import files
    from kiosk.screens import preview as pictures

    wanted = [_size(size) for size in sizes] or list(pictures.SIZES)
    mistakes: list[str] = []
    surveys: list[Survey] = []
    try:
        surveys = [_only(each, languages) for each in files.surveys(path)]
    except KioskError as error:
        mistakes += getattr(error, "mistakes", [str(error)])
    try:
        for each in surveys:
            odd = [f"{each.name}, {sentence}" for sentence in pictures.characters(each)]
            mistakes += odd or _fits(each)  # where a character is missing, nobody knows how wide it would be
            if preview is not None:
                _take(each, wanted, preview if len(surveys) == 1 else preview / each.id, quiet=as_json)
    except KioskError as error:
        raise click.ClickException(str(error)) from None
    _tell(path, surveys, mistakes, as_json)
    sys.exit(1 if mistakes else 0)


def _only(survey: Survey, languages: Sequence[str]) -> Survey:
    for code in languages:
        if code not in survey.languages:
            raise click.UsageError(f'found --language "{code}", expected one of {", ".join(survey.languages)}')
    return msgspec.structs.replace(survey, languages=list(languages) or survey.languages)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 320 <= min(int(width), int(height)) <= 7680):
        raise click.UsageError(f'found --size "{text}", expected width and height such as 800x480, each 320 to 7680')
    return int(width), int(height)


def _fits(survey: Survey) -> list[str]:
    from kiosk.screens import preview as pictures

    wanted = pictures.smallest(survey)
    looked = _watched(pictures.look(survey, wanted), len(wanted), "Screens")
    found = list(_each_once([misfit for _, misfits in looked for misfit in misfits]))
    told = [f"{survey.name}, {misfit}" for misfit in found[:_MOST]]
    return told + ([f"and {len(found) - _MOST} more of these"] if len(found) > _MOST else [])


def _each_once(found: Sequence[Misfit]) -> Iterator[Misfit]:
    """Each text once a language and screen: whoever shortens it for the first size does for all."""
    seen = set()
    for misfit in found:
        key = misfit.task.language, misfit.screen.removesuffix("-answered"), misfit.text
        if key not in seen:
            seen.add(key)
            yield misfit


def _take(survey: Survey, sizes: Sequence[tuple[int, int]], folder: Path, quiet: bool) -> None:
    from kiosk.screens import preview as pictures

    wanted = pictures.tasks(survey, sizes)
    for _ in _watched(pictures.look(survey, wanted, folder), len(wanted), "Pictures"):
        pass
    for path in pictures.sheets(survey, wanted, folder):
        if not quiet:
            click.echo(path)


def _watched(done: Iterator[tuple[Task, list[Misfit]]], count: int, label: str) -> Iterator[tuple[Task, list[Misfit]]]:
    """A progress bar on standard error where somebody sees it."""
    if not sys.stderr.isatty():
        yield from done
        return
    with click.progressbar(done, length=count, label=label, file=sys.stderr) as bar:
        yield from bar


def _tell(path: Path, surveys: Sequence[Survey], mistakes: Sequence[str], as_json: bool) -> None:
    if as_json:
        names = [survey.name for survey in surveys]
        click.echo(msgspec.json.encode({"surveys": names, "mistakes": list(mistakes)}).decode())
        return
    for mistake in mistakes:
        click.echo(mistake, err=True)
    if mistakes:
        click.echo(f"{path}: {len(mistakes)} to mend", err=True)
    else:
        for survey in surveys:
            languages = ", ".join(survey.languages)
            click.echo(f"{survey.name}: fine in {languages}")
            if survey.schedule and len(surveys) == 1:
                click.echo("It has a [schedule]: a kiosk asks it from a folder, beside a survey without one.")
