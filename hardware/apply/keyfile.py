"""A network as NetworkManager keeps it (nm-settings-keyfile(5)). Pure; never knows where the file stands.

Our image has NetworkManager, as Raspberry Pi OS has since 2023; wpa_supplicant alone is not served.
"""

from __future__ import annotations

import ipaddress
import re

from hardware.apply import ip as addresses
from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Wifi
from hardware.errors import ApplyError

NAME, CABLE = "moodpost", "moodpost-cable"
"""Of the connections. There is one of each kind, whatever network it leads to."""
TRIAL = "-new"
"""How the name of one ends that is only tried: it is joined when told so, never by itself after a start."""


def name(deed: Wifi | Cable) -> str:
    """What the connection is called that `deed` asks for."""
    return NAME if isinstance(deed, Wifi) else CABLE


def written(deed: Wifi | Cable, *, trial: bool = False) -> str:
    """The file; ApplyError where no such network can be. The SSID is given as numbers: nothing in it can be syntax."""
    lines = [
        "[connection]",
        f"id={name(deed)}{TRIAL if trial else ''}",
        f"type={'wifi' if isinstance(deed, Wifi) else 'ethernet'}",
        "autoconnect=false" if trial else "autoconnect-priority=10",
        "",
        *(_wifi(deed) if isinstance(deed, Wifi) else ["[ethernet]"]),
        "",
        *_addresses(deed.ip),
        "",
    ]
    return "\n".join(lines)


def _wifi(deed: Wifi) -> list[str]:
    network = deed.ssid.encode()
    if not 1 <= len(network) <= 32:
        raise ApplyError("the network's name is too long: expected at most 32 bytes")
    lines = [
        "[wifi]",
        "mode=infrastructure",
        "ssid=" + "".join(f"{byte};" for byte in network),
        # A Pi whose Wi-Fi may doze loses the network now and then: 2 is "never".
        "powersave=2",
    ]
    if deed.passphrase:
        lines += ["", "[wifi-security]", "key-mgmt=wpa-psk", f"psk={_value(_checked(deed.passphrase))}"]
    return lines


def _addresses(ip: Ip) -> list[str]:
    """Of both families; the one that no address is set for is as the network gives it."""
    for field, said in addresses.mistakes(ip):
        raise ApplyError(f"{field}: {said}")
    own = ipaddress.ip_interface(ip.address) if ip.address else None
    lines: list[str] = []
    for version in (4, 6):
        lines += ["", f"[ipv{version}]"] if lines else [f"[ipv{version}]"]
        if own is not None and own.version == version:
            lines += ["method=manual", f"address1={own.with_prefixlen}"]
            lines += [f"gateway={ip.gateway}"] if ip.gateway else []
        else:
            lines += ["method=auto"]
        servers = [server for server in ip.dns if ipaddress.ip_address(server).version == version]
        lines += [f"dns={''.join(f'{server};' for server in servers)}"] if servers else []
        # Those that the network names could be asked first, and know no name of the house.
        lines += ["ignore-auto-dns=true"] if ip.dns else []
    return lines


def _checked(passphrase: str) -> str:
    # 64 characters are the key itself; anything else is turned into one (IEEE 802.11, annex J.4).
    if not (8 <= len(passphrase) <= 63 or re.fullmatch("[0-9A-Fa-f]{64}", passphrase)):
        raise ApplyError("the passphrase can't be right: expected 8 to 63 characters (not shown here)")
    if not (passphrase.isascii() and passphrase.isprintable()):
        raise ApplyError("the passphrase can't be right: expected letters, digits and signs of a plain keyboard")
    return passphrase


def _value(text: str) -> str:
    r"""A value as GLib's key files have it: a backslash is doubled, a blank is \s where it would be cut off."""
    return text.replace("\\", "\\\\").replace(" ", "\\s")
