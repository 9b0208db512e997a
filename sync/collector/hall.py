"""What every request handler of the collector shares: database, tokens, open pages; and who may come in.

Never knows what a batch or a page holds.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.collector import postgres, results, tables
from sync.collector.live import Live
from sync.collector.tokens import READER, Tokens
from sync.protocol import Refusal, as_json

KIOSK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EPOCH = re.compile(r"[0-9a-f]{16}")
_NONCE = re.compile(r"[0-9A-Za-z_-]{8,64}")

_CHALLENGES = {"WWW-Authenticate": 'Basic realm="Moodpost", charset="UTF-8"'}
RETRY = {"Retry-After": "30"}
BEARER = {"WWW-Authenticate": 'Bearer realm="Moodpost"'}


class Hall:
    """The collector's shared parts; made once an app."""

    def __init__(
        self,
        engine: Engine,
        tokens: Tokens | None,
        hosts: Collection[str] | None,
        now: Callable[[], float],
        trace: Callable[[str], None] | None,
    ) -> None:
        self.engine = engine
        self.tokens = tokens
        self.hosts = None if hosts is None else {host.lower() for host in hosts}
        self.now = now
        self.trace = trace or (lambda line: None)
        self.live = Live(self._snapshot)
        # On SQLite one thread, so that batches queue here and not at its lock, which is not a fair one. A server makes
        # only a kiosk's own batches wait for each other, and syncs what several have committed at once.
        writers = 1 if engine.dialect.name == "sqlite" else postgres.WRITERS
        self.writer = ThreadPoolExecutor(writers, "collector-writer")

    async def _snapshot(self) -> bytes | None:
        try:
            return msgspec.json.encode(await asyncio.to_thread(results.overview, self.engine))
        except SQLAlchemyError as error:
            self.trace(f"the live page can't be brought up to date: {tables.told(error)}")
            return None

    def close(self) -> None:
        """Lets what is being written end, then closes the database."""
        self.live.close()
        self.writer.shutdown()
        self.engine.dispose()


def hall_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Hall:
    """The hall that a request came into."""
    hall: Hall = connection.app.state.hall
    return hall


def credential(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The bearer token, or the password of HTTP Basic; empty where there is none."""
    scheme, _, rest = connection.headers.get("authorization", "").partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets readers in. Handlers with ``door`` in their `opt` are open or look after themselves.

    It waits for nothing: were it no coroutine, each request would go to a thread and back for it.
    """
    hall = hall_of(connection)
    if not host_allowed(hall, connection.headers.get("host", "")):
        # Without tokens only this machine may ask, and no foreign page in its browser by a name of its own.
        raise PermissionDeniedException("without tokens the collector answers under this machine's own names only")
    if "door" in handler.opt or hall.tokens is None:
        return
    owner = hall.tokens.owner(credential(connection))
    if owner is None:
        raise NotAuthorizedException("expected the reader's token as password or bearer token", headers=_CHALLENGES)
    if owner != READER:
        raise PermissionDeniedException("this is a kiosk's token: it can send, not read")


def host_allowed(hall: Hall, host: str) -> bool:
    """Whether the Host header names one of the names that are answered to, on whatever port."""
    return hall.hosts is None or re.sub(r":\d*$", "", host.lower()) in hall.hosts


def names(request: Request[Any, Any, Any]) -> tuple[str, str, str]:
    """Kiosk, epoch and nonce as address and headers tell them, each empty where it is not well formed.

    With them a refusal can be attributed though the batch was not read.
    """
    kiosk = str(request.path_params.get("kiosk", ""))
    epoch, nonce = request.headers.get("moodpost-epoch", ""), request.headers.get("moodpost-nonce", "")
    return (
        kiosk if KIOSK.fullmatch(kiosk) else "",
        epoch if _EPOCH.fullmatch(epoch) else "",
        nonce if _NONCE.fullmatch(nonce) else "",
    )


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Any exception as the protocol's refusal: an HTTP error in its words, everything else as 500 in none.

    A database that does not answer now is 503: it is no fault in what was asked.
    """
    status, detail, headers = 500, "", {}
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, error.headers or {}
    elif isinstance(error, SQLAlchemyError):
        hall_of(request).trace(f"503: {tables.told(error)}")
        return answer(Refusal(*names(request), "storage", "the database does not answer now"), 503, RETRY)
    else:
        hall_of(request).trace(f"500: {type(error).__name__}: {error}")
    word = {401: "token", 403: "token", 404: "address", 405: "method", 413: "size"}.get(status, "request")
    return answer(Refusal(*names(request), word if status < 500 else "collector", detail[:500]), status, headers)


def answer(refusal: Refusal, status: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    """A refusal as it leaves."""
    return Response(as_json(refusal), status_code=status, media_type=MediaType.JSON, headers=headers)
