"""One line of the benchmark table."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """`ours` beside `baseline`, both in `unit`; the goal is the highest ratio that is good, None without one."""

    what: str
    unit: str
    ours: float
    beside: str
    baseline: float
    goal: float | None

    @property
    def ratio(self) -> float:
        """Ours over the baseline."""
        return self.ours / self.baseline
