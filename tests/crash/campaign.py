"""Many cuts through the tapes of many scenarios, judged by two processes; every state is drawn from a seed.

A state is named by scenario, cut, draw and seed, and can be made again from these (`again`).
"""

from __future__ import annotations

import functools
import itertools
import logging
import multiprocessing
import os
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.pool import Pool, ThreadPool
from pathlib import Path

import msgspec

from kiosk.response import Response
from tests.crash import recorder, scenarios, tape
from tests.crash.disk import RANDOM, Disk, Fate, Operation, State, Sync, SyncFolder
from tests.crash.judge import Promise, judge, put_down
from tests.crash.scenarios import Scenario, failing
from tests.crash.tape import Mark

PROCESSES = 2
PARTS = 12
"""Stretches that the cuts of a scenario are divided into, so that both processes end together and progress is told."""
ROUNDS = 12
"""How often more states are drawn of a scenario that has not yet given as many different ones as were asked for."""
_SHOWN = 3


class Task(msgspec.Struct, frozen=True):
    """The cuts `part` of one tape, each with so many draws: those from `first` on."""

    scenario: str
    log: str
    seed: int
    part: range
    first: int
    draws: int


class Found(msgspec.Struct):
    """What a task, or a scenario in all, came to."""

    states: set[bytes] = msgspec.field(default_factory=set)
    lost: set[bytes] = msgspec.field(default_factory=set)
    corrupt: set[bytes] = msgspec.field(default_factory=set)
    examples: list[str] = msgspec.field(default_factory=list)

    def add(self, other: Found) -> None:
        """Count what another task found; equal states count once."""
        self.states |= other.states
        self.lost |= other.lost
        self.corrupt |= other.corrupt
        self.examples = (self.examples + other.examples)[:_SHOWN]


class Cut(msgspec.Struct, frozen=True):
    """The disk at the moment of a cut (only until the next is asked for), and what was promised by then."""

    number: int
    disk: Disk
    promise: Promise


def cuts(log: Path) -> Iterator[Cut]:
    """A cut before each operation and one at the end: whatever was said between two operations is promised by then."""
    disk = Disk()
    thanked: list[tuple[str, Response]] = []
    serial = ""
    may_go = 0
    forks: dict[str, int] = {}
    number = 0
    for one in [*_tape(log), None]:
        if isinstance(one, Mark):
            thanked += [(epoch, msgspec.convert(row, Response)) for epoch, row in one.told.get("thanked", [])]
            serial = one.told.get("serial", serial)
            may_go = one.told.get("may_go", may_go)
            forks |= one.told.get("forks", {})
            continue
        yield Cut(number, disk, Promise(thanked, serial, forks, may_go))
        number += 1
        if one is not None:
            disk.apply(one)


@functools.lru_cache(maxsize=2)
def _tape(log: Path) -> list[Operation | Mark]:
    return tape.read(log)


def draw(cut: Cut, draw: int, seed: int) -> tuple[Fate, State]:
    """One state that the cut may leave: draw 0 has lost all, draw 1 kept all, the others come from the seed."""
    dice = random.Random(f"{seed} {cut.number} {draw}")
    fate = (Fate.LOST, Fate.KEPT)[draw] if draw < 2 else RANDOM[draw % len(RANDOM)]
    return fate, cut.disk.after_cut(fate, dice)


_judged: dict[tuple[str, bytes], int] = {}
"""For each state of each tape that this process has judged: how many rows it was held to."""


def work(task: Task) -> Found:
    """Judge each state of a task that this process has not yet held to as much."""
    logging.disable(logging.CRITICAL)  # a store that refuses says so to its log: here the verdict says it
    found = Found()
    with _memory() as room, scenarios.find(task.scenario).knows():
        for cut in cuts(Path(task.log)):
            if cut.number not in task.part:
                continue
            # of n things that may be there or not there are no more than 2**n ways: where few are open, few are drawn
            most = 2 ** min(cut.disk.unsettled(), 20)
            for number in range(task.first, min(task.first + task.draws, most)):
                fate, state = draw(cut, number, task.seed)
                digest = state.digest()
                found.states.add(digest)
                if _judged.get((task.log, digest), -1) < len(cut.promise.thanked):
                    _judged[task.log, digest] = len(cut.promise.thanked)
                    put_down(state, Path(room) / "state", stale=digest * 1_700 if digest[0] % 4 == 0 else b"")
                    if verdict := judge(Path(room) / "state", cut.promise):
                        (found.lost if verdict.lost else found.corrupt).add(digest)
                        name = f"{task.scenario}: cut {cut.number}, draw {number} ({fate.value}), seed {task.seed}"
                        found.examples = [*found.examples, f"{name}: {verdict.lost or verdict.corrupt}"][:_SHOWN]
    return found


