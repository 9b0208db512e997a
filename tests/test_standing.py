"""How sending stands, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.standing import standing
from tests.test_outbox import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.state.close()
    desk.bench.stop()


def said(desk: Desk, folder: Path, *, ms: int = 500_000, sends: bool = True) -> str:
    return standing(folder, desk.state, boot="boot-one", ms=ms, sends=sends)


def test_what_waits_and_when_something_was_acknowledged_last_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.vote(12)
    assert said(desk, tmp_path) == "12 waiting, nothing acknowledged since the start"
    desk.state.note("contact", "boot-one 300000")
    assert said(desk, tmp_path) == "12 waiting, last acknowledged 3 min ago"
    assert said(desk, tmp_path, ms=300_500) == "12 waiting, last acknowledged 0 s ago"
    desk.state.note("problem", "no answer within 20 s")
    assert said(desk, tmp_path, ms=90_000_000) == "12 waiting, last acknowledged 24 h ago, no answer within 20 s"
    desk.state.note("contact", "boot-zero 300000")
    desk.state.note("problem", "")
    assert said(desk, tmp_path) == "12 waiting, nothing acknowledged since the start"


def test_without_an_endpoint_or_a_store_it_says_so(desk: Desk, tmp_path: Path) -> None:
    assert said(desk, tmp_path, sends=False) == "no endpoint is set: nothing is sent"
    assert "votes.db" in said(desk, tmp_path / "absent")
