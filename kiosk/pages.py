"""SQLite's file format, read as far as rows in damaged files need it. Pure: bytes in, records out; knows no table.

Source: https://www.sqlite.org/fileformat2.html. Only what Moodpost writes is read: leaf pages of tables and indexes
whose records fit into their page. Whether a record is true is for whoever knows its checksum to say; where the
structure of a page is broken, every offset in it is tried.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from kiosk.disk import FRAME_HEAD, WAL_HEAD

TABLE_LEAF = 13
INDEX_LEAF = 10
_INTERIOR = (2, 5)
_HEAD = 100
"""Bytes of the file's header before the first page's own."""
_POINTER = 4
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_COLUMNS = 40

Value = int | float | str | bytes | None


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


def records(page: bytes, *, first: bool = False) -> Iterator[Record]:
    """Every record that can be read from a page, where its structure is broken also those that seem to be in it.

    `first` says that this is the file's first page. A record may come twice.
    """
    start = _HEAD if first else 0
    if len(page) < start + 8:
        return
    kind = page[start]
    if kind in _INTERIOR or page.count(0) >= len(page) - _POINTER:
        return  # no rows here, or nothing but zeros: space that is kept free
    found = [] if kind not in (TABLE_LEAF, INDEX_LEAF) else list(_listed(page, start, kind))
    yield from (record for record in found if record is not None)
    if not found or None in found:
        for at in range(start + 8, len(page) - 4):
            if record := _record(page, at, TABLE_LEAF) or _record(page, at, INDEX_LEAF):
                yield record


def brute(page: bytes) -> Iterator[Record]:
    """Every record that any offset of a page could be the beginning of: for pages whose rows fail their checksums."""
    for at in range(len(page) - 4):
        if record := _record(page, at, TABLE_LEAF):
            yield record


def _listed(page: bytes, start: int, kind: int) -> Iterator[Record | None]:
    """The cells that the page's own list names; None for each that can't be read."""
    (count,) = struct.unpack_from(">H", page, start + 3)
    for i in range(count):
        at = start + 8 + 2 * i
        if at + 2 > len(page):
            yield None
            return
        (offset,) = struct.unpack_from(">H", page, at)
        yield _record(page, offset, kind)


def _record(page: bytes, at: int, kind: int) -> Record | None:
    size, at = _varint(page, at)
    rowid = None
    if kind == TABLE_LEAF:
        rowid, at = _varint(page, at)
    end = at + size
    if size < 2 or end > len(page):
        return None
    head, place = _varint(page, at)
    body = at + head
    if not 2 <= head <= min(size, 2 * _MOST_COLUMNS):
        return None
    types = []
    while place < body:
        type_, place = _varint(page, place)
        types.append(type_)
    if place != body or body + sum(map(_width, types)) != end:
        return None
    values = []
    for type_ in types:
        width = _width(type_)
        try:
            values.append(_value(type_, page[body : body + width]))
        except (UnicodeDecodeError, ValueError):
            return None
        body += width
    return Record(rowid, tuple(values))


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


class Frame(NamedTuple):
    """One page in the write-ahead log."""

    page_number: int
    commits: bool
    """Whether a transaction ends with it."""
    salts: bytes
    sums: bytes
    """Its checksum, which the next one's is counted on from."""
    page: bytes


class Log:
    """A -wal file's frames, whatever became of some of them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sound = False
        """Whether the log's own header is as it was written; where it is not, nothing in it is believed."""
        self.salts = b""
        self.page_bytes = 4096
        self._order = "<"
        if len(data) >= WAL_HEAD:
            self._read_head(data[:WAL_HEAD])
            if not self.sound and len(self) > 1 and not self.follows(1):
                self._order = ">"  # which machine wrote it, the frames tell

    def _read_head(self, head: bytes) -> None:
        magic, _, size = struct.unpack_from(">III", head)
        order = ">" if magic & 1 else "<"
        if magic & ~1 == 0x377F0682 and _sum(order, head[:24], bytes(8)) == head[24:]:
            self.sound, self._order, self.page_bytes, self.salts = True, order, size, head[16:24]

    def __len__(self) -> int:
        return max(0, len(self._data) - WAL_HEAD) // (FRAME_HEAD + self.page_bytes)

    def frame(self, index: int) -> Frame:
        """The frame at `index`, from 0."""
        at = WAL_HEAD + index * (FRAME_HEAD + self.page_bytes)
        number, size = struct.unpack_from(">II", self._data, at)
        head = self._data[at : at + FRAME_HEAD]
        page = self._data[at + FRAME_HEAD : at + FRAME_HEAD + self.page_bytes]
        return Frame(number, size > 0, head[8:16], head[16:24], page)

    def follows(self, index: int) -> bool:
        """Whether the frame is whole, counted on from the checksum that stands before it, be that right or not."""
        at = WAL_HEAD + index * (FRAME_HEAD + self.page_bytes)
        before = self._data[24:32] if index == 0 else self.frame(index - 1).sums
        content = self._data[at : at + 8] + self._data[at + FRAME_HEAD : at + FRAME_HEAD + self.page_bytes]
        return _sum(self._order, content, before) == self.frame(index).sums

    def broken_after(self, whole: int) -> bool:
        """Whether the log was damaged behind its first `whole` frames, which are all that SQLite believes.

        A power cut leaves at most one transaction unfinished, the last: before the next begins, it is on the disk.
        So what begins after the end of one that is not believed proves damage. Frames of an older log have other
        salts; where the header is broken, they are those of the first frame.
        """
        salts = self.salts if self.sound else self._first_salts()
        if not any(salts):
            return False  # nothing but room kept for a log
        ended = False
        for index in range(whole, len(self)):
            frame = self.frame(index)
            if frame.salts != salts or not self.follows(index):
                continue
            if ended:
                return True
            ended = frame.commits
        return False

    def committed(self) -> list[int]:
        """The frames of this log up to the last commit that can be seen, damaged ones among them included."""
        salts = self.salts if self.sound else self._first_salts()
        frames = [index for index in range(len(self)) if any(salts) and self.frame(index).salts == salts]
        while frames and not (self.frame(frames[-1]).commits and self.follows(frames[-1])):
            frames.pop()
        return frames

    def _first_salts(self) -> bytes:
        return self.frame(0).salts if len(self) else b""


def renewed(head: bytes, salt: bytes) -> bytes:
    """A log's header with other salts, as SQLite begins a log anew: no frame that is there belongs to it."""
    order = ">" if head[3] & 1 else "<"
    times, first = struct.unpack_from(">II", head, 12)
    fresh = head[:12] + struct.pack(">II", times + 1 & 0xFFFFFFFF, first + 1 & 0xFFFFFFFF) + salt
    return fresh + _sum(order, fresh, bytes(8))


def _sum(order: str, data: bytes, before: bytes) -> bytes:
    """A log's checksum; its words are in the byte order of the machine that wrote, the sums always big-endian."""
    a, b = struct.unpack(">II", before)
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        a = (a + even + b) & 0xFFFFFFFF
        b = (b + odd + a) & 0xFFFFFFFF
    return struct.pack(">II", a, b)
