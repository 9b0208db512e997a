"""Starts the sync process: settings, sync.db, then the agent. Never knows panels or screens."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.clock import Reading
from kiosk.settings import Endpoint, Secret, Settings
from sync.agent import Agent
from sync.errors import StateError
from sync.sender import Sender
from sync.state import SyncState
from sync.transport import Transport

log = logging.getLogger(__name__)


def run(
    settings: Settings,
    data: Path,
    *,
    token: Secret | None = None,
    clocks: Callable[[], Reading],
    boot: str,
    trace: Callable[[str], None] | None,
    wait: Callable[[float], bool],
) -> None:
    """Send until `wait` says that the end has come. StateError where another sync uses the data folder.

    `token` takes the place of the one in the settings. Without an endpoint there is nothing to do but wait.
    """
    endpoint = settings.endpoint
    if endpoint is None:
        log.warning("the settings name no [endpoint]: nothing is sent, everything stays on the kiosk")
        while not wait(3600.0):
            pass
        return
    with _only_one(data / "sync.lock"), contextlib.closing(SyncState(data / "sync.db")) as state:
        sender = Sender(
            kiosk=settings.kiosk.id,
            endpoint=Endpoint(url=endpoint.url, token=token or endpoint.token, metered=endpoint.metered),
            votes=data / "votes.db",
            state=state,
            client=Transport,
            clocks=clocks,
            boot=boot,
            trace=_tracer(trace),
        )
        Agent(sender, metered=endpoint.metered).run(wait)


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    try:
        file = path.open("ab")
    except OSError as error:
        raise StateError(f"{path}: can't be opened ({error.strerror}). Is the folder there and writable?") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"{path.parent}: another sync is using this data folder. Stop it first") from None
        yield


def _tracer(write: Callable[[str], None] | None) -> Callable[..., None]:
    def trace(event: str, **fields: object) -> None:
        if write is not None:
            write(json.dumps({"event": event, "at": time.time(), **fields}))

    return trace
