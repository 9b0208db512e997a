"""`python -m tests.on_a_pi ROOT kiosk …`: the command on a made-up Raspberry Pi (tests/pi.py) that is up for four days.

For pictures: what the diagnostics show of this machine would be another picture on each.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from hardware import board
from hardware.board import Clocks

UP_MS = 4 * 24 * 3_600_000
NOW_MS = 1_795_707_600_000
"""A Thursday, 15:40 UTC: the pictures shall be the same whenever they are taken."""


def settle_in(root: Path) -> None:
    """From now on this process's clocks are those of a Pi that was started four days ago, and that NTP has set."""
    began_ms, this = board.boottime_ms(), board.boot_id()
    boottime_ms = board.boottime_ms

    def later_ms() -> int:
        return boottime_ms() - began_ms + UP_MS

    def vouched(_: Path = root) -> Clocks:
        return Clocks(later_ms(), NOW_MS - UP_MS + later_ms(), "ntp")

    board.boottime_ms, board.clocks, board.boot_id = later_ms, vouched, lambda *_: this


def main() -> None:
    """Run the command on the Pi at ROOT."""
    root = Path(sys.argv.pop(1))
    settle_in(root)
    from kiosk import cli, start

    start.Options = functools.partial(start.Options, root=root)  # type: ignore[misc,assignment]
    cli.main()


if __name__ == "__main__":
    main()
