"""The wire: how a batch of responses and its acknowledgement are written. Pure; both ends import it, neither is known.

A batch is a JSON list under gzip. Rows stand in the order of their sequence numbers, without gaps but for those listed
as missing, so that no row carries an id; `sync.columns` says how. Epoch and nonce travel in headers, and only there: an
endpoint must be able to name them in a refusal before it has read a body. Times are whole seconds of CLOCK_BOOTTIME.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from kiosk.response import Response
from sync import columns, packer
from sync.columns import MAX_ROWS as MAX_ROWS
from sync.columns import MAX_SEQ, Columns
from sync.columns import Row as Row
from sync.errors import ProtocolError

VERSION = 1
MAX_WIRE_BYTES = 1 << 20
MAX_JSON_BYTES = 16 << 20

Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Nonce = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{8,64}$(?!\n)")]
KioskId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]
Seconds = Annotated[int, Meta(ge=-columns.MAX_TIME, le=columns.MAX_TIME)]
_BootId = Annotated[str, Meta(min_length=1, max_length=64)]
_Anchor = tuple[Seconds, Seconds, Literal["ntp", "rtc", "nobody"]]
_Number = Annotated[int, Meta(ge=-MAX_SEQ, le=MAX_SEQ)]
_MAX_ENTRIES = 20 * MAX_ROWS
_LARGE = 32_768
"""Bytes of JSON beyond which only one way to pack it is tried."""
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


class Ack(msgspec.Struct, frozen=True):
    """The only thing that moves a watermark."""

    kiosk: str
    epoch: str
    nonce: str
    ack: int
    time: Seconds
    """The endpoint's Unix time, seconds."""


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """An endpoint's no. Only with our kiosk, epoch and nonce in it is it an endpoint's at all."""

    kiosk: str
    epoch: str
    nonce: str
    error: str
    """``fork``, ``gap``, ``batch``, ``token``, …"""
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
) -> bytes:
    """The body of a request: `rows` of one epoch in the order of `seq`, gzipped.

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
    told = packer.write(rows, places)
    begins = rows[0].seq if first is None else first
    absent = list(missing)
    ends = begins + len(rows) + sum(high - low + 1 for low, high in absent) - 1
    if last is not None and last != ends:
        raise ValueError(f"{len(rows)} rows and {absent} fill {begins} to {ends}, not to {last}")
    head = [VERSION, begins, boottime, told.at, list(times.items()), told.words, told.forms, told.shapes]
    tail: list[Any] = [told.visits, start, absent, told.texts, told.numbers]
    usual: Any
    for usual in ([], [], [], 1):
        if tail[-1] != usual:
            break
        tail.pop()
    before, *codes, after = (msgspec.json.encode(part) for part in (head, *told.codes, tail))
    return _smallest([before[:-1] + b',"', *(part[1:-1] for part in codes), b'",' + after[1:]])


def compress(body: bytes) -> bytes:
    """`body` under gzip, the same bytes for the same input (no time, no name in the header)."""
    return _deflated([body], (), zlib.Z_DEFAULT_STRATEGY)


def _smallest(parts: Sequence[bytes]) -> bytes:
    """`parts` one after the other under gzip, with the blocks of deflate divided where that makes it smaller."""
    ways = list(product((False, True), repeat=len(parts) - 1))
    if sum(map(len, parts)) > _LARGE:
        return _deflated(parts, ways[-1], zlib.Z_DEFAULT_STRATEGY)
    # Columns have few repetitions worth a reference: Z_FILTERED leaves the short ones alone.
    strategies = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)
    return min((_deflated(parts, way, strategy) for strategy in strategies for way in ways), key=len)


def _deflated(parts: Sequence[bytes], divided: Sequence[bool], strategy: int) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31, 9, strategy)
    packed = deflate.compress(parts[0])
    for part, new in zip(parts[1:], divided, strict=True):
        if new:
            packed += deflate.flush(zlib.Z_BLOCK)
        packed += deflate.compress(part)
    return packed + deflate.flush()


def decompress(body: bytes, limit: int = MAX_JSON_BYTES) -> bytes:
    """What is under the gzip; ProtocolError where it is none, is cut short, or holds more than `limit` bytes."""
    unpacker = zlib.decompressobj(31)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise ProtocolError(f"the body is not gzip: {error}") from None
    if len(data) > limit:
        raise ProtocolError(f"the body holds more than {limit} bytes")
    if not unpacker.eof:
        raise ProtocolError("the body is cut short")
    if unpacker.unused_data:
        raise ProtocolError("bytes follow the end of the gzip stream")
    return data


def decode(body: bytes, *, epoch: str, nonce: str) -> Batch:
    """A request's body (still gzipped), checked whole; ProtocolError says what is wrong with it.

    `epoch` and `nonce` are what the request's headers say.
    """
    try:
        msgspec.convert((epoch, nonce), tuple[Epoch, Nonce])
    except msgspec.ValidationError:
        raise ProtocolError(f"found epoch {epoch[:20]!r} and nonce {nonce[:70]!r} in the headers: malformed") from None
    wire = _decoded("batch", decompress(body), _Wire)
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
    return Batch(epoch, wire.start, wire.first, last, nonce, boots[0].id, wire.boottime, missing, boots, rows)


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
    body = encode(rows, start=1, boots={1: times}, boot=times.id, boottime=212)
    decoded: list[Any] = json.loads(decompress(body))
    return decoded
