"""From the endpoint's name to an encrypted line: does it resolve, answer, and show that it is the one. Knows no HTTP.

Each step takes at most the time it is given, but for the resolver, which nobody can interrupt: its caller must be able
to leave it behind.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from hardware.health import Health, bad, good, unknown
from kiosk.trust import SYSTEM, Trust

ENDS_SOON_DAYS = 14
"""A certificate that ends sooner should have been renewed by now."""
DAY_S = 86_400
MOST_ADDRESSES = 4
MOST_HEARD = 8_192
"""Bytes that a proxy may say before it lets anything through."""

_NOT_YET_VALID, _EXPIRED, _OTHER_NAMES = 9, 10, (62, 64)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, …_CERT_HAS_EXPIRED, …_HOSTNAME_MISMATCH and …_IP_ADDRESS_MISMATCH."""

Address = tuple[Any, ...]
"""What getaddrinfo(3) gives: family, type, protocol, canonical name, address."""


class Failure(msgspec.Struct, frozen=True):
    """There is no line."""

    step: Literal["connect", "proxy", "tls"]
    said: str
    raw: str
    stranger: bool = False
    """Whether it may be that somebody else answered: a captive portal breaks lines like this."""


class Tunnel(msgspec.Struct, frozen=True):
    """How a proxy is asked for the way, and what its refusals mean."""

    question: bytes
    refusal: Callable[[int], str]

    def __repr__(self) -> str:
        return "Tunnel(…)"  # there may be a password in the question


class Line(msgspec.Struct, frozen=True):
    """There was one: it is closed again."""

    raw: str
    ends_s: float | None = None
    """Unix seconds until which the endpoint's certificate is valid; None without TLS."""
    lasts_s: float = 0.0
    """How long it is valid in all."""


