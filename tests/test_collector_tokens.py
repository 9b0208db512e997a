"""The token file: what it may hold, how its mistakes are told, and that it never tells a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.collector.tokens import Tokens
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
        "a b c\n"
        "-bad other-token-0123456789\n"
        "espoo short\n"
        "turku token#with-a-hash-0123456789\n"
        "helsinki second-token-0123456789\n"
        "oulu kiosk-token-0123456789\n"
    )
    assert [line.split(": ")[0] for line in found] == [f"tokens.txt, line {n}" for n in range(2, 9)]
    assert "found 1 words, expected two" in found[0]
    assert "found 3 words" in found[1]
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
