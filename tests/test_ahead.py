"""The batch that follows: packed while one is on the line, sent only where all is as it was foreseen."""

from __future__ import annotations

import sys
import threading

import pytest

from sync import size
from sync.ahead import FRESH_MS, Ahead
from sync.books import Book
from sync.outbox import Outbox, Parcel
from sync.packer import Lists
from sync.size import QUICK_S
from tests.faulty import Asked, Line, acknowledges, refuses
from tests.test_outbox import Desk, desk  # noqa: F401
from tests.test_sender import Kiosk, kiosk, server  # noqa: F401

BOOK = Book(b"book", Lists())


class Ready:
    """An Ahead with a batch of ten rows in it, and its clock."""

    def __init__(self, book: Book | None = None) -> None:
        self.now = 5_000
        self.parcel = Parcel("00c0ffee00c0ffee", 1, 11, 20, 20, "nonce-0123456789", b"", book=book)
        self.ahead = Ahead(lambda: self.now)
        assert self.ahead.post(lambda: "answer", lambda: self.parcel) == "answer"


def test_a_batch_is_packed_while_another_is_on_the_line() -> None:
    packed = threading.Event()

    def pack() -> None:
        packed.set()

    assert Ahead(lambda: 0).post(lambda: packed.wait(10), pack) is True


def test_what_was_packed_is_given_once() -> None:
    ready = Ready(BOOK)
    assert ready.ahead.take(10, BOOK) is ready.parcel
    assert ready.ahead.take(10, BOOK) is None


@pytest.mark.parametrize(("limit", "book"), [(9, BOOK), (10, None), (10, Book(b"book", Lists()))])
def test_what_is_not_as_it_was_foreseen_is_thrown_away(limit: int, book: Book | None) -> None:
    ready = Ready(BOOK)
    assert ready.ahead.take(limit, book) is None
    assert ready.ahead.take(10, BOOK) is None


def test_what_was_packed_may_be_less_than_could_be_sent_by_now() -> None:
    ready = Ready(BOOK)
    assert ready.ahead.take(11, BOOK) is ready.parcel


def test_what_was_packed_too_long_ago_is_thrown_away() -> None:
    ready = Ready()
    ready.now += FRESH_MS + 1
    assert ready.ahead.take(10, None) is None


def test_what_is_dropped_is_not_given() -> None:
    ready = Ready()
    ready.ahead.drop()
    assert ready.ahead.take(10, None) is None


def test_what_goes_wrong_while_posting_comes_out_and_python_switches_threads_as_before() -> None:
    before = sys.getswitchinterval()

    def fails() -> str:
        raise OSError("no line")

    with pytest.raises(OSError, match="no line"):
        Ahead(lambda: 0).post(fails, lambda: None)
    assert sys.getswitchinterval() == before


def test_the_batch_that_follows_is_the_one_that_comes_next(desk: Desk) -> None:  # noqa: F811
    desk.vote(30)
    desk.damage(15)
    with desk.outbox() as outbox:
        first = outbox.next(10)
        assert first is not None
        ahead = outbox.following(first, 10)
        desk.state.acknowledge(first.epoch, first.last)
        following = outbox.next(10)
        assert ahead is not None and following is not None
        assert (ahead.first, ahead.last, ahead.body) == (following.first, following.last, following.body)
        assert ahead.nonce != following.nonce
        rest = outbox.following(following, 11)
        assert rest is not None
        assert (rest.first, rest.last) == (21, 30)
        assert outbox.following(following, 11, least=11) is None
        assert outbox.following(rest, 11) is None


def test_nothing_is_packed_ahead_of_another_epoch(desk: Desk) -> None:  # noqa: F811
    desk.vote(10)
    desk.state.fork(desk.epochs()[0], 8)
    with desk.outbox() as outbox:
        first = outbox.next(5)
        assert first is not None
        ahead = outbox.following(first, 5)
        assert ahead is not None
        assert (ahead.first, ahead.last) == (6, 7)
        assert outbox.following(ahead, 5) is None


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The spans that were packed, in order, whether sent or not."""
    spans: list[tuple[int, int]] = []
    pack = Outbox._pack

    def noted(outbox: Outbox, span: object, first: int, last: int, *more: object, **named: object) -> Parcel:
        spans.append((first, last))
        return pack(outbox, span, first, last, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "_pack", noted)
    return spans


@pytest.mark.parametrize("keeps_books", [False, True])
def test_each_batch_of_a_backlog_is_packed_once(
    kiosk: Kiosk,  # noqa: F811
    packed: list[tuple[int, int]],
    keeps_books: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(size, "MOST_ROWS", 2_000)
    kiosk.endpoint.keeps_books = keeps_books
    kiosk.vote(7_500)
    assert kiosk.send() == 5
    assert (kiosk.watermark(), kiosk.arrived()) == (7_500, list(range(1, 7_501)))
    # The first book is kept while the second batch is packed without it.
    again = [(1_001, 3_000)] if keeps_books else []
    assert sorted(packed) == sorted(
        [*again, (1, 1_000), (1_001, 3_000), (3_001, 5_000), (5_001, 7_000), (7_001, 7_500)]
    )


def test_what_was_packed_ahead_of_an_answer_that_took_its_time_is_as_large_as_it_was_then(
    kiosk: Kiosk,  # noqa: F811
    packed: list[tuple[int, int]],
) -> None:
    kiosk.vote(5_500)

    def slowly(asked: Asked, line: Line) -> None:
        kiosk.now += QUICK_S + 0.1
        kiosk.endpoint(asked, line)

    kiosk.server.always = slowly
    assert kiosk.send() == 6
    # Once it was foreseen that it would go quickly.
    assert sorted(packed) == [
        (1, 1_000),
        *sorted([(1_001, 3_000), (1_001, 2_000)]),
        *((first, min(first + 999, 5_500)) for first in range(2_001, 5_500, 1_000)),
    ]


def test_an_acknowledgement_of_a_part_is_followed_from_where_it_ends(kiosk: Kiosk) -> None:  # noqa: F811
    kiosk.vote(3_000)

    def takes_some(asked: Asked, line: Line) -> None:
        kiosk.endpoint.have[asked.batch.epoch] = 400
        acknowledges(ack=lambda batch: 400)(asked, line)

    kiosk.server.script.append(takes_some)
    kiosk.send()
    sent = [(asked.batch.first, asked.batch.last) for asked in kiosk.server.asked]
    assert sent[:2] == [(1, 1_000), (401, 1_400)]
    assert kiosk.watermark() == 3_000


def test_what_was_packed_ahead_of_a_refusal_is_not_sent(kiosk: Kiosk) -> None:  # noqa: F811
    kiosk.vote(3_000)
    kiosk.server.script.append(refuses(413, "size"))
    kiosk.send()
    sent = [(asked.batch.first, asked.batch.last) for asked in kiosk.server.asked]
    assert sent[:3] == [(1, 1_000), (1, 500), (501, 1_000)]
    assert kiosk.watermark() == 3_000


def test_a_pass_that_fails_leaves_nothing_packed_for_the_next(kiosk: Kiosk) -> None:  # noqa: F811
    kiosk.vote(3_000)

    def is_busy(asked: Asked, line: Line) -> None:
        kiosk.damage(1_500)
        refuses(503, "storage")(asked, line)

    kiosk.server.script.append(is_busy)
    assert kiosk.send() == 1
    kiosk.send(after=4_000)
    assert kiosk.watermark() == 3_000
    assert 1_500 not in kiosk.arrived()
