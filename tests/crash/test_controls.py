"""Controls: the same harness must see a less careful store lose votes. Seeing nothing here, it would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash import campaign
from tests.crash.scenarios import CONTROLS, Scenario

STATES = 400


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_a_less_careful_store_is_seen_losing_votes(control: Scenario, tmp_path: Path) -> None:
    found = campaign.run([control], tmp_path, STATES, seed=3)[control.name]
    assert len(found.states) >= STATES
    assert found.lost, "not one thanked vote was lost"
    if "NORMAL" not in control.name:  # there a cut leaves logs that only damage leaves where each commit is synced
        assert not found.corrupt, campaign.examples([found])
