"""The wire: how a batch of responses and its acknowledgement are written. Pure; both ends import it, neither is known.

A batch is columnar JSON under gzip. Rows stand in the order of their sequence numbers, without gaps but for
those listed in `missing`, so that no row carries an id. A column is one array with an entry a row, or a single
value that holds for every row. Times are whole seconds of the kiosk's CLOCK_BOOTTIME, as differences to the
row before; words (`survey`, `question`, `language`, …) are places in the batch's own list of words.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from kiosk.response import KINDS, Kind, Response, Ui, parse_vote
from sync.errors import ProtocolError

VERSION = 1
MAX_ROWS = 10_000
"""Rows that one batch may span, missing ones included."""
MAX_WIRE_BYTES = 1 << 20
MAX_JSON_BYTES = 16 << 20

_UIS: tuple[Ui, ...] = ("", "physical", "digital")
_MAX_SEQ = 2**53 - 1

Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Nonce = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{8,64}$(?!\n)")]
KioskId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
Seq = Annotated[int, Meta(ge=1, le=_MAX_SEQ)]
Seconds = Annotated[int, Meta(ge=-(2**40), le=2**40)]
Word = Annotated[str, Meta(max_length=4000)]
_Count = Annotated[int, Meta(ge=0, le=_MAX_SEQ)]
_Column = list[_Count] | _Count
_Deltas = list[Seconds] | Seconds


class BootTimes(msgspec.Struct, frozen=True):
    """A boot of the kiosk and what is known of its wall time: (boottime s, Unix time s, who vouched)."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    anchors: list[tuple[Seconds, Seconds, Literal["ntp", "rtc", "nobody"]]]


class Row(msgspec.Struct, frozen=True):
    """A response as it crosses the wire; the fields are those of `Response`, in whole seconds."""

    seq: int
    visit: int
    position: int
    kind: Kind
    survey: str
    question: str
    value: str
    ui: Ui
    language: str
    misuse: str
    boot: str
    boottime: int


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


class _Wire(msgspec.Struct, forbid_unknown_fields=True):
    v: Literal[1]
    epoch: Epoch
    start: Seq
    first: Seq
    last: Seq
    nonce: Nonce
    boot: Annotated[str, Meta(min_length=1, max_length=64)]
    boottime: Seconds
    missing: Annotated[list[tuple[Seq, Seq]], Meta(max_length=MAX_ROWS)]
    boots: Annotated[list[BootTimes], Meta(max_length=MAX_ROWS)]
    words: Annotated[list[Word], Meta(max_length=8 * MAX_ROWS)]
    kind: _Column
    visit: _Column
    position: _Column
    survey: _Column
    question: _Column
    value: _Column
    ui: _Column
    language: _Column
    misuse: _Column
    at_boot: _Column
    time: _Deltas


