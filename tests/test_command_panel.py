"""`moodpost panel`: the wiring in words, as JSON and as a drawing, and buttons tried in a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hardware.errors import PanelError
from hardware.panel_health import FLURRY_EDGES, Button, Snapshot
from kiosk import settings
from kiosk.cli import main
from kiosk.commands import trial
from kiosk.commands.trial import Trial, lines
from tests.conftest import until

WIRED = """\
[kiosk]
id = "k"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
buzzer = 26
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "moodpost.toml"
    file.write_text(WIRED, encoding="utf-8")
    return file


def panel(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["panel", "--settings", str(file), *arguments])


def test_the_wiring_of_the_settings_in_use_is_printed(file: Path) -> None:
    done = panel(file)
    assert done.exit_code == 0
    assert f"The wiring by {file}." in done.output
    assert "button 1  very happy    5    29\n" in done.output
    assert "light 4   very unhappy  21   40   330 Ω\n" in done.output
    assert "button 1 ──  GPIO5 29 ● ● 30 GND    ── ground\n" in done.output
    assert "Caution" not in done.output


def test_a_pin_with_another_job_is_told(file: Path) -> None:
    file.write_text(WIRED.replace("5, 6, 13", "5, 6, 14"), encoding="utf-8")
    assert panel(file).output.endswith(
        "\n\nCaution: GPIO 14 (button 3) is the serial console unless that is switched off in raspi-config.\n"
    )


def test_a_kiosk_without_buttons_is_shown_what_a_panel_would_be(file: Path) -> None:
    file.write_text('[kiosk]\nid = "k"\n', encoding="utf-8")
    done = panel(file)
    assert done.exit_code == 0
    assert "no buttons, faces are touched" in done.output
    example = done.output.partition("\n\n")[2]
    assert settings.parse(f'[kiosk]\nid = "k"\n{example}').panel.buttons == [5, 6, 13, 19]
    assert panel(file, "--try").output == "Error: there are no buttons in the settings: nothing can be tried\n"


def test_a_program_is_given_json(file: Path) -> None:
    told = json.loads(panel(file, "--json").output)
    assert told["parts"][0] == {"kind": "button", "number": 1, "bcm": 5, "mood": "very happy", "ohm": 0, "pin": 29}
    assert (len(told["parts"]), told["grounds"], told["cautions"]) == (9, [30, 39], [])


def test_the_drawing_is_saved(file: Path, tmp_path: Path) -> None:
    done = panel(file, "--svg", str(tmp_path / "panel.svg"))
    assert (done.exit_code, done.output) == (0, "")
    assert "4 buttons, 4 lights, a buzzer" in (tmp_path / "panel.svg").read_text(encoding="utf-8")
    done = panel(file, "--svg", str(tmp_path / "no/panel.svg"))
    assert (done.exit_code, "the drawing can't be saved (No such file or directory)" in done.output) == (1, True)


def test_mistakes_in_the_settings_are_told(file: Path) -> None:
    file.write_text(WIRED.replace("[5, 6, 13, 19]", "[5]"), encoding="utf-8")
    done = panel(file)
    assert done.exit_code == 1
    assert "panel.buttons: found 1, expected 2 to 5 buttons" in done.output


