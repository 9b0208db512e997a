"""Takes a kiosk's request in: checks it at the door, reads its body within limits, has it written, answers.

Never knows tables or pages. Every answer but the acknowledgement is a refusal that names kiosk, epoch and nonce
where the headers tell them, so that the kiosk knows it for its endpoint's own.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.exceptions import InternalServerException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from sqlalchemy.exc import SQLAlchemyError

from sync import books, protocol
from sync.collector import shelf, tables
from sync.collector.document import IngestOperation, refusal
from sync.collector.hall import BEARER, KIOSK, RETRY, Hall, answer, credential, hall_of, names
from sync.collector.ingest import ingest
from sync.errors import ProtocolError, UnfoldsError
from sync.protocol import MAX_WIRE_BYTES, Ack, Batch, Refusal

BODY_S = 120
"""How long a kiosk may take to send one body, in seconds: a megabyte over a poor mobile link."""
_DRAIN_BYTES = 4 * MAX_WIRE_BYTES
"""So much of a body that is refused anyhow is read and dropped: who is cut off while sending never sees the answer."""
_LARGE = f"the body is larger than {MAX_WIRE_BYTES} bytes: send fewer rows at once"
_STATUS = {"fork": 409, "gap": 409, "start": 422, "batch": 422, "size": 413}
_CLOSE = {"Connection": "close"}
"""With an answer to a body that was not read to its end: or the rest would be let in for ever."""


class _Slow(Exception):
    """The body took longer than `BODY_S`."""


class _Endless(Exception):
    """The body is larger than is worth even dropping."""


class _Gone(Exception):
    """The sender hung up in the middle."""


@post(
    "/v1/kiosks/{kiosk:str}/responses",
    status_code=200,
    opt={"door": "kiosk"},
    request_max_body_size=None,
    operation_class=IngestOperation,
    summary="Post a batch of responses",
    responses={
        200: ResponseSpec(
            Ack, generate_examples=False, description="Committed; the only answer that moves a watermark"
        ),
        400: refusal("batch: the body is not what the protocol says"),
        401: refusal("token: missing, unknown for this kiosk, or revoked"),
        403: refusal("token: without tokens, asked under another name than this machine's own"),
        404: refusal("kiosk: no id of a kiosk"),
        408: refusal("slow: the body took too long; gone: the connection broke in the middle of it"),
        409: refusal("gap: send from have + 1; fork: begin a new epoch at seq; book: send the same rows without it"),
        413: refusal("size: too much at once, packed or unpacked"),
        415: refusal("encoding: not gzip, or with a book not deflate"),
        422: refusal("start: another start than before; batch: can't be stored"),
        503: refusal("storage: the database can't be written now"),
    },
)
async def receive(request: Request[Any, Any, State], kiosk: FromPath[str]) -> Response[bytes]:
    """One transaction a batch, keyed on (kiosk, epoch, seq); a repeated row with the same content is ignored."""
    hall = hall_of(request)
    try:
        refused = _at_the_door(request, hall, kiosk)
        body = await _body(request, keep=refused is None)
        response = refused or await _take(hall, request, body)
    except _Slow:
        response = answer(Refusal(*names(request), "slow", f"the body took longer than {BODY_S} seconds"), 408, _CLOSE)
    except _Endless:
        response = answer(Refusal(*names(request), "size", _LARGE), 413, _CLOSE)
    except _Gone:
        # Nothing is known to be wrong with the batch: who still hears this, through a proxy perhaps, may ask again.
        response = answer(Refusal(*names(request), "gone", "the connection broke in the body"), 408, _CLOSE)
    except SQLAlchemyError as error:
        hall.trace(f"{names(request)[0]}: nothing written: {tables.told(error)}")
        response = answer(Refusal(*names(request), "storage", "the database can't be written now"), 503, RETRY)
    if response.status_code != 200:
        hall.trace(f"{names(request)[0] or '?'}: refused with {response.status_code}")
    return response


def _at_the_door(request: Request[Any, Any, State], hall: Hall, kiosk: str) -> Response[bytes] | None:
    """What can be refused before the body is read; None where nothing is to be."""

    def no(status: int, error: str, detail: str, headers: dict[str, str] | None = None) -> Response[bytes]:
        return answer(Refusal(*names(request), error, detail), status, headers)

    if hall.tokens is not None:
        why = hall.tokens.refusal(kiosk, credential(request))
        if why is not None:
            return no(401, "token", why, BEARER)
    if not KIOSK.fullmatch(kiosk):
        return no(404, "kiosk", "the address holds no kiosk's id")
    encoding = "deflate" if books.NAMES in request.headers else "gzip"
    if request.headers.get("content-encoding", "").strip().lower() != encoding:
        return no(415, "encoding", f"expected Content-Encoding: {encoding}", {"Accept-Encoding": encoding})
    if not all(names(request)):
        return no(400, "batch", "expected the headers Moodpost-Epoch and Moodpost-Nonce: one is missing or malformed")
    return None


async def _body(request: Request[Any, Any, State], *, keep: bool) -> bytes | None:
    """The body; None where it is larger than the wire allows, or not to be kept."""
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > _DRAIN_BYTES:
                    raise _Endless
                if keep and size <= MAX_WIRE_BYTES:
                    body += chunk
    except TimeoutError:
        raise _Slow from None
    except InternalServerException:
        raise _Gone from None
    return bytes(body) if keep and size <= MAX_WIRE_BYTES else None


async def _take(hall: Hall, request: Request[Any, Any, State], body: bytes | None) -> Response[bytes]:
    named = names(request)
    if body is None:
        return answer(Refusal(*named, "size", _LARGE), 413)
    work = partial(_written, hall, named, body, request.headers.get(books.NAMES), request.headers.get(books.KEEPS, ""))
    result, status, rows = await asyncio.get_running_loop().run_in_executor(hall.writer, work)
    kiosk, epoch, _ = named
    if isinstance(result, Ack):
        hall.trace(f"{kiosk}: {rows} of {epoch}")
        hall.live.changed()
        return Response(protocol.as_json(result), status_code=200, media_type=MediaType.JSON)
    if result.error in ("fork", "start"):
        hall.trace(f"{kiosk}: alarm: {result.error} at {result.seq} of {epoch}")
        hall.live.changed()
    return answer(result, status)


def _written(
    hall: Hall, named: tuple[str, str, str], body: bytes, name: str | None, keeps: str
) -> tuple[Ack | Refusal, int, str]:
    """What to answer to a body, its status, and which rows were written. All of it on one thread.

    To hand a small batch from thread to thread takes longer than to read it, and two that work on large ones at once
    keep taking the interpreter from each other.
    """
    book = None
    if name is not None:
        book = shelf.find(hall.engine, named[0], name)
        if book is None:
            said = f"the book {name[:20]} is not here: send the same rows in full"
            return Refusal(*named, "book", said), 409, ""
    batch = _decoded(body, named, book, books.asked(keeps))
    if isinstance(batch, tuple):
        return *batch, ""
    result = ingest(hall.engine, named[0], batch, hall.now())
    status = 200 if isinstance(result, Ack) else _STATUS[result.error]
    return result, status, f"{len(batch.rows)} rows, {batch.first} to {batch.last}"


def _decoded(
    body: bytes, named: tuple[str, str, str], book: bytes | None = None, keep: int = 0
) -> Batch | tuple[Refusal, int]:
    _, epoch, nonce = named
    try:
        return protocol.decode(body, epoch=epoch, nonce=nonce, book=book, keep=keep)
    except UnfoldsError as error:
        return Refusal(*named, "size", f"{error}: send fewer rows at once"), 413
    except ProtocolError as error:
        return Refusal(*named, "batch", str(error)[:500]), 400
