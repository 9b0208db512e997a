"""SQLite's file format, read as far as rows in damaged files need it. Pure: bytes in, records out; knows no table.

Source: https://www.sqlite.org/fileformat2.html. Only what Moodpost writes is read: leaf pages of tables and indexes,
and where a record goes on on overflow pages, those. Whether a record is true is for whoever knows its checksum to say;
where the structure of a page is broken, every offset in it is tried.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

TABLE_LEAF = 13
INDEX_LEAF = 10
_INTERIOR = (2, 5)
_HEAD = 100
"""Bytes of the file's header before the first page's own."""
_POINTER = 4
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_COLUMNS = 40
_MOST_BYTES = 1 << 14
"""Of a record that does not fit into its page: a long answer has some 2 kB, a slab of zeros is none to be read."""
SIZES = (1024, 4096)
"""Of the pages of all stores that Moodpost ever made: where a file does not tell, one of these."""

Value = int | float | str | bytes | None


Rest = Callable[[int, int], bytes]
"""The rest of a record, by the overflow page it begins on and its length; fewer bytes where it is lost."""


class Record(NamedTuple):
    """A row of a table (`rowid` set) or an entry of an index (None)."""

    rowid: int | None
    values: tuple[Value, ...]


def page_size(head: bytes) -> int | None:
    """The page size that a file's first bytes tell, 512 to 65536; None where they tell none."""
    if len(head) < _HEAD or not head.startswith(b"SQLite format 3\0"):
        return None
    size = int(struct.unpack_from(">H", head, 16)[0])
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else None


def is_leaf(page: bytes) -> bool:
    """Whether these bytes are a whole page of rows, with every one where its own list says."""
    kind = page[0] if len(page) >= 8 else 0
    found = list(_listed(page, 0, kind, lost)) if kind in (TABLE_LEAF, INDEX_LEAF) else []
    return bool(found) and None not in found


def lost(number: int, size: int) -> bytes:
    """The rest of a record where there are no other pages."""
    return b""


def rest_of(page_of: Callable[[int], bytes], number: int, size: int) -> bytes:
    """`size` bytes from the overflow pages that begin with page `number`, each by `page_of`; fewer where they end."""
    found = b""
    while len(found) < size and number and len(page := page_of(number)) > _POINTER:
        number = int.from_bytes(page[:_POINTER], "big")
        found += page[_POINTER:]
    return found[:size]


def records(page: bytes, *, first: bool = False, rest: Rest = lost) -> Iterator[Record]:
    """Every record that can be read from a page, where its structure is broken also those that seem to be in it.

    `first` says that this is the file's first page, `rest` finds what stands on others. A record may come twice.
    """
    start = _HEAD if first else 0
    if len(page) < start + 8:
        return
    kind = page[start]
    if kind in _INTERIOR or page.count(0) >= len(page) - _POINTER:
        return  # no rows here, or nothing but zeros: space that is kept free
    found = [] if kind not in (TABLE_LEAF, INDEX_LEAF) else list(_listed(page, start, kind, rest))
    yield from (record for record in found if record is not None)
    if not found or None in found:
        for at in range(start + 8, len(page) - 4):
            if record := _record(page, at, TABLE_LEAF, rest) or _record(page, at, INDEX_LEAF, rest):
                yield record


def brute(page: bytes, *, rest: Rest = lost) -> Iterator[Record]:
    """Every record that any offset of a page could be the beginning of: for pages whose rows fail their checksums."""
    for at in range(len(page) - 4):
        if record := _record(page, at, TABLE_LEAF, rest):
            yield record


def _listed(page: bytes, start: int, kind: int, rest: Rest) -> Iterator[Record | None]:
    """The cells that the page's own list names; None for each that can't be read."""
    (count,) = struct.unpack_from(">H", page, start + 3)
    for i in range(count):
        at = start + 8 + 2 * i
        if at + 2 > len(page):
            yield None
            return
        (offset,) = struct.unpack_from(">H", page, at)
        yield _record(page, offset, kind, rest)


def _record(page: bytes, at: int, kind: int, rest: Rest) -> Record | None:
    size, at = _varint(page, at)
    rowid = None
    if kind == TABLE_LEAF:
        rowid, at = _varint(page, at)
    # Whole on its page, or begun there with the number of the page it goes on at.
    whole = size <= _most(kind, len(page)) and at + size <= len(page)
    here = size if whole else _here(size, kind, len(page))
    if size < 2 or not here or at + here > len(page) - (0 if whole else _POINTER):
        return None
    head, place = _varint(page, at)
    body = at + head
    if not 2 <= head <= min(size, 2 * _MOST_COLUMNS):
        return None
    types = []
    while place < body:
        type_, place = _varint(page, place)
        types.append(type_)
    if place != body or head + sum(map(_width, types)) != size:
        return None
    data = page[body : at + here]
    if not whole:
        (number,) = struct.unpack_from(">I", page, at + here)
        data += rest(number, size - here)
    if len(data) < size - head:
        return None
    values = []
    for type_ in types:
        width = _width(type_)
        try:
            values.append(_value(type_, data[:width]))
        except (UnicodeDecodeError, ValueError):
            return None
        data = data[width:]
    return Record(rowid, tuple(values))


def _most(kind: int, page_bytes: int) -> int:
    """How long a record may be that stands whole on its page."""
    return page_bytes - 35 if kind == TABLE_LEAF else (page_bytes - 12) * 64 // 255 - 23


def _here(size: int, kind: int, page_bytes: int) -> int:
    """How much of a record stands on its own page where it does not fit there; 0 where it is none that we write."""
    most = _most(kind, page_bytes)
    least = (page_bytes - 12) * 32 // 255 - 23
    if page_bytes < 512 or not most < size <= _MOST_BYTES:
        return 0
    here = least + (size - least) % (page_bytes - 4)
    return here if here <= most else least


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes and where it ends; beyond the page it is a number too large for anything."""
    value = 0
    for i in range(9):
        if at >= len(page):
            return 1 << 62, at
        byte = page[at]
        at += 1
        if i == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value - (1 << 64) if value >= 1 << 63 else value, at


def _width(type_: int) -> int:
    if type_ >= 12:
        return (type_ - 12) // 2
    return {7: 8}.get(type_) or _INT_BYTES.get(type_, 0)


def _value(type_: int, data: bytes) -> Value:
    if type_ == 0:
        return None
    if type_ in (8, 9):
        return type_ - 8
    if type_ in _INT_BYTES:
        return int.from_bytes(data, "big", signed=True)
    if type_ == 7:
        return float(struct.unpack(">d", data)[0])
    if type_ < 12:
        raise ValueError(f"serial type {type_} is reserved")
    return data.decode("utf-8") if type_ % 2 else data
