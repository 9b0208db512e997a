"""When the next pass is due: soon after what stirs, no sooner than a pause or a metered line allows, never lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync import pace as pace_module
from sync.pace import FRESH_S, GATHER_S, METERED_S, SLOW_S, UNREAD_S, Pace
from tests.test_agent import Steady
from tests.test_stirs import Watches


class Sends:
    """Passes that take no time, unless a pause lasts; what a test wants happens in them."""

    def __init__(self, steady: Steady) -> None:
        self._steady = steady
        self.passes = 0
        self.paused_until_s = 0.0
        self.kept_by = ""
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self) -> None:
        if self._steady() >= self.paused_until_s:
            self.passes += 1
            self.meanwhile()

    def hurry(self) -> None:
        self.paused_until_s = 0.0


class Played:
    """A pace on a real folder, with a clock and commits that a test plays."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, metered: bool = False) -> None:
        self.votes = folder / "votes.db"
        self.votes.touch()
        self.steady = Steady()
        self.sends = Sends(self.steady)
        self.is_written = False
        monkeypatch.setattr(pace_module, "is_written", lambda votes: self.is_written)
        self.pace = Pace(self.sends, self.votes, metered=metered, steady=self.steady)

    def wait_s(self) -> float:
        """Until the next pass."""
        return max(0.0, self.pace.due_s(self.steady.now) - self.steady.now)

    def stir(self) -> None:
        self.votes.write_text("a vote")


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    played = Played(tmp_path, monkeypatch)
    with contextlib.closing(played.pace):
        assert played.wait_s() == 0.0, "the first is at once"
        played.pace.send()
        yield played


@pytest.fixture
def metered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    played = Played(tmp_path, monkeypatch, metered=True)
    with contextlib.closing(played.pace):
        assert played.wait_s() == 0.0
        played.pace.send()
        yield played


def listens(pace: Pace, is_idle: bool = True) -> bool:
    sleeper = Watches()
    pace.heed(sleeper, False)
    pace.heed(sleeper, is_idle)
    listens = bool(sleeper.watched)
    pace.heed(sleeper, False)
    return listens


def test_where_nothing_happens_the_store_is_looked_into_now_and_then(played: Played) -> None:
    assert played.wait_s() == played.pace.idle_s == SLOW_S
    played.steady.now += 20.0
    assert played.wait_s() == SLOW_S - 20.0


def test_what_stirs_is_sent_soon_and_what_follows_at_once_goes_with_it(played: Played) -> None:
    played.steady.now += 20.0
    played.stir()
    assert played.wait_s() == GATHER_S
    played.steady.now += 0.4
    played.stir()
    assert played.wait_s() == pytest.approx(GATHER_S - 0.4), "each would put it off"
    played.steady.now += 0.1
    played.pace.send()
    assert played.wait_s() == SLOW_S, "what stirred before the pass has it come again"
    assert GATHER_S + FRESH_S <= 2.0


def test_between_two_passes_there_is_a_second_however_many_votes_there_are(played: Played) -> None:
    for _ in range(3):
        played.stir()
        assert played.wait_s() == FRESH_S
        played.steady.now += FRESH_S
        played.pace.send()


def test_what_stirs_while_it_is_sent_is_sent_after_it(played: Played) -> None:
    played.sends.meanwhile = played.stir
    played.steady.now += 20.0
    played.pace.send()
    assert played.wait_s() == FRESH_S


def test_a_commit_under_way_whose_rows_nobody_could_see_is_looked_for_again(played: Played) -> None:
    """Its pages were written, and told of, before the pass; they are seen only after the card has synced them."""
    played.steady.now += 20.0
    played.stir()
    played.wait_s()
    played.is_written = True
    for _ in range(5):
        played.pace.send()
        assert played.wait_s() == FRESH_S
        played.steady.now += FRESH_S
    played.is_written = False
    played.pace.send()
    assert played.wait_s() == SLOW_S


