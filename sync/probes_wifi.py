"""Why a Wi-Fi that is set is not joined, as far as NetworkManager tells everybody. Asked only where there is no link.

Why a network was not joined it tells at that moment alone, to who tries one (`hardware.apply.reasons`); later there is
how far it is, and whether the network is in reach. Never knows a passphrase.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

NMCLI = "/usr/bin/nmcli"
EACH_S = 3.0
"""How long one question may take; three are asked."""
_CONNECTION = "moodpost"
"""Its name, as first boot and `moodpost-apply` write it."""

Ask = Callable[[Sequence[str]], str | None]
"""What nmcli prints for these words; None where it can't be asked, or says no."""


def ask(words: Sequence[str]) -> str | None:
    """Ask it, within EACH_S."""
    try:
        ended = subprocess.run(
            [NMCLI, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=EACH_S,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.decode(errors="replace") if ended.returncode == 0 else None


def not_joined(ask: Ask = ask) -> str:
    """Which step fails, and the way out, in a sentence without the network's name; "" where nothing is known of it."""
    states = ask(["-t", "-f", "TYPE,STATE", "device"])
    name = (ask(["-g", "802-11-wireless.ssid", "connection", "show", _CONNECTION]) or "").strip("\n")
    wifi = [line.removeprefix("wifi:") for line in (states or "").splitlines() if line.startswith("wifi:")]
    if not wifi or not name:
        return ""
    if any("getting IP configuration" in state for state in wifi):
        return "The Wi-Fi gives this kiosk no address: is its router on, and does it hand out addresses (DHCP)?"
    if any("need authentication" in state for state in wifi):
        return "The Wi-Fi does not let this kiosk in: its passphrase is wrong. Correct it."
    if any(state.startswith("unavailable") for state in wifi):
        return "The Wi-Fi adapter is switched off, or blocked (rfkill): is the country in the settings right?"
    seen = ask(["-t", "-f", "SSID", "device", "wifi", "list", "--rescan", "no"])
    if seen is None:
        return ""
    if name not in seen.splitlines():
        return "The Wi-Fi in the settings is not in reach: is its name right, and is its access point on?"
    return "The Wi-Fi is in reach, and does not take this kiosk: is the passphrase right, and is there a free address?"
