"""An address that is set by hand, with its gateway and name servers, and what is wrong with them. Pure.

Never knows a file, nor whether such a network is there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

MOST_SERVERS = 3
"""A resolver asks no more of them (resolv.conf(5), MAXNS)."""
_LIKE = "10.0.0.7/24"
Word = Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Fa-f.:/]*\Z")]


class Ip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without an address the network gives one (DHCP); without name servers it gives those, too."""

    address: Word = ""
    """With its prefix: "10.0.0.7/24", "2001:db8::7/64"."""
    gateway: Word = ""
    dns: Annotated[tuple[Word, ...], Meta(max_length=MOST_SERVERS)] = ()

    def __bool__(self) -> bool:
        return bool(self.address or self.gateway or self.dns)


AUTOMATIC = Ip()


def mistakes(ip: Ip) -> Iterator[tuple[str, str]]:
    """What is wrong, as (field, "found …, expected …"); nothing where it can be set."""
    own = _interface(ip.address)
    if ip.address:
        if own is None:
            yield "address", f'found "{ip.address}", expected an address with its prefix such as "{_LIKE}"'
        elif why := _unfit(own):
            yield "address", f'found "{ip.address}", {why}, expected one of a single machine such as "{_LIKE}"'
    if ip.gateway:
        yield from (("gateway", said) for said in _gateway(ip, own))
    if len(ip.dns) > MOST_SERVERS:
        yield "dns", f"found {len(ip.dns)}, expected at most {MOST_SERVERS} name servers: no more are asked"
    for number, server in enumerate(ip.dns):
        found = _address(server)
        if found is None or found.is_unspecified or found.is_multicast:
            yield f"dns[{number}]", f'found "{server}", expected the address of a name server such as "10.0.0.1"'


def _gateway(ip: Ip, own: ipaddress.IPv4Interface | ipaddress.IPv6Interface | None) -> Iterator[str]:
    gateway = _address(ip.gateway)
    if gateway is None:
        yield f'found "{ip.gateway}", expected the address of the router such as "10.0.0.1"'
    elif not ip.address:
        yield f'found "{ip.gateway}" without an address, expected both or neither: the router gives both (DHCP)'
    elif own is not None:
        # Routers of IPv6 are known by their address on the link (RFC 4861), which is in every network.
        beside = gateway.version == 6 == own.version and gateway.is_link_local
        if gateway == own.ip:
            yield f'found "{ip.gateway}", the address of this machine itself, expected that of the router'
        elif gateway not in own.network and not beside:
            yield f'found "{ip.gateway}", expected an address in {own.network}'


def _interface(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface | None:
    # A mask or no prefix at all would be read as well, and is not what installers mean by "/24".
    if not re.search(r"/[0-9]{1,3}\Z", text):
        return None
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _unfit(own: ipaddress.IPv4Interface | ipaddress.IPv6Interface) -> str:
    """Why no machine can have this address; "" where one can."""
    ip, network = own.ip, own.network
    if ip.is_loopback or ip.is_multicast or ip.is_unspecified or (ip.version == 4 and ip in _RESERVED):
        return "which is reserved"
    if ip.version == 4 and network.prefixlen < 31 and ip == network.network_address:
        return f"the name of the whole network {network}"
    if ip.version == 4 and network.prefixlen < 31 and ip == network.broadcast_address:
        return f"the address of everybody in {network}"
    if network.prefixlen == 0:
        return "a network that is everything"
    return ""


_RESERVED = ipaddress.ip_network("240.0.0.0/4")
