"""A table of kiosks: any key is a column, every mistake is told with row and column, and nothing is written before."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from image.provision import columns, written
from image.provision.errors import FleetError
from image.provision.fleet import fleet, single
from kiosk.cli import main
from sync.collector.tokens import Tokens
from tests.conftest import ROOT

TEMPLATE = """\
[kiosk]
timezone = "Europe/Helsinki"
languages = ["en"]

[endpoint]
url = "https://feedback.example.com"

[wifi]
ssid = "Store"
passphrase = "open sesame"
country = "FI"

[panel]
buttons = [5, 6, 13, 19]
"""
STORES = "id,place,token\nnorth,North door,token-of-the-north\nsouth,South door,token-of-the-south\n"
SURVEY = (ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8")


class Desk:
    """A folder with a table and a template."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = self.put("template.toml", TEMPLATE)

    def put(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def settings(self, table: str | bytes) -> dict[str, dict[str, object]]:
        """By id what each kiosk's moodpost.toml says."""
        made = fleet(self.put("stores.csv", table), self.template)
        return {each.id: tomllib.loads(each.files["moodpost.toml"].decode()) for each in made}

    def mistakes(self, table: str | bytes) -> list[str]:
        with pytest.raises(FleetError) as refused:
            fleet(self.put("stores.csv", table), self.template)
        return list(refused.value.mistakes)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_each_row_is_the_template_with_its_own_cells(desk: Desk) -> None:
    north, south = desk.settings(STORES).values()
    assert north["kiosk"] == {
        "timezone": "Europe/Helsinki",
        "languages": ["en"],
        "id": "north",
        "place": "North door",
    }
    assert north["endpoint"] == {"url": "https://feedback.example.com", "token": "token-of-the-north"}
    assert south["endpoint"]["token"] == "token-of-the-south"
    assert south["wifi"] == {"ssid": "Store", "passphrase": "open sesame", "country": "FI"}


@pytest.mark.parametrize(
    "table",
    [
        "\ufeff" + STORES.replace(",", ";").replace("\n", "\r\n"),
        STORES.replace(",", "\t"),
        "sep=;\r\n" + STORES.replace(",", ";").replace("\n", "\r\n"),
        STORES.replace("id,", " ID ,").replace("North door", '"North door"') + "\n,,\n",
        STORES.replace("id,place,token", "kiosk.id,kiosk.place,endpoint.token"),
    ],
    ids=["as Excel in half of Europe", "tabs", "with Excel's own line", "capitals and blank rows", "whole keys"],
)
def test_a_table_is_read_however_a_spreadsheet_saves_it(desk: Desk, table: str) -> None:
    assert desk.settings(table) == desk.settings(STORES)


def test_a_cell_becomes_what_its_key_wants(desk: Desk) -> None:
    cells = "id,buttons,lights,rotate,metered,undo_s,hours,wifi\n"
    (made,) = desk.settings(cells + 'a,5 6 13 19,"12, 16; 20 21",90,TRUE,"2,5",08:00-21:00,Chain\n').values()
    assert made["panel"] == {"buttons": [5, 6, 13, 19], "lights": [12, 16, 20, 21]}
    assert (made["screen"], made["visit"]) == ({"rotate": 90}, {"undo_s": 2.5})
    assert made["endpoint"]["metered"] is True
    assert made["wifi"]["ssid"] == "Chain"


def test_every_key_of_the_settings_can_be_a_column() -> None:
    for path in (
        "kiosk.id",
        "panel.buzzer",
        "screen.width_mm",
        "misuse.burst_votes",
        "network.ntp",
        "store.retention_days",
    ):
        assert columns.target(path) == columns.target(path.partition(".")[2]) == path


def test_all_mistakes_are_told_at_once_with_row_and_column(desk: Desk) -> None:
    table = (
        "id,place,token,buttons,rotate,survey,pin\n"
        "no rth,a,token-one,5 5,91,nope.toml,1\n"
        "SOUTH,b,x x,5 40 6 7,0,,123456\n"
        "south,c,token-two,,,,\n"
        ",d,token-two,,,,,more\n"
    )
    said = desk.mistakes(table)
    assert [sentence.partition(": ")[0] for sentence in said] == [
        "stores.csv, row 2, column survey",
        "stores.csv, row 2, column id",
        "stores.csv, row 2, column buttons",
        "stores.csv, row 2, column rotate",
        "stores.csv, row 2, column pin",
        "stores.csv, row 3, column token",
        "stores.csv, row 3, column buttons",
        "stores.csv, row 4, column id",
        "stores.csv, row 5",
        "stores.csv, row 5, column id",
        "stores.csv, row 5, column token",
    ]
    assert 'found "south" of row 3 again' in said[7]
    assert "found the token of row 4 again" in said[10]
    assert "token-two" not in "".join(said)


def test_a_mistake_of_the_template_is_told_once_with_its_line(desk: Desk) -> None:
    desk.put("template.toml", TEMPLATE.replace("Europe/Helsinki", "Europe/Helsinky"))
    (said,) = desk.mistakes(STORES)
    assert said.startswith('template.toml, line 2, kiosk.timezone: found "Europe/Helsinky"')


@pytest.mark.parametrize(
    ("header", "nearest"),
    [
        ("id,tokn", 'unknown column "tokn", expected "token"?'),
        ("id,plaze", '"place"?'),
        ("id,wifi.sid", '"wifi.ssid"?'),
        ("id,qqqqqq", "a key of moodpost.toml such as kiosk.place, or one of survey"),
        ("place,token", "found no column id"),
        ("id,ssid,wifi", 'found two columns for wifi.ssid, expected one (the second is "wifi")'),
    ],
)
def test_a_column_that_is_none_is_refused_with_the_nearest_name(desk: Desk, header: str, nearest: str) -> None:
    (said,) = desk.mistakes(f"{header}\n{header}\n")
    assert said.startswith("stores.csv, row 1: ")
    assert nearest in said


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            STORES.encode("utf-16"),
            'found UTF-16 (Excel calls it "Unicode text"), expected UTF-8: save it as "CSV UTF-8"',
        ),
        (STORES.replace("North", "Nörth").encode("latin-1"), "stores.csv, line 2: found a letter that is not UTF-8"),
        ('id,place\na,"b\n', "found no CSV"),
        ("id,place\n", "found no kiosk"),
        ("", "found no kiosk"),
    ],
    ids=["UTF-16", "Latin-1", "an open quote", "a header alone", "nothing"],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_hint(desk: Desk, table: str | bytes, told: str) -> None:
    (said,) = desk.mistakes(table)
    assert told in said


