"""A Wi-Fi for a board: two radios of the kernel's own (mac80211_hwsim), one the kiosk's, one an access point's.

The access point is the board's own wpa_supplicant, and gives no addresses. Knows the board's shell; nothing of a kiosk.
"""

from __future__ import annotations

from tests.conftest import until
from tests.image.guest import Guest

OURS, THEIRS = "wlan0", "wlan1"
ADDRESS = "10.9.8.1/24"
"""The access point's; there is none but this and what the kiosk has by hand."""
_CONFIG, _CONTROL = "/run/moodpost-air.conf", "/run/moodpost-air"
APPEARS_S = 120.0
_POINT = f"""\
ctrl_interface={_CONTROL}
network={{{{
 ssid="{{ssid}}"
 mode=2
 frequency=2437
 key_mgmt=WPA-PSK
 proto=RSN
 pairwise=CCMP
 psk="{{passphrase}}"
}}}}
"""


class Air:
    """What is on the air around the board whose shell is `guest`."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        guest.run("modprobe mac80211_hwsim radios=2")
        until(lambda: self._state(THEIRS), "the radios", APPEARS_S)
        guest.run(f"nmcli device set {THEIRS} managed no && ip address add {ADDRESS} dev {THEIRS}")
        until(lambda: self._state(OURS) not in ("", "unavailable"), "the kiosk's radio", APPEARS_S)

    def access_point(self, ssid: str, passphrase: str) -> None:
        """Switch one on that lets in who knows the passphrase."""
        self._guest.write(_CONFIG, _POINT.format(ssid=ssid, passphrase=passphrase))
        self._guest.run(f"ip link set {THEIRS} up && wpa_supplicant -B -i {THEIRS} -c {_CONFIG}")
        until(lambda: "type AP" in self._guest.run(f"iw dev {THEIRS} info"), "the access point", APPEARS_S)

    def sees(self, ssid: str) -> bool:
        """Whether the kiosk's radio hears the network now."""
        self._guest.run(f"nmcli device wifi rescan ifname {OURS}", good=None)
        return ssid in self._guest.run(f"nmcli -g SSID device wifi list ifname {OURS} --rescan no").splitlines()

    def joins(self) -> str:
        """How far the kiosk's radio is, in NetworkManager's words."""
        return self._state(OURS)

    def _state(self, device: str) -> str:
        told = self._guest.run("nmcli -t -f DEVICE,STATE device").splitlines()
        return next((line.partition(":")[2] for line in told if line.startswith(f"{device}:")), "")
