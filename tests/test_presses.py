"""Earlier presses of the buttons, from the store: so that a dead button is known after a restart, too."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import pytest

from hardware import board
from hardware.panel_health import OTHERS_AT_LEAST
from kiosk import fittings
from kiosk.clock import Reading
from kiosk.health.presses import ROWS, Earlier
from kiosk.response import Draft, Ui
from kiosk.settings import Panel
from kiosk.store import Board, Store


def store(folder: Path, *pressed: tuple[str, Ui]) -> Path:
    """A store with these votes, in their order."""
    votes = folder / "votes.db"
    opened = Store(
        votes, Board(board.boot_id(), ""), settled=lambda _: None, read_clock=lambda: Reading(*board.clocks())
    )
    drafts = [
        Draft(visit, 0, "vote", "visit/2", "visit", value, ui, "en", "", visit)
        for visit, (value, ui) in enumerate(pressed, 1)
    ]
    opened.put([*drafts, Draft(len(drafts), 0, "end", "visit/2", "", "done", "", "en", "", 9)], 1)
    opened.close()
    return votes


def test_presses_are_counted_by_button_and_touches_and_other_panels_are_not(tmp_path: Path) -> None:
    votes = store(
        tmp_path, ("1/4", "physical"), ("4/4", "physical"), ("4/4", "physical"), ("2/4", "digital"), ("3/5", "physical")
    )
    assert Earlier(votes, 4)() == [1, 0, 0, 2]
    assert Earlier(votes, 5)() == [0, 0, 1, 0, 0]
    assert Earlier(votes, 3)() == [0, 0, 0]
    assert Earlier(votes, 0)() == ()


def test_only_the_newest_are_looked_at(tmp_path: Path) -> None:
    votes = store(tmp_path, ("1/2", "physical"), *[("2/2", "physical")] * (ROWS - 1))  # type: ignore[list-item]
    assert Earlier(votes, 2)() == [0, ROWS - 1]


def test_it_reads_once_so_that_nothing_is_counted_twice(tmp_path: Path) -> None:
    earlier = Earlier(store(tmp_path, ("1/2", "physical")), 2)
    assert earlier() == [1, 0]
    (tmp_path / "votes.db").unlink()
    assert earlier() == [1, 0]


def test_where_there_is_no_store_or_none_that_can_be_read_nothing_is_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert Earlier(tmp_path / "votes.db", 4)() == ()
    assert not (tmp_path / "votes.db").exists()
    (tmp_path / "spoilt.db").write_bytes(b"no store at all" * 99)
    with caplog.at_level(logging.INFO):
        assert Earlier(tmp_path / "spoilt.db", 4)() == ()
    assert "can't be told" in caplog.text


def test_a_button_that_nobody_ever_pressed_is_told_right_after_a_restart(tmp_path: Path) -> None:
    votes = store(tmp_path, *[("1/2", "physical")] * OTHERS_AT_LEAST)  # type: ignore[list-item]
    with contextlib.ExitStack() as parts:
        fitted = fittings.open_fittings(Panel(buttons=[5, 6]), "mock", lambda *_: None, parts)
        conditions = {reading.name: reading.condition for reading in fitted.readings()}
        assert conditions["button.2"] == "unknown"
        fitted.earlier = Earlier(votes, 2)
        readings = {reading.name: reading for reading in fitted.readings()}
    assert readings["button.2"].condition == "bad"
    assert readings["button.2"].said.startswith(f"Button 2 was never pressed, the others {OTHERS_AT_LEAST} times")
    assert readings["button.1"].condition == "unknown"
