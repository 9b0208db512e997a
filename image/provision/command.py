"""`moodpost provision` and `moodpost labels`. Knows the command line; what it takes is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from image.provision.book import Book
    from image.provision.fleet import Prepared

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_EITHER = "give either --fleet stores.csv (and --template moodpost.toml) or --settings moodpost.toml"
_FLEET = click.option("--fleet", type=_FILE, help="A table of kiosks (CSV), a row each: columns are settings keys.")
_TEMPLATE = click.option(
    "--template", type=_FILE, help="A moodpost.toml with what all kiosks have; what lies beside it goes with it."
)
_SINGLE = click.option("--settings", type=_FILE, help="Instead of --fleet: the moodpost.toml of one kiosk.")
_ONLY = click.option("--id", "only", multiple=True, metavar="ID", help="Only this kiosk; may be given several times.")


@click.command()
@click.option("--image", type=_FILE, help="The image, .img or .img.zst; a .sha256 beside it is heeded.")
@_FLEET
@_TEMPLATE
@_SINGLE
@click.option(
    "--to",
    type=click.Path(path_type=Path, readable=False),
    metavar="DEVICE",
    help="Write cards here, e.g. /dev/sdX (root).",
)
@click.option("--out", type=_FOLDER, help="Write an image file for each kiosk into this folder instead.")
@click.option(
    "--boot-files", type=_FOLDER, help="Write only what belongs on each boot partition: no root, no image, any system."
)
@click.option(
    "--new-tokens",
    type=_FILE,
    metavar="LIST",
    help="First give each kiosk of the table that has none a token, and write its hash into the collector's list.",
)
@_ONLY
@click.option("--again", multiple=True, metavar="ID", help="Make this kiosk's card anew though it has a good one.")
@click.option("--save-votes", type=_FOLDER, help="Copy votes that a card still holds to this folder first.")
@click.option(
    "--give-up-votes", multiple=True, metavar="ID", help="Votes of this kiosk, found on a card, may be lost for good."
)
@click.option("--force-large", is_flag=True, help="Write to a disk of more than 256 GB, too.")
def provision(**given: Any) -> None:
    """Make a card for each kiosk of a table, or for one.

    For example, forty cards one after the other, each told to be put in:

    \b
        sudo moodpost provision --image moodpost.img.zst \\
            --fleet stores.csv --template moodpost.toml --to /dev/sdX

    Everything is checked before the first byte is written. A card is written, read back, and noted in
    stores.provisioned.jsonl beside the table; the same command goes on where it was ended. A disk that is mounted, is
    this computer's own, is too small or very large, or holds votes that no endpoint has, is refused.

    The exit code is 0 where each kiosk has its card; 1 where table, settings or image have mistakes, 2 where the
    command has, 3 where the disk was refused, 4 where a card failed or was pulled out, 5 where you ended it.
    """
    if bool(given["fleet"]) == bool(given["settings"]):
        raise click.UsageError(_EITHER)
    if sum(bool(given[way]) for way in ("to", "out", "boot_files")) != 1:
        raise click.UsageError("give one of --to /dev/sdX (cards), --out FOLDER (image files), --boot-files FOLDER")
    if not given["boot_files"] and not given["image"]:
        raise click.UsageError("--image is missing: the image that cards are made of, such as moodpost.img.zst")
    if given["new_tokens"]:
        if not given["fleet"]:
            raise click.UsageError("--new-tokens wants --fleet stores.csv: tokens are written into its column token")
        from kiosk.commands.tokens import for_fleet

        for_fleet(given["fleet"], given["new_tokens"])
    sys.exit(_guarded(lambda: _provision(given)))


def _provision(given: dict[str, Any]) -> int:
    everyone = _everyone(given["fleet"], given["template"], given["settings"])
    kiosks = _among(everyone, (*given["only"], *given["again"]))
    if kiosks == everyone:
        click.echo(f"{(given['fleet'] or given['settings']).name}: {len(kiosks)} kiosks, no mistakes.")
    if folder := given["boot_files"]:
        from image.provision.outputs import boot_files

        boot_files(kiosks, folder)
        click.echo(
            f"Written: {folder}, a folder for each kiosk. Flash the image onto a card, then copy what is in the "
            "kiosk's folder onto the card's small partition (MP-BOOT), over what is there. Then delete the folder: "
            "secrets are in it."
        )
        return 0
    from image.provision.book import Book
    from image.provision.boot_part import BootPart
    from image.provision.picture import Picture

    source: Path = given["fleet"] or given["settings"]
    book = Book(source.with_suffix(".provisioned.jsonl"), lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    kind = "card" if given["to"] else "file"
    if given["fleet"]:
        kiosks = _without_done(kiosks, book, kind, given["again"])
    if not kiosks:
        return 0
    picture = Picture(given["image"])
    picture.check_sum(click.echo)
    if given["to"]:
        from image.provision import disks

        disks.whole(given["to"])  # the wrong one is told of before anybody is asked for a card
    boot = BootPart(picture)
    try:
        if given["out"]:
            from image.provision.outputs import images

            images(kiosks, given["out"], picture, boot, book, given["again"], sys.stdout)
            return 0
        from image.provision.cards import Cards, Wishes

        wishes = Wishes(given["force_large"], given["save_votes"], given["give_up_votes"], given["again"])
        return Cards(given["to"], picture, boot, book, wishes, ask=_ask, out=sys.stdout).run(kiosks, everyone)
    finally:
        boot.close()


@click.command()
@_FLEET
@_TEMPLATE
@_SINGLE
@_ONLY
@click.option("--to", type=_FILE, required=True, metavar="FILE", help="The sheet: a name that ends in .pdf or .png.")
@click.option(
    "--link",
    metavar="URL",
    help="What the QR codes say, with {id} where the kiosk's id belongs.  [default: the id alone]",
)
def labels(
    fleet: Path | None, template: Path | None, settings: Path | None, only: Sequence[str], to: Path, link: str | None
) -> None:
    """Draw a sheet of labels: id, place and QR code of each kiosk, 24 of 70 x 37 mm on a page of A4.

    \b
        moodpost labels --fleet stores.csv --template moodpost.toml --to labels.pdf

    Print it at 100 %, not "fitted to the page". As .png each page is a file of its own, at 300 dots an inch.
    """
    if bool(fleet) == bool(settings):
        raise click.UsageError(_EITHER)
    if to.suffix.lower() not in (".pdf", ".png"):
        raise click.UsageError(f"--to {to}: expected a name that ends in .pdf or .png")
    if link is not None and "{id}" not in link:
        raise click.UsageError(f"--link {link}: expected an address with {{id}} in it: each label is one kiosk's")

    def work() -> int:
        from image.provision.errors import ProvisionError

        try:
            import image.provision.labels as sheet
        except ModuleNotFoundError as error:
            raise ProvisionError(
                f"labels can't be drawn here, {error.name} is missing. Try `python3 -m pip install pygame-ce segno`"
            ) from None
        kiosks = _among(_everyone(fleet, template, settings), only)
        drawn = [sheet.Label(each.id, each.place, (*each.settings.kiosk.languages, "en")[0]) for each in kiosks]
        for path in sheet.write(drawn, to, link or "{id}"):
            click.echo(f"Written: {path}")
        return 0

    sys.exit(_guarded(work))


def _everyone(fleet: Path | None, template: Path | None, settings: Path | None) -> list[Prepared]:
    """The kiosks of table or file."""
    from image.provision import fleet as fleets

    return fleets.fleet(fleet, template) if fleet else [fleets.single(settings)] if settings else []


def _among(kiosks: list[Prepared], only: Sequence[str]) -> list[Prepared]:
    """Those of these ids; all where none are given."""
    from image.provision.errors import ProvisionError

    there = {each.id for each in kiosks}
    if missing := [each for each in only if each not in there]:
        raise ProvisionError(f"found no kiosk {', '.join(missing)}, expected ids out of {', '.join(sorted(there))}")
    return [each for each in kiosks if each.id in only] if only else kiosks


def _without_done(kiosks: Sequence[Prepared], book: Book, kind: str, again: Sequence[str]) -> list[Prepared]:
    """Those that have no good card (or file that is still there) yet, and those that are to have another."""
    left = []
    for kiosk in kiosks:
        done = book.done(kiosk.id, kind)
        if done and kiosk.id not in again and (kind == "card" or Path(done.target).exists()):
            click.echo(f"{kiosk.id}: done on {done.at} ({done.card or done.target}). --again {kiosk.id} makes another")
        else:
            left.append(kiosk)
    return left


def _ask(question: str) -> str | None:
    click.echo(question, nl=False)
    line = sys.stdin.readline()
    if not line:
        click.echo()
        return None
    return line


def _guarded(work: Callable[[], int]) -> int:
    """The exit code; what the user can mend is said in words, without a stack trace."""
    from image.errors import ImageError
    from image.provision.errors import FleetError
    from kiosk.errors import KioskError

    try:
        return work()
    except FleetError as error:
        count = len(error.mistakes)
        click.echo(f"Error: {count} mistake{'s' * (count > 1)}, nothing was written:", err=True)
        for sentence in error.mistakes:
            click.echo(f"  {sentence}", err=True)
        return error.code
    except (ImageError, KioskError) as error:
        click.echo(f"Error: {error}", err=True)
        return int(getattr(error, "code", 1))
    except KeyboardInterrupt:
        click.echo("\nEnded. The card that was being written is not good; the same command goes on with it.", err=True)
        return 130
