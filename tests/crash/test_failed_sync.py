"""A sync that fails once: what was refused may be lost; what was thanked for afterwards outlives the next cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import schema
from kiosk.reader import Reader
from tests.crash import campaign
from tests.crash.disk import Sync, SyncFolder
from tests.crash.scenarios import FAILING, Scenario, failing
from tests.crash.tape import Mark, read

STATES_EACH = 8
"""For each sync that fails; all kept and all lost among them."""


@pytest.fixture(params=list(FAILING), ids=lambda kind: kind.format("k"))
def scenarios(request: pytest.FixtureRequest, tmp_path: Path) -> list[Scenario]:
    """The same once for each sync that there is: that one fails."""
    well = failing(request.param, 0)
    campaign.record([well], tmp_path)
    return [failing(request.param, k) for k in range(1, len(syncs(well, tmp_path)) + 1)]


def test_what_is_thanked_for_after_a_failed_sync_outlives_the_next_cut(
    scenarios: list[Scenario], tmp_path: Path
) -> None:
    found = campaign.run(scenarios, tmp_path, STATES_EACH * len(scenarios), seed=3)
    for k, scenario in enumerate(scenarios):
        assert [n for n, sync in enumerate(syncs(scenario, tmp_path)) if sync.failed] == [k]
    table = "\n".join(campaign.table(found))
    assert not any(f.lost or f.corrupt for f in found.values()), f"{table}\n{campaign.examples(found.values())}"


def test_a_refused_vote_is_not_counted_beside_the_one_pressed_instead(
    scenarios: list[Scenario], tmp_path: Path
) -> None:
    counted = {}
    for scenario, log in zip(scenarios, campaign.record(scenarios, tmp_path).values(), strict=True):
        refused = {row["ms"] for one in read(log) if isinstance(one, Mark) for row in one.told.get("refused", [])}
        folder = log.with_suffix("")
        schema.connect(folder / "votes.db").close()
        with Reader(folder / "votes.db") as reader:
            counted[scenario.name] = [row.seq for row in reader.span(1, reader.last()).rows if row.ms in refused]
    assert not any(counted.values()), f"refused, yet counted: {counted}"


def syncs(scenario: Scenario, folder: Path) -> list[Sync | SyncFolder]:
    """The syncs of files, or of folders, that were counted."""
    of = SyncFolder if "folder" in scenario.name else Sync
    operations = read(campaign.log_of(scenario, folder))
    start = next(n for n, one in enumerate(operations) if isinstance(one, Mark) and "syncs_count_from_here" in one.told)
    return [one for one in operations[start:] if isinstance(one, of)]
