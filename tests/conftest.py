"""What many tests share: a survey, a steady clock that tests move, a place for files."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from kiosk import survey
from kiosk.survey import Survey

os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
# A shell that starts the tests in the background has Ctrl-C ignored, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("any machine", deadline=None)  # a slow one is no failure
settings.load_profile("any machine")

pytest_plugins = ("tests.postgres",)

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def bundled() -> Survey:
    """The survey that ships with Moodpost."""
    return survey.parse((ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8"))


_WIDTHS: dict[tuple[object, ...], float] = {}


@pytest.fixture(scope="module")
def measured_once() -> Iterator[None]:
    """How wide a text is does not depend on who asks: painters of many tests need not measure the same words anew."""
    from kiosk.screens.ink import Ink

    def remembering(measure: Callable[..., float]) -> Callable[..., float]:
        def known(self: Ink, *what: object) -> float:
            key = measure.__name__, *what
            if key not in _WIDTHS:
                _WIDTHS[key] = measure(self, *what)
            return _WIDTHS[key]

        return known

    with pytest.MonkeyPatch.context() as patch:
        for measure in (Ink.width, Ink.relative):
            patch.setattr(Ink, measure.__name__, remembering(measure))
        yield


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
