"""A disk that keeps its promises and not one thing more: what may be on it after the power was cut. Pure.

What it claims, for a cut after any operation:

* What a file holds (content and size) is on the disk for certain only when fsync or fdatasync of *that file* returned.
  Of what was done to it since, nothing may be there, or everything, or any part in any order; each write may be
  torn at every 512th byte; a write may have grown the file and left zeros where its data should be.
* A name (created, removed, moved) is on the disk for certain only when fsync of *its folder* returned; a move between
  two folders, when both were synced. Any part of the names changed since may be there, independently of each other
  and of the files' contents: a file that was synced may be absent, one that was removed may be back, old and new
  together. One change of a name, a move too, is there or not; what is in a folder comes and goes with it.
* sync_file_range, sync, syncfs, O_SYNC and closing a file promise nothing.
* A sync that *failed* leaves what it should have secured in doubt for ever: it may be there or not, though the process
  goes on reading it and a later sync succeeds. So Linux has it: the pages are marked clean. What is written anew counts
  anew; names in a folder are in doubt until another name in it was changed and then synced: a folder is written whole.

That is at least as harsh as ext4 with data=ordered on a card that keeps its word on a flush. There fsync of any file
commits the one journal, and with it every earlier change of any name or size; names change in the order in which they
were changed; a file grows only after its data arrived; and the kernel writes a sector as it stood at some moment, so
that of two writes to one sector never only the later is there. Nothing that ext4 may leave is left out: a cut there
leaves some prefix of the changed names, and of each file its sectors each as of some moment since its last sync.
Not claimed: a card that lies about a flush, or harms sectors that were not being written.
"""

from __future__ import annotations

import enum
import hashlib
import random
from collections.abc import Callable, Iterator

import msgspec

SECTOR = 512


class Write(msgspec.Struct, frozen=True):
    """`data` was written into a file at `offset`."""

    file: int
    offset: int
    data: bytes


class Resize(msgspec.Struct, frozen=True):
    """A file was cut off, or filled up with zeros, to `size` bytes."""

    file: int
    size: int


class Sync(msgspec.Struct, frozen=True):
    """A file was synced, or should have been."""

    file: int
    failed: bool = False


Place = tuple[int, str]
"""A name in a folder."""
ROOT = 0
"""The number of the folder that is watched. Files have numbers above it, other folders below."""


class Name(msgspec.Struct, frozen=True):
    """Names changed together: each now stands for a file, for a folder, or for nothing (None)."""

    becomes: dict[Place, int | None]


class SyncFolder(msgspec.Struct, frozen=True):
    """The names in a folder were synced, or should have been."""

    folder: int
    failed: bool = False


Operation = Write | Resize | Sync | Name | SyncFolder


class Content(msgspec.Struct, frozen=True):
    """What a file holds: `data`, not ending with a zero, then zeros up to `size`: space kept ahead is cheap."""

    data: bytes
    size: int

    def whole(self) -> bytes:
        """Every byte."""
        return self.data.ljust(self.size, b"\0")


class State(msgspec.Struct, frozen=True):
    """What may be on a disk: files by path, relative to the folder that was watched, and the folders in it."""

    files: dict[str, Content]
    folders: frozenset[str] = frozenset()

    def digest(self) -> bytes:
        """The same for two states only if they are the same."""
        found = hashlib.sha1(usedforsecurity=False)
        for path, content in sorted(self.files.items()):
            found.update(f"{path}\0{len(content.data)}\0{content.size}\0".encode())
            found.update(content.data)
        found.update("\0".join(sorted(self.folders)).encode())
        return found.digest()


class Fate(enum.Enum):
    """What becomes of the operations that no sync has secured."""

    LOST = "all lost"
    KEPT = "all kept"
    PREFIX = "those up to some moment kept, the last of them torn"
    SUBSET = "some kept"
    SHUFFLED = "some kept, in another order"
    TORN = "some kept, some torn, some grew their file with zeros"


RANDOM = (Fate.PREFIX, Fate.TORN, Fate.SUBSET, Fate.TORN, Fate.SHUFFLED, Fate.TORN)
"""In turn; torn is the richest by far."""


