"""The wire: how a batch of responses and its acknowledgement are written. Pure; both ends import it, neither is known.

A batch is a JSON list under gzip, or packed against a book that the endpoint keeps (`sync.books`). Rows stand in the
order of their sequence numbers, without gaps but for those listed as missing, so that no row carries an id;
`sync.columns` says how. Epoch and nonce travel in headers, and only there: an endpoint must be able to name them in a
refusal before it has read a body. Times are whole seconds of CLOCK_BOOTTIME.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from kiosk.response import Response
from sync import columns, deflate, packer
from sync.books import MAX_BOOK, Book
from sync.columns import MAX_ROWS as MAX_ROWS
from sync.columns import MAX_SEQ, Columns
from sync.columns import Row as Row
from sync.deflate import MAX_JSON_BYTES as MAX_JSON_BYTES
from sync.deflate import compress as compress
from sync.deflate import decompress as decompress
from sync.errors import ProtocolError

VERSION = 1
MAX_WIRE_BYTES = 1 << 20

Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Nonce = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{8,64}$(?!\n)")]
KioskId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]
Seconds = Annotated[int, Meta(ge=-columns.MAX_TIME, le=columns.MAX_TIME)]
_BootId = Annotated[str, Meta(min_length=1, max_length=64)]
_Anchor = tuple[Seconds, Seconds, Literal["ntp", "rtc", "nobody"]]
_Number = Annotated[int, Meta(ge=-MAX_SEQ, le=MAX_SEQ)]
_MAX_ENTRIES = 20 * MAX_ROWS
_UUID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class BootTimes(msgspec.Struct, frozen=True):
    """A boot of the kiosk and what is known of its wall time: (boottime s, Unix time s, who vouched)."""

    id: _BootId
    anchors: list[_Anchor]


class Batch(msgspec.Struct, frozen=True):
    """What one request carries, decoded."""

    epoch: str
    start: int
    """The first sequence number of the epoch."""
    first: int
    last: int
    nonce: str
    boot: str
    """The boot the kiosk is in now, and `boottime`, its age in seconds at sending: the endpoint's own anchor."""
    boottime: int
    missing: list[tuple[int, int]]
    """Ranges of sequence numbers that will never come: damaged, or set aside."""
    boots: list[BootTimes]
    rows: list[Row]
    offer: bytes = b""
    """The beginning of the body where the kiosk asks to keep it as a book, or nothing."""


class Packed(NamedTuple):
    """A body, ready to send."""

    body: bytes
    offer: Book | None
    """What of it the endpoint is to keep, if it keeps books; None where it has that already, or it is too large."""


class Ack(msgspec.Struct, frozen=True, omit_defaults=True):
    """The only thing that moves a watermark."""

    kiosk: str
    epoch: str
    nonce: str
    ack: int
    time: Seconds
    """The endpoint's Unix time, seconds."""
    book: Any = None
    """The name of the book that it keeps from now on, where it was asked to. Whatever else stands here does no harm."""


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """An endpoint's no. Only with our kiosk, epoch and nonce in it is it an endpoint's at all."""

    kiosk: str
    epoch: str
    nonce: str
    error: str
    """``fork``, ``gap``, ``book``, ``batch``, ``token``, …"""
    detail: str = ""
    have: int | None = None
    """With 409: the highest sequence number that the endpoint has without a gap."""
    seq: int | None = None
    """With 409 fork: the first row whose content differs."""


