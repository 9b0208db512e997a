"""The token file: what it may hold, how its mistakes are told, and that it never tells a token."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from sync.collector import tokens as module
from sync.collector.tokens import Tokens, line, new_token
from sync.errors import CollectorError

GOOD = """\
# kiosks
helsinki-south-exit  kiosk-token-0123456789

espoo\tespoo-token-0123456789==   # a comment
reader               reader-token-0123456789
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(CollectorError) as raised:
        Tokens.parse(text, "tokens.txt")
    return str(raised.value).splitlines()


def test_a_token_belongs_to_one_name() -> None:
    tokens = Tokens.parse(GOOD)
    assert tokens.owner("kiosk-token-0123456789") == "helsinki-south-exit"
    assert tokens.owner("espoo-token-0123456789==") == "espoo"
    assert tokens.owner("reader-token-0123456789") == "reader"


@pytest.mark.parametrize(
    "token", ["", "kiosk-token-012345678", "kiosk-token-0123456789 ", "reader", "\udcff", "é" * 20]
)
def test_anything_else_is_nobodys(token: str) -> None:
    assert Tokens.parse(GOOD).owner(token) is None


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(GOOD, encoding="utf-8-sig")
    assert Tokens.load(tmp_path / "tokens").owner("espoo-token-0123456789==") == "espoo"


def test_a_file_that_can_not_be_read_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match=r"nowhere: the token file can't be read \(No such file"):
        Tokens.load(tmp_path / "nowhere")
    (tmp_path / "wide").write_text(GOOD, encoding="utf-16")
    with pytest.raises(CollectorError, match="wide: the token file is not UTF-8 text"):
        Tokens.load(tmp_path / "wide")


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    found = mistakes(
        "helsinki kiosk-token-0123456789\n"
        "just-one-word-0123456789\n"
        "a b c d\n"
        "-bad other-token-0123456789\n"
        "espoo short\n"
        "turku token#with-a-hash-0123456789\n"
        "helsinki second-token-0123456789\n"
        "oulu kiosk-token-0123456789\n"
    )
    assert [line.split(": ")[0] for line in found] == [f"tokens.txt, line {n}" for n in range(2, 9)]
    assert "found 1 words, expected two" in found[0]
    assert "found 4 words" in found[1]
    assert "no kiosk id" in found[2]
    assert "found a token of 5 characters, expected at least 16" in found[3]
    assert "a character that a bearer token can't have" in found[4]
    assert "has a token already, on line 1" in found[5]
    assert "in use already, on line 1" in found[6]


def test_a_file_without_tokens_is_a_mistake() -> None:
    assert mistakes("# nothing\n\n") == ["tokens.txt: found no line with a token, expected at least one"]


def test_no_token_is_ever_told() -> None:
    secret = "kiosk-token-0123456789"
    wrong = f"{secret}\n{secret} helsinki\nhelsinki {secret} more\nhelsinki {secret}é\nx {secret}\ny {secret}\n"
    assert not [line for line in mistakes(wrong) if secret in line]
    tokens = Tokens.parse(GOOD)
    assert repr(tokens) == str(tokens) == "<Tokens of 3>"
    assert not hasattr(tokens, "__dict__")


def test_a_made_token_is_long_random_and_no_number_to_a_spreadsheet() -> None:
    made = {new_token() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch("[a-z2-7]{32}", token) and not token.isdigit() for token in made), "32 × 5 = 160 bits"


def test_a_list_of_hashes_opens_as_its_tokens_do_and_holds_none_of_them() -> None:
    ours, readers = new_token(), new_token()
    text = f"{line('espoo', ours)}\n{line('reader', readers)}\n"
    assert ours not in text
    tokens = Tokens.parse(text)
    assert tokens.refusal("espoo", ours) is None
    assert tokens.owner(readers) == "reader"
    assert tokens.owner(hashlib.sha256(ours.encode()).hexdigest()) is None, "a hash is no token"


def test_a_refusal_names_the_kiosk_and_says_the_same_of_whatever_is_not_its_own() -> None:
    tokens = Tokens.parse(GOOD)
    unknown = "this token is unknown for kiosk espoo: give the kiosk the token that was issued for it"
    for token in ("nobodys-token-0123456789", "kiosk-token-0123456789", "reader-token-0123456789"):
        assert tokens.refusal("espoo", token) == unknown
    assert tokens.refusal("oulu", "kiosk-token-0123456789") == unknown.replace("espoo", "oulu"), "a kiosk unlisted"
    assert tokens.refusal("espoo", "") == "found no token, expected the one of kiosk espoo"
    assert tokens.refusal("reader", "reader-token-0123456789"), "a reader is no kiosk"
    assert "<b>" not in str(tokens.refusal("<b>", "x")), "a name that is none is not repeated"


