"""Is this machine on a network: cable or Wi-Fi, how strong, and with which addresses. Knows no endpoint.

What is read stands in /sys and /proc; IPv4 addresses the kernel tells through a socket alone.
"""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from hardware.health import Health, bad, good, unknown

WEAK_DBM = -75
"""Below this signal a Raspberry Pi's own antenna loses the network now and then; from -67 on all is well."""
_LOOPBACK = "772"
"""ARPHRD_LOOPBACK in <linux/if_arp.h>."""
_SIOCGIFADDR = 0x8915

Addresses = Callable[[str], list[str]]
"""The addresses of an interface, by its name."""


def link(root: Path = Path("/")) -> Health:
    """Whether any interface has a carrier: a cable with something at its other end, or a Wi-Fi that is joined."""
    try:
        interfaces = _interfaces(root)
    except OSError as error:
        return unknown("link", "Whether there is a network link can't be told.", str(error))
    raw = "; ".join(
        f"{i.name}: operstate = {_word(i / 'operstate')}, carrier = {_word(i / 'carrier')}" for i in interfaces
    )
    up = [interface for interface in interfaces if _is_up(interface)]
    if up:
        kinds = sorted({"Wi-Fi" if _is_wireless(interface) else "cable" for interface in up})
        return good("link", f"There is a network link, by {' and '.join(kinds)}.", raw)
    if not interfaces:
        return bad(
            "link", "This machine has no network interface: is the adapter plugged in?", "/sys/class/net: only lo"
        )
    if any(_is_wireless(interface) for interface in interfaces):
        said = "There is no network link: no cable is plugged in and no Wi-Fi is joined. See to one of them."
    else:
        said = "There is no network link: plug the cable in at both ends, and see whether its lights blink."
    return bad("link", said, raw)


def has_wifi(root: Path = Path("/")) -> bool:
    """Whether there is an adapter for it."""
    try:
        return any(_is_wireless(interface) for interface in _interfaces(root))
    except OSError:  # which the link tells
        return False


def wifi(root: Path = Path("/")) -> list[Health]:
    """How strong the Wi-Fi is that is joined; nothing where none is."""
    try:
        joined = [interface for interface in _interfaces(root) if _is_wireless(interface) and _is_up(interface)]
    except OSError:
        return []  # which the link tells
    return [_strength(root, interface.name) for interface in joined]


def _strength(root: Path, name: str) -> Health:
    try:
        table = (root / "proc/net/wireless").read_text(encoding="ascii", errors="replace")
    except OSError as error:
        return unknown("wifi", "How strong the Wi-Fi is can't be told.", str(error))
    # " wlan0: 0000   54.  -56.  -256 …": status, link quality, level, noise. A level is in dBm where it is negative.
    found = re.search(rf"^ *{re.escape(name)}: +[0-9a-f]+ +-?\d+\.? +(-\d{{1,3}})\.? ", table, re.MULTILINE)
    if found is None:
        return unknown(
            "wifi", "How strong the Wi-Fi is can't be told: its driver doesn't say.", f"/proc/net/wireless: {name}?"
        )
    level, raw = int(found[1]), f"{name}: level = {found[1]} dBm"
    if level < WEAK_DBM:
        said = f"The Wi-Fi is weak here ({level} dBm): bring the access point nearer, or use a cable."
        return bad("wifi", said, raw)
    return good("wifi", f"The Wi-Fi is strong enough ({level} dBm).", raw)


def address(root: Path = Path("/"), addresses: Addresses | None = None) -> Health:
    """Whether an interface has an address with which it can be answered from elsewhere."""
    found: list[str] = []
    routed = False
    try:
        for interface in _interfaces(root):
            for text in (addresses or (lambda name: [*_ipv4(name), *_ipv6(root, name)]))(interface.name):
                found.append(f"{interface.name}: {text}")
                routed |= not ipaddress.ip_address(text).is_link_local
    except (OSError, ValueError) as error:
        return unknown("address", "Whether the network gave an address can't be told.", str(error))
    raw = "; ".join(found) or "none"
    if routed:
        return good("address", "The network gave this kiosk an address.", raw)
    said = "The network gives this kiosk no address: is its router on, and does it hand out addresses (DHCP)?"
    return bad("address", said, raw)


def _interfaces(root: Path) -> list[Path]:
    """Those that lead out of this machine. A bridge or a tunnel has no device; where there is no other, it counts."""
    found = sorted((root / "sys/class/net").iterdir())
    found = [interface for interface in found if _word(interface / "type") not in (_LOOPBACK, "")]
    return [interface for interface in found if (interface / "device").exists()] or found


def _is_up(interface: Path) -> bool:
    state = _word(interface / "operstate")
    # A modem's driver may never learn its state: then its carrier has to do.
    return state == "up" or (state == "unknown" and _word(interface / "carrier") != "0")


def _is_wireless(interface: Path) -> bool:
    return (interface / "wireless").exists() or (interface / "phy80211").exists()


def _word(path: Path) -> str:
    """What stands in a small file; "" where it can't be read, as the carrier of an interface that is down."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()[:32]
    except OSError:
        return ""


def _ipv4(name: str) -> Iterable[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            answer = fcntl.ioctl(asked, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
        except OSError:  # it has none
            return []
    return [socket.inet_ntoa(answer[20:24])]


def _ipv6(root: Path, name: str) -> Iterable[str]:
    try:
        lines = (root / "proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except OSError:  # a kernel without it
        return []
    return [str(ipaddress.IPv6Address(int(fields[0], 16))) for fields in map(str.split, lines) if fields[-1:] == [name]]
