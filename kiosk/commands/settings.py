"""`moodpost settings`: for who writes a moodpost.toml. Knows the command line; kiosk.settings says what is right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from kiosk.errors import KioskError

_STDIN = "-"
_HERE = Path("moodpost.toml")


@click.group()
def settings() -> None:
    """For who sets up a kiosk: check a moodpost.toml, or write one."""


@settings.command()
@click.argument("path", metavar="[FILE]", default=_HERE, type=click.Path(path_type=Path))
@click.option(
    "--survey",
    type=click.Path(path_type=Path),
    help="The survey that it goes with, a file or a folder.  [default: survey.toml or surveys/ beside it, else the "
    "bundled one]",
)
@click.option("--json", "as_json", is_flag=True, help="Give mistakes and warnings as one JSON object.")
def check(path: Path, survey: Path | None, as_json: bool) -> None:
    """Tell every mistake in FILE (by default moodpost.toml here; - reads standard input), and what is odd in it.

    Each is told with its line, what was found and what to write; no token, passphrase or PIN is ever shown. Buttons and
    languages are compared with the survey. The exit code is 0 where the file can be used, warnings or not, 1 where
    something must be mended, 2 where the command was given wrongly.

    \b
    moodpost settings check /media/me/bootfs/moodpost.toml
    """
    found = _looked(path, survey)
    if as_json:
        click.echo(msgspec.json.encode({"mistakes": found.mistakes, "warnings": found.warnings}).decode())
    else:
        for mistake in found.mistakes:
            click.echo(mistake, err=True)
        for warning in found.warnings:
            click.echo(f"Warning: {warning}", err=True)
        name = "standard input" if str(path) == _STDIN else path
        if found.mistakes:
            click.echo(f"{name}: {len(found.mistakes)} to mend", err=True)
        else:
            odd = f", {len(found.warnings)} to look at" if found.warnings else ""
            click.echo(f'{name}: fine for kiosk "{found.kiosk}"{odd}')
    sys.exit(1 if found.mistakes else 0)


class _Found(msgspec.Struct):
    kiosk: str = ""
    mistakes: list[str] = []
    warnings: list[str] = []


def _looked(path: Path, survey: Path | None) -> _Found:
    from kiosk import advice, checked, files
    from kiosk import settings as settings_module

    source = "standard input" if str(path) == _STDIN else path.name
    found = _Found()
    try:
        text = _typed(source) if str(path) == _STDIN else files.settings_text(path)
        read = settings_module.parse(text, source)
        found.kiosk = read.kiosk.id
        found.mistakes = checked.told(advice.mistakes(read), text, source)
        found.warnings = checked.told(advice.warnings(read, checked.lines(text)), text, source)
    except KioskError as error:
        found.mistakes = list(getattr(error, "mistakes", [str(error)]))
        return found
    try:
        asked = files.asked(survey, _HERE if str(path) == _STDIN else path)
        unfit = [sentence for each in asked for sentence in settings_module.fits_survey(read, each)]
        found.mistakes += checked.told([_split(sentence) for sentence in unfit], text, source)
    except KioskError as error:
        found.mistakes += getattr(error, "mistakes", [str(error)])
    return found


def _typed(source: str) -> str:
    from kiosk import files

    data = sys.stdin.buffer.read(files.MAX_BYTES + 1)
    if len(data) > files.MAX_BYTES:
        raise KioskError(f"{source}: found more than {files.MAX_BYTES} bytes, expected a settings file")
    return files.decoded(data, source)


def _split(sentence: str) -> tuple[str, str]:
    path, _, said = sentence.partition(": ")
    return path, said


@settings.command()
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_HERE,
    show_default=True,
    help="The file to write; only who owns it can read it.",
)
@click.option("--force", is_flag=True, help="Replace the file where it is there already.")
def new(target: Path, force: bool) -> None:
    """Ask six questions and write a moodpost.toml with comments, for one kiosk.

    Its id, its place, its time zone, its languages, its endpoint, its Wi-Fi: an empty answer leaves the last two out.
    What is typed for token and passphrase is not shown. An answer that can't be is asked again. After Ctrl-C nothing is
    there. The exit code is 0 where the file was written, 1 where it can't be or you left, 2 where the command was given
    wrongly.

    \b
    moodpost settings new --to helsinki-south.toml
    """
    from kiosk.commands import asked
    from kiosk.outgoing import whole

    if not force and (target.exists() or target.is_symlink()):
        raise click.ClickException(f"{target}: is there already. Give another name with --to, or --force to replace it")
    try:
        text = asked.ask(_question)
        with whole.written(target, force=force) as file:
            file.write(text.encode())
    except KioskError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{target}: written. What else can be set (buttons, screen, PIN) stands in it behind #.")


def _question(text: str, default: str, hidden: bool, wrong: Callable[[str], str]) -> str:
    """The answer to a question, asked again as long as `wrong` says why it can't be."""
    while True:
        answer: str = click.prompt(text, default=default, show_default=bool(default), hide_input=hidden, err=True)
        answer = answer if hidden else answer.strip()
        said = wrong(answer)
        if not said:
            return answer
        click.echo(f"  {said}", err=True)
