"""Settings files as people get them wrong: each is told in one message with line, key, what is there, what should be.

A row is a file and what `moodpost settings check` says of it, word for word, for somebody who has never seen another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from kiosk import files, settings, survey
from kiosk.cli import main
from kiosk.errors import SettingsError

GOOD = """\
[kiosk]
id = "helsinki-south"
place = "Töölö"
timezone = "Europe/Helsinki"
languages = ["fi", "sv"]
hours = "08:00-21:00"
[endpoint]
url = "https://feedback.example.com"
token = "0f3c9a71d2e84b56a1"
[wifi]
ssid = "Store"
passphrase = "correct horse battery"
country = "FI"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
buzzer = 26
[screen]
rotate = 0
[technician]
pin = "271828"
[visit]
undo_s = 3.0
"""
SECRETS = ("0f3c9a71d2e84b56a1", "correct horse battery", "271828")
TABLE = Path(__file__).with_name("wrong_settings.txt")


class Row(NamedTuple):
    """One thing of the good file changed, and what is said of it."""

    name: str
    old: str
    new: str
    said: str

    @property
    def text(self) -> str:
        """The file."""
        assert GOOD.count(self.old) == 1, self.name
        return GOOD.replace(self.old, self.new)


def rows() -> Iterator[Row]:
    for block in TABLE.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, *lines = block.split("\n")
        old, new, said = ("".join(f"{line[2:]}\n" for line in lines if line[:1] == sign) for sign in "-+!")
        yield Row(name, old, new, f"moodpost.toml, {said}")


def told(path: Path, *more: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """What `moodpost settings check` says of a file: its exit code, standard output, standard error."""
    done = CliRunner().invoke(main, ["settings", "check", str(path), *more], input=stdin)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moodpost.toml"


def test_the_good_file_is_fine_and_says_for_which_kiosk(path: Path) -> None:
    path.write_text(GOOD)
    assert told(path) == (0, f'{path}: fine for kiosk "helsinki-south"\n', "")


def test_there_are_many_ways_to_get_it_wrong() -> None:
    assert len({row.name for row in rows()}) >= 80


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.name)
def test_each_is_told_in_one_message_with_line_and_key_and_what_to_write(path: Path, row: Row) -> None:
    path.write_text(row.text, encoding="utf-8")
    code, out, said = told(path)
    mistakes = [line for line in said.splitlines(keepends=True) if not line.startswith("Warning: ")]
    assert (code, out) == (1, "")
    assert mistakes == [row.said, f"{path}: 1 to mend\n"]
    assert not any(secret in said for secret in (*SECRETS, "hunter2", "0f3c 9a71", "20260101", "071828", "1234"))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["Unix", "Windows"])
@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.name)
def test_it_is_told_alike_where_notepad_saved_it(path: Path, row: Row, end: str) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + row.text.replace("\n", end).encode())
    with pytest.raises(SettingsError) as of_windows:
        files.settings(path)
        raise SettingsError("", [])  # what only `settings check` takes for a mistake
    path.write_text(row.text, encoding="utf-8")
    with pytest.raises(SettingsError) as of_unix:
        files.settings(path)
        raise SettingsError("", [])
    assert of_windows.value.mistakes == of_unix.value.mistakes


def test_all_mistakes_of_a_file_are_told_at_once_though_some_lines_can_not_be_read(path: Path) -> None:
    path.write_text(
        "[kiosk]\n"
        "id = helsinki\n"
        "timezone = “Europe/Helsinki”\n"
        'langauges = ["fi"]\n'
        "[endpoint\n"
        'url = "http://example.com"\n'
        "token: abc\n"
        "[panel]\n"
        "buttons = [5, 6, 6\n"
        "buzzer = 99\n"
        "[screen]\n"
        "brightness = 0,8\n"
        "[screen]\n"
        "rotate = 0\n"
    )
    code, _, said = told(path)
    assert code == 1
    assert said.splitlines() == [
        'moodpost.toml, line 2, kiosk.id: found a text without quotes, expected id = "…"',
        "moodpost.toml, line 3, kiosk.timezone: found “, a quote as word processors set it, expected the straight one: "
        '"',
        'moodpost.toml, line 4, kiosk.langauges: found an unknown key "langauges", expected "languages"?',
        "moodpost.toml, line 5, endpoint: found a table's name without its closing bracket, expected [endpoint]",
        'moodpost.toml, line 6, endpoint.url: found "http://example.com", expected https:// (http:// only to this '
        "machine itself)",
        'moodpost.toml, line 7, endpoint: found ":" behind token, expected "=": token = …',
        "moodpost.toml, line 9, panel.buttons: found a list without its closing bracket, expected buttons = […, …]",
        "moodpost.toml, line 10, panel.buzzer: found 99, expected a BCM pin number, 0 to 27",
        "moodpost.toml, line 12, screen.brightness: found a comma in a number, expected a point, as in 2.5",
        "moodpost.toml, line 13, screen: found the table [screen] a second time, the first time on line 11, expected "
        "it once, with all its lines below it",
        f"{path}: 10 to mend",
    ]


UTF_8 = 'expected plain text saved as UTF-8 (in Notepad: "Save as", encoding "UTF-8")'
WIDE = f'moodpost.toml: found UTF-16 (Notepad\'s "Unicode"), {UTF_8}'
WORD = f"moodpost.toml: found a document of a word processor, or an archive, {UTF_8}"
BYTES = {
    "empty": (b"", "moodpost.toml, kiosk: found nothing, expected a table [kiosk]"),
    "nothing but remarks": (b"# later\n", "moodpost.toml, kiosk: found nothing, expected a table [kiosk]"),
    "UTF-16": (GOOD.encode("utf-16"), WIDE),
    "UTF-16, big end first": (b"\xfe\xff" + GOOD.encode("utf-16-be"), WIDE),
    "UTF-16 without its mark": (GOOD.encode("utf-16-le"), WIDE),
    "UTF-16 without its mark, big end first": (GOOD.encode("utf-16-be"), WIDE),
    "Latin-1": (
        GOOD.encode("latin-1"),
        f"moodpost.toml, line 3: found a letter that is no UTF-8 but of an older encoding, {UTF_8}",
    ),
    "zeros": (
        bytes(4096),
        "moodpost.toml, line 1: found bytes that are zero, as a power cut or a broken copy leaves them: copy the file "
        "again",
    ),
    "zeros at the end": (
        GOOD.encode() + bytes(100),
        "moodpost.toml, line 24, visit: found bytes that are zero, as a power cut or a broken copy leaves them: copy "
        "the file again",
    ),
    "line ends of an old Mac": (
        GOOD.replace("\n", "\r").encode(),
        "moodpost.toml, line 1, kiosk: found line ends of an old kind (CR alone), expected the file saved with "
        "Windows' or Unix' line ends",
    ),
    "10 MB": (
        GOOD.encode() + b"#" * 10_000_000,
        "{path}: found more than 1048576 bytes, expected one with a line [kiosk] and a line id = …",
    ),
    "a document": (b"PK\x03\x04\x14\x00", WORD),
    "rich text": (b"{\\rtf1\\ansi", f"moodpost.toml: found a document of a word processor (RTF), {UTF_8}"),
    "a PDF": (b"%PDF-1.7", f"moodpost.toml: found a PDF, {UTF_8}"),
    "a web page": (b"<!DOCTYPE html>", f"moodpost.toml: found a web page, {UTF_8}"),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_such_text_is_told_with_what_to_do(path: Path, name: str) -> None:
    data, said = BYTES[name]
    path.write_bytes(data)
    assert told(path) == (1, "", f"{said.format(path=path)}\n{path}: 1 to mend\n")


@pytest.mark.parametrize(
    "beside",
    ["moodpost.toml.txt", "MOODPOST.TOML.TXT", "moodpost.txt", "Moodpost.toml", "moodpost (1).toml", "moodpost"],
)
def test_a_file_under_nearly_its_name_is_pointed_at(path: Path, beside: str) -> None:
    path.with_name(beside).write_text(GOOD)
    assert told(path)[2].splitlines()[0] == (
        f"{path}: found no such file, but {beside} beside it, expected that named moodpost.toml (Windows hides a .txt "
        "at the end)"
    )


def test_no_file_and_a_folder_are_told(path: Path) -> None:
    what = "one with a line [kiosk] and a line id = …"
    assert told(path) == (1, "", f"{path}: found no such file, expected {what}\n{path}: 1 to mend\n")
    path.mkdir()
    assert told(path) == (1, "", f"{path}: found a folder, expected a file: {what}\n{path}: 1 to mend\n")


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(" = ", "\t=\t").replace("[kiosk]", "\t[kiosk]\t# a tab").encode(),
        GOOD.strip().encode(),
        GOOD.replace("[kiosk]", "# Tämä on kioski “etelä”\n[ kiosk ]").encode(),
    ],
    ids=["Windows' line ends", "a byte order mark", "tabs", "no line end at the end", "remarks in any script"],
)
def test_what_editors_do_is_no_mistake(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert told(path)[0] == 0


@rules(max_examples=300, deadline=None)
@given(
    secret=st.sampled_from(SECRETS),
    at=st.integers(-20, 30),
    put=st.text("\"'“”\\ #=,[]{}:\n\r\0.", min_size=1, max_size=3),
    take=st.integers(0, 3),
)
def test_no_secret_is_shown_however_its_line_is_broken(secret: str, at: int, put: str, take: int) -> None:
    place = GOOD.index(secret) + at
    text = GOOD[:place] + put + GOOD[place + take :]
    try:
        settings.parse(text)
    except SettingsError as error:
        said = str(error)
    else:
        return
    assert "UNSET" not in said
    parts = [secret[:at], secret[max(0, at) + take :]] if 0 <= at <= len(secret) else [secret[max(0, at + take) :]]
    assert not [part for part in parts if len(part) >= 6 and part in said]


def test_a_survey_that_can_not_be_read_is_told_in_the_same_words() -> None:
    with pytest.raises(SettingsError) as caught:
        survey.parse(
            'id = "a"\nversion = 1\nlanguages = ["en"]\n[question]\nid = "q"\n[question.text]\nen = How was it?\n'
            '[[faces]\nlabel = { en = "Good" }\n[[faces]]\nlabel = { en = "Bad }\n[[followups]]\nid = "why\n'
            'kind = “text”\ntext = { en = "Why?" }\n[thanks]\ntext = { en = "Thanks" }\n',
            "s.toml",
        )
    assert list(caught.value.mistakes) == [
        's.toml, line 7, question.text.en: found a text without quotes, expected en = "…"',
        "s.toml, line 8, faces: found a table's name without its closing bracket, expected [[faces]]",
        "s.toml, line 11, faces.label: found braces that can't be read, expected a table: [label], its keys on lines "
        "below it",
        's.toml, line 13, followups.id: found a text without its closing quote, expected id = "…"',
        's.toml, line 14, followups.kind: found “, a quote as word processors set it, expected the straight one: "',
    ]
