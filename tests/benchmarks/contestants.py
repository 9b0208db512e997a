"""The kiosks that are compared, each in an X server of its own, 800 × 480: ours, Chromium's, PySide6's, and bare Xlib.

Fair, because all are started by the same hand, tapped by the same finger and show the same kind of picture in the
same size; Chromium runs as a kiosk does (`--kiosk --app`), PySide6 paints a widget from pixmaps drawn ahead. Neither
has a GPU here, as ours has none. Ours is the real one with all it does: 18 languages, pins, a store that syncs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kiosk import survey
from tests.benchmarks import rivals
from tests.benchmarks.rivals import FACES, THANKS_S
from tests.benchmarks.screen import PATIENCE_S, SIZE, Finger, Strip, screen
from tests.conftest import ROOT, until
from tests.running import SETTINGS, Place

FOLDER = Path(rivals.__file__).parent
QT_PYTHON = ROOT / ".venv/bench/bin/python"
HASTE = f"undo_s = 0.01\nlockout_s = 0.01\nthanks_s = {THANKS_S}\n"
"""Each tap is another visitor's."""
ANSWER = re.compile("choice:|key:.$")
CHROMIUM = [
    "--kiosk",
    f"--window-size={SIZE[0]},{SIZE[1]}",
    "--window-position=0,0",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-translate",
    "--password-store=basic",
    "--disable-gpu",
]
"""As kiosks start it. Where no GPU is, --disable-gpu spares it a process of 40 MB and half of its wake-ups."""


class Contestant:
    """A kiosk on a display: `pid` is its first process, `finger` is on its screen, `faces` are what can be tapped."""

    name = ""

    def __init__(self, display: str, folder: Path) -> None:
        self.finger = Finger(display)
        self.pid = self._start(folder, {**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(folder)})
        self.faces = self._faces()
        self._appear()
        self._first = [self.finger.pixels(strip) for strip in self.faces]

    def tap(self, number: int) -> float:
        """A visit: milliseconds from the tap on that face, from 0, until it lit up; then back to the first screen."""
        try:
            taken = self.finger.tap(self.faces[number])
            self._return(number)
        except TimeoutError as error:
            raise SystemExit(f"{self.name}: {error}. {self._last_words()}") from error
        return taken

    def rest(self) -> None:
        """Until nothing moves any more."""
        self.finger.still(1.0)

    def close(self) -> None:
        """End it."""
        self.finger.close()

    def _start(self, folder: Path, environment: dict[str, str]) -> int:
        raise NotImplementedError

    def _faces(self) -> list[Strip]:
        return [Strip(left - 8, top + round(side * 0.4), side + 16) for left, top, side, _ in FACES]

    def _appear(self) -> None:
        """The faces are there when a strip through one shows more than one colour, and nothing is drawn any more."""
        limit = time.monotonic() + PATIENCE_S
        while not all(_colours(self.finger.pixels(strip)) > 1 for strip in self.faces):
            if time.monotonic() > limit:
                raise TimeoutError(f"{self.name} shows no faces")
            time.sleep(0.1)
        self.finger.still(1.0)

    def _return(self, number: int) -> None:
        """Until the faces are back: the visit ends by itself."""
        self.finger.seen(self.faces[number], self._first[number])

    def _last_words(self) -> str:
        """What may tell why it doesn't answer."""
        return ""


