"""Why a network was not joined, in words for whoever stands before the kiosk. Pure; knows nmcli's words alone.

NetworkManager tells why a device failed by a reason (NMDeviceStateReason), which nmcli puts into the words below; where
it gave no reason in time, the state of the device tells how far it came.
"""

from __future__ import annotations

TIMED_OUT = 3
"""nmcli's exit code where its --wait was over."""

_NO_NETWORK = "no such network is in reach: is its name right, and its access point on?"
_NOT_LET_IN = "the network does not let this kiosk in: is the passphrase right?"
_NO_ADDRESS = "the network gives no address: is its router on, with DHCP? Else set an address by hand"
_NO_CARRIER = "no cable is plugged in, or there is nothing at its other end"
_NO_DEVICE = "this machine has no adapter for such a network, or it is switched off"

_REASONS: tuple[tuple[str, str], ...] = (
    ("network could not be found", _NO_NETWORK),
    ("No network with SSID", _NO_NETWORK),
    ("Secrets were required", _NOT_LET_IN),
    ("Passwords or encryption keys are required", _NOT_LET_IN),
    ("802.1X supplicant", _NOT_LET_IN),
    ("IP configuration", _NO_ADDRESS),
    ("DHCP", _NO_ADDRESS),
    ("IP address already exists", "another machine has this address already: choose one that is free"),
    ("Carrier/link changed", _NO_CARRIER),
    ("No suitable device", _NO_DEVICE),
    ("no device", _NO_DEVICE),
)
"""What nmcli says (libnm's nm-client-utils.c, its own connections.c), and what it means."""
_STATES: tuple[tuple[str, str], ...] = (
    ("connecting (getting IP configuration)", _NO_ADDRESS),
    ("connecting (need authentication)", _NOT_LET_IN),
    ("connecting (configuring)", _NOT_LET_IN),
    ("connecting (prepare)", _NO_NETWORK),
)


def why(said: str, states: str = "") -> str:
    """The step that failed and the way out, for nmcli's `said`; `states` are lines such as "wifi:connected"."""
    words, place = said.casefold(), _REASONS
    if states:
        words, place = states.casefold(), _STATES
    for mark, meaning in place:
        if mark.casefold() in words:
            return meaning
    return f"the network can't be joined ({said.strip() or 'NetworkManager gives no reason'})"
