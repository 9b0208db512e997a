"""The technician's pages Votes and Results, from real stores."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from kiosk.clock import Reading
from kiosk.errors import NoStoreYet
from kiosk.figures.labels import Labels
from kiosk.figures.reconcile import reconcile
from kiosk.figures.results import results, votes
from kiosk.reader import Reader, SyncStatus, sync_db
from kiosk.survey import Survey
from sync.state import SyncState, make_folder
from tests.filled import HERE, HOUR, MONDAY, a_row, fill, visits

DAY = 24 * HOUR
NOW = Reading(9 * DAY + 15 * HOUR, MONDAY + 9 * DAY + 15 * HOUR, "ntp")
"""Wednesday of the week after, 15:00 UTC."""


def asked(data: Path, span: str = "week", misuse: bool = True, now: Reading = NOW, **how: object):  # type: ignore[no-untyped-def]
    given = {"now": now, "boot": HERE.boot_id, "timezone": "UTC", "span": span, "misuse": misuse, **how}
    return results(data, **given)  # type: ignore[arg-type]


def test_a_week_tells_index_share_faces_and_heat(tmp_path: Path) -> None:
    faces = [1] * 30 + [4] * 10
    fill(tmp_path, [*visits([4] * 50, ms=HOUR), *visits(faces, first=51, ms=8 * DAY + 9 * HOUR, step_ms=1_000)])
    found = asked(tmp_path)
    assert (found.votes, found.marked, found.index, found.happy) == (40, 0, "75", "75 % (60 to 86 %)")
    assert [(line.face, line.share, line.votes) for line in found.faces] == [
        (1, 0.75, 30),
        (2, 0, 0),
        (3, 0, 0),
        (4, 0.25, 10),
    ]
    assert found.heat[1][9] == 75
    assert sum(cell is not None for day in found.heat for cell in day) == 1
    assert found.said == ""


def test_under_thirty_votes_no_figure_is_told(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 29, ms=9 * DAY)))
    found = asked(tmp_path, "today")
    assert (found.votes, found.index, found.happy) == (29, "too few votes", "too few votes")


def test_marked_votes_are_counted_or_not_as_is_asked(tmp_path: Path) -> None:
    rows = [
        a_row(1, 1, "vote", "1/4", 9 * DAY),
        a_row(2, 2, "vote", "1/4", 9 * DAY, misuse="lockout/1"),
        a_row(3, 3, "vote", "4/4", 9 * DAY),
        a_row(4, 3, "mark", "burst/1 1", 9 * DAY),
    ]
    fill(tmp_path, rows)
    both, clean = asked(tmp_path, misuse=True), asked(tmp_path, misuse=False)
    assert (both.votes, both.marked, both.misuse) == (3, 2, True)
    assert (clean.votes, clean.marked, clean.misuse) == (1, 2, False)


def test_a_day_is_the_kiosks_own(tmp_path: Path) -> None:
    """21:30 and 22:30 UTC of the day before are 23:30 and 00:30 in Helsinki."""
    fill(tmp_path, list(visits([1, 1], ms=9 * DAY - 2 * HOUR - 30 * 60_000, step_ms=HOUR)))
    assert asked(tmp_path, "today", timezone="UTC").votes == 0
    found = asked(tmp_path, "today", timezone="Europe/Helsinki")
    assert found.votes == 1
    assert found.heat[2][0] == 100


def test_reasons_are_told_in_the_surveys_words_without_those_taken_back(tmp_path: Path, bundled: Survey) -> None:
    choice = next(c for f in bundled.followups for c in f.choices if f.id == "improve")
    rows = [
        a_row(1, 1, "vote", "4/4", 9 * DAY),
        a_row(2, 1, "choice", choice.id, 9 * DAY, 1),
        a_row(3, 3, "vote", "4/4", 9 * DAY),
        a_row(4, 3, "choice", choice.id, 9 * DAY, 1),
        a_row(5, 3, "choice", "", 9 * DAY, 1),
        a_row(6, 6, "vote", "3/4", 9 * DAY),
        a_row(7, 6, "choice", "forgotten", 9 * DAY, 1),
    ]
    fill(tmp_path, rows)
    found = asked(tmp_path, labels=Labels([bundled], "fi"))
    assert found.faces[3].reasons == ((choice.text["fi"], 1),)
    assert found.faces[2].reasons == (("forgotten", 1),)


def test_while_nobody_vouches_for_the_clock_it_tells_of_this_start_and_says_so(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 40, ms=HOUR)), by="nobody")
    now = Reading(2 * HOUR, 0, "nobody")
    found = asked(tmp_path, "today", now=now)
    assert (found.votes, found.index, found.heat) == (40, "100", ())
    assert found.said == "The clock is not set: these are the votes since the last start, of 24 h at most."
    page = votes(tmp_path, now=now, boot=HERE.boot_id, timezone="UTC")
    assert (page.hours, page.now, page.counts[0].name, page.counts[0].value) == ((), None, "Last 24 h", "40")
    assert asked(tmp_path, "today", now=now, boot="another").votes == 0


def test_votes_whose_time_nobody_knows_are_left_out_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 3, ms=HOUR)), by="nobody")
    assert asked(tmp_path).said == "3 votes from a time that nobody knows left out."


def test_what_was_salvaged_counts_too_and_no_row_twice(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 20, ms=9 * DAY)))
    for case in ("0001", "0002"):  # the second holds what the first does
        (tmp_path / "damaged" / case).mkdir(parents=True)
        with (
            sqlite3.connect(tmp_path / "votes.db") as old,
            sqlite3.connect(tmp_path / "damaged" / case / "salvaged.db") as new,
        ):
            old.backup(new)
        old.close()
        new.close()
    for file in tmp_path.glob("votes.db*"):
        file.unlink()
    fill(tmp_path, list(visits([4] * 20, ms=9 * DAY)))
    found = asked(tmp_path)
    assert [line.votes for line in found.faces] == [20, 0, 0, 20]


def test_the_endpoints_clock_times_a_boot_that_nobody_else_vouches_for(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 3, ms=HOUR)), by="nobody")
    state = SyncState(make_folder(tmp_path))
    state.anchor(HERE.boot_id, 0, MONDAY + 9 * DAY)
    state.close()
    assert asked(tmp_path, "today").votes == 3


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE anchors SET wall_ms = 'soon'",
        "UPDATE anchors SET wall_ms = -1",
        "UPDATE anchors SET wall_ms = 1 << 60",
        "UPDATE anchors SET boot = x'ff'",
        "DROP TABLE anchors",
    ],
)
def test_what_sync_left_can_not_stop_the_page(tmp_path: Path, spoil: str) -> None:
    fill(tmp_path, list(visits([1] * 3, ms=HOUR)), by="nobody")
    state = SyncState(make_folder(tmp_path))
    state.anchor(HERE.boot_id, 0, MONDAY + 9 * DAY)
    state.close()
    with sqlite3.connect(sync_db(tmp_path)) as connection:
        connection.execute(spoil)
    connection.close()
    assert asked(tmp_path, "today").votes == 0
    sync_db(tmp_path).write_bytes(b"garbage" * 1_000)
    sync_db(tmp_path).with_name("sync.db-wal").unlink()
    assert asked(tmp_path, "today").votes == 0


def test_a_row_whose_boot_is_lost_has_no_time(tmp_path: Path) -> None:
    fill(tmp_path, [a_row(1, 1, "vote", "1/4", 0, boot=77)])
    assert asked(tmp_path).said == "1 vote from a time that nobody knows left out."


def test_a_visit_that_began_before_the_day_is_of_the_day_of_the_vote_that_counts(tmp_path: Path) -> None:
    rows = [
        a_row(1, 1, "vote", "1/4", 9 * DAY - 2_000),
        a_row(2, 1, "vote", "4/4", 9 * DAY - 1_000),
        a_row(3, 3, "vote", "1/4", 9 * DAY - 900),
        a_row(4, 3, "vote", "3/4", 9 * DAY + 900),
        a_row(5, 3, "choice", "price", 9 * DAY + 5_000, 1),
    ]
    fill(tmp_path, rows)
    found = asked(tmp_path, "today")
    assert [line.votes for line in found.faces] == [0, 0, 1, 0]
    assert found.faces[2].reasons == (("price", 1),)


def test_no_store_is_said_in_words(tmp_path: Path) -> None:
    assert "Has the kiosk run yet?" in asked(tmp_path).said
    page = votes(tmp_path, now=NOW, boot=HERE.boot_id, timezone="UTC")
    assert (page.condition, page.counts) == ("unknown", ())
    with pytest.raises(NoStoreYet, match="Has the kiosk run here"):
        reconcile(tmp_path)


def test_out_of_time_the_newest_are_told_and_that_there_are_more(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 2_500, ms=9 * DAY, step_ms=1)))
    found = asked(tmp_path, budget_s=-1)
    assert found.votes == 999
    assert found.said == "Only the newest could be read in time."


def test_rows_are_read_backwards_no_further_than_one_that_is_older(tmp_path: Path, mocker: MockerFixture) -> None:
    fill(tmp_path, list(visits([1] * 9_000, step_ms=1_000)))
    read = mocker.spy(Reader, "newest")
    assert asked(tmp_path, "today").votes == 0
    assert read.call_count == 1


def epoch(data: Path) -> str:
    with Reader(data / "votes.db") as reader:
        return reader.epochs()[-1].id


def test_every_response_is_acknowledged_waiting_or_aside(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 10, ms=9 * DAY)))
    status = SyncStatus(watermarks={epoch(tmp_path): 6}, aside={epoch(tmp_path): [2, 8]})
    even = reconcile(tmp_path, status)
    assert (even.given, even.acknowledged, even.waiting, even.aside) == (10, 5, 3, 2)
    assert (even.missing, even.ahead, even.even) == (0, 0, True)
    assert even.said == "Nothing is missing; 2 responses are refused by the endpoint and kept here."
    assert reconcile(tmp_path, SyncStatus()).waiting == 10


def test_a_number_that_is_neither_acknowledged_nor_here_is_a_gap(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 10, ms=9 * DAY)))
    with sqlite3.connect(tmp_path / "votes.db") as connection:
        connection.execute("DELETE FROM responses WHERE seq IN (3, 8)")
    connection.close()
    even = reconcile(tmp_path, SyncStatus(watermarks={epoch(tmp_path): 5}))
    assert (even.acknowledged, even.waiting, even.missing) == (5, 4, 1)
    assert even.said == "1 response is neither acknowledged nor here: lost to damage of the card."
    assert even.where == (f"votes.db, epoch {epoch(tmp_path)}, rows 1-10: 1 missing",)


def test_an_acknowledgement_beyond_the_highest_row_is_told(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1] * 10, ms=9 * DAY)))
    even = reconcile(tmp_path, SyncStatus(watermarks={epoch(tmp_path): 12}))
    assert (even.acknowledged, even.ahead, even.even) == (10, 2, False)
    assert "an older copy" in even.said


def test_the_page_votes_tells_today_by_hour_and_the_reconciliation(tmp_path: Path) -> None:
    fill(tmp_path, [*visits([1] * 5, ms=8 * DAY), *visits([1, 4], first=6, ms=9 * DAY + 14 * HOUR)])
    state = SyncState(make_folder(tmp_path))
    state.acknowledge(epoch(tmp_path), 6)
    state.close()
    page = votes(tmp_path, now=NOW, boot=HERE.boot_id, timezone="Europe/Helsinki")
    assert {count.name: count.value for count in page.counts} == {
        "Today": "2",
        "Marked as misuse": "0",
        "Waiting": "1",
        "Acknowledged": "6",
        "Refused": "0",
        "Gap": "0",
    }
    assert (page.hours[16], sum(page.hours), page.now) == (2, 2, 17)
    assert page.said == "Nothing is missing: every response is either acknowledged or waiting."
    assert page.condition == "good"
    alone = votes(tmp_path, now=NOW, boot=HERE.boot_id, timezone="UTC", endpoint=False)
    assert alone.said == "No endpoint is set: every response stays on this kiosk."
    assert [count.name for count in alone.counts] == ["Today", "Marked as misuse"]