class _Done(msgspec.Struct):
    at: int
    operation: Write | Resize
    secured: bool = False
    doubtful: bool = False


class _Buffer(msgspec.Struct):
    data: bytearray = msgspec.field(default_factory=bytearray)
    size: int = 0
    """As large as the data or larger: then zeros follow."""


class _File(msgspec.Struct):
    durable: _Buffer = msgspec.field(default_factory=_Buffer)
    done: list[_Done] = msgspec.field(default_factory=list)
    """What was done since: unsecured, or secured but after something that is in doubt."""


class _Names(msgspec.Struct):
    at: int
    becomes: dict[Place, int | None]
    unsynced: set[int]
    doubtful: bool = False


class Disk:
    """Takes operations in their order; `after_cut` then says what may be left, as often as it is asked."""

    def __init__(self) -> None:
        self._at = 0
        self._files: dict[int, _File] = {}
        self._durable: dict[Place, tuple[int, int | None]] = {}
        self._changed: list[_Names] = []

    def apply(self, operation: Operation) -> None:
        """One more operation was done."""
        self._at += 1
        match operation:
            case Write() | Resize():
                self._file(operation.file).done.append(_Done(self._at, operation))
            case Sync():
                _synced(self._file(operation.file), operation.failed)
            case Name():
                unsynced = {folder for folder, _ in operation.becomes}
                self._changed.append(_Names(self._at, operation.becomes, unsynced))
            case SyncFolder():
                self._synced_folder(operation)

    def unsettled(self) -> int:
        """How many things may each be there or not after a cut now; 0 where only one state may be left."""
        writes = (done.operation for file in self._files.values() for done in file.done if not done.secured)
        return len(self._changed) + sum(_sectors(one) if isinstance(one, Write) else 1 for one in writes)

    def content(self, file: int) -> Content:
        """What the process reads in a file, whether or not it has a name."""
        found = self._file(file)
        return _content(found.durable, [done.operation for done in found.done])

    def seen(self) -> State:
        """What the process sees, that did it all."""
        return self._state(_names(self._durable, self._changed), self.content)

    def after_cut(self, fate: Fate, dice: random.Random) -> State:
        """One of the states that a cut now may leave."""
        pending = [d.at for f in self._files.values() for d in f.done if not d.secured]
        cut = _Cut(fate, dice, min([*pending, *(n.at for n in self._changed)], default=self._at), self._at)
        kept = [names for names in self._changed if cut.keeps_names(names)]

        def content(file: int) -> Content:
            found = self._file(file)
            return _content(found.durable, cut.what_is_left(found.done))

        return self._state(_names(self._durable, kept), content)

    def _file(self, number: int) -> _File:
        return self._files.setdefault(number, _File())

    def _synced_folder(self, operation: SyncFolder) -> None:
        still: list[_Names] = []
        anew = any(operation.folder in names.unsynced and not names.doubtful for names in self._changed)
        for names in self._changed:
            if operation.folder in names.unsynced and anew:
                names.doubtful |= operation.failed
                if not operation.failed:
                    names.unsynced.discard(operation.folder)
            if names.unsynced:
                still.append(names)
            else:
                _rename(self._durable, names)
        self._changed = still

    def _state(self, names: dict[Place, tuple[int, int | None]], content: Callable[[int], Content]) -> State:
        files: dict[str, Content] = {}
        folders: dict[int, str] = {ROOT: ""}
        inside: dict[int, list[tuple[str, int]]] = {}
        for (folder, name), (_, number) in names.items():
            if number is not None:
                inside.setdefault(folder, []).append((name, number))
        waiting = [ROOT]
        while waiting:
            folder = waiting.pop()
            for name, number in inside.get(folder, ()):
                path = f"{folders[folder]}/{name}".lstrip("/")
                if number > ROOT:
                    files[path] = content(number)
                elif number not in folders:  # one that moved and stayed, too, is shown once
                    folders[number] = path
                    waiting.append(number)
        return State(files, frozenset(folders.values()) - {""})


