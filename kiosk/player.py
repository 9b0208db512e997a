"""Visitors for the demo: people who press, touch, type, dither and walk on. Knows the kiosk only by its traces."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

_FACES = (45, 30, 15, 10)
"""How often each face is meant, happiest first; a fifth face is meant as rarely as the last."""
_PATIENCE_S = 90.0


class World:
    """What the kiosk has said so far; fed by whoever reads its traces, waited on by the player."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.screen = ""
        self.targets: dict[str, tuple[int, int]] = {}
        self.language = ""
        self.screens = 0
        """How many times something else was drawn."""
        self.stored = 0
        """Votes and answers that were stored."""
        self.ended = False

    def tell(self, event: dict[str, Any]) -> None:
        """One trace of the kiosk."""
        with self._changed:
            match event["event"]:
                case "screen":
                    self.screen = event["screen"]
                    self.language = event.get("language", "")
                    self.screens += 1
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
        if by_touch and self._random.random() < 0.3 and not self._choose_language("attract"):
            return False
        if not (self._touch_face(face) if by_touch else self._press(face)):
            return False
        if mood < 0.16:
            self._pause(0.4, 1.0)  # two faces at once would be an elbow
            return self._press(face if mood < 0.08 else face % self._faces + 1)  # the same finger, or a change of mind
        if not self._world.wait(lambda: self._world.screen.startswith(("ask", "thanks"))):
            return False
        return self._answer() if mood < 0.70 else True

    def _answer(self) -> bool:
        """One follow-up after the other, until there are no more or the visitor has had enough."""
        while (asked := self._world.screen).startswith("ask"):
            self._pause(0.5, 2.0)
            how = self._random.random()
            if how < 0.1 and not self._choose_language(asked):
                return False
            if self._world.screen != asked:
                return True  # it waited for too long, or that language leaves it out
            if how > 0.75:
                self._tap("skip" if how < 0.9 else "back")
                return True
            typed = any(action.startswith("key:") for action in self._world.targets)
            if not (self._write() if typed else self._choose()):
                return False
            if not self._world.wait(lambda: self._world.screen != asked):
                return False
        return True

    def _choose(self) -> bool:
        """A choice, or several and Done."""
        choices = sorted(action for action in self._world.targets if action.startswith("choice:"))
        wanted = self._random.sample(choices, self._random.randint(1, min(3, len(choices))))
        answered = self._world.stored
        for choice in wanted:
            # One choice is an answer; of several each only lights up.
            if not self._change(choice):
                return False
            if not self._world.wait(lambda: self._world.stored > answered or "done" in self._world.targets):
                return False
            if self._world.stored > answered:
                self.answers += 1
                return True
            self._pause(0.2, 0.5)
        return self._do("done", answers=1)

    def _write(self) -> bool:
        """Some letters, and Done; now and then a long press, to see what it offers."""
        for _ in range(self._random.randint(2, 8)):
            letters = sorted(a for a in self._world.targets if a.startswith("key:") and a[4:].isalpha() and len(a) == 5)
            if not letters:
                break
            if not self._change(self._random.choice(letters), "hold" if self._random.random() < 0.03 else "tap"):
                return False
            self._pause(0.1, 0.3)
        if "done" in self._world.targets:
            return self._do("done", answers=1)
        self._tap("skip")
        return True

    def _choose_language(self, screen: str) -> bool:
        """Another language, where there are some to choose; from `screen` and back to it."""
        if not self._world.wait(lambda: self._world.screen == screen):
            return False
        if "languages" in self._world.targets:
            if not self._change("languages"):
                return False
            self._pause(0.5, 1.5)
        languages = {action for action in self._world.targets if action.startswith("language:")}
        languages.discard(f"language:{self._world.language}")
        if languages and not self._change(self._random.choice(sorted(languages))):
            return False
        self._pause(0.5, 1.5)
        return True

    def _press(self, face: int) -> bool:
        self._pause(0.1, 0.2)
        return self._count(lambda: self._order(f"press {face}"), votes=1)

    def _touch_face(self, face: int) -> bool:
        """Whoever touches waits until the faces are there to be touched, and finds them first."""
        if not self._world.wait(lambda: self._world.screen == "attract"):
            return False
        self._pause(0.4, 0.8)
        return self._do(f"face:{face}", votes=1)

    def _tap(self, action: str, how: str = "tap") -> None:
        if at := self._world.targets.get(action):
            self._order(f"{how} {at[0]} {at[1]}")

    def _change(self, action: str, how: str = "tap") -> bool:
        """Touch what only changes the screen, and see it change."""
        before = self._world.screens
        self._tap(action, how)
        return self._world.wait(lambda: self._world.screens > before)

    def _do(self, action: str, *, votes: int = 0, answers: int = 0) -> bool:
        """Touch what is stored."""
        return self._count(lambda: self._tap(action), votes=votes, answers=answers)

    def _count(self, act: Callable[[], None], *, votes: int = 0, answers: int = 0) -> bool:
        """Do it, count it, and see that something came of it."""
        self.votes += votes
        self.answers += answers
        done = self.votes + self.answers
        act()
        return self._world.wait(lambda: self._world.stored >= done)

    def _pause(self, least_s: float, most_s: float) -> None:
        # Never so short that a mock contact would seem to bounce.
        time.sleep(max(0.004, self._random.uniform(least_s, most_s) / self._speed))
