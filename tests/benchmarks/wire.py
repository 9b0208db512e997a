"""Bytes of a request's body for each response, beside what most people would send, and beside the entropy.

Fair, because both carry the same rows under the same gzip: one JSON object a line with a random id and an ISO
time, as any queue-and-post agent makes them. The entropy is what the trace's own draws tell, in whole seconds (see
`trace`): no coder could do better, not even one that knew every probability; and it knows the words, the epoch and
the boot besides, which a body must tell. What is told in full stands alone; what is packed against a book leans on the
batches before, as it does while a kiosk runs, and the very first, which tells everything, stands apart from the mean.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator

import msgspec

from kiosk.response import Response
from sync import books, protocol
from sync.books import Book
from sync.protocol import BootTimes, Packed
from tests.benchmarks.figure import Figure
from tests.benchmarks.trace import trace

ROWS = 10_000
BOOTS = {1: BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])}
NAMES = {"epoch": "00c0ffee00c0ffee", "nonce": "bm9uY2UtMTIzNDU2"}


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Batches of 1, 100 and 1,000."""
    rows, bits = trace(ROWS)
    entropy = bits / 8 / ROWS
    for batch in (1, 100, 1_000):
        what, unit = f"body, batches of {batch}", "bytes a response"
        ours, (first, *booked) = body_bytes(rows, batch), against_books(rows, batch)
        ndjson = sum(len(protocol.compress(ndjson_of(part))) for part in _batches(rows, batch)) / _sent(batch)
        yield Figure(what, unit, ours, "NDJSON+gzip with UUIDs", ndjson, 0.1 if batch == 1_000 else None)
        yield Figure(what, unit, ours, "the entropy of the trace", entropy, 2.0 if batch == 1_000 else None)
        steady = sum(len(packed.body) for packed in booked) / (_sent(batch) - batch)
        goal = {1: None, 100: 3.0, 1_000: 2.0}[batch]
        yield Figure(f"{what}, against books", unit, steady, "the entropy of the trace", entropy, goal)
        yield Figure("  the first of them", unit, len(first.body) / batch, "the entropy of the trace", entropy, None)
        headers = sum(len(_headers(packed)) for packed in booked) / len(booked)
        yield Figure("  headers for it", "bytes a request", headers, "its body", steady * batch, None)
    yield from budget(rows[:100])
    yield from cost(rows[:1_000])


def _sent(size: int) -> int:
    # Batches of one are many requests: a tenth of them tells as much.
    return ROWS // 10 if size == 1 else ROWS


def _batches(rows: list[Response], size: int) -> Iterator[list[Response]]:
    for at in range(0, _sent(size), size):
        yield rows[at : at + size]


def _packed_rows(rows: list[Response], book: Book | None = None) -> Packed:
    return protocol.encode(rows, start=1, boots=BOOTS, boot=BOOTS[1].id, boottime=rows[-1].ms // 1000 + 1, book=book)


def _encoded(rows: list[Response]) -> bytes:
    return _packed_rows(rows).body


def against_books(rows: list[Response], size: int) -> list[Packed]:
    """One after the other, to an endpoint that keeps every book it is offered."""
    sent: list[Packed] = []
    book: Book | None = None
    for part in _batches(rows, size):
        sent.append(_packed_rows(part, book))
        book = sent[-1].offer or book
    return sent


def _headers(packed: Packed) -> str:
    """What stands in the headers of a request for its book, and for the one that it offers."""
    said = {books.NAMES: "0" * 16, **({books.KEEPS: len(packed.offer.text)} if packed.offer else {})}
    return "".join(f"{name}: {value}\r\n" for name, value in said.items())


def body_bytes(rows: list[Response], size: int) -> float:
    """Ours, each told in full."""
    return sum(len(_encoded(part)) for part in _batches(rows, size)) / _sent(size)


def ndjson_of(rows: list[Response]) -> bytes:
    """What most people would send."""
    dice = random.Random(rows[0].seq)
    lines = []
    for row in rows:
        fields = msgspec.structs.asdict(row)
        for name in ("seq", "visit", "boot", "ms"):
            del fields[name]
        fields["id"] = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        clock = f"{row.ms // 3_600_000 % 24:02}:{row.ms // 60_000 % 60:02}:{row.ms // 1000 % 60:02}"
        fields["time"] = f"2026-11-{21 + row.ms // 86_400_000:02}T{clock}Z"
        lines.append(json.dumps(fields, separators=(",", ":")))
    return "\n".join(lines).encode()


def budget(rows: list[Response]) -> Iterator[Figure]:
    """Where the bytes of one body are: what each part adds to the others, its share of the codes' tables included."""
    body = _encoded(rows)
    wire = json.loads(protocol.decompress(body))
    whole = len(_packed(wire))
    parts = {
        "head: numbers, times, boots": (1, 2, 3, 4),
        "words": (5,),
        "forms and shapes": (6, 7),
        "codes and visits": (8, 9),
    }
    for part, places in parts.items():
        without = [type(value)() if place in places else value for place, value in enumerate(wire)]
        yield Figure(f"  of {len(rows)} rows: {part}", "bytes", whole - len(_packed(without)), "the body", whole, None)
    yield Figure(f"  of {len(rows)} rows: gzip and JSON", "bytes", len(_packed([])), "the body", whole, None)


def _packed(wire: object) -> bytes:
    return protocol.compress(json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode())


def cost(rows: list[Response]) -> Iterator[Figure]:
    """The processor's time for a batch, beside that of the other way."""
    body, other = _encoded(rows), protocol.compress(ndjson_of(rows))
    what, unit = f"{{}} a batch of {len(rows):,}", "ms of processor"
    ndjson = _ms(lambda: protocol.compress(ndjson_of(rows)))
    yield Figure(what.format("encode"), unit, _ms(lambda: _encoded(rows)), "NDJSON+gzip with json.dumps", ndjson, None)
    back = _ms(lambda: [json.loads(line) for line in protocol.decompress(other).splitlines()])
    ours = _ms(lambda: protocol.decode(body, **NAMES))
    yield Figure(what.format("decode"), unit, ours, "the same with json.loads", back, None)


def _ms(work: Callable[[], object], times: int = 9) -> float:
    """The median of so many times."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return sorted(taken)[times // 2] * 1000
