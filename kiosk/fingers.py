"""What fingers on the screen mean: a tap, or a long press on a key. Pure; never knows what an action does.

Whatever is not a key answers as soon as it is touched. A key may have other letters, which a long press offers: it
counts when the finger goes up, or when the next finger comes down, so that fast typists keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

HOLD_MS = 500
"""A finger that rests on a key so long holds it."""
REPEAT_MS = 300
"""How often delete is held anew while the finger stays: word after word goes."""
_KEY = "key:"
_DELETE = "key:delete"


class Gesture(msgspec.Struct, frozen=True):
    """An action was tapped or held."""

    what: Literal["tap", "hold"]
    action: str


class _Resting(msgspec.Struct):
    action: str
    due_ms: int
    """When it is held next."""
    held: bool = False


class Fingers:
    """The fingers that rest on keys. Times are milliseconds of one steady clock."""

    def __init__(self) -> None:
        self._resting: dict[int, _Resting] = {}

    @property
    def deadline(self) -> int | None:
        """When `held` has something to tell; None while no finger rests on a key."""
        return min((finger.due_ms for finger in self._resting.values()), default=None)

    @property
    def resting(self) -> frozenset[str]:
        """The keys on which a finger rests."""
        return frozenset(finger.action for finger in self._resting.values())

    def down(self, finger: int, action: str, now_ms: int) -> list[Gesture]:
        """A finger, by its number, went down on `action`."""
        before = self._counted(self._resting.values())
        self.forget()
        if not action.startswith(_KEY):
            return [*before, Gesture("tap", action)]
        self._resting[finger] = _Resting(action, now_ms + HOLD_MS)
        return before

    def up(self, finger: int) -> list[Gesture]:
        """It went up again."""
        resting = self._resting.pop(finger, None)
        return self._counted([resting] if resting else [])

    def held(self, now_ms: int) -> list[Gesture]:
        """What is held by now."""
        told = []
        for number, finger in list(self._resting.items()):
            if now_ms < finger.due_ms:
                continue
            told.append(Gesture("hold", finger.action))
            if finger.action == _DELETE:
                finger.held, finger.due_ms = True, now_ms + REPEAT_MS
            else:
                del self._resting[number]
        return told

    def forget(self) -> None:
        """What they rest on is gone."""
        self._resting.clear()

    def _counted(self, fingers: Iterable[_Resting]) -> list[Gesture]:
        return [Gesture("tap", finger.action) for finger in fingers if not finger.held]
