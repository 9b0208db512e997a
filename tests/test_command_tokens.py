"""`moodpost tokens`: what is made opens, what is revoked does not, the list holds no token, nothing else changes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import main
from kiosk.store import Board
from sync import probes_answer
from sync.collector.tokens import Tokens, line, new_token
from tests.fleet import Kiosk, fleet

FLEET = (
    '\ufeffid;place;Token;wifi\r\nespoo;"Iso Omena; ""2. krs""";;Store\r\n;;;\r\noulu;Oulu;own-token-0123456789;\r\n'
)


def run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["tokens", *map(str, words)])
    return done.exit_code, done.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opens(name: str, token: str) -> bool:
    return Tokens.load(Path("tokens.txt")).refusal(name, token) is None


def test_a_token_is_printed_once_and_its_hash_alone_is_kept(here: Path) -> None:
    code, said = run("new", "espoo", "reader")
    assert code == 0
    made = dict(each.split() for each in said.splitlines())
    assert opens("espoo", made["espoo"])
    assert Tokens.load(here / "tokens.txt").owner(made["reader"]) == "reader"
    assert not any(token in (here / "tokens.txt").read_text() for token in made.values())
    assert (here / "tokens.txt").stat().st_mode & 0o777 == 0o600


def test_a_new_token_takes_the_place_of_the_old_one_and_comments_stay(here: Path) -> None:
    old = run("new", "espoo")[1].split()[1]
    path = here / "tokens.txt"
    path.write_text("# ours\n" + path.read_text().rstrip() + "  # by the door\n")
    path.chmod(0o640)
    new = run("new", "espoo")[1].split()[1]
    assert (opens("espoo", old), opens("espoo", new)) == (False, True)
    assert path.read_text() == f"# ours\n{line('espoo', old)} revoked  # by the door\n{line('espoo', new)}\n"
    assert path.stat().st_mode & 0o777 == 0o640, "who runs the collector may still read it"


def test_a_fleet_gets_tokens_where_it_has_none_and_nothing_else_of_it_changes(here: Path) -> None:
    fleet = here / "stores.csv"
    fleet.write_bytes(FLEET.encode())
    fleet.chmod(0o644)
    assert run("new", "--fleet", fleet) == (0, f"{fleet}: 1 made; tokens.txt: 2 brought up to date\n")
    text = fleet.read_bytes().decode()
    (made,) = re.findall("[a-z2-7]{32}", text)
    assert text.replace(made, "") == FLEET
    assert fleet.stat().st_mode & 0o777 == 0o600
    assert opens("espoo", made)
    assert opens("oulu", "own-token-0123456789")
    assert not opens("oulu", made)
    assert "token-0" not in (here / "tokens.txt").read_text()
    before = fleet.read_bytes(), (here / "tokens.txt").read_bytes()
    assert run("new", "--fleet", fleet)[0] == 0
    assert (fleet.read_bytes(), (here / "tokens.txt").read_bytes()) == before


def test_a_fleet_without_the_column_gets_it(here: Path) -> None:
    (here / "f.csv").write_text("place,id\nOulu,oulu\n")
    assert run("new", "--fleet", "f.csv")[0] == 0
    assert re.fullmatch("place,id,token\nOulu,oulu,[a-z2-7]{32}\n", (here / "f.csv").read_text())


def test_mistakes_in_a_fleet_are_told_all_at_once_and_nothing_is_written(here: Path) -> None:
    token = "own-token-0123456789"
    (here / "f.csv").write_text(f"id,token\na b,\noulu,{token}\noulu,\nespoo,{token}\nkemi,short\nreader,\n")
    assert run("new", "--fleet", "f.csv") == (
        1,
        "Error: f.csv, row 2, id: found 'a b', expected a kiosk's: up to 64 letters, digits, dots, - or _\n"
        "f.csv, row 4, id: found 'oulu', which is row 3's too, expected each kiosk once\n"
        "f.csv, row 5, token: found that of row 3, expected each kiosk to have its own\n"
        "f.csv, row 6, token: found no token (not shown here), expected one as it was issued, or nothing\n"
        "f.csv, row 7, id: found 'reader', expected a kiosk's: up to 64 letters, digits, dots, - or _\n",
    )
    assert os.listdir(here) == ["f.csv"]  # noqa: PTH208
    (here / "f.csv").write_bytes("id\n".encode("utf-16"))
    assert "f.csv: the fleet's table is not UTF-8: save it as CSV UTF-8" in run("new", "--fleet", "f.csv")[1]
    (here / "f.csv").write_text("name\nx\n")
    assert "f.csv, row 1: found no column id, expected one" in run("new", "--fleet", "f.csv")[1]
    assert "can't be read (No such file or directory)" in run("new", "--fleet", "none.csv")[1]