def test_pins_that_the_kiosk_holds_are_told_with_what_to_stop(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise PanelError("the panel's pins [5, 6, 13, 19] can't be had (error: 'GPIO busy')")

    monkeypatch.setattr(trial, "Panel", busy)
    done = panel(file, "--try", "--pins", "mock")
    assert done.exit_code == 1
    assert done.output == (
        "Error: the panel's pins [5, 6, 13, 19] can't be had (error: 'GPIO busy'). Another program has these pins, "
        "most likely the kiosk: stop it first (sudo systemctl stop moodpost-kiosk), and start it again afterwards\n"
    )


def test_other_trouble_with_pins_is_told_as_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    done = panel(file, "--try", "--pins", "lgpio")
    assert (done.exit_code, "lgpio is not installed" in done.output, "stop" in done.output) == (1, True, False)


class Tried:
    """The real command with mock pins, its keys and what it says."""

    def __init__(self, file: Path, *arguments: str) -> None:
        command = [sys.executable, "-W", "error", "-m", "kiosk", "panel", "--settings", str(file), "--try"]
        self.process = subprocess.Popen(
            [*command, "--pins", "mock", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, words: str) -> None:
        assert self.process.stdout is not None
        assert words in self.process.stdout.readline()

    def key(self, key: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(key)
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        assert err == ""
        return self.process.returncode, out


@pytest.fixture
def tried(file: Path) -> Iterator[Tried]:
    tried = Tried(file)
    tried.says("Press each button once (here: keys 1 to 5). Ctrl-C ends.")
    yield tried
    tried.process.kill()
    tried.process.communicate()


def press(tried: Tried, *numbers: int) -> None:
    for number in numbers:
        tried.key(str(number))
        tried.says(f"button {number}: pressed")
        tried.says(f"button {number}: released")


def test_buttons_that_were_all_pressed_work(tried: Tried) -> None:
    press(tried, 1, 2, 3, 4)
    code, said = tried.end()
    assert code == 0
    assert said.splitlines() == ["", *(f"Button {n} works: once pressed since the start." for n in (1, 2, 3, 4))]


def test_a_button_that_was_not_pressed_is_told(tried: Tried) -> None:
    press(tried, 1, 2, 4, 2)
    tried.key("9")  # there is none
    code, said = tried.end()
    assert code == 1
    assert said.splitlines()[2:4] == [
        "Button 2 works: twice pressed since the start.",
        "Button 3 was not pressed since the start.",
    ]


def test_what_was_found_can_be_had_as_json(file: Path) -> None:
    tried = Tried(file, "--json")
    tried.key("1q")
    out, err = tried.process.communicate(timeout=60)
    told: dict[str, Any] = json.loads(out)
    assert (tried.process.returncode, told["works"]) == (1, False)
    assert told["buttons"][0]["pin"] == 5
    assert "Press each button once" in err


def test_in_a_terminal_the_lines_are_redrawn_and_keys_press(file: Path) -> None:
    here, there = pty.openpty()
    command = [sys.executable, "-m", "kiosk", "panel", "--settings", str(file), "--try", "--pins", "mock"]
    with subprocess.Popen(command, stdin=there, stdout=there, stderr=there, start_new_session=True) as process:
        os.close(there)
        said = ""

        def seen(words: str) -> bool:
            nonlocal said
            if select.select([here], [], [], 0.1)[0]:
                said += os.read(here, 4096).decode(errors="replace")
            return words in said

        until(lambda: seen("button 4  very unhappy  not pressed yet"), "the lines")
        os.write(here, b"1")
        until(lambda: seen("● button 1  very happy    pressed   1   bounces   0  held"), "the press")
        until(lambda: seen("\x1b[4A\x1b[2K○ button 1  very happy    pressed   1"), "the release")
        os.write(here, b"q")
        assert process.wait(60) == 1
    os.close(here)


def test_a_line_says_what_is_wrong_with_its_button() -> None:
    found = Snapshot(
        60_000,
        (
            Button(5, 3, 2),
            Button(6),
            Button(13, 1, held_since_ms=48_000),
            Button(19, 3, 99, 3),
        ),
    )
    assert FLURRY_EDGES < 99
    assert lines(found) == [
        "○ button 1  very happy    pressed   3   bounces   2",
        "○ button 2  happy         not pressed yet",
        "● button 3  unhappy       pressed   1   bounces   0  held 12 s: stuck?",
        "○ button 4  very unhappy  pressed   3   bounces  99  a bad contact",
    ]


def test_lights_follow_the_buttons(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[list[int]] = []

    class Lights:
        def __init__(self, *_: object) -> None:
            pass

        def show(self, lit: dict[int, int]) -> None:
            shown.append(sorted(lit))
            if shown[-2:] == [[2], []]:
                tried.loop.stop()

        def close(self) -> None:
            pass

    monkeypatch.setattr(trial, "Lights", Lights)
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115, PTH123
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with Trial(settings.parse(WIRED).panel, "mock", lambda _: None) as tried:
            tried.tap(2)
            tried.run(live=False)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdin.close()
    assert [2] in shown
    assert shown[-1] == []
