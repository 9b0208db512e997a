"""`moodpost export`: every response, its time, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli import main
from kiosk.errors import FileError
from kiosk.outgoing.export import FIELDS, defused
from kiosk.outgoing.whole import written
from kiosk.votes import Board
from tests.filled import HOUR, MONDAY, a_row, fill, visits

SETTINGS = '[kiosk]\nid = "test-kiosk"\ntimezone = "Europe/Helsinki"\n'


def asked(data: Path, *options: str) -> Result:
    settings = data / "moodpost.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return CliRunner().invoke(main, ["export", "--data", str(data), "--settings", str(settings), *options])


def rows(found: Result) -> list[dict[str, Any]]:
    assert found.exit_code == 0, found.output
    return list(csv.DictReader(io.StringIO(found.stdout)))


def some(data: Path) -> None:
    fill(
        data,
        [
            a_row(1, 1, "vote", "4/4", 9 * HOUR + 5, ui="physical"),
            a_row(2, 1, "text", "=HYPERLINK(1)", 9 * HOUR, 2),
            a_row(3, 3, "vote", "2/4", 30 * HOUR, misuse="lockout/1"),
            a_row(4, 3, "mark", "burst/1 1 3", 30 * HOUR),
            a_row(5, 3, "mark", "mash/1 1", 30 * HOUR),
        ],
    )


def test_each_row_tells_what_when_and_whether_it_is_marked(tmp_path: Path) -> None:
    some(tmp_path)
    first, _, third, *_ = found = rows(asked(tmp_path))
    assert tuple(first) == FIELDS
    assert len(found) == 5
    assert first | {"epoch": ""} == {
        "kiosk": "test-kiosk",
        "epoch": "",
        "seq": "1",
        "visit": "1",
        "position": "0",
        "kind": "vote",
        "survey": "visit/2",
        "question": "visit",
        "value": "4/4",
        "face": "4",
        "faces": "4",
        "ui": "physical",
        "language": "en",
        "marked": "1",
        "misuse": "",
        "marks": "burst/1 mash/1",
        "time": "2026-11-16T11:00:00.005+02:00",
        "zone": "Europe/Helsinki",
        "vouched_by": "ntp",
        "earliest": "",
        "latest": "",
        "boot": "1",
        "boottime_ms": "32400005",
    }
    assert (third["misuse"], third["marks"], third["marked"]) == ("lockout/1", "burst/1", "1")
    assert len(first["epoch"]) == 16


def test_a_time_that_nobody_knows_lies_between_moments(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1], ms=HOUR)))
    fill(tmp_path, [a_row(2, 2, "vote", "1/4", HOUR, boot=2)], by="nobody", board=Board("two", "serial-one"))
    fill(
        tmp_path,
        [a_row(3, 3, "vote", "1/4", 0, boot=3)],
        wall_ms=MONDAY + 9 * HOUR,
        board=Board("3", "serial-one"),
    )
    unknown = rows(asked(tmp_path))[1]
    assert (unknown["time"], unknown["vouched_by"]) == ("", "nobody")
    assert (unknown["earliest"], unknown["latest"]) == (
        "2026-11-16T03:00:00.000+02:00",
        "2026-11-16T11:00:00.000+02:00",
    )


def test_since_and_kind_leave_out_and_what_has_no_time_stays(tmp_path: Path) -> None:
    some(tmp_path)
    assert [row["seq"] for row in rows(asked(tmp_path, "--since", "2026-11-17"))] == ["3", "4", "5"]
    assert [row["seq"] for row in rows(asked(tmp_path, "--kind", "text", "--kind", "vote"))] == ["1", "2", "3"]
    bare = tmp_path / "bare"
    fill(bare, list(visits([1], ms=HOUR)), by="nobody")
    assert len(rows(asked(bare, "--since", "2026-11-17"))) == 1


def test_ndjson_holds_texts_as_they_were_typed(tmp_path: Path) -> None:
    some(tmp_path)
    found = [json.loads(line) for line in asked(tmp_path, "--format", "ndjson").stdout.splitlines()]
    assert [row["seq"] for row in found] == [1, 2, 3, 4, 5]
    assert (found[1]["value"], found[0]["marked"], found[1]["face"]) == ("=HYPERLINK(1)", True, None)


def test_sqlite_has_a_view_of_the_votes_that_count(tmp_path: Path) -> None:
    fill(tmp_path, [a_row(1, 1, "vote", "1/4", 0), a_row(2, 1, "vote", "4/4", 900), a_row(3, 3, "vote", "2/4", 9_000)])
    target = tmp_path / "votes-out.db"
    assert "3 responses" in asked(tmp_path, str(target)).output
    with sqlite3.connect(target) as connection:
        assert connection.execute("SELECT seq, face FROM votes ORDER BY seq").fetchall() == [(2, 4), (3, 2)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM responses").fetchone() == (3,)
    connection.close()


def test_a_file_is_its_owners_alone_and_never_replaced_unasked(tmp_path: Path) -> None:
    some(tmp_path)
    target = tmp_path / "votes.csv"
    assert asked(tmp_path, str(target)).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes().startswith(b"\xef\xbb\xbfkiosk,epoch,")
    again = asked(tmp_path, str(target), "--kind", "mark")
    assert again.exit_code == 1
    assert f"{target}: is there already. Give another name, or --force to replace it" in again.output
    assert "2 responses" in asked(tmp_path, str(target), "--kind", "mark", "--force").output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("votes.xls",), "expected a name that ends in .csv, .ndjson"),
        (("--format", "sqlite"), "SQLite can't be written to standard output"),
    ],
)
def test_what_can_not_be_written_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    found = asked(tmp_path, *options)
    assert found.exit_code == 2
    assert said in found.output


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    some(tmp_path)
    found = asked(tmp_path, str(tmp_path / "nowhere" / "votes.csv"))
    assert found.exit_code == 1
    assert "can't be written (No such file or directory)" in found.output


def test_what_fails_on_its_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), written(tmp_path / "a.csv") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_who_comes_in_between_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is there already"), written(tmp_path / "a.csv") as file:
        file.write(b"mine")
        (tmp_path / "a.csv").write_bytes(b"another's")
    assert (tmp_path / "a.csv").read_bytes() == b"another's"
    assert len(list(tmp_path.iterdir())) == 1


def test_it_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (happened.append("sync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (happened.append("rename"), replace(self, to))[1])
    with written(tmp_path / "a.csv") as file:
        file.write(b"x")
    assert happened == ["sync", "rename", "sync"]


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+358", "'+358"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (' "=1', "' \"=1"),
        ("\t=1", "'\t'=1"),
        ("＝1", "'＝1"),
        ("slow;=cmd|x", "slow;'=cmd|x"),
        ("a, -b", "a, '-b"),
        ("too slow - really", "too slow - really"),
        ("1-2 = 3", "1-2 = 3"),
        ("", ""),
    ],
)
def test_formulas_are_defused(typed: str, safe: str) -> None:
    assert defused(typed) == safe


@given(st.text(alphabet="=+-@ \t\r\n;,|\"'ax1＝", max_size=12), st.sampled_from(",;\t"))
def test_no_cell_begins_with_a_formula_however_the_file_is_split(typed: str, delimiter: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([defused(typed), "end"])
    for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter):
        assert not [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@"))]


def test_rows_that_fail_their_checksum_are_left_out_and_told(tmp_path: Path) -> None:
    some(tmp_path)
    with sqlite3.connect(tmp_path / "votes.db") as connection:
        connection.execute("UPDATE responses SET value = '1/4' WHERE seq = 3")
    connection.close()
    found = asked(tmp_path)
    assert [row["seq"] for row in rows(found)] == ["1", "2", "4", "5"]
    assert "1 row fails its checksum and is left out." in found.stderr


def test_a_clock_set_to_no_year_there_is_gives_no_time(tmp_path: Path) -> None:
    fill(tmp_path, list(visits([1])), wall_ms=10**17)
    assert rows(asked(tmp_path))[0]["time"] == ""


def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    found = asked(tmp_path, str(tmp_path / "votes.csv"))
    assert found.exit_code == 1
    assert "can't be written (No space left on device)" in found.output
    assert not list(tmp_path.glob("*csv*"))
