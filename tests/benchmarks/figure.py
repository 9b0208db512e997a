"""One line of the benchmark table."""

from __future__ import annotations

import math
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
        """Ours over the baseline; 1 where both are nothing."""
        if self.baseline == 0:
            return 1.0 if self.ours == 0 else math.inf
        return self.ours / self.baseline
