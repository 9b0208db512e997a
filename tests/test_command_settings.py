"""`moodpost settings`: what is odd is told and no mistake; six answers become a file that is right, or none at all."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from kiosk import advice, checked, files, settings
from kiosk.cli import main
from kiosk.commands import asked
from kiosk.template import filled, template
from tests.conftest import ROOT
from tests.test_wrong_settings import GOOD, told

ANSWERS = [
    "helsinki-south",
    'Töölö, "south" \\ exit 😀',
    "Europe/Helsinki",
    "fi, sv",
    "https://feedback.example.com",
    "0f3c9a71d2e84b56a1",
    "Store",
    "correct horse battery",
    "fi",
]


def asked_with(answers: Sequence[str], *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["settings", "new", *more], input="".join(f"{answer}\n" for answer in answers))
    return done.exit_code, done.output


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "moodpost.toml"


ODD = [
    (
        '"08:00-21:00"',
        '"21:00-08:00"',
        6,
        "kiosk.hours",
        "open over midnight, until 08:00 of the next day; by day it is",
    ),
    ('"08:00-21:00"', '"08:00-08:00"', 6, "kiosk.hours", 'that is day and night, as "00:00-24:00" is'),
    ('timezone = "Europe/Helsinki"\n', "", 5, "kiosk.hours", "found no time zone: these hours are UTC"),
    ('["fi", "sv"]', '["fi", "sv", "fi"]', 5, "kiosk.languages", 'found "fi" more than once'),
    (
        '"0f3c9a71d2e84b56a1"',
        '""',
        9,
        "endpoint.token",
        "found an empty one: a kiosk keeps the token that it has, a new",
    ),
    ('token = "0f3c9a71d2e84b56a1"\n', "", 7, "endpoint.token", "found none: votes are sent without"),
    ("https://feedback.example.com", "http://localhost:8080", 8, "endpoint.url", "that is the kiosk itself"),
    ('"correct horse battery"', '""', 12, "wifi.passphrase", "found an empty one: a kiosk keeps the one that it has"),
    (
        'passphrase = "correct horse battery"\n',
        "",
        10,
        "wifi.passphrase",
        "found none: the network is taken for an open",
    ),
    ('country = "FI"\n', "", 10, "wifi.country", 'found none: "GB" is taken'),
    (
        "buzzer = 26",
        "buzzer = 1",
        17,
        "panel.buzzer",
        "that pin is for the memory of add-on boards (HAT): take another",
    ),
    ("[5, 6, 13, 19]", "[5, 6, 13, 14]", 15, "panel.buttons[3]", "that pin is the serial console unless that is"),
    ("[12, 16, 20, 21]", "[2, 16, 20, 21]", 16, "panel.lights[0]", "that pin is the I²C bus, pulled up on the board"),
    ("buzzer = 26", "buzzer = 8", 17, "panel.buzzer", "that pin is the SPI bus: switch that off where it is on"),
    ("buzzer = 26", 'pins = "mock"', 17, "panel.pins", "on a Pi no button does anything then"),
    ('"271828"', '""', 21, "technician.pin", "found an empty one: a kiosk keeps the one that it has, a new card"),
    ('"271828"', '"111111"', 21, "technician.pin", "found one that anybody would try (not shown here)"),
    ('"271828"', '"654321"', 21, "technician.pin", "found one that anybody would try (not shown here)"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "said"), ODD, ids=[f"{row[3]} {row[1][:20]}" for row in ODD])
def test_what_is_right_but_odd_is_told_and_the_file_is_fine(
    path: Path, old: str, new: str, line: int, key: str, said: str
) -> None:
    assert GOOD.count(old) == 1
    path.write_text(GOOD.replace(old, new))
    code, out, warnings = told(path)
    assert (code, out) == (0, f'{path}: fine for kiosk "helsinki-south", 1 to look at\n')
    assert warnings.startswith(f"Warning: moodpost.toml, line {line}, {key}: ")
    assert said in warnings
    assert warnings.count("\n") == 1


def test_a_file_without_endpoint_and_pin_is_fine_with_two_warnings(path: Path) -> None:
    path.write_text('[kiosk]\nid = "k"\n')
    assert told(path)[2].splitlines() == [
        "Warning: moodpost.toml, endpoint: found no table [endpoint]: votes stay on the kiosk",
        "Warning: moodpost.toml, technician: found no PIN: at the hidden screen everybody can look, and nobody can "
        "change anything",
    ]


def test_a_button_at_the_i2c_bus_is_fine_since_the_board_pulls_it_up() -> None:
    read = settings.parse(GOOD.replace("[5, 6, 13, 19]", "[2, 3, 13, 19]"))
    assert advice.warnings(read, checked.lines(GOOD)) == []


def test_the_survey_beside_it_counts_or_the_one_that_is_named(path: Path, tmp_path: Path) -> None:
    path.write_text(GOOD.replace('["fi", "sv"]', '["fi", "nl"]'))
    assert told(path)[0] == 0
    faces = "".join(f'[[faces]]\nlabel = {{fi = "{label}"}}\n' for label in ("Hyvin", "Huonosti"))
    two = (
        'id = "two"\nversion = 1\nlanguages = ["fi"]\n[question]\nid = "q"\ntext = {fi = "Miten?"}\n'
        f'[thanks]\ntext = {{fi = "Kiitos"}}\n{faces}'
    )
    (tmp_path / "two.toml").write_text(two)
    code, _, said = told(path, "--survey", str(tmp_path / "two.toml"))
    assert (code, said.splitlines()) == (
        1,
        [
            'moodpost.toml, line 5, kiosk.languages: found "nl", expected one of fi, as the survey "two/1" has them',
            'moodpost.toml, line 15, panel.buttons: found 4 buttons, expected 2, as many as the survey "two/1" has '
            "faces",
            f"{path}: 2 to mend",
        ],
    )
    (tmp_path / "two.toml").rename(tmp_path / "survey.toml")
    assert told(path)[:2] == (1, "")
    (tmp_path / "survey.toml").write_text("id = 5")
    assert told(path)[2].startswith("survey.toml, version: found nothing")


def test_standard_input_is_read_by_a_dash(path: Path) -> None:
    code, out, _ = told(Path("-"), stdin=b"\xef\xbb\xbf" + GOOD.encode())
    assert (code, out) == (0, 'standard input: fine for kiosk "helsinki-south"\n')
    code, _, said = told(Path("-"), stdin=GOOD.encode("utf-16"))
    assert code == 1
    assert said.startswith('standard input: found UTF-16 (Notepad\'s "Unicode")')
    code, _, said = told(Path("-"), stdin=b"#" * (files.MAX_BYTES + 1))
    assert (code, said.splitlines()[0]) == (
        1,
        "standard input: found more than 1048576 bytes, expected a settings file",
    )


def test_json_holds_mistakes_and_warnings(path: Path) -> None:
    path.write_text(GOOD.replace('"08:00-21:00"', '"21:00-08:00"').replace('"Store"', '""'))
    code, out, said = told(path, "--json")
    assert (code, said) == (1, "")
    assert json.loads(out) == {
        "mistakes": ['moodpost.toml, line 11, wifi.ssid: found "", expected a network name of 1 to 32 characters'],
        "warnings": [],
    }
    path.write_text(GOOD.replace('"271828"', '"123456"'))
    assert [len(each) for each in json.loads(told(path, "--json")[1]).values()] == [0, 1]


def test_six_answers_become_a_file_with_remarks_that_is_fine_and_private(path: Path) -> None:
    code, said = asked_with(ANSWERS)
    assert code == 0, said
    assert path.stat().st_mode & 0o777 == 0o600
    read = files.settings(path)
    assert read.endpoint is not None
    assert read.wifi is not None
    assert (read.kiosk.id, read.kiosk.place, read.kiosk.languages) == (ANSWERS[0], ANSWERS[1], ["fi", "sv"])
    assert (read.endpoint.url, read.endpoint.token.reveal()) == (ANSWERS[4], ANSWERS[5])
    assert (read.wifi.ssid, read.wifi.passphrase.reveal(), read.wifi.country) == ("Store", ANSWERS[7], "FI")
    assert told(path)[0] == 0
    text = path.read_text()
    assert "# buttons = [5, 6, 13, 19]" in text
    assert "# the first is the default" in text
    assert ANSWERS[5] not in said
    assert ANSWERS[7] not in said


def test_empty_answers_leave_tables_out(path: Path) -> None:
    assert asked_with(["k", "", "UTC", "", "", ""])[0] == 0
    assert files.settings(path) == settings.Settings(kiosk=settings.Kiosk(id="k"))
    assert "# [endpoint]" in path.read_text()


def test_an_answer_that_can_not_be_is_asked_again_with_the_reason(path: Path) -> None:
    answers = ["south exit", *ANSWERS[:2], "Helsinky", "Europe/Helsinki", "Finnish", *ANSWERS[3:]]
    code, said = asked_with(answers)
    assert code == 0, said
    assert '  found "south exit", expected a name of 1 to 64 letters' in said
    assert '  found "Helsinky", expected "Europe/Helsinki"?' in said
    assert '  found "Finnish", expected a language code such as "en"' in said


def test_a_file_that_is_there_is_not_replaced_unasked(path: Path) -> None:
    path.write_text("mine")
    code, said = asked_with(ANSWERS)
    assert (code, said) == (
        1,
        "Error: moodpost.toml: is there already. Give another name with --to, or --force to replace it\n",
    )
    assert path.read_text() == "mine"
    assert asked_with(ANSWERS, "--to", "other.toml")[0] == 0
    assert asked_with(ANSWERS, "--force")[0] == 0
    assert files.settings(path).kiosk.id == ANSWERS[0]


@pytest.mark.parametrize("answered", range(len(ANSWERS)))
def test_who_leaves_before_the_end_leaves_nothing_behind(path: Path, answered: int) -> None:
    assert asked_with(ANSWERS[:answered])[0] == 1
    assert list(path.parent.iterdir()) == []


@contextlib.contextmanager
def terminal(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    ours, theirs = pty.openpty()
    # setsid gives the program this terminal as its own, so that Ctrl-C reaches it.
    command = [
        "setsid",
        "--ctty",
        "--wait",
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "kiosk",
        "settings",
        "new",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def asks(ours: int, question: str) -> str:
    """What the terminal shows, until it has asked this."""
    shown = ""
    while not re.search(rf"{question}[^\n]*: $", shown):
        assert select.select([ours], [], [], 60)[0], shown
        shown += os.read(ours, 4096).decode(errors="replace")
    return shown


def interrupted(process: subprocess.Popen[bytes], ours: int) -> int:
    """How it ends by Ctrl-C, pressed again as people do: Python hears of one just before it waits with the next key."""
    limit = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < limit:
        with contextlib.suppress(OSError):  # as Linux tells the end of a terminal
            os.write(ours, b"\x03")
            while select.select([ours], [], [], 1)[0] and os.read(ours, 4096):
                pass
    return process.wait(1)


def test_in_a_terminal_secrets_are_not_shown_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with terminal(tmp_path) as (process, ours):
        for question, answer in zip(("1. ", "2. ", "3. ", "4. ", "5. ", "Its token"), ANSWERS[:6], strict=True):
            asks(ours, question)
            os.write(ours, f"{answer}\n".encode())
        assert ANSWERS[5] not in asks(ours, "6. Wi-Fi")
        assert interrupted(process, ours) == 1
    assert list(tmp_path.iterdir()) == []


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        '"',
        "\\",
        "'''",
        '"""',
        "a\x7fb",
        "ميناء",
        "地下 1 階",
        "😀🏳️‍🌈",
        "# no remark",
        "C:\\new",
        "[kiosk]",
        "\u2028",
        "\t",
    ]
)


