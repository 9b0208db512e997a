"""`moodpost demo`: kiosk, sync and collector side by side on one machine, in a folder of their own.

Knows the three only by their commands, traces, files and the collector's HTTP answers, as a stranger would.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from kiosk import files
from kiosk.crew import Member
from kiosk.errors import KioskError, StoreError
from kiosk.keys import play_keys
from kiosk.ledger import Count, Ledger
from kiosk.player import Player, World
from kiosk.reader import Reader, sync_db, sync_status

UNPLAYED_VISITORS = 20
"""How many visitors come where neither a display nor a terminal is there to play by hand."""
PIN = "123456"
"""Of the technician's screen: the demo's, known to all."""
_SETTINGS = """\
[kiosk]
id = "demo"
place = "This machine"

[endpoint]
url = "{url}"

[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
pins = "mock"
quiet_ms = {quiet_ms}

[technician]
pin = "{pin}"

[visit]
undo_s = {undo_s}
lockout_s = {lockout_s}
answer_s = {answer_s}
write_s = {write_s}
warn_s = {warn_s}
thanks_s = {thanks_s}
settle_s = {settle_s}
"""


class Options(msgspec.Struct, frozen=True):
    """What the command line says."""

    visitors: int | None = None
    seed: int | None = None
    speed: float = 1.0
    kill_sync_at: int | None = None
    collector_late: float = 0.0
    data: Path | None = None
    shots: Path = Path("shots")
    size: tuple[int, int] | None = None
    patience: float = 60.0
    """Seconds that the last responses may take to the collector before they are called lost."""


class DemoError(KioskError):
    """The demo could not be played."""


def run(options: Options) -> bool:
    """Play until the visitors have come, the window is closed or Ctrl-C; whether every count was the same."""
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    terminal = sys.stdin.isatty()
    if options.visitors is None and not display and not terminal:
        options = msgspec.structs.replace(options, visitors=UNPLAYED_VISITORS)
    with _folder(options.data) as data, _Demo(options, data, display) as demo:
        try:
            if options.visitors is not None:
                demo.play(options.visitors)
            elif display:
                say("Press 1 to 4 in the window for the buttons, click for touches. Close it or Ctrl-C to end.")
                say(f"Hold 1 and 4 for 5 s for the technician's screen; its PIN is {PIN}.")
                demo.world.wait(lambda: False, None)
            else:
                play_keys(demo.world, demo.order)
        except KeyboardInterrupt:
            say("\nEnding …")
        return demo.reckon()


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="moodpost-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    """The crew at work. Entered: running; left: every process gone."""

    def __init__(self, options: Options, data: Path, display: bool) -> None:
        self._options = options
        self._data = data
        self._display = display
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.world = World()
        self._survey = files.bundled_survey()
        self._ledger = Ledger(self._survey, say)
        self._collector_up = threading.Event()
        self._members: dict[str, Member] = {}
        self._player: Player | None = None
        self._before = self._stored()
        self._quit = threading.Event()
        self._settings = data / "demo.toml"
        self._killed = False
        self._died: list[str] = []

    def __enter__(self) -> _Demo:
        options, speed = self._options, self._options.speed
        settings = self._settings
        settings.write_text(
            _SETTINGS.format(
                url=self.url,
                pin=PIN,
                quiet_ms=max(1, round(50 / speed)),
                undo_s=max(0.01, 3.0 / speed),
                lockout_s=max(0.1, 2.0 / speed),
                # The screens are drawn no faster for fast visitors, and some of these shall come to answer.
                answer_s=max(1.2, min(20.0, 20.0 / speed)),
                write_s=max(1.2, min(60.0, 60.0 / speed)),
                warn_s=max(0.01, min(10.0, 10.0 / speed)),
                thanks_s=max(0.01, 2.5 / speed),
                # Only a finger in a window may mean what stood there before: keys and visitors name their screen.
                settle_s=0.3 if self._display and speed <= 1 else 0,
            ),
            encoding="utf-8",
        )
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        if not self._display:
            say(f"No display here: drawing off screen; a picture of each screen goes to {options.shots}/")
        try:
            if options.collector_late <= 0:
                self._start_collector()
            else:
                say(f"The collector comes {options.collector_late:g} s late")
                threading.Thread(target=self._start_collector_late, name="late collector", daemon=True).start()
            self._start_sync()
            self._start_kiosk(settings)
            if not self.world.wait(lambda: self.world.screen != "", 60.0):
                raise DemoError("the kiosk did not start; what it said stands above")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._quit.set()
        for name in ("kiosk", "sync", "collector"):
            if member := self._members.pop(name, None):
                member.end()

    def _start_kiosk(self, settings: Path) -> None:
        survey = str(files.BUNDLED_SURVEY)
        arguments = ["kiosk", "--settings", str(settings), "--survey", survey, "--data", str(self._data)]
        arguments += ["--trace", "--play", "--applier", "fake"]
        if self._options.size:
            arguments += ["--size", "x".join(map(str, self._options.size))]
        if self._display:
            arguments += ["--screen", "window"]
        else:
            arguments += ["--screen", "offscreen", "--shots", str(self._options.shots)]
        self._members["kiosk"] = Member("kiosk", arguments, self._hear_kiosk)

    def _start_sync(self) -> None:
        arguments = ["sync", "--settings", str(self._settings), "--data", str(self._data), "--trace"]
        self._members["sync"] = Member("sync", arguments, self._hear_sync)

    def _start_collector_late(self) -> None:
        """On a thread that lives as long as the demo: the kernel counts it as the collector's parent."""
        if not self._quit.wait(self._options.collector_late):
            self._start_collector()
            self._quit.wait()

    def _start_collector(self) -> None:
        arguments = ["collector", "--port", str(self._port), "--data", str(self._data), "--trace"]
        self._members["collector"] = Member("collector", arguments, self._hear_collector)

    def _hear_kiosk(self, event: dict[str, Any]) -> None:
        self._watch("kiosk", event)
        self._ledger.hear_kiosk(event)
        self.world.tell(event)

    def _hear_sync(self, event: dict[str, Any]) -> None:
        self._watch("sync", event)
        self._ledger.hear_sync(event)

    def _watch(self, name: str, event: dict[str, Any]) -> None:
        """A process that ends though nobody asked it to is told at once, and the demo has failed."""
        if event["event"] != "ended" or self._quit.is_set() or (name == "sync" and self._killed):
            return
        if name == "kiosk" and event["code"] == 0:
            return  # its window was closed
        self._died.append(name)
        say(f"{name} has ended by itself (exit code {event['code']})")

    def _hear_collector(self, event: dict[str, Any]) -> None:
        self._watch("collector", event)
        if event["event"] == "ready":
            say(f"The collector's page: {event['url']}")
            self._collector_up.set()

    def order(self, line: str) -> None:
        """Hand a line to the kiosk."""
        self._members["kiosk"].order(line)

    def play(self, visitors: int) -> None:
        """Let visitors come, one after the other, and make the trouble that was asked for."""
        player = Player(
            self.world,
            self.order,
            faces=len(self._survey.faces),
            seed=self._options.seed,
            speed=self._options.speed,
        )
        self._player = player
        for number in range(1, visitors + 1):
            if number == self._options.kill_sync_at:
                self._killed = True
                self._members["sync"].kill()
                say(f"Killed sync before visitor {number}; starting it again")
                self._members["sync"].end()
                self._killed = False
                self._start_sync()
            if not player.play_one():
                if self._died:
                    return
                raise DemoError(
                    f"visitor {number} got no answer from the kiosk (screen: {self.world.screen or 'none'})"
                )

    def reckon(self) -> bool:
        """End the kiosk, let the rest arrive, and print what was counted where; whether all counts are equal."""
        self._members.pop("kiosk").end()
        pressed, stored = self._pressed(), self._since(self._stored())
        began = time.monotonic()
        told = False
        while True:
            acknowledged, collected = self._since(self._acknowledged()), self._collected()
            waited = time.monotonic() - began
            if (acknowledged == stored == collected) or waited > self._options.patience or self._died:
                break
            if waited > 3 and not told:
                told = True
                say(f"Waiting for the last responses, {self._options.patience:g} s at the most …")
            time.sleep(0.1)
        self._ledger.finish(self._watermark())
        say(f"\n{'':18}{'votes':>8}{'answers':>9}")
        for name, count in [("pressed", pressed), ("stored", stored), ("acknowledged", acknowledged)]:
            say(f"{name:18}{count.votes:8}{count.answers:9}")
        there = "  does not answer" if collected is None else f"{collected.votes:8}{collected.answers:9}"
        say(f"{'in the collector':18}{there}")
        same = pressed == stored == acknowledged == collected
        if self._died:
            say(f"FAILED: {' and '.join(self._died)} ended by itself; what it said stands above.")
        else:
            say("All four are equal." if same else "NOT EQUAL: something was lost, late or counted twice.")
        return same and not self._died

    def _pressed(self) -> Count:
        """By the player's own count where there was one, else by what the kiosk traced."""
        player = self._player
        return Count(player.votes, player.answers) if player else self._ledger.pressed

    def _since(self, count: Count) -> Count:
        return Count(count.votes - self._before.votes, count.answers - self._before.answers)

    def _stored(self) -> Count:
        try:
            with Reader(self._data / "votes.db") as reader:
                return Count(*reader.counts(reader.last()))
        except StoreError:
            return Count(0, 0)

    def _watermark(self) -> int:
        return max(sync_status(sync_db(self._data)).watermarks.values(), default=0)

    def _acknowledged(self) -> Count:
        try:
            with Reader(self._data / "votes.db") as reader:
                return Count(*reader.counts(self._watermark()))
        except StoreError:
            return Count(0, 0)

    def _collected(self) -> Count | None:
        """What the collector says over HTTP; None where it does not answer."""
        if not self._collector_up.wait(0.1):
            return None
        try:
            with urllib.request.urlopen(f"{self.url}/v1/summary", timeout=5) as answer:
                summary = json.load(answer)
        except OSError:
            return None
        return self._since(_counted(summary))


def _counted(summary: dict[str, Any]) -> Count:
    rows = [epoch["rows"] for epoch in summary["epochs"]]
    votes = sum(row.get("vote", 0) for row in rows)
    return Count(votes, sum(row.get(kind, 0) for row in rows for kind in ("choice", "choices", "text")))


def say(text: str) -> None:
    """Print a line; where nobody reads any more, end as Ctrl-C would, once."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        os.kill(os.getpid(), signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
