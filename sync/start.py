"""Starts the sync process: settings, sync.db, then the agent. Never knows panels or screens."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from hardware.health import Health
from kiosk.clock import Reading
from kiosk.errors import SettingsError
from kiosk.reader import Findings
from kiosk.settings import Endpoint, Secret, Settings
from kiosk.trust import SYSTEM, Trust
from sync.agent import Agent
from sync.beat import Notifier
from sync.errors import InUse, StateError
from sync.probes import Prober
from sync.proxy import Proxy
from sync.request import Request
from sync.sender import Sender
from sync.standing import standing
from sync.state import SyncState, make_folder
from sync.stirs import Sleeper
from sync.transport import Transport

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_AGAIN_S = 1.0
"""How often settings with mistakes in them are looked at again."""


def run(
    settings: Settings,
    data: Path,
    *,
    token: Secret | None = None,
    trust: Trust = SYSTEM,
    proxy: Proxy | None = None,
    clocks: Callable[[], Reading],
    boot: str,
    trace: Callable[[str], None] | None,
    sleeper: Sleeper,
    request: Path | None = None,
    notifier: Notifier | None = None,
) -> None:
    """Send until `sleeper` says that the end has come. StateError where another sync uses the data folder.

    `token` takes the place of the one in the settings; `trust` says whom besides the system's certificates to believe,
    `proxy` through whom the endpoint is reached. Without an endpoint nothing is sent. The network is looked at each few
    minutes, and once the file `request` is there; `notifier` is told of each sign of life.
    """
    endpoint = settings.endpoint
    if endpoint is None:
        log.warning("the settings name no [endpoint]: nothing is sent, everything stays on the kiosk")
    else:
        endpoint = Endpoint(url=endpoint.url, token=token or endpoint.token, metered=endpoint.metered)
    if mistake := trust.mistake():
        log.error("%s; nobody but those whom the system trusts is believed", mistake)
    path = make_folder(data)
    with _only_one(path.with_name("sync.lock")), contextlib.closing(SyncState(path)) as state:
        sender = None
        if endpoint is not None:
            sender = Sender(
                kiosk=settings.kiosk.id,
                endpoint=endpoint,
                votes=data / "votes.db",
                state=state,
                client=lambda: Transport(trust=trust, proxy=proxy),
                clocks=clocks,
                boot=boot,
                trace=_tracer(trace, lambda event: agent.heard(event)),
            )
        prober = Prober(
            kiosk=settings.kiosk.id,
            endpoint=endpoint,
            noted=state.noted,
            clocks=clocks,
            client=lambda total_s: Transport(total_s, trust, proxy),
            trust=trust,
            proxy=proxy,
        )
        agent = Agent(
            sender,
            votes=data / "votes.db",
            metered=endpoint is not None and endpoint.metered,
            prober=prober,
            leave=lambda found: leave(state, found, boot=boot, ms=clocks().boottime_ms),
            request=None if request is None else Request(request),
            notifier=notifier,
            status=lambda: standing(data, state, boot=boot, ms=clocks().boottime_ms, sends=endpoint is not None),
        )
        agent.run(sleeper)


def until_settled(look: Callable[[], T], wait: Callable[[float], bool], notifier: Notifier) -> T | None:
    """What `look` gives, as soon as it raises no SettingsError; None where `wait` said before that the end has come.

    To start anew would mend no file: so it is told once, and looked for again each second.
    """
    told: tuple[str, ...] = ()
    while True:
        try:
            return look()
        except SettingsError as error:
            if error.mistakes != told:
                told = error.mistakes
                for mistake in told:
                    log.error("%s", mistake)
                notifier.ready()
                notifier.status(f"waiting for settings: {told[0]}")
        notifier.beat()
        if wait(LOOK_AGAIN_S):
            notifier.stopping()
            return None


def leave(state: SyncState, found: Iterable[Health], *, boot: str, ms: int) -> None:
    """Put what was found of the network where the kiosk reads it (`kiosk.reader`)."""
    state.note("findings", msgspec.json.encode(Findings(boot, ms, tuple(found))).decode())


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
            raise InUse(f"{path.parent.parent}: another sync is using this data folder. Stop it first") from None
        yield


def _tracer(write: Callable[[str], None] | None, hear: Callable[[str], None]) -> Callable[..., None]:
    def trace(event: str, **fields: object) -> None:
        hear(event)
        if write is not None:
            write(json.dumps({"event": event, "at": time.time(), **fields}))

    return trace
