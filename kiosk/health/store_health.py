"""How the votes are, told as readings: the store, what waits to be sent, who is at work. Read-only; knows no network.

The store is looked at through SQLite or by the names of its files alone. A descriptor opened on it by hand would, when
closed, take away the locks that this process holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hardware.health import Health, bad, good, unknown
from kiosk import aside, disk, folder
from kiosk.clock import Reading, moment
from kiosk.errors import DamagedStore, NoStoreYet, StoreError
from kiosk.reader import Epoch, Reader, SyncStatus, sync_db

LATE_MS = 3_600_000
"""A vote that has waited longer than this to be sent is worth a word; one that costs to send may wait twice as long."""
_LOOKS = 10


def store(data: Path) -> list[Health]:
    """Whether the store can be read, how large it is, and what was set aside."""
    path = data / "votes.db"
    return [_readable(path), _size(path), _set_aside(data)]


def _readable(path: Path) -> Health:
    try:
        with Reader(path) as reader:
            last = reader.last()
            span = reader.newest(last, _LOOKS)
    except NoStoreYet as error:
        return unknown("store", "There is no store of votes yet: no kiosk has run here.", str(error))
    except DamagedStore as error:
        return bad("store", "The store of votes is damaged; the kiosk sets it aside and begins a new one.", str(error))
    except StoreError as error:
        return bad(
            "store",
            "The store of votes can't be read: is it damaged, or the card failing? Think of a new one.",
            str(error),
        )
    if span.damaged:
        return bad(
            "store",
            "Some rows of the store are damaged; they are never sent as if they were good. Replace the card.",
            f"rows {', '.join(map(str, span.damaged))} fail their checksums",
        )
    return good("store", "The store of votes is well.", f"{path.name}: {last} rows written")


def _size(path: Path) -> Health:
    try:
        sizes = {file.name: file.stat().st_size for file in (path, disk.wal(path)) if file.exists()}
    except OSError as error:
        return unknown("store.size", "How large the store is can't be told.", str(error))
    total = sum(sizes.values())
    raw = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return good("store.size", f"The store takes {total / 1e6:.1f} MB.", raw)


def _set_aside(data: Path) -> Health:
    try:
        cases = aside.cases(data)
    except OSError as error:
        return unknown("store.damaged", "Whether a damaged store was set aside can't be told.", str(error))
    if not cases:
        return good("store.damaged", "No damaged store was set aside.")
    times = "once" if len(cases) == 1 else f"{len(cases)} times"
    last = cases[-1]
    return bad(
        "store.damaged",
        f"The store was damaged {times}; what could be read is being sent. Think of a new card.",
        f"{aside.FOLDER}/{last.folder.name}: {last.why}; {last.result or 'being read'}",
    )


def sending(
    data: Path, status: SyncStatus, now: Reading, *, boot: str, endpoint: bool, metered: bool = False
) -> list[Health]:
    """What waits to be sent and since when, when something was last acknowledged, and what went wrong.

    `endpoint`: whether the settings name one; `boot`: the kernel's id of this boot, in which `now` was read.
    """
    if not endpoint:
        return [good("votes.waiting", "No endpoint is set: all votes stay on this kiosk.")]
    try:
        with Reader(data / "votes.db") as reader:
            waiting, oldest_ms = _waiting(reader, status, now, boot)
    except StoreError as error:
        said = "What waits to be sent can't be told, as there is no store that can be read."
        return [unknown("votes.waiting", said, str(error)), *_refused(status)]
    late_ms = LATE_MS * (2 if metered else 1)
    return [
        _said_waiting(waiting, oldest_ms, late_ms),
        _contact(status, now, boot, late=bool(waiting) and oldest_ms is not None and oldest_ms > late_ms),
        *_refused(status),
    ]


def _waiting(reader: Reader, status: SyncStatus, now: Reading, boot: str) -> tuple[int, int | None]:
    """How many rows wait, and how old the oldest of them is, ms; None where nobody knows."""
    epochs, last = reader.epochs(), reader.last()
    waiting, first = 0, None
    for begins, ends in unacknowledged(epochs, status, last):
        if begins <= ends:
            waiting += ends - begins + 1
            first = begins if first is None else first
    if first is None:
        return 0, None
    for row in reader.oldest(first, 1).rows:
        if row.boot == reader.boot_number(boot):
            return waiting, max(0, now.boottime_ms - row.ms)
        wall_ms = moment(reader.boots(), row.boot, row.ms).wall_ms
        if wall_ms is not None and now.by != "nobody":
            return waiting, max(0, now.wall_ms - wall_ms)
    return waiting, None


def unacknowledged(epochs: list[Epoch], status: SyncStatus, last: int) -> Iterator[tuple[int, int]]:
    """Of each epoch the first row that is not acknowledged, and its last row; a store just made has no epoch yet."""
    ends = [epoch.first - 1 for epoch in epochs[1:]] + [last]
    for epoch, end in zip(epochs, ends, strict=False):
        yield max(epoch.first, status.watermarks.get(epoch.id, 0) + 1), end


def _said_waiting(waiting: int, oldest_ms: int | None, late_ms: int) -> Health:
    raw = f"{waiting} rows after the watermark"
    if not waiting:
        return good("votes.waiting", "Everything was sent: nothing waits.", raw)
    rows = "1 response waits" if waiting == 1 else f"{waiting} responses wait"
    if oldest_ms is None:
        return good("votes.waiting", f"{rows} to be sent; since when can't be told before the clock is set.", raw)
    raw += f", the oldest {oldest_ms // 1000} s old"
    if oldest_ms <= late_ms:
        return good("votes.waiting", f"{rows} to be sent, the oldest for {span(oldest_ms)}.", raw)
    said = f"{rows} to be sent, the oldest for {span(oldest_ms)}. They are safe here: see the network."
    return bad("votes.waiting", said, raw)


def _contact(status: SyncStatus, now: Reading, boot: str, *, late: bool) -> Health:
    if boot not in status.contacts:
        said = "The endpoint has acknowledged nothing since this kiosk was started."
        return (bad if late else good)("votes.contact", said)
    ago_ms = max(0, now.boottime_ms - status.contacts[boot])
    said = f"The endpoint acknowledged something {span(ago_ms)} ago."
    return (bad if late else good)("votes.contact", said, f"{ago_ms // 1000} s ago")


def _refused(status: SyncStatus) -> list[Health]:
    aside_rows = sum(len(rows) for rows in status.aside.values())
    gap = (
        bad(
            "votes.gap",
            "The endpoint won't have some responses; they are kept here and can be exported.",
            f"{aside_rows} rows set aside",
        )
        if aside_rows
        else good("votes.gap", "The endpoint has refused no response.")
    )
    said = "; ".join(filter(None, (status.alarm, status.problem)))
    if not said:
        return [gap, good("sending", "Sending works, as far as it was tried.")]
    return [gap, bad("sending", "Sending does not work as it should: see the readings of the network.", said)]


def processes(data: Path, root: Path = Path("/")) -> list[Health]:
    """Whether kiosk and sync are at work in this data folder: each holds a lock as long as it lives."""
    return [
        _at_work("kiosk", folder.locked(data), "The kiosk", "moodpost-kiosk", root),
        _at_work("sync", sync_db(data).with_name("sync.lock"), "Sending", "moodpost-sync", root),
    ]


def _at_work(name: str, locked: Path, what: str, unit: str, root: Path) -> Health:
    # Asking for the lock would take it, for an instant in which the other can't begin; the kernel's list only tells.
    try:
        found = locked.stat()
        place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
        lines = (root / "proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError as error:
        return bad(name, f"{what} has never run here: say systemctl restart {unit}.", f"{error.filename}: no such file")
    except OSError as error:
        return unknown(name, f"Whether {what.lower()} is running can't be told.", str(error))
    for line in lines:
        fields = line.split()
        if len(fields) >= 6 and fields[1] == "FLOCK" and fields[5] == place:
            return good(name, f"{what} is running.", f"process {fields[4]}")
    return bad(
        name,
        f"{what} is not running: restart this Pi, or say systemctl restart {unit}.",
        f"nobody has locked {locked.name}",
    )


def span(ms: int) -> str:
    """A stretch of time in words, ``90 s``, ``12 min``, ``24 h``, ``2 days``."""
    seconds = ms // 1000
    for unit, size in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}{'s' if unit == 'day' else ''}"
    return f"{seconds} s"
