"""Visitors for the demo: random people who press, touch, dither and walk on. Knows the kiosk only by its traces."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

_FACES = (45, 30, 15, 10)
"""How often each face is meant, happiest first; a fifth face is meant as rarely as the last."""
_PATIENCE_S = 30.0


class World:
    """What the kiosk has said so far; fed by whoever reads its traces, waited on by the player."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.screen = ""
        self.targets: dict[str, tuple[int, int]] = {}
        self.stored = 0
        """Votes and answers that were stored."""
        self.ended = False

    def tell(self, event: dict[str, Any]) -> None:
        """One trace of the kiosk."""
        with self._changed:
            match event["event"]:
                case "screen":
                    self.screen = event["screen"]
                    self.targets = {
                        t["action"]: (t["x"] + t["w"] // 2, t["y"] + t["h"] // 2) for t in event.get("targets", ())
                    }
                case "stored":
                    self.stored += sum(row["kind"] not in ("end", "mark") for row in event["rows"])
                case "ended":
                    self.ended = True
            self._changed.notify_all()

    def wait(self, condition: Callable[[], bool], seconds: float | None = _PATIENCE_S) -> bool:
        """Until `condition` holds; False if it did not within `seconds` (None: ever), or the kiosk has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or condition(), seconds)
            return condition() and not self.ended


class Player:
    """Plays visitors. `order` hands a line to the kiosk; the counts are what the player itself has done."""

    def __init__(
        self, world: World, order: Callable[[str], None], *, faces: int, seed: int | None, speed: float
    ) -> None:
        self._world = world
        self._order = order
        self._faces = faces
        self._random = random.Random(seed)
        self._speed = speed
        self.votes = 0
        self.answers = 0

    def play_one(self) -> bool:
        """One visitor, from the first look to walking on; False where the kiosk answers no more."""
        self._pause(1.0, 6.0)
        face = self._random.choices(range(1, self._faces + 1), (*_FACES, _FACES[-1])[: self._faces])[0]
        by_touch = self._random.random() < 0.3
        mood = self._random.random()
        if not (self._touch_face(face) if by_touch else self._press(face)):
            return False
        if mood < 0.08:
            return self._press(face)  # the same finger again
        if mood < 0.16:
            return self._press(face % self._faces + 1)  # a change of mind
        if not self._world.wait(lambda: self._world.screen.startswith(("ask", "thanks"))):
            return False
        if mood < 0.70 and self._world.screen.startswith("ask"):
            self._pause(0.5, 2.0)
            return self._answer()
        return True

    def _answer(self) -> bool:
        on_screen = self._world.targets
        choices = sorted(action for action in on_screen if action.startswith("choice:"))
        how = self._random.random()
        if how < 0.75 and choices:
            at = on_screen[self._random.choice(choices)]
            return self._do(f"tap {at[0]} {at[1]}", answers=1)
        action = "skip" if how < 0.9 else "back"
        if action in on_screen:
            self._order(f"tap {on_screen[action][0]} {on_screen[action][1]}")
        return True

    def _press(self, face: int) -> bool:
        self._pause(0.1, 0.2)
        return self._do(f"press {face}", votes=1)

    def _touch_face(self, face: int) -> bool:
        """Whoever touches waits until the faces are there to be touched."""
        if not self._world.wait(lambda: self._world.screen == "attract"):
            return False
        x, y = self._world.targets[f"face:{face}"]
        return self._do(f"tap {x} {y}", votes=1)

    def _do(self, line: str, *, votes: int = 0, answers: int = 0) -> bool:
        """Do it, count it, and see that something came of it."""
        self.votes += votes
        self.answers += answers
        done = self.votes + self.answers
        self._order(line)
        return self._world.wait(lambda: self._world.stored >= done)

    def _pause(self, least_s: float, most_s: float) -> None:
        # Never so short that a mock contact would seem to bounce.
        time.sleep(max(0.004, self._random.uniform(least_s, most_s) / self._speed))
