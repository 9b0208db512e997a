"""Pages as SQLite itself writes them: every record comes out; whatever else the bytes are, nothing raises."""

from __future__ import annotations

import itertools
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.pages import SIZES, Record, brute, is_leaf, page_size, records, rest_of

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    st.binary(max_size=60),
)


def pages_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    size = page_size(data) or 0
    return [data[at : at + size] for at in range(0, len(data), size)]


def a_table(path: Path, rows: list[tuple[object, ...]], page_bytes: int = 4096) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size={page_bytes}")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)")
    connection.executemany("INSERT INTO t (id, a, b, c) VALUES (?, ?, ?, ?)", rows)
    return connection


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.integers(-(2**63), 2**63 - 1), st.tuples(VALUES, VALUES, VALUES), max_size=60))
def test_every_row_that_sqlite_writes_is_read(tmp_path: Path, rows: dict[int, tuple[object, ...]]) -> None:
    path = tmp_path / "t.db"
    path.unlink(missing_ok=True)
    a_table(path, [(id_, *values) for id_, values in rows.items()]).close()
    found = {r for n, page in enumerate(pages_of(path)) for r in records(page, first=n == 0) if len(r.values) == 4}
    # SQLite writes a whole float as an integer, and reads it back as a float for a column that asks for one.
    assert {(r.rowid, r.values[1:]) for r in found} == set(rows.items())


@pytest.mark.parametrize("page_bytes", [512, *SIZES])
def test_a_record_that_goes_on_on_other_pages_is_read(tmp_path: Path, page_bytes: int) -> None:
    """Around each length at which SQLite lays it out in another way, and up to what the longest answer takes."""
    path = tmp_path / "t.db"
    edges = [(460, 490), (900, 1_000), (4_040, 4_070)]
    lengths = [*range(1, 9_000, 211), *(n for edge in edges for n in range(*edge)), 15_000]
    rows = [(n, "x" * n, n, b"y" * (n % 3)) for n in sorted(set(lengths))]
    connection = a_table(path, rows, page_bytes)
    connection.execute("CREATE INDEX again ON t (a, b)")
    connection.close()
    pages = pages_of(path)
    rest = partial(rest_of, lambda number: pages[number - 1])
    found = [r for n, page in enumerate(pages) for r in records(page, first=n == 0, rest=rest)]
    assert {(r.rowid, *r.values[1:]) for r in found if r.rowid and len(r.values) == 4} >= set(rows)
    leaf = [(text, n, n) for n, text, *_ in rows]
    again = {r.values for r in found if r.rowid is None and len(r.values) == 3}
    assert len(again & set(leaf)) > len(leaf) // 2, "the others stand in pages above the leaves"
    assert again <= set(leaf)


def test_a_record_just_too_long_for_a_page_is_read_wherever_on_it_it_stands(tmp_path: Path) -> None:
    """Low on a page all of it would have room, yet SQLite has it go on on another."""
    path = tmp_path / "t.db"
    # Three that fit and eight that don't fill a page to its first byte, now and then.
    fillers = itertools.product(range(23, 28), repeat=3)
    lengths = [length for three in fillers for length in (*three, *[982] * 8)]
    rows = [(n, "x" * length, n, b"") for n, length in enumerate(lengths, 128)]
    a_table(path, rows, 1_024).close()
    pages = pages_of(path)
    rest = partial(rest_of, lambda number: pages[number - 1])
    found = {r for n, page in enumerate(pages) for r in records(page, first=n == 0, rest=rest) if len(r.values) == 4}
    assert {r.values[1:] for r in found} >= {row[1:] for row in rows}


def test_what_is_missing_of_its_other_pages_costs_that_record_alone(tmp_path: Path) -> None:
    a_table(tmp_path / "t.db", [(1, "x" * 3_000, 0, 0), (2, "short", 0, 0)], 1024).close()
    pages = pages_of(tmp_path / "t.db")
    assert {r.rowid for r in records(pages[1])} == {2}
    for broken in (b"", pages[2][:4], bytes(1_000), b"\0\0\0\4" + bytes(900)):
        rest = partial(rest_of, lambda number, page=broken: page if number == 3 else b"")  # type: ignore[misc]
        assert {r.rowid for r in [*records(pages[1], rest=rest), *brute(pages[1], rest=rest)]} == {2}


