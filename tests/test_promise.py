"""How far an endpoint is believed: a book that fails is dropped at once, and tried again ever more seldom."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sync.books import Book
from sync.outbox import Parcel
from sync.packer import Lists
from sync.promise import Promise
from sync.reply import (
    Acknowledged,
    Behind,
    Busy,
    Denied,
    Forked,
    ForkedSomewhere,
    Rejected,
    Stranger,
    TooLarge,
    Verdict,
)

ONE, TWO = (Book(text, Lists()) for text in (b"one", b"two"))
NO: tuple[Verdict, ...] = (
    Busy("503"),
    Stranger("a portal"),
    TooLarge(),
    Rejected("400"),
    Behind(0),
    Forked(5, "fork"),
    ForkedSomewhere("fork"),
    Denied("401"),
    Acknowledged(0, 0),
)


def parcel(book: Book | None = None, offer: Book | None = None) -> Parcel:
    return Parcel("00c0ffee00c0ffee", 1, 1, 9, 9, "nonce-0123456789", b"", book=book, offer=offer)


def yes(book: str = "") -> Acknowledged:
    return Acknowledged(9, 0, book)


def believed() -> Promise:
    promise = Promise()
    assert promise.settle(parcel(offer=ONE), yes(ONE.name)) is False
    assert promise.book is ONE
    return promise


def test_nothing_is_believed_that_was_not_promised() -> None:
    promise = Promise()
    for answer in (yes(), yes(TWO.name), Busy("503"), Acknowledged(0, 0, ONE.name)):
        assert promise.settle(parcel(offer=ONE), answer) is False
        assert promise.book is None
    promise.settle(parcel(), yes(ONE.name))
    assert promise.book is None


def test_a_book_is_used_on_until_another_is_promised() -> None:
    promise = believed()
    promise.settle(parcel(ONE), yes())
    promise.settle(parcel(ONE, TWO), yes())
    assert promise.book is ONE
    promise.settle(parcel(ONE, TWO), yes(TWO.name))
    assert promise.book is TWO


@pytest.mark.parametrize("verdict", NO, ids=lambda verdict: type(verdict).__name__)
def test_whatever_comes_instead_of_an_acknowledgement_the_next_batch_goes_in_full(verdict: Verdict) -> None:
    promise = believed()
    again = promise.settle(parcel(ONE), verdict)
    assert promise.book is None
    # What was said of the rows themselves is not believed before they were told in full.
    assert again is isinstance(verdict, Rejected | Forked | ForkedSomewhere)


@pytest.mark.parametrize("verdict", NO, ids=lambda verdict: type(verdict).__name__)
def test_what_is_said_of_a_batch_in_full_is_followed(verdict: Verdict) -> None:
    assert Promise().settle(parcel(offer=ONE), verdict) is False


def test_an_endpoint_that_always_forgets_is_tried_ever_more_seldom() -> None:
    promise, tries = believed(), []
    for sent in range(1, 1_000):
        if promise.book is None:
            promise.settle(parcel(offer=ONE), yes(ONE.name))
        else:
            assert promise.settle(parcel(ONE), Rejected("409 book"))
            tries.append(sent)
    assert [after - before for before, after in pairwise(tries)] == [2, 3, 5, 9, 17, 33, 65, 129, 257]


def test_a_book_that_works_ends_the_doubt() -> None:
    promise = believed()
    for _ in range(3):
        promise.settle(parcel(ONE), Busy("no answer"))
        while promise.book is None:
            promise.settle(parcel(offer=ONE), yes(ONE.name))
        promise.settle(parcel(ONE), yes())
    promise.settle(parcel(ONE), Busy("no answer"))
    promise.settle(parcel(offer=ONE), yes(ONE.name))
    assert promise.book is ONE
