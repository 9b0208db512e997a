"""Our own contestant: `moodpost kiosk` in a window, and beside it, where that is asked for, `moodpost sync`.

It is the real one with all it does: 18 languages, pins, a store that syncs. See `contestants` for the others.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from kiosk import survey
from kiosk.reader import sync_db, sync_status
from tests.benchmarks.contestants import Contestant
from tests.benchmarks.screen import SIZE, Strip
from tests.conftest import ROOT, until
from tests.running import SETTINGS, Place

ANSWER = re.compile("choice:|key:.$")


class Ours(Contestant):
    """`moodpost kiosk`, the bundled survey with all its languages; its follow-up is skipped by a touch."""

    name = "ours"
    votes = "SELECT count(*) FROM responses WHERE kind = 'vote'"

    module: tuple[str, ...] = ("kiosk",)
    """What Python runs."""

    def speak_all(self) -> tuple[int, int, int]:
        """Every screen in every language that can be chosen, so that all fonts are needed: how many languages had
        every screen that any had, of how many languages, and how many screens that is.
        """
        languages = survey.parse((ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8")).languages
        since = len(self._heard.all("screen"))
        for language in languages:
            for number in (0, len(self.faces) - 1):  # whoever is happy is asked something else than who is not
                if language == languages[0] or self._choose(f"language:{language}"):
                    self._answer_all(number)
        return drawn_wholly(self._heard.all("screen")[since:], languages)

    def _answer_all(self, number: int) -> None:
        """A visit that looks at the languages and leaves nothing out: it touches a face, each first choice, a key."""
        for action in ("languages", "back", f"face:{number + 1}"):
            until(lambda action=action: self._offered(action), f"the target {action}")  # type: ignore[misc]
            self._touch(action)
        before = len(self._heard.all("screen"))
        was = "attract"
        while True:
            until(lambda was=was: self._thanked(before) or self._screen() not in (was, "voted"), f"what follows {was}")  # type: ignore[misc]
            if self._thanked(before):
                break
            was = self._screen()
            if was.startswith("ask-"):
                self._touch(next(action for action in self._actions() if ANSWER.match(action)))
                until(lambda was=was: self._offered("done") or self._screen() != was, "the answer")  # type: ignore[misc]
                if self._screen() == was:
                    self._touch("done")
        until(self._place.on_screen("attract"), "the faces")

    def _thanked(self, before: int) -> bool:
        """Whether the thanks, which are soon gone, are among the screens after so many."""
        return any(told["screen"] == "thanks" for told in self._heard.all("screen")[before:])

    def _choose(self, action: str) -> bool:
        """Touch the language where it is offered, on the attract screen or on the one that its button opens."""
        if not self._offered(action):
            if not self._offered("languages"):
                return False
            self._touch("languages")
            until(lambda: self._offered(action), f"the target {action}")
        screens = len(self._heard.all("screen"))
        self._touch(action)
        until(lambda: len(self._heard.all("screen")) > screens and self._place.on_screen("attract")(), "the faces")
        return True

    def _offered(self, action: str) -> bool:
        return action in self._actions()

    def _actions(self) -> list[str]:
        return [target["action"] for target in self._heard.last_screen().get("targets", ())]

    def _screen(self) -> str:
        return str(self._heard.last_screen().get("screen"))

    def _touch(self, action: str) -> None:
        self.finger.touch(self._place.centre(action))

    def send(self) -> None:
        """Let `moodpost sync` run beside it from now on, and count as ours; it sends to a collector, which doesn't."""
        self._place.collector()
        self._place.start("sync")
        self.pids.append(self._place.members["sync"].pid)

    def sent(self) -> None:
        """Until the endpoint has acknowledged every vote."""
        with sqlite3.connect(f"{(self.folder / 'votes.db').as_uri()}?mode=ro", uri=True) as base:
            (last,) = base.execute("SELECT max(seq) FROM responses WHERE kind = 'vote'").fetchone()
        base.close()
        status = sync_db(self.folder)
        until(lambda: max(sync_status(status).watermarks.values(), default=0) >= last, "the votes to be acknowledged")

    def end(self, name: str) -> None:
        """End what ran beside the kiosk: the "collector", or "sync"."""
        member = self._place.members.pop(name)
        self.pids = [pid for pid in self.pids if pid != member.pid]
        member.end()

    def close(self) -> None:
        super().close()
        self._place.close()

    def _start(self, environment: dict[str, str]) -> list[int]:
        haste = f"undo_s = 0.01\nlockout_s = 0.01\nthanks_s = {self.thanks_s}\n"  # each tap is another visitor's
        self._place = Place(self.folder, SETTINGS + haste)
        self._place.module = self.module
        was = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = environment["DISPLAY"]
        try:
            self._heard = self._place.start("kiosk", "--size", f"{SIZE[0]}x{SIZE[1]}")
        finally:
            os.environ.pop("DISPLAY")
            if was is not None:
                os.environ["DISPLAY"] = was
        return [self._place.members["kiosk"].pid]

    def settle(self) -> None:
        until(self._place.on_screen("attract"), "the faces")
        super().settle()

    def _faces(self) -> list[Strip]:
        targets: list[dict[str, Any]] = self._heard.last_screen()["targets"]
        return [
            Strip(target["x"], target["y"] + round(target["h"] * 0.3), target["w"])
            for target in targets
            if target["action"].startswith("face:")
        ]

    def _last_words(self) -> str:
        return f"Its last screen is {self._heard.last_screen().get('screen')}"

    def tap(self, number: int) -> float:
        self._votes = self._voted()
        return super().tap(number)

    def vote(self, number: int) -> None:
        self._votes = self._voted()
        super().vote(number)

    def _return(self, number: int) -> None:
        # What is told comes later than what is seen: the screens of the visit before don't count.
        until(lambda: self._voted() > self._votes, "the lit face")
        until(lambda: self._offered("skip") or self._place.on_screen("thanks")(), "the vote to be thanked for")
        if self._offered("skip"):
            self._touch("skip")
        until(self._place.on_screen("attract"), "the faces")

    def _voted(self) -> int:
        return len([event for event in self._heard.all("screen") if event["screen"] == "voted"])


class Timed(Ours):
    """Ours with a stopwatch in it (`stopwatch.py`)."""

    module = ("tests.benchmarks.stopwatch",)

    def handed(self) -> list[float]:
        """How many milliseconds each touched vote took from SDL to the store."""
        return [event["ms"] for event in self._heard.all("handed")]


def drawn_wholly(screens: Iterable[Mapping[str, Any]], languages: list[str]) -> tuple[int, int, int]:
    """How many of `languages` have every screen that any of them has, of how many, and how many screens that is."""
    seen = {language: set[str]() for language in languages}
    for told in screens:
        seen[told["language"]].add(told["screen"])
    every = set().union(*seen.values())
    return sum(names == every for names in seen.values()), len(languages), len(every)
