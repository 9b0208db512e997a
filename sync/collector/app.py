"""The collector as an ASGI application: its addresses, and what each answers. Never knows sockets or processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, ServiceUnavailableException
from litestar.params import QueryParameter
from litestar.response import Stream
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.response import Kind
from sync.collector import latest, page, results, tables
from sync.collector.document import openapi
from sync.collector.hall import Hall, guard, hall_of, refuse
from sync.collector.receive import receive
from sync.collector.tokens import Tokens

MAX_LISTED = 1_000
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(
    database: Path | str,
    tokens: Tokens | None = None,
    *,
    now: Callable[[], float] = time.time,
    hosts: Collection[str] | None = None,
    trace: Callable[[str], None] | None = None,
) -> Litestar:
    """The application over `database`, the path of an SQLite file or a URL; CollectorError where it can't be opened.

    Without `tokens` everybody may send and read: for loopback only, with `hosts`, the names that are answered
    to. `now` tells Unix seconds. `trace` gets a line on what happens, without tokens or what visitors typed.
    """
    hall = Hall(tables.open_engine(database), tokens, hosts, now, trace)
    return Litestar(
        [receive, front, script, style, events, summary, responses, health],
        guards=[guard],
        exception_handlers={HTTPException: refuse, Exception: refuse},
        on_shutdown=[hall.close],
        openapi_config=openapi(),
        response_headers=SECURITY_HEADERS,
        logging_config=None,
        debug=False,
        state=State({"hall": hall}),
    )


@get("/", media_type=MediaType.HTML, sync_to_thread=True, include_in_schema=False)
def front(request: Request[Any, Any, State]) -> str:
    """The live page as it stands now, whole without scripts."""
    return page.render(results.overview(hall_of(request).engine))


@get("/page.js", media_type="text/javascript", sync_to_thread=False, include_in_schema=False)
def script() -> bytes:
    """Keeps the live page up to date."""
    return page.asset("page.js")


@get("/page.css", media_type="text/css", sync_to_thread=False, include_in_schema=False)
def style() -> bytes:
    """How the live page looks."""
    return page.asset("page.css")


@get("/events", summary="Follow what arrives", media_type="text/event-stream")
async def events(request: Request[Any, Any, State]) -> Stream:
    """Server-sent events, each the overview as JSON: the present one at once, then as batches arrive."""
    live = hall_of(request).live
    if live.full:
        raise ServiceUnavailableException("too many pages are open", headers={"Retry-After": "30"})
    return Stream(live.listen(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@get("/v1/summary", summary="Everything counted", sync_to_thread=True)
def summary(request: Request[Any, Any, State]) -> results.Summary:
    """Votes and index, in all and by kiosk, the rows by epoch and kind, waiting alarms."""
    return results.summary(hall_of(request).engine)


@get("/v1/responses", summary="The last responses by arrival", sync_to_thread=True)
def responses(
    request: Request[Any, Any, State],
    kiosk: Annotated[str | None, QueryParameter(description="of this kiosk only")] = None,
    kind: Annotated[Kind | None, QueryParameter(description="of this kind only")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LISTED)] = 100,
) -> list[latest.Received]:
    """The latest first. What visitors typed is not told: `value` is null there."""
    return latest.received(hall_of(request).engine, kiosk=kiosk, kind=kind, limit=limit)


@get("/health", opt={"door": "open"}, summary="Whether the collector can work", sync_to_thread=True)
def health(request: Request[Any, Any, State]) -> Response[dict[str, str]]:
    """200 when the database answers, 503 otherwise."""
    try:
        with tables.reading(hall_of(request).engine) as connection:
            connection.execute(select(tables.epochs.c.kiosk).limit(1)).all()
    except SQLAlchemyError:
        return Response({"status": "the database does not answer"}, status_code=503)
    return Response({"status": "ok"})
