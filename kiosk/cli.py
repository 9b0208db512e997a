"""The `moodpost` command: the only room that sees every wing, each imported when its command runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from image.provision.command import labels, provision
from kiosk import __version__, door
from kiosk.commands import options
from kiosk.commands.bundle import bundle
from kiosk.commands.doctor import doctor
from kiosk.commands.export import export
from kiosk.commands.panel import panel
from kiosk.commands.report import report
from kiosk.commands.settings import settings
from kiosk.commands.survey import survey
from kiosk.commands.tokens import tokens
from kiosk.errors import KioskError

if TYPE_CHECKING:
    from kiosk.clock import Reading
    from kiosk.settings import Secret, Settings
    from sync.proxy import Proxy

_SETTINGS = options.settings()
_DATA = options.data("The folder that holds votes.db, and sync.db in a folder sync; made where it is absent.")
_RUNTIME = options.runtime("The folder in which kiosk and sync leave each other requests.")
_TRACE = click.option("--trace", is_flag=True, help="Say what happens on standard output, one JSON object a line.")


class _Size(click.ParamType[tuple[int, int]]):
    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        size = door.size_of(str(value))
        if size is None:
            self.fail(f"{value!r}: expected width and height such as 800x480, each 320 to 7680", param, ctx)
        return size


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="moodpost")
@click.option("-v", "--verbose", is_flag=True, help="Log more, on standard error.")
def main(verbose: bool) -> None:
    """Moodpost: an open feedback terminal. Try `moodpost demo` first."""
    door.log(verbose=verbose)


@main.command()
@_SETTINGS
@_DATA
@_RUNTIME
@click.option(
    "--survey",
    type=click.Path(path_type=Path),
    help="The survey file, or a folder of several.  [default: survey.toml or surveys/ beside the settings, else the "
    "bundled one]",
)
@click.option(
    "--pins",
    type=click.Choice(door.CHOICES["--pins"]),
    help="Where the buttons' pins come from.  [default: as in the settings]",
)
@click.option(
    "--screen",
    type=click.Choice(door.CHOICES["--screen"]),
    help="Where the picture goes.  [default: what this machine has]",
)
@click.option(
    "--size", type=_Size(), help="Size of the picture, e.g. 800x480.  [default: 800x480 in a window, else the screen's]"
)
@click.option("--fullscreen", is_flag=True, help="Fill the screen.")
@_TRACE
@click.option(
    "--play",
    is_flag=True,
    help="Take orders from standard input: press N, down N, up N (mock pins), tap X Y, hold X Y, tap ACTION SCREEN, "
    "speak CODE, mode contrast|large|reach, shot FILE, quit.",
)
@click.option(
    "--shots",
    type=click.Path(path_type=Path, file_okay=False),
    help="Save a picture of each screen reached in this folder.",
)
@click.option(
    "--applier",
    type=click.Choice(door.CHOICES["--applier"]),
    default="none",
    show_default=True,
    help="Who does what the technician's screen asks for and needs root: moodpost-apply (files), one that only says "
    "what it would do (fake), or nobody.",
)
def kiosk(**options: Any) -> None:
    """Run the visitor's kiosk: screen, buttons and store. It never touches the network.

    Ends with Ctrl-C or SIGTERM. A mistake in the settings is shown on the screen until the file is mended.
    """
    from kiosk.start import Options, run

    _guard(lambda: run(Options(**options)))


@main.command()
@_SETTINGS
@_DATA
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the endpoint's token from this file instead of the settings, unless it is empty.",
)
@click.option(
    "--proxy-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the proxy's address, user and password in their places, from this file instead of the settings, unless "
    'it is empty; "none" in it means none.',
)
@click.option("--look", is_flag=True, help="Only look once at the way to the endpoint, tell each step, and end.")
@_RUNTIME
@_TRACE
def sync(
    settings: Path,
    data: Path,
    token_file: Path | None,
    proxy_file: Path | None,
    look: bool,
    runtime: Path | None,
    trace: bool,
) -> None:
    """Send what the kiosk stored to the endpoint, until Ctrl-C or SIGTERM.

    It reads votes.db and never writes it; how far the endpoint has acknowledged stands in sync.db, and what it finds
    of the network: a minute after the start, each ten minutes, and when the technician asks for it.

    Where settings or token are missing or have mistakes, the log tells them, and it waits until they are right.

    With --look nothing is sent: `moodpost sync --look` tells each step of the way to the endpoint, and in its last
    line the one that fails. The exit code is 0 where it gets through, 1 where not, or where the settings have mistakes.
    """
    from hardware import board
    from hardware.watchdog import Notifier
    from kiosk import files, network, requests
    from kiosk.clock import Reading
    from kiosk.lines import Lines
    from kiosk.rest import Rest
    from kiosk.trust import trust
    from sync.proxy import Proxy
    from sync.start import run, until_settled

    def through(read: Settings) -> Proxy | None:
        given = files.secret(proxy_file, may_be_none=True, what="the proxy's address") if proxy_file else None
        return Proxy.of(given.reveal() if given else network.proxy(read.network))

    def clocks() -> Reading:
        return Reading(*board.clocks())

    if look:
        _guard(lambda: _look(settings, through, clocks))
        return

    def settled() -> tuple[Settings, Secret | None, Proxy | None]:
        read = files.settings(settings)
        return read, files.secret(token_file, may_be_none=True) if token_file else None, through(read)

    def work() -> None:
        notifier = Notifier()
        with contextlib.closing(Rest()) as rest:
            if (found := until_settled(settled, rest, notifier)) is None:
                return
            read, token, proxy = found
            run(
                read,
                data,
                token=token,
                trust=trust(read, settings),
                proxy=proxy,
                clocks=clocks,
                boot=board.boot_id(),
                trace=Lines() if trace else None,
                sleeper=rest,
                request=requests.runtime_folder(runtime, data) / requests.TEST_NETWORK,
                notifier=notifier,
            )

    _guard(work)


def _look(settings: Path, through: Callable[[Settings], Proxy | None], clocks: Callable[[], Reading]) -> None:
    from kiosk import files
    from kiosk.trust import trust
    from sync.look import look, stopped_at

    read = files.settings(settings)
    found = look(read, trust=trust(read, settings), proxy=through(read), clocks=clocks)
    for step in found:
        click.echo(f"{step.condition:7} {step.name:11} {step.said}")
    if stopped := stopped_at(found):
        click.echo(stopped.said)
        sys.exit(1)


@main.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen at. Any but this machine's own needs --tokens.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="The port; 0 picks a free one."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default="collector",
    show_default=True,
    help="The folder that holds collector.db; made where it is absent.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="MOODPOST_DATABASE",
    show_envvar=True,
    help="A PostgreSQL that holds everything instead of that file: postgresql://USER@HOST/NAME. Its password stands "
    "better in ~/.pgpass, since others see what a command was given.",
)
@click.option(
    "--tokens",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The list of tokens' hashes, a line for each kiosk and one for `reader`, whoever may look: see `moodpost "
    "tokens`. A change in it counts at once.",
)
@_TRACE
def collector(host: str, port: int, data: Path, database: str | None, tokens: Path | None, trace: bool) -> None:
    """Run an endpoint: take batches in, and show what has arrived on a live page."""
    from kiosk.lines import Lines
    from sync.errors import CollectorError

    def ready(url: str) -> None:
        if trace:
            Lines()(f'{{"event":"ready","url":"{url}"}}')
        else:
            click.echo(f"The collector listens at {url}")

    def work() -> None:
        try:
            from sync.collector.server import serve
            from sync.collector.tokens import Tokens
        except ModuleNotFoundError as error:
            raise CollectorError(
                f"the collector is not a part of this installation ({error.name} is missing): the package for kiosks "
                "leaves it out. Run it from a clone of the repository, after `make setup`"
            ) from None
        if database is None:
            try:
                data.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CollectorError(
                    f"{data}: this folder can't be made ({error.strerror}). Give another with --data"
                ) from None
        elif "://" not in database:
            raise CollectorError("--database: found no URL, expected postgresql://USER@HOST/NAME. A folder is --data")
        known = Tokens.load(tokens) if tokens else None
        serve(host, port, database=database or data / "collector.db", tokens=known, on_ready=ready)

    _guard(work)


main.add_command(settings)
main.add_command(survey)
main.add_command(tokens)
main.add_command(report)
main.add_command(export)
main.add_command(bundle)
main.add_command(panel)
main.add_command(doctor)
main.add_command(provision)
main.add_command(labels)


@main.group()
def endpoint() -> None:
    """For authors of endpoints: look at one from outside."""


@endpoint.command()
@click.argument("url")
@click.option(
    "--kiosk",
    metavar="ID",
    help="The id to send under. With --token-file, the one that the token belongs to; better no real kiosk's.  "
    "[default: check-…, made up]",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the kiosk's token from this file. Without one the rules about tokens stay unknown.",
)
@click.option(
    "--reader-token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read from this file the token that opens /v1/summary, where the endpoint has one: it shows what is counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Give all verdicts at the end, as one JSON object.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an answer may take. A kiosk waits 20 seconds.",
)
def check(
    url: str, kiosk: str | None, token_file: Path | None, reader_token_file: Path | None, as_json: bool, timeout: float
) -> None:
    """Play a kiosk against the endpoint at URL and tell which rules of docs/endpoint.md it breaks.

    URL is what stands in a kiosk's settings, such as https://feedback.example.com (http:// only to this
    machine itself). About 100 requests are made, of 2 MB in all, with forks and garbage among them. They go under
    the id of a kiosk that is none, in epochs made up for each run, so that no real kiosk's data is touched. The
    rows stay at the endpoint and count there: remove them by that id, or check a copy of the endpoint.

    The exit code is 0 where nothing is broken (some rules may be unknown: each says why), 1 where something is,
    2 where nobody answers, 130 after Ctrl-C.
    """
    from kiosk import files
    from kiosk.settings import Secret
    from sync.conformance.run import made_up, player, run
    from sync.errors import EndpointError

    codes: list[int] = []

    def work() -> None:
        token, reader = (files.secret(path) if path else Secret("") for path in (token_file, reader_token_file))
        try:
            plays = player(url, kiosk or made_up(), token=token, reader=reader, total_s=timeout)
            codes.append(run(plays, as_json=as_json, say=click.echo, watched=_bar if as_json else iter))
        except EndpointError as error:
            click.echo(f"Error: {error}", err=True)
            codes.append(2)

    _guard(work)
    sys.exit(codes[0])


def _bar(verdicts: Iterator[Any]) -> Iterator[Any]:
    """A progress bar on standard error where somebody sees it."""
    if not sys.stderr.isatty():
        return verdicts
    from sync.conformance.rules import RULES

    def shown() -> Iterator[Any]:
        with click.progressbar(verdicts, length=len(RULES), label="Rules", file=sys.stderr) as bar:
            yield from bar

    return shown()


@main.command()
@click.option("--visitors", type=click.IntRange(1), help="Let so many visitors play, then end.")
@click.option("--seed", type=int, help="Let them be the same each time.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 200),
    default=1.0,
    show_default=True,
    help="How many times faster than people.",
)
@click.option(
    "--kill-sync-at",
    type=click.IntRange(1),
    metavar="N",
    help="Kill sync (SIGKILL) before visitor N, and start it again.",
)
@click.option(
    "--collector-late",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Start the collector so much later.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the last responses may take to the collector before they count as lost.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the data in this folder.  [default: a temporary one]",
)
@click.option(
    "--shots",
    type=click.Path(path_type=Path, file_okay=False),
    default="shots",
    show_default=True,
    help="Without a display: where pictures of the screens go.",
)
@click.option("--size", type=_Size(), help="Size of the picture.  [default: 800x480]")
def demo(**options: Any) -> None:
    """Show everything on this machine: kiosk, sync and collector, no Pi needed.

    The buttons are keys 1 to 4, through the same pins' code that a Pi runs. Without a display the keys are
    those of the terminal; with neither, visitors play themselves. At the end it prints how many votes and
    answers were pressed, stored, acknowledged and collected; the exit code is 1 if those differ.
    """
    from kiosk.demo import Options, run

    if (options["kill_sync_at"] or 0) > (options["visitors"] or 0):
        raise click.UsageError("--kill-sync-at needs --visitors, at least as many: nobody would come to kill it")
    same: list[bool] = []
    _guard(lambda: same.append(run(Options(**options))))
    sys.exit(0 if same == [True] else 1)


def _guard(work: Callable[[], None]) -> None:
    """Whatever the user can mend is said in words, without a stack trace; the exit code is the error's own, or 1."""
    from hardware.errors import HardwareError
    from sync.errors import SyncError

    try:
        work()
    except (KioskError, HardwareError, SyncError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(getattr(error, "code", 1)) from None
