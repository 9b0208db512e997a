"""What 100,000 votes in one life of the kiosk leave behind: its memory and processor's time beside the first 1,000.

Fair, because it is the real kiosk in a window, pressed at its (mock) pins as fast as it stores, on a store in memory
that keeps nobody waiting. Its survey asks nothing after the vote, which would take most of the time; every screen was
shown before the first 1,000, so that nothing that is loaded late passes for a leak. The rules of misuse are off: a
thousand votes a minute are a burst to them, and would be told apart from a day's votes. For the processor's time a
second kiosk is started at the end, and its first 1,000 and the last 1,000 of the first are pressed in turns of 50:
minutes apart, the machine's own mood would be measured. Memory is RSS, and what of it the process has for itself: PSS
would change with whatever else uses Python meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.crew import Member
from tests.benchmarks import figure, tree
from tests.benchmarks.figure import Figure
from tests.benchmarks.screen import SIZE, screen
from tests.conftest import until

VOTES, QUICK_VOTES = 100_000, 3_000
FIRST = 1_000
TURN = 50
WARM_UP = 200
AT_ONCE = 1
"""So many presses may wait to be stored: the same button is pressed no sooner than after two others."""
LOST_S = 0.5
PATIENCE_S = 60.0
MEMORY = "/dev/shm"
SETTINGS = """\
[kiosk]
id = "leak"
[endpoint]
url = "http://127.0.0.1:9"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
pins = "mock"
quiet_ms = 1
[visit]
settle_s = 0
undo_s = 0.01
lockout_s = 0.01
[screen]
reduced_motion = true
[misuse]
burst_votes = 0
mash_ms = 0
rhythm_votes = 0
"""
FACES = "Very good", "Good", "Bad", "Very bad"
SURVEY = (
    'id = "visit"\nversion = 1\nlanguages = ["en"]\n[question]\nid = "visit"\ntext.en = "How was your visit today?"\n'
)
SURVEY += "".join(f'[[faces]]\nlabel.en = "{face}"\n' for face in FACES)
SURVEY += '[thanks]\ntext.en = "Thank you!"\n'


class Pressed:
    """A kiosk that is pressed from outside, in a folder of its own."""

    def __init__(self, display: str, folder: Path) -> None:
        (folder / "moodpost.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "survey.toml").write_text(SURVEY, encoding="utf-8")
        self._changed = threading.Condition()
        self._stored = 0
        self._ready, self._ended = threading.Event(), threading.Event()
        self._shown: set[str] = set()
        self._pressed = 0
        arguments = [
            "--settings",
            str(folder / "moodpost.toml"),
            "--data",
            str(folder),
            "--size",
            f"{SIZE[0]}x{SIZE[1]}",
        ]
        was = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = display
        try:
            self._member = Member("kiosk", ["kiosk", "--trace", "--play", *arguments], self._hear)
        finally:
            os.environ.pop("DISPLAY")
            if was is not None:
                os.environ["DISPLAY"] = was
        self.pid = self._member.pid
        until(lambda: self._ready.is_set() or self._ended.is_set(), "the kiosk to be ready")

    def close(self) -> None:
        """End it."""
        self._member.end()

    def vote(self, times: int) -> float:
        """So many votes, until each is stored; seconds of a core that they took the kiosk."""
        before = tree.cost(self.pid)
        enough = self._stored + times
        limit = time.monotonic() + PATIENCE_S + times
        while self._stored < enough:
            if time.monotonic() > limit:
                raise SystemExit(f"the kiosk stored {self._stored} votes of {self._pressed} presses, and no more")
            face = self._pressed % len(FACES)
            self._member.order(f"down {face + 1}")
            self._member.order(f"up {(face + len(FACES) // 2) % len(FACES) + 1}")  # down since two votes ago
            self._pressed += 1
            self._wait(min(enough, self._pressed - AT_ONCE + 1))
        return tree.spent(before, tree.cost(self.pid)).cpu_s

    def _wait(self, votes: int) -> None:
        """Until so many are stored; a press in the same millisecond as its button's last edge bounced, and is none."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._stored >= votes, LOST_S):
                self._pressed = self._stored + self._pressed % len(FACES)

    def _hear(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "ready":
                self._ready.set()
            case "screen":
                self._shown.add(event["screen"])
            case "stored":
                with self._changed:
                    self._stored += sum(row["kind"] == "vote" for row in event["rows"])
                    self._changed.notify_all()
            case "ended":
                self._ended.set()


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """One life, and the beginning of another."""
    votes = QUICK_VOTES if quick else VOTES
    with _kiosk() as old:
        old.vote(WARM_UP)
        began = [old.vote(TURN) for _ in range(FIRST // TURN)]
        first = _memory(old.pid)
        old.vote(votes - 2 * FIRST)
        last, young = [], []
        with _kiosk() as other:
            other.vote(WARM_UP)
            for _ in range(FIRST // TURN):
                last.append(old.vote(TURN))
                young.append(other.vote(TURN))
        after = _memory(old.pid)
    what = f"after {votes:,} votes"
    for name in first:
        yield Figure(f"memory {what}", f"MB {name}", after[name], f"after {FIRST:,}", first[name], 1.05)
    took = f"processor's time of {TURN} votes {what}"
    yield figure.of(took, "s", last, "the first of another kiosk, in turns", young, 1.05)
    yield figure.of(took, "s", last, "its own first, minutes earlier", began, None)


def _memory(pid: int) -> dict[str, float]:
    return {"RSS": tree.memory_mb(pid, measure="Rss"), "of its own": tree.memory_mb(pid, measure="Anonymous")}


@contextlib.contextmanager
def _kiosk() -> Iterator[Pressed]:
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with screen() as display, tempfile.TemporaryDirectory(dir=place) as folder:
        kiosk = Pressed(display, Path(folder))
        try:
            yield kiosk
        finally:
            kiosk.close()