def test_an_empty_secret_is_a_mistake_as_nothing_is_kept_on_a_new_card(desk: Desk) -> None:
    desk.put("template.toml", TEMPLATE.replace('"open sesame"', '""'))
    (said,) = desk.mistakes(STORES)
    assert said.startswith('template.toml, line 10, wifi.passphrase: found ""')
    assert "nothing is kept on a new card" in said


def test_what_lies_beside_the_template_goes_with_it_unless_a_row_brings_its_own(desk: Desk) -> None:
    desk.put("survey.toml", SURVEY)
    other = desk.put("surveys-of-the-south/lunch.toml", SURVEY.replace('id = "visit"', 'id = "lunch"'))
    table = "id,survey\nnorth,\nsouth,surveys-of-the-south\n"
    north, south = fleet(desk.put("stores.csv", table), desk.template)
    assert north.files.keys() == {"moodpost.toml", "survey.toml"}
    assert south.files["surveys/lunch.toml"] == other.read_bytes()
    assert "survey.toml" not in south.files


def test_a_survey_that_does_not_fit_is_told_in_its_row(desk: Desk) -> None:
    desk.put("bad.toml", SURVEY.replace("version = ", "versoin = "))
    said = desk.mistakes("id,survey\nnorth,bad.toml\n")
    assert said
    assert all(sentence.startswith("stores.csv, row 2, column survey: survey.toml") for sentence in said)


def test_no_secret_is_in_a_kiosks_repr(desk: Desk) -> None:
    (north, _) = fleet(desk.put("stores.csv", STORES), desk.template)
    assert repr(north) == "<Prepared north>"


