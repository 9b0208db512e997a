"""What the rules make of a day with known culprits: whom they miss, whom they wrong, and what it does to the index.

Fair, because the baseline, a kiosk that knows the lockout and the opening hours alone, sees the same presses of the
same ten days, and both are judged by who pressed; the defaults were chosen on other days. *Missed* are presses of a
culprit that no rule marks, *wronged* are honest presses that one marks. The days are drawn (`tests.culprits`), not
watched: how children hammer in your shop they don't know. At the end each threshold is held against half and twice
itself: there ours is the default.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

import msgspec

from kiosk.misuse import BURST, CLOSED, LOCKOUT, MASH, RHYTHM, STUCK, Limits
from tests.benchmarks.figure import Figure
from tests.culprits import CULPRITS, HONEST, Day, a_day, harmed, judged, precision, recall

SEEDS = range(3_000, 3_010)
OFF = Limits(burst_votes=0, mash_ms=0, stuck_s=0, rhythm_votes=0)
ALONE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    BURST: (("burst_votes", "burst_s"), ("children",)),
    MASH: (("mash_ms",), ("elbow",)),
    STUCK: (("stuck_s",), ("stuck",)),
    RHYTHM: (("rhythm_votes", "rhythm_spread"), ("employee", "robot")),
}
"""For each rule that can be switched off its limits, and the culprits that it is there for."""
LOCKOUT_MS = 2_000
GOAL = 0.5
"""Of the index's error with the lockout alone."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Shares of presses, over all days together."""
    drawn = [a_day(seed) for seed in SEEDS]

    def days(limits: Limits) -> list[Day]:
        return [judged(deeds, limits) for deeds in drawn]

    ours, bare = days(Limits()), days(OFF)
    for who in CULPRITS:
        yield _share(f"{who}: missed", 1 - recall(ours, who), 1 - recall(bare, who))
    for who in HONEST:
        yield _share(f"{who}: wronged", harmed(ours, who), harmed(bare, who))
    yield Figure("index: mean error of a day", "points", _error(ours), "lockout alone", _error(bare), GOAL)
    yield Figure("index: mean error of a day", "points", _error(ours), "with all rows", _error(ours, marked=True), None)
    for rule in (LOCKOUT, CLOSED, *ALONE):
        yield _share(f"{rule}: of its marks wrong", 1 - precision(ours, rule), 1 - precision(bare, LOCKOUT))
    for rule, (names, culprits) in ALONE.items():
        alone = days(msgspec.structs.replace(OFF, **{name: getattr(Limits(), name) for name in names}))
        what = f"{rule} alone: {', '.join(culprits)} missed"
        yield _share(what, 1 - recall(alone, *culprits), 1 - recall(bare, *culprits))
    for factor in (0.5, 2):
        lockout_ms = round(LOCKOUT_MS * factor)
        yield from _beside(ours, [judged(deeds, Limits(), lockout_ms) for deeds in drawn], "lockout_s", 2, factor)
    for names, _ in ALONE.values():
        for name in names:
            default = getattr(Limits(), name)
            for factor in (0.5, 2):
                other = days(msgspec.structs.replace(Limits(), **{name: type(default)(default * factor)}))
                yield from _beside(ours, other, name, default, factor)


def _beside(ours: Sequence[Day], other: Sequence[Day], name: str, default: float, factor: float) -> Iterator[Figure]:
    beside = f"{default * factor:g}"
    yield _share(f"{name} {default:g}: culprits missed", 1 - recall(ours), 1 - recall(other), beside)
    yield _share(f"{name} {default:g}: honest wronged", harmed(ours), harmed(other), beside)


def _share(what: str, ours: float, baseline: float, beside: str = "lockout alone") -> Figure:
    return Figure(what, "%", 100 * ours, beside, 100 * baseline, None)


def _error(days: Sequence[Day], *, marked: bool = False) -> float:
    return statistics.mean(abs((day.index if marked else day.unmarked) - day.true) for day in days)
