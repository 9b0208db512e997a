"""What the card writes to know that a batch of 1,000 rows has arrived, beside persist-queue's acknowledgements.

Fair, because both keep it in SQLite on a fresh ext4 of their own (see `card`), and counted is what the loop device
below was told to write until all of it was there: after each batch a `syncfs`, which we alone need, since we don't wait
for the disk (what is forgotten costs a batch sent twice, which the endpoint ignores). persist-queue is as it comes
(SQLiteAckQueue, write-ahead log). It has no way to acknowledge many at once, so each row costs it an `ack`; that it
writes as much again when the rows are fetched (`get`) and more when they are cleared away is not counted.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sync.state import SyncState
from tests.benchmarks.card import Card, NoCard, card
from tests.benchmarks.figure import Figure, of
from tests.benchmarks.forwarders import PYTHON

ROWS = 1_000
BATCHES = 10
FEW = 3
EPOCH = "00c0ffee00c0ffee"
GOAL = 0.02


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Bytes a batch, batches in turn."""
    found = (
        subprocess.run([PYTHON, "-c", "import persistqueue"], capture_output=True, check=False)
        if PYTHON.exists()
        else None
    )
    if found is None or found.returncode:
        raise SystemExit(f"persist-queue is not installed in {PYTHON.parent.parent}: `make bench` does that")
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, contextlib.ExitStack() as end:
        try:
            cards = [end.enter_context(card(Path(folder), name)) for name in ("ours", "theirs")]
        except NoCard as error:
            raise SystemExit(str(error)) from None
        batches = FEW if quick else BATCHES
        state = end.enter_context(contextlib.closing(SyncState(cards[0].folder / "sync.db")))
        state.acknowledge(EPOCH, 0)
        queue = end.enter_context(_queue(cards[1].folder, batches))
        for batch in range(1, batches + 1):
            with _written(cards[0], ours):
                state.acknowledge(EPOCH, batch * ROWS)
            with _written(cards[1], theirs):
                _ask(queue)
    what = f"acknowledging {ROWS:,} rows"
    yield of(what, "bytes", ours, "persist-queue's SQLiteAckQueue", theirs, GOAL)


@contextlib.contextmanager
def _written(card: Card, bytes_: list[float]) -> Iterator[None]:
    card.settle()
    before = card.written()
    yield
    card.settle()
    bytes_.append(card.written() - before)


@contextlib.contextmanager
def _queue(folder: Path, batches: int) -> Iterator[subprocess.Popen[str]]:
    """persist-queue, with so many batches fetched from it and not yet acknowledged."""
    script = [PYTHON, Path(__file__).with_name("rivals") / "acknowledged.py", folder / "queue", str(batches), str(ROWS)]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as queue:
        try:
            _heard(queue)
            yield queue
        finally:
            queue.kill()


def _ask(queue: subprocess.Popen[str]) -> None:
    assert queue.stdin is not None
    print("acknowledge", file=queue.stdin, flush=True)
    _heard(queue)


def _heard(queue: subprocess.Popen[str]) -> None:
    assert queue.stdout is not None and queue.stdout.readline() == "done\n", "persist-queue ended early"
