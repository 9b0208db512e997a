"""Bytes of a request's body for each response, beside what most people would send, and beside the entropy.

Fair, because both carry the same rows under the same gzip: one JSON object a line with a random id and an ISO
time, as any queue-and-post agent makes them. The entropy is that of the trace's own model: each column's
symbols given the kind of the row before and of this one, and times in whole seconds; a coder that knew the
model exactly could not do better on columns that are otherwise independent.
"""

from __future__ import annotations

import json
import math
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from kiosk.response import Response
from sync import protocol
from sync.protocol import BootTimes
from tests.benchmarks.figure import Figure
from tests.benchmarks.trace import day

ROWS = 10_000


def measure() -> Iterator[Figure]:
    """Batches of 1, 100 and 1,000."""
    rows = day(ROWS)
    entropy = entropy_bytes(rows)
    for batch in (1, 100, 1_000):
        ours = body_bytes(rows, batch)
        goal = {1: None, 100: 3.0, 1_000: 2.0}[batch]
        yield Figure(
            f"body, batches of {batch}",
            "bytes a response",
            ours,
            "NDJSON+gzip with UUIDs",
            ndjson_bytes(rows, batch),
            0.1 if batch == 1_000 else None,
        )
        yield Figure(f"body, batches of {batch}", "bytes a response", ours, "the entropy of the trace", entropy, goal)


def _batches(rows: list[Response], size: int) -> Iterator[list[Response]]:
    # Batches of one are many requests: a tenth of them tells as much.
    rows = rows[: ROWS // 10] if size == 1 else rows
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


def body_bytes(rows: list[Response], size: int) -> float:
    """Ours."""
    boots = {1: BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])}
    bodies = [
        len(
            protocol.encode(
                batch,
                start=1,
                boots=boots,
                boot=boots[1].id,
                boottime=batch[-1].ms // 1000 + 1,
            )
        )
        for batch in _batches(rows, size)
    ]
    return sum(bodies) / (len(bodies) * size)


def ndjson_bytes(rows: list[Response], size: int) -> float:
    """What most people would send."""
    dice = random.Random(2)
    bodies = []
    for batch in _batches(rows, size):
        lines = []
        for row in batch:
            fields = msgspec.structs.asdict(row)
            for name in ("seq", "visit", "boot", "ms"):
                del fields[name]
            fields["id"] = str(uuid.UUID(int=dice.getrandbits(128), version=4))
            fields["time"] = (
                f"2026-11-21T{row.ms // 3_600_000 % 24:02}:{row.ms // 60_000 % 60:02}:{row.ms // 1000 % 60:02}Z"
            )
            lines.append(json.dumps(fields, separators=(",", ":")))
        bodies.append(len(protocol.compress("\n".join(lines).encode())))
    return sum(bodies) / (len(bodies) * size)


def entropy_bytes(rows: list[Response]) -> float:
    """The trace's conditional entropy, bytes a response."""
    before = "start"
    seen: dict[tuple[str, str, str], Counter[object]] = defaultdict(Counter)
    last = 0
    for row in rows:
        context = (before, row.kind)
        seen[("kind", before, "")][row.kind] += 1
        for name in ("value", "ui", "question"):
            given = row.question if name == "value" else ""
            seen[(name, *context)][(given, getattr(row, name))] += 1
        if row.kind == "vote":
            seen[("language", *context)][row.language] += 1
        seen[("time", *context)][row.ms // 1000 - last] += 1
        last, before = row.ms // 1000, row.kind
    return sum(_bits(counter.values()) for counter in seen.values()) / 8 / len(rows)


def _bits(counts: Iterable[int]) -> float:
    counts = list(counts)
    total = sum(counts)
    return -sum(n * math.log2(n / total) for n in counts)
