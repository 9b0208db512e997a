"""SIGKILL between any two votes: whatever was thanked for is there afterwards, once."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.reader import Reader
from tests.conftest import until
from tests.running import Heard, Place

KILLS = 20


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


def vote(place: Place, heard: Heard, face: int) -> None:
    before = len(heard.stored())
    place.members["kiosk"].order(f"press {face}")
    until(lambda: len(heard.stored()) > before, "the vote to be stored")


def test_every_thanked_vote_outlives_the_kiosk(place: Place) -> None:
    """Twenty times: some votes one by one, then one more under way when the process dies at a random moment."""
    dice = random.Random(20)
    thanked: dict[int, str] = {}
    faces = itertools.cycle((1, 2, 3, 4))  # the same button twice within its quiet time would be its bounce
    pressed = 0
    for _ in range(KILLS):
        heard = place.kiosk("--screen", "offscreen")
        for _ in range(dice.randint(0, 3)):
            vote(place, heard, next(faces))
            pressed += 1
        place.members["kiosk"].order(f"press {next(faces)}")
        pressed += 1
        # The moment itself is what is drawn here, between the edge on the pin and well after COMMIT.
        threading.Event().wait(dice.uniform(0.0, 0.02))
        place.members["kiosk"].kill()
        place.members["kiosk"].end()
        thanked |= {row["seq"]: row["value"] for row in heard.stored()}
    place.kiosk("--screen", "offscreen")
    with Reader(place.folder / "votes.db") as reader:
        span = reader.span(1, reader.last())
    votes = [row for row in span.rows if row.kind == "vote"]
    kept = {row.seq: row.value for row in span.rows}
    assert span.damaged == []
    assert {seq: kept.get(seq) for seq in thanked} == thanked, "a thanked row is gone or another"
    assert len(thanked) >= KILLS
    assert len(votes) <= pressed, "a vote was counted twice"
    assert [row.seq for row in span.rows] == list(range(1, len(span.rows) + 1))