def test_whether_there_is_a_commit_is_asked_before_the_pass_and_after_what_stirred_was_taken(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any other order a commit that ends between two of the steps would be neither seen nor looked for."""
    order: list[str] = []

    def taken() -> bool:
        order.append("stirs")
        return True

    def asked(votes: Path) -> bool:
        order.append("commit")
        return False

    monkeypatch.setattr(played.pace._ear, "stirred", taken)
    monkeypatch.setattr(pace_module, "is_written", asked)
    played.sends.meanwhile = lambda: order.append("pass")
    played.pace.send()
    assert order == ["stirs", "commit", "pass"]


def test_a_store_that_could_not_be_read_is_tried_again(played: Played) -> None:
    played.sends.kept_by = "votes.db: can't be read"
    played.steady.now += 20.0
    played.pace.send()
    assert played.wait_s() == UNREAD_S
    played.stir()
    assert played.wait_s() == FRESH_S


def test_a_pass_that_fails_in_a_way_nobody_thought_of_is_tried_again(played: Played) -> None:
    def fails() -> None:
        raise RuntimeError("something nobody thought of")

    played.sends.meanwhile = fails
    with pytest.raises(RuntimeError):
        played.pace.send()
    assert played.wait_s() == UNREAD_S
    played.sends.meanwhile = lambda: None
    played.pace.send()
    assert played.wait_s() == SLOW_S


@pytest.mark.parametrize("pause_s", [0.0, 0.3, 5.0, 900.0])
def test_a_pause_is_kept_whatever_stirs_and_ends_in_a_pass(played: Played, pause_s: float) -> None:
    played.sends.paused_until_s = played.steady.now + pause_s
    played.stir()
    assert played.wait_s() == max(FRESH_S, pause_s), "an endpoint that fails would be asked for each vote"
    played.steady.now += max(FRESH_S, pause_s)
    assert played.wait_s() == 0.0
    played.steady.now += 0.001
    played.pace.send()
    played.steady.now += 5.0
    assert played.wait_s() == SLOW_S - 5.0


def test_who_asks_ends_a_pause_once(played: Played) -> None:
    played.sends.paused_until_s = played.steady.now + 900.0
    played.pace.hurry()
    assert played.wait_s() == 0.0
    assert played.wait_s() == 0.0, "until it has begun"
    played.pace.send()
    assert played.wait_s() == SLOW_S


def test_who_asks_while_it_is_sent_has_it_sent_once_more(played: Played) -> None:
    played.sends.meanwhile = played.pace.hurry
    played.pace.send()
    assert played.wait_s() == 0.0


def test_who_asks_while_a_pass_fails_is_not_kept_waiting_by_its_pause(played: Played) -> None:
    def fails() -> None:
        played.pace.hurry()
        played.sends.paused_until_s = played.steady.now + 900.0

    played.sends.meanwhile, before = fails, played.sends.passes
    played.pace.send()
    assert played.wait_s() == 0.0
    played.sends.meanwhile = lambda: None
    played.pace.send()
    assert played.sends.passes == before + 2


def test_a_metered_line_is_used_each_quarter_of_an_hour_and_not_for_what_stirs(metered: Played) -> None:
    assert metered.wait_s() == metered.pace.idle_s == METERED_S == 900.0
    metered.stir()
    metered.sends.kept_by, metered.is_written = "votes.db: can't be read", True
    metered.pace.send()
    assert metered.wait_s() == METERED_S
    metered.steady.now += METERED_S
    assert metered.wait_s() == 0.0


@pytest.mark.parametrize(("pause_s", "wait_s"), [(0.5, METERED_S), (1_000.0, 1_000.0)])
def test_a_metered_line_is_not_used_sooner_for_a_pause(metered: Played, pause_s: float, wait_s: float) -> None:
    metered.sends.paused_until_s = metered.steady.now + pause_s
    assert metered.wait_s() == wait_s
    metered.pace.hurry()
    assert metered.wait_s() == 0.0


def test_it_is_woken_only_where_that_would_have_it_sent_sooner(played: Played, metered: Played) -> None:
    assert listens(played.pace)
    assert not listens(played.pace, is_idle=False)
    assert not listens(metered.pace)
    played.sends.paused_until_s = played.steady.now + 5.0
    assert not listens(played.pace)
    played.sends.paused_until_s = 0.0
    played.stir()
    played.wait_s()
    assert not listens(played.pace), "each page of the log would wake it"
    played.pace.send()
    assert listens(played.pace)
