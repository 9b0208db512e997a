"""Memory: how much is left, how much this process takes, whether programs were ended for want of it. Knows /proc."""

from __future__ import annotations

import re
from pathlib import Path

from hardware.health import Health, bad, good
from hardware.probes.reading import Unread, text, told

LEAST_MB = 50
"""With less left than the kiosk itself takes (its goal), the next program to start may be the end of another."""
OWN_MOST_MB = 128
"""A quarter of the smallest Pi's memory, and more than twice the kiosk's goal: then something leaks."""


def probe(root: Path = Path("/")) -> list[Health]:
    """What is left, what is our own, what was ended. `root` is where /proc is."""
    return [
        told("memory", "This machine doesn't tell how much memory is left.", lambda: _left(root)),
        told("memory.own", "This machine doesn't tell how much memory the kiosk takes.", lambda: _own(root)),
        told("memory.kills", "This machine doesn't tell whether its memory ever ran out.", lambda: _kills(root)),
    ]


def _left(root: Path) -> Health:
    info = text(root / "proc/meminfo")
    left, total = (_number(f"{name}:", info, "meminfo") >> 10 for name in ("MemAvailable", "MemTotal"))
    raw = f"MemAvailable {left} of {total} MB"
    swap = _number("SwapTotal:", info, "meminfo") >> 10
    if swap:
        raw += f", SwapFree {_number('SwapFree:', info, 'meminfo') >> 10} of {swap} MB"
    if left < LEAST_MB:
        return bad("memory", f"Memory is short ({left} MB left): restart; stop what else runs on this Pi.", raw)
    return good("memory", f"{left} MB of memory are left.", raw)


def _own(root: Path) -> Health:
    own = _number("Pss:", text(root / "proc/self/smaps_rollup"), "smaps_rollup") >> 10
    raw = f"Pss {own} MB"
    if own > OWN_MOST_MB:
        return bad("memory.own", f"This program takes {own} MB of memory, far too much: restart, and report it.", raw)
    return good("memory.own", f"This program takes {own} MB of memory.", raw)


def _kills(root: Path) -> Health:
    kills = _number("oom_kill ", text(root / "proc/vmstat"), "vmstat")
    raw = f"oom_kill {kills}"
    if kills:
        times = "once" if kills == 1 else f"{kills} times"
        return bad(
            "memory.kills",
            f"Memory ran out {times} since the start, and a program was ended: stop what else runs on this Pi.",
            raw,
        )
    return good("memory.kills", "Memory never ran out since the start.", raw)


def _number(name: str, lines: str, where: str) -> int:
    found = re.search(rf"^{re.escape(name)}\s*(\d+)( kB)?$", lines, re.MULTILINE)
    if not found:
        raise Unread(f"no {name.strip(': ')} in {where}")
    return int(found[1])
