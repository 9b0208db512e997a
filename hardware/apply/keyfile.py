"""A wireless network as NetworkManager keeps it (nm-settings-keyfile(5)). Pure; never knows where the file stands.

Our image has NetworkManager, as Raspberry Pi OS has since 2023; wpa_supplicant alone is not served.
"""

from __future__ import annotations

import re

from hardware.apply.request import Wifi
from hardware.errors import ApplyError

NAME = "moodpost"
"""Of the connection. There is one, whatever network it leads to."""
TRIAL = "moodpost-new"
"""Of one that is only tried: it is joined when told so, never by itself after a start."""


def written(deed: Wifi, *, trial: bool = False) -> str:
    """The file; ApplyError where no such network can be. The SSID is given as numbers: nothing in it can be syntax."""
    name = deed.ssid.encode()
    if not 1 <= len(name) <= 32:
        raise ApplyError("the network's name is too long: expected at most 32 bytes")
    lines = [
        "[connection]",
        f"id={TRIAL if trial else NAME}",
        "type=wifi",
        "autoconnect=false" if trial else "autoconnect-priority=10",
        "",
        "[wifi]",
        "mode=infrastructure",
        "ssid=" + "".join(f"{byte};" for byte in name),
        # A Pi whose Wi-Fi may doze loses the network now and then: 2 is "never".
        "powersave=2",
    ]
    if deed.passphrase:
        lines += ["", "[wifi-security]", "key-mgmt=wpa-psk", f"psk={_value(_checked(deed.passphrase))}"]
    lines += ["", "[ipv4]", "method=auto", "", "[ipv6]", "method=auto", ""]
    return "\n".join(lines)


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
