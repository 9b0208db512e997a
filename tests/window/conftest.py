"""An X server of its own for each test, and a hand that moves its mouse."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

INSTALL = "apt-get install xvfb xdotool (`make test` does)"


@pytest.fixture
def x_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A screen of 1400 × 1400 that exists in memory; DISPLAY names it."""
    if not shutil.which("Xvfb"):
        pytest.fail(f"Xvfb is not installed: {INSTALL}")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1400x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    assert number, "Xvfb did not start"
    monkeypatch.setenv("DISPLAY", f":{number}")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.setenv("SDL_VIDEO_WINDOW_POS", "0,0")
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Hand:
    """Moves the pointer of the X server and presses its button and keys, as a person would."""

    def _xdotool(self, *arguments: str) -> str:
        return subprocess.run(["xdotool", *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def tap(self, at: tuple[int, int]) -> None:
        """Click at a point of the kiosk's window, which stands in the corner of the screen."""
        self._xdotool("mousemove", str(at[0]), str(at[1]), "click", "1")

    def hold(self, *names: str) -> None:
        """Press keys and keep them down."""
        self._xdotool("mousemove", "5", "5", *[word for name in names for word in ("keydown", name)])

    def let_go(self, *names: str) -> None:
        """Let keys go."""
        self._xdotool(*[word for name in names for word in ("keyup", name)])

    def stroke(self, *points: tuple[int, int]) -> None:
        """Draw a line with the button down."""
        (x, y), *others = points
        moves = [word for point in others for word in ("mousemove", str(point[0]), str(point[1]))]
        self._xdotool("mousemove", str(x), str(y), "mousedown", "1", *moves, "mouseup", "1")

    def key(self, name: str) -> None:
        """Press and let go a key; without a window manager it goes where the pointer is."""
        self._xdotool("mousemove", "5", "5", "key", name)


@pytest.fixture
def hand(x_display: str) -> Hand:
    if not shutil.which("xdotool"):
        pytest.fail(f"xdotool is not installed: {INSTALL}")
    return Hand()
