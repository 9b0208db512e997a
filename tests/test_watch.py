"""The watch: what stands in a row, what a later mark names, once each, and by the numbers that the store gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import insight, store
from kiosk.misuse import Limits
from kiosk.reader import Reader
from kiosk.response import Draft, Response, Ui
from kiosk.watch import REMEMBERED, Watch
from sync import protocol
from sync.collector import results, tables
from sync.collector.ingest import ingest
from sync.collector.page import render
from sync.outbox import Outbox
from sync.protocol import Ack
from sync.state import SyncState
from tests.test_store import Bench, a_vote

FAST = 300


def draft(visit: int, face: int, ms: int, ui: Ui = "physical", misuse: str = "") -> Draft:
    return Draft(visit, 0, "vote", "visit/1", "visit", f"{face}/4", ui, "fi", misuse, ms)


def response(row: Draft, seq: int) -> Response:
    return Response(seq=seq, boot=1, **{**msgspec.structs.asdict(row), "visit": seq})


class Kiosk:
    """A watch with a store that numbers what it is given."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.watch = Watch(limits or Limits())
        self.ms = 100_000
        self.votes: list[Draft] = []
        self.marks: list[str] = []
        self.seq = 0
        self._open: list[tuple[int, Draft]] = []

    def press(self, face: int, after_ms: int = 4_000, ui: Ui = "physical", misuse: str = "") -> Draft:
        """A press whose commit does not return yet."""
        self.ms += after_ms
        ticket = len(self.votes) + 1
        (row,) = self.watch.pressed([draft(ticket, face, self.ms, ui, misuse)], ticket)
        self.votes.append(row)
        self._open.append((ticket, row))
        return row

    def commit(self, *, fails: bool = False) -> tuple[Draft, ...]:
        """The oldest commit that has not returned does."""
        ticket, row = self._open.pop(0)
        self.seq += not fails
        return self.keep(self.watch.settled(ticket, [] if fails else [response(row, self.seq)], self.ms))

    def keep(self, marks: tuple[Draft, ...]) -> tuple[Draft, ...]:
        self.marks += [mark.value for mark in marks]
        self.seq += len(marks)
        return marks

    def vote(self, face: int, after_ms: int = 4_000, ui: Ui = "physical", misuse: str = "") -> Draft:
        row = self.press(face, after_ms, ui, misuse)
        self.commit()
        return row

    @property
    def in_rows(self) -> list[str]:
        return [row.misuse for row in self.votes]


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


def hammer(kiosk: Kiosk, times: int) -> None:
    for n in range(times):
        kiosk.vote(1 + n % 4, FAST)


def test_visitors_who_take_turns_leave_no_mark(kiosk: Kiosk) -> None:
    for face, after in (
        (1, 9_000),
        (2, 21_000),
        (2, 4_000),
        (4, 7_000),
        (1, 90_000),
        (1, 13_000),
        (3, 2_500),
        (2, 31_000),
    ):
        kiosk.vote(face, after)
    assert (set(kiosk.in_rows), kiosk.marks) == ({""}, [])


def test_a_burst_is_marked_in_its_rows_once_it_is_one_and_its_beginning_by_one_mark(kiosk: Kiosk) -> None:
    hammer(kiosk, 20)
    assert kiosk.in_rows == [""] * 7 + ["burst/1"] * 13
    assert kiosk.marks == ["burst/1 1 2 3 4 5 6 7"]


def test_a_mark_is_a_row_of_the_visit_that_it_names_last(kiosk: Kiosk) -> None:
    for n in range(8):
        kiosk.press(1 + n % 4, FAST)
    marks = [mark for _ in range(8) for mark in kiosk.commit()]
    assert marks[-1] == Draft(7, 0, "mark", "visit/1", "", marks[-1].value, "", "fi", "", kiosk.ms)


def test_what_is_on_its_way_to_the_card_still_is_named_once_it_has_a_number(kiosk: Kiosk) -> None:
    for n in range(8):
        kiosk.press(1 + n % 4, FAST)
    for _ in range(8):
        kiosk.commit()
    named = [int(word) for value in kiosk.marks for word in value.split()[1:]]
    assert len(named) == len(set(named)) == 7
    assert {value.split()[0] for value in kiosk.marks} == {"burst/1"}


def test_a_vote_that_could_not_be_stored_is_named_by_nobody(kiosk: Kiosk) -> None:
    for n in range(8):
        kiosk.press(1 + n % 4, FAST)
    kiosk.commit(fails=True)
    for _ in range(7):
        kiosk.commit()
    assert sum(len(value.split()) - 1 for value in kiosk.marks) == 6


def test_two_buttons_by_one_arm_are_both_marked(kiosk: Kiosk) -> None:
    kiosk.vote(2, 60_000)
    assert kiosk.vote(3, 80).misuse == "mash/1"
    assert kiosk.marks == ["mash/1 1"]
    assert kiosk.vote(3, 60_000).misuse == ""


