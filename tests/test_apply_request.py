"""What can be asked for: a closed list, and nothing beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hardware.apply import keyfile, request
from hardware.apply.request import (
    MAX_AGE_MS,
    Deed,
    Mount,
    PowerOff,
    Request,
    Restart,
    Unmount,
    Wifi,
)
from hardware.errors import ApplyError

ID = "0123456789abcdef"
NOW = 500_000
ALL = [
    Restart(),
    PowerOff(),
    Wifi("Store", "open sesame"),
    Wifi("Käse €"),
    Mount(),
    Unmount(),
]


def read(deed: Any, **more: Any) -> Request:
    data = {"id": ID, "at_ms": NOW - 10, "deed": deed, **more}
    return request.decode(json.dumps(data).encode(), id_=ID, now_ms=NOW)


@pytest.mark.parametrize("deed", ALL, ids=lambda deed: type(deed).__name__)
def test_every_deed_arrives_as_it_was_asked_for(deed: Deed) -> None:
    asked = Request(ID, NOW, deed)
    assert request.decode(request.encode(asked), id_=ID, now_ms=NOW) == asked


@pytest.mark.parametrize(
    "deed",
    [
        {"do": "format"},
        {"do": "restart", "now": True},
        {},
        {"do": "brightness", "percent": 80},
        {"do": "wifi", "ssid": "Store\nkey-mgmt=none"},
        {"do": "wifi", "ssid": "Store\n"},
        {"do": "wifi", "ssid": ""},
        {"do": "wifi", "ssid": "s" * 33},
        {"do": "wifi", "ssid": "Store\u0000"},
        {"do": "wifi", "ssid": "Store", "passphrase": "open sesame\n[proxy]"},
        {"do": "wifi", "ssid": "Store", "passphrase": "pässword"},
        {"do": "wifi", "ssid": "Store", "passphrase": "x" * 65},
        {"do": "wifi", "ssid": ["Store"]},
        {"do": "wifi", "ssid": "Store", "passphrase": None},
        {"do": "mount", "device": "/dev/sda1"},
        {"do": "mount", "label": "../../sda1"},
        {"do": "unmount", "path": "/"},
        {"do": ["restart"]},
        "restart",
        None,
    ],
    ids=str,
)
def test_anything_else_is_refused(deed: Any) -> None:
    with pytest.raises(ApplyError):
        read(deed)


@pytest.mark.parametrize(
    "more",
    [{"id": "../../../etc/x"}, {"id": "0" * 16}, {"at_ms": "5"}, {"at_ms": -1}, {"as": "root"}, {"id": ID + "\n"}],
)
def test_nothing_around_the_deed_may_be_odd_either(more: dict[str, Any]) -> None:
    with pytest.raises(ApplyError):
        read({"do": "restart"}, **more)


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff", b"{", b"[" * 4_000, b" " * 5_000])
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(ApplyError):
        request.decode(data, id_=ID, now_ms=NOW)


@pytest.mark.parametrize("at_ms", [NOW + 1, NOW - MAX_AGE_MS - 1])
def test_a_request_of_long_ago_or_of_another_start_is_not_carried_out(at_ms: int) -> None:
    with pytest.raises(ApplyError, match="too old, or of another start"):
        read({"do": "poweroff"}, at_ms=at_ms)
    assert read({"do": "poweroff"}, at_ms=NOW - MAX_AGE_MS).deed == PowerOff()


def test_a_passphrase_shows_neither_itself_nor_in_what_is_said_of_a_mistake() -> None:
    secret = "correct horse"
    assert secret not in repr(Request(ID, NOW, Wifi("Store", secret)))
    for wrong in (
        {"do": "wifi", "ssid": "Store", "passphrase": secret + "\n"},
        {"do": "wifi", "ssid": "Store", secret: ""},
        {"do": secret},
        {"do": "wifi", "ssid": "s" * 40, "passphrase": secret},
    ):
        with pytest.raises(ApplyError) as caught:
            read(wrong)
        assert secret not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_an_outcome_is_one_line_of_bearable_length() -> None:
    outcome = request.outcome(ID, False, "Error:\n\x1b[31m Timeout\u202e" + "x" * 5_000)
    assert outcome.said.startswith("Error: [31m Timeout x")
    assert len(outcome.said) == 300


def test_a_network_is_written_so_that_its_name_can_be_no_syntax() -> None:
    lines = keyfile.written(Wifi("a;b[]=", "  open\\sesame ;#")).splitlines()
    assert "ssid=97;59;98;91;93;61;" in lines
    assert "psk=\\s\\sopen\\\\sesame\\s;#" in lines
    assert {"[connection]", "id=moodpost", "type=wifi", "key-mgmt=wpa-psk", "powersave=2"} <= set(lines)


def test_an_open_network_has_no_security() -> None:
    assert "security" not in keyfile.written(Wifi("Store"))


@pytest.mark.parametrize("passphrase", ["1234567", "x" * 64, " " * 7])
def test_a_passphrase_that_can_not_be_right_is_refused_and_not_repeated(passphrase: str) -> None:
    with pytest.raises(ApplyError) as caught:
        keyfile.written(Wifi("Store", passphrase))
    assert passphrase not in str(caught.value)
    keyfile.written(Wifi("Store", "a" * 64))


def test_a_name_is_counted_in_bytes() -> None:
    with pytest.raises(ApplyError, match="expected at most 32 bytes"):
        keyfile.written(Wifi("ä" * 17))
    keyfile.written(Wifi("ä" * 16))
