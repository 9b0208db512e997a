"""What a process costs with all that it started: memory, processor, wake-ups. Linux only; knows no kiosk."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal, NamedTuple

PROC = Path("/proc")


class Cost(NamedTuple):
    """What a tree of processes has used since it began."""

    wakes: int
    """How often a thread went to sleep, and so had been woken."""
    cpu_s: float
    """Seconds of a core, counted by the scheduler in nanoseconds: ticks of 10 ms are too coarse for what idles."""


def members(*roots: int) -> list[int]:
    """The processes, their children and theirs, and whoever else is in their sessions."""
    parents: dict[int, tuple[int, int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1]), int(fields[3])
    found = set(roots)
    while more := {pid for pid, (parent, session) in parents.items() if parent in found or session in roots} - found:
        found |= more
    return sorted(found)


def memory_mb(*roots: int, measure: Literal["Pss", "Rss", "Anonymous"] = "Pss") -> float:
    """MB (10^6 bytes) of PSS, in which what is shared is counted in parts; of RSS, in which each counts it whole; or of
    what comes from no file and is nobody else's: alone of the three that changes for nothing that others start or end.
    """
    total = 0
    for pid in members(*roots):
        with contextlib.suppress(OSError):
            for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith(f"{measure}:"):
                    total += int(line.split()[1])
    return total * 1024 / 1e6


def cost(*roots: int) -> dict[str, Cost]:
    """Each thread's, by its number: a thread that ends meanwhile is lost from a difference, one that begins is not."""
    found = {}
    for pid in members(*roots):
        for thread in (PROC / str(pid) / "task").glob("*"):
            with contextlib.suppress(OSError):
                status = (thread / "status").read_text()
                wakes = int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
                found[thread.name] = Cost(wakes, int((thread / "schedstat").read_text().split()[0]) / 1e9)
    return found


def spent(before: dict[str, Cost], after: dict[str, Cost]) -> Cost:
    """What was used from one to the other."""
    nothing = Cost(0, 0.0)
    spans = [(before.get(thread, nothing), now) for thread, now in after.items()]
    return Cost(sum(now.wakes - then.wakes for then, now in spans), sum(now.cpu_s - then.cpu_s for then, now in spans))
