"""Each block of code on the pages works: shell is run, settings, surveys, JSON and Python are read as they would be.

A block of shell is run in a folder of its own, line by line, as it stands, once it was seen to call `moodpost` alone
and to stay in that folder. Its fence says where that can't be: `on-a-kiosk` needs a Pi, root, a card or another's tool;
`in-a-clone` is run by `make test-docs`. Of these it is seen that a shell can read them, and that whatever they call of
ours is there and takes such options.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import click
import pytest

from kiosk import cli, settings, survey
from tests import handbook
from tests.conftest import ROOT
from tests.filled import fill, visits
from tests.handbook import Block

MARKS = {"on-a-kiosk", "in-a-clone"}
ENDS = {"doctor": (0, 1)}
"""How a command may end where its page promises no 0: the doctor finds this machine to be no kiosk."""

SHELL = handbook.all_blocks("sh")
HERE = [block for block in SHELL if not block.marks]
SETTINGS = '[kiosk]\nid = "helsinki"\ntimezone = "Europe/Helsinki"\n[endpoint]\nurl = "https://feedback.example.com"\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What the pages take for granted: settings, a survey, a week's votes until now, `moodpost` on the path."""
    (tmp_path / "moodpost.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "survey.toml").write_text(toml("docs/survey.md")[0].text, encoding="utf-8")
    minute_ms = 60_000
    faces = [1, 2, 1, 4, 2, 1, 3] * 10
    fill(tmp_path / "data", list(visits(faces)), wall_ms=round(time.time() * 1000) - (len(faces) + 1) * minute_ms)
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOODPOST_")}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(place),
        "MOODPOST_DATA": str(place / "data"),
        "MOODPOST_SETTINGS": str(place / "moodpost.toml"),
    }


def run(line: str, place: Path) -> tuple[int, str]:
    """How a line ended, and what it said. One that would go on for ever is interrupted once it has said something."""
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=place,
        env=environment(place),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    said = ""
    try:
        if "--watch" in shlex.split(line, comments=True):
            said = process.stdout.readline()
            os.killpg(process.pid, signal.SIGINT)
        said += process.communicate(timeout=120)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, said


def harm(line: str) -> str:
    """Why a line must not be run on whatever machine the tests run on; "" where it may be."""
    words = shlex.split(line, comments=True)
    if not words or words[0] != "moodpost":
        return "only moodpost is run"
    if any(sign in re.sub(r"#.*", "", line) for sign in "|&;<>$`"):
        return "no pipe, no redirection, no second command"
    if any(
        word.partition("=")[2].startswith(("/", "~")) or word.startswith(("/", "~")) or ".." in word for word in words
    ):
        return "it must stay in its folder"
    return ""


def test_what_could_do_harm_is_never_run() -> None:
    for line in ("mount -o remount,ro /", "moodpost x | sh", "moodpost provision --to /dev/sdX", "moodpost x --to=~/y"):
        assert harm(line)
    assert not harm("moodpost report --days 30 --png november.png   # a picture; for /a mail")


@pytest.mark.parametrize("block", HERE, ids=lambda block: block.place)
def test_a_block_of_shell_runs_as_it_stands(block: Block, place: Path) -> None:
    lines = handbook.commands(block.text)
    refused = [(line, harm(line)) for line in lines if harm(line)]
    assert not refused, f"{block.place}: begin it with ```sh on-a-kiosk or ```sh in-a-clone"
    for line in lines:
        code, said = run(line, place)
        word = next((word for word in shlex.split(line, comments=True)[1:] if not word.startswith("-")), "")
        assert code in ENDS.get(word, (0,)), f"{block.place}: {line}\nended with {code}:\n{said}"


def test_a_line_that_fails_is_seen_to(place: Path) -> None:
    assert run("moodpost reprt", place)[0] == 2
    assert run("moodpost export --since never x.csv", place)[0] == 2


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.place)
def test_a_shell_can_read_each_block_and_its_mark_is_known(block: Block) -> None:
    assert set(block.marks) <= MARKS
    ended = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert not ended.stderr, block.place


