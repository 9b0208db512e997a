"""The model of a disk: what a sync secures, what a cut may leave otherwise, and what it never leaves."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from tests.crash.disk import (
    RANDOM,
    ROOT,
    SECTOR,
    Disk,
    Fate,
    Name,
    Operation,
    Resize,
    State,
    Sync,
    SyncFolder,
    Write,
    content_of,
    sectors,
)

DRAWS = 400
OLD = content_of(b"old!")
F, G = -1, -2
"""Two folders."""
MADE = Name({(ROOT, "a"): 1})
SECURED: list[Operation] = [MADE, Write(1, 0, b"old!"), Sync(1), SyncFolder(ROOT)]


def after(operations: Iterable[Operation]) -> Disk:
    disk = Disk()
    for operation in operations:
        disk.apply(operation)
    return disk


def possible(*operations: Operation) -> list[State]:
    """All states that a cut after these operations was seen to leave."""
    disk = after(operations)
    fates = [Fate.LOST, Fate.KEPT, *RANDOM * (DRAWS // len(RANDOM))]
    return [disk.after_cut(fate, random.Random(n)) for n, fate in enumerate(fates)]


def contents(*operations: Operation) -> set[bytes | None]:
    """What file "a" may hold after a cut, None where it is absent."""
    return {state.files["a"].whole() if "a" in state.files else None for state in possible(*operations)}


def test_what_was_synced_with_its_name_is_there_in_every_state() -> None:
    assert contents(*SECURED) == {b"old!"}
    assert not after(SECURED).unsettled()


def test_a_synced_file_whose_folder_was_not_synced_may_be_absent() -> None:
    assert contents(MADE, Write(1, 0, b"new"), Sync(1)) == {None, b"new"}


def test_a_file_whose_name_is_secured_may_be_empty_while_it_was_not_synced() -> None:
    assert {b"", b"new"} <= contents(MADE, Write(1, 0, b"new"), SyncFolder(ROOT))


def test_a_removed_file_may_be_back_until_its_folder_is_synced() -> None:
    gone = Name({(ROOT, "a"): None})
    assert contents(*SECURED, gone) == {None, b"old!"}
    assert contents(*SECURED, gone, SyncFolder(ROOT)) == {None}


def test_of_two_writes_either_may_be_there_without_the_other() -> None:
    found = contents(*SECURED, Write(1, 0, b"X"), Write(1, 3, b"Y"))
    assert {b"old!", b"Xld!", b"oldY", b"XldY"} <= found


def test_of_two_writes_to_one_place_the_first_may_be_there_last() -> None:
    assert {b"1ld!", b"2ld!"} <= contents(*SECURED, Write(1, 0, b"1"), Write(1, 0, b"2"))


def test_a_write_is_torn_at_sectors_and_nowhere_else() -> None:
    base: list[Operation] = [MADE, Write(1, 0, bytes(3 * SECTOR)), Sync(1), SyncFolder(ROOT)]
    found = contents(*base, Write(1, 100, b"x" * 2 * SECTOR))
    parts = {(data[100:SECTOR], data[SECTOR : 2 * SECTOR], data[2 * SECTOR :]) for data in found if data}
    first, second, third = (set(column) for column in zip(*parts, strict=True))
    assert first == {bytes(SECTOR - 100), b"x" * (SECTOR - 100)}
    assert second == {bytes(SECTOR), b"x" * SECTOR}
    assert third == {bytes(SECTOR), b"x" * 100 + bytes(SECTOR - 100)}
    assert len(parts) == 8, "each part is kept or lost by itself"


def test_the_sectors_of_a_write_are_the_write() -> None:
    write = Write(1, 700, bytes(range(256)) * 8)
    parts = list(sectors(write))
    assert b"".join(part.data for part in parts) == write.data
    assert all(part.offset % SECTOR == 0 for part in parts[1:])
    assert after(parts).content(1) == after([write]).content(1) == content_of(bytes(700) + write.data)


def test_a_file_may_have_grown_and_hold_zeros_where_its_data_should_be() -> None:
    assert b"old!\0\0\0" in contents(*SECURED, Write(1, 4, b"new"))


def test_what_was_cut_off_may_be_back_until_the_file_is_synced() -> None:
    cut = Resize(1, 1)
    assert contents(*SECURED, cut) == {b"old!", b"o"}
    assert contents(*SECURED, cut, Sync(1)) == {b"o"}


def test_a_file_is_filled_up_with_zeros() -> None:
    assert after([MADE, Resize(1, 2), Write(1, 4, b"x")]).content(1) == content_of(b"\0\0\0\0x")


def test_a_move_is_there_or_not_and_never_half() -> None:
    states = possible(*SECURED, Name({(ROOT, "b"): 1, (ROOT, "a"): None}))
    assert {tuple(state.files.items()) for state in states} == {(("a", OLD),), (("b", OLD),)}


def test_a_move_over_another_file_leaves_one_of_the_two() -> None:
    other: list[Operation] = [Name({(ROOT, "b"): 2}), Write(2, 0, b"new"), Sync(2), SyncFolder(ROOT)]
    assert contents(*SECURED, *other, Name({(ROOT, "b"): None, (ROOT, "a"): 2})) == {b"old!", b"new"}


def test_a_move_between_folders_lasts_when_both_were_synced() -> None:
    made: list[Operation] = [Name({(ROOT, "f"): F}), SyncFolder(ROOT)]
    move = Name({(F, "a"): 1, (ROOT, "a"): None})
    half = possible(*SECURED, *made, move, SyncFolder(F))
    assert {tuple(state.files) for state in half} == {("a",), ("f/a",)}
    both = possible(*SECURED, *made, move, SyncFolder(F), SyncFolder(ROOT))
    assert {tuple(state.files) for state in both} == {("f/a",)}


def test_a_file_is_absent_with_its_folder() -> None:
    states = possible(Name({(ROOT, "f"): F}), Name({(F, "a"): 1}), SyncFolder(F))
    assert {(tuple(s.files), tuple(s.folders)) for s in states} == {((), ()), (("f/a",), ("f",))}


def test_what_is_in_a_folder_moves_with_it() -> None:
    made: list[Operation] = [Name({(ROOT, "f"): F}), Name({(F, "a"): 1}), SyncFolder(F), SyncFolder(ROOT)]
    move = Name({(ROOT, "f"): None, (ROOT, "g"): F})
    assert {tuple(state.files) for state in possible(*made, move)} == {("f/a",), ("g/a",)}
    again = Name({(ROOT, "f"): G})
    found = possible(*made, move, again, Name({(G, "b"): 2}), SyncFolder(G), SyncFolder(ROOT))
    assert {tuple(sorted(state.files)) for state in found} == {("f/b", "g/a")}


def test_names_are_lost_and_kept_independently_of_each_other() -> None:
    states = possible(Name({(ROOT, "a"): 1}), Name({(ROOT, "b"): 2}))
    assert {tuple(state.files) for state in states} == {(), ("a",), ("b",), ("a", "b")}


def test_what_a_failed_sync_should_have_secured_is_read_but_never_certain() -> None:
    failed: list[Operation] = [*SECURED, Write(1, 0, b"X"), Sync(1, failed=True), Write(1, 1, b"Y"), Sync(1)]
    assert after(failed).seen().files == {"a": content_of(b"XYd!")}
    assert contents(*failed) == {b"oYd!", b"XYd!"}
    assert after(failed).after_cut(Fate.KEPT, random.Random(0)).files == {"a": content_of(b"oYd!")}


def test_what_is_written_anew_after_a_failed_sync_is_secured_by_the_next() -> None:
    again = Write(1, 0, b"X")
    assert contents(*SECURED, again, Sync(1, failed=True), again, Sync(1)) == {b"Xld!"}


def test_a_name_whose_sync_failed_is_certain_only_after_another_change_in_its_folder() -> None:
    failed: list[Operation] = [MADE, SyncFolder(ROOT, failed=True)]
    assert contents(*failed, SyncFolder(ROOT)) == {None, b""}
    assert contents(*failed, Name({(ROOT, "b"): 2}), SyncFolder(ROOT)) == {b""}


def test_a_sync_of_one_file_or_folder_secures_nothing_elsewhere() -> None:
    made: list[Operation] = [Name({(ROOT, "f"): F}), SyncFolder(ROOT), MADE, Name({(F, "b"): 2}), Write(1, 0, b"x")]
    left = after([*made, Sync(2), SyncFolder(F)]).after_cut(Fate.LOST, random.Random(0))
    assert left.files == {"f/b": content_of(b"")}


def test_what_may_be_there_or_not_is_counted() -> None:
    open_: list[Operation] = [Write(1, 500, bytes(600)), Write(1, 0, b"x"), Resize(1, 3), Name({(ROOT, "b"): 2})]
    assert [after([*SECURED, *open_[:n]]).unsettled() for n in range(5)] == [0, 3, 4, 5, 6]


@pytest.mark.parametrize("fate", list(Fate))
def test_the_same_dice_leave_the_same_state(fate: Fate) -> None:
    disk = after([*SECURED, Write(1, 0, bytes(5_000)), Name({(ROOT, "b"): 2}), Write(2, 0, b"x")])
    assert disk.after_cut(fate, random.Random(7)) == disk.after_cut(fate, random.Random(7))


def test_two_states_have_one_digest_only_if_they_are_the_same() -> None:
    none = content_of(b"")
    states = [
        State({}),
        State({"a": none}),
        State({"a": content_of(b"b")}),
        State({"a": content_of(b"b", 2)}),
        State({"ab": none}),
        State({"a": none, "b": none}),
        State({}, frozenset({"a"})),
    ]
    assert len({state.digest() for state in states}) == len(states)
    assert State({"a": none, "b": none}).digest() == State({"b": none, "a": none}).digest()


def test_zeros_at_the_end_count_the_same_however_they_came_there() -> None:
    written = after([MADE, Write(1, 0, b"x" + bytes(9))])
    grown = after([MADE, Write(1, 0, b"x"), Resize(1, 10)])
    again = after([MADE, Write(1, 0, b"xy"), Resize(1, 1), Write(1, 9, b"\0")])
    assert written.seen() == grown.seen() == again.seen() == State({"a": content_of(b"x", 10)})
    assert content_of(b"x", 10).whole() == b"x" + bytes(9)
