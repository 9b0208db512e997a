"""Bytes under deflate: made as small as they get, unpacked within a limit. Pure; never knows what they say.

Alone it is gzip. With a *book*, bytes that the other end has too, it is zlib with a preset dictionary (RFC 1950), which
names the book by a checksum and ends with one over what it unfolds to: another book than the right one is an error.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product

from sync.errors import ProtocolError, UnfoldsError

MAX_JSON_BYTES = 16 << 20
_GZIP, _ZLIB = 31, 15
_LARGE = 32_768
"""Bytes beyond which only one way to pack them is tried."""


def compress(body: bytes) -> bytes:
    """`body` under gzip, the same bytes for the same input (no time, no name in the header)."""
    return _deflated([body], (), zlib.Z_DEFAULT_STRATEGY, None)


def smallest(parts: Sequence[bytes], book: bytes | None = None) -> bytes:
    """`parts` one after the other, with the blocks of deflate divided where that makes it smaller."""
    ways = list(product((False, True), repeat=len(parts) - 1))
    if sum(map(len, parts)) > _LARGE:
        return _deflated(parts, ways[-1], zlib.Z_DEFAULT_STRATEGY, book)
    # Columns have few repetitions worth a reference: Z_FILTERED leaves the short ones alone.
    strategies = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)
    return min((_deflated(parts, way, strategy, book) for strategy in strategies for way in ways), key=len)


def _deflated(parts: Sequence[bytes], divided: Sequence[bool], strategy: int, book: bytes | None) -> bytes:
    how = (9, zlib.DEFLATED, _GZIP if book is None else _ZLIB, 9, strategy)
    deflate = zlib.compressobj(*how) if book is None else zlib.compressobj(*how, zdict=book)
    packed = deflate.compress(parts[0])
    for part, new in zip(parts[1:], divided, strict=True):
        if new:
            packed += deflate.flush(zlib.Z_BLOCK)
        packed += deflate.compress(part)
    return packed + deflate.flush()


def decompress(body: bytes, limit: int = MAX_JSON_BYTES, book: bytes | None = None) -> bytes:
    """What is under the gzip, or with a `book` under zlib; ProtocolError where it is neither or is cut short.

    UnfoldsError where it holds more than `limit` bytes; no more than that is unpacked.
    """
    form = "gzip" if book is None else "zlib under the book that it names"
    unpacker = zlib.decompressobj(_GZIP) if book is None else zlib.decompressobj(_ZLIB, zdict=book)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise ProtocolError(f"the body is not {form}: {error}") from None
    if len(data) > limit:
        raise UnfoldsError(f"the body holds more than {limit} bytes")
    if not unpacker.eof:
        raise ProtocolError("the body is cut short")
    if unpacker.unused_data:
        raise ProtocolError(f"bytes follow the end of the {form.split()[0]} stream")
    return data