def test_a_revoked_token_is_told_to_who_has_it_and_the_new_one_opens() -> None:
    old, new = new_token(), new_token()
    tokens = Tokens.parse(
        f"{line('espoo', old)} revoked\n{line('espoo', new)}  # since Monday\n{line('oulu', 'x' * 16)}"
    )
    assert tokens.refusal("espoo", new) is None
    assert tokens.refusal("espoo", old) == "this token of kiosk espoo was revoked: give the kiosk its new one"
    assert tokens.refusal("oulu", old) == (
        "this token is unknown for kiosk oulu: give the kiosk the token that was issued for it"
    )
    assert tokens.owner(old) is None


def test_what_is_wrong_with_a_hash_or_a_state_is_told() -> None:
    token = new_token()
    found = mistakes(
        f"{line('a', token)[:-1]}\n"
        f"{line('b', token).replace('sha256:', 'sha256:z')}\n"
        f"{line('c', token)} revokd\n"
        f"{line('d', token)} revoked\n"
        f"e {token}\n"
        f"{line('f', new_token())}\n"
        f"{line('f', new_token())}\n"
        f"{line('f', new_token())} revoked\n"
    )
    cut = "found a hash that is cut or altered, expected sha256: and 64 digits, 0-9 and a-f"
    assert found == [
        f"tokens.txt, line 1: {cut}",
        f"tokens.txt, line 2: {cut}",
        "tokens.txt, line 3: found a third word, expected 'revoked' or none",
        "tokens.txt, line 5: this token is in use already, on line 4; expected each name to have its own",
        "tokens.txt, line 7: this name has a token already, on line 6; expected each name once, but for lines that are "
        "revoked",
    ]
    assert not any(token in each for each in found)


def test_a_token_itself_is_taken_with_a_warning_that_tells_the_command(caplog: pytest.LogCaptureFixture) -> None:
    Tokens.parse(f"{line('a', new_token())}\nb plain-token-0123456789\nc other-token-0123456789\n", "list")
    (said,) = caplog.messages
    assert said == (
        "list, line 2, 3: found a token itself, expected its hash, so that who reads the list can't send: "
        "`moodpost tokens hash list` puts hashes in their place"
    )


def test_a_changed_list_counts_from_the_next_request_on(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    old, new = new_token(), new_token()
    path.write_text(line("espoo", old))
    tokens = Tokens.load(path)
    assert tokens.refusal("espoo", old) is None
    path.write_text(f"{line('espoo', old)} revoked\n{line('espoo', new)}\n")
    assert "was revoked" in str(tokens.refusal("espoo", old))
    assert tokens.refusal("espoo", new) is None


def test_a_change_within_one_tick_of_the_file_systems_clock_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    first, second = new_token(), new_token()
    path.write_text(line("espoo", first))
    tokens = Tokens.load(path)
    before = path.stat()
    path.write_text(line("espoo", second))  # as large, in the same file
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert tokens.refusal("espoo", second) is None


def test_an_old_list_is_not_read_at_each_request(tmp_path: Path, mocker: MockerFixture) -> None:
    path = tmp_path / "tokens"
    path.write_text(line("espoo", new_token()))
    os.utime(path, (0, 0))
    tokens = Tokens.load(path)
    tokens.owner("x")
    read = mocker.spy(Path, "read_text")
    for _ in range(9):
        tokens.owner("x")
    assert read.call_count == 0


def test_a_list_that_was_just_written_is_read_but_not_taken_apart_at_each_request(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    path = tmp_path / "tokens"
    token = new_token()
    path.write_text(line("espoo", token))
    tokens = Tokens.load(path)
    read, taken = mocker.spy(Path, "read_text"), mocker.spy(module, "entries")
    for _ in range(9):
        assert tokens.refusal("espoo", token) is None
    assert (read.call_count, taken.call_count) == (9, 0)


@pytest.mark.parametrize("now", ["espoo\n", None, ""], ids=["a mistake", "no file", "nothing"])
def test_a_list_that_is_wrong_now_locks_nobody_out_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, now: str | None
) -> None:
    path = tmp_path / "tokens"
    token = new_token()
    path.write_text(line("espoo", token))
    tokens = Tokens.load(path)
    os.utime(path, (0, 0))
    assert tokens.refusal("espoo", token) is None
    if now is None:
        path.unlink()
    else:
        path.write_text(now)
        os.utime(path, (9, 9))
    for _ in range(3):
        assert tokens.refusal("espoo", token) is None
    (said,) = caplog.messages
    assert said.startswith(str(path))
    assert said.endswith("\nThe list as it was before goes on to count.")
    path.write_text(line("oulu", token))
    assert tokens.refusal("oulu", token) is None
    assert tokens.refusal("espoo", token) is not None
