"""One line of the benchmark table. Knows numbers; never where they come from."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """`ours` beside `baseline`, both in `unit`; the goal is the highest ratio that is good, None without one."""

    what: str
    unit: str
    ours: float
    beside: str
    baseline: float
    goal: float | None
    ours_spread: tuple[float, float] | None = None
    """The quartiles, where it was measured often enough to have some."""
    baseline_spread: tuple[float, float] | None = None
    missed: str = ""
    """Why the goal can be missed, where that was looked into: told beside the figure if it is."""

    @property
    def ratio(self) -> float:
        """Ours over the baseline; 1 where both are nothing."""
        if self.baseline == 0:
            return 1.0 if self.ours == 0 else math.inf
        return self.ours / self.baseline

    @property
    def told_ratio(self) -> str:
        """The ratio for a table; a dash beside a baseline of nothing, of which no figure is a multiple."""
        return "–" if math.isinf(self.ratio) else f"{self.ratio:.3f}"

    @property
    def is_met(self) -> bool | None:
        """None without a goal."""
        return None if self.goal is None else self.ratio <= self.goal


def of(
    what: str,
    unit: str,
    ours: Sequence[float],
    beside: str,
    baseline: Sequence[float],
    goal: float | None,
    *,
    by: Callable[[Sequence[float]], float] = statistics.median,
    missed: str = "",
) -> Figure:
    """The figure of two rows of measurements, each told by its median or by what `by` makes of it."""
    return Figure(what, unit, by(ours), beside, by(baseline), goal, quartiles(ours), quartiles(baseline), missed)


def quartiles(values: Sequence[float]) -> tuple[float, float] | None:
    """The lower and the upper one; None of fewer than four."""
    if len(values) < 4:
        return None
    low, _, high = statistics.quantiles(values, n=4)
    return low, high
