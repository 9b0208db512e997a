"""What a touch can hit, and what it did hit. Knows neither drawing nor what an action does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Target(msgspec.Struct, frozen=True):
    """A box in pixels that a touch can hit, and what that asks for."""

    action: str
    """`face:3`, `choice:waiting`, `back` or `skip`."""
    x: int
    y: int
    w: int
    h: int

    def distance(self, x: float, y: float) -> float:
        """Pixels from (x, y) to the nearest edge; 0 inside."""
        across = max(self.x - x, 0, x - (self.x + self.w - 1))
        down = max(self.y - y, 0, y - (self.y + self.h - 1))
        return math.hypot(across, down)


def hit(targets: Sequence[Target], x: float, y: float) -> str | None:
    """The action of the target at (x, y), or of the nearest one on a near miss; None when nothing is near.

    A miss is near within a quarter of the smallest target's shorter side: about 3 mm.
    """
    if not targets:
        return None
    nearest = min(targets, key=lambda target: target.distance(x, y))
    slack = min(min(target.w, target.h) for target in targets) / 4
    return nearest.action if nearest.distance(x, y) <= slack else None
