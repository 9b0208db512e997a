"""Nothing lost, nothing twice: a few seeds of both campaigns. `make test-faults` runs many, and longer ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import campaign, kills
from tests.faults.network import KINDS, QUICK, SLOW, Deck

RESPONSES = 5_000
KILLS = 6
AGAIN = "to run just this: .venv/bin/python -m tests.faults"


@pytest.mark.parametrize("seed", [3, 6, 9])
def test_through_a_hostile_network_every_response_arrives_once(seed: int, tmp_path: Path) -> None:
    result = campaign.run(seed, RESPONSES, tmp_path)
    assert result.clean, f"{result.reckoning} {result.wrong}; {AGAIN} --network {seed} --responses {RESPONSES}"
    assert result.reckoning.rows >= RESPONSES - 1
    assert all(result.drawn[kind] for kind in KINDS)
    # Far beyond the deadline, far below what the fault would last: a slow machine is no failure.
    assert result.slowest_s < 20


def test_whoever_is_killed_whenever_every_thanked_vote_arrives_once(tmp_path: Path) -> None:
    result = kills.run(1, KILLS, tmp_path)
    assert result.clean, f"{result.reckoning} {result.wrong}; {AGAIN} --kill 1 --kills {KILLS}"
    assert result.thanked > KILLS
    assert all(result.killed[name] for name in kills.VICTIMS)


def test_the_same_seed_deals_the_same_faults() -> None:
    import random

    decks = [Deck({**QUICK, **SLOW}, random.Random("network 3")) for _ in range(2)]
    dealt = [[deck.deal() for _ in range(200)] for deck in decks]
    assert dealt[0] == dealt[1]
    assert set(dealt[0]) == {*QUICK, *SLOW}