def test_a_revoked_token_in_the_fleet_is_not_taken_again_in_silence(here: Path) -> None:
    (here / "f.csv").write_text("id,token\noulu,\n")
    run("new", "--fleet", "f.csv")
    assert run("revoke", "oulu") == (0, "tokens.txt: revoked for oulu; `moodpost tokens new` makes new ones\n")
    assert run("new", "--fleet", "f.csv") == (
        1,
        "Error: tokens.txt, line 1: found the token of oulu there already, revoked; expected another: empty its cell, "
        "and a new one is made\n",
    )


def test_who_has_no_token_can_not_lose_one(here: Path) -> None:
    run("new", "oulu")
    before = (here / "tokens.txt").read_text()
    said = "Error: tokens.txt: found no token of espoo that counts; nothing was changed\n"
    assert run("revoke", "oulu", "espoo") == (1, said)
    assert (here / "tokens.txt").read_text() == before


def test_tokens_of_an_earlier_list_are_hashed_where_they_stand(here: Path) -> None:
    plain, hashed = "plain-token-0123456789", line("b", new_token())
    (here / "old").write_text(f"# all\na {plain}   # the first\n{hashed}\nc other-token-0123456789 revoked\n")
    assert run("hash", "old") == (0, "old: 2 hashed\n")
    after = (here / "old").read_text()
    assert after == (
        f"# all\n{line('a', plain)}  # the first\n{hashed}\n{line('c', 'other-token-0123456789')} revoked\n"
    )
    assert Tokens.load(here / "old").refusal("a", plain) is None
    assert run("hash", "old") == (0, "old: 0 hashed\n")
    assert run("hash", "none")[1] == "Error: none: the token file can't be read (No such file or directory)\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new"], "give either kiosks or --fleet"),
        (["new", "oulu", "--fleet", "f.csv"], "give either kiosks or --fleet"),
        (["new", "a b"], "found 'a b', expected a kiosk's id"),
        (["revoke"], "Missing argument"),
    ],
)
def test_a_command_that_makes_no_sense_is_told_with_its_use(here: Path, words: list[str], said: str) -> None:
    code, output = run(*words)
    assert code == 2
    assert said in output
    assert list(here.iterdir()) == []


def test_where_nothing_can_be_written_it_is_told_and_nothing_is_left(here: Path) -> None:
    (here / "folder").mkdir()
    code, said = run("new", "oulu", "--tokens", "folder/none/tokens.txt")
    assert (code, said) == (1, "Error: folder/none/tokens.txt: can't be written (No such file or directory)\n")


def test_a_revoked_token_reaches_kiosk_and_technician_in_words_and_a_new_one_goes_on(here: Path) -> None:
    """The real collector and a real kiosk's sync: the list changes under the running collector."""
    run("new", "south")
    (here / "old").write_text(run("new", "south")[1].split()[1])
    with fleet(here, tokens=Tokens.load(here / "tokens.txt")) as collector:
        kiosk = Kiosk(here / "card", collector, Board("boot-one", "serial-one"), token=(here / "old").read_text())
        kiosk.start()
        kiosk.vote(2)
        kiosk.sync()
        assert len(collector.rows()) == 2
        run("revoke", "south")
        kiosk.vote(3)
        kiosk.sync()
        assert len(collector.rows()) == 2
        denied = kiosk.noted("denied")
        assert denied == (
            "the endpoint won't have this kiosk: 401 token: this token of kiosk south was revoked: give the kiosk its "
            "new one"
        )
        assert probes_answer.token(denied, "").condition == "bad"
        kiosk.token = run("new", "south")[1].split()[1]
        kiosk.sync()
        assert len(collector.rows()) == 5
        assert kiosk.noted("denied") == ""
        kiosk.stop()
