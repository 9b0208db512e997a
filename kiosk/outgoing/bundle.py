"""A support bundle: what helps to find out from afar what is wrong, scrubbed, in one ZIP file. Knows no command line.

Answers in open text, the store itself and files of secrets never enter. What can't be read is said in the list.
"""

from __future__ import annotations

import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO

import msgspec

from kiosk.errors import KioskError
from kiosk.outgoing.scrub import Scrubber

MOST_BYTES = 2 << 20
"""Of each part the last so many bytes are kept: the end of a log is what helps."""
LIST = "CONTENTS.txt"
_LEFT_OUT = """\
Left out on purpose: votes.db and sync.db (what visitors typed), files of secrets, the surroundings of the processes.
"""


class Unreadable(KioskError):
    """A part of a bundle can't be had; the message says why."""


class Part(msgspec.Struct, frozen=True):
    """One file of the bundle. `lines` gives them when it is its turn, or raises Unreadable or OSError."""

    name: str
    about: str
    lines: Callable[[], Iterable[str]]
    versions: bool = False
    """Whether four numbers with dots between are versions here, never addresses."""


class Entry(msgspec.Struct, frozen=True):
    """What became of a part: its size in bytes, or why it is not there."""

    name: str
    about: str
    size: int
    note: str


def write(file: BinaryIO, parts: Sequence[Part], scrubber: Scrubber, head: Sequence[str] = ()) -> list[Entry]:
    """Write the bundle to `file`; `head` stands at the top of its list. What became of each part, in order."""
    entries = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for part in parts:
            entry, lines = _read(part, scrubber)
            if lines:
                _add(bundle, part.name, lines)
            entries.append(entry)
        _add(bundle, LIST, _listed(entries, scrubber, [scrubber.line(line) for line in head]))
    return entries


def _read(part: Part, scrubber: Scrubber) -> tuple[Entry, Iterable[str]]:
    kept: deque[str] = deque()
    size, cut, note = 0, 0, ""
    try:
        for line in part.lines():
            # scrubbed before it is cut: half a secret is known no more
            scrubbed = scrubber.line(line, numbers=not part.versions)
            kept.append(scrubbed)
            size += len(scrubbed.encode(errors="replace")) + 1
            while size > MOST_BYTES:
                size -= len(kept.popleft().encode(errors="replace")) + 1
                cut += 1
    except (Unreadable, OSError) as error:
        note = scrubber.line(f"not all of it: {error}" if kept else str(error))
    if cut:
        note = "; ".join(filter(None, (note, f"its first {cut:,} lines left out")))
    if not kept and not note:
        note = "nothing there"
    return Entry(part.name, part.about, size, note), kept


def _add(bundle: zipfile.ZipFile, name: str, lines: Iterable[str]) -> None:
    info = zipfile.ZipInfo(name, time.gmtime()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100600 << 16
    with bundle.open(info, "w") as file:
        for line in lines:
            file.write(line.encode(errors="replace") + b"\n")


def _listed(entries: Sequence[Entry], scrubber: Scrubber, head: Sequence[str]) -> Iterator[str]:
    yield "Moodpost support bundle"
    yield from head
    yield ""
    for entry in entries:
        if entry.size:
            note = f" ({entry.note})" if entry.note else ""
            yield f"{entry.name}: {entry.about}, {entry.size:,} bytes{note}"
    missing = [entry for entry in entries if not entry.size]
    if missing:
        yield ""
        yield "Not there:"
        yield from (f"{entry.name}: {entry.about}: {entry.note}" for entry in missing)
    yield ""
    yield _LEFT_OUT.rstrip()
    found = ", ".join(f"{times:,} × {kind}" for kind, times in sorted(scrubber.found.items())) or "nothing"
    yield f"Replaced by words such as [address 1], the same by the same: {found}."