def resolve(host: str, port: int, who: str = "endpoint") -> tuple[Health, list[Address]]:
    """The addresses of `host`, which `who` is; the reading tells why there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:MOST_ADDRESSES]
    except (OSError, UnicodeError) as error:
        raw = f"getaddrinfo({host}): {error}"
        if getattr(error, "errno", None) == socket.EAI_AGAIN:
            said = "No name server answers: is the router on the internet, and does it hand out a name server?"
        else:
            said = f"The {who}'s name is not known to the name server: is it written right in the settings?"
        return bad("dns", said, raw), []
    places = ", ".join(str(address[4][0]) for address in found)
    if _is_address(host):
        return good("dns", f"The {who} is named by its address: no name server is needed.", places), found
    return good("dns", f"The {who}'s name is known.", f"{host} = {places}"), found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def connect(
    host: str,
    addresses: list[Address],
    *,
    tls: bool,
    total_s: float,
    clock_is_set: bool,
    trust: Trust = SYSTEM,
    tunnel: Tunnel | None = None,
) -> Line | Failure:
    """A line to the first of `addresses` that takes one, and with `tls` the proof that it is `host`.

    With a `tunnel` they are a proxy's, which is asked for the way to `host` first.
    """
    until = time.monotonic() + total_s
    error: OSError = TimeoutError("timed out")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        with socket.socket(family, kind, protocol) as line:
            try:
                # Each gets its share of what is left, so that one that is silent leaves time for the next.
                line.settimeout(max(0.05, (until - time.monotonic()) / (len(addresses) - tried)))
                line.connect(address)
            except OSError as failed:
                error = failed
                continue
            place = f"{address[0]} port {address[1]}"
            if not tls:
                return Line(place)
            line.settimeout(max(0.05, until - time.monotonic()))
            if tunnel is not None and (refused := _opened(line, tunnel, place, until)) is not None:
                return refused
            return _encrypt(line, host, place, trust, clock_is_set=clock_is_set)
    if tunnel is not None:
        said = "The proxy does not answer: is its address in the settings right, with its port, and is it on?"
        return Failure("proxy", said, f"{addresses[0][4][0]} port {addresses[0][4][1]}: {error}")
    return _unreachable(error, f"{host}: {error}")


def _opened(line: socket.socket, tunnel: Tunnel, place: str, until: float) -> Failure | None:
    """Have the proxy open the way; what it answers is its own alone, and may be anything."""
    heard = b""
    try:
        line.sendall(tunnel.question)
        while b"\r\n\r\n" not in heard and len(heard) < MOST_HEARD:
            line.settimeout(max(0.05, until - time.monotonic()))
            piece = line.recv(1)  # not a byte of what comes after it
            if not piece:
                break
            heard += piece
    except OSError as error:
        said = "The proxy takes connections and then says nothing: is it a proxy for HTTPS (CONNECT)?"
        return Failure("proxy", said, f"{place}: {error}")
    status = re.match(rb"HTTP/1\.[01] (\d{3})\b", heard)
    if status is None:
        return Failure("proxy", "What answers at the proxy's address is no proxy: is its port right?", place)
    code = int(status[1])
    return None if 200 <= code < 300 else Failure("proxy", tunnel.refusal(code), f"{place}: HTTP {code}")


def _unreachable(error: OSError, raw: str) -> Failure:
    if isinstance(error, ConnectionRefusedError):
        said = "The endpoint refuses connections: is it running, and is the address in the settings right?"
    elif isinstance(error, TimeoutError):
        said = "The endpoint does not answer: is it down, or does a firewall keep this kiosk from it?"
    elif error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        said = "There is no way to the endpoint: the router knows none. Is it on the internet?"
    else:
        said = "The endpoint can't be reached."
    return Failure("connect", said, raw)


def _encrypt(line: socket.socket, host: str, place: str, trust: Trust, *, clock_is_set: bool) -> Line | Failure:
    try:
        with trust.context()[0].wrap_socket(line, server_hostname=host) as secured:
            certificate = secured.getpeercert() or {}
            raw = f"{place}, {secured.version()}"
            with contextlib.suppress(OSError):
                secured.settimeout(0.2)
                secured.unwrap()  # a polite end; whoever doesn't answer it is left
    except ssl.SSLCertVerificationError as error:
        said, stranger = _refused_certificate(error.verify_code, clock_is_set=clock_is_set)
        return Failure("tls", said, f"{place}: {error.verify_message} ({error.verify_code})", stranger)
    except ssl.SSLError as error:
        said = "Something answers at the endpoint's address, but not encrypted as it should: is the address right?"
        return Failure("tls", said, f"{place}: {error.reason or error}", stranger=True)
    except TimeoutError:
        said = "The endpoint takes connections and then says nothing: is it overloaded, or is a firewall in between?"
        return Failure("tls", said, f"{place}: no TLS handshake in time")
    except (OSError, ValueError) as error:
        said = "The encrypted line to the endpoint is cut off at once: is a firewall in between?"
        return Failure("tls", said, f"{place}: {error}", stranger=True)
    since, ends = (ssl.cert_time_to_seconds(str(certificate[key])) for key in ("notBefore", "notAfter"))
    return Line(raw, ends, ends - since)


def _refused_certificate(code: int, *, clock_is_set: bool) -> tuple[str, bool]:
    """What OpenSSL's reason means, and whether somebody else may have answered."""
    if code == _NOT_YET_VALID:
        if clock_is_set:
            return "The endpoint's certificate is not valid yet: whoever runs the endpoint must see to it.", False
        said = "The clock is not set: the endpoint's certificate seems not valid yet. Is NTP (UDP port 123) blocked?"
        return said, False
    if code == _EXPIRED:
        if clock_is_set:
            return "The endpoint's certificate has expired: whoever runs the endpoint must renew it.", False
        return "The endpoint's certificate has expired, or the clock, which nobody has set, is wrong.", False
    if code in _OTHER_NAMES:
        said = (
            "Somebody else answers in the endpoint's place: a captive portal, or the address in the settings is wrong."
        )
        return said, True
    said = "Who answers can't show that it is the endpoint: a captive portal, a proxy, or a certificate of its own."
    return said, True


def certificate(line: Line, now_s: float, *, clock_is_set: bool) -> Health:
    """How long the endpoint's certificate is valid yet. One made for a few weeks only is renewed later in its life."""
    assert line.ends_s is not None
    days = (line.ends_s - now_s) / DAY_S
    raw = f"valid until {datetime.fromtimestamp(line.ends_s, UTC):%Y-%m-%d %H:%M} UTC"
    if not clock_is_set:
        said = "How long the endpoint's certificate is valid yet can't be told before the clock is set."
        return unknown("certificate", said, raw)
    if days < min(ENDS_SOON_DAYS, line.lasts_s / DAY_S / 3):
        left = "1 day" if 1 <= days < 2 else f"{max(0, int(days))} days"
        said = f"The endpoint's certificate ends in {left}: whoever runs the endpoint must renew it."
        return bad("certificate", said, raw)
    return good("certificate", f"The endpoint's certificate is valid for {int(days)} days more.", raw)
