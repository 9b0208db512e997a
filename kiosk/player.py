"""Visitors for the demo: people who press, touch, type, dither and walk on. Knows the kiosk only by its traces."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.misuse import LOCKOUT

_FACES = (45, 30, 15, 10)
"""How often each face is meant, happiest first; a fifth face is meant as rarely as the last."""
_PATIENCE_S = 90.0


class _Gone(Exception):  # not an error: it happens to everybody who takes their time
    """What was to be touched is not on the screen any more."""


class World:
    """What the kiosk has said so far; fed by whoever reads its traces, waited on by the player."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.screen = ""
        self.targets: tuple[str, ...] = ()
        """The actions of what can be touched on it."""
        self.language = ""
        self.screens = 0
        """How many times something else was drawn."""
        self.thanks = 0
        """How many times that was something that a vote is thanked with: a follow-up or the thanks."""
        self.pressed = 0
        """How many presses and touches of faces the kiosk has seen."""
        self.stored = 0
        """Votes and answers that were stored."""
        self.locked = 0
        """How many of them the lockout holds: their face had been pressed just before."""
        self.ended = False

    def tell(self, event: dict[str, Any]) -> None:
        """One trace of the kiosk."""
        with self._changed:
            match event["event"]:
                case "screen":
                    self.screen = event["screen"]
                    self.language = event.get("language", "")
                    self.screens += 1
                    self.thanks += self.screen.startswith(("ask", "thanks"))
                    self.targets = tuple(target["action"] for target in event.get("targets", ()))
                case "pressed":
                    self.pressed += 1
                case "stored":
                    self.stored += sum(row["kind"] not in ("end", "mark") for row in event["rows"])
                    self.locked += sum(row["misuse"] == LOCKOUT for row in event["rows"])
                case "ended":
                    self.ended = True
            self._changed.notify_all()

    def wait(self, condition: Callable[[], bool], seconds: float | None = _PATIENCE_S) -> bool:
        """Until `condition` holds; False if it did not within `seconds` (None: ever), or the kiosk has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or condition(), seconds)
            return condition() and not self.ended

    def now(self) -> tuple[str, tuple[str, ...]]:
        """The screen and what can be touched on it, of one moment."""
        with self._changed:
            return self.screen, self.targets


class Player:
    """Plays visitors. `order` hands a line to the kiosk; the counts are what the player itself has done.

    A screen may leave while a finger is on its way, above all on a busy machine. So each touch names what it means and
    on which screen, and the kiosk lets it pass where that screen has gone. Whether an answer was still taken is told by
    the order of traces: what is stored is told before the screen that follows.
    """

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
        try:
            return self._visit()
        except _Gone:
            return True  # it waited for too long

    def _visit(self) -> bool:
        face = self._random.choices(range(1, self._faces + 1), (*_FACES, _FACES[-1])[: self._faces])[0]
        by_touch = self._random.random() < 0.3
        mood = self._random.random()
        if by_touch and self._random.random() < 0.3:
            if not self._world.wait(lambda: self._world.screen == "attract"):
                return False
            with contextlib.suppress(_Gone):  # the faces are back, and wait for ever
                if not self._choose_language("attract"):
                    return False
        thanks, locked = self._world.thanks, self._world.locked
        twice = mood < 0.08 and not by_touch
        if not (self._touch_face(face) if by_touch else self._press(face, *[face] * twice)):
            return False
        if twice:
            return True
        if mood < 0.16:
            self._pause(0.4, 1.0)  # two faces at once would be an elbow
            return self._press(face % self._faces + 1)  # a change of mind
        if self._world.locked > locked:
            return True  # so soon after another: nothing follows that; what else is marked is thanked for like any vote
        if not self._world.wait(lambda: self._world.thanks > thanks):
            return False
        return self._answer() if mood < 0.70 else True

    def _answer(self) -> bool:
        """One follow-up after the other, until there are no more or the visitor has had enough."""
        while (asked := self._world.screen).startswith("ask"):
            self._pause(0.5, 2.0)
            how = self._random.random()
            if how < 0.1 and not self._choose_language(asked):
                return False
            if how > 0.75:
                self._touch("skip" if how < 0.9 else "back", asked)
                return True
            if not (self._write(asked) if self._offered(asked, "key:") else self._choose(asked)):
                return False
            if not self._world.wait(lambda: self._world.screen != asked):
                return False
        return True

    def _choose(self, asked: str) -> bool:
        """A choice, or several and Done."""
        choices = self._offered(asked, "choice:")
        if not choices:
            raise _Gone
        answered = self._world.stored
        for choice in self._random.sample(choices, self._random.randint(1, min(3, len(choices)))):
            # One choice is an answer; of several each only lights up.
            if not self._change(choice, asked):
                return False
            if not self._world.wait(lambda: self._world.stored > answered or "done" in self._seen(asked)):
                return False
            if self._world.stored > answered:
                self.answers += 1
                return True
            self._pause(0.2, 0.5)
        return self._done(asked)

    def _write(self, asked: str) -> bool:
        """Some letters, and Done; now and then a long press, to see what it offers."""
        for _ in range(self._random.randint(2, 8)):
            letters = [action for action in self._offered(asked, "key:") if action[4:].isalpha() and len(action) == 5]
            if not letters:
                break
            letter = self._random.choice(letters)
            if not self._change(letter, asked, "hold" if self._random.random() < 0.03 else "tap"):
                return False
            self._pause(0.1, 0.3)
        if "done" in self._seen(asked):
            return self._done(asked)
        self._touch("skip", asked)
        return True

    def _choose_language(self, screen: str) -> bool:
        """Another language, where there are some to choose; from `screen` and back to it."""
        if "languages" in self._seen(screen):
            if not self._change("languages", screen):
                return False
            self._pause(0.5, 1.5)
        there, targets = self._world.now()
        others = {action for action in targets if action.startswith("language:")} - {f"language:{self._world.language}"}
        if others and not self._change(self._random.choice(sorted(others)), there):
            return False
        self._pause(0.5, 1.5)
        return True

    def _press(self, *faces: int) -> bool:
        """Press one button, or several before anybody is thanked."""
        for face in faces:
            self._pause(0.1, 0.2)
            self.votes += 1
            self._order(f"press {face}")
            if not self._world.wait(lambda: self._world.pressed >= self.votes):
                return False
        return self._world.wait(self._all_stored)

    def _touch_face(self, face: int) -> bool:
        """Whoever touches waits until the faces are there to be touched, and finds them first."""
        if not self._world.wait(lambda: self._world.screen == "attract"):
            return False
        self._pause(0.4, 0.8)
        self._touch(f"face:{face}", "attract")
        self.votes += 1
        return self._world.wait(self._all_stored)

    def _done(self, asked: str) -> bool:
        """Touch what gives the answer, and see that it was stored before the screen left."""
        self._touch("done", asked)
        self.answers += 1
        if not self._world.wait(lambda: self._all_stored() or self._world.screen != asked):
            return False
        if not self._all_stored():
            self.answers -= 1
            raise _Gone
        return True

    def _all_stored(self) -> bool:
        return self._world.stored >= self.votes + self.answers

    def _seen(self, screen: str) -> tuple[str, ...]:
        """What can be touched on that screen. _Gone where it has left."""
        there, targets = self._world.now()
        if there != screen:
            raise _Gone
        return targets

    def _offered(self, screen: str, kind: str) -> list[str]:
        """What can be touched of one kind, in an order that a seed repeats."""
        return sorted(action for action in self._seen(screen) if action.startswith(kind))

    def _touch(self, action: str, screen: str, how: str = "tap") -> None:
        """Touch it on that screen, and nothing on any other. _Gone where it is known that it isn't there."""
        if action not in self._seen(screen):
            raise _Gone
        self._order(f"{how} {action} {screen}")

    def _change(self, action: str, screen: str, how: str = "tap") -> bool:
        """Touch what only changes the screen, and see it change."""
        before = self._world.screens
        self._touch(action, screen, how)
        return self._world.wait(lambda: self._world.screens > before)

    def _pause(self, least_s: float, most_s: float) -> None:
        # Never so short that a mock contact would seem to bounce.
        time.sleep(max(0.004, self._random.uniform(least_s, most_s) / self._speed))