@rules(max_examples=30, deadline=None)
@given(
    place=TEXT,
    ssid=TEXT,
    passphrase=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63),
    token=st.from_regex(r"[A-Za-z0-9._~+/-]{16,60}={0,2}", fullmatch=True),
)
def test_whatever_is_answered_is_read_back_or_refused_with_a_reason(
    place: str, ssid: str, passphrase: str, token: str
) -> None:
    refused: list[str] = []
    given = {"1. Id": "k", "2. Pl": place, "3. Ti": "UTC", "4. La": "en", "5. En": "https://e.fi", "   Its t": token}
    given |= {"6. Wi": ssid, "   Its p": passphrase, "   The": "FI"}

    def question(text: str, default: str, hidden: bool, wrong: asked.Wrong) -> str:
        answer = next(value for begin, value in given.items() if text.startswith(begin))
        assert hidden == (answer in (token, passphrase) and text.startswith("   Its"))
        if not wrong(answer):
            return answer
        refused.append(text[:5])
        assert "UNSET" not in wrong(answer)
        return "stand-in"

    text = asked.ask(question)
    read = settings.parse(text)
    assert read.kiosk.place == ("stand-in" if "2. Pl" in refused else place)
    assert set(refused) <= {"2. Pl", "6. Wi"}
    assert ("6. Wi" in refused) == (len(ssid) > 32 or len(ssid.encode()) > 32)
    assert read.endpoint is not None
    assert read.endpoint.token.reveal() == token
    if ssid:
        assert read.wifi is not None
        assert read.wifi.ssid == ("stand-in" if "6. Wi" in refused else ssid)
        assert read.wifi.passphrase.reveal() == passphrase
    assert all(line == line_of_template for line, line_of_template in unanswered(text))


def unanswered(text: str) -> Iterator[tuple[str, str]]:
    """Each line of the end of the file that nothing was asked for, and as the template has it."""
    begin = "# [panel]"
    yield from zip(
        text[text.rindex(f"\n{begin}") :].splitlines(),
        template()[template().index(f"\n{begin}") :].splitlines(),
        strict=True,
    )


def test_the_template_is_the_file_that_a_card_comes_with_and_every_line_of_it_is_right() -> None:
    assert template() == (ROOT / "image/boot/moodpost.toml").read_text()
    bare = re.sub(r"^# (?=\[|\w+ *= )", "", template(), flags=re.MULTILINE).replace('pin = ""', 'pin = "271828"')
    assert settings.parse(bare).kiosk.id == advice.UNNAMED
    with pytest.raises(ValueError, match=r"no line for kiosk\.nonsense"):
        filled(template(), {("kiosk", "nonsense"): "x"})
