"""A sync that fails once: what was refused may be lost; what was thanked for afterwards outlives the next cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import schema
from kiosk.reader import Reader
from tests.crash import campaign
from tests.crash.scenarios import FAILING, Scenario
from tests.crash.tape import Mark, read

EVERY = 4
"""Each fourth sync of a file; `make test-crash` takes each."""
STATES_EACH = 8
"""For each sync that fails; all kept and all lost among them. Of folders there are few, and all are taken."""
FOLDER_STATES_EACH = 60


@pytest.fixture(params=list(FAILING), ids=lambda kind: kind.format("k"))
def scenarios(request: pytest.FixtureRequest, tmp_path: Path) -> list[Scenario]:
    """The same for one sync after the other: that one fails."""
    return campaign.failing_each(request.param, tmp_path, _every(request.param))


def _every(name: str) -> int:
    return 1 if "folder" in name else EVERY


def test_what_is_thanked_for_after_a_failed_sync_outlives_the_next_cut(
    scenarios: list[Scenario], tmp_path: Path
) -> None:
    each = FOLDER_STATES_EACH if "folder" in scenarios[0].name else STATES_EACH
    found = campaign.run(scenarios, tmp_path, each * len(scenarios), seed=3)
    for k, scenario in enumerate(scenarios):
        failed = [n for n, sync in enumerate(campaign.syncs(scenario, tmp_path)) if sync.failed]
        assert failed == [k * _every(scenario.name)]
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