def run(
    chosen: Sequence[Scenario], folder: Path, states: int, seed: int, say: Callable[[str], object] = lambda _: None
) -> dict[str, Found]:
    """Record each scenario in `folder` and judge at least about `states` different states in all, of each its share.

    A short scenario may not have as many states as its share: the others then make up for it.
    """
    logs = record(chosen, folder)
    stretches = {name: list(_stretches(log)) for name, log in logs.items()}
    found = {name: Found() for name in logs}
    drawn = dict.fromkeys(logs, 0)
    with _pool() as pool:
        for _ in range(ROUNDS):
            missing = states - sum(len(f.states) for f in found.values())
            if missing <= 0:
                break
            tasks = []
            for name, log in logs.items():
                count = sum(map(len, stretches[name]))
                new = len(found[name].states) / (drawn[name] * count) if drawn[name] else 0.4
                wanted = 1.1 * missing / len(logs) / count / max(new, 0.05)
                draws = max(1 if drawn[name] else 3, round(wanted))
                tasks += [Task(name, str(log), seed, part, drawn[name], draws) for part in stretches[name]]
                drawn[name] += draws
            for n, (name, more) in enumerate(pool.imap_unordered(_named_work, tasks), 1):
                found[name].add(more)
                say(f"{sum(len(f.states) for f in found.values()):,} states, {n} of {len(tasks)} parts")
    return found


def record(chosen: Sequence[Scenario], folder: Path) -> dict[str, Path]:
    """Record scenarios in `folder`; gives the log of each."""
    recorder.shim()  # once, before anybody needs it
    with ThreadPool(PROCESSES) as threads:
        places = [(s.name, len(s.sessions), _place(s, folder)) for s in chosen]
        return dict(zip([s.name for s in chosen], threads.starmap(recorder.record, places), strict=True))


def log_of(scenario: Scenario, folder: Path) -> Path:
    """Where the tape of a scenario stands that was recorded in `folder`."""
    return recorder.log_of(_place(scenario, folder))


def again(log: Path, number: int, drawn: int, seed: int, folder: Path) -> Cut:
    """Put one state down in `folder`, to look at it; gives the cut that left it."""
    cut = next(cut for cut in cuts(log) if cut.number == number)
    put_down(draw(cut, drawn, seed)[1], folder)
    return cut


def syncs(scenario: Scenario, folder: Path) -> list[Sync | SyncFolder]:
    """The syncs that were counted in a scenario that `record` has recorded, where one of them is to fail."""
    of = SyncFolder if "folder" in scenario.name else Sync
    operations = tape.read(log_of(scenario, folder))
    start = next(n for n, one in enumerate(operations) if isinstance(one, Mark) and "syncs_count_from_here" in one.told)
    return [one for one in operations[start:] if isinstance(one, of)]


def failing_each(kind: str, folder: Path, every: int = 1) -> list[Scenario]:
    """A scenario for each sync that there is, or each so many: that one fails."""
    well = failing(kind, 0)
    record([well], folder)
    return [failing(kind, k) for k in range(1, len(syncs(well, folder)) + 1, every)]


def table(found: dict[str, Found]) -> Iterator[str]:
    """Scenario, states, lost, corrupt: a line each and one for all."""
    rows = [(name, len(f.states), len(f.lost), len(f.corrupt)) for name, f in found.items()]
    _, states, lost, corrupt = zip(*rows, strict=True)
    rows.append(("all", sum(states), sum(lost), sum(corrupt)))
    yield f"{'scenario':28}{'states':>10}{'lost':>8}{'corrupt':>9}"
    for name, *counts in rows:
        yield "{:28}{:>10,}{:>8,}{:>9,}".format(name, *counts)


def examples(found: Iterable[Found]) -> str:
    """A few of the states that went wrong, each in a line."""
    return "\n".join(line for one in found for line in one.examples)


def _place(scenario: Scenario, folder: Path) -> Path:
    return folder / scenario.name.replace(" ", "-")


def _stretches(log: Path) -> Iterator[range]:
    """All cuts of a tape, in a few stretches."""
    count = sum(1 for _ in cuts(log))
    ends = [count * part // PARTS for part in range(PARTS + 1)]
    return (range(first, end) for first, end in itertools.pairwise(ends))


def _named_work(task: Task) -> tuple[str, Found]:
    return task.scenario, work(task)


def _memory() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: what is judged is not to wait for a real disk."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="moodpost-crash-")


def _pool() -> Pool:
    """Processes that do not measure coverage: it would cost half as much again, and tell nothing new."""
    measured = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_PROCESS")}
    try:
        return multiprocessing.get_context("spawn").Pool(PROCESSES)
    finally:
        os.environ.update(measured)
