"""What many tests share: a survey, a steady clock that tests move, a place for files."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from kiosk import survey
from kiosk.survey import Survey

os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def bundled() -> Survey:
    """The survey that ships with Moodpost."""
    return survey.parse((ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8"))


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, ms: int = 100_000) -> None:
        self.ms = ms

    def __call__(self) -> int:
        return self.ms

    def move(self, seconds: float) -> int:
        self.ms += round(seconds * 1000)
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


def until(condition: Callable[[], T], what: str, seconds: float = 60.0) -> T:
    """Wait for `condition` to hold and give what it gave; the limit is generous, a slow machine is no failure."""
    limit = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < limit, f"waited {seconds} s in vain for {what}"
        pause.wait(0.01)
    return found
