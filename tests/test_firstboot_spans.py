"""Secrets are found in every form that TOML has, and only their bytes change."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from image.firstboot import spans
from image.firstboot.spans import BOM, CannotBlankError, Span
from kiosk import settings
from tests.cards import BLANKED, SETTINGS

HEAD = '[kiosk]\nid = "a"\n'
FORMS = [
    '[endpoint]\nurl = "https://a.example.com"\ntoken = "TOKEN"\n',
    "[endpoint]\nurl = 'https://a.example.com'\ntoken='TOKEN'# see the TOKEN list\n",
    '[endpoint]\nurl = "https://a.example.com"\n"token" = """TOKEN"""\n',
    '[endpoint]\nurl = "https://a.example.com"\ntoken = """\nTOKEN"""\n',
    "[endpoint]\nurl = \"https://a.example.com\"\n'token'\t=\t'''\nTOKEN''' # was: token = \"TOKEN\"\n",
    '[endpoint]\nurl = "https://a.example.com"\ntoken = "\\u0054OK\\u0045N"\n',
    '[endpoint]\nurl = "https://a.example.com"\ntoken = """TO\\\n   KEN"""\n',
    '[ "endpoint" ] # TOKEN\nurl = "https://a.example.com"\ntoken = "TOKEN"',
    '[screen]\nbrightness = 3\n[endpoint]\nmetered = true\ntoken = "TOKEN"\nurl = "https://a.example.com"\n',
    "[panel]\nbuttons = [5, # TOKEN\n 6,\n]\n[endpoint]\nurl='https://a.example.com'\ntoken = 'TOKEN'",
]
TOPS = [
    'endpoint = {url="https://a.example.com", token="TOKEN"}\n',
    'endpoint = { token = \'TOKEN\', url = "https://a.example.com/}" }# {"\n',
    'endpoint.url = "https://a.example.com"\nendpoint.token = "TOKEN"\n',
    'endpoint . "url" = "https://a.example.com"\n"endpoint".\'token\' = "TOKEN"\n',
]
TEXTS = [HEAD + form for form in FORMS] + [top + HEAD for top in TOPS]


def without(data: bytes) -> tuple[bytes, dict[spans.Path, str]]:
    secrets = spans.secrets_of(settings.parse(data.decode("utf-8-sig")))
    return spans.blanked(data, spans.find(data, secrets)), secrets


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_a_token_is_blanked_in_every_form(text: str, ends: str, mark: bytes) -> None:
    data = mark + text.replace("\n", ends).encode()
    result, secrets = without(data)
    assert secrets == {("endpoint", "token"): "TOKEN"}
    assert b"TOKEN" not in result
    assert len(result) == len(data)
    assert result.startswith(mark)
    assert not settings.parse(result.decode("utf-8-sig")).endpoint.token  # type: ignore[union-attr]


def test_nothing_but_the_secrets_changes() -> None:
    assert without(SETTINGS)[0] == BLANKED


def test_an_empty_secret_is_left_as_it_is() -> None:
    assert without(BLANKED) == (BLANKED, {})


def test_the_same_letters_in_a_key_or_another_text_stay() -> None:
    data = b'[kiosk]\nid = "pin"\nplace = "123456"\n[technician]\npin = "123456" # 123456\n'
    result, _ = without(data)
    assert result == b'[kiosk]\nid = "pin"\nplace = "123456"\n[technician]\npin = ""       # ******\n'


def test_a_short_secret_is_not_looked_for_in_comments() -> None:
    data = b'[kiosk]\nid = "a"\n[endpoint]\nurl = "https://a.example.com"\ntoken = "ab" # about a kiosk\n'
    assert without(data)[0].endswith(b'token = ""   # about a kiosk\n')


def test_secrets_that_overlap_in_a_comment_go_whole() -> None:
    data = b'[kiosk]\nid = "a"\n[wifi]\nssid = "s"\npassphrase = "12345678"\n[technician]\npin = "123456"\n'
    data += b"# x12345678x123456x\n"
    assert without(data)[0].endswith(b"# x********x******x\n")


def test_what_is_no_longer_the_same_is_not_blanked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "_span", lambda *_: Span(9, '""'))
    with pytest.raises(CannotBlankError):
        without(SETTINGS)


def test_a_secret_that_is_not_found_is_not_passed_over() -> None:
    with pytest.raises(CannotBlankError):
        spans.find(b'[kiosk]\nid = "a"\n', {("endpoint", "token"): "x"})


def test_what_is_cut_off_before_a_span_stays() -> None:
    assert spans.blanked(b"abc", [Span(1, '""   ')]) == b"abc"


def basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def escaped(text: str) -> str:
    return '"' + "".join(f"\\U{ord(sign):08x}" for sign in text) + '"'


def literal(text: str) -> str:
    return f"'{text}'"


def long_basic(text: str) -> str:
    return f'"""{basic(text)[1:-1]}"""'


def folded(text: str) -> str:
    return f'"""\n\\\n  {escaped(text)[1:-1]}\\\n\n   """'


def long_literal(text: str) -> str:
    return f"'''\n{text}'''"


Quoting = Callable[[str], str]
WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
QUOTING = st.sampled_from([basic, escaped, literal, long_basic, folded, long_literal])
NOISE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@given(
    token=WORDS,
    passphrase=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=8, max_size=63),
    quotings=st.tuples(QUOTING, QUOTING),
    place=NOISE,
    place_as=st.sampled_from([basic, escaped, long_basic]),
    comment=NOISE,
    inline=st.booleans(),
    ends=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", BOM]),
)
@example("'''", "'''''''''", (long_basic, basic), '"""', long_basic, "", False, "\n", b"")
def test_whatever_stands_around_a_secret_stays(
    token: str,
    passphrase: str,
    quotings: tuple[Quoting, Quoting],
    place: str,
    place_as: Quoting,
    comment: str,
    inline: bool,
    ends: str,
    mark: bytes,
) -> None:
    shown, shown_too = quotings[0](token), quotings[1](passphrase)
    wifi = (
        f'wifi = {{ ssid = "Store", passphrase = {shown_too} , country = "FI" }} #{comment}'
        if inline
        else f'wifi.ssid = "Store"\nwifi.passphrase={shown_too}# {comment} {passphrase} {comment}'
    )
    text = f'{wifi}\n[kiosk]\nid = "a"\nplace = {place_as(place)}\n[endpoint]#{comment}\nurl="https://a.example.com"\n'
    text += f"token\t= {shown}\t# {token}\n"
    text = text.replace("\n", ends)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    assume(tree["endpoint"]["token"] == token and tree["wifi"]["passphrase"] == passphrase)
    data = mark + text.encode()
    secrets = {("endpoint", "token"): token, ("wifi", "passphrase"): passphrase}
    result = spans.blanked(data, spans.find(data, secrets))
    after = tomllib.loads(result.removeprefix(BOM).decode())
    tree["endpoint"]["token"] = tree["wifi"]["passphrase"] = ""
    assert after == tree
    assert len(result) == len(data)
    if len(token) >= spans.LEAST_TOLD and set(token) != {"*"}:
        assert token not in result.decode().rstrip().rpartition("\t")[2], "the comment at the end"


def test_the_installers_page_can_be_blanked() -> None:
    page = (Path(__file__).parent.parent / "docs/installer.md").read_text(encoding="utf-8")
    data = page.split("```toml\n")[1].split("```")[0].encode()
    result, secrets = without(data)
    assert secrets
    assert not spans.secrets_of(settings.parse(result.decode()))