def test_a_press_that_the_visit_has_marked_keeps_its_reason_and_gets_no_other(kiosk: Kiosk) -> None:
    kiosk.vote(2, 60_000, misuse="closed/1")
    kiosk.vote(3, 80, misuse="closed/1")
    assert (kiosk.in_rows, kiosk.marks) == (["closed/1", "closed/1"], [])


def test_whoever_hammers_one_face_keeps_one_vote(kiosk: Kiosk) -> None:
    kiosk.vote(4, 60_000)
    for _ in range(50):
        kiosk.vote(4, 400, misuse="lockout/1")
    assert (kiosk.in_rows, kiosk.marks) == (["", *["lockout/1"] * 50], [])


def test_a_machine_is_marked_from_its_first_press_on(kiosk: Kiosk) -> None:
    for _ in range(12):
        kiosk.vote(1, 5_000)
    assert kiosk.in_rows == [""] * 7 + ["rhythm/1"] * 5
    assert kiosk.marks == ["rhythm/1 1 2 3 4 5 6 7"]


def test_a_button_that_is_let_go_too_late_was_stuck(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    assert kiosk.watch.released(2, kiosk.ms + 10_000) == ()
    kiosk.vote(3)
    (mark,) = kiosk.watch.released(2, kiosk.ms + 10_001)
    assert (mark.kind, mark.value, mark.visit, mark.ms) == ("mark", "stuck/1 2", 2, kiosk.ms + 10_001)
    assert kiosk.watch.released(2, kiosk.ms + 99_000) == (), "it is up"


def test_a_button_that_is_down_still_is_marked_once_however_often_that_is_told(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    assert kiosk.watch.held(2, kiosk.ms + 9_000) == ()
    assert [mark.value for mark in kiosk.watch.held(2, kiosk.ms + 10_001)] == ["stuck/1 1"]
    assert kiosk.watch.held(2, kiosk.ms + 20_000) == ()
    assert kiosk.watch.released(2, kiosk.ms + 30_000) == ()


def test_the_button_that_is_stuck_is_marked_and_not_its_neighbour_or_who_came_before(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    assert kiosk.watch.released(2, kiosk.ms + 120) == ()
    kiosk.vote(3, 60_000)
    kiosk.vote(2, 5_000)
    kiosk.vote(3, 5_000, ui="digital")
    assert kiosk.watch.released(1, kiosk.ms + 90) == ()
    assert kiosk.watch.released(3, kiosk.ms + 90_000) == (), "a button that nobody has pressed"
    assert [mark.value for mark in kiosk.watch.released(2, kiosk.ms + 90_000)] == ["stuck/1 2"]


def test_a_stuck_button_is_known_long_after_its_press(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    for n in range(REMEMBERED + 10):
        kiosk.vote(2, 17_000 + 3_000 * (n % 7) ** 2)
    assert kiosk.marks == []
    assert [mark.value for mark in kiosk.watch.released(2, kiosk.ms)] == ["stuck/1 1"]


def test_the_technicians_chord_is_marked_by_name_and_once(kiosk: Kiosk) -> None:
    kiosk.vote(2, 60_000)
    kiosk.vote(1, 60_000)
    began = kiosk.ms
    kiosk.vote(4, 20)
    chord = kiosk.watch.since(began)
    assert chord == (2, 3)
    (mark,) = kiosk.watch.mark("technician/1", chord, kiosk.ms + 5_000)
    assert (mark.value, mark.visit) == ("technician/1 2 3", 3)
    assert kiosk.watch.mark("technician/1", [2, 3, 777], kiosk.ms + 6_000) == ()


def test_rows_of_other_kinds_pass_as_they_are(kiosk: Kiosk) -> None:
    end = Draft(1, 1, "end", "visit/1", "", "done", "", "en", "", 5)
    assert kiosk.watch.pressed([end], None) == (end,)
    assert kiosk.watch.settled(None, [response(end, 1)], 5) == ()


def test_a_vote_that_goes_out_without_a_ticket_is_looked_at_but_never_named(kiosk: Kiosk) -> None:
    assert kiosk.watch.pressed([draft(900, 2, kiosk.ms)], None)[0].misuse == ""
    assert kiosk.press(3, 50).misuse == "mash/1"
    kiosk.commit()
    assert kiosk.marks == []


def test_a_store_that_was_set_aside_takes_its_numbers_along(kiosk: Kiosk) -> None:
    """The next store begins at 1: a mark there must not name what the other one had."""
    for n in range(7):
        kiosk.vote(1 + n % 4, FAST)
    kiosk.seq = 0
    kiosk.vote(4, FAST)
    assert (kiosk.votes[-1].misuse, kiosk.marks) == ("burst/1", [])
    assert kiosk.watch.since(0) == (1,)
    assert [mark.value for mark in kiosk.watch.mark("technician/1", range(1, 9), kiosk.ms)] == ["technician/1 1"]


def test_it_remembers_no_more_than_it_needs(kiosk: Kiosk) -> None:
    hammer(kiosk, 3 * REMEMBERED)
    assert len(kiosk.watch.since(0)) == REMEMBERED
    assert (kiosk.watch._waiting, kiosk.watch._late) == ({}, {})


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([20, 100, 400, 1_500, 1_500, 6_000, 20_000])), max_size=60),
    st.lists(st.sampled_from(["commit", "commit", "commit", "fail", "release", "hold"]), max_size=60),
)
def test_no_row_is_marked_twice_and_no_mark_names_what_is_not_there(
    pressed: list[tuple[int, int]], events: Sequence[str]
) -> None:
    kiosk = Kiosk()
    rows: dict[int, str] = {}
    for (face, after), event in zip(pressed, [*events, *["commit"] * 60], strict=False):
        kiosk.press(face, after)
        before = kiosk.seq
        if event in ("commit", "fail"):
            kiosk.commit(fails=event == "fail")
        elif event == "release":
            kiosk.keep(kiosk.watch.released(face - 1, kiosk.ms + 11_000))
        else:
            kiosk.keep(kiosk.watch.held(face - 1, kiosk.ms + 11_000))
        if event == "commit":
            rows[before + 1] = ""
    while kiosk._open:
        rows[kiosk.seq + 1] = ""
        kiosk.commit()
    named = [int(word) for value in kiosk.marks for word in value.split()[1:]]
    assert len(named) == len(set(named))
    assert set(named) <= set(rows)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.stop()


def hammered(bench: Bench, watch: Watch, times: int = 8) -> None:
    """An unhappy visitor, then children, into a real store."""
    assert bench.open is not None
    presses = [(4, 10_000), *((1 + n % 4, 60_000 + n * FAST) for n in range(times))]
    for visit, (face, ms) in enumerate(presses, 1):
        rows = watch.pressed([a_vote(visit, f"{face}/4", ms)], visit)
        settled = bench.put(list(rows), visit)
        if marks := watch.settled(settled.ticket, settled.rows, ms):
            bench.open.put(marks, None)


def test_a_mark_is_written_though_nobody_comes_any_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RIDE_S", 0.05)
    bench.start()
    hammered(bench, Watch(Limits()))
    while not any(row.kind == "mark" for row in bench.next().rows):
        pass
    with Reader(bench.path) as reader:
        rows = reader.span(1, 99).rows
    assert insight.marked(rows) == set(range(2, 10))


def test_a_mark_that_waits_when_the_kiosk_is_stopped_is_written_first(bench: Bench) -> None:
    bench.start()
    hammered(bench, Watch(Limits()))
    bench.restart()
    with Reader(bench.path) as reader:
        rows = reader.span(1, 99).rows
    assert [(row.seq, row.kind, row.value, row.visit) for row in rows if row.kind == "mark"] == [
        (10, "mark", "burst/1 2 3 4 5 6 7 8", 8)
    ]


def test_in_the_store_after_a_damaged_one_no_mark_names_what_the_other_had(bench: Bench) -> None:
    bench.start()
    watch = Watch(Limits())
    hammered(bench, watch, times=7)
    bench.stop()
    bench.path.write_bytes(b"no database any more" * 400)
    opened = bench.start()
    for visit, (face, ms) in enumerate(((1, 62_200), (3, 62_300), (2, 99_000)), 9):
        rows = watch.pressed([a_vote(visit, f"{face}/4", ms)], visit)
        settled = bench.put(list(rows), visit)
        opened.put(watch.settled(settled.ticket, settled.rows, ms), None)
    bench.stop()
    with Reader(bench.path) as reader:
        rows = reader.span(1, 99).rows
    assert [(row.seq, row.kind, row.misuse) for row in rows] == [
        (1, "vote", "burst/1"),
        (2, "vote", "mash/1"),
        (3, "vote", ""),
    ]


def test_marks_travel_and_the_collector_shows_the_index_with_and_without_them(bench: Bench, tmp_path: Path) -> None:
    bench.start()
    hammered(bench, Watch(Limits()))
    bench.restart()
    with Reader(bench.path) as reader:
        parcel = Outbox([reader], SyncState(tmp_path / "sync.db"), boot="boot-one", boottime_ms=lambda: 99_999).next(99)
        stored = reader.span(1, 99).rows
    assert parcel is not None
    batch = protocol.decode(parcel.body, epoch=parcel.epoch, nonce=parcel.nonce)
    assert [row.value for row in batch.rows if row.kind == "mark"] == ["burst/1 2 3 4 5 6 7 8"]
    engine = tables.open_engine(tmp_path / "collector.db")
    answer = ingest(engine, "south", batch, 1_790_000_000)
    seen = results.overview(engine)
    engine.dispose()
    assert isinstance(answer, Ack)
    assert (seen.all.votes, seen.unmarked) == (9, results.Tally(1, 0.0))
    assert seen.all.index == pytest.approx(100 * 4 / 9)
    assert "0.0 without 8 marked as misuse" in render(seen)
    assert insight.marked(stored) == set(range(2, 10))
