"""What is wrong with the [network] of some settings, and the proxy that they name. Pure; opens no line."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hardware.apply import ip as addresses
from hardware.apply import proxy as proxies
from hardware.apply.ip import Ip

if TYPE_CHECKING:
    from kiosk.settings import Network


def ip(network: Network | None) -> Ip:
    """The address that is set by hand; false where none is."""
    return Ip(network.address, network.gateway, tuple(network.dns)) if network else Ip()


def proxy(network: Network | None) -> str:
    """The proxy's address, user and password in their places; "" where none is named. It may hold a secret."""
    if not network or not network.proxy:
        return ""
    return proxies.joined(network.proxy, network.proxy_user, network.proxy_password.reveal())


def mistakes(network: Network, endpoint: str) -> Iterator[tuple[str, str]]:
    """What is wrong, as (key, "found …, expected …"); `endpoint` is the endpoint's url, "" where there is none."""
    found = [*addresses.mistakes(ip(network))]
    yield from ((f"network.{field}", said) for field, said in found)
    refused = proxies.mistake(network.proxy) if network.proxy else ""
    if refused:
        hint = "; user and password stand in network.proxy_user and network.proxy_password"
        yield "network.proxy", refused + (hint if "@" in network.proxy else "")
    yield from _password(network)
    if network.address and not found and not refused and endpoint:
        yield from _missing(network, _host(network.proxy or endpoint))


def _password(network: Network) -> Iterator[tuple[str, str]]:
    if network.proxy_user and not network.proxy:
        yield "network.proxy_user", "found a user without network.proxy, expected the proxy's address as well"
    if network.proxy_password and not network.proxy_user:
        yield "network.proxy_password", "found a password without network.proxy_user, expected the user's name as well"
    if ":" in network.proxy_user:
        yield "network.proxy_user", "found a name with a colon, expected one without: a proxy takes it for the end"
    for key, text in (("user", network.proxy_user), ("password", network.proxy_password.reveal())):
        if not text.isprintable():
            yield f"network.proxy_{key}", "found odd characters (not shown here), expected letters, digits and signs"


def _missing(network: Network, host: str) -> Iterator[tuple[str, str]]:
    """What a fixed address lacks to get to `host`: a network that is not asked for an address names nothing else."""
    who = "the proxy" if network.proxy else "the endpoint"
    try:
        there = ipaddress.ip_address(host)
    except ValueError:
        if host != "localhost" and not network.dns:
            said = f"found nothing, expected the address of a name server, as {who} is named {host}"
            yield "network.dns", said
    else:
        if there.is_loopback or there in ipaddress.ip_interface(network.address).network:
            return
    if host != "localhost" and not network.gateway:
        yield "network.gateway", f"found nothing, expected the address of the router, as the way to {who} leads over it"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "localhost"
    except ValueError:  # which is told of the address itself
        return "localhost"
