"""Real processes for tests: kiosk, sync and collector as anybody starts them, heard through their traces."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.crew import Member
from tests.conftest import until

SETTINGS = """\
[kiosk]
id = "test-kiosk"
[endpoint]
url = "http://127.0.0.1:{port}"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
pins = "mock"
[visit]
settle_s = 0
"""


class Heard:
    """What a process has traced so far; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        with self._lock:
            self._events.append(event)

    def all(self, *names: str) -> list[dict[str, Any]]:
        """Every trace of these names, in order."""
        with self._lock:
            return [e for e in self._events if e["event"] in names]

    def last_screen(self) -> dict[str, Any]:
        """The screen shown last; empty before the first."""
        screens = self.all("screen")
        return screens[-1] if screens else {}

    def stored(self) -> list[dict[str, Any]]:
        """Every row that the kiosk said it has stored."""
        return [row for event in self.all("stored") for row in event["rows"]]


class Place:
    """A folder with settings, in which the three processes run; `close` ends them all."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = folder / "moodpost.toml"
        self.settings.write_text(settings.replace("{port}", str(self.port)), encoding="utf-8")
        self.heard: dict[str, Heard] = {}
        self.members: dict[str, Member] = {}
        self.module: tuple[str, ...] = ("kiosk",)

    def start(self, name: str, *arguments: str) -> Heard:
        """Start `moodpost name` with this place's files; what it traces is heard anew."""
        heard = self.heard[name] = Heard()
        given = {
            "kiosk": ["--settings", str(self.settings), "--data", str(self.folder), "--play"],
            "sync": ["--settings", str(self.settings), "--data", str(self.folder)],
            "collector": ["--port", str(self.port), "--data", str(self.folder)],
        }[name]
        self.members[name] = Member(name, [name, "--trace", *given, *arguments], heard, self.module)
        return heard

    def kiosk(self, *arguments: str) -> Heard:
        """Start the kiosk and wait until it invites."""
        heard = self.start("kiosk", *arguments)
        until(lambda: heard.all("ready") or heard.all("ended"), "the kiosk to be ready")
        assert heard.all("ready"), "the kiosk ended instead of starting"
        return heard

    def collector(self) -> Heard:
        """Start the collector and wait until it listens."""
        heard = self.start("collector")
        until(lambda: heard.all("ready"), "the collector to listen")
        return heard

    def centre(self, action: str) -> tuple[int, int]:
        """Where on the screen that is shown now something can be touched."""
        targets = {t["action"]: t for t in self.heard["kiosk"].last_screen()["targets"]}
        t = targets[action]
        return t["x"] + t["w"] // 2, t["y"] + t["h"] // 2

    def ask(self, path: str) -> Any:
        """What the collector answers to a GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def collected(self, *kinds: str) -> list[dict[str, Any]]:
        """The responses of these kinds that the collector has, in the order of their numbers."""
        rows: list[dict[str, Any]] = self.ask("/v1/responses?limit=200")
        return sorted((r for r in rows if r["kind"] in kinds), key=lambda r: int(r["seq"]))

    def on_screen(self, name: str) -> Callable[[], bool]:
        """Whether that screen is shown."""
        return lambda: self.heard["kiosk"].last_screen().get("screen") == name

    def close(self) -> None:
        """End every process."""
        for member in self.members.values():
            member.end()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