def ours(line: str) -> list[list[str]]:
    """The calls of `moodpost` and `make` in a line, by their words; all else in it is somebody else's."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    calls: list[list[str]] = [[]]
    for word in lexer:
        if word.strip("|&;"):
            calls[-1].append(word)
        else:
            calls.append([])
    found = []
    for call in calls:
        names = [Path(word).name for word in call]
        at = next((at for at, name in enumerate(names) if name in ("moodpost", "make")), None)
        if at is not None and all(word in ("sudo", "timeout", "env") or "=" in word for word in call[:at]):
            found.append([names[at], *call[at + 1 :]])
    return found


def wrong(call: list[str]) -> str:
    """What a call of ours asks for that there is not; "" where there is nothing."""
    program, *words = call
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        unknown = [word for word in words if "=" not in word and word not in targets]
        return f"no target {unknown[0]}" if unknown else ""
    command: click.Command = cli.main
    options = {option for param in command.params for option in param.opts} | {"--help", "-h"}
    for word in words:
        if word.startswith("-") and word != "-":
            if word.partition("=")[0] not in options:
                return f"{command.name} has no option {word}"
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return f"no command {word}"
            command = command.commands[word]
            options = {option for param in command.params for option in param.opts} | {"--help", "-h"}
    return ""


def called() -> list[tuple[str, list[str]]]:
    """Each call of ours on a page, in shell and behind the $ of a session."""
    found = []
    for block in handbook.all_blocks("sh", "console", ""):
        lines = handbook.commands(block.text)
        if block.language != "sh":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        found += [(block.place, call) for line in lines for call in ours(line)]
    return found


def test_whatever_a_block_calls_of_ours_is_there_and_takes_such_options() -> None:
    assert [(place, " ".join(call), wrong(call)) for place, call in called() if wrong(call)] == []
    assert {call[1] for _, call in called() if call[0] == "moodpost"} >= {"doctor", "report", "survey"}


def test_calls_that_are_wrong_are_found() -> None:
    (call,) = ours("sudo -u somebody true && sudo moodpost report --todya | tee x  # moodpost no")
    assert wrong(call) == "report has no option --todya"
    assert wrong(["moodpost", "survey", "chekc"]) == "no command chekc"
    assert wrong(["moodpost", "-v", "kiosk", "--pins", "mock", "--size=1x1"]) == ""
    assert [wrong(call) for call in ours("make test ARGS='-k visit'; make -j")] == ["", "no target -j"]
    assert wrong(["make", "tset"]) == "no target tset"


def toml(page: str) -> list[Block]:
    return [block for block in handbook.blocks(ROOT / page) if block.language == "toml"]


@pytest.mark.parametrize(
    "block",
    [block for block in handbook.all_blocks("toml") if block.page != "docs/survey.md"],
    ids=lambda block: block.place,
)
def test_a_block_of_settings_is_read_by_the_kiosks_own_eyes(block: Block) -> None:
    text = block.text if "[kiosk]" in block.text else '[kiosk]\nid = "any"\n' + block.text
    settings.parse(text)


def test_a_block_of_a_survey_is_read_by_the_kiosks_own_eyes() -> None:
    first, *others = (block.text for block in toml("docs/survey.md"))
    for text in ("", *others):
        assert survey.parse(text if text.startswith("id = ") else f"{first}\n{text}")


@pytest.mark.parametrize("block", handbook.all_blocks("json", "python", "toml"), ids=lambda block: block.place)
def test_what_calls_itself_json_python_or_toml_is_such(block: Block) -> None:
    {"json": json.loads, "toml": tomllib.loads, "python": lambda text: compile(text, block.place, "exec")}[
        block.language
    ](block.text)


def test_each_block_says_what_it_is_in_a_word_that_is_known() -> None:
    known = {"sh", "console", "toml", "json", "python", "text", ""}
    found = [block for page in handbook.PAGES for block in handbook.blocks(page)]
    assert [block.place for block in found if block.language not in known] == []
    assert len(found) > 20
