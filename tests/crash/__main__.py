"""`python -m tests.crash STATES [SEED]`: every scenario and the controls, with progress, ending in a table."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.crash import campaign
from tests.crash.scenarios import CONTROLS, FAILING, SCENARIOS

FAILING_STATES = 2_000
CONTROL_STATES = 1_000


def main(states: int, seed: int) -> int:
    """0 where no state lost anything and every control did."""
    say = Progress()
    with tempfile.TemporaryDirectory(prefix="moodpost-crash-") as folder:
        print(f"Cutting the power {states:,} times, seed {seed}.", flush=True)
        began = time.monotonic()
        found = campaign.run(SCENARIOS, Path(folder), states, seed, say)
        took = time.monotonic() - began
        failures = [one for kind in FAILING for one in campaign.failing_each(kind, Path(folder))]
        failing = campaign.run(failures, Path(folder), max(states // 5, FAILING_STATES), seed, say)
        controls = campaign.run(CONTROLS, Path(folder), CONTROL_STATES, seed, say)
    say.end()
    print("\n".join(campaign.table(found)))
    print(f"\n{sum(len(f.states) for f in found.values()) / took:,.0f} different states a second\n")
    print("Controls, which must lose some:")
    print("\n".join(campaign.table(controls)))
    print(f"\nOne sync fails, each of {len(failing)} in turn:")
    print(list(campaign.table(failing))[-1])
    found |= failing
    bad = any(f.lost or f.corrupt for f in found.values())
    if bad:
        print(campaign.examples(found.values()))
    blind = [name for name, f in controls.items() if not f.lost]
    if blind:
        print(f"The harness sees no loss with {', '.join(blind)}: what it says of the store proves nothing.")
    return int(bad or bool(blind))


class Progress:
    """One line that changes, on a terminal; elsewhere a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._told = time.monotonic()

    def __call__(self, line: str) -> None:
        """Say how far it is."""
        if self._terminal:
            print(f"\r{line:60}", end="", flush=True)
        elif time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            print(line, flush=True)

    def end(self) -> None:
        """Leave the line."""
        print(flush=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3))
