"""Bytes of a request's body for each response, beside what most people would send, and beside the entropy.

Fair, because both carry the same rows under the same gzip: one JSON object a line with a random id and an ISO
time, as any queue-and-post agent makes them. The entropy is what the trace's own draws tell, in whole seconds (see
`trace`): no coder could do better, not even one that knew every probability; and it knows the words, the epoch and
the boot besides, which a body must tell. What is told in full stands alone; what is packed against a book leans on the
batches before, as it does while a kiosk runs, and the very first, which tells everything, stands apart from the mean.
A batch of one is a vote sent at once; of a hundred, a quarter of an hour on a metered line in a busy shop; of a
thousand, a backlog.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from kiosk.response import Response
from sync import books, deflate, protocol
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
        what, unit, least = f"body, batches of {batch}", "bytes a response", "the entropy of the trace"
        first, *booked = against_books(rows, batch)
        steady = sum(len(sent.packed.body) for sent in booked) / (_sent(batch) - batch)
        ndjson = sum(len(protocol.compress(ndjson_of(part))) for part in _batches(rows, batch)) / _sent(batch)
        why = _why(booked, entropy * batch)
        yield Figure(what, unit, steady, "NDJSON+gzip with UUIDs", ndjson, 0.1, missed=why)
        yield Figure(what, unit, steady, least, entropy, 2.0, missed=why)
        yield Figure("  the first of them", unit, len(first.packed.body) / batch, least, entropy, None)
        headers = sum(len(_headers(sent.packed)) for sent in booked) / len(booked)
        yield Figure("  headers for its book", "bytes a request", headers, "its body", steady * batch, None)
        full = body_bytes(rows, batch)
        large = batch == 1_000
        yield Figure("  told in full", unit, full, "NDJSON+gzip with UUIDs", ndjson, 0.1 if large else None)
        yield Figure("  told in full", unit, full, least, entropy, 2.0 if large else None)
    yield from budget(rows[:100])
    yield from cost(rows[:1_000])


def _why(booked: Sequence[Sent], entropy: float) -> str:
    """Where the bytes of a body are that leans on a book, in the mean; `entropy` in bytes a batch."""
    frame, place, letters, ideal = (
        statistics.fmean(values) for values in zip(*(_parts(sent) for sent in booked), strict=True)
    )
    whole = statistics.fmean(len(sent.packed.body) for sent in booked)
    rows = len(booked[0].rows)
    place_in_words = (
        f"{frame:.0f} are zlib's frame (which book, a checksum) and {place:.0f} say where it belongs (its first "
        "number, the kiosk's clock, the first row's time)"
    )
    if rows == 1:
        return (
            f"of the {whole:.0f} bytes of a body with one row, {place_in_words}: no request can do without. "
            f"{whole - frame - place:.0f} tell the row, as JSON. Rows that are sent together share most of that."
        )
    return (
        f"of the {whole:.0f} bytes of a body with {rows} rows, {place_in_words}. The other {whole - frame - place:.0f} "
        f"tell the rows in {letters:.0f} letters, worth {ideal:.0f} bytes to a coder that knew how frequent each is in "
        "this very body; deflate writes whole bits, the table of its codes, and what is new to the book. The entropy "
        f"({entropy:.0f} bytes) belongs to a coder that knows every visitor's chances beforehand."
    )


def _parts(sent: Sent) -> tuple[float, float, float, float]:
    """Bytes of the frame, and of what says where the batch belongs; letters of the rows, and what they are worth."""
    assert sent.book is not None
    frame = len(deflate.smallest([b""], sent.book.text))
    plain = protocol.decompress(sent.packed.body, book=sent.book.text)
    head, told = plain[: plain.index(b"[[")], plain[plain.index(b"[[") :]
    elsewhere = sent.book.text[: sent.book.text.index(b"[[")]
    place = len(deflate.smallest([head + told], sent.book.text)) - len(
        deflate.smallest([elsewhere + told], sent.book.text)
    )
    wire = json.loads(plain)
    letters = wire[8] + wire[9]
    ideal = -sum(n * math.log2(n / len(letters)) for n in Counter(letters).values()) / 8
    return frame, place, len(letters), ideal


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


class Sent(NamedTuple):
    """A batch, and the book that it leans on."""

    rows: Sequence[Response]
    packed: Packed
    book: Book | None


def against_books(rows: list[Response], size: int) -> list[Sent]:
    """One after the other, to an endpoint that keeps every book it is offered."""
    sent: list[Sent] = []
    book: Book | None = None
    for part in _batches(rows, size):
        sent.append(Sent(part, _packed_rows(part, book), book))
        book = sent[-1].packed.offer or book
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
