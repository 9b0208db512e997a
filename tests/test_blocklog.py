"""The log of writes is read as QEMU writes it, and cuts are what a card may do, no more and no less."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.image import blocklog
from tests.image.blocklog import DISCARD, FLUSH, FUA, SECTOR, Cut, Entry, Part

# As QEMU 7.2 wrote them: its first sector with 62 entries in it, and a write of two sectors to 335874.
SUPER = struct.pack("<QQQI", 0x6A736677736872, 1, 62, 512)
WRITE = bytes.fromhex("02200500000000000200000000000000" + "00" * 16)


def logged(folder: Path, told: Sequence[tuple[int, bytes, int]], rest: bytes = b"") -> Path:
    """A log of (sector, data, flags), and what a killed QEMU left behind."""
    path = folder / "log"
    with path.open("wb") as file:
        file.write(SUPER.ljust(SECTOR, b"\0"))
        for sector, data, flags in told:
            head = struct.pack("<QQQQ", sector, len(data) // SECTOR, flags, 0)
            file.write(head.ljust(SECTOR, b"\0") + (b"" if flags & DISCARD else data))
        file.write(rest)
    return path


def sectors(*values: int) -> bytes:
    return b"".join(bytes([value]) * SECTOR for value in values)


def test_a_log_is_read_to_the_end_of_the_file_whatever_its_first_sector_counts(tmp_path: Path) -> None:
    path = logged(tmp_path, [(8, sectors(1, 2), 0), (0, b"", FLUSH)] * 40)
    found = blocklog.entries(path)
    assert len(found) == 80
    assert (found[2].sector, found[2].count, found[2].flushes) == (8, 2, False)
    assert found[2].read(path) == sectors(1, 2)
    assert found[79].flushes and found[79].end == path.stat().st_size


def test_an_entry_is_read_as_qemu_wrote_it(tmp_path: Path) -> None:
    path = logged(tmp_path, [], WRITE.ljust(SECTOR, b"\0") + sectors(7, 8))
    (found,) = blocklog.entries(path)
    assert (found.sector, found.count, found.flags, found.read(path)) == (335_874, 2, 0, sectors(7, 8))


@pytest.mark.parametrize("length", [1, 31, 511, 512, 513, 1535])
def test_what_a_killed_qemu_wrote_in_part_is_left_out(tmp_path: Path, length: int) -> None:
    rest = WRITE.ljust(SECTOR, b"\0") + sectors(1, 2)
    path = logged(tmp_path, [(8, sectors(1), 0)], rest[:length])
    assert [entry.sector for entry in blocklog.entries(path)] == [8]


def test_sectors_given_up_carry_no_data_and_read_as_zeros(tmp_path: Path) -> None:
    path = logged(tmp_path, [(8, sectors(1, 2, 3), DISCARD), (9, sectors(4), 0)])
    gone, kept = blocklog.entries(path)
    assert (gone.read(path), kept.read(path)) == (bytes(3 * SECTOR), sectors(4))


@pytest.mark.parametrize("data", [b"", b"\0" * SECTOR, SUPER[:8] + struct.pack("<QQI", 2, 0, 512)])
def test_another_file_is_no_log(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(ValueError, match="no log of writes"):
        blocklog.entries(tmp_path / "log")


def test_a_length_of_the_log_tells_how_much_was_told_by_then(tmp_path: Path) -> None:
    path = logged(tmp_path, [(8, sectors(1, 2), 0), (0, b"", FLUSH), (8, sectors(3), 0)])
    log = blocklog.entries(path)
    assert [blocklog.told_at(log, length) for length in (0, 512, 2047, 2048, 2559, 2560, 3583, 3584, 9999)] == [
        *(0, 0, 0, 1, 1, 2, 2, 3, 3)
    ]


def log_of(*flags_and_counts: tuple[int, int]) -> list[Entry]:
    return [Entry(8 * n, count, flags, 0) for n, (flags, count) in enumerate(flags_and_counts)]


def test_what_follows_a_flush_is_dropped_at_the_last_moment_before_the_next() -> None:
    log = log_of((0, 1), (0, 2), (FLUSH, 0), (0, 1), (FLUSH, 0), (FLUSH, 0), (0, 3))
    assert list(blocklog.cuts(log, 1, 0)) == [
        Cut("dropped", 0, 2),
        Cut("dropped", 3, 4),
        Cut("dropped", 5, 5),
        Cut("dropped", 6, 7),
    ]


def test_a_flush_that_carries_data_flushes_what_came_before_it_alone() -> None:
    log = log_of((0, 1), (FLUSH, 2), (0, 1))
    assert list(blocklog.gaps(log)) == [(0, 1), (1, 3)]


def test_a_write_through_is_kept_though_what_came_before_it_is_dropped() -> None:
    log = log_of((0, 1), (FUA, 2), (0, 1))
    assert list(blocklog.cuts(log, 1, 0)) == [Cut("dropped", 0, 3, (Part(1, 2),))]
    for cut in blocklog.cuts(log, 1, 50):
        assert cut.told < 2 or Part(1, 2) in cut.parts


def test_a_card_that_lies_loses_what_it_said_it_flushed() -> None:
    log = log_of((0, 1), (FLUSH, 0), (0, 1), (FLUSH, 0), (0, 1), (FLUSH, 0))
    assert [(cut.flushed, cut.told) for cut in blocklog.lying(log, 2)] == [(0, 1), (0, 3), (0, 5), (2, 6)]


@given(
    st.lists(
        st.one_of(st.just((FLUSH, 0)), st.tuples(st.sampled_from([0, 0, 0, FUA]), st.integers(1, 8))), max_size=30
    ),
    st.integers(0, 9),
)
def test_a_cut_keeps_whole_what_was_flushed_and_only_parts_of_what_came_later(
    told: list[tuple[int, int]], seed: int
) -> None:
    log = log_of(*told)
    found = list(blocklog.cuts(log, seed, 4))
    assert found == list(blocklog.cuts(log, seed, 4))
    assert [cut.flushed for cut in found] == sorted(cut.flushed for cut in found)
    for cut in found:
        flushes = [number for number in range(cut.told) if log[number].flushes]
        assert cut.flushed == (flushes[-1] + 1 if flushes else 0), "no flush before the cut may be forgotten"
        assert [part.entry for part in cut.parts] == sorted({part.entry for part in cut.parts})
        for part in cut.parts:
            assert cut.flushed <= part.entry < cut.told
            assert 0 < part.sectors <= log[part.entry].count
        if cut.kind == "torn":
            assert [part.sectors for part in cut.parts[:-1]] == [log[part.entry].count for part in cut.parts[:-1]]


def test_torn_and_random_cuts_reach_every_way_to_end_a_small_log() -> None:
    log = log_of((0, 2), (0, 2))
    seen = {cut.parts for cut in blocklog.cuts(log, 3, 400)}
    whole = {(a, b) for a in range(3) for b in range(3)}
    assert {
        tuple(sum(part.sectors for part in parts if part.entry == entry) for entry in (0, 1)) for parts in seen
    } == whole
