"""How sending stands, in one line for `systemctl status`. Reads the store and sync.db; knows no network."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kiosk.errors import StoreError
from kiosk.reader import Reader, stores
from sync.errors import StateError
from sync.outbox import Outbox
from sync.state import SyncState


def standing(data: Path, state: SyncState, *, boot: str, ms: int, sends: bool) -> str:
    """ "12 waiting, last acknowledged 3 min ago", at `ms` since the boot of that id; never raises."""
    if not sends:
        return "no endpoint is set: nothing is sent"
    try:
        with contextlib.ExitStack() as opened:
            readers = [opened.enter_context(Reader(path)) for path in stores(data)]
            waiting = Outbox(readers, state, boot=boot, boottime_ms=lambda: ms).waiting()
        said = [f"{waiting} waiting", _last(state.noted("contact"), boot, ms), state.noted("problem")]
        return ", ".join(filter(None, said))
    except (StoreError, StateError) as error:
        return str(error)


def _last(contact: str, boot: str, ms: int) -> str:
    """When something was acknowledged last, from the sender's note: a boot's id and the milliseconds since then."""
    then, _, at = contact.partition(" ")
    if then != boot or not at.isdigit():
        return "nothing acknowledged since the start"
    seconds = max(0, ms - int(at)) // 1000
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"last acknowledged {seconds // size} {unit} ago"
    return f"last acknowledged {seconds} s ago"
