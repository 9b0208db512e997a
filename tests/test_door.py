"""A kiosk whose options are plain starts without click, as click would have started it; all else is click's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from hardware.errors import DisplayError
from kiosk import cli, door, start
from kiosk.errors import InUse
from tests.conftest import ROOT

PLAIN = [
    [],
    ["--applier", "files"],
    ["--settings", "a.toml", "--data", "b", "--runtime", "c", "--survey", "d"],
    ["--trace", "--play", "--fullscreen", "--size", "800x480", "--screen", "window", "--pins", "mock"],
    ["--size", "800x480", "--size", "7680x320"],
    ["--data", "there", "--settings", "there/file"],
]
NOT_PLAIN = [
    ["--help"],
    ["-h"],
    ["more"],
    ["--unknown"],
    ["--size=800x480"],
    ["--size", "800"],
    ["--size"],
    ["--size", "--trace"],
    ["--screen", "tv"],
    ["--pins", ""],
    ["--shots", "pictures"],
    ["--set", "a.toml"],
    ["--data", "there/file"],
    ["--runtime", "there/file"],
    ["--trace", "--settings"],
]
VARIABLES = [{}, {"MOODPOST_SETTINGS": "x.toml", "MOODPOST_DATA": "y"}, {"MOODPOST_RUNTIME": "z", "MOODPOST_DATA": ""}]


def test_a_path_that_can_not_be_looked_at_is_left_to_who_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may look into its folder, or the card gives an error: a kiosk tells of that on its screen."""

    def stat(*given: object, **named: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", stat)
    assert door.plain(["kiosk", "--settings", "a.toml", "--data", "b"], {})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("MOODPOST_SETTINGS", "MOODPOST_DATA", "MOODPOST_RUNTIME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The options of each kiosk that was started."""
    found: list[Any] = []
    monkeypatch.setattr(start, "run", lambda options, ahead=None: found.append(options))
    return found


@pytest.mark.parametrize("environment", VARIABLES)
@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_plain_options_mean_what_click_takes_them_for(
    arguments: list[str], environment: dict[str, str], started: list[Any]
) -> None:
    result = CliRunner().invoke(cli.main, ["kiosk", *arguments], env=environment)
    assert result.exit_code == 0, result.output
    options = door.plain(["kiosk", *arguments], environment)
    assert options is not None
    assert [start.Options(**options)] == started


@pytest.mark.parametrize("arguments", NOT_PLAIN, ids=" ".join)
def test_whatever_wants_a_word_is_left_to_click(arguments: list[str]) -> None:
    assert door.plain(["kiosk", *arguments], {}) is None


@pytest.mark.parametrize("arguments", [[], ["sync"], ["-v", "kiosk"], ["--version"]], ids=" ".join)
def test_other_commands_are_left_to_click(arguments: list[str]) -> None:
    assert door.plain(arguments, {}) is None


@pytest.mark.parametrize("option", ["--settings", "--survey", "--data"])
def test_a_path_that_may_not_be_read_is_left_to_click(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert door.plain(["kiosk", option, "there"], {}) is None


def test_every_option_of_a_kiosk_is_known_here_or_left_to_click_on_purpose() -> None:
    command = cli.main.commands["kiosk"]
    names = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    assert names == {*door.PLACES, *door.CHOICES, "--survey", "--size", "--shots", "--fullscreen", "--trace", "--play"}


@pytest.mark.parametrize(
    ("error", "code"), [(InUse("another kiosk is there"), InUse("").code), (DisplayError("no picture"), 1)]
)
def test_what_can_be_mended_is_told_as_click_would(
    error: Exception,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(start, "run", fail)
    monkeypatch.setattr("kiosk.memory.hurry", lambda: None)
    monkeypatch.setattr(sys, "argv", ["moodpost", "kiosk"])
    with pytest.raises(SystemExit) as ended:
        door.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == f"Error: {error}\n"


def test_ctrl_c_before_the_kiosk_minds_it_ends_it_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "run", fail)
    monkeypatch.setattr("kiosk.memory.hurry", lambda: None)
    monkeypatch.setattr(sys, "argv", ["moodpost", "kiosk"])
    with pytest.raises(SystemExit) as ended:
        door.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Aborted!\n"


def test_the_command_as_it_is_installed_tells_all_others() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "kiosk", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "Usage: moodpost [OPTIONS] COMMAND" in told
    assert set(cli.main.commands) <= set(told.split())
