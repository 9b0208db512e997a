"""Books: whatever is sent against them arrives as it was, whoever loses one; and nobody else's words are in them."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.response import Response
from sync import books, deflate, packer, protocol
from sync.books import MAX_BOOK, Book
from sync.errors import ProtocolError, UnfoldsError
from sync.protocol import MAX_JSON_BYTES, Batch, BootTimes, Packed
from tests.benchmarks import wire
from tests.benchmarks.trace import day, trace
from tests.test_protocol import EPOCH, NONCE, Sent, as_read, sendings

BOOTS = {1: BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")])}
DAY = day(4_000)


def packed(rows: list[Response], book: Book | None = None, **more: Any) -> Packed:
    return protocol.encode(
        rows, **{"start": 1, "boots": BOOTS, "boot": BOOTS[1].id, "boottime": 9, "book": book, **more}
    )


def read(body: bytes, book: bytes | None = None, keep: int = 0) -> Batch:
    return protocol.decode(body, epoch=EPOCH, nonce=NONCE, book=book, keep=keep)


def a_book(rows: list[Response], book: Book | None = None) -> Book:
    offer = packed(rows, book).offer
    assert offer is not None
    return offer


class End:
    """An endpoint that keeps one book, and a kiosk that believes it."""

    def __init__(self) -> None:
        self.book: Book | None = None
        self.kept = b""

    def arrives(self, sent: Packed) -> Batch:
        """What is read of a batch; then the book that it offers is kept."""
        batch = read(
            sent.body, None if self.book is None else self.kept, len(sent.offer.text) if sent.offer is not None else 0
        )
        if sent.offer is not None:
            assert (batch.offer, books.name_of(batch.offer)) == (sent.offer.text, sent.offer.name)
            assert len(batch.offer) <= MAX_BOOK
            self.book, self.kept = sent.offer, batch.offer
        return batch


@st.composite
def some_of_a_day(draw: st.DrawFn) -> Sent:
    """Rows as visitors make them."""
    at, size = draw(st.integers(0, 3_900)), draw(st.sampled_from([1, 2, 8, 30, 100]))
    return Sent(DAY[at : at + size], {"start": 1, "boots": BOOTS, "boot": BOOTS[1].id, "boottime": 9})


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(sendings() | some_of_a_day(), st.booleans()), min_size=1, max_size=8))
def test_any_batches_one_after_the_other_arrive_as_they_were_whenever_a_book_is_lost(
    sequence: list[tuple[Sent, bool]],
) -> None:
    end = End()
    for sent, loses in sequence:
        if loses:
            end.book = None
        batch = end.arrives(protocol.encode(sent.rows, **sent.arguments, book=end.book))
        assert batch.rows == as_read(sent.rows, sent.arguments["boots"])
        whole = protocol.decode(sent.encode(), epoch=EPOCH, nonce=NONCE)
        assert {(b.id, *b.anchors) for b in batch.boots} == {(b.id, *b.anchors) for b in whole.boots}
        assert (batch.first, batch.last, batch.missing) == (whole.first, whole.last, whole.missing)


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_days_at_a_kiosk_arrive_and_are_smaller_than_told_in_full(size: int) -> None:
    end, booked, full = End(), 0, 0
    for at in range(0, 4_000 if size > 7 else 60 * size, size):
        rows = DAY[at : at + size]
        sent = packed(rows, end.book)
        assert end.arrives(sent).rows == as_read(rows, BOOTS)
        booked, full = booked + len(sent.body), full + len(packed(rows).body)
    assert booked < full


def test_a_hundred_rows_a_batch_take_at_most_three_times_their_entropy() -> None:
    rows, bits = trace(wire.ROWS)
    _, *booked = wire.against_books(rows, 100)
    sent = sum(len(each.packed.body) for each in booked) / (100 * len(booked))
    assert sent <= 3 * bits / 8 / wire.ROWS


def test_what_is_known_is_not_offered_again() -> None:
    book = a_book(DAY[:100])
    assert packed(DAY[:100], book).offer is None
    assert packed(DAY[:100], book, boot="another boot").offer is not None


def test_lists_that_grow_too_long_begin_anew_and_what_is_too_long_at_once_is_not_offered() -> None:
    def rows(survey: int, words: int) -> list[Response]:
        return [
            Response(n, n, 0, "vote", "s/1", f"question-{survey}-{n:03}", "1/4", "digital", "en", "", 1, n * 1_000)
            for n in range(1, words + 1)
        ]

    end = End()
    sizes = []
    for survey in range(12):
        sent = packed(rows(survey, 40), end.book)
        assert end.arrives(sent).rows == as_read(rows(survey, 40), BOOTS)
        sizes.append(len(end.kept))
    assert max(sizes) <= MAX_BOOK
    assert [a < b for a, b in pairwise(sizes)].count(False) >= 2
    before = end.book
    sent = packed(rows(99, 400), end.book)
    assert sent.offer is None
    assert end.arrives(sent).rows == as_read(rows(99, 400), BOOTS)
    assert end.book is before


@pytest.mark.parametrize("typed", ["awful", "en", "waiting", "two words", "ä"])
def test_what_a_visitor_typed_is_in_no_book(typed: str) -> None:
    rows = [
        Response(1, 1, 0, "vote", "visit/1", "visit", "4/4", "physical", "fi", "", 1, 1_000),
        Response(2, 1, 1, "text", "visit/1", "comment", typed, "digital", "fi", "", 1, 9_000),
    ]
    book = None
    for _ in range(3):
        sent = packed(rows, book)
        book = sent.offer or book
        assert book is not None
        assert typed not in json.loads(book.text + b"]")[5].split()
        assert typed not in {word for _, word in book.lists.words}
        assert read(packed(rows, book).body, book.text).rows == as_read(rows, BOOTS)


def test_a_form_that_no_row_has_may_tell_of_words_and_boots_that_are_not_there() -> None:
    old = {**BOOTS, 2: BootTimes("b", []), 3: BootTimes("c", [])}
    moved = [Response(n, n, 0, "vote", "s/1", "q", "1/4", "", "en", "", n, n * 1_000) for n in (1, 2, 3)]
    book = packed(moved, boots=old).offer
    assert book is not None
    assert read(packed(DAY[:30], book).body, book.text).rows == as_read(DAY[:30], BOOTS)


def test_a_book_is_named_by_what_it_holds() -> None:
    book = a_book(DAY[:100])
    assert book.name == books.name_of(book.text)
    assert len({books.name_of(book.text[:at]) for at in range(len(book.text))}) == len(book.text)
    assert set(book.name) <= set("0123456789abcdef")
    assert len(book.name) == 16


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("1", 1),
        ("007", 7),
        ("2048", 2048),
        *((no, 0) for no in ("2049", "0", "", "-1", "+5", "1.5", "٣", " 7", "9" * 5_000)),
    ],
)
def test_who_asks_to_keep_too_much_or_nothing_that_is_a_number_asks_nothing(value: str, size: int) -> None:
    assert books.asked(value) == size


def test_more_than_there_is_is_not_kept() -> None:
    body = packed(DAY[:1]).body
    size = len(deflate.decompress(body))
    assert len(read(body, keep=size).offer) == size
    assert read(body, keep=size + 1).offer == b""


def test_headers_tell_how_a_body_is_packed() -> None:
    book = a_book(DAY[:100])
    assert books.headers(None, None) == {"Content-Encoding": "gzip"}
    assert books.headers(book, a_book(DAY, book)) == {
        "Content-Encoding": "deflate",
        "Moodpost-Book": book.name,
        "Moodpost-Keep": str(len(a_book(DAY, book).text)),
    }


def test_another_book_is_an_error_and_so_is_none() -> None:
    book = a_book(DAY[:100])
    body = packed(DAY[100:200], book).body
    for text in (b"x", book.text[1:], book.text + b" ", a_book(DAY[:200]).text):
        with pytest.raises(ProtocolError, match="the body is not zlib under the book that it names"):
            read(body, text)
    with pytest.raises(ProtocolError, match="the body is not gzip"):
        read(body)
    with pytest.raises(ProtocolError, match="the body is not zlib under the book"):
        read(packed(DAY[:100]).body, book.text)


@settings(deadline=None)
@given(st.data())
def test_a_changed_body_under_a_book_is_a_batch_or_a_protocol_error(data: st.DataObject) -> None:
    book = a_book(DAY[:100])
    body = bytearray(packed(DAY[100:140], book).body)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(read(bytes(body[: data.draw(st.integers(0, len(body)))]), book.text), Batch)
    except ProtocolError as error:
        assert str(error)


def test_under_a_book_a_body_unfolds_to_the_limit_and_not_a_byte_more() -> None:
    book = bytes(range(256)) * 8
    whole = book * (MAX_JSON_BYTES // len(book))
    assert deflate.decompress(deflate.smallest([whole], book), book=book) == whole
    with pytest.raises(UnfoldsError, match=f"the body holds more than {MAX_JSON_BYTES} bytes"):
        deflate.decompress(deflate.smallest([whole, b"x"], book), book=book)
    body = deflate.smallest([b"{}"], book)
    for spoilt, said in (
        (body[:-1], "the body is cut short"),
        (body + b"x", "bytes follow the end of the zlib stream"),
    ):
        with pytest.raises(ProtocolError, match=said):
            deflate.decompress(spoilt, book=book)


def test_any_zlib_reads_it() -> None:
    book = a_book(DAY[:100])
    body = packed(DAY[100:200], book).body
    assert zlib.decompressobj(zdict=book.text).decompress(body).startswith(b"[1,101,9,")


def test_the_same_rows_after_the_same_lists_are_the_same_columns() -> None:
    _, lists = packer.write(DAY[:100], {1: 0})
    assert packer.write(DAY[100:200], {1: 0}, lists) == packer.write(DAY[100:200], {1: 0}, lists)