def test_the_settings_of_one_kiosk_are_taken_as_they_are(desk: Desk) -> None:
    path = desk.put("one.toml", '# mine\n[kiosk]\nid = "one"\n')
    assert single(path).files == {"moodpost.toml": path.read_bytes()}
    with pytest.raises(FleetError, match=r'one.toml, kiosk.id: found "new-kiosk"'):
        single(desk.put("one.toml", '[kiosk]\nid = "new-kiosk"\n'))


@pytest.mark.parametrize(
    "tree",
    [
        {"kiosk": {"id": 'a"b\\c\n\u007f', "list": ["ä", 1, 2.5, True, {"x y": "z"}]}, "top": 3},
        {"a b": {"": "empty", "x.y": 1979}},
    ],
)
def test_toml_that_is_written_is_read_as_the_same(tree: dict[str, object]) -> None:
    assert tomllib.loads(written.toml(tree)) == tree


def test_boot_files_are_a_folder_for_each_kiosk_that_nobody_else_reads(desk: Desk) -> None:
    table, to = desk.put("stores.csv", STORES), desk.folder / "files"
    arguments = ["provision", "--fleet", table, "--template", desk.template, "--boot-files", to]
    for _ in range(2):  # over what was there
        result = CliRunner().invoke(main, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
    assert sorted(str(path.relative_to(to)) for path in to.rglob("*.*")) == [
        "north/moodpost.toml",
        "south/moodpost.toml",
    ]
    assert (to / "north/moodpost.toml").stat().st_mode & 0o777 == 0o600
    assert to.stat().st_mode & 0o777 == 0o700


def test_each_kiosk_without_a_token_is_given_one_that_the_collector_knows(desk: Desk) -> None:
    table, to, listed = (
        desk.put("stores.csv", STORES.replace("token-of-the-south", "")),
        desk.folder / "files",
        desk.folder / "tokens.txt",
    )
    way = ["--template", desk.template, "--boot-files", to]
    result = CliRunner().invoke(main, ["provision", "--fleet", str(table), "--new-tokens", str(listed), *map(str, way)])
    assert result.exit_code == 0, result.output
    known = Tokens.load(listed)
    for kiosk in ("north", "south"):
        settings = tomllib.loads((to / kiosk / "moodpost.toml").read_text(encoding="utf-8"))
        token = settings["endpoint"]["token"]
        assert known.owner(token) == kiosk
        assert token not in listed.read_text()


def test_tokens_are_made_for_a_table_only(desk: Desk) -> None:
    arguments = ["--settings", str(desk.template), "--new-tokens", "tokens.txt", "--boot-files", "files"]
    result = CliRunner().invoke(main, ["provision", *arguments])
    assert result.exit_code == 2
    assert "--new-tokens wants --fleet stores.csv" in result.output


def test_boot_files_need_nothing_that_only_unix_has(desk: Desk) -> None:
    """As near as a Linux machine comes to Windows: its Python has none of these modules."""
    table, to = desk.put("stores.csv", STORES), desk.folder / "files"
    code = (
        "import sys\n"
        "for name in ('fcntl', 'grp', 'pwd', 'resource', 'termios'): sys.modules[name] = None\n"
        "from kiosk.cli import main\n"
        "main(['provision', '--fleet', *sys.argv[1:]])\n"
    )
    arguments = [table, "--template", desk.template, "--boot-files", to]
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    assert (to / "south/moodpost.toml").exists()


def test_mistakes_end_the_command_with_1_and_nothing_is_written(desk: Desk) -> None:
    table, to = desk.put("stores.csv", STORES.replace("south,", "north,")), desk.folder / "files"
    arguments = ["provision", "--fleet", table, "--template", desk.template, "--boot-files", to]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 1
    assert "Error: 1 mistake, nothing was written:\n  stores.csv, row 3, column id: " in result.output
    assert not to.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--boot-files", "x"], "give either --fleet"),
        (["--fleet", "a.csv"], "give one of --to"),
        (["--fleet", "a.csv", "--to", "/dev/x", "--out", "y"], "give one of --to"),
        (["--fleet", "a.csv", "--to", "/dev/x"], "--image is missing"),
    ],
)
def test_what_does_not_go_together_is_told_with_exit_code_2(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["provision", *arguments])
    assert (result.exit_code, told in result.output) == (2, True)
