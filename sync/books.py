"""What an endpoint may remember of a kiosk's batches, so that the next ones need not say it again. Pure.

A *book* is the beginning of a body, unzipped: its boots, words, forms and shapes, and no text that a visitor typed. The
next bodies are packed against it. It is named by its content, so that it can be lost, but never be another than is
meant. Never knows rows, sockets or tables.
"""

from __future__ import annotations

import hashlib

import msgspec

from sync.packer import Lists

MAX_BOOK = 2048
"""Bytes of a book. A kiosk has one at a time."""
NAMES = "Moodpost-Book"
"""The header that names the book which a body is packed against."""
KEEPS = "Moodpost-Keep"
"""The header that asks to keep so many bytes, from the first on, of the unzipped body."""


class Book(msgspec.Struct, frozen=True):
    """A book as the kiosk has it: with the lists in it, which the next batch goes on with."""

    text: bytes
    lists: Lists

    @property
    def name(self) -> str:
        """What both ends call it."""
        return name_of(self.text)


def name_of(text: bytes) -> str:
    """The name of a book: 64 bits of its SHA-256, as 16 digits."""
    return hashlib.sha256(text).hexdigest()[:16]


def headers(book: Book | None, offer: Book | None) -> dict[str, str]:
    """The headers of a body that is packed against `book` and offers another one to be kept."""
    named = {NAMES: book.name} if book else {}
    asked = {KEEPS: str(len(offer.text))} if offer else {}
    return {"Content-Encoding": "deflate" if book else "gzip", **named, **asked}


def asked(value: str) -> int:
    """How many bytes a Moodpost-Keep header asks to keep; 0 where it asks nothing, or what nobody has to grant."""
    size = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
    return size if size <= MAX_BOOK else 0
