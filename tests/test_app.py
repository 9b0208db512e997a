"""The kiosk's process while it runs: what it shows when the store fails, lights, pictures, one kiosk a folder."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.errors import StoreError
from kiosk.reader import Reader
from tests.conftest import until
from tests.running import Place

OFF_SCREEN = ("--screen", "offscreen")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


def test_while_votes_cannot_be_stored_the_screen_says_so_and_recovers_by_itself(place: Place) -> None:
    blocked = place.folder / "votes.db"
    blocked.mkdir()
    heard = place.kiosk(*OFF_SCREEN)
    until(place.on_screen("trouble"), "the trouble screen")
    place.members["kiosk"].order("press 1")
    until(lambda: len(heard.all("failed")) > 1, "the press to be refused")
    assert heard.stored() == []
    assert "thanks" not in {e["screen"] for e in heard.all("screen")}
    blocked.rmdir()
    until(place.on_screen("attract"), "the faces")
    place.members["kiosk"].order("press 2")
    until(lambda: [row["value"] for row in heard.stored()] == ["2/4"], "the vote")


def test_a_visit_is_stored_before_it_is_thanked(place: Place) -> None:
    heard = place.kiosk(*OFF_SCREEN)
    place.members["kiosk"].order("press 1")
    until(place.on_screen("ask-liked"), "the follow-up")
    x, y = place.centre("choice:price")
    place.members["kiosk"].order(f"tap {x} {y}")
    until(place.on_screen("ask-comment"), "what is asked next")
    with Reader(place.folder / "votes.db") as reader:
        rows = reader.span(1, 9).rows
    assert [(r.kind, r.question, r.value, r.ui, r.position) for r in rows] == [
        ("vote", "visit", "1/4", "physical", 0),
        ("choice", "liked", "price", "digital", 1),
    ]
    told = [(e["event"], e.get("screen"), e.get("lit")) for e in heard.all("stored", "screen")]
    # a countdown draws the same again
    assert [event for event, _ in itertools.groupby(told)] == [
        ("screen", "attract", []),
        ("screen", "voted", ["face:1"]),
        ("stored", None, None),
        ("screen", "ask-liked", []),
        ("screen", "ask-liked", ["choice:price"]),
        ("stored", None, None),
        ("screen", "ask-comment", []),
    ]


def test_where_nobody_can_see_a_followup_none_is_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A display that does not answer: the kiosk goes on without, and buttons count."""
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    heard = place.kiosk()
    assert heard.all("ready")[0]["driver"] == "offscreen"
    place.members["kiosk"].order("press 4")
    until(place.on_screen("thanks"), "the thank-you")
    assert "ask-improve" not in {e["screen"] for e in heard.all("screen")}


def test_a_kiosk_to_which_nobody_listens_takes_votes_all_the_same(tmp_path: Path) -> None:
    """Its traces go into a pipe that is never read."""
    place = Place(tmp_path)
    arguments = ["--settings", str(place.settings), "--data", str(tmp_path), "--play", "--trace", *OFF_SCREEN]
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk", "kiosk", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        for _ in range(100):
            process.stdin.write("press 1\npress 2\npress 3\npress 4\n")
            process.stdin.write("shot /nowhere/at/all.png\n")
        process.stdin.flush()

        def votes() -> int:
            try:
                with Reader(tmp_path / "votes.db") as reader:
                    return reader.counts(reader.last())[0]
            except StoreError:
                return 0

        until(lambda: votes() >= 4, "votes")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_touch_beside_every_target_does_nothing(place: Place) -> None:
    heard = place.kiosk(*OFF_SCREEN)
    place.members["kiosk"].order("tap 1 1")
    place.members["kiosk"].order("nonsense")
    for nobody in ("press 9", "press 0", "press ²", "tap ² 1", "press"):
        place.members["kiosk"].order(nobody)
    place.members["kiosk"].order("press 1")
    until(lambda: heard.stored(), "the press after them")
    assert len(heard.stored()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_in_order_and_stores_how_the_visit_stood(place: Place, number: int) -> None:
    place.kiosk(*OFF_SCREEN)
    place.members["kiosk"].order("press 1")
    until(place.on_screen("ask-liked"), "the follow-up")
    place.members["kiosk"].order("press 2")
    until(lambda: len(place.heard["kiosk"].stored()) == 2, "the second visitor")
    subprocess.run(["kill", f"-{int(number)}", str(place.members["kiosk"].pid)], check=True)
    until(lambda: not place.members["kiosk"].running, "its end")
    assert place.members["kiosk"].end() == 0
    with Reader(place.folder / "votes.db") as reader:
        rows = reader.span(1, reader.last()).rows
    assert [(r.kind, r.visit) for r in rows if r.kind == "vote"] == [("vote", 1), ("vote", rows[-1].visit)]
    assert [(r.kind, r.value, r.visit) for r in rows[-1:]] == [("end", "exit", rows[-1].visit)]
    assert [row["kind"] for row in place.heard["kiosk"].stored()][-1] == "end"  # the last commit is told, too


def test_the_process_loads_no_network_library(place: Place) -> None:
    code = (
        "import kiosk.start, sys; print(sorted({'httpx', 'apscheduler', 'litestar', 'sqlalchemy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