def encode(
    rows: Sequence[Response],
    *,
    epoch: str,
    start: int,
    last: int | None = None,
    first: int | None = None,
    missing: Iterable[tuple[int, int]] = (),
    boots: Mapping[int, BootTimes],
    boot: str,
    boottime: int,
    nonce: str,
) -> bytes:
    """The body of a request: `rows` of one epoch in the order of `seq`, gzipped.

    `first` and `last` span the batch, by default from the first row to the last; what lies between and is not
    among the rows must be in `missing`. `boots` tells the times of each boot that a row names.
    """
    words: dict[str, int] = {}
    boot_codes: dict[int, int] = {}

    def word(text: str) -> int:
        return words.setdefault(text, len(words))

    columns: dict[str, list[int]] = {
        "kind": [KINDS.index(r.kind) for r in rows],
        "visit": [r.seq - r.visit for r in rows],
        "position": [r.position for r in rows],
        "survey": [word(r.survey) for r in rows],
        "question": [word(r.question) for r in rows],
        "value": [word(r.value) for r in rows],
        "ui": [_UIS.index(r.ui) for r in rows],
        "language": [word(r.language) for r in rows],
        "misuse": [word(r.misuse) for r in rows],
        "at_boot": [boot_codes.setdefault(r.boot, len(boot_codes)) for r in rows],
    }
    for key, times in boots.items():
        if times.id == boot:  # anchors of the present boot travel even when only older rows do
            boot_codes.setdefault(key, len(boot_codes))
    seconds = [r.ms // 1000 for r in rows]
    columns["time"] = [now - before for before, now in zip([0, *seconds], seconds, strict=False)]
    wire = {
        "v": VERSION,
        "epoch": epoch,
        "start": start,
        "first": rows[0].seq if first is None else first,
        "last": rows[-1].seq if last is None else last,
        "nonce": nonce,
        "boot": boot,
        "boottime": boottime,
        "missing": list(missing),
        "boots": [boots[b] for b in boot_codes],
        "words": list(words),
        **{name: _shrunk(column) for name, column in columns.items()},
    }
    return compress(msgspec.json.encode(wire))


def _shrunk(column: list[int]) -> list[int] | int:
    return column[0] if column and all(code == column[0] for code in column) else column


def compress(body: bytes) -> bytes:
    """`body` under gzip, the same bytes for the same input (no time, no name in the header)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


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


def decode(body: bytes) -> Batch:
    """A request's body (still gzipped), checked whole; ProtocolError says what is wrong with it."""
    try:
        wire = msgspec.json.decode(decompress(body), type=_Wire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a batch: {error}") from None
    seqs = _spanned(wire)
    n = len(seqs)

    def codes(name: str, below: int) -> list[int]:
        column = _full(name, getattr(wire, name), n)
        if column and max(column) >= below:
            raise ProtocolError(f"{name}: found {max(column)}, expected less than {below}")
        return column

    words = wire.words
    columns = {name: codes(name, len(words)) for name in ("survey", "question", "value", "language", "misuse")}
    kinds, uis, at_boot = codes("kind", len(KINDS)), codes("ui", len(_UIS)), codes("at_boot", len(wire.boots))
    visits, positions = codes("visit", wire.last), codes("position", 1_000)
    rows = []
    now = 0
    for i, (seq, delta) in enumerate(zip(seqs, _full("time", wire.time, n), strict=True)):
        now += delta
        row = Row(
            seq=seq,
            visit=seq - visits[i],
            position=positions[i],
            kind=KINDS[kinds[i]],
            survey=words[columns["survey"][i]],
            question=words[columns["question"][i]],
            value=words[columns["value"][i]],
            ui=_UIS[uis[i]],
            language=words[columns["language"][i]],
            misuse=words[columns["misuse"][i]],
            boot=wire.boots[at_boot[i]].id,
            boottime=now,
        )
        _check(row)
        rows.append(row)
    return Batch(
        wire.epoch,
        wire.start,
        wire.first,
        wire.last,
        wire.nonce,
        wire.boot,
        wire.boottime,
        wire.missing,
        wire.boots,
        rows,
    )


def _spanned(wire: _Wire) -> list[int]:
    """The sequence numbers of the rows: first to last without the missing ones."""
    if not wire.start <= wire.first <= wire.last < wire.first + MAX_ROWS:
        raise ProtocolError(
            f"found start {wire.start}, first {wire.first}, last {wire.last}: expected them in order, "
            f"and at most {MAX_ROWS} rows"
        )
    before = wire.first - 1
    absent: set[int] = set()
    for low, high in wire.missing:
        if not before < low <= high <= wire.last:
            raise ProtocolError(f"missing: found {low} to {high}, expected ranges in order between first and last")
        absent.update(range(low, high + 1))
        before = high
    return [seq for seq in range(wire.first, wire.last + 1) if seq not in absent]


def _full(name: str, column: list[int] | int, n: int) -> list[int]:
    if isinstance(column, int):
        return [column] * n
    if len(column) != n:
        raise ProtocolError(f"{name}: found {len(column)} entries, expected {n}")
    return column


def _check(row: Row) -> None:
    if row.visit < 1 or not -(2**40) <= row.boottime <= 2**40:
        raise ProtocolError(f"row {row.seq}: found visit {row.visit}, time {row.boottime}, out of range")
    if row.kind == "vote":
        try:
            parse_vote(row.value)
        except ValueError as error:
            raise ProtocolError(f"row {row.seq}: {error}") from None


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


def example() -> dict[str, Any]:
    """A small batch as plain JSON, for the protocol's page and the API document."""
    rows = [
        Response(7, 7, 0, "vote", "visit/1", "visit", "3/4", "physical", "en", "", 1, 61_000),
        Response(8, 7, 1, "choice", "visit/1", "improve", "waiting", "digital", "en", "", 1, 64_500),
    ]
    times = BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])
    body = encode(
        rows,
        epoch="00c0ffee00c0ffee",
        start=1,
        boots={1: times},
        boot=times.id,
        boottime=66,
        nonce="bm9uY2UtMQ",
    )
    decoded: dict[str, Any] = json.loads(decompress(body))
    return decoded
