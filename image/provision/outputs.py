"""Image files and folders of boot files, one for each kiosk, instead of cards. Asks nobody; needs no root."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TextIO

from image.provision.book import Book
from image.provision.boot_part import BootPart
from image.provision.errors import CardFailed, ProvisionError
from image.provision.fleet import Prepared
from image.provision.picture import Picture
from image.provision.progress import Progress


def images(
    kiosks: Sequence[Prepared],
    folder: Path,
    picture: Picture,
    boot: BootPart,
    book: Book,
    again: Collection[str],
    out: TextIO,
) -> None:
    """Write `ID.img` for each kiosk into `folder`, verified; ProvisionError or CardFailed."""
    from image.provision import writing

    _made(folder)
    for number, kiosk in enumerate(kiosks, 1):
        target = folder / f"{kiosk.id}.img"
        if target.exists() and kiosk.id not in again:
            raise ProvisionError(
                f"{target}: is there already. Take it away, or add --again {kiosk.id} to write it anew"
            )
        part = folder / f".{kiosk.id}.img.part"
        out.write(f"{number} of {len(kiosks)}: {target}\n")
        progress = Progress("Writing ", picture.size, out)
        try:
            with boot.pieces(kiosk.files) as pieces:
                digests = writing.to_file(pieces, picture.size, part, progress)
            progress = Progress("Checking", picture.size, out)
            writing.verify(part, digests, picture.size, progress)
        except CardFailed as error:
            progress.broken_off()
            book.note(kiosk.id, "bad", target, kind="file", image=picture.path.name, why=str(error))
            raise
        else:
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        book.note(kiosk.id, "good", target, kind="file", image=picture.path.name)


def boot_files(kiosks: Sequence[Prepared], folder: Path) -> None:
    """Write a folder for each kiosk into `folder`: what is to be copied onto the boot partition of its card.

    On any system. Where it knows rights, nobody else can read them.
    """
    _made(folder)
    for kiosk in kiosks:
        for name, data in kiosk.files.items():
            path = folder / kiosk.id / name
            _made(path.parent)
            try:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
            except OSError as error:
                raise ProvisionError(f"{path}: can't be written ({error.strerror}). Give another folder") from None


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ProvisionError(f"{folder}: this folder can't be made ({error.strerror}). Give another") from None
