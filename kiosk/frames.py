"""A -wal file's frames, read whatever became of some of them. Pure: bytes in, frames out; knows no row and no file.

Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from kiosk.disk import FRAME_HEAD, WAL_HEAD
from kiosk.pages import SIZES

_TRIED_FRAMES = 64


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
        self.page_bytes = SIZES[0]
        self._order = "<"
        if len(data) >= WAL_HEAD:
            self._read_head(data[:WAL_HEAD])
            if not self.sound:
                self._ask_frames()

    def _read_head(self, head: bytes) -> None:
        magic, _, size = struct.unpack_from(">III", head)
        order = ">" if magic & 1 else "<"
        if magic & ~1 == 0x377F0682 and _sum(order, head[:24], bytes(8)) == head[24:]:
            self.sound, self._order, self.page_bytes, self.salts = True, order, size, head[16:24]

    def _ask_frames(self) -> None:
        """Which machine wrote it, and with which pages: so that frames follow each other."""
        guesses = [(size, order) for size in SIZES for order in "<>"]
        for self.page_bytes, self._order in guesses:
            for index in range(min(len(self), _TRIED_FRAMES)):
                if any(self.frame(index).salts) and self.follows(index):
                    return
        self.page_bytes, self._order = guesses[0]

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
