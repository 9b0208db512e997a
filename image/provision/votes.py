"""What a card still holds that no endpoint has acknowledged, and how that is saved. Never alters the card.

A row counts as acknowledged only where sync.db says so for its epoch; rows that the endpoint would not have count as
not acknowledged, as do those of stores that were set aside.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from image.provision import data_part
from image.provision.data_part import Unreadable
from image.provision.errors import ProvisionError
from kiosk import aside, disk, reader, settings
from kiosk.errors import KioskError
from kiosk.health.store_health import unacknowledged
from kiosk.reader import Reader, SyncStatus

_STEP = 10_000
_ANSWERS = ("choice", "choices", "text")


class Cargo(msgspec.Struct, frozen=True):
    """What is on a card that ran as a kiosk."""

    kiosk: str
    """Its id; "unknown" where the card does not tell."""
    votes: int = 0
    answers: int = 0
    unread: str = ""
    """Why some of it can't be counted."""

    @property
    def empty(self) -> bool:
        """Whether nobody would miss anything."""
        return not (self.votes or self.answers or self.unread)

    @property
    def words(self) -> str:
        """What would be lost, as a person must type it."""
        if self.unread:
            return "all votes"
        return f"{self.votes} votes" if self.votes else f"{self.answers} answers"


@contextlib.contextmanager
def aboard(card: Path) -> Iterator[tuple[Cargo, Path] | None]:
    """What `card` (a disk or an image) holds, and a folder with a copy of it for as long as the block lasts.

    None where it is no kiosk's card. Nothing is written to it.
    """
    part = None
    with contextlib.suppress(OSError):  # an unreadable card has no votes that anybody could save
        part = data_part.find(card)
    if part is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="moodpost-votes-"))
    try:
        try:
            data_part.copy_out(card, part, folder)
        except Unreadable as error:
            yield Cargo("unknown", unread=str(error)), folder
        else:
            yield count(folder), folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count(folder: Path) -> Cargo:
    """What `folder`, a copy of a card's data, holds in its folder `store`."""
    store, found = folder / "store", Cargo(_kiosk(folder))
    if not store.is_dir():
        return found
    status = reader.sync_status(reader.sync_db(store))
    votes = answers = 0
    unread = []
    for path in _stores(store):
        try:
            more = _count(path, status)
        except (KioskError, OSError) as error:
            unread.append(str(error).replace(f"{folder}/", ""))
        else:
            votes, answers = votes + more[0], answers + more[1]
    return msgspec.structs.replace(found, votes=votes, answers=answers, unread="; ".join(unread))


def save(cargo: Cargo, folder: Path, into: Path) -> Path:
    """Copy `store` whole to a new folder in `into` and check it there; that folder. ProvisionError where it differs."""
    if cargo.unread:
        raise ProvisionError(f"these votes can't be saved, since they can't all be read: {cargo.unread}")
    saved = into / cargo.kiosk
    number = 1
    while saved.exists():
        number += 1
        saved = into / f"{cargo.kiosk}-{number}"
    try:
        into.mkdir(parents=True, exist_ok=True)
        saved.mkdir(mode=0o700)
        shutil.copytree(folder / "store", saved / "store", symlinks=True)
        for path in sorted(saved.rglob("*")):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o600)
                disk.sync_file(path)
                disk.sync_folder(path.parent)
        disk.sync_folder(saved)
        disk.sync_folder(into)
        same = _digests(folder / "store") == _digests(saved / "store")
    except (OSError, shutil.Error) as error:
        raise ProvisionError(f"{saved}: the votes can't be saved there ({error}). Give another folder") from None
    if not same or _total(count(saved)) != _total(cargo):
        raise ProvisionError(f"{saved}: what was saved is not what is on the card. Give a folder on another disk")
    return saved


def _total(cargo: Cargo) -> tuple[int, int, str]:
    return cargo.votes, cargo.answers, cargo.unread


def _stores(store: Path) -> list[Path]:
    """The store itself, and of each that was set aside what could be read, or it itself where that is not done."""
    cases = [case.salvaged if case.result else case.folder / "votes.db" for case in aside.cases(store)]
    found = [*cases, store / "votes.db"]
    return [path for path in found if path.exists() or disk.wal(path).exists()]


def _count(path: Path, status: SyncStatus) -> tuple[int, int]:
    """Votes and answers that no endpoint has; a row that can't be read counts as a vote."""
    if path.is_symlink() or not path.is_file():
        raise ProvisionError(f"{path}: is no plain file")
    votes = answers = 0
    with Reader(path) as store:
        epochs, last = store.epochs(), store.last()
        refused = [row for epoch in epochs for row in status.aside.get(epoch.id, ())]
        spans = [*unacknowledged(epochs, status, last), *((row, row) for row in refused)]
        for begin, end in spans:
            for first in range(begin, end + 1, _STEP):
                span = store.span(first, min(end, first + _STEP - 1))
                votes += sum(row.kind == "vote" for row in span.rows) + len(span.damaged)
                answers += sum(row.kind in _ANSWERS for row in span.rows)
    return votes, answers


def _kiosk(folder: Path) -> str:
    try:
        text = (folder / "settings/moodpost.toml").read_text(encoding="utf-8-sig")
        return settings.parse_stored(text)[0].kiosk.id
    except (OSError, KioskError, ValueError):
        return "unknown"


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.endswith("-shm"):
            with path.open("rb") as file:
                found[os.fspath(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