class Ours(Contestant):
    """`moodpost kiosk`, the bundled survey with all its languages; its follow-up is skipped by a touch."""

    name = "ours"

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
        was = "attract"
        while was != "thanks":
            until(lambda was=was: self._screen() not in (was, "voted"), f"what follows {was}")  # type: ignore[misc]
            was = self._screen()
            if was.startswith("ask-"):
                self._touch(next(action for action in self._actions() if ANSWER.match(action)))
                until(lambda was=was: self._offered("done") or self._screen() != was, "the answer")  # type: ignore[misc]
                if self._screen() == was:
                    self._touch("done")
        until(self._place.on_screen("attract"), "the faces")

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

    def close(self) -> None:
        super().close()
        self._place.close()

    def _start(self, folder: Path, environment: dict[str, str]) -> int:
        self._place = Place(folder, SETTINGS + HASTE)
        was = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = environment["DISPLAY"]
        try:
            self._heard = self._place.kiosk("--size", f"{SIZE[0]}x{SIZE[1]}")
        finally:
            os.environ.pop("DISPLAY")
            if was is not None:
                os.environ["DISPLAY"] = was
        until(self._place.on_screen("attract"), "the faces")
        return self._place.members["kiosk"].pid

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

    def _return(self, number: int) -> None:
        # What is told comes later than what is seen: the screens of the visit before don't count.
        until(lambda: self._voted() > self._votes, "the lit face")
        until(lambda: self._offered("skip") or self._place.on_screen("thanks")(), "the vote to be thanked for")
        if self._offered("skip"):
            self._touch("skip")
        until(self._place.on_screen("attract"), "the faces")

    def _voted(self) -> int:
        return len([event for event in self._heard.all("screen") if event["screen"] == "voted"])


class Rival(Contestant):
    """A process of another making; what it writes goes to a file in its folder."""

    def _start(self, folder: Path, environment: dict[str, str]) -> int:
        self._log = (folder / "output").open("w+b")
        self._process = subprocess.Popen(
            self._command(folder),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        return self._process.pid

    def close(self) -> None:
        super().close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, number)
                self._process.wait(10)
        self._log.close()

    def _last_words(self) -> str:
        said = Path(self._log.name).read_text(errors="replace")[-2000:]
        return f"Its exit code is {self._process.poll()}, its last words are: {said}"

    def _command(self, folder: Path) -> list[str]:
        raise NotImplementedError


class Chromium(Rival):
    """A page in Chromium as kiosks run it."""

    name = "Chromium kiosk page"

    def _command(self, folder: Path) -> list[str]:
        found = shutil.which("chromium")
        if not found:
            raise SystemExit("chromium is not installed: apt-get install chromium (`make bench` does)")
        # Root, as in a container, can have no sandbox; --test-type keeps the bar away that says so.
        alone = ["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []
        page = (FOLDER / "page.html").as_uri()
        return [found, *CHROMIUM, *alone, f"--user-data-dir={folder}", f"--app={page}"]


class Qt(Rival):
    """A widget in PySide6."""

    name = "PySide6"

    def _command(self, folder: Path) -> list[str]:
        if not QT_PYTHON.exists():
            raise SystemExit(
                f"PySide6 is not installed in {QT_PYTHON.parent.parent}: `make bench` does that "
                f"(pip install -r {FOLDER.relative_to(ROOT)}/requirements.lock)"
            )
        return [str(QT_PYTHON), str(FOLDER / "widget.py"), str(folder)]


class Bare(Rival):
    """The floor: what X and the measuring take by themselves."""

    name = "bare Xlib"

    def _command(self, folder: Path) -> list[str]:
        return [sys.executable, "-m", "tests.benchmarks.rivals.bare"]


@contextlib.contextmanager
def running(*kinds: type[Contestant]) -> Iterator[list[Contestant]]:
    """All of them, started one after the other; ended together."""
    with contextlib.ExitStack() as stack:
        started = []
        for kind in kinds:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(dir=ROOT, prefix="bench-", ignore_cleanup_errors=True)
            )
            contestant = kind(stack.enter_context(screen()), Path(folder))
            stack.callback(contestant.close)
            started.append(contestant)
        yield started


def drawn_wholly(screens: Iterable[Mapping[str, Any]], languages: list[str]) -> tuple[int, int, int]:
    """How many of `languages` have every screen that any of them has, of how many, and how many screens that is."""
    seen = {language: set[str]() for language in languages}
    for told in screens:
        seen[told["language"]].add(told["screen"])
    every = set().union(*seen.values())
    return sum(names == every for names in seen.values()), len(languages), len(every)


def _colours(pixels: bytes) -> int:
    return len({pixels[at : at + 3] for at in range(0, len(pixels), 4)})
