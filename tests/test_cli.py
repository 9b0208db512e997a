"""The `moodpost` command: what it explains, what it refuses in words, and how its processes begin and end."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from kiosk import __version__
from kiosk.cli import main
from kiosk.files import BUNDLED_SURVEY
from kiosk.reader import sync_db
from tests.conftest import ROOT, until

SETTINGS = """\
[kiosk]
id = "k"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
"""
COMMANDS = sorted(main.commands)
OPTIONS = [
    pytest.param(command, option, id=f"{name} {option.opts[0]}")
    for name, command in [("moodpost", main), *main.commands.items()]
    for option in command.params
    if isinstance(option, click.Option)
]


def moodpost(*arguments: str) -> tuple[int, str]:
    """Exit code and everything said, without a process of its own."""
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_the_version_is_told() -> None:
    assert moodpost("--version") == (0, f"moodpost, version {__version__}\n")


def test_without_a_command_each_is_named_with_what_it_does() -> None:
    code, said = moodpost()
    assert code == 2
    for name, command in main.commands.items():
        assert f"  {name}" in said
        assert command.get_short_help_str(limit=30).rstrip(".") in said


def test_the_commands_are_those_of_the_design_so_far() -> None:
    offline = ["bundle", "doctor", "export", "labels", "panel", "provision", "report", "settings", "tokens"]
    assert sorted(["collector", "demo", "endpoint", "kiosk", "survey", "sync", *offline]) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("help_option", ["--help", "-h"])
def test_every_command_explains_itself_and_names_every_option(name: str, help_option: str) -> None:
    code, said = moodpost(name, help_option)
    assert code == 0
    command = main.commands[name]
    assert command.help
    assert " ".join(command.help.split())[:60] in " ".join(said.split())
    for option in command.params:
        shown = option.opts[0] if isinstance(option, click.Option) else str(option.metavar)
        assert any(shown in line for line in said.splitlines())


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_has_words(command: click.Command, option: click.Parameter) -> None:
    assert isinstance(option, click.Option), f"{option} is an argument: nothing would explain it"
    words = (option.help or "").split()
    assert len(words) >= 3, f"{command.name} {option.opts[0]} has no help"
    assert words[0][0].isupper()
    assert words[-1].endswith((".", "]"))


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_told(name: str) -> None:
    code, said = moodpost(name, "--bogus")
    assert code == 2
    assert "No such option" in said
    assert "--bogus" in said


def test_an_unknown_command_is_told() -> None:
    code, said = moodpost("kisok")
    assert code == 2
    assert "No such command 'kisok'" in said


@pytest.mark.parametrize(
    "size", ["800", "800x", "x480", "10x10", "99999x480", "800x480x3", "²²²x480", "-800x480", "８00x480"]
)
def test_a_size_that_is_none_is_told(size: str) -> None:
    code, said = moodpost("kiosk", f"--size={size}")
    assert code == 2
    assert f"{size!r}: expected width and height such as 800x480, each 320 to 7680" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kiosk", "--pins", "rpigpio"], "'rpigpio' is not one of 'lgpio', 'mock'"),
        (["kiosk", "--screen", "tv"], "'tv' is not one of 'window', 'kmsdrm', 'offscreen'"),
        (["collector", "--port", "99999"], "99999 is not in the range 0<=x<=65535"),
        (["demo", "--visitors", "0"], "0 is not in the range x>=1"),
    ],
)
def test_a_value_that_an_option_cannot_take_is_told_with_those_that_it_can(arguments: list[str], said: str) -> None:
    code, output = moodpost(*arguments)
    assert code == 2
    assert said in output


class Process:
    """A `moodpost` command as an installer starts it, in a folder; its traces and its log."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self._path = folder / "log.txt"
        self._log = self._path.open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "kiosk", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDEVMODE": "", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self.traces: list[dict[str, Any]] = []
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.traces.append(json.loads(line))

    def first(self, event: str, **fields: object) -> dict[str, Any]:
        """The first trace of `event` that has these fields, waited for."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": event, **fields}
            here = next((t for t in list(self.traces) if wanted.items() <= t.items()), None)
            assert here or self._process.poll() is None, f"it ended: {self.log()}"
            return here

        trace = until(found, f"a trace {event} {fields}")
        assert trace
        return trace

    def order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def send(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self._process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        code = self._process.wait(30)
        self._hearing.join()
        return code

    def so_far(self) -> str:
        """The log, while the process lives: it shares its place in the file with `log`."""
        return self._path.read_text()

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._hearing.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()


Run = Callable[..., Process]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with contextlib.ExitStack() as started:

        def run(*arguments: str, folder: Path = tmp_path, **environment: str) -> Process:
            folder.mkdir(exist_ok=True)
            process = Process(folder, *arguments, **environment)
            started.callback(process.close)
            return process

        yield run


@pytest.fixture
def kiosk(run: Run, tmp_path: Path) -> Run:
    """A kiosk off screen in a folder with good settings, which is there before the test changes them."""
    (tmp_path / "moodpost.toml").write_text(SETTINGS)

    def start(*arguments: str, **environment: str) -> Process:
        return run("kiosk", "--data", "data", "--screen", "offscreen", "--trace", "--play", *arguments, **environment)

    return start


def centre(screen: dict[str, Any], action: str) -> str:
    target = next(t for t in screen["targets"] if t["action"] == action)
    return f"{target['x'] + target['w'] // 2} {target['y'] + target['h'] // 2}"


@pytest.fixture
def no_gpio() -> None:
    if importlib.util.find_spec("lgpio") is None:
        pytest.fail("lgpio is not installed. Install it: .venv/bin/python -m pip install -e '.[pi]'")


@pytest.mark.usefixtures("no_gpio")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_kiosk_with_dead_pins_says_so_takes_touches_and_ends_in_order(
    kiosk: Run, tmp_path: Path, number: signal.Signals
) -> None:
    settings = tmp_path / "moodpost.toml"
    # a chip that no machine has: this one may have others
    settings.write_text(settings.read_text(encoding="utf-8").replace("[panel]", "[panel]\nchip = 31"), encoding="utf-8")
    process = kiosk("--pins", "lgpio")
    notice = process.first("ready")["notice"]
    assert notice == "The buttons don't work: no GPIO chip answers. Touching a face does."
    process.order(f"tap {centre(process.first('screen', screen='attract'), 'face:2')}")
    (row,) = process.first("stored")["rows"]
    assert (row["seq"], row["kind"], row["value"], row["ui"]) == (1, "vote", "2/4", "digital")
    assert process.send(number) == 0
    log = process.log()
    assert log.startswith("ERROR kiosk.fittings: the buttons don't work: no GPIO chip answers (")
    assert log.endswith("Is this a Pi, and may this user open /dev/gpiochip0?\n")
    assert log.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "log.txt", "moodpost.toml"]
    assert (tmp_path / "data/votes.db").exists()


def test_buttons_on_mock_pins_are_stored_as_physical_and_nothing_is_complained_about(kiosk: Run) -> None:
    process = kiosk("--pins", "mock")
    assert process.first("ready")["notice"] == ""
    process.order("press 4")
    (row,) = process.first("stored")["rows"]
    assert (row["kind"], row["value"], row["ui"]) == ("vote", "4/4", "physical")
    assert process.send(signal.SIGTERM) == 0
    assert process.log() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_mistakes_in_the_files_stand_on_the_screen_until_they_are_mended_and_then_the_kiosk_goes_on(
    kiosk: Run, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "moodpost.toml").write_text('[kiosk]\nname = "k"\n')
    (tmp_path / "survey.toml").write_text(BUNDLED_SURVEY.read_text().replace('id = "visit"', "id = ", 1))
    process = kiosk("--pins", "mock", "--shots", "shots")
    told = [
        "moodpost.toml, line 1, kiosk.id: found nothing, expected a name of 1 to 64 letters, digits, "
        '".", "_" or "-", starting with a letter or digit',
        'moodpost.toml, line 2, kiosk.name: found an unknown key "name", expected one of id, place, timezone, '
        "languages, hours",
        'survey.toml, line 3, id: found nothing behind "=", expected a value, or # in front of id',
    ]
    assert process.first("screen")["details"] == told
    assert process.first("screen")["screen"] == "settings"
    assert (tmp_path / "shots/settings.png").exists()
    (tmp_path / "survey.toml").unlink()
    whole(tmp_path / "moodpost.toml", SETTINGS.replace("[5, 6, 13, 19]", "[5, 6, 13]"))
    told_next = [
        "moodpost.toml, line 5, panel.lights: found 4, expected 3: a light for each button",
    ]
    assert process.first("screen", details=told_next)
    whole(tmp_path / "moodpost.toml", SETTINGS)
    process.first("screen", screen="attract")
    process.first("ready", notice="")
    assert process.send(number) == 0
    logged = process.log().splitlines()
    assert logged[:3] == [f"ERROR kiosk.corrections: {mistake}" for mistake in told]
    assert logged[-1] == f"ERROR kiosk.corrections: {told_next[0]}"


def whole(path: Path, text: str) -> None:
    """Write a file that nobody can find half-written."""
    (path.parent / "new").write_text(text)
    (path.parent / "new").replace(path)


def test_a_kiosk_that_waits_for_its_files_ends_in_order_too(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").unlink()
    process = kiosk()
    assert process.first("screen", screen="settings")["details"] == [
        "moodpost.toml: found no such file, expected one with a line [kiosk] and a line id = …"
    ]
    assert process.send(signal.SIGTERM) == 0
    assert [trace["event"] for trace in process.traces] == ["screen"]


def test_settings_that_do_not_fit_the_survey_are_told_on_the_screen(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text('[kiosk]\nid = "k"\n[panel]\nbuttons = [5, 6, 13]\n')
    process = kiosk("--pins", "mock")
    assert process.first("screen", screen="settings")["details"] == [
        'moodpost.toml, panel.buttons: found 3 buttons, expected 4, as many as the survey "visit/2" has faces'
    ]
    assert process.send(signal.SIGTERM) == 0


def test_a_key_that_has_no_effect_yet_is_told_in_the_log(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(SETTINGS + '[wifi]\nssid = "Shop"\n')
    process = kiosk("--pins", "mock")
    process.first("ready")
    assert process.send(signal.SIGTERM) == 0
    assert process.log() == (
        "WARNING kiosk.corrections: [wifi]: understood, but only an appliance's first boot applies it\n"
    )


def test_a_second_kiosk_on_the_same_data_says_so_and_ends(kiosk: Run, run: Run, tmp_path: Path) -> None:
    first = kiosk("--pins", "mock")
    first.first("ready")
    second = run("kiosk", "--data", "../data", "--screen", "offscreen", folder=tmp_path / "elsewhere")
    assert second.ended() == 3
    assert second.log() == (
        "Error: ../data: another kiosk is using this data folder. Stop it, or give another with --data\n"
    )
    assert first.send(signal.SIGTERM) == 0
    assert kiosk("--pins", "mock").first("ready")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("moodpost.toml/data", "Not a directory"),
        ("/proc/moodpost", "No such file or directory"),
    ],
)
def test_a_data_folder_that_cannot_be_made_stands_on_the_screen(kiosk: Run, value: str, why: str) -> None:
    process = kiosk("--data", value)
    said = f"{value}: this folder can't be made ({why}). Give another with --data"
    assert process.first("screen", screen="store")["details"] == [said]
    assert process.send(signal.SIGTERM) == 0
    assert process.log() == f"ERROR kiosk.corrections: {said}\n"


def test_a_data_folder_that_comes_later_is_taken_and_the_kiosk_goes_on(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "disk").touch()
    (tmp_path / "settings-refused").write_text("The data partition is not there.\n")
    process = kiosk("--data", "disk/store", "--pins", "mock", MOODPOST_REFUSED="settings-refused")
    assert process.first("screen", screen="store")["details"][0] == "The data partition is not there."
    (tmp_path / "settings-refused").unlink()
    (tmp_path / "disk").unlink()
    process.first("ready", notice="")
    process.order("press 1")
    assert process.first("stored")["rows"]
    assert process.send(signal.SIGTERM) == 0
    assert (tmp_path / "disk/store/votes.db").exists()


def test_a_folder_for_pictures_that_cannot_be_made_is_told(kiosk: Run) -> None:
    process = kiosk("--shots", "moodpost.toml/shots")
    assert process.ended() == 1
    assert process.log() == (
        "Error: moodpost.toml/shots: this folder can't be made (Not a directory). Give another with --shots\n"
    )


def test_what_first_boot_refused_stands_on_the_screen_where_there_are_no_settings_yet(
    kiosk: Run, tmp_path: Path
) -> None:
    (tmp_path / "moodpost.toml").unlink()
    process = kiosk("--pins", "mock", MOODPOST_REFUSED="settings-refused")
    assert "found no such file" in process.first("screen", screen="settings")["details"][0]
    told = ["moodpost.toml, line 3, kiosk.hours: found 8, expected hours", "survey.toml: found nothing"]
    whole(tmp_path / "settings-refused", "\n".join(told) + "\n")
    process.first("screen", screen="settings", details=told)
    whole(tmp_path / "moodpost.toml", SETTINGS)
    (tmp_path / "settings-refused").unlink()
    process.first("ready", notice="")
    assert process.send(signal.SIGTERM) == 0


def test_new_settings_that_were_refused_are_a_notice_where_older_ones_are_in_force(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "settings-refused").write_text("moodpost.toml, line 3: found 8, expected 9\n")
    process = kiosk("--pins", "mock", "--runtime", ".", MOODPOST_REFUSED="settings-refused")
    said = "The new settings were refused: moodpost.toml, line 3: found 8, expected 9"
    process.first("ready", notice=said)
    until(lambda: (tmp_path / "kiosk.json").exists(), "the kiosk to tell of itself")
    assert b"were refused" in (tmp_path / "kiosk.json").read_bytes()
    assert process.send(signal.SIGTERM) == 0


def test_a_mistake_in_settings_that_first_boot_had_stored_ends_no_voting(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(f"{SETTINGS}[heartbeat]\neach_s = 60\n")
    process = kiosk("--pins", "mock", MOODPOST_STORED=str(tmp_path))
    said = "Not all settings can be used: moodpost.toml, line 6, heartbeat: found an unknown table [heartbeat]"
    assert process.first("ready")["notice"].startswith(said)
    until(lambda: (tmp_path / "data/kiosk.json").exists(), "the kiosk to tell of itself")
    assert b"goes without" in (tmp_path / "data/kiosk.json").read_bytes()
    process.order("press 1")
    assert process.first("stored")["rows"]
    assert process.send(signal.SIGTERM) == 0


def test_a_store_that_cannot_be_written_is_told_on_the_screen_and_not_hidden(kiosk: Run, tmp_path: Path) -> None:
    (tmp_path / "data/votes.db").mkdir(parents=True)
    process = kiosk("--pins", "mock")
    assert "votes.db" in process.first("failed")["error"]
    process.first("screen", screen="trouble")
    assert process.send(signal.SIGTERM) == 0
    assert "Traceback" not in process.log()


def test_a_window_without_a_display_is_told(kiosk: Run) -> None:
    process = kiosk("--screen", "window", DISPLAY=":47113")
    assert process.ended() == 1
    assert process.log() == "Error: no picture through window (x11 not available). Is a screen connected?\n"


def test_where_nobody_asked_for_a_window_buttons_count_without_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(SETTINGS)
    process = run("kiosk", "--data", "data", "--pins", "mock", "--trace", "--play", DISPLAY=":47113")
    process.order("press 1")
    assert process.first("ready")["driver"] == "offscreen"
    assert process.first("stored")["rows"][0]["ui"] == "physical"
    assert process.send(signal.SIGTERM) == 0
    assert process.log() == (
        "ERROR kiosk.picture: no picture through window (x11 not available). Is a screen connected? "
        "Going on without one\n"
    )


def test_orders_end_with_quit_and_with_the_end_of_the_input(kiosk: Run) -> None:
    process = kiosk("--pins", "mock")
    process.first("ready")
    process.order("quit")
    assert process.ended() == 0


def test_sync_tells_every_mistake_in_the_settings_and_waits_until_they_are_mended(run: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text(
        '[kiosk]\nid = "k"\nhours = 8\n[endpoint]\nurl = "http://e.fi"\ntoken = 5\n'
    )
    process = run("sync", "--data", ".")
    until(lambda: "endpoint.token" in process.so_far(), "the mistakes to be told")
    whole(tmp_path / "moodpost.toml", '[kiosk]\nid = "k"\n')
    until(lambda: sync_db(tmp_path).exists(), "sync to begin")
    assert process.send(signal.SIGTERM) == 0
    assert process.log() == (
        'ERROR sync.start: moodpost.toml, line 3, kiosk.hours: found 8, expected hours such as "08:00-21:00"\n'
        'ERROR sync.start: moodpost.toml, line 5, endpoint.url: found "http://e.fi", expected https:// (http:// only '
        "to this machine itself)\n"
        "ERROR sync.start: moodpost.toml, line 6, endpoint.token: found a value that is kept secret here, expected a "
        "text in quotes\n"
        "WARNING sync.start: the settings name no [endpoint]: nothing is sent, everything stays on the kiosk\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_sync_waits_for_settings_that_are_not_there_and_ends_in_order(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    process = run("sync", "--data", ".")
    until(lambda: "found no such file" in process.so_far(), "it to be told")
    assert process.send(number) == 0
    assert process.log().count("\n") == 1


def test_sync_tells_of_a_token_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text('[kiosk]\nid = "k"\n')
    process = run("sync", "--data", ".", "--token-file", "token")
    said = "ERROR sync.start: token: found no such file, expected one that holds the token\n"
    until(lambda: process.so_far() == said, "it to be told")
    (tmp_path / "token").write_text("open-sesame\n")
    until(lambda: sync_db(tmp_path).exists(), "sync to begin")
    assert process.send(signal.SIGTERM) == 0


def test_sync_tells_of_a_data_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "moodpost.toml").write_text('[kiosk]\nid = "k"\n[endpoint]\nurl = "https://e.fi"\n')
    process = run("sync", "--data", "absent")
    assert process.ended() == 1
    assert process.log().startswith("Error: absent/sync: this folder can't be made (")
    assert process.log().count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_sync_ends_in_order_also_while_nobody_answers(run: Run, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "moodpost.toml").write_text('[kiosk]\nid = "k"\n[endpoint]\nurl = "http://127.0.0.1:9"\n')
    process = run("sync", "--data", ".")
    until(lambda: sync_db(tmp_path).exists(), "sync to begin")
    assert process.send(number) == 0
    assert "Traceback" not in process.log()


def test_a_collector_that_others_could_reach_wants_tokens(run: Run) -> None:
    process = run("collector", "--host", "0.0.0.0", "--port", "0", "--data", "data")
    assert process.ended() == 1
    assert process.log() == (
        "Error: 0.0.0.0:0: others could reach this address, but there is no token file, so anybody could send and "
        "read; give one with --tokens, or listen on 127.0.0.1\n"
    )


def test_an_installation_without_the_collector_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sync.collector.server", None)
    ended = CliRunner().invoke(main, ["collector", "--data", str(tmp_path / "c")])
    assert ended.exit_code == 1
    assert ended.stderr.startswith("Error: the collector is not a part of this installation (sync.collector.server")
    assert not (tmp_path / "c").exists()


def test_a_collector_whose_folder_cannot_be_made_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = run("collector", "--port", "0", "--data", "file/data")
    assert process.ended() == 1
    assert process.log() == (
        "Error: file/data: this folder can't be made (Not a directory). Give another with --data\n"
    )


def test_a_collector_whose_port_is_taken_says_so(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = run("collector", "--port", str(port), "--data", "data")
        assert process.ended() == 1
    assert process.log() == (
        f"Error: 127.0.0.1:{port}: another program listens there already; end it, or choose another port with --port\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_collector_tells_its_address_and_ends_in_order(run: Run, number: signal.Signals) -> None:
    process = run("collector", "--port", "0", "--data", "data", "--trace")
    assert process.first("ready")["url"].startswith("http://127.0.0.1:")
    assert process.send(number) == 0
    assert process.log() == ""
