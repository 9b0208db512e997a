"""Draws the picture of the technician's page: `moodpost report --png` over a made-up fortnight, the same each time."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from kiosk.cli import main
from kiosk.response import Response
from tests.benchmarks.trace import BY_HOUR
from tests.conftest import ROOT
from tests.filled import HOUR, MONDAY, a_row, fill

TARGET = ROOT / "docs/screens/report.png"
SETTINGS = """\
[kiosk]
id = "helsinki-south-exit"
place = "Helsinki store, south exit"
timezone = "Europe/Helsinki"
languages = ["en"]
"""
_UTC_H = 2
_REASONS = ("waiting", "waiting", "price", "staff")


def fortnight(seed: int = 4) -> Iterator[Response]:
    """A shop whose queues are long from 17 to 19 and on Saturdays, and that closes early on Sundays."""
    dice = random.Random(seed)
    moments = []
    for day in range(14):
        for hour, share in BY_HOUR.items():
            weekday = day % 7
            busy = 0 if weekday == 6 and hour > 17 else {4: 1.2, 5: 1.5, 6: 0.6}.get(weekday, 1)
            begins = (day * 24 + hour - _UTC_H) * HOUR
            times = sorted(dice.randrange(HOUR - 60_000) for _ in range(round(share * busy * dice.uniform(2, 3))))
            bad = 3 if hour in (17, 18) else 1.6 if weekday == 5 else 1
            moments += [(begins + ms, bad) for ms in times]
    seq = 0
    for ms, bad in moments:
        seq += 1
        vote = seq
        (face,) = dice.choices((1, 2, 3, 4), (50, 28, 10 * bad, 6 * bad))
        yield a_row(seq, vote, "vote", f"{face}/4", ms, misuse="lockout/1" if dice.random() < 0.03 else "")
        if face > 2 and dice.random() < 0.6:
            seq += 1
            yield a_row(seq, vote, "choice", dice.choice(_REASONS), ms + 5_000, 1)


def main_() -> None:
    """Draw it."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        (home / "moodpost.toml").write_text(SETTINGS, encoding="utf-8")
        fill(home, [row for row in fortnight() if row.ms >= 0], wall_ms=MONDAY)
        days = ["--from", "2026-11-16", "--to", "2026-11-29"]
        where = ["--data", str(home), "--settings", str(home / "moodpost.toml")]
        done = CliRunner().invoke(main, ["report", *where, *days, "--png", str(TARGET)], catch_exceptions=False)
        print(done.output)


if __name__ == "__main__":
    main_()