def test_a_chain_of_pages_that_leads_back_to_itself_ends(tmp_path: Path) -> None:
    assert rest_of(lambda number: number.to_bytes(4, "big") + b"ab", 7, 5) == b"ababa"


def test_a_slab_of_zeros_is_no_record_to_be_read(tmp_path: Path) -> None:
    a_table(tmp_path / "t.db", [(1, b"\1" * 20_000, 0, 0)], 1024).close()
    asked: list[int] = []

    def rest(number: int, size: int) -> bytes:
        asked.append(number)
        return b""

    assert [r for page in pages_of(tmp_path / "t.db")[1:] for r in records(page, rest=rest) if len(r.values) == 4] == []
    assert asked == []


@pytest.mark.parametrize("page_bytes", SIZES)
def test_a_whole_page_of_rows_is_told_from_anything_else(tmp_path: Path, page_bytes: int) -> None:
    a_table(tmp_path / "t.db", [(n, f"row {n}", n * 1_000, "z" * 40) for n in range(200)], page_bytes).close()
    pages = pages_of(tmp_path / "t.db")
    leaves = [page for page in pages[1:] if page[0] == 13]
    assert leaves
    assert all(map(is_leaf, leaves))
    assert not any(map(is_leaf, [page for page in pages if page not in leaves]))
    assert not any(is_leaf(page[: len(page) // 2]) for page in leaves)
    for other in (b"", bytes(page_bytes), b"\x0d" + bytes(page_bytes - 1)):
        assert not is_leaf(other)


def test_the_second_copy_in_an_index_is_read(tmp_path: Path) -> None:
    connection = a_table(tmp_path / "t.db", [(7, "x", 2, b"y")])
    connection.execute("CREATE INDEX again ON t (a, b, c)")
    connection.close()
    found = [r for n, page in enumerate(pages_of(tmp_path / "t.db")) for r in records(page, first=n == 0)]
    assert Record(None, ("x", 2, b"y", 7)) in found


@pytest.mark.parametrize("harm", [0, 3, 4, 8, 9], ids=["its kind", "its count", "its count", "a place", "a place"])
def test_a_page_whose_own_list_is_broken_gives_its_rows_all_the_same(tmp_path: Path, harm: int) -> None:
    rows = [(n, f"row {n}", n * 1_000, "z" * 40) for n in range(1, 30)]
    a_table(tmp_path / "t.db", rows).close()
    page = bytearray(pages_of(tmp_path / "t.db")[1])
    page[harm] ^= 0xFF
    found = {(r.rowid, *r.values[1:]) for r in [*records(bytes(page)), *brute(bytes(page))] if len(r.values) == 4}
    assert set(rows) <= found


@given(st.binary(max_size=5_000), st.booleans())
def test_any_bytes_at_all_are_read_without_an_error(data: bytes, first: bool) -> None:
    list(records(data, first=first))
    list(brute(data[:600]))
    page_size(data)


@given(st.integers(0, 4095), st.integers(0, 255), st.sampled_from([10, 13]))
def test_a_page_with_any_byte_changed_is_read_without_an_error(at: int, byte: int, kind: int) -> None:
    page = bytearray(4096)
    page[0], page[3:5], page[8:10] = kind, (0, 1), (15, 160)
    page[4000:4008] = b"\x06\x01\x04\x00\x01\x09\x08\x00"
    page[at] = byte
    list(records(bytes(page)))


def test_a_page_size_is_told_from_a_whole_header_only(tmp_path: Path) -> None:
    a_table(tmp_path / "t.db", []).close()
    head = (tmp_path / "t.db").read_bytes()[:100]
    assert page_size(head) == 4096
    assert page_size(head[:16] + b"\0\1" + head[18:]) == 65536
    for wrong in (head[:99], b"x" + head[1:], head[:16] + b"\x0f\x00" + head[18:], head[:16] + b"\0\x10" + head[18:]):
        assert page_size(wrong) is None
