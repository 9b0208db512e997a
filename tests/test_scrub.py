"""What must not leave the house is found however it is written; what helps stays."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.outgoing.scrub import LONGEST, Known, Scrubber, derived

TOKEN = "Tok-3n+Very/Secret=="
PASSPHRASE = 'correct "horse" ä & staple'
KNOWN = [
    Known("secret", TOKEN),
    Known("secret", PASSPHRASE),
    Known("wifi name", "Kaisa's Net"),
    Known("secret", "248163"),
]

WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "url": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "url, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every octet %": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "json": lambda text: json.dumps(text)[1:-1],
    "repr": lambda text: repr(text.encode())[2:-1],
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "hex dump": lambda text: text.encode().hex(" "),
    "hex of upper": lambda text: text.upper().encode().hex(":"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of user:it": lambda text: base64.b64encode(b"kiosk:" + text.encode()).decode(),
    "base64 behind 1": lambda text: base64.b64encode(b"x" + text.encode() + b"yy").decode(),
    "base64 behind 2": lambda text: base64.b64encode(b"xx" + text.encode() + b"y").decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "torn by colour": lambda text: text[:3] + "\033[0m" + text[3:],
    "torn by a nul": lambda text: text[:3] + "\0\u200b" + text[3:],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [TOKEN, PASSPHRASE, "Kaisa's Net", "äöåÄÖÅ-12345"])
def test_what_is_known_is_found_however_it_is_written(value: str, way: str) -> None:
    scrubber = Scrubber([Known("secret", value)])
    assert scrubber.line(f"before {WAYS[way](value)} after") == "before [secret 1] after"


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=63),
    st.sampled_from(sorted(WAYS)),
    st.sampled_from(["", "x", "key=", "GET /v1?q=", '{"a": "', "[", "Basic "]),
)
def test_no_secret_comes_through(value: str, way: str, before: str) -> None:
    written = WAYS[way](value)
    scrubbed = Scrubber([Known("secret", value)]).line(before + written)
    assert written not in scrubbed
    assert value.lower() not in scrubbed.lower()


def test_the_same_is_called_the_same_and_another_not() -> None:
    scrubber = Scrubber(KNOWN)
    assert scrubber.line("10.0.0.7 asks 10.0.0.8, 10.0.0.7 waits") == "[address 1] asks [address 2], [address 1] waits"
    assert (
        scrubber.line("010.0.0.007 and b8:27:eb:00:11:22 B8-27-EB-00-11-22")
        == "[address 1] and [address 3] [address 3]"
    )
    assert scrubber.found == {"address": 6}


@pytest.mark.parametrize(
    ("line", "scrubbed"),
    [
        ('token = "an-old-one"  # ours', 'token = "[secret 1]"  # ours'),
        ("# passphrase = 'summer 2019'", "# passphrase = '[secret 1]'"),
        (
            'wifi = { ssid = "Net, free", passphrase = "x\'y" }',
            'wifi = { ssid = "[wifi name 1]", passphrase = "[secret 1]" }',
        ),
        ('{"password": "a\\"b", "n": 1}', '{"password": "[secret 1]", "n": 1}'),
        ("psk=0123abcd", "psk=[secret 1]"),
        ('pin = "131313"', 'pin = "[secret 1]"'),
        ('pins = "mock"', 'pins = "mock"'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [secret 1]"),
        ("authorization: basic YTpi", "authorization: basic [secret 1]"),
        ("a jwt eyJhbGciOi.eyJzdWIi.sig_-x", "a jwt [secret 1]"),
        ("https://joe:pw@feedback.example.com/v1/x?key=1#z", "https://[user 1]@feedback.example.com/v1/x?[query]"),
        ("https://feedback.example.com:8443/v1", "https://feedback.example.com:8443/v1"),
        ("GET /v1/x?a=b HTTP/1.1", "GET /v1/x?[query] HTTP/1.1"),
        ("write to joe.doe@example.com", "write to [user 1]"),
        ("Started getty@tty1.service", "Started getty@tty1.service"),
        ("/home/pekka/moodpost.toml", "/home/[user 1]/moodpost.toml"),
        ("wlan0: Trying to associate with SSID 'Our Net'", "wlan0: Trying to associate with SSID '[wifi name 1]'"),
        ('wlan0: access point "Our Net" has been', 'wlan0: access point "[wifi name 1]" has been'),
        ("ssid=Our Net", "ssid=[wifi name 1]"),
        ("SSID - hexdump_ascii(len=3): 4f 75 72  Our", "SSID - hexdump_ascii(len=3):[wifi name 1]"),
        ("mac:b8:27:eb:00:11:22: deauthenticated", "mac:[address 1]: deauthenticated"),
        ("/org/bluez/hci0/dev_B8_27_EB_00_11_22", "/org/bluez/hci0/dev_[address 1]"),
        ("b827.eb00.1122", "[address 1]"),
        ("src:fe80::1%wlan0 > [2001:db8::7]:443", "src:[address 1] > [[address 2]]:443"),
        ("2001:DB8:0:0:0:0:0:1: unreachable", "[address 1]: unreachable"),
        ("::ffff:10.0.0.7", "[address 1]"),
        ("10.0.0.7.443 > ip-10-0-0-8.lan", "[address 1].443 > ip-[address 2].lan"),
        ("7.0.0.10.in-addr.arpa", "[address 1].in-addr.arpa"),
        ("127.0.0.1:8765, [::1]:80, 0.0.0.0/0", "127.0.0.1:8765, [::1]:80, 0.0.0.0/0"),
        ("07:22:22.123 2026-11-26T07:22:22+02:00", "07:22:22.123 2026-11-26T07:22:22+02:00"),
        ("core::fmt of 300.1.2.3", "core::fmt of 300.1.2.3"),
        ("usb 1-1: SerialNumber: 00A1B2C3", "usb 1-1: SerialNumber: [serial 1]"),
        ("Serial: AMBA PL011 UART driver", "Serial: AMBA PL011 UART driver"),
        ("bcm2709.serial=0xd1a2b3c4 root=PARTUUID=5e3da3da-02", "bcm2709.serial=[serial 1] root=PARTUUID=[serial 2]"),
        ("voted 4/4 #17 stored 3.4 ms, epoch 0123456789abcdef", "voted 4/4 #17 stored 3.4 ms, epoch 0123456789abcdef"),
    ],
)
def test_the_rest_is_known_by_its_looks_or_by_what_stands_before_it(line: str, scrubbed: str) -> None:
    assert Scrubber().line(line) == scrubbed
    assert Scrubber().line(scrubbed) == scrubbed, "what was scrubbed stays as it is"


@given(st.ip_addresses(v=6).filter(lambda address: address != ipaddress.ip_address("::1") and int(address) > 0xFFFF))
def test_no_address_of_version_6_comes_through(address: ipaddress.IPv6Address) -> None:
    for written in (str(address), address.exploded, str(address).upper(), f"[{address}]", f"a:{address}:"):
        assert str(address).lower() not in Scrubber().line(f"x {written} y").lower()
        assert "[address 1]" in Scrubber().line(f"x {written} y")


@given(
    st.ip_addresses(v=4).filter(lambda address: not address.is_loopback and int(address) and int(address) >> 24 != 255)
)
def test_no_address_of_version_4_comes_through(address: ipaddress.IPv4Address) -> None:
    for written in (
        f"{address}",
        f"({address}:80)",
        f"x{address}y",
        f"{address}/24",
        f"ip-{str(address).replace('.', '-')}.",
    ):
        assert "[address 1]" in Scrubber().line(written)
        assert str(address) not in Scrubber().line(written)


def test_four_numbers_may_be_a_version_where_it_is_said_that_they_are_no_address() -> None:
    assert Scrubber().line("lgpio 0.2.2.0", numbers=False) == "lgpio 0.2.2.0"


def test_a_short_value_is_only_taken_for_itself_where_it_stands_alone() -> None:
    scrubber = Scrubber([Known("wifi name", "ab")])
    assert scrubber.line("ab about 'AB'") == "[wifi name 1] about '[wifi name 1]'"


def test_nothing_is_kept_of_an_endless_line() -> None:
    assert Scrubber(KNOWN).line("x" * LONGEST + TOKEN) == f"[a line of {LONGEST + len(TOKEN)} characters]"


def test_the_key_made_of_a_passphrase_is_that_of_wpa() -> None:
    """The test vector of IEEE 802.11i, annex H.4.3."""
    assert derived("IEEE", "password") == "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"


def test_lines_are_given_as_they_come() -> None:
    given = iter(["a 10.0.0.7\n", "b\r\n"])
    scrubbed = Scrubber().lines(given)
    assert next(scrubbed) == "a [address 1]"
    assert next(given) == "b\r\n"
