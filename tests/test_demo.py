"""`moodpost demo`: visitors, trouble on purpose, four equal numbers, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.reader import Reader
from tests.conftest import until


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


def demo(folder: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "demo", "--shots", str(folder / "shots"), *arguments.split()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
    )


def table(output: str) -> dict[str, tuple[int, int]]:
    rows = re.findall(r"^(pressed|stored|acknowledged|in the collector) +(\d+) +(\d+)$", output, re.MULTILINE)
    return {name: (int(votes), int(answers)) for name, votes, answers in rows}


def test_sixty_visitors_with_sync_killed_and_the_collector_late_are_counted_four_times_the_same(
    tmp_path: Path,
) -> None:
    played = demo(tmp_path, "--visitors 60 --speed 50 --seed 7 --kill-sync-at 30 --collector-late 5 --data data")
    counts = table(played.stdout)
    assert len(counts) == 4, played.stdout + played.stderr
    assert len(set(counts.values())) == 1, counts
    assert counts["pressed"][0] >= 60
    assert counts["pressed"][1] > 6
    assert played.returncode == 0
    with Reader(tmp_path / "data/votes.db") as reader:
        rows = reader.span(1, reader.last()).rows
    assert sum(r.kind == "vote" for r in rows) == counts["stored"][0]
    assert {r.ui for r in rows if r.kind == "vote"} == {"physical", "digital"}
    assert {r.value for r in rows if r.kind == "end"} >= {"done", "skip", "timeout"}
    assert any(r.misuse == "lockout/1" for r in rows)
    # fifty times as fast as people, they are a burst
    assert {r.kind for r in rows} == {"vote", "choice", "choices", "text", "end", "mark"}
    assert any(r.misuse == "burst/1" for r in rows)
    assert len({r.language for r in rows}) > 1


def test_without_display_and_terminal_twenty_visitors_play_and_each_screen_is_pictured(tmp_path: Path) -> None:
    played = demo(tmp_path, "--speed 60 --seed 3")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "No display here: drawing off screen" in played.stdout
    assert re.search(r"The collector's page: http://127\.0\.0\.1:\d+", played.stdout)
    assert re.search(r"^#1 +pressed .* stored +[\d.]+ ms +acknowledged +\d+ ms$", played.stdout, re.MULTILINE)
    pictures = {path.stem for path in (tmp_path / "shots").glob("*.png")}
    assert pictures >= {"attract", "voted", "ask-liked", "thanks"}
    assert table(played.stdout)["pressed"][0] >= 20


def test_counts_that_differ_end_with_exit_code_one(tmp_path: Path) -> None:
    """A collector that never comes: what was stored did not arrive, and that must not be called equal."""
    played = demo(tmp_path, "--visitors 3 --speed 60 --seed 1 --collector-late 1000 --patience 2")
    counts = table(played.stdout)
    assert counts["pressed"] == counts["stored"] != (0, 0)
    assert counts["acknowledged"] == (0, 0)
    assert "in the collector    does not answer" in played.stdout
    assert "NOT EQUAL" in played.stdout
    assert played.returncode == 1


def test_a_folder_that_somebody_has_settings_in_keeps_them(tmp_path: Path) -> None:
    own = {"moodpost.toml": '[kiosk]\nid = "mine"\n', "survey.toml": "mine too, and not even right"}
    (tmp_path / "data").mkdir()
    for name, text in own.items():
        (tmp_path / "data" / name).write_text(text)
    played = demo(tmp_path, "--visitors 2 --speed 60 --data data")
    assert played.returncode == 0, played.stdout + played.stderr
    assert {name: (tmp_path / "data" / name).read_text() for name in own} == own


def test_a_reader_that_goes_away_ends_the_demo_without_a_stack_trace(tmp_path: Path) -> None:
    script = f"{sys.executable} -m kiosk demo --visitors 40 --speed 60 | head -n 3"
    played = subprocess.run(
        ["sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, cwd=tmp_path
    )
    assert len(played.stdout.splitlines()) == 3
    assert "Traceback" not in played.stderr


class Terminal:
    """The demo in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.controller, terminal = pty.openpty()
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "demo", "--shots", str(folder / "shots"), "--data", str(folder / "data")],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            start_new_session=True,
        )
        os.close(terminal)
        os.set_blocking(self.controller, False)

    def says(self, text: str) -> bool:
        try:
            self.output += os.read(self.controller, 65536).decode(errors="replace")
        except BlockingIOError:
            pass
        except OSError:  # the other end is gone
            return text in self.output
        return text in self.output

    def key(self, key: str) -> None:
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            os.write(self.controller, key.encode())


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
        terminal.process.wait()
    os.close(terminal.controller)


def crew_of(process: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("victim", ["kiosk", "sync", "collector"])
def test_a_process_that_dies_is_named_and_the_demo_has_failed(terminal: Terminal, victim: str) -> None:
    until(lambda: terminal.says("Keys: 1 to 4"), "the demo to start", 60)
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in crew_of(terminal.process.pid)}
    (pid,) = [pid for pid, command in commands.items() if command[3] == victim.encode()]
    os.kill(pid, signal.SIGKILL)
    until(lambda: terminal.says(f"{victim} has ended by itself (exit code -9)"), "its name", 90)
    until(lambda: terminal.key("q") or terminal.says("FAILED: "), "the end", 60)
    until(lambda: terminal.says("\0") or terminal.process.poll() is not None, "its end", 90)
    assert terminal.process.returncode == 1


def test_keys_of_a_terminal_press_buttons_and_touch_and_type(terminal: Terminal) -> None:
    until(lambda: terminal.says("Keys: 1 to 4"), "the keys' explanation", 60)
    terminal.key("3")
    until(lambda: terminal.says("a waiting"), "the follow-up's choices", 90)
    until(lambda: terminal.says("acknowledged"), "the vote's way to the collector", 90)
    terminal.key("a")
    # Enter is Done, once the choice is lit up
    until(lambda: terminal.key("\r") or terminal.says("improve: waiting (touch)"), "the answer", 90)
    until(lambda: terminal.says("type, then Enter"), "the keyboard", 90)
    terminal.key("o")
    until(
        lambda: terminal.key("\r") or re.search("comment: o+ ", terminal.output, re.I) or terminal.says("\0"), "it", 90
    )
    terminal.key("q")
    until(lambda: terminal.says("All four are equal."), "the table", 60)
    assert terminal.process.wait(30) == 0


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_it_is_ended_no_process_and_no_lock_is_left(terminal: Terminal, tmp_path: Path, end: int) -> None:
    until(lambda: terminal.says("Keys: 1 to 4"), "the demo to start", 60)
    terminal.key("2")
    until(lambda: terminal.says("acknowledged"), "a vote's way to the collector", 90)
    crew = crew_of(terminal.process.pid)
    assert len(crew) == 3
    os.kill(terminal.process.pid, end)
    until(lambda: terminal.says("") or terminal.process.poll() is not None, "its end", 90)
    until(lambda: terminal.says("\0") or not any(alive(p) for p in [terminal.process.pid, *crew]), "all to be gone", 90)
    again = demo(tmp_path, "--visitors 1 --speed 60 --data data")
    assert again.returncode == 0, again.stdout + again.stderr