class _Boot(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    id: _BootId
    anchors: list[_Anchor]


_Boots = Annotated[list[_Boot], Meta(min_length=1, max_length=MAX_ROWS + 1)]


class _Wire(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    v: Literal[1]
    first: Seq
    boottime: Seconds
    at: Seconds
    boots: msgspec.Raw
    words: str
    forms: str
    shapes: str
    codes: str
    visits: str
    start: Seq = 1
    missing: msgspec.Raw = msgspec.Raw(b"[]")
    texts: msgspec.Raw = msgspec.Raw(b"[]")
    numbers: msgspec.Raw = msgspec.Raw(b"[]")


def boot_key(id_: str) -> str:
    """A boot's id as it crosses the wire: of the kernel's UUID the first 48 bits, as 12 digits; others as they are."""
    return re.sub(_UUID, r"\1\2", id_) if _UUID.fullmatch(id_) else id_


def encode(
    rows: Sequence[Response],
    *,
    start: int,
    last: int | None = None,
    first: int | None = None,
    missing: Iterable[tuple[int, int]] = (),
    boots: Mapping[int, BootTimes],
    boot: str,
    boottime: int,
    book: Book | None = None,
) -> Packed:
    """The body of a request: `rows` of one epoch in the order of `seq`, gzipped or packed against `book`.

    `first` and `last` span the batch, by default from the first row to the last; what lies between and is not
    among the rows must be in `missing`. `boots` tells the times of each boot that a row names, and of the present
    one where they are known: `boot` is its id, `boottime` its age at sending. ValueError where the span isn't filled.
    """
    times: dict[str, list[_Anchor]] = {boot_key(boot): []}
    for known in boots.values():
        if known.id == boot:  # anchors of the present boot travel even when only older rows do
            times[boot_key(boot)] = known.anchors
    for number in {row.boot: None for row in rows}:
        times.setdefault(boot_key(boots[number].id), boots[number].anchors)
    order = {key: place for place, key in enumerate(times)}
    places = {number: order[boot_key(boots[number].id)] for number in {row.boot for row in rows}}
    begins = rows[0].seq if first is None else first
    absent = list(missing)
    ends = begins + len(rows) + sum(high - low + 1 for low, high in absent) - 1
    if last is not None and last != ends:
        raise ValueError(f"{len(rows)} rows and {absent} fill {begins} to {ends}, not to {last}")
    parted = packer.sort(rows, places)
    for before in (book, None):
        told, lists = packer.tell(parted, before.lists if before else packer.Lists())
        said = msgspec.json.encode([list(times.items()), told.words, told.forms, told.shapes])[1:-1]
        text = msgspec.json.encode([VERSION, begins, boottime, told.at])[:-1] + b"," + said
        if len(text) <= MAX_BOOK:
            break  # what was told of earlier rows is dropped only where there is too much of it
    tail: list[Any] = [told.visits, start, absent, told.texts, told.numbers]
    usual: Any
    for usual in ([], [], [], 1):
        if tail[-1] != usual:
            break
        tail.pop()
    *codes, after = (msgspec.json.encode(part) for part in (*told.codes, tail))
    parts = [text + b',"', *(part[1:-1] for part in codes), b'",' + after[1:]]
    new = len(text) <= MAX_BOOK and not (book and book.text.endswith(said))
    return Packed(deflate.smallest(parts, book.text if book else None), Book(text, lists) if new else None)


def decode(body: bytes, *, epoch: str, nonce: str, book: bytes | None = None, keep: int = 0) -> Batch:
    """A request's body (still packed), checked whole; ProtocolError says what is wrong with it.

    `epoch` and `nonce` are what the request's headers say, `book` the text of the book that they name, and `keep` how
    many bytes they ask to keep as another (see `books.asked`).
    """
    try:
        msgspec.convert((epoch, nonce), tuple[Epoch, Nonce])
    except msgspec.ValidationError:
        raise ProtocolError(f"found epoch {epoch[:20]!r} and nonce {nonce[:70]!r} in the headers: malformed") from None
    plain = decompress(body, book=book)
    wire = _decoded("batch", plain, _Wire)
    boots = [BootTimes(boot.id, boot.anchors) for boot in _decoded("boots", wire.boots, _Boots)]
    missing = _decoded("missing", wire.missing, list[tuple[Seq, Seq]])
    told = Columns(
        wire.at,
        wire.words,
        wire.forms,
        wire.shapes,
        [wire.codes],
        wire.visits,
        _decoded("texts", wire.texts, list[str]),
        _decoded("numbers", wire.numbers, list[_Number]),
    )
    rows = columns.read(told, lambda count: _spanned(wire, missing, count), [boot.id for boot in boots])
    last = wire.first + len(rows) + sum(high - low + 1 for low, high in missing) - 1
    offer = plain[:keep] if keep <= len(plain) else b""
    return Batch(epoch, wire.start, wire.first, last, nonce, boots[0].id, wire.boottime, missing, boots, rows, offer)


_Any = TypeVar("_Any")


def _decoded(name: str, data: bytes | msgspec.Raw, as_: type[_Any]) -> _Any:
    # Counted first: a few megabytes of commas would be a gigabyte of lists.
    if isinstance(data, msgspec.Raw) and _entries(name, bytes(data)) > _MAX_ENTRIES:
        raise ProtocolError(f"{name}: found far too many")
    try:
        return msgspec.json.decode(data, type=as_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a batch: {name}: {error}") from None


def _entries(name: str, data: bytes) -> int:
    """At least as many as there are: commas or, where texts may hold those, quotes that nothing escapes."""
    return data.count(b'"') - data.count(b'\\"') if name == "texts" else data.count(b",")


def _spanned(wire: _Wire, missing: Sequence[tuple[int, int]], rows: int) -> list[int]:
    """The sequence numbers of so many rows: from the first on, without the missing ones."""
    span = rows + sum(high - low + 1 for low, high in missing)
    last = wire.first + span - 1
    if not (wire.start <= wire.first <= last <= MAX_SEQ and span <= MAX_ROWS):
        raise ProtocolError(
            f"found start {wire.start}, first {wire.first}, last {last}: expected them in order, "
            f"and at most {MAX_ROWS} rows"
        )
    seqs: list[int] = []
    expected = wire.first
    for low, high in missing:
        if not expected <= low <= high <= last:
            raise ProtocolError(f"missing: found {low} to {high}, expected ranges in order between first and last")
        seqs.extend(range(expected, low))
        expected = high + 1
    return [*seqs, *range(expected, last + 1)]


_Answer = TypeVar("_Answer", Ack, Refusal)


def read_answer(body: bytes, as_: type[_Answer]) -> _Answer:
    """An endpoint's JSON answer; ProtocolError where it is anything else."""
    try:
        return msgspec.json.decode(body, type=as_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not an answer of an endpoint: {error}") from None


def acknowledged(status: int, body: bytes, *, kiosk: str, epoch: str, nonce: str, first: int, last: int) -> Ack | None:
    """The acknowledgement in an answer, or None: the one rule that lets a watermark move.

    Status 200, JSON, kiosk, epoch and nonce as sent, and ``first - 1 <= ack <= last``.
    """
    if status != 200:
        return None
    try:
        answer = read_answer(body, Ack)
    except ProtocolError:
        return None
    ours = (answer.kiosk, answer.epoch, answer.nonce) == (kiosk, epoch, nonce)
    return answer if ours and first - 1 <= answer.ack <= last else None


def refused(body: bytes, *, kiosk: str, epoch: str, nonce: str) -> Refusal | None:
    """The refusal in an answer if it is the endpoint's own: it names our kiosk, epoch and nonce. None otherwise."""
    try:
        answer = read_answer(body, Refusal)
    except ProtocolError:
        return None
    return answer if (answer.kiosk, answer.epoch, answer.nonce) == (kiosk, epoch, nonce) else None


def as_json(answer: Ack | Refusal) -> bytes:
    """An answer as an endpoint writes it."""
    return msgspec.json.encode(answer)


def example() -> list[Any]:
    """A small batch as plain JSON, for the protocol's page and the API document."""
    rows = [
        Response(7, 7, 0, "vote", "visit/1", "visit", "3/4", "physical", "en", "", 1, 61_000),
        Response(8, 7, 1, "choice", "visit/1", "improve", "waiting", "digital", "en", "", 1, 64_500),
        Response(9, 7, 2, "end", "visit/1", "", "done", "", "en", "", 1, 67_000),
        Response(10, 10, 0, "vote", "visit/1", "visit", "1/4", "digital", "fi", "", 1, 190_200),
        Response(11, 10, 1, "end", "visit/1", "", "timeout", "", "fi", "", 1, 210_200),
    ]
    times = BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])
    body = encode(rows, start=1, boots={1: times}, boot=times.id, boottime=212).body
    decoded: list[Any] = json.loads(decompress(body))
    return decoded
