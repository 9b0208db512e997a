"""The kiosks that are compared, each in an X server of its own, 800 × 480: Chromium's, PySide6's, and bare Xlib.

Fair, because all are started by the same hand, tapped by the same finger and show the same kind of picture in the
same size; Chromium runs as a kiosk does (`--kiosk --app`) and its page posts each vote to a local server, which stores
it in SQLite with WAL and synchronous=FULL; PySide6 paints a widget from pixmaps drawn ahead and stores on a thread.
Neither has a GPU here, as ours (`ours.py`) has none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.benchmarks import rivals, tree
from tests.benchmarks.rivals import FACES, THANKS_S
from tests.benchmarks.screen import PATIENCE_S, SIZE, Finger, Strip, screen
from tests.conftest import ROOT

T = TypeVar("T", bound="Contestant")
FOLDER = Path(rivals.__file__).parent
QT_PYTHON = ROOT / ".venv/bench/bin/python"
AGAIN_S = 0.25
"""A tap that nothing came of is repeated after so long."""
STRIPS = [Strip(left - 8, top + round(side * 0.4), side + 16) for left, top, side, _ in FACES]
"""Through the faces of the rivals."""
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


class FirstVote(NamedTuple):
    """Seconds from a start until a face was to be seen, until the first tap on it was stored, and of a core by then."""

    shown: float
    stored: float
    cpu: float


class Contestant:
    """A kiosk on a display: `pids` are its first processes, `finger` is on its screen, `faces` are what can be tapped.

    `thanks_s` is how long its lit face stands and how long its thanks do.
    """

    name = ""
    votes = "SELECT count(*) FROM votes"
    """What counts the votes in its votes.db."""
    faces: list[Strip]

    def __init__(self, display: str, folder: Path, thanks_s: float = THANKS_S) -> None:
        self.folder = folder
        self.thanks_s = thanks_s
        self.finger = Finger(display)
        self._base: sqlite3.Connection | None = None
        self._began = time.perf_counter()
        self.pids = self._start({**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(folder)})

    def settle(self) -> None:
        """Until its first screen stands and nothing moves."""
        self.faces = self._faces()
        self._appear()
        self._first = [self.finger.pixels(strip) for strip in self.faces]

    def tap(self, number: int) -> float:
        """A visit: milliseconds from the tap on that face, from 0, until it lit up; then back to the first screen."""
        with self._blamed():
            taken = self.finger.tap(self.faces[number])
            self._return(number)
        return taken

    def vote(self, number: int) -> None:
        """A visit that nobody watches: tap that face until the vote is stored; then back to the first screen."""
        with self._blamed():
            self._vote(self.faces[number], self.stored())
            self._return(number)

    def first_vote(self, strip: Strip, before: int) -> FirstVote:
        """From its start until the first tap on a face there was stored, beside those of before."""
        with self._blamed():
            self.finger.appeared(strip)
            shown = time.perf_counter() - self._began
            self._vote(strip, before)
        stored = time.perf_counter() - self._began
        return FirstVote(shown, stored, tree.spent({}, tree.cost(*self.pids)).cpu_s)

    def stored(self) -> int:
        """How many votes are in its store."""
        try:
            if self._base is None:
                path = self.folder / "votes.db"
                self._base = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
            return int(self._base.execute(self.votes).fetchone()[0])
        except sqlite3.Error:  # it is being made
            if self._base is not None:
                self._base.close()
                self._base = None
            return 0

    def rest(self) -> None:
        """Until nothing moves any more."""
        self.finger.still(1.0)

    def close(self) -> None:
        """End it."""
        if self._base is not None:
            self._base.close()
        self.finger.close()

    def _start(self, environment: dict[str, str]) -> list[int]:
        raise NotImplementedError

    def _faces(self) -> list[Strip]:
        return STRIPS

    def _appear(self) -> None:
        """The faces are there, and nothing is drawn any more."""
        with self._blamed():
            for strip in self.faces:
                self.finger.appeared(strip)
        self.finger.still(1.0)

    def _vote(self, strip: Strip, before: int) -> None:
        """Tap until there are more votes than before: what comes too early may be passed over."""
        limit = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit:
            self.finger.touch(strip.middle)
            again = time.monotonic() + AGAIN_S
            while time.monotonic() < again:
                if self.stored() > before:
                    return
                time.sleep(0.002)
        raise TimeoutError(f"no vote was stored for the taps at {strip.middle}")

    def _return(self, number: int) -> None:
        """Until the faces are back: the visit ends by itself."""
        self.finger.seen(self.faces[number], self._first[number])

    @contextlib.contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise SystemExit(f"{self.name}: {error}. {self._last_words()}") from error

    def _last_words(self) -> str:
        """What may tell why it doesn't answer."""
        return ""


