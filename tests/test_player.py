"""The demo's visitors before a kiosk whose time a test moves: however late a finger comes, the counts are equal."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk import app as app_module
from kiosk.buttons import ButtonReleased
from kiosk.fingers import HOLD_MS
from kiosk.misuse import BURST, Limits
from kiosk.player import Player, World
from kiosk.survey import Survey
from tests.conftest import Clock
from tests.test_wall import Shelf, Wall

VISITORS = 25
SEED = 8
"""With most seeds half of the visitors answer something; with 5, by chance, hardly anybody has the time."""


class Street(World):
    """A kiosk and those who come by. `late_ms` is how long at most it takes until they see, or a finger arrives."""

    def __init__(self, wall: Wall, late_ms: int) -> None:
        super().__init__()
        self.wall = wall
        self._late_ms = late_ms
        self._random = random.Random(late_ms)
        self._told = 0
        self.hear()

    def pass_time(self) -> None:
        self.wall.wait(self._random.randint(1, self._late_ms))
        self.hear()

    def hear(self) -> None:
        for event in self.wall.traced[self._told :]:
            self.tell(event)
        self._told = len(self.wall.traced)

    def wait(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        for _ in range(1_000):
            if condition():
                return True
            self.pass_time()
        return False

    def order(self, line: str) -> None:
        if self._random.random() < 0.5:
            self.wall.wait(self._random.randint(1, self._late_ms))
        else:  # the kiosk itself comes late, and finds what is due and the order together
            self.wall.clock.ms += self._random.randint(1, self._late_ms)
        what, _, digit = line.partition(" ")
        if what == "press":
            self.wall.press(int(digit))
            self.wall.loop.post(ButtonReleased(int(digit) - 1, self.wall.clock.ms))
        else:
            self.wall.order(line)
            if what == "hold":
                self.wall.wait(HOLD_MS + 300)
        self.wall.commit()
        self.hear()

    def player(self) -> Player:
        player = Player(self, self.order, faces=4, seed=SEED, speed=1)
        player._pause = lambda least_s, most_s: self.pass_time()  # type: ignore[method-assign]
        return player

    def counted(self) -> tuple[int, int]:
        """Votes and answers that the store has."""
        kinds = [row.kind for row in self.wall.store.rows]
        return kinds.count("vote"), sum(kind in ("choice", "choices", "text") for kind in kinds)


@pytest.fixture
def street(
    clock: Clock, tmp_path: Path, bundled: Survey, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], Street]]:
    """A street with a kiosk that answers on orders only: `street(late_ms)`."""
    monkeypatch.setattr(app_module, "Store", Shelf)
    walls: list[Wall] = []

    def opened(late_ms: int) -> Street:
        walls.append(Wall(clock, tmp_path, [bundled], "00:00-24:00", 12.0, "ntp"))
        return Street(walls[-1], late_ms)

    yield opened
    for wall in walls:
        wall.loop.close()


@pytest.mark.parametrize("late_ms", [300, 5_000, 40_000])
def test_what_visitors_count_is_what_the_kiosk_stores_however_late_they_are(
    street: Callable[[int], Street], late_ms: int
) -> None:
    there = street(late_ms)
    player = there.player()
    for number in range(VISITORS):
        assert player.play_one(), f"visitor {number} waits in vain at {there.screen}"
        assert (player.votes, player.answers) == there.counted(), number
    assert player.votes >= VISITORS
    ends = [row.value for row in there.wall.store.rows if row.kind == "end"]
    if late_ms == 300:
        assert player.answers > VISITORS / 4
    else:
        assert "timeout" in ends


def test_visitors_whose_votes_are_marked_as_a_burst_answer_all_the_same(
    street: Callable[[int], Street], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "Limits", lambda: Limits(burst_votes=3, burst_s=60))
    there = street(300)
    player = there.player()
    assert all(player.play_one() for _ in range(VISITORS))
    assert (player.votes, player.answers) == there.counted()
    assert [row.misuse for row in there.wall.store.rows].count(BURST) > VISITORS / 2
    assert player.answers > VISITORS / 4


def test_a_named_touch_goes_to_its_screen_or_nowhere(street: Callable[[int], Street]) -> None:
    there = street(1)
    there.order("tap face:2 ask-improve")
    there.order("tap choice:none attract")
    assert there.screen == "attract"
    there.order("tap face:4 attract")
    assert there.screen == "ask-improve"
    there.wall.clock.ms += 60_000  # the visit is over, though nothing was drawn since
    there.order("tap skip ask-improve")
    assert there.screen == "attract"
    assert [row.value for row in there.wall.store.rows] == ["4/4", "timeout"]
