"""A damaged store set aside whole, so that a new one can begin at once. Knows file names; never what is in the files.

`damaged/0001/` beside the store holds what was there: `votes.db`, its log, `why.txt`, and once it has been read
`salvaged.db` with `salvaged.txt`. Whoever has looked at it may take the folder away; the kiosk never does.

A power cut may come between any two steps. The files get their second names first, then the folder its own; only
then the first names go, the database's before its log's: a database without its log would look younger than it is.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from kiosk import disk
from kiosk.errors import StoreError

FOLDER = "damaged"
MOST = 20
"""So many set aside, and the card is beyond help: no new store is begun."""


class Case(msgspec.Struct, frozen=True):
    """One store that was set aside: where it is, why, and what its reading came to ("" until it is done)."""

    folder: Path
    why: str
    result: str

    @property
    def salvaged(self) -> Path:
        """What could be read of it, as a store that nobody writes any more."""
        return self.folder / "salvaged.db"


def cases(home: Path) -> list[Case]:
    """All that was set aside in the data folder `home`, the oldest first."""
    folders = sorted(f for f in (home / FOLDER).glob("[0-9]*") if f.is_dir() and f.suffix != ".part")
    return [Case(f, _text(f / "why.txt"), _text(f / "salvaged.txt")) for f in folders]


def set_aside(path: Path, why: str) -> Path:
    """Set the store at `path` aside with its log; the folder it is in now. StoreError where there are too many.

    No connection of this process may be open on it.
    """
    home = path.parent / FOLDER
    home.mkdir(exist_ok=True)
    disk.lay_down_names(path.parent)
    taken = [int(f.name[:4]) for f in home.glob("[0-9][0-9][0-9][0-9]*")]
    if len(taken) >= MOST:
        raise StoreError(
            f"{home}: {MOST} damaged stores were set aside here already. Replace the card; keep this folder"
        )
    number = max(taken, default=0) + 1
    part = home / f"{number:04}.part"
    part.mkdir()
    for file in (path, disk.wal(path)):
        with contextlib.suppress(FileNotFoundError):
            os.link(file, part / file.name)
            disk.sync_file(part / file.name)
    disk.write(part / "why.txt", why + "\n")  # which makes the names in the folder last, too
    folder = part.rename(home / f"{number:04}")
    disk.sync_folder(home)
    finish(path)
    return folder


def finish(path: Path) -> None:
    """Take the first names away from a store that has its second ones: the end of `set_aside`, also after a power cut.

    A log whose database is gone is set aside too: there may be votes in it, and SQLite would delete it.
    """
    for part in (path.parent / FOLDER).glob("*.part"):
        import shutil  # few starts need it

        shutil.rmtree(part)  # second names only; the first ones are still there
    for case in cases(path.parent):
        if _same(case.folder / path.name, path):
            _take_away(path, case)
        if not path.exists() and _same(case.folder / disk.wal(path).name, disk.wal(path)):
            _take_away(disk.wal(path), case)
    if not path.exists():
        disk.shm(path).unlink(missing_ok=True)
        if disk.wal(path).exists():
            set_aside(path, "the store's file is gone, its log is still there")


def _take_away(file: Path, case: Case) -> None:
    disk.lay_down_names(case.folder.parent)  # it may have failed when the folder was given its name
    file.unlink()
    disk.sync_folder(file.parent)


def _same(one: Path, other: Path) -> bool:
    """Whether they are one file by two names, or hold the same: a card that was copied has no second names."""
    if not (one.exists() and other.exists()):
        return False
    try:
        import filecmp  # few starts need it

        return one.samefile(other) or filecmp.cmp(one, other, shallow=False)
    except OSError:  # what can't be read is not known to be the same
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
