"""The promise, cut by cut: whatever was thanked for is there after the power comes back, and the next vote is taken."""

from __future__ import annotations

from pathlib import Path

from tests.crash import campaign
from tests.crash.scenarios import SCENARIOS

STATES = 2_000
"""CI takes 10,000, and each sync that can fail: `make test-crash STATES=10000`."""
SEED = 3


def test_no_cut_takes_a_thanked_vote_or_leaves_a_store_that_takes_none(tmp_path: Path) -> None:
    found = campaign.run(SCENARIOS, tmp_path, STATES, SEED)
    table = "\n".join(campaign.table(found))
    print(table)
    assert sum(len(f.states) for f in found.values()) >= STATES, table
    assert not any(f.lost or f.corrupt for f in found.values()), f"{table}\n{campaign.examples(found.values())}"