def _synced(file: _File, failed: bool) -> None:
    for done in file.done:
        if failed and not done.secured:
            done.doubtful = True
        elif not done.doubtful:
            done.secured = True
    while file.done and file.done[0].secured:
        _carry_out(file.done.pop(0).operation, file.durable)


def _names(durable: dict[Place, tuple[int, int | None]], changed: list[_Names]) -> dict[Place, tuple[int, int | None]]:
    names = dict(durable)
    for change in changed:
        _rename(names, change)
    return names


def _rename(names: dict[Place, tuple[int, int | None]], change: _Names) -> None:
    for place, number in change.becomes.items():
        if change.at > names.get(place, (0, None))[0]:
            names[place] = (change.at, number)


def content_of(data: bytes | bytearray, size: int | None = None) -> Content:
    """`data`, followed by zeros up to `size` where that is more."""
    return Content(bytes(data.rstrip(b"\0")), len(data) if size is None else size)


def _content(durable: _Buffer, operations: list[Write | Resize]) -> Content:
    buffer = _Buffer(durable.data[:], durable.size)
    for operation in operations:
        _carry_out(operation, buffer)
    return content_of(buffer.data, buffer.size)


def _carry_out(operation: Write | Resize, buffer: _Buffer) -> None:
    if isinstance(operation, Resize):
        del buffer.data[operation.size :]
        buffer.size = operation.size
        return
    end = operation.offset + len(operation.data)
    buffer.size = max(buffer.size, end)
    if operation.data:
        buffer.data.extend(bytes(max(0, operation.offset - len(buffer.data))))
        buffer.data[operation.offset : end] = operation.data


def sectors(write: Write) -> Iterator[Write]:
    """The parts of a write that a disk takes in one piece each."""
    start = 0
    while start < len(write.data):
        end = start + SECTOR - (write.offset + start) % SECTOR
        yield Write(write.file, write.offset + start, write.data[start:end])
        start = end


def _sectors(write: Write) -> int:
    return (write.offset % SECTOR + len(write.data) + SECTOR - 1) // SECTOR


class _Cut:
    """Decides, for one state, about everything that is unsecured."""

    def __init__(self, fate: Fate, dice: random.Random, first: int, now: int) -> None:
        self._fate = fate
        self._dice = dice
        self._moment = dice.randint(first, now)
        # drawn apart: names and contents may be lost or kept as a whole, independently of each other
        self._share, self._share_of_names = dice.choices((0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0), k=2)
        self._share_in_doubt = dice.choice((0.0, 0.0, 0.5, 1.0)) if fate in RANDOM else 0.0

    def keeps_names(self, names: _Names) -> bool:
        return self._keeps(names.at, names.doubtful, self._share_of_names)

    def what_is_left(self, done: list[_Done]) -> list[Write | Resize]:
        """The operations on one file that had their effect, torn where they are, in the order in which they had it."""
        left: list[Write | Resize] = []
        tail: list[Write | Resize] = []
        for one in done:
            room = left if one.secured or one.doubtful else tail
            if one.secured:
                room.append(one.operation)
            elif self._keeps(one.at, one.doubtful, self._share):
                torn = self._fate is Fate.TORN or (self._fate is Fate.PREFIX and one.at == self._moment)
                room.extend(self._torn(one.operation) if torn else [one.operation])
            elif self._fate is Fate.TORN and isinstance(one.operation, Write) and self._dice.random() < 0.3:
                room.append(Write(one.operation.file, one.operation.offset + len(one.operation.data), b""))
        if self._fate in (Fate.SHUFFLED, Fate.TORN):
            self._dice.shuffle(tail)
        return left + tail

    def _keeps(self, at: int, doubtful: bool, share: float) -> bool:
        if doubtful:
            return self._dice.random() < self._share_in_doubt
        match self._fate:
            case Fate.LOST:
                return False
            case Fate.KEPT:
                return True
            case Fate.PREFIX:
                return at <= self._moment
        return self._dice.random() < share

    def _torn(self, operation: Write | Resize) -> list[Write | Resize]:
        if isinstance(operation, Resize) or self._dice.random() < 0.1:
            return [operation]
        share = self._dice.choice((0.2, 0.5, 0.8))
        return [part for part in sectors(operation) if self._dice.random() < share]
