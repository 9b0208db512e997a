"""Plays about books, where the endpoint promises to keep one. Each has an epoch and a book of its own."""

from __future__ import annotations

import secrets

from sync import books, deflate, protocol
from sync.books import Book
from sync.conformance.exchange import BrokenError, Exchange, UnknownError, answered, refused
from sync.conformance.player import Epoch, Player, new_nonce, row
from sync.conformance.refusals import TOO_MUCH

FIRST, LAST = 7, 12
"""The rows that are packed against the book of those before."""
_TOLD = f"rows {FIRST} to {LAST}, packed against "


def kept(player: Player) -> None:
    """What was promised is asked for at once."""
    epoch, book = _promised(player)
    exchange = _send(epoch, book)
    answered(exchange)
    if (exchange.ack or 0) < FIRST:
        raise BrokenError(exchange, f"found {exchange.status or 'no answer'}, expected an acknowledgement of rows")


def same(player: Player) -> None:
    """Whoever unfolds it to something else has other rows than were sent."""
    epoch, book = _promised(player)
    exchange = _send(epoch, book)
    if (exchange.ack or 0) < LAST:
        raise UnknownError("the batch that was packed against the book was not acknowledged: see book-kept")
    epoch.deliver(FIRST, LAST, after=", told in full after they came packed against a book")


def lost(player: Player) -> None:
    """A backup was put back, or the book belongs to another kiosk."""
    epoch, book = _promised(player)
    other = Book(secrets.token_hex(32).encode() + book.text, book.lists)
    exchange = refused(_send(epoch, other, "a book that nobody offered"), (409,))
    if exchange.said.get("error") != "book":
        raise BrokenError(exchange, f'found `error` {exchange.said.get("error")!r}, expected "book"')


def unfolds(player: Player) -> None:
    """The limits are those of what is unfolded, with a book as without."""
    epoch, book = _promised(player)
    body = deflate.smallest([book.text * (protocol.MAX_JSON_BYTES // len(book.text) + 1)], book.text)
    nonce = new_nonce()
    told = f"{len(body):,} bytes packed against a book, unfolded more than 16 MiB"
    refused(epoch.post(body, FIRST, LAST, nonce, told, more=books.headers(book, None)), TOO_MUCH)


def _promised(player: Player) -> tuple[Epoch, Book]:
    """A new epoch with rows 1 to 6, whose book the endpoint has promised to keep."""
    epoch, nonce = player.epoch(), new_nonce()
    body, offer = epoch.pack([row(seq) for seq in range(1, FIRST)])
    assert offer is not None
    told = f"rows 1 to 6, the first {len(offer.text)} bytes to be kept as a book"
    exchange = epoch.post(body, 1, 6, nonce, told, right=True, more=books.headers(None, offer))
    answered(exchange)
    if exchange.ack is None:
        raise BrokenError(exchange, f"found {exchange.status or 'no answer'}, expected 200 (with a promise or without)")
    if (name := exchange.said.get("book")) is None:
        raise UnknownError("the endpoint promises to keep no book, and need not")
    if name != offer.name:
        raise BrokenError(exchange, f"found `book` {name!r}, expected {offer.name!r}")
    if exchange.ack < FIRST - 1:
        epoch.deliver(exchange.ack + 1, FIRST - 1)
    return epoch, offer


def _send(epoch: Epoch, book: Book, told: str = "the book of those before") -> Exchange:
    body, _ = epoch.pack([row(seq) for seq in range(FIRST, LAST + 1)], book=book)
    return epoch.post(body, FIRST, LAST, new_nonce(), _TOLD + told, right=True, more=books.headers(book, None))