class Rival(Contestant):
    """A process of another making; what it writes goes to a file in its folder."""

    def _start(self, environment: dict[str, str]) -> list[int]:
        self._log = (self.folder / "output").open("w+b")
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            self._command(),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        return [self._process.pid]

    def close(self) -> None:
        super().close()
        _end(self._process)
        self._log.close()

    def _last_words(self) -> str:
        said = Path(self._log.name).read_text(errors="replace")[-2000:]
        return f"Its exit code is {self._process.poll()}, its last words are: {said}"

    def _command(self) -> list[str]:
        raise NotImplementedError


class Chromium(Rival):
    """A page in Chromium as kiosks run it, and the local server that stores its votes and counts as its own.

    The server listens before Chromium is started: its start costs Chromium nothing.
    """

    name = "Chromium kiosk page"

    def _start(self, environment: dict[str, str]) -> list[int]:
        with (self.folder / "server").open("wb") as log:
            self._server = subprocess.Popen(
                [sys.executable, str(FOLDER / "server.py"), str(self.folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._server.stdout is not None
        self._port = int(self._server.stdout.readline())
        return [*super()._start(environment), self._server.pid]

    def close(self) -> None:
        super().close()
        _end(self._server)
        assert self._server.stdout is not None
        self._server.stdout.close()

    def _command(self) -> list[str]:
        found = shutil.which("chromium")
        if not found:
            raise SystemExit("chromium is not installed: apt-get install chromium (`make bench` does)")
        # Root, as in a container, can have no sandbox; --test-type keeps the bar away that says so.
        alone = ["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []
        page = f"http://127.0.0.1:{self._port}/?thanks={round(self.thanks_s * 1000)}"
        return [found, *CHROMIUM, *alone, f"--user-data-dir={self.folder}", f"--app={page}"]


class Qt(Rival):
    """A widget in PySide6."""

    name = "PySide6"

    def _command(self) -> list[str]:
        if not QT_PYTHON.exists():
            raise SystemExit(
                f"PySide6 is not installed in {QT_PYTHON.parent.parent}: `make bench` does that "
                f"(pip install -r {FOLDER.relative_to(ROOT)}/requirements.lock)"
            )
        return [str(QT_PYTHON), str(FOLDER / "widget.py"), str(self.folder), str(round(self.thanks_s * 1000))]


class Bare(Rival):
    """The floor: what X and the measuring take by themselves."""

    name = "bare Xlib"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "tests.benchmarks.rivals.bare"]


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(10)


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A folder for a contestant, on the disk that the checkout is on."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def started(kind: type[T], thanks_s: float = THANKS_S, folder: Path | None = None) -> Iterator[T]:
    """One, on a display of its own, in `folder` or a new one; `settle` it before it is used."""
    with contextlib.ExitStack() as stack:
        folder = folder or stack.enter_context(new_folder())
        one = kind(stack.enter_context(screen()), folder, thanks_s)
        stack.callback(one.close)
        yield one


@contextlib.contextmanager
def running(*kinds: type[Contestant]) -> Iterator[list[Contestant]]:
    """All of them, started one after the other; ended together."""
    with contextlib.ExitStack() as stack:
        contestants = []
        for kind in kinds:
            contestants.append(stack.enter_context(started(kind)))
            contestants[-1].settle()
        yield contestants
