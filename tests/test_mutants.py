"""What no kiosk sends never breaks the collector: a clean refusal and nothing written, or a batch written whole.

Most go the way of `receive._take` without its threads, which would cost more than all the rest; some over HTTP.
"""

from __future__ import annotations

import random
import sqlite3
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import event

from sync import books, deflate, protocol
from sync.collector import receive, shelf, tables
from sync.collector.app import create_app
from sync.collector.ingest import ingest
from sync.errors import ProtocolError
from sync.protocol import MAX_JSON_BYTES, Refusal
from tests.mutants import BOMBS, Mutant, bomb, good, mutants
from tests.test_collector_parts import KIOSK, NONCE, NOW

TAKEN = 50_000
POSTED = 2_000
BOOKED = 5_000
REFUSED = {400, 409, 413, 422}
_COUNTS = ("responses", "votes", "missing", "boots", "anchors", "epochs")


class Kept:
    """The collector's database, looked at from outside."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._version = self._state = None
        self.changed()

    def close(self) -> None:
        self._connection.close()

    def changed(self) -> bool:
        """Whether anything but an alarm has been written since it was asked last."""
        version = self._connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return False
        self._version = version
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in _COUNTS)
        state = self._connection.execute(f"SELECT {counts}, (SELECT sum(have) FROM epochs)").fetchone()
        before, self._state = self._state, state
        return bool(before != state)

    def holds(self, batch: protocol.Batch) -> bool:
        """Whether every row of the batch is here as it was sent, and counted for."""
        key = (KIOSK, batch.epoch)
        rows = self._connection.execute(
            "SELECT seq, visit, position, kind, survey, question, value, ui, language, misuse, boots.id, boottime"
            " FROM responses JOIN boots ON boots.number = boot"
            " WHERE responses.kiosk = ? AND epoch = ? AND seq BETWEEN ? AND ?",
            (*key, batch.first, batch.last),
        )
        (have,) = self._connection.execute("SELECT have FROM epochs WHERE kiosk = ? AND epoch = ?", key).fetchone()
        return {protocol.Row(*row) for row in rows} >= set(batch.rows) and have >= batch.last


def an_epoch(number: int) -> str:
    """One of many, so that a batch that is good after all often finds nothing there yet."""
    return f"{number % 997:016x}"


def judge(mutant: Mutant, epoch: str, status: int, body: bytes, kept: Kept, book: bytes | None = None) -> None:
    """Fails unless the answer is clean and the database is as the answer says."""
    changed = kept.changed()
    if status == 200:
        assert kept.holds(protocol.decode(mutant.body, epoch=epoch, nonce=NONCE, book=book)), mutant
        assert protocol.read_answer(body, protocol.Ack).epoch == epoch
    else:
        assert status in REFUSED, (status, mutant)
        assert not changed, (status, mutant)
        refusal = protocol.read_answer(body, Refusal)
        assert (refusal.kiosk, refusal.epoch, refusal.nonce) == (KIOSK, epoch, NONCE)
        assert refusal.error, mutant
        assert len(refusal.detail) < 700


def test_no_mutant_breaks_the_collector_or_is_half_written(tmp_path: Path) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    engine = tables.open_engine(tmp_path / "c.db")
    # Thousands of commits that no power cut follows; the disk's part is tried elsewhere.
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    engine.dispose()
    with closing(Kept(tmp_path / "c.db")) as kept:
        for number, mutant in enumerate(mutants(TAKEN, seed=1)):
            epoch = an_epoch(number)
            found = receive._decoded(mutant.body, (KIOSK, epoch, NONCE))
            if isinstance(found, protocol.Batch):
                result = ingest(engine, KIOSK, found, NOW)
                status = 200 if isinstance(result, protocol.Ack) else receive._STATUS[result.error]
            else:
                result, status = found
            judge(mutant, epoch, status, protocol.as_json(result), kept)
            seen[mutant.how, status] += 1
    engine.dispose()
    assert seen.total() == TAKEN
    statuses = Counter[int]()
    for (_, status), times in seen.items():
        statuses[status] += times
    # Or the campaign would try nothing: every answer but 413 must have been drawn, by changes of every kind.
    assert min(statuses[200], statuses[409]) > 500, statuses
    assert statuses[400] > TAKEN // 2, statuses
    assert all(seen[how, 400] for how in {how for how, _ in seen}), seen


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(tmp_path / "c.db", now=lambda: NOW), raise_server_exceptions=True) as client:
        yield client


def test_nor_does_one_that_comes_over_http(client: TestClient, tmp_path: Path) -> None:
    with closing(Kept(tmp_path / "c.db")) as kept:
        for number, mutant in enumerate(mutants(POSTED, seed=2)):
            epoch = an_epoch(number)
            headers = {"Content-Encoding": "gzip", "Moodpost-Epoch": epoch, "Moodpost-Nonce": NONCE}
            answer = client.post(f"/v1/kiosks/{KIOSK}/responses", content=mutant.body, headers=headers)
            assert answer.headers["content-type"] == "application/json"
            judge(mutant, epoch, answer.status_code, answer.content, kept)


def test_nor_does_one_that_is_packed_against_a_book(tmp_path: Path) -> None:
    dice, seen = random.Random(3), Counter[int]()
    engine = tables.open_engine(tmp_path / "c.db")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    engine.dispose()
    book = protocol.decompress(good()[4])[: books.MAX_BOOK]
    with closing(Kept(tmp_path / "c.db")) as kept:
        for number, mutant in enumerate(mutants(BOOKED, seed=3)):
            try:
                body = bytearray(deflate.smallest([protocol.decompress(mutant.body)], book))
            except ProtocolError:
                body = bytearray(mutant.body)
            if body and dice.random() < 0.2:
                body[dice.randrange(len(body))] ^= dice.randrange(1, 256)
            mutant = mutant._replace(body=bytes(body))
            epoch, keep = an_epoch(number), dice.choice((0, 1, 100, books.MAX_BOOK))
            found = receive._decoded(mutant.body, (KIOSK, epoch, NONCE), book, keep)
            if isinstance(found, protocol.Batch):
                result = ingest(engine, KIOSK, found, NOW)
                status = 200 if isinstance(result, protocol.Ack) else receive._STATUS[result.error]
                if isinstance(result, protocol.Ack) and found.offer:
                    assert shelf.find(engine, KIOSK, str(result.book)) == found.offer
            else:
                result, status = found
            judge(mutant, epoch, status, protocol.as_json(result), kept, book)
            seen[status] += 1
    engine.dispose()
    assert min(seen[200], seen[400]) > BOOKED // 50, seen


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_costs_a_few_times_what_it_unfolds_to_and_no_more(name: str) -> None:
    body = bomb(name)
    assert len(body) < protocol.MAX_WIRE_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError) as caught:
            protocol.decode(body, epoch=an_epoch(0), nonce=NONCE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 700
    assert peak < 8 * MAX_JSON_BYTES, f"{peak / MAX_JSON_BYTES:.1f} times the limit"


@pytest.mark.parametrize("body", good(), ids=len)
def test_what_the_mutants_are_made_of_is_in_order(body: bytes) -> None:
    assert protocol.decode(body, epoch=an_epoch(0), nonce=NONCE).last
